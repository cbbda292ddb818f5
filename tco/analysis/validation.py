"""The model against published cases: each evaluated where it states enough, misses listed with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from tco.analysis.cases import others, upgrades
from tco.analysis.cases.checks import Check
from tco.evidence.cases import Case, cases
from tco.loading.loading import baseline

COLUMNS = (
    "case",
    "title",
    "kind",
    "figure",
    "observed",
    "unit",
    "model_low",
    "model_high",
    "outcome",
    "calibrated",
    "sponsor",
    "reason",
)
CHECKS = {of_case.__name__: of_case for of_case in (*upgrades.CHECKS, *others.CHECKS)}
"""The checks of each case by its name."""
GOOD = frozenset({"exact", "inside", "sign", "guard"})


@cache
def validation() -> pd.DataFrame:
    """Every check of every published case.

    Columns: case, title, kind (what sort of test the case makes), figure, observed, unit, model_low, model_high (5th
    and 95th percentile, or the one number of the model), outcome (`exact`, `inside`, `sign`, `guard`, `miss` or
    `not evaluable`), calibrated (the case is itself a source of the assumption it tests, so that agreement proves
    little), sponsor, reason.
    """
    checks = [(name, case, check) for name, case in cases().items() for check in CHECKS[name](case)]
    return pd.DataFrame([_row(*one) for one in checks], columns=list(COLUMNS))


def _row(name: str, case: Case, check: Check) -> tuple[object, ...]:
    made = (check.figure, check.observed, check.unit, check.low, check.high, check.outcome)
    return (name, case.title, case.kind, *made, is_calibrated(case, check), case.sponsor, check.reason)


def is_calibrated(case: Case, check: Check) -> bool:
    """Whether an assumption that the check rests on names the case as its source, by link or by name."""
    links = [source.link for source in case.sources]
    name = case.title.split(",")[0].split()[-1]
    entries = [baseline()[path] for path in check.rests_on]
    return any(entry.source.link in links or name in f"{entry.source.title} {entry.note}" for entry in entries)


@dataclass(frozen=True)
class Badge:
    """How many published cases the model reproduces. A case counts as good only where all of its checks are."""

    reproduced: int
    missed: int
    not_evaluable: int
    calibrated: int

    @property
    def cases(self) -> int:
        """All published cases."""
        return self.reproduced + self.missed + self.not_evaluable

    def __str__(self) -> str:
        return (
            f"{self.reproduced} of {self.cases} published cases reproduced ({self.calibrated} of them are themselves "
            f"sources of the ranges they test), {self.missed} missed, {self.not_evaluable} not evaluable"
        )


def badge(frame: pd.DataFrame | None = None) -> Badge:
    """The count that stands in every report; frame: of `validation()`, which is the default."""
    checks = validation() if frame is None else frame
    reproduced = missed = open_ended = calibrated = 0
    for _, of_case in checks.groupby("case", sort=False):
        outcomes = set(of_case["outcome"])
        if "miss" in outcomes:
            missed += 1
        elif outcomes <= GOOD:
            reproduced += 1
            calibrated += int(of_case["calibrated"].any())
        else:
            open_ended += 1
    return Badge(reproduced, missed, open_ended, calibrated)

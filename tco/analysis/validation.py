"""The model against published cases: each evaluated where it states enough, misses listed with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from tco.analysis.case_checks import Check
from tco.analysis.published_cases import CHECKS
from tco.evidence.cases import Case, cases
from tco.loading.loading import baseline

COLUMNS = "case title kind figure observed unit model_low model_high outcome calibrated sponsor reason".split()
GOOD = frozenset({"exact", "inside", "sign", "guard"})


@cache
def validation() -> pd.DataFrame:
    """Every check of every published case.

    Columns: case, title, kind (what sort of test the case makes), figure, observed, unit, model_low, model_high (5th
    and 95th percentile, or the one number of the model), outcome (`exact`, `inside`, `sign`, `guard`, `miss` or
    `not evaluable`), calibrated (the case is itself a source of the assumption it tests, so that agreement proves
    little), sponsor, reason.
    """
    rows = [_row(name, case, check(case)) for name, case in cases().items() for check in CHECKS[name]]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, case: Case, check: Check) -> tuple[object, ...]:
    result = (check.figure, check.observed, check.unit, check.low, check.high, check.outcome)
    return (name, case.title, case.kind, *result, is_calibrated(case, check), case.sponsor, check.reason)


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
    """The count that every report shows; frame: of `validation()`, which is the default."""
    checks = validation() if frame is None else frame
    count = {"reproduced": 0, "missed": 0, "not_evaluable": 0, "calibrated": 0}
    for _, of_case in checks.groupby("case", sort=False):
        outcomes = set(of_case["outcome"])
        good = outcomes <= GOOD
        count["missed" if "miss" in outcomes else "reproduced" if good else "not_evaluable"] += 1
        count["calibrated"] += int(good and of_case["calibrated"].any())
    return Badge(**count)

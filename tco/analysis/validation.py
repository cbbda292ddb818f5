"""Validation of the model by published cases: every figure that can be computed, and the reasons of misses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from tco.analysis.case_checks import Check
from tco.analysis.published_cases import CHECKS
from tco.evidence.cases import Case, cases, is_cited
from tco.loading.loading import baseline

COLUMNS = "case title kind figure observed unit model_low model_high outcome calibrated sponsor reason".split()
APART = {
    "source": "sources of the range they lie in",
    "bound": "limits that the range keeps",
    "sign": "in the right direction alone",
    "guard": "claims that the model contradicts",
}
"""Outcomes that are neither hits nor misses, with their description."""


@cache
def validation() -> pd.DataFrame:
    """Every figure of every published case.

    Columns: case, title, kind (of test), figure, observed, unit, model_low, model_high (5th and 95th percentile, or the
    one number of the model), outcome, calibrated (whether the case is a source of the assumption that it tests),
    sponsor, reason.
    outcome: `exact` and `inside` are hits; `missed`; `not testable`; and besides these `source` (inside, but
    calibrated: agreement proves little), `bound` (a limit that part of the range meets), `sign` (only the direction is
    right) and `guard` (a claim that the model contradicts).
    """
    rows = [_row(name, case, check(case)) for name, case in cases().items() for check in CHECKS[name]]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, case: Case, check: Check) -> tuple[object, ...]:
    calibrated = is_calibrated(case, check)
    outcome = "source" if calibrated and check.outcome == "inside" else check.outcome
    result = (check.figure, check.observed, check.unit, check.low, check.high, outcome)
    return (name, case.title, case.kind, *result, calibrated, case.sponsor, check.reason)


def is_calibrated(case: Case, check: Check) -> bool:
    """Whether an assumption behind the check cites the case as its source, by link or by name."""
    links = [source.link for source in case.sources]
    name = case.title.split(",")[0].split()[-1]
    return any(is_cited(baseline()[path], name, links) for path in check.rests_on)


@dataclass(frozen=True)
class Badge:
    """The numbers of figures of published cases that are inside, missed or not testable; apart: by `APART`."""

    cases: int
    inside: int
    missed: int
    not_testable: int
    apart: dict[str, int]

    @property
    def figures(self) -> int:
        """All figures that were compared with the model."""
        return self.inside + self.missed + self.not_testable + sum(self.apart.values())

    @property
    def short(self) -> str:
        """The counts of hits, misses and what cannot be tested."""
        return f"published figures: {self.inside} inside, {self.missed} missed, {self.not_testable} not testable"

    def __str__(self) -> str:
        apart = "; ".join(f"{count} {APART[outcome]}" for outcome, count in self.apart.items())
        return f"{self.figures} {self.short}, in {self.cases} cases. Apart, as they prove less: {apart}"


def badge(frame: pd.DataFrame | None = None) -> Badge:
    """The count that every report shows; frame: of `validation()`, which is the default."""
    checks = validation() if frame is None else frame
    counts = checks["outcome"].value_counts()
    inside, missed, open_ended = (
        int(sum(counts.get(outcome, 0) for outcome in outcomes))
        for outcomes in (("exact", "inside"), ("missed",), ("not testable",))
    )
    apart = {outcome: int(counts[outcome]) for outcome in APART if outcome in counts}
    return Badge(checks["case"].nunique(), inside, missed, open_ended, apart)

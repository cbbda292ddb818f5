"""A published claim against what the catalogue and the model say: confirmed, wrong and why, or not checkable.

A claim is a mapping: subject (a name of `tco.audit.claim_subjects.SUBJECTS`), inputs, claimed (a number), unit, link,
date (the day it was published, whose prices and rates count). `data/claims/` holds published ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tco import resources
from tco.audit.claim_subjects import SUBJECTS, Computed
from tco.errors import InputError, unknown
from tco.loading.loading import problem_of, read_mapping
from tco.scenario.assumptions import IsoDate
from tco.units import MONTHS_PER_YEAR

CONFIRMED, WRONG, NOT_CHECKABLE = "confirmed", "wrong", "not checkable"
TOLERANCE = 0.01
"""A claim this close is confirmed: published figures are rounded."""
FEW_KEYS = "subject, inputs, claimed, unit, link, date"
EARLIEST_PRICES = 2012
MANY_TIMES = 2.5
"""From here on a ratio says more than a percentage."""
FACTORS = {
    2.0: "counts twice what counts once",
    0.5: "counts half of it",
    MONTHS_PER_YEAR: "a year's figure for a month's",
    1 / MONTHS_PER_YEAR: "a month's figure for a year's",
    10.0: "a slip by a factor of 10",
    0.1: "a slip by a factor of 10",
    1000.0: "a slip by a factor of 1,000",
    0.001: "a slip by a factor of 1,000",
}
"""What a claim that is so many times the right figure may have mistaken."""
SAME_UNITS = {"USD": "USD/month", "RCU": "unit", "RRU": "unit"}
PERIODS = {"USD/month": 1.0, "USD/year": MONTHS_PER_YEAR}


class Claim(BaseModel):
    """What somebody has published. inputs: those of its subject. bound: whether it says no more than a limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Field(min_length=1)]
    claimed: Annotated[float, Field(allow_inf_nan=False, strict=True)]
    unit: Annotated[str, Field(min_length=1)]
    inputs: Mapping[str, Any] = {}
    link: str = ""
    date: IsoDate | None = None
    title: str = ""
    quote: str = ""
    bound: Literal["", "at most", "at least"] = ""
    note: str = ""


def check_claim(claim: Mapping[str, Any] | str | Path) -> pd.Series[Any]:
    """The verdict on a claim: `verdict`, `claimed`, `computed`, `cause`, and its `unit`.

    claim: a mapping, a YAML file, or the name of one in `data/claims/`. `confirmed` is within 1 % (of a bound: on its
    side, within 1 % or more); `wrong` has as its cause the one change of inputs that gives the claimed figure, where
    there is one; `not checkable` (computed is blank) says what is missing. Raises InputError for what is no claim.
    """
    stated = _read(claim)
    subject = SUBJECTS.get(stated.subject)
    if subject is None:
        cause = f"nothing in the model computes {stated.subject!r}; it knows {', '.join(sorted(SUBJECTS))}"
        return _verdict(stated, NOT_CHECKABLE, None, "; ".join(filter(None, (cause, stated.note))))
    day = stated.date or date.today()  # noqa: DTZ011  # prices hold for local days
    try:
        computed_value = subject.compute(dict(stated.inputs), day)
        factor = _conversion(stated.unit, computed_value.unit)
    except (InputError, LookupError) as error:
        return _verdict(stated, NOT_CHECKABLE, None, str(error))
    value = computed_value.value * factor
    if computed_value.low <= stated.claimed / factor <= computed_value.high or _close(stated.claimed, value):
        return _verdict(stated, CONFIRMED, value, computed_value.said)
    if stated.bound and (value <= stated.claimed) == (stated.bound == "at most"):
        return _verdict(stated, CONFIRMED, value, f"{_percent(value, stated.claimed)} the bound")
    return _verdict(stated, WRONG, value, _cause(stated, computed_value, factor, day))


def claim_table() -> pd.DataFrame:
    """The published claims of `data/claims/` with their verdicts; columns: name, title, then those of `check_claim`."""
    names = sorted(path.stem for path in resources.path("data/claims").glob("*.yaml"))
    rows = []
    for name in names:
        claim = _read(name)
        rows.append({"name": name, "title": claim.title, **check_claim(name), "link": claim.link})
    return pd.DataFrame(rows)


def _read(claim: Mapping[str, Any] | str | Path) -> Claim:
    name, content = "", claim
    if isinstance(claim, str | Path):
        path, name = Path(claim), str(claim)
        packaged = [file.stem for file in resources.path("data/claims").glob("*.yaml")]
        if not path.is_file() and name in packaged:
            path = resources.path(f"data/claims/{name}.yaml")
        if not path.exists():
            raise InputError("no such file, and " + unknown("published claim", name, packaged), file=name)
        content = read_mapping(path, name, "a claim", FEW_KEYS)
    if not isinstance(content, Mapping):
        raise InputError("a claim is a mapping, a YAML file or a name in data/claims", value=content)
    try:
        return Claim.model_validate(dict(content))
    except ValidationError as error:
        raise InputError([problem_of(detail, Claim, "", name) for detail in error.errors()]) from None


def _conversion(claimed: str, computed: str) -> float:
    """What an amount in the unit computed is multiplied by to be in the unit of the claim."""
    claimed, computed = SAME_UNITS.get(claimed, claimed), SAME_UNITS.get(computed, computed)
    if claimed == computed:
        return 1.0
    if claimed in PERIODS and computed in PERIODS:
        return PERIODS[claimed] / PERIODS[computed]
    raise LookupError(f"the claim is in {claimed}, and this subject is computed in {computed}")


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * abs(other)


def _percent(value: float, against: float) -> str:
    if not against:
        return "above"
    ratio = value / against
    if not 1 / MANY_TIMES < ratio < MANY_TIMES:
        return f"{ratio:,.4g} times"
    share = 100 * (ratio - 1)
    return f"{abs(share):.1f} % {'below' if share < 0 else 'above'}"


def _cause(claim: Claim, found: Computed, factor: float, day: date) -> str:
    """By how much a claim is wrong, and the one change that gives its figure, where one does."""
    computed = found.value * factor
    by = f"claimed {_percent(claim.claimed, computed)} the computed {computed:,.6g} {claim.unit}" if computed else ""
    if found.said:
        return "; ".join(filter(None, (found.said, by)))
    for cause, value in _variants(claim, day):
        if _close(claim.claimed, value * factor):
            return f"{cause}; {by}"
    ratio = claim.claimed / computed if computed else 0.0
    for times, cause in FACTORS.items():
        if _close(ratio, times):
            return f"{cause}; {by}"
    return "; ".join(filter(None, (f"no single change of the inputs gives the claimed figure; {by}", claim.note)))


def _variants(claim: Claim, day: date) -> Iterator[tuple[str, float]]:
    """What the subject would be on other days and with other inputs."""
    subject = SUBJECTS[claim.subject]
    days = {date(year, 1, 1): "stale price" for year in range(day.year, EARLIEST_PRICES, -1)}
    tries = [(f"{word}: that of {other}", dict(claim.inputs), other) for other, word in days.items() if other < day]
    for cause, changes in subject.variants(claim.inputs):
        tries.append((cause, {**claim.inputs, **changes}, day))
    for cause, inputs, of in tries:
        try:
            yield cause, subject.compute({name: value for name, value in inputs.items() if value is not None}, of).value
        except (InputError, LookupError):
            continue


def _verdict(claim: Claim, verdict: str, computed: float | None, cause: str) -> pd.Series[Any]:
    value = float("nan") if computed is None else computed
    entries = {"verdict": verdict, "claimed": claim.claimed, "computed": value, "unit": claim.unit, "cause": cause}
    return pd.Series(entries, dtype=object)

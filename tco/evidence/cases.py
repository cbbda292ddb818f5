"""Published upgrades, migrations and outages with which the model is compared: inputs and observed values.

The cases are in `data/cases/*.yaml`, mappings with the name of each case as key. `kind` says how a case tests the
model: `exact` (arithmetic must match), `band` (the observed value is in the model's range), `sign` (the model must
give the same ranking) or `guard` (a doubtful claim, which the model must not reproduce).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from tco import resources
from tco.errors import InputError, Problem, unknown
from tco.loading.loading import problem_of, read_mapping
from tco.scenario.assumptions import Assumption, IsoDate, Strict

Kind = Literal["exact", "band", "sign", "guard"]
Mark = Literal["read", "derived"]
Bound = Literal["exactly", "at_least", "at_most", "below"]
Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]

UNITS = frozenset(
    {
        "cluster", "cluster/person", "cluster/week", "database", "date", "GB", "host", "hour", "hour/month",
        "hour/year", "instance", "minute", "minute/(cluster x year)", "month", "node", "node/person", "notice", "patch",
        "PB", "person", "person month", "person month/year", "query/second", "ratio", "row", "second", "service",
        "share", "step", "table", "TB", "team", "text", "time", "transaction", "transaction/second", "USD",
        "USD/(vCPU x hour)", "USD/year", "vCPU", "version", "week", "year",
    }
)  # fmt: skip
"""The units of figures; singular."""


class Figure(Strict):
    """One figure of a case: a number, a range, or words if the source has no number.

    bound: whether the number is the figure itself or a limit of it. mark: `read` in the source, or `derived` from
    it. note: what the number covers.
    """

    unit: str
    mark: Mark
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    text: str = ""
    bound: Bound = "exactly"
    note: str = ""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.unit not in UNITS:
            raise ValueError(unknown("unit", self.unit, UNITS))
        ranged = self.low is not None or self.high is not None
        if [self.value is not None, ranged, bool(self.text)].count(True) != 1:
            raise ValueError("a figure has either a value, or low and high, or a text")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        open_ended = ranged and (self.low is None or self.high is None)
        if open_ended and self.bound != ("at_least" if self.high is None else self.bound):
            raise ValueError("a low without a high has the bound at_least")
        if open_ended and self.bound == "exactly":
            raise ValueError("a high without a low has the bound at_most or below")
        return self


class CaseSource(Strict):
    """The source of a case, and the day of the text (the last day of the year if only that is known)."""

    title: str = Field(min_length=1)
    link: str = Field(pattern=r"^https?://\S+$")
    as_of: IsoDate


class Case(Strict):
    """One published case: `inputs` for a model, and the `observed` figures.

    engine: lifecycle engine, or the product if it has none. method: upgrade method of a scenario file. sponsor: who
    paid for the account. lesson: the conclusion for a cost model.
    """

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    kind: Kind
    inputs: Mapping[str, Figure]
    observed: Mapping[str, Figure] = Field(min_length=1)
    sources: Annotated[tuple[CaseSource, ...], Field(min_length=1, strict=False)]
    sponsor: str = Field(min_length=1)
    lesson: str = Field(min_length=1)
    engine: str = ""
    method: Literal["", "in_place", "blue_green", "rolling", "logical_replication"] = ""


@cache
def cases() -> Mapping[str, Case]:
    """All published cases by name, in the order of the files. Raises InputError that lists every fault of the files."""
    known: dict[str, Case] = {}
    problems: list[Problem] = []
    for file in sorted(resources.path("data/cases").glob("*.yaml")):
        for name, entry in read_mapping(file, file.name, "published cases", "title, kind and observed").items():
            if name in known:
                problems.append(Problem("is in two files", path=name, file=file.name))
            try:
                known[name] = parsed(name, entry)
            except InputError as error:
                problems += error.located(file=file.name).problems
    if problems:
        raise InputError(problems)
    return known


def case(name: str) -> Case:
    """The published case of that name. Raises InputError with the nearest names for an unknown one."""
    known = cases()
    if name not in known:
        raise InputError(unknown("published case", name, known))
    return known[name]


def is_cited(entry: Assumption, name: str, links: Collection[str]) -> bool:
    """Whether a case or publication is among the sources of an assumption, by its link or by its name."""
    return entry.source.link in links or name in f"{entry.source.title} {entry.note}"


def parsed(name: str, entry: object) -> Case:
    """One entry of a case file as a Case. Raises InputError with one problem per fault, located at its path."""
    if not isinstance(entry, dict):
        raise InputError("expected a mapping with title, kind, inputs, observed, sources, sponsor, lesson", path=name)
    try:
        return Case.model_validate({**entry, "id": name})
    except ValidationError as error:
        raise InputError(problem_of(detail, Case, name) for detail in error.errors()) from None

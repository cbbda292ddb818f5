"""Uncertain numbers with range, unit and source.

An `Assumption` is read from `params/baseline/*.yaml` (or a scenario's overlay) and has the mean that the point design
uses. `shapes` defines the meaning of low and high for each shape. Draws are cut at the bounds of what is meaningful,
those of shares at 1; means are those after the cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from tco.scenario.shapes import MAX_VALUE, Array, Range, Shape

SourceKind = Literal["measured", "published", "derived", "quoted", "judgement"]

MIN_PROBABILITY = 1e-12
"""Distance of probabilities from 0 and 1, where quantiles may be infinite."""
WIDEST = 1e6
"""The largest ratio of high to low."""
SHARE_UNIT = "1"
UNCHANGED = ("label", "description", "unit", "at_least", "at_most", "scenario_wide")
"""The fields that an entry of a scenario does not replace."""
UNIT_WORDS = frozenset(
    "1 ratio USD labour-hour hour minute second day month year GB item cluster design engine version event cutover "
    "incident page rota week person wave step doubling instance vCPU node request unit".split()
)
"""The closed list of words in units; `labour hour` is written with a space."""


def check_unit(unit: str) -> str:
    """The unit unchanged, or ValueError when it is not made of the closed list of words.

    A unit is `numerator` or `numerator/denominator`; several words are joined by ` x `, a joined denominator stands
    in round brackets: `labour hour/(design x step)`.
    """
    words = re.split(r" x |/", unit.replace("labour hour", "labour-hour").replace("(", "").replace(")", ""))
    if not UNIT_WORDS.issuperset(words) or unit.count("/") > 1:
        known = ", ".join(sorted(UNIT_WORDS)).replace("labour-hour", "labour hour")
        raise ValueError(f"unit {unit!r} is not made of known words ({known}) joined by ' x ' and one '/'")
    return unit


def _iso_date(value: object) -> object:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("should be a day that exists, written YYYY-MM-DD, such as 2026-11-01") from None


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
"""A date; text of the form YYYY-MM-DD is read as one."""


AS_TUPLE = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
"""For fields that a file states as a list."""


class Strict(BaseModel):
    """A part of a file that people write: immutable, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(Strict):
    """Where a number comes from, and who paid for it.

    kind: `measured` by the user, `published` in a source, `derived` by arithmetic from published figures,
    `quoted` second-hand, or `judgement` if no source exists.
    """

    title: str = Field(min_length=1)
    as_of: IsoDate
    kind: SourceKind
    link: str = ""
    sponsor: str = ""

    @field_validator("title")
    @classmethod
    def _says_something(cls, title: str) -> str:
        if not title.strip():
            raise ValueError("the title of a source says where the number is from")
        return title


Number = Annotated[float, Field(ge=0, le=MAX_VALUE, allow_inf_nan=False)]


class Part(Strict):
    """One part of a mixture: with probability `weight / sum of weights` the value is drawn from this part."""

    weight: Annotated[float, Field(gt=0, le=MAX_VALUE, allow_inf_nan=False)]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    shape: Shape | None = None


class Assumption(Strict):
    """One uncertain or fixed number of the model.

    label and description say what it is; `unit` is made of a closed list of words (`1`: a share or probability,
    between 0 and 1; `ratio`: a factor that may exceed 1). `at_least` and `at_most` bound what is meaningful; draws are
    cut there. scenario_wide: why it cannot differ by group; empty if it can.
    """

    label: str = Field(min_length=1)
    description: str = Field(min_length=1)
    unit: Annotated[str, Field(min_length=1)]
    source: Source
    shape: Shape = "fixed"
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    parts: Annotated[tuple[Part, ...], AS_TUPLE] = ()
    at_least: float = 0.0
    at_most: float = MAX_VALUE
    scenario_wide: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _default_shape(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("shape") is None:
            return {**data, "shape": default_shape(data)}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_unit(self.unit)
        for _, part in self.ranges:
            part.check()
            if part.low and part.high and part.high / part.low > WIDEST:
                raise ValueError(
                    f"high is {part.high / part.low:.3g} times low, too wide a range; at most {WIDEST:,.0f} times"
                )
            for number in (part.value, part.low, part.high):
                if number is not None and not self.at_least <= number <= self.largest:
                    hint = "; a factor that may exceed 1 has the unit 'ratio'" if self.unit == SHARE_UNIT else ""
                    raise ValueError(f"{number:g} is outside {self.at_least:g} to {self.largest:g} ({self.unit}){hint}")
        return self

    @property
    def largest(self) -> float:
        """The value at which draws are cut: 1 for shares, else `at_most`."""
        return min(self.at_most, 1.0) if self.unit == SHARE_UNIT else self.at_most

    @property
    def is_uncertain(self) -> bool:
        """Whether draws differ from the mean."""
        return self.shape != "fixed" and (bool(self.parts) or self.low != self.high)

    @cached_property
    def ranges(self) -> tuple[tuple[float, Range], ...]:
        """The parts of a mixture with their shares, which sum to 1; one part with share 1 for other shapes."""
        if self.shape != "mixture" or not self.parts or (self.value, self.low, self.high) != (None, None, None):
            shape: Shape = "mixture" if self.parts else self.shape
            return ((1.0, Range(shape, self.value, self.low, self.high, self.at_least, self.largest)),)
        weights = sum(part.weight for part in self.parts)
        shapes = (part.shape or default_shape(part.model_dump()) for part in self.parts)
        return tuple(
            (part.weight / weights, Range(shape, part.value, part.low, part.high, self.at_least, self.largest))
            for part, shape in zip(self.parts, shapes, strict=True)
        )

    @cached_property
    def mean(self) -> float:
        """The mean after the cut at `at_least` and at `largest`, which the point design uses."""
        return sum(share * part.mean for share, part in self.ranges)

    def quantile(self, uniform: Array) -> Array:
        """The quantiles of these probabilities, each between 0 and 1.

        The parts of a mixture take consecutive intervals of probability, as wide as their shares, in the order of their
        means, so that a larger probability leads to a part with a larger mean.
        """
        if len(self.ranges) == 1:
            return self.ranges[0][1].quantile(uniform)
        values, begin = np.zeros(uniform.shape), 0.0
        ordered = sorted(self.ranges, key=lambda weighted: weighted[1].mean)
        ends = np.cumsum([share for share, _ in ordered])
        for (_, part), end in zip(ordered, (ends / ends[-1]).tolist(), strict=True):
            here = (uniform >= begin) & (uniform < end)
            within = np.clip((uniform[here] - begin) / (end - begin), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
            values[here], begin = part.quantile(within), end
        return values

    def times(self, factor: float) -> Assumption:
        """The assumption with value and range multiplied by a factor; shape and source stay."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        numbers = {name: fields[name] * factor for name in ("value", "low", "high") if fields[name] is not None}
        return Assumption.model_construct(**{**fields, **numbers})

    def replaced(self, entry: dict[str, object]) -> Assumption:
        """The assumption with value, low, high, parts and source replaced together by those of an overlay entry.

        The shape stays unless stated; an entry with a value and no range is fixed. Unit and bounds stay.
        """
        unchanged = {name: getattr(self, name) for name in UNCHANGED}
        overlay = {name: item for name, item in entry.items() if name not in unchanged}
        if overlay.get("shape") is None:
            ranged = overlay.get("low") is not None or overlay.get("high") is not None
            stays = ranged and self.shape != "mixture" and not overlay.get("parts")
            if self.shape == "fixed" and overlay.get("value") is None:
                stays = False
            overlay["shape"] = self.shape if stays else None
        return Assumption.model_validate({**unchanged, "source": self.source, **overlay})


def default_shape(data: Mapping[str, object]) -> Shape:
    """The shape of an entry that states none: fixed without a range, beta for shares, lognormal if low > 0."""
    if data.get("parts"):
        return "mixture"
    low, high = data.get("low"), data.get("high")
    if low is None and high is None:
        return "fixed"
    if data.get("unit") == SHARE_UNIT:
        return "beta"
    if isinstance(low, (int, float)) and low > 0:
        return "lognormal"
    raise ValueError("a range whose low is 0 or missing needs a shape: pert, triangular, uniform or normal")

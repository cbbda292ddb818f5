"""What we do not know exactly, with its range, unit and source, and what low and high mean for each shape.

An `Assumption` is read from `params/baseline/*.yaml` (or a scenario's overlay) and gives the mean that the point
design uses. For lognormal, normal and beta, `low` and `high` are the 5th and 95th percentile and `value`, where given,
is the median and must fit them within 20 %; for pert, triangular and uniform they are the ends; a fixed value may
carry a low and a high that serve one-at-a-time designs only. Draws are cut at 0, those of shares also at 1, and
the means given here are the means after the cut.
"""

from __future__ import annotations

import math
import re
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Z_95 = 1.6448536269514722
"""Standard normal quantile of 0.95: `low` and `high` lie this many standard deviations from the median."""
MEDIAN_TOLERANCE = 0.2
LARGEST = 1e12
"""Beyond this a number is taken for a slip of the pen, not for a quantity."""

Shape = Literal["fixed", "lognormal", "normal", "beta", "pert", "triangular", "uniform", "mixture"]
SourceKind = Literal["measured", "published", "derived", "quoted", "judgement"]

SHARE_UNIT = "1"
UNIT_WORDS = frozenset(
    "1 ratio USD labour-hour hour minute second day month year GB item cluster design engine version event cutover "
    "incident page rota person wave step doubling instance vCPU node request unit".split()
)
"""The closed list of words a unit is made of; `labour hour` is written with a space, joined with `x` and one `/`."""


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
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("should be a day that exists, written YYYY-MM-DD, such as 2026-11-01") from None


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
"""A date; text of the form YYYY-MM-DD is read as one."""


class Source(BaseModel):
    """Where a number comes from, and who paid for it.

    kind: `measured` by the user, `published` in a source, `derived` by arithmetic from published figures,
    `quoted` second-hand, or `judgement` where no source exists.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str = Field(min_length=1)
    as_of: IsoDate
    kind: SourceKind
    link: str = ""
    sponsor: str = ""


Number = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]


class Part(BaseModel):
    """One part of a mixture: with probability `weight / sum of weights` the value is drawn from this part."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    weight: Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    shape: Shape | None = None


class Assumption(BaseModel):
    """One uncertain or fixed number of the model.

    label and description say what it is; `unit` is made of a closed list of words (`1`: a share or probability,
    between 0 and 1; `ratio`: a factor that may exceed 1). `at_least` and `at_most` bound what is meaningful.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    label: str = Field(min_length=1)
    description: str = Field(min_length=1)
    unit: Annotated[str, Field(min_length=1)]
    source: Source
    shape: Shape = "fixed"
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    parts: tuple[Part, ...] = ()
    at_least: float = 0.0
    at_most: float = LARGEST
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _default_shape(cls, data: object) -> object:
        if isinstance(data, dict):
            data = dict(data)
            if isinstance(data.get("parts"), list):
                data["parts"] = tuple(data["parts"])
            if data.get("shape") is None:
                data["shape"] = default_shape(data)
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_unit(self.unit)
        upper = min(self.at_most, 1.0) if self.unit == SHARE_UNIT else self.at_most
        check_range(self.shape, self.value, self.low, self.high, self.parts)
        parts = [(p.value, p.low, p.high) for p in self.parts] or [(self.value, self.low, self.high)]
        for number in (n for numbers in parts for n in numbers if n is not None):
            if not self.at_least <= number <= upper:
                hint = "; a factor that may exceed 1 has the unit 'ratio'" if self.unit == SHARE_UNIT else ""
                raise ValueError(f"{number:g} lies outside {self.at_least:g} to {upper:g} ({self.unit}){hint}")
        return self

    @property
    def largest(self) -> float:
        """The value at which draws are cut: 1 for shares, else `at_most`."""
        return min(self.at_most, 1.0) if self.unit == SHARE_UNIT else self.at_most

    @property
    def is_uncertain(self) -> bool:
        """True where a draw would differ from the mean."""
        return self.shape != "fixed" and (bool(self.parts) or self.low != self.high)

    @cached_property
    def mean(self) -> float:
        """The mean after the cut at 0 and at `largest`: what the point design uses."""
        if self.parts:
            weights = sum(part.weight for part in self.parts)
            return sum(
                part.weight
                / weights
                * mean(part.shape or default_shape(part.model_dump()), part.value, part.low, part.high, self.largest)
                for part in self.parts
            )
        return mean(self.shape, self.value, self.low, self.high, self.largest)

    def fixed_at(self, value: float) -> Assumption:
        """The same assumption without spread, at `value`."""
        return self.replaced({"value": value, "shape": "fixed"})

    def replaced(self, entry: dict[str, object]) -> Assumption:
        """The assumption with value, low, high, parts and source replaced together, as an overlay entry does.

        The shape stays unless given; an entry with a value and no range is fixed. Unit and bounds stay.
        """
        kept = {name: getattr(self, name) for name in ("label", "description", "unit", "at_least", "at_most")}
        overlay = {name: item for name, item in entry.items() if name not in kept}
        if overlay.get("shape") is None:
            ranged = overlay.get("low") is not None or overlay.get("high") is not None
            stays = ranged and self.shape != "mixture" and not overlay.get("parts")
            if self.shape == "fixed" and overlay.get("value") is None:
                stays = False
            overlay["shape"] = self.shape if stays else None
        return Assumption.model_validate({**kept, "source": self.source, **overlay})


def default_shape(data: dict[str, object]) -> Shape:
    """The shape of an entry that names none: fixed without a range, beta for shares, lognormal where low > 0."""
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


def check_range(
    shape: Shape, value: float | None, low: float | None, high: float | None, parts: tuple[Part, ...] = ()
) -> None:
    """ValueError when the numbers do not fit the shape, saying what the shape needs."""
    if shape == "mixture" or parts:
        if shape != "mixture" or not parts or (value, low, high) != (None, None, None):
            raise ValueError("a mixture needs `parts` (each with weight and a value or range) and nothing else")
        for part in parts:
            part_shape = part.shape or default_shape(part.model_dump())
            check_range(part_shape, part.value, part.low, part.high)
        return
    if shape == "fixed":
        if value is None:
            raise ValueError("a fixed assumption needs a value")
        if low is not None and high is not None and low > high:
            raise ValueError(f"low {low:g} is above high {high:g}")
        return
    if low is None or high is None:
        raise ValueError(f"a {shape} assumption needs low and high")
    if low > high:
        raise ValueError(f"low {low:g} is above high {high:g}")
    if shape in ("pert", "triangular"):
        if value is None:
            raise ValueError(f"a {shape} assumption needs a value, the most likely one")
        if not low <= value <= high:
            raise ValueError(f"value {value:g} lies outside low {low:g} to high {high:g}")
    if shape == "lognormal" and low <= 0:
        raise ValueError("a lognormal assumption needs low > 0")
    if shape == "beta" and low < high and not 0 < low < high < 1:
        raise ValueError("a beta assumption needs 0 < low < high < 1; for a range that touches 0 or 1 use shape pert")
    if value is not None and shape in ("lognormal", "normal", "beta"):
        middle = median(shape, low, high)
        if abs(value - middle) > MEDIAN_TOLERANCE * middle:
            raise ValueError(
                f"value {value:g} is not the median of a {shape} between {low:g} and {high:g}, "
                f"which is {middle:.4g} (within {MEDIAN_TOLERANCE:.0%})"
            )


def median(shape: Shape, low: float, high: float) -> float:
    """The median that low and high (5th and 95th percentile) imply."""
    if shape == "lognormal":
        return math.sqrt(low * high)
    if shape == "beta" and low < high:
        from scipy.special import betaincinv

        return float(betaincinv(*beta_parameters(low, high), 0.5))
    return (low + high) / 2


def beta_parameters(low: float, high: float) -> tuple[float, float]:
    """The two parameters of the beta distribution whose 5th and 95th percentile are `low` and `high`."""
    from scipy.optimize import root
    from scipy.special import betainc

    middle, spread = (low + high) / 2, (high - low) / (2 * Z_95)
    size = max(middle * (1 - middle) / spread**2 - 1, 0.5)
    start = [math.log(middle * size), math.log((1 - middle) * size)]

    def misfit(logs: list[float]) -> list[float]:
        a, b = math.exp(logs[0]), math.exp(logs[1])
        return [float(betainc(a, b, low)) - 0.05, float(betainc(a, b, high)) - 0.95]

    solved = root(misfit, start, tol=1e-12)
    if max(abs(gap) for gap in misfit(solved.x)) > 1e-6:
        raise ValueError(f"no beta distribution has 5 % below {low:g} and 5 % above {high:g}; use shape pert")
    return math.exp(solved.x[0]), math.exp(solved.x[1])


def mean(shape: Shape, value: float | None, low: float | None, high: float | None, largest: float = LARGEST) -> float:
    """The mean of a shape after draws are cut at 0 and `largest`."""
    if shape == "fixed" or low is None or high is None:
        return 0.0 if value is None else value
    if low == high:
        return low
    if shape == "lognormal":
        middle, spread = math.log(low * high) / 2, math.log(high / low) / (2 * Z_95)
        whole = math.exp(middle + spread**2 / 2)
        cut = (math.log(largest) - middle) / spread
        return whole * _normal_below(cut - spread) + largest * _normal_below(-cut)
    if shape == "normal":
        middle, spread = (low + high) / 2, (high - low) / (2 * Z_95)
        floor, ceiling = -middle / spread, (largest - middle) / spread
        inside = _normal_below(ceiling) - _normal_below(floor)
        tails = largest * _normal_below(-ceiling)
        return middle * inside + spread * (_normal_density(floor) - _normal_density(ceiling)) + tails
    if shape == "beta":
        a, b = beta_parameters(low, high)
        return a / (a + b)
    likely = low if value is None else value
    return {
        "pert": (low + 4 * likely + high) / 6,
        "triangular": (low + likely + high) / 3,
        "uniform": (low + high) / 2,
    }[shape]


def _normal_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _normal_density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

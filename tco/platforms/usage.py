"""How a platform states what a bill needs to know: a frozen model of one month of one database, whose fields
carry a description, a unit and bounds. The same bounds serve one bill and columns of a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

#: No quantity of a real bill comes near this; beyond it the amounts of a bill could overflow.
LARGEST_QUANTITY = 1e15

#: Hours of the longest month, times twelve: bills quoted by the year give the hours of a year.
LONGEST_HOURS = 8784

Term = Literal[
    "on_demand",
    "1yr_no_upfront",
    "1yr_partial_upfront",
    "1yr_all_upfront",
    "3yr_no_upfront",
    "3yr_partial_upfront",
    "3yr_all_upfront",
]


def quantity(description: str, unit: str, default: float = 0.0, *, maximum: float = LARGEST_QUANTITY) -> Any:
    """A number of zero or more that is used, in `unit` (singular); left out it is `default`."""
    return Field(default, ge=0, le=maximum, description=description, json_schema_extra={"unit": unit})


def share(description: str, default: float = 0.0) -> Any:
    """A number from 0 to 1."""
    return Field(default, ge=0, le=1, description=description, json_schema_extra={"unit": "1"})


def name(description: str, default: str = "") -> Any:
    """A name: of a closed list where the field is annotated as a Literal, else of those that the prices
    know.
    """
    return Field(default, description=description, json_schema_extra={"unit": "name"})


class Usage(BaseModel):
    """One month of one database. A field left out means none of that thing, unless it states a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    #: Fields of other platforms that have another name here, whatever the spelling.
    elsewhere: ClassVar[Mapping[str, str]] = {}

    hours_per_month: float = Field(
        730.0,
        gt=0,
        le=LONGEST_HOURS,
        description="Hours in the billed month: 720, 730 and 744 are all in use",
        json_schema_extra={"unit": "hour"},
    )

    @field_validator("*", mode="before")
    @classmethod
    def _number_as_number(cls, value: object, info: ValidationInfo) -> object:
        """Text and switches are no amounts, even where they could be read as one."""
        numeric = cls.model_fields[str(info.field_name)].annotation in (float, int)
        if numeric and isinstance(value, str | bool | np.bool_):
            raise ValueError("should be a number")
        return value


class InstanceUsage(Usage):
    """What platforms billed by the instance have in common."""

    instance_class: str = name("Instance class, with or without the price list's prefix, such as db.r6g.large")
    instances: int = quantity("Instances billed; standbys that a deployment brings are not counted", "instance", 1)

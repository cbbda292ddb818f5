"""What a platform is: a record of its name, its capacity model, the engines whose releases force upgrades, and two
functions: `charge` makes the bill of a usage, `sizing` gives the usage of a cluster's workload in a month.

A platform module defines one `PLATFORM`; adding a platform is adding a file (see `docs/extending.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from tco.catalog.prices import Names, PriceBook
from tco.errors import InputError, unknown

#: Usage of many bills by field: numbers broadcast to (..., N), names have shape (N,) or (1,), N bills; further axes
#: are draws.
UsageColumns = Mapping[str, NDArray[Any]]
Amounts = NDArray[np.float64]
Switches = NDArray[np.bool_]
CapacityModel = Literal["instances", "requests", "provisioned", "capacity units"]
Family = Literal["self_managed", "managed", "versionless"]
FreeTier = Literal["", "Region", "organisation"]
Releases = Literal["versioned", "provider-upgraded", "versionless"]
Term = Literal[
    "on_demand",
    "1yr_no_upfront",
    "1yr_partial_upfront",
    "1yr_all_upfront",
    "3yr_no_upfront",
    "3yr_partial_upfront",
    "3yr_all_upfront",
]

MANAGED_METHODS = ("in_place", "blue_green", "logical_replication")
WITHOUT_BLUE_GREEN = ("in_place", "logical_replication")
"""Methods on services without blue/green deployments; their migration services can replicate."""
MAX_QUANTITY = 1e15
"""Far above any real bill; larger amounts could overflow."""
MAX_HOURS = 8784
"""Hours of the longest month, times twelve: bills quoted by the year give the hours of a year."""
MILLION = 1_000_000
"""Requests are priced by the million."""
BYTES_PER_GB = 2**30
TIER = " (from "
"""Between an item and the quantity from which one of its tiers starts."""
SPELLINGS = {"postgres": "postgresql"}
"""Other names of engines, wherever they run."""


def spelling(engine: str) -> str:
    """An engine name in the spelling that is compared: lower case, `-` for `_`."""
    return engine.casefold().replace("_", "-")


def quantity(description: str, unit: str, default: float = 0.0, *, maximum: float = MAX_QUANTITY) -> Any:
    """A field of a usage: a number from 0 on, in `unit` (singular); `default` if left out."""
    return Field(default, ge=0, le=maximum, description=description, json_schema_extra={"unit": unit})


def share(description: str, default: float = 0.0) -> Any:
    """A field of a usage: a number from 0 to 1."""
    return Field(default, ge=0, le=1, description=description, json_schema_extra={"unit": "1"})


def name(description: str, default: str = "") -> Any:
    """A field of a usage: a name, of a closed list if annotated with a Literal, else any with a price row."""
    return Field(default, description=description, json_schema_extra={"unit": "name"})


class Usage(BaseModel):
    """One month of one database. A field left out is 0 or empty, unless it has another default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    #: Fields of other platforms, and the field that has their meaning here.
    elsewhere: ClassVar[Mapping[str, str]] = {}
    #: Names of engines in the AWS API that imply this platform, and their names here.
    engine_names: ClassVar[Mapping[str, str]] = {}
    #: Engines that ended on this platform, with the message for them: what happened, and what to state.
    ended_engines: ClassVar[Mapping[str, str]] = {}

    hours_per_month: float = Field(
        730.0,
        gt=0,
        le=MAX_HOURS,
        description="Hours in the billed month: 720, 730 and 744 are all in use",
        json_schema_extra={"unit": "hour"},
    )

    @field_validator("*", mode="before")
    @classmethod
    def _number_as_number(cls, value: object, info: ValidationInfo) -> object:
        """Refuses text and switches as amounts, even if pydantic could convert them."""
        numeric = cls.model_fields[str(info.field_name)].annotation in (float, int)
        if numeric and isinstance(value, str | bool | np.bool_):
            raise ValueError("should be a number")
        return value

    @field_validator("engine", mode="before", check_fields=False)
    @classmethod
    def _engine_as_written(cls, value: object) -> object:
        """Accepts the name of an engine in the AWS API, in capitals too."""
        if not isinstance(value, str):
            return value
        text = spelling(value)
        if ended := cls.ended_engines.get(text):
            raise ValueError(ended)
        return {**SPELLINGS, **cls.engine_names}.get(text, text)


class InstanceUsage(Usage):
    """The fields that all platforms billed by the instance have."""

    instance_class: str = name("Instance class, with or without the price list's prefix, such as db.r6g.large")
    instances: int = quantity("Instances billed; standbys that a deployment brings are not counted", "instance", 1)


@dataclass(frozen=True)
class BillLine:
    """One item of many bills: cost = quantity x unit_price.

    - item: the text of the item, without class and engine, which the price row has.
    - line: its infrastructure line in the ledger, or Extended Support.
    - quantity: shape (..., N). unit: one of the price rows' units.
    - unit_price: USD, broadcastable to the quantity.
    - rows: numbers of the price book's rows, shape (N,) or (1,); -1 if nothing was looked up.
    - upfront: a one-off fee, paid in full when a term begins; its item ends in `upfront`.
    - reserved: bought for a term and due until it ends, used or not.
    """

    item: str
    line: str
    quantity: Amounts
    unit: str
    unit_price: Amounts
    rows: NDArray[np.intp]
    upfront: bool = False
    reserved: bool = False


class Bill:
    """Collects the lines of many bills: reads usage by field, and looks up prices of amounts above 0 only."""

    def __init__(self, columns: UsageColumns, book: PriceBook, as_of: date, usage: type[Usage]):
        self._columns = columns
        self.fields = usage.model_fields
        self.book = book
        self.as_of = as_of
        self.lines: list[BillLine] = []

    def number(self, field: str) -> Amounts:
        """A field as numbers of shape (..., N) or (1,); its default if the usage leaves it out."""
        if field in self._columns:
            return np.asarray(self._columns[field], dtype=np.float64)
        return np.array([self.fields[field].default], dtype=np.float64)

    def text(self, field: str) -> NDArray[Any]:
        """A field as names (or lists) of shape (N,) or (1,); its default if the usage leaves it out."""
        if field in self._columns:
            return np.asarray(self._columns[field])
        return one(self.fields[field].get_default() if field in self.fields else "")

    def states(self, field: str) -> bool:
        """Whether the usage gives a field at all."""
        return field in self._columns

    def free_amount(self, service: str, price_item: str, used: Switches, region: Names | None = None) -> Amounts:
        """The free amount of an item per account and month, for the bills that use it; 0 for the others."""
        if not used.any():
            return np.zeros(1)
        (_, _, _, most), *_ = self.book.find_tiers(
            service, price_item, self.text("region") if region is None else region, term="free_tier",
            as_of=self.as_of, where=used,
        )  # fmt: skip
        return np.where(used, most, 0.0)

    def charge(
        self,
        item: str,
        line: str,
        quantity: Amounts,
        service: Names,
        price_item: Names,
        *,
        region: Names | None = None,
        engine: Names = "",
        instance_class: Names = "",
        deployment: Names = "",
        term: Names = "on_demand",
        times: Amounts | float = 1.0,
        upfront: bool = False,
        reserved: bool = False,
    ) -> None:
        """Charge `quantity` (shape (..., N)) at the price of `price_item`; no price is looked up for bills with 0.

        A tiered price gives one line per tier, named with the quantity from which the tier starts. `times`: the number
        of things that use `quantity` each, so that tiers apply to each of them and not to the sum. `region`: that of
        the usage if left out. Raises UnknownPrice.
        """
        quantity = np.atleast_1d(np.asarray(quantity, dtype=np.float64))
        used = (quantity > 0) & (np.asarray(times) > 0)
        if not used.any():
            return
        tiers = self.book.find_tiers(
            service, price_item, self.text("region") if region is None else region, engine=engine,
            instance_class=instance_class, deployment=deployment, term=term, as_of=self.as_of, where=used,
        )  # fmt: skip
        for number, (price, rows, low, high) in enumerate(tiers):
            part = np.clip(quantity - low, 0, high - low) if len(tiers) > 1 else quantity
            if number and not (part > 0).any():
                continue
            row = self.book.row(int(rows[rows >= 0][0]))
            label = f"{item}{TIER}{row.tier_from:,.0f})" if number else item
            self.lines.append(BillLine(label, line, part * times, row.unit, price, rows, upfront, reserved))


def one(value: Any) -> NDArray[Any]:
    """A column of one entry; a list stays one entry."""
    column = np.empty(1, dtype=object)
    column[0] = value
    return column


def refuse(wrong: Switches, message: str, field: str) -> None:
    """Raise InputError at the first bill for which `wrong` holds."""
    if np.any(wrong):
        bill = int(np.argwhere(wrong)[0][-1])
        raise InputError(message if wrong.size == 1 else f"{message} (bill {bill})", path=field)


class Demand(Protocol):
    """The workload of a cluster, from which a platform's `sizing` derives the usage of a month.

    Numbers, 0 if not stated: instances (those billed: primary and readers, and standbys of a deployment unless their
    price is included), copies (full copies of the data on all instances together), storage_gb (allocated for one copy;
    platforms that bill stored bytes take a share of it), iops, backup_gb (billed, beyond any free allowance), acu,
    fitted_acu (of one instance, if it is fitted to the load), reads_per_second, writes_per_second, item_bytes,
    hours_per_month. Texts, empty if not stated: engine, version, region, environment, instance_class, deployment,
    reader_deployment, storage_type, storage_config, term, capacity, table_class, load.
    """

    def number(self, field: str) -> Amounts:
        """The field of every cluster group, shape (..., G)."""
        ...

    def text(self, field: str) -> NDArray[Any]:
        """The field of every cluster group, shape (G,)."""
        ...

    def memory_gib(self, instance_class: str) -> float:
        """GiB of memory of an instance class. Raises UnknownPrice for one that is not known."""
        ...

    def assumption(self, path: str) -> Amounts:
        """An assumption's value for each draw, shape (D, 1) or (1, 1); the ledger notes that it was read."""
        ...


def as_stated(demand: Demand, texts: Iterable[str], numbers: Iterable[str] = ()) -> dict[str, NDArray[Any]]:
    """The Region, the hours of the month, and the fields that the usage takes unchanged from the demand."""
    columns = {field: demand.text(field) for field in ("region", *texts)}
    return columns | {field: demand.number(field) for field in (*numbers, "hours_per_month")}


@dataclass(frozen=True)
class Platform:
    """A place where a database can run.

    - name: the name of its module. title: what readers are told.
    - capacity_model: what is billed. `instances` are resized by hand; `requests` and `provisioned` need a workload.
    - lifecycle_engines: a group's engine -> the lifecycle engine whose releases force upgrades; empty: versionless.
    - hosts: the engines it hosts unchanged; None: any workload, after re-modelling.
    - only_compatible: the engines with whose protocol it is compatible without running them.
    - provider_upgraded: whether the provider upgrades clusters of this versionless platform to new major releases, on
      days that no team chooses, so that applications are tested on each.
    - usage: the model of the fields that a bill needs.
    - charge: charges the items of a bill, from price rows only. Raises UnknownPrice or InputError.
    - sizing: the usage of one cluster of a workload in a month.
    - items: everything that may appear on a bill.
    - service: the service of its price rows, in whose Regions it can run.
    - settings: settings of an option that its sizing reads, besides those that its usage has.
    - self_managed: whether the team itself maintains operating system, patches and backups.
    - prices_standbys: whether the price of an instance covers the standbys of its deployment; then the bill does not
      count them as instances.
    - readers_take_over: whether a reader replaces a lost primary within seconds, as in
      https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html.
    - gib_per_unit, min_units: of capacity units: GiB of memory of one, and the fewest that an instance runs on.
    - free_tier: who has a free amount each month: an account in each Region, or an organisation; empty for none. The
      amounts are the price rows of the term `free_tier`; a scenario's clusters share them.
    - free_clusters: how many clusters have the free tier, one each; 0 if all share one.
    - methods: the methods with which a team can upgrade an engine to a new major version, the usual one first; an
      engine without entry has `MANAGED_METHODS`. `rolling` is added if the steps of its releases allow it.
    - lowest_versions: by lifecycle engine, the lowest version that it runs; without entry, all.
    - of_lower_versions: what happened to clusters with lower versions, if some ran here once.
    - closed_on: the first day without new clusters, if the provider has ended the service.
    """

    name: str
    title: str
    capacity_model: CapacityModel
    lifecycle_engines: Mapping[str, str]
    hosts: frozenset[str] | None
    usage: type[Usage]
    charge: Callable[[Bill], None]
    sizing: Callable[[Demand], UsageColumns]
    items: tuple[str, ...]
    service: str
    settings: tuple[str, ...] = ()
    only_compatible: frozenset[str] = frozenset()
    provider_upgraded: bool = False
    self_managed: bool = False
    prices_standbys: bool = False
    readers_take_over: bool = False
    gib_per_unit: float = 0.0
    min_units: float = 0.0
    free_tier: FreeTier = ""
    free_clusters: int = 0
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lowest_versions: Mapping[str, str] = field(default_factory=dict)
    of_lower_versions: str = ""
    closed_on: date | None = None

    def __post_init__(self) -> None:
        """Raise InputError for a word that would silently count as none."""
        for key, kind in (("capacity_model", CapacityModel), ("free_tier", FreeTier)):
            if (stated := getattr(self, key)) not in get_args(kind):
                raise self._wrong(key, unknown(key, stated, get_args(kind)))

    def _wrong(self, key: str, message: str) -> InputError:
        return InputError(message, file=f"tco/platforms/{self.name}.py", path=f"PLATFORM.{key}")

    @property
    def family(self) -> Family:
        """Who does the database work: the team, the provider of instances, or no one without versions."""
        return "versionless" if not self.lifecycle_engines else "self_managed" if self.self_managed else "managed"

    @property
    def speaks(self) -> frozenset[str]:
        """The engines that it runs or is compatible with: their data models need no change."""
        return (self.hosts or frozenset()) | self.only_compatible

    @property
    def is_versioned(self) -> bool:
        """Whether an engine with versions runs on machines, which are patched and replaced."""
        return bool(self.lifecycle_engines)

    @property
    def has_hosts(self) -> bool:
        """Whether clusters have a number of instances, which stand on machines that are replaced one by one."""
        return self.is_versioned and self.knows("instances")

    @property
    def bills_stored_bytes(self) -> bool:
        """Whether storage is billed as far as it holds data, and nobody allocates it."""
        volumes = self.prices_standbys or "storage_type" in self.usage.model_fields
        return "storage_gb" in self.usage.model_fields and not volumes

    @property
    def has_extended_support(self) -> bool:
        """Whether paid support is counted here: that of own servers, or the provider's where its bill has a price."""
        return self.self_managed or "extended_support_year" in self.usage.model_fields

    @property
    def releases(self) -> Releases:
        """Who upgrades clusters to new major releases: the team, the provider, or no one (there are none)."""
        return "versioned" if self.is_versioned else "provider-upgraded" if self.provider_upgraded else "versionless"

    def methods_of(self, engine: str) -> tuple[str, ...]:
        """The methods with which a team can upgrade an engine to a new major version here, the usual one first."""
        return self.methods.get(engine, MANAGED_METHODS)

    @property
    def is_instances(self) -> bool:
        """Whether capacity is instances, which are resized by hand."""
        return self.capacity_model == "instances"

    def knows(self, setting: str) -> bool:
        """Whether a setting of an option (`deployment`, `capacity`, `term`) has a meaning here."""
        if setting == "free_tier":
            return bool(self.free_tier)
        by_instance = ("deployment",) if self.is_instances else ()
        by_unit = ("deployment", "instances", "instance_class") if self.capacity_model == "capacity units" else ()
        return setting in (*self.usage.model_fields, *self.settings, *by_instance, *by_unit)

    def bill(self, columns: UsageColumns, book: PriceBook, as_of: date) -> list[BillLine]:
        """The lines of many bills at once, in USD; items that no bill uses are left out.

        columns: `region` and any of the usage's fields. Raises UnknownPrice or InputError.
        """
        bill = Bill(columns, book, as_of, self.usage)
        self.charge(bill)
        for line in bill.lines:
            if (item := line.item.partition(TIER)[0]) not in self.items:
                raise self._wrong("items", f"misses an item that `charge` puts on bills: {item!r}")
        return bill.lines

"""What a scenario is: a fleet of cluster groups, two or more options for it, and the assumptions about both.

The classes here are the schema of a scenario file (`params/*.yaml`): frozen, unknown keys refused, types strict.
`tco.loading.loading` reads files into them; nothing here reads a file, a price or a release date.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from tco.errors import shown
from tco.notebook_repr import Displayed
from tco.scenario.assumptions import AS_TUPLE, Assumption, IsoDate, Number, Source, Strict
from tco.upgrades.policies import policy_named

Environment = Literal["production", "staging", "development", "test"]
Deployment = Literal["single_az", "multi_az", "multi_az_cluster"]
Method = Literal["in_place", "blue_green", "rolling", "logical_replication"]
Capacity = Literal["on_demand", "provisioned", "reserved"]
Licence = Literal["license_included", "bring_your_own_license"]
WITHOUT_LICENCE = ("general_public_license", "postgresql_license")
"""Values of the AWS API for engines that need no licence."""

COPIES_OF_RINGS = {"cassandra": 3, "elasticsearch": 2, "opensearch": 2}
"""Engines that distribute the data over all nodes, with the default number of copies."""
UNCOPIED = "memcached"
"""Its nodes distribute the data without copies."""
SHARDED = frozenset({"mongodb", "redis", "valkey"})
"""Engines that split large data into shards, each with instances of its own."""
MOST_IN_ONE_SET = 7
"""More instances than this are several shards: https://www.mongodb.com/docs/manual/core/replica-set-members/"""
NEW = "new"
"""The platform of a workload that does not exist yet."""
FIT = "fit"
"""A size that is derived from the group's load; see `tco.model.fleet.sizing`."""
LONGEST_NAME = 100
MOST_CLUSTERS = 10_000_000
MOST_MONTHS = 600
FREEZE = r"^\d{4}-(0[1-9]|1[0-2])\.\.\d{4}-(0[1-9]|1[0-2])$"
"""The first and the last month of a freeze."""
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])$")


def _version_text(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        raise ValueError(f'a version is text: write it in quotes, such as version: "{value}"')
    return value


def _freeze(value: object) -> object:
    if not isinstance(value, str) or not re.match(FREEZE, value):
        raise ValueError("a freeze is a span of months such as 2027-11..2028-01")
    begin, _, end = value.partition("..")
    if end < begin:
        raise ValueError(f"a freeze ends after it begins: {begin} is after {end}")
    return value


def licence_as_written(value: object) -> object:
    """A licence in the spelling of the schema, from that of the AWS API; None for engines without licence."""
    text = value.casefold().replace("-", "_") if isinstance(value, str) else value
    return None if text in WITHOUT_LICENCE else text


def _policy(text: str) -> str:
    policy_named(text)
    return text


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Version = Annotated[Name, BeforeValidator(_version_text)]
StatedLicence = Annotated[Licence | None, BeforeValidator(licence_as_written)]
Instances = Annotated[int, Field(ge=1, le=1000)]
Bytes = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
HoursPerMonth = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class Workload(Strict):
    """The load of one cluster, the same for every option.

    reads_per_second and writes_per_second: average calls a second over the month. item_bytes: mean size of an item or
    row. load: the shape of the day or week, a name of params/load_shapes.yaml or 24 or 168 hourly values;
    without one the load is flat.
    """

    reads_per_second: Number
    writes_per_second: Number
    item_bytes: Bytes
    load: str | tuple[Number, ...] | None = None

    @field_validator("load", mode="before")
    @classmethod
    def _hourly_values(cls, value: object) -> object:
        if not isinstance(value, str | list | tuple | None):
            raise ValueError("a load is a name, or 24 or 168 hourly values")
        for number in value if isinstance(value, list | tuple) else ():
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < math.inf:
                raise ValueError(f"hourly values are finite numbers from 0 up, not {shown(number)}")
        return tuple(value) if isinstance(value, list) else value


class Group(Strict):
    """Clusters that are alike: one engine, version, Region, size and workload.

    clusters: how many. instances: billed instances of a cluster (primary and readers; standbys come from the option's
    `deployment`). version: the engine version on today's platform; `newest` is the highest available at the scenario's
    start. platform: where the group runs today; without it, where the reference option has it; `new` for a workload
    that does not exist yet, which starts on each option's platform. instance_class: a class, or a family with `fit` in
    place of the size (`r6g.fit`): the smallest that is enough for the load. storage_gb: allocated storage of one copy
    of a cluster's data. copies: full copies of it that the instances hold together, see `copies_of`. designs: distinct
    schemas with their applications that the clusters bring, in all; design_of: the group whose designs they run.
    Without either they follow from production's clusters. backup_gb: long-kept backups of a cluster that are billed,
    beyond the free ones of the platform. created: for a group without a version, the day on which it was created with
    the newest version of that day. extended_support: false for clusters that are not enrolled in paid Extended Support
    (RDS: `EngineLifecycleSupport` disabled), which the provider upgrades at the end of standard support. licence: for
    Oracle and SQL Server on RDS, included in the price or brought; left out, the only one with a price. internet_gb:
    data that a cluster sends to the internet in a month. assumptions: those that differ from the scenario's for this
    group.
    """

    clusters: Annotated[int, Field(ge=0, le=MOST_CLUSTERS)]
    engine: Name
    region: Name
    storage_gb: Number
    version: Version | None = None
    created: IsoDate | None = None
    instances: Instances = 1
    copies: Instances | None = None
    environment: Environment = "production"
    instance_class: str | None = None
    platform: str | None = None
    iops: Number | None = None
    backup_gb: Number | None = None
    extended_support: bool = True
    licence: StatedLicence = None
    internet_gb: Number | None = None
    workload: Workload | None = None
    designs: Annotated[float, Field(ge=0, le=MOST_CLUSTERS, allow_inf_nan=False)] | None = None
    design_of: Name | None = None
    assumptions: Mapping[str, Assumption] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.designs is not None and self.design_of is not None:
            raise ValueError(
                "designs: a group has its own number or, by design_of, those of another group; leave one out"
            )
        self.copies_of(self.instances)
        return self

    @property
    def is_new(self) -> bool:
        """Whether the workload does not exist yet, so that there is no migration and no present platform to pay."""
        return self.platform == NEW

    @property
    def is_ring(self) -> bool:
        """Whether no instance is a primary: any of them can stop while the cluster serves."""
        return self.engine in COPIES_OF_RINGS

    @property
    def is_copied(self) -> bool:
        """Whether copies of the data exist, so that another instance can take over."""
        return self.engine != UNCOPIED

    def copies_of(self, instances: int) -> int:
        """Full copies of the data on this number of instances together: as stated, else by engine.

        Three on Cassandra, two on Elasticsearch and OpenSearch, one on Memcached, else one per instance. Raises
        ValueError for more copies than instances, and for shards that are not stated or of unequal size.
        """
        usual = COPIES_OF_RINGS.get(self.engine, instances) if self.is_copied else 1
        copies = self.copies or min(usual, instances)
        if copies > instances:
            raise ValueError(f"copies: {copies} is more than the {instances} instances that hold them")
        if self.engine in SHARDED and (instances % copies or (self.copies is None and instances > MOST_IN_ONE_SET)):
            raise ValueError(
                f"copies: {instances} instances of {self.engine} are shards of equal size: state copies, those of each "
                f"shard, so that instances is a multiple of it (copies: 3 with instances: {3 * -(-instances // 3)})"
            )
        return copies


class Settings(Strict):
    """The choices of an option, for all groups or for one.

    deployment: standbys of an instance platform. policy: when and to which version to upgrade. method: how a major
    upgrade is cut over. capacity: how a request-priced platform is bought. The rest names a size or a price plan of
    the platform; left out, the group's own value or the platform's default is used. reader_deployment: on RDS,
    standbys of readers, which have none if left out, whatever `deployment` is. instance_class: a class, or `fit` for
    the smallest of the group's family that is enough (`r7g.fit`: of that family); on Aurora Serverless, for the
    capacity units that the load needs hour by hour. acu: those units on average, if known. licence: as of a group. On
    DynamoDB: replica_regions, other Regions with a replica; index_writes_per_write and index_item_bytes, entries of
    indexes and their projected size; ttl_deletes_per_write, items that expire; stream_reads_per_write; dax_nodes of a
    dax_node_type. free_tier: whether the free tier of the account (DynamoDB: one per Region) or organisation
    (CockroachDB) is used by this fleet alone.
    """

    platform: Name | None = None
    deployment: Deployment | None = None
    reader_deployment: Literal["single_az", "multi_az"] | None = None
    policy: Annotated[str, AfterValidator(_policy)] | None = None
    method: Method | None = None
    capacity: Capacity | None = None
    table_class: Literal["standard", "standard_ia"] | None = None
    storage_type: Literal["gp2", "gp3", "io1", "io2"] | None = None
    storage_config: Literal["standard", "io_optimized"] | None = None
    term: (
        Literal[
            "on_demand",
            "1yr_no_upfront",
            "1yr_partial_upfront",
            "1yr_all_upfront",
            "3yr_no_upfront",
            "3yr_partial_upfront",
            "3yr_all_upfront",
        ]
        | None
    ) = None
    savings_plan: bool | None = None
    instance_class: str | None = None
    instances: Instances | None = None
    acu: Number | None = None
    licence: StatedLicence = None
    replica_regions: Annotated[tuple[str, ...] | None, AS_TUPLE] = None
    index_writes_per_write: Number | None = None
    index_item_bytes: Bytes | None = None
    ttl_deletes_per_write: Number | None = None
    stream_reads_per_write: Number | None = None
    dax_node_type: str | None = None
    dax_nodes: Annotated[int, Field(ge=0, le=1000)] | None = None
    free_tier: bool | None = None


class Option(Settings):
    """One way to run the whole fleet. `groups` holds what differs for single groups.

    label: its name in reports and the explorer; paths keep the key. upgrade_hours_per_month: labour hours a month that
    the team gives to major upgrades; what does not fit waits (no value: those of `labour.upgrade_team`).
    migration_hours_per_month: the same for moving to another platform (no value: those of `labour.migration_team`).
    """

    groups: Mapping[str, Settings] = {}
    label: str = ""
    upgrade_hours_per_month: HoursPerMonth | None = None
    migration_hours_per_month: HoursPerMonth | None = None


class OwnPrice(Strict):
    """A negotiated or missing price, given by the scenario with its source; it takes precedence over the catalogue.

    unit: by default that of the item. source: as of an assumption, or a text. tier_from, tier_to: the monthly
    quantities between which it holds. accept: true if a price of more than 20 times the one that it replaces, or less
    than a twentieth, is intended.
    """

    service: str
    region: str
    item: str
    price: Number
    source: Source | Annotated[str, Field(min_length=1)]
    unit: str = ""
    engine: str = ""
    instance_class: str = ""
    deployment: str = ""
    term: str = "on_demand"
    tier_from: Number = 0.0
    tier_to: Number | None = None
    valid_from: IsoDate | None = None
    valid_to: IsoDate | None = None
    observed_on: IsoDate | None = None
    confidence: str = ""
    note: str = ""
    accept: bool = False


class OwnClass(Strict):
    """The hardware of an instance class that the packaged tables lack: virtual CPUs and memory in GiB."""

    vcpu: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)]
    memory_gib: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)]


class Correlation(Strict):
    """Rank correlation between two assumptions, used by designs with draws."""

    between: Annotated[tuple[str, str], AS_TUPLE]
    value: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class PlanRules(Strict):
    """Defaults for `tco plan`; the keys are those of `tco.plan`.

    capacity: labour hours a month, or those of each month (YYYY-MM). max_cutovers_per_week: at most. freeze: months or
    days without work and cut-overs, besides the scenario's freezes. window: when clusters may cut over, for all or by
    group. before: lists of groups of which each is upgraded whole before the next.
    """

    capacity: (
        Annotated[float, Field(gt=0, allow_inf_nan=False)]
        | Mapping[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
        | None
    ) = None
    max_cutovers_per_week: Annotated[int, Field(ge=1)] | None = None
    freeze: Annotated[tuple[str, ...], AS_TUPLE] = ()
    window: str | Mapping[str, str] = ""
    before: Annotated[tuple[Annotated[tuple[str, ...], AS_TUPLE], ...], AS_TUPLE] = ()


class Scenario(Displayed, Strict):
    """A fleet, two or more options for it, and all assumptions (the baseline with the scenario's changes).

    start is the first month (YYYY-MM), `months` the horizon; prices are those in force on `prices_as_of`. `reference`
    is the option that differences are taken to. `classes`: own instance classes. `freezes`: months without major
    upgrades, such as 2027-11..2028-01. `what_ifs`: named changes, of `tco.what_if` or by path. `plan`: defaults for
    `tco.plan`. `changed` names the assumptions that differ from the baseline. `written`: the fleet of the file, if it
    has been scaled to another size.
    """

    name: Name
    description: str = ""
    start: str
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]
    prices_as_of: IsoDate
    reference: str = ""
    fleet: Mapping[str, Group]
    options: Mapping[str, Option]
    assumptions: Mapping[str, Assumption] = {}
    changed: frozenset[str] = frozenset()
    written: Mapping[str, Group] = {}
    prices: Annotated[tuple[OwnPrice, ...], AS_TUPLE] = ()
    classes: Mapping[str, OwnClass] = {}
    correlations: Annotated[tuple[Correlation, ...], AS_TUPLE] = ()
    freezes: Annotated[tuple[Annotated[str, Field(pattern=FREEZE), BeforeValidator(_freeze)], ...], AS_TUPLE] = ()
    what_ifs: Mapping[str, Mapping[str, Any]] = {}
    plan: PlanRules = PlanRules()

    @field_validator("start", mode="before")
    @classmethod
    def _month(cls, value: object) -> object:
        if isinstance(value, date) and value.day == 1:
            value = f"{value.year:04}-{value.month:02}"
        if not isinstance(value, str) or not MONTH.match(value):
            raise ValueError("start is a month written YYYY-MM, such as 2027-01")
        if not 1990 <= int(value[:4]) <= 2200:
            raise ValueError("start must be between 1990-01 and 2200-12")
        return value

    @field_validator("fleet", "options")
    @classmethod
    def _names(cls, value: Mapping[str, object]) -> Mapping[str, object]:
        labels = [entry.label for entry in value.values() if isinstance(entry, Option) and entry.label]
        for name in [*value, *labels]:
            if not name.strip() or len(name) > LONGEST_NAME or "." in name or not name.isprintable():
                raise ValueError(f"name {shown(name)}: 1 to {LONGEST_NAME} printable characters without a dot")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.fleet:
            raise ValueError("fleet: a scenario needs at least one group of clusters")
        if len(self.options) < 2:
            raise ValueError("options: a comparison needs two or more options")
        named = [option.label or key for key, option in self.options.items()]
        if twice := next((name for name in named if named.count(name) > 1), ""):
            raise ValueError(f"options: two have the name {shown(twice)}, as key or as label")
        return self

    @property
    def reference_option(self) -> str:
        """The option that differences are taken to: `reference`, else the first."""
        return self.reference or next(iter(self.options))

    @property
    def first_day(self) -> date:
        """The first day of the horizon."""
        return date.fromisoformat(f"{self.start}-01")

    @property
    def last_day(self) -> date:
        """The last day of the horizon."""
        return month_after(self.first_day, self.months) - timedelta(days=1)

    @property
    def frozen_months(self) -> frozenset[int]:
        """The months of the horizon, by index, without major upgrades."""
        spans = [span.split("..") for span in self.freezes]
        return frozenset(n for n, month in enumerate(self.periods) if any(a <= month <= b for a, b in spans))

    @property
    def choices(self) -> list[Group | Settings]:
        """Everything that chooses a platform, a size or a licence: groups, options, and options' entries for groups."""
        settings = (chosen for option in self.options.values() for chosen in (option, *option.groups.values()))
        return [*self.fleet.values(), *settings]

    @property
    def fits_classes(self) -> bool:
        """Whether any group or option has an instance class that is derived from the load."""
        return any(asks_for_fit(chosen.instance_class) for chosen in self.choices)

    @property
    def periods(self) -> tuple[str, ...]:
        """The months of the horizon as YYYY-MM."""
        return tuple(f"{month_after(self.first_day, n):%Y-%m}" for n in range(self.months))

    @property
    def fleet_size(self) -> int:
        """Clusters of all groups together."""
        return sum(group.clusters for group in self.fleet.values())

    @property
    def as_written(self) -> "Scenario":
        """The scenario with its fleet at the size that the file has."""
        return self.model_copy(update={"fleet": self.written, "written": {}}) if self.written else self

    @property
    def by_label(self) -> "Scenario":
        """The scenario with keys and labels of its options swapped, for readers; applied twice, it is unchanged."""
        swapped = {
            option.label or key: option.model_copy(update={"label": option.label and key})
            for key, option in self.options.items()
        }
        cases = {
            case: {self.relabelled(path): value for path, value in changes.items()}
            for case, changes in self.what_ifs.items()
        }
        reference = self.reference and (self.options[self.reference].label or self.reference)
        return self.model_copy(update={"options": swapped, "reference": reference, "what_ifs": cases})

    def relabelled(self, path: str) -> str:
        """A path of this scenario as a path of `by_label`."""
        top, key, *rest = [*path.split("."), ""]
        option = self.options.get(key) if top == "options" else None
        return ".".join([top, option.label, *rest[:-1]]) if option and option.label else path

    def option_named(self, name: str) -> str:
        """The option with this key, else with this label; the name itself if there is none."""
        labelled = (key for key, option in self.options.items() if option.label == name)
        return name if name in self.options else next(labelled, name)

    def is_fixed(self, path: str) -> bool:
        """Whether the scenario states an assumption as one number, which then does not scale with the fleet."""
        return path in self.changed and not self.assumptions[path].is_uncertain

    @property
    def own_assumptions(self) -> dict[str, Assumption]:
        """The assumptions that groups state, by path (`own_path`)."""
        return {
            own_path(name, path): entry
            for name, group in self.fleet.items()
            for path, entry in group.assumptions.items()
        }

    @property
    def every_assumption(self) -> dict[str, Assumption]:
        """The assumptions of the scenario, then those of groups, by path."""
        return {**self.assumptions, **self.own_assumptions}

    def assumption(self, path: str) -> Assumption:
        """The assumption at a path, of the scenario or of a group; a group inherits those that it does not state.

        Raises KeyError for an unknown path.
        """
        name, base = parted(path)
        if not name:
            return self.assumptions[base]
        entry = self.fleet[name].assumptions.get(base) or self.assumptions[base]
        return entry.model_copy(update={"label": f"{entry.label} ({name})"})

    def settings(self, option: str, group: str) -> Settings:
        """The choices of `option` for `group`: the option's own values, overridden by its entry for the group."""
        chosen = self.options[option]
        for_group = chosen.groups.get(group)
        if for_group is None:
            return chosen
        values = {name: getattr(chosen, name) for name in Settings.model_fields}
        values |= {name: value for name in Settings.model_fields if (value := getattr(for_group, name)) is not None}
        return Settings.model_construct(**values)

    def todays_platform(self, group: str) -> str:
        """Where the group runs today: its `platform`, else (also for a new workload) that of the reference option."""
        stated = None if self.fleet[group].is_new else self.fleet[group].platform
        return stated or self.settings(self.reference_option, group).platform or ""


def own_path(group: str, path: str) -> str:
    """The path of a group's assumption: `fleet.orders.assumptions.upgrades.plan_hours`."""
    return f"fleet.{group}.assumptions.{path}"


def parted(path: str) -> tuple[str, str]:
    """The group and the assumption that a path names; the group is empty for one of the scenario."""
    first, _, rest = path.partition(".")
    group, _, rest = rest.partition(".")
    is_own = first == "fleet" and rest.startswith("assumptions.")
    return (group, rest.removeprefix("assumptions.")) if is_own else ("", path)


def may_differ(assumptions: Mapping[str, Assumption]) -> str:
    """A sentence that lists the assumptions that a group may state, by subject."""
    subjects = []
    for subject, group in groupby(assumptions.items(), key=lambda item: item[0].partition(".")[0]):
        entries = [(path.partition(".")[2], entry) for path, entry in group]
        fixed = [name for name, entry in entries if entry.scenario_wide]
        if len(fixed) < len(entries):
            subjects.append(f"{subject}.*" + (f" but {', '.join(fixed)}" if fixed else ""))
    return f"By group: {'; '.join(subjects)}"


def asks_for_fit(instance_class: str | None) -> bool:
    """Whether an instance class is derived from the load: `fit`, or with a family, `r7g.fit` or `db.r7g.fit`."""
    return instance_class is not None and instance_class.rpartition(".")[2] == FIT


def month_after(day: date, months: int) -> date:
    """The first day of the month `months` months after the month of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)

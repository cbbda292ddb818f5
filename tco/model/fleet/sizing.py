"""How large an instance has to be for a group's load: the smallest class of a family that serves the busiest hour and
holds the data in use in memory; or the capacity units of a serverless one, hour by hour.

An `instance_class` of `fit` asks for it, in the family of the group's own class; `r7g.fit` names the family. One
instance serves the whole load of its shard, whatever readers and standbys there are, since any of them may have to.
Shards (instances / copies of the data) share the load evenly. The class is chosen at the means of assumptions, as dates
are, so that it is the same for every draw; a sweep chooses anew for each of its values. Capacity units follow every
draw. Left out: IOPS, connections, and the credits of burstable classes (t3, t4g), whose processors count in full.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import numpy as np

from tco.catalog.price_rows import InstanceClass
from tco.catalog.prices import PriceBook
from tco.errors import InputError, UnknownPrice, unknown
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array
from tco.model.fleet.growth import GROWS_BY, central_growth, growth
from tco.model.fleet.placement import Placement, setting
from tco.platforms.base import Platform
from tco.platforms.instances import bare_class
from tco.platforms.load_shapes import load_shape
from tco.sampling.designs import Block
from tco.scenario.scenario import FIT, Group
from tco.units import SECONDS_PER_HOUR

Reader = Callable[[str], Array]

CACHES = frozenset({"redis", "valkey", "memcached"})
"""Engines whose data is all in memory; the others keep in memory what is in use."""
PAGE_KIB = {"postgresql": 8}
"""A page of a database: https://www.postgresql.org/docs/current/storage-page-layout.html; else that of InnoDB."""
INNODB_PAGE_KIB = 16
"""https://dev.mysql.com/doc/refman/8.4/en/innodb-file-space.html"""
KIB_PER_GIB = 1024**2


@dataclass(frozen=True)
class Need:
    """What the load of one cluster asks of an instance.

    peak_reads_per_second, peak_writes_per_second: in the hour of the load shape that takes most of the processors.
    Of one shard, vcpu: virtual CPUs for that hour at the utilisation allowed in it, memory_gib: for the data in use.
    """

    peak_reads_per_second: float
    peak_writes_per_second: float
    vcpu: float
    memory_gib: float

    def met_by(self, offered: InstanceClass) -> bool:
        """Whether an instance of the class is large enough."""
        return offered.vcpu >= self.vcpu and offered.memory_gib >= self.memory_gib


def fitted_class(
    inputs: Inputs, placement: Placement, position: int, stated: str, book: PriceBook, month: int = 0
) -> InstanceClass:
    """The smallest class for one of the placement's groups, of those that its platform sells in the group's Region.

    stated: what option or group say, such as `r7g.fit`. month: whose load it is, where that grows. If a design tries
    more than the largest class can take, or the load outgrows it, the largest is used: splitting a cluster up is not
    counted. Raises InputError without a family or a workload and where
    no class takes the load that the scenario states, UnknownPrice for a family that has no price there.
    """
    group = placement.groups.stated[position]
    where = f"{placement.platform_name} in {group.region}"
    named = stated if stated != FIT else group.instance_class or FIT
    family = family_of_class(named)
    if family == FIT:
        problem = "a class is fitted within a family: write it before, as in 'r6g.fit'"
        raise InputError(problem, path="instance_class", value=stated)
    offered: dict[str, list[InstanceClass]] = {}
    for name in _offered(placement.platform, group, book):
        offered.setdefault(family_of_class(name), []).append(book.instance_class(name))
    if family not in offered:
        raise UnknownPrice(f"{unknown('instance family', family, offered)} ({where})", path="instance_class")
    of_family = sorted(offered[family], key=lambda known: (known.vcpu, known.memory_gib))
    need, largest = needed(inputs, placement, position, month), of_family[-1]
    fitting = next((known for known in of_family if need.met_by(known)), largest)
    if not need.met_by(fitting):
        need = needed(Inputs(inputs.scenario, Block(0, 1)), placement, position)
    if not need.met_by(fitting):
        raise InputError(
            f"no class of {family} on {where} can carry the busiest hour, which takes {need.vcpu:.1f} vCPU and "
            f"{need.memory_gib:.0f} GiB; the largest, {largest.name}, has {largest.vcpu:g} and {largest.memory_gib:g}",
            path="instance_class",
        )
    return fitting


def needed(inputs: Inputs, placement: Placement, position: int, month: int = 0) -> Need:
    """What the load of one of the placement's groups in a month asks of one instance, at the means of assumptions.

    Raises InputError where the group states no workload.
    """
    group, instances = placement.groups.stated[position], setting(inputs, placement, "instances")[position]
    whole, shards = (
        _unsharded(inputs, int(placement.groups.indices[position]), month),
        instances / group.copies_of(instances),
    )
    return replace(whole, vcpu=whole.vcpu / shards, memory_gib=whole.memory_gib / shards)


@cached
def _unsharded(inputs: Inputs, index: int, month: int) -> Need:
    """The same of the group at this index of the fleet, if one shard has all of it, whatever the option."""
    alone = inputs.groups_at((index,))
    (name,), (group,) = alone.names, alone.stated

    def number(field: str) -> Array:
        stated = inputs.central_number(name, field, attrgetter(field)(group))
        return np.array([[stated * central_growth(inputs, field, month, alone)]])

    def assumption(path: str) -> Array:
        return np.array([[inputs.central(path, name)]])

    (reads,), (writes,), (vcpu,), ((memory,),) = _hourly(group, number, assumption)
    busiest = int(vcpu.argmax())
    return Need(float(reads[busiest]), float(writes[busiest]), float(vcpu[busiest]), float(memory))


def fitted_acu(inputs: Inputs, placement: Placement, position: int, month: int = 0) -> Array:
    """Capacity units of one serverless instance in a month on average over the load shape, (draws or 1,).

    Mean over the hours of max(vCPU of the hour x units per vCPU, memory / GiB of a unit, the least there is): the
    memory for the data in use is kept through the quiet hours. Raises InputError where the group states no workload.
    """
    group, index, platform = placement.groups.stated[position], placement.groups.indices[position], placement.platform

    alone = inputs.part(placement.groups, [position])

    def number(field: str) -> Array:
        grown = growth(inputs, GROWS_BY[field], alone)
        return inputs.fleet_number(field)[:, index] * grown[:, 0, min(month, grown.shape[2] - 1), None]

    _, _, vcpu, memory = _hourly(group, number, lambda path: inputs[path, alone][:, 0])
    units = np.maximum(vcpu * inputs["sizing.serverless_units_per_vcpu", alone][:, 0], memory / platform.gib_per_unit)
    mean: Array = np.maximum(units, platform.min_units).mean(axis=1)
    return mean


def _hourly(group: Group, number: Reader, assumption: Reader) -> tuple[Array, Array, Array, Array]:
    """Reads and writes a second and the virtual CPUs they take, by hour of the load shape; and GiB of memory.

    vcpu = (reads / reads per vCPU + writes / writes per vCPU) / utilisation allowed; memory = allocated storage x
    memory per storage, of a database at most what the busiest hour touches. Shapes (draws or 1, hours), memory
    (draws or 1, 1).
    """
    if group.workload is None:
        raise InputError("what fits follows from the group's workload, which is not stated", path="workload")
    kind = "cache" if group.engine in CACHES else "database"
    calls = ("cache_calls", "cache_calls") if kind == "cache" else ("database_reads", "database_writes")
    shape = load_shape(group.workload.load or "flat")
    reads = number("workload.reads_per_second") * shape.reads
    writes = number("workload.writes_per_second") * shape.writes
    vcpus = reads / assumption(f"sizing.{calls[0]}_per_vcpu") + writes / assumption(f"sizing.{calls[1]}_per_vcpu")
    memory = number("storage_gb") * assumption(f"sizing.{kind}_memory_per_storage")
    if kind == "database":
        memory = np.minimum(memory, gib_touched(group.engine, (reads + writes).max(axis=1, keepdims=True)))
    return reads, writes, vcpus / assumption("sizing.peak_utilization"), memory


def gib_touched(engine: str, calls_per_second: Any) -> Any:
    """GiB of a database that an hour of so many calls touches: at most one page a call, each another.

    Data that are read less often gain nothing from memory.
    """
    return calls_per_second * (SECONDS_PER_HOUR * PAGE_KIB.get(engine, INNODB_PAGE_KIB) / KIB_PER_GIB)


def family_of_class(name: str) -> str:
    """`db.r6g.large` -> `r6g`."""
    return bare_class(name).partition(".")[0]


def _offered(platform: Platform, group: Group, book: PriceBook) -> list[str]:
    """The classes with a price on the platform in the group's Region, for its engine where prices differ by it."""
    names = {"service": platform.service, "region": group.region, "item": "instance"}
    engines = (platform.lifecycle_engines.get(group.engine, group.engine), group.engine, "")
    offers = (book.known("instance_class", **names, engine=engine) for engine in engines)
    return next(filter(None, offers), [])

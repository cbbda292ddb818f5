"""Google Cloud SQL for PostgreSQL and MySQL, Enterprise edition: instances by vCPU and GB of memory, storage of each,
backups, extended support by the vCPU-hour. A standby in another zone doubles an instance and its storage.

Classes are Google's: `db-n1-standard-4`, `db-custom-2-8192` (2 vCPU, 8,192 MB), and a few with a price of their own.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tco.catalog.prices import Names, PriceBook, factors
from tco.errors import InputError, UnknownPrice
from tco.platforms.base import (
    WITHOUT_BLUE_GREEN,
    Amounts,
    Bill,
    Demand,
    InstanceUsage,
    Platform,
    Term,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import (
    EXTENDED_SUPPORT_ITEMS,
    FIRST,
    OTHERS,
    charge_extended_support,
    extended_support_year,
    reader_deployments,
    with_standbys,
)

SERVICE = "CloudSQL"
CUSTOM = re.compile(r"db-custom-(\d+)-(\d+)$")
"""A class of any size: vCPU and MB of memory."""
MB_PER_GB = 1024
MEMORY_STEP, LEAST_MEMORY, MEMORY_PER_VCPU = 256, 3840, (922, 6656)
"""MB: https://cloud.google.com/sql/docs/postgres/create-instance (0.9 to 6.5 GB for each vCPU)."""
MOST_VCPU = 96
WAY_OUT = (
    "valid: db-n1-standard-1 to -96, db-n1-highmem-2 to -96, db-f1-micro, db-g1-small, db-custom-<vCPU>-<MB of memory>"
)
OF_FIRST, OF_READERS = (FIRST, "vCPU hours", "Memory"), (OTHERS, "Replica vCPU hours", "Replica memory")


class StandbyUsage(InstanceUsage):
    """One month of a database whose standby, if it has one, is billed like the instance. Storage is that of each."""

    engine: Literal["", "mysql", "postgresql"] = name("Database engine")
    deployment: Literal["single_az", "multi_az"] = name(
        "Copies of the first instance: one, or a standby in another zone as well", "single_az"
    )
    reader_deployment: Literal["", "single_az", "multi_az"] = name("Copies of each reader; left out, one")
    storage_gb: float = quantity("Storage allocated to each instance, standbys apart", "GB-month")
    backup_gb: float = quantity("Backup storage billed, for all instances", "GB-month")
    extended_support_year: int = extended_support_year()


class CloudSQLUsage(StandbyUsage):
    """One month of a Cloud SQL instance with its readers."""

    disk: Literal["ssd", "hdd"] = name("Kind of storage of each instance", "ssd")
    term: Term = name("Price plan: on_demand, or a commitment of one or three years without a fee", "on_demand")


def hardware(book: PriceBook, instance_class: str) -> tuple[float, float]:
    """VCPU and GB of memory of a class. Raises InputError for one that Google does not sell."""
    if custom := CUSTOM.match(instance_class):
        vcpu, memory = int(custom[1]), int(custom[2])
        low, high = (vcpu * per for per in MEMORY_PER_VCPU)
        odd = vcpu > 1 and vcpu % 2
        if odd or vcpu > MOST_VCPU or memory % MEMORY_STEP or memory < max(LEAST_MEMORY, low) or memory > high:
            raise InputError(
                f"{instance_class}: a custom class has 1 or an even number of vCPU up to {MOST_VCPU}, and memory in "
                f"steps of {MEMORY_STEP} MB, at least {LEAST_MEMORY}, 0.9 to 6.5 GB for each vCPU",
                path="instance_class",
            )
        return vcpu, memory / MB_PER_GB
    if not instance_class.startswith("db-"):
        raise InputError(f"{instance_class!r} is no class of Cloud SQL; {WAY_OUT}", path="instance_class")
    try:
        described = book.instance_class(instance_class)
    except UnknownPrice as error:
        raise UnknownPrice(f"{error}; {WAY_OUT}", path="instance_class") from None
    return described.vcpu, described.memory_gib


def billed_copies(bill: Bill, *, of_storage: bool = False) -> tuple[Amounts, Amounts]:
    """The first instance and the readers of each bill, standbys included; 0 for bills without a class.

    Readers have standbys only if stated. of_storage: count bills without a class too. Raises InputError for several
    instances without a class.
    """
    stated, classes = bill.number("instances"), bill.text("instance_class")
    if np.any((classes == "") & (stated > 1) & ~np.bool_(of_storage)):
        raise InputError("instances need an instance_class", path="instance_class")
    return with_standbys(bill, stated if of_storage else np.where(classes != "", stated, 0.0), reader_deployments(bill))


def charge(bill: Bill) -> None:
    """Charge Cloud SQL bills; see `CloudSQLUsage`. A class with a price of its own is billed by it, others by size."""
    classes, hours, term = bill.text("instance_class"), bill.number("hours_per_month"), bill.text("term")
    parts, priced = billed_copies(bill), _priced(bill, classes)
    values, codes = factors(classes)
    sizes = np.array([hardware(bill.book, value) if value else (0.0, 0.0) for value in values])[codes]
    vcpu, memory = sizes[:, 0], sizes[:, 1]
    for copies, line, items in ((parts[0], "compute", OF_FIRST), (parts[1], "replicas", OF_READERS)):
        by_price, by_size = (np.where(where, copies * hours, 0.0) for where in (priced, ~priced))
        bill.charge(items[0], line, by_price, SERVICE, "instance", instance_class=classes, term=term)
        bill.charge(items[1], line, by_size * vcpu, SERVICE, "vcpu", term=term)
        bill.charge(items[2], line, by_size * memory, SERVICE, "memory", term=term)
    charge_standby_storage(bill, SERVICE, np.char.add("storage_", bill.text("disk").astype(str)))
    bill.charge("Backup storage", "backup", bill.number("backup_gb"), SERVICE, "backup")
    charge_extended_support(bill, SERVICE, (parts[0] + parts[1]) * vcpu * hours, classes=classes)


def _priced(bill: Bill, classes: NDArray[Any]) -> NDArray[np.bool_]:
    """Which bills have a class with a price of its own in some Region."""
    priced = frozenset(bill.book.known("instance_class", service=SERVICE, item="instance"))
    return np.array([value in priced for value in classes.tolist()])


def charge_standby_storage(bill: Bill, service: str, price_item: Names, engine: Names = "") -> None:
    """Charge the storage of each instance and of its standbys; of one instance if no number is stated."""
    first, readers = billed_copies(bill, of_storage=True)
    bill.charge("Storage", "storage", bill.number("storage_gb") * (first + readers), service, price_item, engine=engine)


def standby_sizing(demand: Demand, further: tuple[str, ...] = ()) -> UsageColumns:
    """As stated; instances hold equal parts of the `copies` of the data, a full copy each without shards."""
    texts = ("engine", "instance_class", "deployment", "reader_deployment", *further)
    each = demand.number("storage_gb") * demand.number("copies") / demand.number("instances")
    columns = as_stated(demand, texts, ("instances", "backup_gb")) | {"storage_gb": each}
    readers = [value or "" for value in columns["reader_deployment"].tolist()]
    return columns | {"reader_deployment": np.array(readers, dtype=object)}


def sizing(demand: Demand) -> UsageColumns:
    """See `standby_sizing`; storage is solid-state."""
    return standby_sizing(demand, ("term",))


PLATFORM = Platform(
    name="cloud_sql",
    title="Cloud SQL",
    capacity_model="instances",
    lifecycle_engines={"mysql": "cloud_sql_mysql", "postgresql": "cloud_sql_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    service=SERVICE,
    usage=CloudSQLUsage,
    charge=charge,
    sizing=sizing,
    prices_standbys=True,
    methods=dict.fromkeys(("mysql", "postgresql"), WITHOUT_BLUE_GREEN),
    items=(*OF_FIRST, *OF_READERS, "Storage", "Backup storage", *EXTENDED_SUPPORT_ITEMS),
)

"""Amazon OpenSearch Service (OpenSearch, and Elasticsearch up to 7.10): data nodes and dedicated masters by the hour,
volumes of nodes without disks of their own, Extended Support by the normalised instance hour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.platforms.base import (
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
    refuse,
)
from tco.platforms.instances import (
    EXTENDED_SUPPORT_ITEMS,
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    PARTIAL_OR_ALL,
    bare_class,
    by_class,
    charge_extended_support,
    charge_instances,
    charge_internet,
    charge_unpriced_backup,
    class_names,
    extended_support_year,
    in_extended_support,
    internet_gb,
    term_ends,
)

SERVICE = "AmazonES"
VOLUME_TYPES = ("gp2", "gp3")
WITH_DISKS = re.compile(r"^(i\d|im4gn|m3|r3|\w+gd\.)")
"""Families whose nodes come with disks and take no volume:
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html"""
NORMALISED = {"micro": 0.5, "small": 1, "medium": 2, "large": 4, "xlarge": 8}
"""Normalisation factor of an instance in Extended Support by its size; an Nxlarge counts N times an xlarge:
https://aws.amazon.com/opensearch-service/pricing/"""


class OpenSearchUsage(InstanceUsage):
    """One month of a domain. Storage is that of each data node."""

    elsewhere: ClassVar[Mapping[str, str]] = {"deployment": "instances"}

    engine: Literal["", "opensearch", "elasticsearch"] = name("Engine; the price is the same", "opensearch")
    storage_type: Literal["gp2", "gp3"] = name("Volume type of each data node", "gp3")
    storage_gb: float = quantity("Volume of each data node; none for classes with disks of their own", "GB-month")
    master_class: str = name("Instance class of the dedicated masters, such as m6g.large.search")
    masters: int = quantity("Dedicated masters: none, or three", "instance", 0)
    backup_gb: float = quantity("Manual snapshots in a bucket of one's own; no price is shipped", "GB-month")
    extended_support_year: int = extended_support_year()
    internet_gb: float = internet_gb()
    term: Term = name("Price plan of data nodes and masters", "on_demand")


def charge(bill: Bill) -> None:
    """Charge bills of domains; see `OpenSearchUsage`. Automated snapshots and traffic between nodes are free."""
    classes = class_names(bill.text("instance_class"), "", ".search")
    instances = charge_instances(bill, SERVICE, classes)
    size, kinds = bill.number("storage_gb"), bill.text("storage_type")
    refuse((size > 0) & _has_disks(classes), "nodes of this class have disks of their own and take no volume",
           "storage_gb")  # fmt: skip
    for kind in VOLUME_TYPES:
        stored = np.where(kinds == kind, size * bill.number("instances"), 0.0)
        bill.charge(f"Storage ({kind})", "storage", stored, SERVICE, f"storage_{kind}")
    _charge_extended_support(bill, (instances, classes), _charge_masters(bill))
    charge_internet(bill)
    charge_unpriced_backup(bill, "Manual snapshots", SERVICE)


def _charge_masters(bill: Bill) -> tuple[Amounts, NDArray[Any]]:
    """Charge the dedicated masters as data nodes of their class are; returns how many and their classes."""
    masters, classes = bill.number("masters"), class_names(bill.text("master_class"), "", ".search")
    refuse((masters > 0) & (classes == ""), "dedicated masters need their master_class", "master_class")
    refuse((classes != "") & (masters == 0) & (not bill.states("masters")), "state how many `masters`", "masters")
    term = bill.text("term")
    prepaid, upfront = (term_ends(term, ending) for ending in ("all_upfront", PARTIAL_OR_ALL))
    hours = np.where(prepaid, 0.0, masters * bill.number("hours_per_month"))
    names: dict[str, Any] = {"instance_class": classes, "term": term}
    bill.charge("Dedicated masters", "compute", hours, SERVICE, "instance", **names)
    bill.charge("Dedicated masters upfront", "commitments", np.where(upfront, masters, 0.0), SERVICE,
                "instance_upfront", **names, upfront=True)  # fmt: skip
    return masters, classes


def _charge_extended_support(bill: Bill, *nodes: tuple[Amounts, NDArray[Any]]) -> None:
    """Normalised instance hours = nodes x normalisation factor of their size x hours; all years have one rate.

    nodes: the data nodes and the masters, each with their classes.
    """
    where, (_, classes) = in_extended_support(bill), nodes[0]
    units = sum(number * by_class(names, where, _normalised) for number, names in nodes)
    charge_extended_support(bill, SERVICE, units * bill.number("hours_per_month"), "extended_support", classes=classes)


def _normalised(instance_class: str) -> float:
    """The normalisation factor of a class. Raises InputError for a size without one."""
    times, size = re.fullmatch(r"(\d*)(.*)", bare_class(instance_class).partition(".")[2]).groups()  # type: ignore[union-attr]
    if size not in NORMALISED:
        sizes = ", ".join(NORMALISED)
        raise InputError(f"no normalised size of this class is known; sizes: {sizes} and multiples of xlarge",
                         path="instance_class", value=instance_class)  # fmt: skip
    return NORMALISED[size] * int(times or 1)


def _has_disks(classes: NDArray[Any]) -> NDArray[np.bool_]:
    return np.array([bool(WITH_DISKS.match(value)) for value in classes.tolist()])


def sizing(demand: Demand) -> UsageColumns:
    """Data nodes together hold `copies` copies of the data, each an equal part on a volume or on local disks.

    Dedicated masters: opensearch.dedicated_masters for clusters of production, of the class of the data nodes in its
    size `large`; smaller nodes have masters of their own class. Left out: warm and cold storage, manual snapshots that
    a group does not state.
    """
    texts = ("engine", "instance_class", "storage_type", "term")
    stated = as_stated(demand, texts, ("instances", "backup_gb", "internet_gb"))
    classes = class_names(demand.text("instance_class"), "", ".search")
    held = demand.number("storage_gb") * demand.number("copies") / demand.number("instances")
    production = demand.text("environment") == "production"
    return stated | {
        "storage_gb": np.where(_has_disks(classes), 0.0, held),
        "masters": np.where(production, demand.assumption("opensearch.dedicated_masters"), 0.0),
        "master_class": np.array([_master_of(value) for value in classes.tolist()], dtype=object),
    }


def _master_of(node: str) -> str:
    """The class of a domain's masters: `large` of the data nodes' family, or the nodes' own class if it is smaller."""
    family, _, size = bare_class(node).partition(".")
    return node if NORMALISED.get(size, NORMALISED["xlarge"]) <= NORMALISED["large"] else f"{family}.large.search"


PLATFORM = Platform(
    name="opensearch",
    title="OpenSearch Service",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"opensearch": "amazon_opensearch", "elasticsearch": "amazon_elasticsearch"},
    hosts=frozenset({"opensearch", "elasticsearch"}),
    service=SERVICE,
    usage=OpenSearchUsage,
    charge=charge,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        INTERNET_ITEM,
        "Dedicated masters",
        "Dedicated masters upfront",
        *(f"Storage ({kind})" for kind in VOLUME_TYPES),
        "Manual snapshots",
        *EXTENDED_SUPPORT_ITEMS,
    ),
)

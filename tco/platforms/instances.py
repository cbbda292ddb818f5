"""Shared by platforms billed by the instance: spelling of instance classes, hours and upfront fees by term, Extended
Support, proxies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from tco.catalog.prices import Names, factors
from tco.errors import InputError, UnknownPrice
from tco.platforms.base import Amounts, Bill, Demand, quantity, refuse

OF_SERVICE = re.compile(r"^(db|cache|dax)\.|\.(search|elasticsearch)$", re.IGNORECASE)
"""What the price list of one service adds to the name of an instance class."""

EXTENDED_SUPPORT_YEARS = {1: "years_1_2", 2: "years_1_2", 3: "year_3"}
"""The price item of each year of Extended Support, counted from its start."""
FEE = "_upfront"
"""The ending of the price item of a term's fee."""
EXTENDED_SUPPORT_ITEMS = tuple(f"Extended Support year {year}" for year in EXTENDED_SUPPORT_YEARS)

PARTIAL_OR_ALL = "l_upfront"
"""The ending of terms that have a fee."""
FIRST, OTHERS = "Instance hours", "Replica instance hours"
INSTANCE_ITEMS = (FIRST, OTHERS, f"{FIRST} upfront", f"{OTHERS} upfront")
"""The items that instances may put on a bill."""

TRANSFER_SERVICE, INTERNET_ITEM = "AWSDataTransfer", "Traffic to the internet"

COPIES = {"single_az": 1, "multi_az": 2, "multi_az_cluster": 3}
"""Instances that a deployment runs per instance billed, standbys included."""


WITHOUT_STANDBYS = "single_az"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_MySQL.Replication.ReadReplicas.MultiAZ.html"""


def extended_support_year() -> Any:
    """The field of a usage for the year of paid Extended Support that a bill is in."""
    return quantity("Year of paid Extended Support: 1, 2 or 3; 0 for none", "year", 0, maximum=3)


SERVERLESS_CLASS = "db.serverless"
OF_SERVERLESS = (
    "is billed by capacity units: state those (`acu`, `dcu` or `ncu`), on the service's serverless platform where it "
    "is one of its own"
)


def bare_class(name: str) -> str:
    """The name of an instance class without what its service adds.

    >>> bare_class("db.r6g.large"), bare_class("r6g.large.search")
    ('r6g.large', 'r6g.large')
    """
    return OF_SERVICE.sub("", name)


def class_names(classes: NDArray[Any], prefix: str, suffix: str = "") -> NDArray[Any]:
    """Instance classes as this platform's price list spells them: `r6g.large` -> `db.r6g.large`.

    Raises InputError for `db.serverless`, the class of serverless instances in the AWS API.
    """
    values, codes = factors(classes)
    if SERVERLESS_CLASS in values:
        raise InputError(OF_SERVERLESS, path="instance_class", value=SERVERLESS_CLASS)
    spelled = [f"{prefix}{bare_class(value.removeprefix(prefix))}{suffix}" if value else "" for value in values]
    return np.array(spelled, dtype=object)[codes]


def charge_instances(
    bill: Bill,
    service: str,
    classes: NDArray[Any],
    *,
    engine: Names = "",
    deployment: Names = "",
    reader_deployment: Names | None = None,
    item: Names = "instance",
) -> Amounts:
    """Charge the hours of the instances: the first of each bill as compute, the others as replicas.

    reader_deployment: that of the others, if it differs. item: the price item of an hour. The items on the bill are
    INSTANCE_ITEMS. Returns the instances billed, 0 for bills without a class. Raises InputError for instances without a
    class, UnknownPrice for a term whose price or fee has no row.
    """
    stated, has_class = bill.number("instances"), classes != ""
    if bill.states("instances") and not np.all(has_class | (stated == 0) | ((stated == 1) & (has_class.size > 1))):
        raise InputError("instances need an instance_class", path="instance_class")
    engines = bill.fields.get("engine")
    if engines is not None and not engines.default and np.any(has_class & (np.asarray(engine) == "")):
        valid = ", ".join(name for name in get_args(engines.annotation) if name)
        raise InputError(f"the price of an instance depends on its engine: {valid}", path="engine")
    instances = np.where(has_class, stated, 0.0)
    term, hours = bill.text("term") if "term" in bill.fields else "on_demand", bill.number("hours_per_month")
    prepaid = term_ends(term, "all_upfront")
    others = deployment if reader_deployment is None else reader_deployment
    for part, named, line, copies in (
        (np.minimum(instances, 1), FIRST, "compute", deployment),
        (np.maximum(instances - 1, 0), OTHERS, "replicas", others),
    ):
        names: dict[str, Any] = {"instance_class": classes, "engine": engine, "deployment": copies, "term": term}
        bill.charge(named, line, np.where(prepaid, 0.0, part * hours), service, item, **names)
        fees = np.where(term_ends(term, PARTIAL_OR_ALL), part, 0.0)
        _charge_fee(bill, f"{named} upfront", fees, service, item + FEE, names)
    return instances


def _charge_fee(
    bill: Bill, named: str, instances: Amounts, service: str, item: Names, names: Mapping[str, Any]
) -> None:
    try:
        bill.charge(named, "commitments", instances, service, item, **names, upfront=True)
    except UnknownPrice as error:
        items = " or ".join(sorted({*map(repr, np.atleast_1d(item).tolist())}))
        raise UnknownPrice(
            f"the upfront fee of this term has no price row, and a bill without it would be wrong: {error}; "
            f"give it under prices as item {items} (USD per instance)",
            path="term",
        ) from None


def charge_unpriced_backup(bill: Bill, item: str, service: str) -> None:
    """Charge `backup_gb` of a service whose backups have no packaged price. Raises UnknownPrice without own price."""
    try:
        bill.charge(item, "backup", bill.number("backup_gb"), service, "backup")
    except UnknownPrice as error:
        raise UnknownPrice(
            f"the price of {item.casefold()} has no row: {error}; "
            "give it under prices as item 'backup' (unit: GB-month)",
            path="backup_gb",
        ) from None


def term_ends(term: Names, ending: str) -> NDArray[np.bool_]:
    """Which bills have a term with that ending."""
    column = np.atleast_1d(np.asarray(term, dtype=object))
    return np.array([str(name).endswith(ending) for name in column.tolist()])


def reader_deployments(bill: Bill) -> NDArray[Any]:
    """The deployment of each bill's readers: without standbys unless it is stated."""
    stated = bill.text("reader_deployment")
    return np.where(stated == "", WITHOUT_STANDBYS, stated)


def with_standbys(bill: Bill, instances: Amounts, readers: NDArray[Any]) -> tuple[Amounts, Amounts]:
    """The first instance of each bill and the others, both including the standbys that their deployments run.

    readers: the deployment of the others.
    """
    first, others = (
        np.array([COPIES[name] for name in column.tolist()]) for column in (bill.text("deployment"), readers)
    )
    return np.minimum(instances, 1) * first, np.maximum(instances - 1, 0) * others


def by_class(classes: NDArray[Any], where: NDArray[np.bool_], amount: Callable[[str], float]) -> Amounts:
    """An amount of each bill's instance class; 0 without a class and outside `where`, for which none is looked up."""
    values, codes = factors(classes)
    amounts = [amount(value) if value and np.any(where & (codes == n)) else 0.0 for n, value in enumerate(values)]
    return np.array(amounts, dtype=float)[codes]


def vcpus(bill: Bill, classes: NDArray[Any], where: NDArray[np.bool_]) -> Amounts:
    """Virtual CPUs of each bill's instance class; 0 without a class and outside `where`."""
    return by_class(classes, where, lambda name: bill.book.instance_class(name).vcpu)


def charge_proxy(bill: Bill, line: str, service: str, price_item: str, minimum: float) -> None:
    """Charge `proxy_vcpu` of a usage by the hour, at least `minimum` unless it is 0."""
    stated = bill.number("proxy_vcpu")
    billed = np.where(stated > 0, np.maximum(stated, minimum), 0.0)
    bill.charge("RDS Proxy", line, billed * bill.number("hours_per_month"), service, price_item)


def charge_internet(bill: Bill) -> None:
    """Charge `internet_gb` of a usage: data that leaves for the internet, before any free allowance."""
    bill.charge(INTERNET_ITEM, "data transfer", bill.number("internet_gb"), TRANSFER_SERVICE, "internet_out")


def internet_gb() -> Any:
    """The field of a usage for data sent to the internet."""
    return quantity("Traffic out to the internet, before any free allowance", "GB")


def support_years(bill: Bill) -> dict[int, NDArray[np.bool_]]:
    """The years of Extended Support in use, each with the bills that are in it. Raises InputError past the third."""
    years = bill.number("extended_support_year")
    if not np.all(np.isin(years, (0, *EXTENDED_SUPPORT_YEARS))):
        raise InputError("Extended Support has years 1, 2 and 3 (0: none)", path="extended_support_year")
    return {year: years == year for year in EXTENDED_SUPPORT_YEARS if np.any(years == year)}


def in_extended_support(bill: Bill) -> NDArray[np.bool_]:
    """Which bills are in any year of Extended Support."""
    return bill.number("extended_support_year") > 0


def charge_extended_support(
    bill: Bill, service: str, hours: Amounts, price_item: str = "extended_support_{years}", *,
    classes: NDArray[Any] | None = None, engine: Names = "", instance_class: Names = "",
) -> None:  # fmt: skip
    """Charge hours, of what Extended Support is billed by, to the bills in each of its years.

    price_item: `{years}` in it are those of the rate. classes: the instance classes that these bills need. Raises
    InputError for a bill without class, UnknownPrice without a price row.
    """
    for year, in_year in support_years(bill).items():
        if classes is not None:
            refuse(in_year & (classes == ""), "Extended Support is billed by instance size: it needs an instance_class",
                   "instance_class")  # fmt: skip
        bill.charge(
            f"Extended Support year {year}", "Extended Support", np.where(in_year, hours, 0.0), service,
            price_item.format(years=EXTENDED_SUPPORT_YEARS[year]), engine=engine, instance_class=instance_class,
        )  # fmt: skip


def serverless_units(demand: Demand, title: str, gib_per_unit: float) -> Amounts:
    """Average capacity units of a serverless cluster: as stated (`acu`), else derived from its load or its class.

    units = instances x units of one fitted to its load, or instances x GiB of the class it replaces / GiB of a unit x
    `aurora_serverless.capacity_share`. title: the service in messages. Raises InputError if neither is known.
    """
    classes = np.array([value or "" for value in demand.text("instance_class").tolist()], dtype=object)
    stated, fitted = demand.number("acu"), demand.number("fitted_acu")
    if np.any((classes == "") & ~np.any(np.atleast_2d(stated + fitted) > 0, axis=0)):
        raise InputError(f"{title} needs acu, or an instance_class to derive it from", path="acu")
    replaced = memory_gib(demand, classes) / gib_per_unit
    if replaced.any():
        replaced = replaced * demand.assumption("aurora_serverless.capacity_share")
    return np.where(stated > 0, stated, demand.number("instances") * (fitted + replaced))


def memory_gib(demand: Demand, classes: NDArray[Any]) -> Amounts:
    """GiB of memory of each instance class; 0 without class. Raises UnknownPrice for an unknown class."""
    values, codes = factors(classes)
    return np.array([demand.memory_gib(value) if value else 0.0 for value in values])[codes]

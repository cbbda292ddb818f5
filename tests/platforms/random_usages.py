"""Usages at random, of every platform, as a person might give them (names that have prices, amounts over many orders of
magnitude, half the fields left out), and what must hold of their bills.
"""

from __future__ import annotations

import typing
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from platforms.offers import BY_INSTANCE, Instance, instances, regions

import tco
from tco.catalog.prices import price_book
from tco.platforms import platform
from tco.platforms.opensearch import WITH_DISKS

AS_OF = "2026-10-01"
LARGEST = {
    "instances": 9, "dax_nodes": 9, "masters": 9, "acu": 256, "proxy_vcpu": 64, "hours_per_month": 744,
    "peak_hours_per_day": 24, "item_bytes": 400_000, "index_item_bytes": 400_000, "index_writes_per_write": 20,
    "extended_support_year": 3, "iops": 60_000, "throughput": 900,
}  # fmt: skip
#: Fields by which a bill need not grow: shares, and how long a peak lasts that may be lower than the rest.
NO_AMOUNTS = {"eventual_read_share", "target_utilization", "peak_hours_per_day"}
#: Fields that exclude each other, of which the first that is drawn stays.
EITHER = (
    ("reads_per_month", "reads_per_second"), ("writes_per_month", "writes_per_second"),
    ("reads_per_month", "peak_reads_per_second"), ("writes_per_month", "peak_writes_per_second"),
    ("load", "peak_reads_per_second"), ("load", "peak_writes_per_second"),
    ("replica_regions", "reserved_wcu"),
)  # fmt: skip
LOADS = ("", "", "flat", "diurnal", "spiky", "development")
VOLUMES, TRANSFER = "AmazonEC2-EBS", "AWSDataTransfer"


def amounts(name: str) -> list[str]:
    """The numeric fields of a platform's usage."""
    return [field for field, info in platform(name).usage.model_fields.items() if info.annotation in (float, int)]


def random_usages(name: str, count: int, seed: int) -> tuple[list[dict[str, Any]], list[str]]:
    """`count` usages of a platform, and the Region of each."""
    random = np.random.default_rng([seed, *name.encode()])
    found = [_usage(name, random) for _ in range(count)]
    return [usage for usage, _ in found], [region for _, region in found]


def _usage(name: str, random: np.random.Generator) -> tuple[dict[str, Any], str]:
    fields = platform(name).usage.model_fields
    usage: dict[str, Any] = {}
    for field, info in fields.items():
        if random.random() < 0.5:
            continue
        if info.annotation in (float, int):
            usage[field] = _amount(field, info, random)
        elif typing.get_origin(info.annotation) is typing.Literal and field != "term":
            usage[field] = str(random.choice([value for value in typing.get_args(info.annotation) if value]))
        elif info.annotation is bool:
            usage[field] = bool(random.random() < 0.5)
        elif field == "load":
            usage[field] = str(random.choice(LOADS))
    region = _named(name, usage, random)
    for first, second in EITHER:
        if usage.get(first):
            usage.pop(second, None)
    if name != "ec2" and "internet_out" not in price_book().known("item", service=TRANSFER, region=region):
        usage.pop("internet_gb", None)
    FITTING.get(name, lambda usage: None)(usage)
    return usage, region


def _amount(field: str, info: Any, random: np.random.Generator) -> float:
    if random.random() < 0.1 and field != "hours_per_month":
        return 0
    if field.endswith("_share") or field == "target_utilization":
        return float(random.uniform(0.05, 0.5))
    largest = LARGEST.get(field, 1e7)
    drawn = float(np.exp(random.uniform(0, np.log(largest))))
    return int(drawn) if info.annotation is int else drawn


def _named(name: str, usage: dict[str, Any], random: np.random.Generator) -> str:
    """Names that go together, of a price row; returns its Region."""
    book = price_book()
    if name == "cosmosdb":
        return "us"  # not every Region has all its prices
    if name == "dynamodb":
        cached = book.known("region", service="AmazonDAX")
        if random.random() < 0.3:
            usage["replica_regions"] = [str(region) for region in random.choice(cached[1:], 2, replace=False)]
        if usage.get("dax_nodes"):
            usage["dax_node_type"] = str(
                random.choice(book.known("instance_class", service="AmazonDAX", region=cached[0]))
            )
        return cached[0]
    if name not in BY_INSTANCE:
        return str(random.choice(_complete_regions(name)))
    offers = _offers(name)
    sold = offers[int(random.integers(len(offers)))]
    fields = platform(name).usage.model_fields
    usage |= {"instance_class": sold.instance_class}
    if "engine" in fields:
        usage["engine"] = sold.engine
    if (service := platform(name).service) in ("AmazonDocDB", "AmazonElastiCache"):
        part = {"service": service, "region": sold.region, "item": "extended_support_years_1_2"}
        if sold.instance_class not in book.known("instance_class", **part, engine=usage.get("engine", "")):
            usage.pop("extended_support_year", None)  # it is sold for old versions, which run on old classes
    if sold.deployment:
        usage |= {field: sold.deployment for field in ("deployment", "storage_config") if field in fields}
    return sold.region


@cache
def _complete_regions(name: str) -> list[str]:
    """The Regions with a price of everything that the platform sells in Virginia, or else where it sells most."""
    book, places = price_book(), regions(name)
    services = [platform(name).service, *([VOLUMES, TRANSFER] if name == "ec2" else [])]
    by_items = sorted(places, key=lambda place: -len(book.known("item", service=services[0], region=place)))
    first = "us-east-1" if "us-east-1" in places else by_items[0]
    everything = {service: {*book.known("item", service=service, region=first)} for service in services}
    return [
        region
        for region in places
        if all(items <= {*book.known("item", service=service, region=region)} for service, items in everything.items())
    ]


@cache
def _offers(name: str) -> tuple[Instance, ...]:
    """The instances for which a usage may state anything: a Multi-AZ cluster has few kinds of storage."""
    where = set(_complete_regions(name))
    sold = [offer for offer in instances(name) if offer.region in where and offer.deployment != "multi_az_cluster"]
    ways = Counter((offer.region, offer.engine, offer.instance_class) for offer in sold)
    most = max(ways.values())
    return tuple(offer for offer in sold if ways[offer.region, offer.engine, offer.instance_class] == most)


def _fit_dynamodb(usage: dict[str, Any]) -> None:
    if any(usage.get(field) for field in ("peak_reads_per_second", "peak_writes_per_second")):
        usage.setdefault("peak_hours_per_day", 4)
    else:
        usage.pop("peak_hours_per_day", None)
    if usage.get("reserved_rcu") or usage.get("reserved_wcu"):
        usage |= {"capacity": "reserved", "table_class": "standard"}
        usage.setdefault("reserved_term", "1yr")
    elif usage.get("rcu") or usage.get("wcu") or usage.get("capacity") == "reserved":
        usage["capacity"] = "provisioned"


def _fit_cosmosdb(usage: dict[str, Any]) -> None:
    serverless = usage.get("mode") == "serverless"
    usage.pop("ru_per_second" if serverless else "request_units", None)
    if usage.get("mode") == "autoscale":
        usage.pop("multi_region_writes", None)


def _fit_keyspaces(usage: dict[str, Any]) -> None:
    if usage.get("rcu") or usage.get("wcu"):
        usage["capacity"] = "provisioned"


def _fit_elasticache(usage: dict[str, Any]) -> None:
    usage.pop("backup_gb", None)  # no price of it is shipped


def _fit_opensearch(usage: dict[str, Any]) -> None:
    usage.pop("backup_gb", None)  # no price of it is shipped
    if usage.get("masters"):
        usage["master_class"] = usage["instance_class"]
    if WITH_DISKS.match(usage["instance_class"]):
        usage.pop("storage_gb", None)


def _fit_memorydb(usage: dict[str, Any]) -> None:
    if usage["engine"] == "valkey":
        usage.pop("data_written_gb", None)  # most Regions have no price of it beyond the free one


def _fit_elasticache_serverless(usage: dict[str, Any]) -> None:
    usage.setdefault("engine", "valkey")


def _fit_rds(usage: dict[str, Any]) -> None:
    licensed = usage.get("engine", "").startswith(("oracle", "sqlserver"))
    if licensed or usage.get("engine") == "mariadb":
        usage.pop("extended_support_year", None)  # it is not sold
    usage.pop("licence", None)
    if licensed:
        usage["licence"] = "license_included"


def _fit_serverless(usage: dict[str, Any]) -> None:
    if usage.get("generation") == "v1":
        usage["storage_config"] = "standard"


def _fit_ec2(usage: dict[str, Any]) -> None:
    if usage.get("volume_type") == "magnetic":
        usage["volume_type"] = "gp2"  # of magnetic volumes not every Region has a price


def _fit_cloud_sql(usage: dict[str, Any]) -> None:
    usage.pop("backup_gb", None)  # its price is known in one Region
    usage["disk"] = "ssd"


def _fit_azure_flexible(usage: dict[str, Any]) -> None:
    usage.pop("extended_support_year", None)  # its price is known in a Region that lacks others
    if usage["engine"] == "postgresql":
        usage.pop("iops", None)  # they are MySQL's


FITTING = {
    "azure_flexible": _fit_azure_flexible,
    "cloud_sql": _fit_cloud_sql,
    "dynamodb": _fit_dynamodb, "cosmosdb": _fit_cosmosdb, "keyspaces": _fit_keyspaces, "rds": _fit_rds,
    "aurora_serverless": _fit_serverless, "ec2": _fit_ec2,
    "elasticache": _fit_elasticache, "opensearch": _fit_opensearch,
    "memorydb": _fit_memorydb, "elasticache_serverless": _fit_elasticache_serverless,
}  # fmt: skip


def check_bills(name: str, count: int, seed: int) -> int:
    """Check `count` random bills of a platform and what becomes of each when any of its amounts grows.

    No line is negative, none is not a number, every line has its source and the total is the sum of quantity x unit
    price; no larger amount makes a bill smaller, but for gp3 volumes that grow past 400 GB and then include more, and
    for a longer month over which provisioned capacity spreads the same monthly count: more of it is reserved or free.
    Returns the number of bills that were priced.
    """
    usages, regions = random_usages(name, count, seed)
    totals = _totals(name, usages, regions)
    priced = count
    for field in amounts(name):
        if field in NO_AMOUNTS:
            continue
        grown = [_grown(field, usage) for usage in usages]
        more = _totals(name, grown, regions)
        shrunk = more < totals * (1 - 1e-12) - 1e-9
        excepted = [
            _past_the_step(before, after) or (field == "hours_per_month" and _spread(before))
            for before, after in zip(usages, grown, strict=True)
        ]
        wrong = np.flatnonzero(shrunk & ~np.array(excepted))
        assert not wrong.size, (field, usages[wrong[0]], regions[wrong[0]], totals[wrong[0]], more[wrong[0]])
        priced += count
    return priced


def _grown(field: str, usage: dict[str, Any]) -> dict[str, Any]:
    if not usage.get(field):
        return usage
    if field in ("instances", "dax_nodes", "masters", "extended_support_year"):
        larger = min(usage[field] + 1, LARGEST[field] + 1 if field != "extended_support_year" else 3)
    elif field.endswith("_share"):
        larger = min(usage[field] * 1.3, 1 - usage.get("eventual_read_share", 0))
    else:
        larger = min(usage[field] * 1.3, max(LARGEST.get(field, 1e15), usage[field]))
    return {**usage, field: larger}


def _past_the_step(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return (
        before.get("storage_gb", 0)
        < (200 if "oracle" in before.get("engine", "") else 400)
        <= after.get("storage_gb", 0)
        and before.get("storage_type", "gp3") == "gp3"
    )


def _spread(usage: dict[str, Any]) -> bool:
    counted = usage.get("reads_per_month") or usage.get("writes_per_month")
    return bool(counted) and usage.get("capacity", "on_demand") != "on_demand"


def _totals(name: str, usages: list[dict[str, Any]], regions: list[str]) -> np.ndarray:
    """The total of each bill, after checking every line."""
    bills = tco.price(name, usages, region=regions, as_of=AS_OF)
    numbers = bills[["quantity", "unit_price", "cost"]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()
    assert (bills["cost"] == bills["quantity"] * bills["unit_price"]).all()
    assert (bills["source"] != "").all()
    assert {item.split(" (from ")[0] for item in bills["item"]} <= set(tco.price_items(name))
    return bills.groupby("bill")["cost"].sum().reindex(range(len(usages)), fill_value=0.0).to_numpy()


def alone_and_together(name: str, count: int, seed: int) -> None:
    """Check that a bill among many is the same as that bill alone."""
    usages, regions = random_usages(name, count, seed)
    together = tco.price(name, usages, region=regions, as_of=date.fromisoformat(AS_OF))
    for number, (usage, region) in enumerate(zip(usages, regions, strict=True)):
        alone = tco.price(name, usage, region=region, as_of=AS_OF)
        part = together[together["bill"] == number].drop(columns="bill")
        part = part.set_index(["item", "source"]).sort_index()
        pd.testing.assert_frame_equal(part, alone.set_index(["item", "source"]).sort_index())

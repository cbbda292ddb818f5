"""Bills of all Regions and families of instances are the sums of the rows in the price files, read without the price
book.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from small_scenarios import group, scenario

import tco
from tco import resources
from tco.errors import InputError
from tco.platforms import platform, platform_names

AS_OF = "2026-11-01"
SERVICES = {found.service: found.name for found in map(platform, platform_names())
            if found.is_instances and found.service.startswith("Amazon") and found.name != "aurora"}  # fmt: skip
"""The platforms of Amazon's instances by service; of AmazonRDS the rows say which are Aurora's."""
FOLDER = resources.path("data/prices")
STORED = {"rds": ("storage_gp2", "gp2"), "documentdb": ("storage", ""), "neptune": ("storage", ""),
          "aurora": ("aurora_storage", "")}  # fmt: skip
"""The price item of a GB-month, and the type of storage that a bill names for it."""


KEY = ("item", "engine", "instance_class", "deployment", "term")


@cache
def lines(service: str, region: str) -> list[dict[str, str]]:
    with (FOLDER / service / f"{region}.csv").open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if line["valid_to"] == "" or line["valid_to"] > AS_OF]


@cache
def regions_of(service: str) -> list[str]:
    """Every Region is one service's, in turn of those that have prices there."""
    everywhere = sorted({path.stem for name in SERVICES for path in (FOLDER / name).glob("*.csv")})
    having = [[name for name in SERVICES if (FOLDER / name / f"{region}.csv").exists()] for region in everywhere]
    return [region for place, (region, names) in enumerate(zip(everywhere, having, strict=True))
            if names[place % len(names)] == service]  # fmt: skip


def family(instance_class: str) -> str:
    """`db.r6g.large` and `r6g.large.search` are of the family r6g."""
    parts = instance_class.split(".")
    return parts[1] if parts[0] in ("db", "cache") else parts[0]


def bills(service: str, chosen: random.Random) -> list[tuple[str, str, dict[str, Any], float]]:
    """Platform, Region, usage and the sum by hand, of each family, engine and term in the service's Regions."""
    found = []
    for region in regions_of(service):
        rows = lines(service, region)
        price = {tuple(row[name] for name in KEY): float(row["price"]) for row in rows if row["tier_from"] in ("", "0")}
        of_kind = defaultdict(list)
        for row in rows:
            if row["item"] == "instance" and row["term"] in ("on_demand", "1yr_no_upfront"):
                of_kind[family(row["instance_class"]), row["engine"].partition("-")[0], row["term"]].append(row)
        for kind in sorted(of_kind):
            name, usage, total = _usage(service, chosen.choice(of_kind[kind]), price, chosen)
            found.append((name, region, usage, total))
    return found


def _usage(
    service: str, row: dict[str, str], price: dict[tuple[str, ...], float], chosen: random.Random
) -> tuple[str, dict[str, Any], float]:
    of_aurora = row["engine"].startswith("aurora_")
    name, engine = "aurora" if of_aurora else SERVICES[service], row["engine"].removeprefix("aurora_")
    hours, instances = chosen.choice((720, 730, 744)), 1
    usage: dict[str, Any] = {"instance_class": row["instance_class"], "hours_per_month": hours}
    fields = platform(name).usage.model_fields
    if name != "rds":  # readers of RDS have prices of another deployment
        instances = chosen.randint(1, 4)
    if row["term"] != "on_demand":
        usage["term"] = row["term"]
    usage |= {"engine": engine} if engine else {}
    for field in ("deployment", "storage_config"):
        if field in fields and row["deployment"]:
            usage[field] = row["deployment"]
    if engine.startswith(("oracle", "sqlserver")):
        usage["licence"] = "license_included"
    total = float(row["price"]) * hours * instances
    item, kind = STORED.get(name, ("", ""))
    gigabytes = chosen.randint(100, 900)
    stored = price.get((item, "", "", row["deployment"], "on_demand"))
    if stored is not None:
        usage |= {"storage_gb": gigabytes} | ({"storage_type": kind} if kind else {})
        total += stored * gigabytes
    return name, usage | {"instances": instances}, total


@pytest.mark.parametrize("service", SERVICES)
def test_a_bill_is_the_sum_of_the_rows_in_the_files(service: str) -> None:
    expected = bills(service, random.Random(f"{service} 7"))
    assert expected
    for name in {name for name, *_ in expected}:
        own = [(region, usage, total) for other, region, usage, total in expected if other == name]
        fields = sorted({field for _, usage, _ in own for field in usage})
        defaults = {field: info.get_default() for field, info in platform(name).usage.model_fields.items()}
        usages = [{field: usage.get(field, defaults[field]) for field in fields} for _, usage, _ in own]
        found = tco.price(name, usages, region=[region for region, *_ in own], as_of=AS_OF)
        totals = found.groupby("bill")["cost"].sum()
        for number, (region, usage, total) in enumerate(own):
            assert totals[number] == pytest.approx(total, rel=1e-9), (name, region, usage)


@pytest.mark.parametrize("name", platform_names())
def test_data_out_to_the_internet_is_on_the_bill_or_refused(name: str) -> None:
    found = platform(name)
    engine = next((engine for engine in ("postgresql", "mysql", "redis", "opensearch", "documentdb", "neptune")
                   if found.hosts is None or engine in found.hosts), "cassandra")  # fmt: skip
    sized = {"instance_class": {"cloud_sql": "db-custom-2-8192", "azure_flexible": "Standard_D2ds_v5",
                                "elasticache": "cache.r6g.large", "memorydb": "db.r6g.large", "ec2": "r6g.large",
                                "opensearch": "r6g.large.search"}.get(name, "db.r6g.large")}  # fmt: skip
    here = group(engine=engine, version=None, platform="new", region="us-east-1", internet_gb=500, **sized)
    there = {"platform": name} | ({"acu": 2} if found.knows("acu") else {})
    versioned = {"version": "newest"} if found.lifecycle_engines else {}
    made = scenario(months=12, fleet={"one": here | versioned}, options={"stay": there, "again": there})
    if not {"internet_gb", "transfer_gb"} & {*found.usage.model_fields}:
        with pytest.raises(InputError, match="no price of data out to the internet is known"):
            tco.load_scenario(made)
        return
    lines = tco.evaluate(tco.load_scenario(made)).table().query("option == 'stay' and line == 'data transfer'")
    clusters, gigabytes, months = 4, 500, 12
    least = clusters * gigabytes * months * (0.09 if name != "neon" else 0.08)
    assert lines["cost"].sum() >= least * 0.999

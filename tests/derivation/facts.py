"""What the derivation reads from `params/` and `data/`: assumptions at their means, the fleet, prices in force."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
NORMAL = NormalDist()


@cache
def yaml_file(name: str) -> Any:
    """The content of a file below params/."""
    return yaml.load((ROOT / "params" / name).read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of a table below data/."""
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def mean(entry: Mapping[str, Any]) -> float:
    """The mean of an assumption.

    pert: low and high are the ends and value is the most likely, mean = (low + 4 value + high) / 6.
    lognormal: low and high are the 5th and the 95th percentile. With the logarithm's mean m = (ln low + ln high) / 2
    and standard deviation s = ln(high / low) / (2 x 1.645), mean = exp(m + s^2 / 2). Draws are cut at a least value a
    (0 where none is stated) and at a limit c (1 for a share); then mean = a x P(Z < y) + exp(m + s^2 / 2) x
    (P(Z < z - s) - P(Z < y - s)) + c x P(Z > z), where y = (ln a - m) / s and z = (ln c - m) / s.
    """
    if entry["shape"] == "fixed":
        return float(entry["value"])
    low, high = entry["low"], entry["high"]
    if entry["shape"] == "pert":
        return float((low + 4 * entry["value"] + high) / 6)
    assert entry["shape"] == "lognormal", entry["shape"]
    middle, spread = math.log(low * high) / 2, math.log(high / low) / (2 * NORMAL.inv_cdf(0.95))
    whole = math.exp(middle + spread**2 / 2)
    floor, limit = entry.get("at_least", 0), 1 if entry["unit"] == "1" else entry.get("at_most")
    y = (math.log(floor) - middle) / spread if floor else -math.inf
    z = (math.log(limit) - middle) / spread if limit else math.inf
    inside = whole * (NORMAL.cdf(z - spread) - NORMAL.cdf(y - spread))
    return float(floor * NORMAL.cdf(y) + inside + (limit or 0) * NORMAL.cdf(-z))


@cache
def means() -> dict[str, float]:
    """The mean of every assumption by its path, such as `labour.engineer_rate`."""
    files = [path.name for path in sorted((ROOT / "params" / "baseline").glob("*.yaml"))]
    return {f"{file[:-5]}.{name}": mean(e) for file in files for name, e in yaml_file(f"baseline/{file}").items()}


def groups(option: str, changes: Mapping[str, float]) -> list[SimpleNamespace]:
    """The fleet under an option: a group's own fields, then what the option says of all groups, then of this one."""
    chosen, found = yaml_file("quickstart.yaml")["options"][option], []
    for name, fields in yaml_file("quickstart.yaml")["fleet"].items():
        own = {"method": "in_place", **fields, **fields["workload"], **chosen, **chosen.get("groups", {}).get(name, {})}
        own |= {path.split(".")[-1]: value for path, value in changes.items() if path.startswith(f"fleet.{name}.")}
        found.append(SimpleNamespace(name=name, **own))
    return found


@cache
def price(service: str, item: str, region: str, **wanted: str) -> float:
    """The one row of data/prices/`service`/`region`.csv with these labels in force on the scenario's `prices_as_of`."""
    day, labels = str(yaml_file("quickstart.yaml")["prices_as_of"]), {"item": item, "term": "on_demand", **wanted}
    rows = table(f"prices/{service}/{region}")
    found = [row for row in rows if all(row[label] == value for label, value in labels.items())]
    (row,) = [row for row in found if (row["valid_from"] or day) <= day < (row["valid_to"] or "9999")]
    return float(row["price"])

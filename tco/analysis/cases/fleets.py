"""Fleets that stand in for those of published cases, and sums that cases ask for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.analysis.cases.checks import BAND
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import LABOUR
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.platforms.pricing import price
from tco.sampling.monte_carlo import monte_carlo

Array = NDArray[np.float64]
DRAWS, SEED = 1000, 1
REGION, PRICES_OF = "us-east-1", "2025-12-31"


def self_managed(engine: str, version: str, clusters: int, method: str, instances: int = 1) -> dict[str, Any]:
    """A fleet of one kind on own servers; the second option is the same again, since a scenario compares."""
    option = {"platform": "ec2", "deployment": "single_az", "policy": "settled", "method": method}
    group = {
        "clusters": clusters,
        "instances": instances,
        "engine": engine,
        "version": version,
        "region": REGION,
        "environment": "production",
        "instance_class": "r6g.large",
        "storage_gb": 100,
    }
    return {
        "name": "case",
        "start": "2027-01",
        "months": 60,
        "prices_as_of": "2026-11-01",
        "fleet": {"fleet": group},
        "options": {"as_is": option, "again": option},
    }


@cache
def drawn(engine: str, version: str, clusters: int, method: str, instances: int = 1) -> Ledger:
    """The ledger of such a fleet under draws of the baseline."""
    scenario = load_scenario(self_managed(engine, version, clusters, method, instances))
    return evaluate(scenario, monte_carlo(scenario, DRAWS, SEED))


@cache
def quickstart() -> Ledger:
    """The packaged scenario under draws, for claims about relational fleets that move."""
    scenario = load_scenario("quickstart")
    return evaluate(scenario, monte_carlo(scenario, DRAWS, SEED))


def hours_a_month(ledger: Ledger, category: str = "") -> Array:
    """Labour hours of the fleet a month, everything or one category, one number a draw."""
    by = ["option", "category"] if category else "option"
    hours = ledger.total(by, LABOUR)[("as_is", category) if category else "as_is"].to_numpy(float)
    return hours / ledger.scenario.months


def ends(values: Array) -> tuple[float, float]:
    """The 5th and 95th percentile."""
    low, high = np.quantile(values, BAND)
    return float(low), float(high)


def extended_support(
    vcpu_class: str, *, instances: int, hours: float, deployment: str, year: float, engine: str, platform: str = "rds"
) -> float:
    """The Extended Support of a month in USD, from a bill."""
    usage = {
        "instance_class": vcpu_class,
        "instances": instances,
        "hours_per_month": hours,
        "engine": engine,
        "extended_support_year": year,
    }
    if platform == "rds":
        usage |= {"deployment": deployment, "storage_gb": 20}
    bill = price(platform, usage, region=REGION, as_of=PRICES_OF)
    return float(bill.loc[bill["item"].str.contains("Extended Support"), "cost"].sum())

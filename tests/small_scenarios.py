"""Small scenarios for tests: a fixed one to change by hand, and a hypothesis strategy that draws valid ones."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

SHOP: dict[str, Any] = {
    "clusters": 4,
    "engine": "mysql",
    "version": "8.0",
    "platform": "rds",
    "region": "us-east-1",
    "instance_class": "db.r6g.large",
    "storage_gb": 100,
    "workload": {"reads_per_second": 200, "writes_per_second": 40, "item_bytes": 1000},
}
STAY: dict[str, Any] = {"platform": "rds", "deployment": "multi_az", "policy": "settled", "method": "in_place"}
DYNAMODB: dict[str, Any] = {"platform": "dynamodb", "capacity": "on_demand"}

REGIONS = ("us-east-1", "eu-west-1")
CLASSES = ("db.r6g.large", "db.r6g.xlarge", "db.r5.large")
VERSIONS = {"mysql": ("8.0",), "postgresql": ("13", "14", "15", "16")}
"""Versions in Regions and classes that RDS, own servers, Aurora and Aurora Serverless all have."""
POLICIES = ("newest", "settled", "smallest", "asap:6", "every:24", "extended_support", "never")
STARTS = ("2026-09", "2027-01", "2028-03")


def scenario(**changes: Any) -> dict[str, Any]:
    """Four MySQL 8.0 clusters on RDS for two years, to stay or to move to DynamoDB; `changes` replace whole keys."""
    plain = {
        "name": "small",
        "start": "2027-01",
        "months": 24,
        "prices_as_of": "2026-11-01",
        "reference": "stay",
        "fleet": {"shop": SHOP},
        "options": {"stay": STAY, "dynamodb": DYNAMODB},
    }
    return copy.deepcopy({**plain, **changes})


def group(**changes: Any) -> dict[str, Any]:
    """The group of `scenario()` with some keys replaced."""
    return copy.deepcopy({**SHOP, **changes})


@st.composite
def groups(draw: st.DrawFn, platform: str = "rds") -> dict[str, Any]:
    """A group of clusters that runs on `platform` today."""
    engine = draw(st.sampled_from(sorted(VERSIONS)))
    return {
        "clusters": draw(st.integers(0, 12)),
        "instances": draw(st.integers(1, 3)),
        "engine": engine,
        "version": draw(st.sampled_from(VERSIONS[engine])),
        "platform": platform,
        "region": draw(st.sampled_from(REGIONS)),
        "environment": draw(st.sampled_from(("production", "staging", "development", "test"))),
        "instance_class": draw(st.sampled_from(CLASSES)),
        "storage_gb": draw(st.sampled_from((20, 100, 1500))),
        "workload": {
            "reads_per_second": draw(st.sampled_from((0, 3, 250))),
            "writes_per_second": draw(st.sampled_from((0, 1.5, 80))),
            "item_bytes": draw(st.sampled_from((120, 1000, 9000))),
        },
    }


@st.composite
def options(draw: st.DrawFn, platform: str = "rds") -> dict[str, Any]:
    """A way to run groups that stand on `platform` today: stay, or move."""
    kind = draw(st.sampled_from(("stay", "stay", "dynamodb", "aurora", "aurora_serverless")))
    size = draw(st.sampled_from(({}, {}, {"instance_class": "fit"})))
    if kind == "dynamodb":
        return {"platform": "dynamodb", "capacity": draw(st.sampled_from(("on_demand", "provisioned")))}
    if kind != "stay":
        return {"platform": kind, "instances": 2, "policy": draw(st.sampled_from(POLICIES))} | size
    return {
        "platform": platform,
        "deployment": draw(st.sampled_from(("single_az", "multi_az"))),
        "policy": draw(st.sampled_from(POLICIES)),
        "method": draw(st.sampled_from(("in_place", "blue_green"))),
    } | size


@st.composite
def scenarios(draw: st.DrawFn, most_groups: int = 3, most_options: int = 3) -> dict[str, Any]:
    """A valid scenario of a few groups and options, as a file would state it."""
    platform = draw(st.sampled_from(("rds", "ec2")))
    fleet = {f"group{n}": draw(groups(platform)) for n in range(draw(st.integers(1, most_groups)))}
    chosen = {f"option{n}": draw(options(platform)) for n in range(draw(st.integers(2, most_options)))}
    return {
        "name": "drawn",
        "start": draw(st.sampled_from(STARTS)),
        "months": draw(st.sampled_from((1, 12, 36, 60))),
        "prices_as_of": "2026-11-01",
        "reference": draw(st.sampled_from(sorted(chosen))),
        "fleet": fleet,
        "options": chosen,
    }

"""Frames that a report sets side by side: an analysis at every fleet size, and what the options and groups are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

DESCRIBED_GROUP = (
    "clusters",
    "engine",
    "version",
    "region",
    "environment",
    "instance_class",
    "instances",
    "storage_gb",
)


def at_each_size(analysis: Callable[[Any], pd.DataFrame], inputs: Mapping[int, Any]) -> pd.DataFrame:
    """`analysis` of each ledger or scenario, below one another, with the fleet size as first column `fleet_size`."""
    frames = [analysis(one).assign(fleet_size=size) for size, one in inputs.items()]
    joined = pd.concat(frames, ignore_index=True)
    return joined[["fleet_size", *(name for name in joined.columns if name != "fleet_size")]]


def options_chosen(scenario: Any) -> pd.DataFrame:
    """What each option chooses: `option` and a column for every setting that some option makes.

    `groups` names the groups for which an option chooses otherwise.
    """
    rows = []
    for name, option in scenario.options.items():
        chosen = option.model_dump(exclude_none=True, exclude={"groups"})
        differing = ", ".join(option.groups)
        rows.append({"option": name} | chosen | ({"groups": differing} if differing else {}))
    frame = pd.DataFrame(rows).astype(object)
    return frame.where(frame.notna(), "")


def groups_described(scenario: Any) -> pd.DataFrame:
    """The fleet's groups: `group`, clusters, engine, version, Region, environment, class, instances and storage."""
    rows = [
        {"group": name} | {field: getattr(group, field) for field in DESCRIBED_GROUP}
        for name, group in scenario.fleet.items()
    ]
    return pd.DataFrame(rows)


def alike(calendar: pd.DataFrame) -> list[tuple[list[str], pd.DataFrame]]:
    """Options with the same upgrades on the same days, each with the calendar of its first: `[(options, frame), ...]`.

    calendar: `option, group, date, from_version, to_version, clusters` of one fleet size.
    """
    found: dict[tuple[Any, ...], tuple[list[str], pd.DataFrame]] = {}
    for option, frame in calendar.groupby("option", sort=False):
        same = frame[["group", "date", "from_version", "to_version", "clusters"]]
        key = tuple(sorted(same.astype(str).itertuples(index=False, name=None)))
        found.setdefault(key, ([], frame))[0].append(str(option))
    return list(found.values())


def present_value_by_category(ledger: Any) -> pd.DataFrame:
    """What each option costs by category as a present value, means over draws: `option, category, cost` (USD)."""
    parts: pd.Series[float] = ledger.mean(["option", "category"], "npv")
    return parts.rename("cost").rename_axis(index=["option", "category"]).reset_index()


def at_a_glance(
    compared: pd.DataFrame, results: pd.DataFrame | None, ranked: pd.DataFrame | None, size: int
) -> pd.DataFrame:
    """What matters of each option at one fleet size, in the order of `compared`.

    compared: of that size, `option, npv, labour_hours, downtime_minutes`. results, ranked: `fleet_size, option` with
    `p10, p90` and with `probability_cheapest`; None where nothing was drawn.
    """
    frame = compared[["option", "npv", "labour_hours", "downtime_minutes"]]
    for more, columns in ((results, ["p10", "p90"]), (ranked, ["probability_cheapest"])):
        if more is not None:
            own = more.loc[more["fleet_size"] == size, ["option", *columns]]
            frame = frame.merge(own, on="option", how="left")
    return pd.DataFrame(frame)

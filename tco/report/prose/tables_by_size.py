"""Frames that a report puts side by side: an analysis at every fleet size, and what the options and groups are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tco.display import words
from tco.formats import listed


def at_each_size(analysis: Callable[[Any], pd.DataFrame], inputs: Mapping[int, Any]) -> pd.DataFrame:
    """`analysis` of each ledger or scenario, below one another, with the fleet size as first column `fleet_size`."""
    joined = pd.concat({size: analysis(one) for size, one in inputs.items()}, names=["fleet_size"])
    return joined.reset_index("fleet_size").reset_index(drop=True)


def options_chosen(scenario: Any) -> pd.DataFrame:
    """What each option chooses: `option`, its `key` in paths, and a column for every setting that some option makes.

    `for_single_groups` says what an option chooses otherwise: `orders: instances 1; staging: deployment single_az`.
    """
    rows = []
    for name, option in scenario.options.items():
        chosen = option.model_dump(exclude_none=True, exclude_defaults=True)
        own: dict[str, list[str]] = {}
        for group, settings in chosen.pop("groups", {}).items():
            text = ", ".join(f"{key.replace('_', ' ')} {words.setting(value)}" for key, value in settings.items())
            own.setdefault(text, []).append(group)
        apart = "; ".join(f"{listed(groups)}: {settings}" for settings, groups in own.items())
        key = {"key": chosen.pop("label")} if "label" in chosen else {}
        in_words = {setting: words.setting(value) for setting, value in chosen.items()}
        rows.append({"option": name} | in_words | ({"for_single_groups": apart} if apart else {}) | key)
    frame = pd.DataFrame(rows).astype(object).fillna("")
    last = [column for column in ("for_single_groups", "key") if column in frame]
    return frame[[*frame.columns.drop(last), *last]]


def groups_described(scenario: Any) -> pd.DataFrame:
    """The fleet's groups: `group`, clusters, engine, version, Region, environment, class, instances and storage."""
    fields = "clusters engine version region environment instance_class instances storage_gb".split()
    return pd.DataFrame(
        {"group": name} | {field: getattr(group, field) for field in fields} for name, group in scenario.fleet.items()
    )


def by_upgrades(calendar: pd.DataFrame) -> list[tuple[list[str], pd.DataFrame]]:
    """Options with the same upgrades on the same days, with the calendar of the first: `[(options, frame), ...]`.

    calendar: `option, group, date, from_version, to_version, clusters` of one fleet size.
    """
    alike: dict[tuple[Any, ...], tuple[list[str], pd.DataFrame]] = {}
    for option, frame in calendar.groupby("option", sort=False):
        same = frame[["group", "date", "from_version", "to_version", "clusters"]]
        key = tuple(sorted(same.astype(str).itertuples(index=False, name=None)))
        alike.setdefault(key, ([], frame))[0].append(str(option))
    return list(alike.values())


def clusters_alike(frame: pd.DataFrame, first: str = "") -> pd.DataFrame:
    """The rows of a table by `cluster` and `group`, those of a group that are alike otherwise as one.

    first: a column in which they may differ, of which the first value is shown.
    """
    rest = [name for name in frame.columns if name not in ("cluster", first)]
    rows_alike = []
    for _, rows in frame.groupby(rest, sort=False, dropna=False):
        start, end = rows["cluster"].iloc[0], rows["cluster"].iloc[-1]
        name = start if start == end else f"{start} to {end.removeprefix(rows['group'].iloc[0])}, each"
        rows_alike.append(rows.head(1).assign(cluster=name))
    return pd.concat(rows_alike, ignore_index=True) if rows_alike else frame


def groups_alike(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows of a table that differ in these columns of names alone as one, with all names in each of them."""
    rest = [name for name in frame.columns if name not in columns]
    named = {name: (name, lambda names: listed(list(dict.fromkeys(names)))) for name in columns}
    return frame.groupby(rest, sort=False, dropna=False).agg(**named).reset_index()[[*frame.columns]]


def at_a_glance(compared: pd.DataFrame, results: pd.DataFrame | None, people: pd.DataFrame) -> pd.DataFrame:
    """The main numbers of each option, the cheapest first.

    compared, results, people: by option, as of `tco.compare`, of `uncertainty.results` (None without draws) and of
    `comparison.people`.
    """
    frame = compared.merge(people, on="option")
    if results is not None:
        frame = frame.merge(results[["option", "p10", "p50", "mean", "p90"]], on="option")
    return pd.DataFrame(frame.sort_values("npv", kind="stable").reset_index(drop=True))

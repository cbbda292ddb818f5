"""The sentences of a report on size: which instance classes a load came to, and which capacity mode it favours."""

from __future__ import annotations

import pandas as pd

from tco import formats
from tco.report.prose.narrative import Prose

MOST_FITTED = 5
"""How many fitted classes are told in a sentence; the table beside it has all."""


def fitted(sized: pd.DataFrame, utilization: float) -> Prose:
    """Which instance classes an option's `fit` comes to, and for what load; empty where nothing is fitted.

    sized: as `tco.analysis.capacity.fitted` gives it. utilization: allowed in the busiest hour.
    """
    if sized.empty:
        return Prose("")
    alike = sized.drop_duplicates(["group", "instance_class"])
    classes = [
        f"{row.instance_class} for {formats.markdown(row.group)} ({row.peak_reads_per_second:,.0f} reads and "
        f"{row.peak_writes_per_second:,.0f} writes a second, {row.needed_memory_gib:,.0f} GiB)"
        for row in alike.head(MOST_FITTED).itertuples()
    ]
    more = f", and {len(alike) - MOST_FITTED} more" if len(alike) > MOST_FITTED else ""
    return Prose(
        f"**Sized for the load.** Where an option says `fit`, an instance is the smallest of its family that serves "
        f"the busiest hour with {formats.share(utilization)} of its processors and holds the data in use in memory: "
        f"{'; '.join(classes)}{more}."
    )


def capacity_modes(crossings: pd.DataFrame) -> Prose:
    """Where provisioned capacity of DynamoDB is cheaper than on demand; empty where no option is on DynamoDB.

    crossings: as `tco.analysis.capacity.mode_crossings` gives it.
    """
    if crossings.empty:
        return Prose("")
    by_group = crossings.drop_duplicates(["group", "kind"])
    cheaper = by_group.groupby("group", sort=False)["cheaper"].agg(lambda modes: " and ".join(dict.fromkeys(modes)))
    counts = [
        f"{str(mode).replace('_', ' ')} for {count} {'group' if count == 1 else 'groups'}"
        for mode, count in cheaper.value_counts(sort=False).items()
    ]
    return Prose(
        f"**Capacity modes of DynamoDB.** An hour of provisioned capacity costs as much as what it serves on demand "
        f"where {_shares(by_group['crossing'])} of it is in use on average; above that it is cheaper. Following the "
        f"load, auto scaling keeps {_shares(by_group['utilisation'])} in use, which by itself favours "
        f"{formats.listed(counts)}."
    )


def _shares(shares: pd.Series[float]) -> str:
    """`29%`, or `29% to 41%`."""
    low, high = formats.share(shares.min()), formats.share(shares.max())
    return low if low == high else f"{low} to {high}"

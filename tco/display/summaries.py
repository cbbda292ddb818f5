"""What scenarios, ledgers and frames of analyses look like to a person: tables in a notebook, as text elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from tco import formats
from tco.analysis import comparison
from tco.analysis.comparison import Comparison
from tco.display import tables
from tco.evaluation.ledger import Ledger
from tco.sampling.designs import BLOCK_ROWS
from tco.scenario.scenario import Scenario

GROUP_FIELDS = ("clusters", "engine", "version", "region", "environment", "instance_class", "instances", "storage_gb")
COMPARED: Mapping[str, str | tuple[str, str] | tables.Column] = {
    "option": "Option",
    "npv": "Present value (USD)",
    "npv_difference": "Against the reference (USD)",
    "total": "Total (USD)",
    "difference": "Against the reference, total (USD)",
    "labour_hours": "Labour (hours)",
    "downtime_minutes": ("Downtime (cluster-minutes)", "minutes"),
    "payback_months": ("Pays back after (months)", "count"),
    "discounted_payback_months": ("Discounted, after (months)", "count"),
    "unfinished": ("Clusters left unfinished", "share"),
    "chance_cheapest": ("Chance of being cheapest", "share"),
    "chance_below_reference": ("Chance of costing less than the reference", "share"),
    "median_difference": "Against the reference, median (USD)",
}
IN_A_TERMINAL: Mapping[str, str | tuple[str, str] | tables.Column] = {
    "option": "Option",
    "npv": "NPV (USD)",
    "npv_difference": "to reference (USD)",
    "total": "Total (USD)",
    "labour_hours": "Hours",
    "downtime_minutes": ("Minutes down", "minutes"),
    "payback_months": ("Payback", "count"),
    "unfinished": ("Unfinished", "share"),
    "chance_cheapest": ("Cheapest", "share"),
}
CAPTION = "The options side by side"


def bundle(shown: Scenario | Ledger | pd.DataFrame) -> dict[str, str]:
    """`shown` as HTML and as plain text, by MIME type."""
    if isinstance(shown, Comparison):
        return _joined("", [compared(shown)], [_compared_briefly(shown)])
    if isinstance(shown, pd.DataFrame):
        return _joined("", found := [tables.table(pd.DataFrame(shown))], found)
    title = one_line(shown).strip("<>")
    if isinstance(shown, Scenario):
        return _joined(title, found := _of_scenario(shown), found)
    if shown.design.rows > BLOCK_ROWS:
        return _joined(title, [], [])
    frame, categories = comparison.compare(shown), _by_category(shown)
    return _joined(title, [compared(frame), categories], [_compared_briefly(frame), categories])


def one_line(shown: Scenario | Ledger) -> str:
    """What `shown` is, in one line that costs nothing to write."""
    scenario = shown if isinstance(shown, Scenario) else shown.scenario
    size = f"{scenario.fleet_size:,} {'cluster' if scenario.fleet_size == 1 else 'clusters'}"
    what = f"{len(scenario.options)} options for {size} over {scenario.months} months from {scenario.start}"
    if isinstance(shown, Scenario):
        return f"<Scenario {scenario.name}: {what}>"
    rows = "one point" if shown.design.rows == 1 else f"{shown.design.rows:,} rows"
    return f"<Ledger of {scenario.name}: {what}; {rows} ({shown.design.name})>"


def compared(frame: pd.DataFrame) -> tables.Table:
    """The comparison of options as a table, the cheapest in bold."""
    columns = {name: heading for name, heading in COMPARED.items() if name in frame.columns}
    cheapest = frame["npv"] == frame["npv"].min()
    return tables.table(frame, caption=f"{CAPTION}; lowest present value in bold", columns=columns, highlight=cheapest)


def _compared_briefly(frame: pd.DataFrame) -> tables.Table:
    columns = {name: heading for name, heading in IN_A_TERMINAL.items() if name in frame.columns}
    return tables.table(frame, caption=f"{CAPTION}; NPV is the present value of cost", columns=columns)


def _of_scenario(scenario: Scenario) -> list[tables.Table]:
    fleet = pd.DataFrame(
        [{"group": name} | {field: getattr(group, field) for field in GROUP_FIELDS}
         for name, group in scenario.fleet.items()]
    )  # fmt: skip
    rows = []
    for name, option in scenario.options.items():
        own = option.model_dump(exclude_none=True, exclude={"groups"})
        reference = " (reference)" if name == scenario.reference_option else ""
        rows.append({"option": f"{name}{reference}"} | own | {"differs_for": ", ".join(option.groups)})
    options = pd.DataFrame(rows).astype(object)
    parts = [
        tables.table(_without_gaps(fleet), caption="The fleet"),
        tables.table(_without_gaps(options), caption="The options"),
    ]
    if scenario.changed or scenario.own_assumptions:
        parts.append(tables.table(_changed(scenario), caption="Assumptions that differ from the baseline"))
    return parts


def _changed(scenario: Scenario) -> pd.DataFrame:
    entries = {path: scenario.assumptions[path] for path in sorted(scenario.changed)} | scenario.own_assumptions
    return pd.DataFrame(
        [
            {"path": path, "mean": entry.mean, "low": entry.low, "high": entry.high, "unit": entry.unit,
             "source": entry.source.title}
            for path, entry in entries.items()
        ]
    ).astype({"low": float, "high": float})  # fmt: skip


def _by_category(ledger: Ledger) -> tables.Table:
    frame = comparison.cost_by_category(ledger)
    wide = tables.across(frame, rows=["category"], columns="option", values="cost", order=ledger.options)
    columns = {"category": tables.Column("Category")} | {name: tables.Column(name, "money") for name in ledger.options}
    return tables.table(wide, caption="Cost by category (USD), undiscounted", columns=columns)


def _without_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that say anything, with blanks where nothing is said."""
    stated = frame.dropna(axis="columns", how="all").astype(object)
    return stated.where(stated.notna(), "")


def _joined(title: str, pages: Sequence[tables.Table], texts: Sequence[tables.Table]) -> dict[str, str]:
    heading = [f"<p><strong>{formats.plain(title)}</strong></p>"] if title else []
    return {
        "text/html": "\n".join([*heading, *(part.html() for part in pages)]),
        "text/plain": "\n\n".join([*([title] if title else []), *(part.text() for part in texts)]),
    }

"""The assumptions and price rows behind a result, by line, by cost and by age, and what no line counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tco import platforms
from tco.catalog.price_rows import REFRESHED
from tco.errors import InputError, checked, unknown
from tco.evaluation.ledger_line import CATALOGUE
from tco.evaluation.ledger_table import read_by
from tco.evaluation.totals import QUANTITY
from tco.formats import count, listed, share
from tco.model.components.labour import RELEASE_SPLIT
from tco.model.fleet.bills import book_for
from tco.scenario.scenario import parted

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

JUDGEMENT = "judgement"
OLD_AFTER_DAYS = 365
"""Prices looked up more days ago are called old; the parameter of the report has the same default."""
MIDDLE = np.array([0.5])
DISCOUNT_RATE = "finance.discount_rate"
"""Used by every present value, although no line reads it."""
PRICE_COLUMNS = "name price unit region valid_from observed_on source".split()
LINE_COLUMNS = "line cost quantity unit".split()
SOURCE_COLUMNS = "name kind value value_unit source source_kind as_of link".split()
NO_SOURCE = (None,) * len(SOURCE_COLUMNS)

ALWAYS_EXCLUDED = {
    "Late access to new features": "Months past free patches are counted, but the value of a late feature is not.",
    "Latency": "Moves and upgrades change it (Amazon Wallet reports half of it on DynamoDB), and a scenario has no "
    "price of it.",
    "Faster or slower product work": "Time that developers gain without servers, or lose to a key-value model, is not "
    "published; re-modelling and operations are counted.",
    "Ends of client libraries and SDKs": "They end on every platform, at dates of their own, and are part of ordinary "
    "maintenance of applications.",
    "Latent defects of an upgrade": "Published cases of corruption or slow plans years later do not give a rate.",
    "Security incidents of unpatched versions": "Their rate depends on exposure, which a scenario does not state.",
    "Monitoring, logging and other tools": "They are bought for a whole company and differ little between options.",
    "Networking: VPC, NAT, private links": "It depends on where clients run; only traffic on the bills is counted.",
    "Sharding a relational cluster": "The model assumes that a cluster can serve the workload that is stated for it.",
    "Taxes, credits and private pricing": "Prices are list prices unless the scenario states discounts or own prices.",
    "Hiring, morale and attrition": "Only engineering hours are counted, at their loaded rate.",
}
SAVED = "upgrades.instances_saved_per_step"
EXCLUDED_WITHOUT_BENEFITS = {
    "What a newer version gains": "It may need fewer or smaller nodes (Intercom saw 40 % less CPU and half the "
    f"latency after an upgrade of Elasticsearch), or more; state {SAVED}, or an option with other classes.",
}
EXCLUDED_AFTER_REMODELLING = {
    "Queries that a key-value model does not answer": "Joins, ad-hoc filters and reporting need a redesign, which is "
    "counted, or another data store, which is not.",
    "Differences of transactions and recovery": "Limits of transactions, restore times and recovery windows differ "
    "between platforms; the model assumes the same service level.",
    "Price changes by the provider": "To leave the platform, the application must be re-modelled again; that cost is "
    "not counted.",
}
EXCLUDED_OUTSIDE_PRODUCTION = {
    "Delivery delayed by broken test environments": "Downtime of other clusters than production is priced at a small "
    "share of production's; delayed deliveries are not priced.",
}


def assumptions_read(ledger: Ledger) -> pd.DataFrame:
    """Every assumption that a line read, judgement first, then by the cost of the lines that read it.

    Columns: path, label, value (as stated, or blank), mean (of the point estimate), median, low, high, shape,
    unit, kind, source, link, as_of, sponsor, note, changed (by the scenario), cost (of all lines of all options that
    read it, absolute USD; 0 for the split of released hours, on which no total depends), cost_share (of all cost).
    An assumption of a group is a row of its own, `fleet.<group>.assumptions.<path>`, with the cost of that group; the
    scenario's has the cost of the other groups.
    """
    cost_by_path: dict[str, float] = defaultdict(float)
    total = 0.0
    for _, paths, amount in _reads(ledger):
        total += amount
        for path in paths:
            cost_by_path[path] += 0.0 if path in RELEASE_SPLIT else amount
    cost_by_path[DISCOUNT_RATE] = total
    rows = []
    for path, cost in cost_by_path.items():
        entry = ledger.scenario.assumption(path)
        source = entry.source
        rows.append(
            {
                "path": path,
                "label": entry.label,
                "value": entry.value,
                "mean": entry.mean,
                "median": float(entry.quantile(MIDDLE)[0]) if entry.is_uncertain else entry.mean,
                "low": entry.low,
                "high": entry.high,
                "shape": entry.shape,
                "unit": entry.unit,
                "kind": source.kind,
                "source": source.title,
                "link": source.link,
                "as_of": source.as_of.isoformat(),
                "sponsor": source.sponsor,
                "note": entry.note,
                "changed": path in ledger.scenario.changed or parted(path)[0] != "",
                "cost": cost,
                "cost_share": cost / total if total else 0.0,
            }
        )
    frame = pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})
    order = frame.assign(sourced=frame["kind"] != JUDGEMENT).sort_values(
        ["sourced", "cost_share"], ascending=[True, False], kind="stable"
    )
    return order.drop(columns="sourced").reset_index(drop=True)


def _reads(ledger: Ledger) -> Iterator[tuple[str, Sequence[str], float]]:
    """The option of each line, the assumptions that it read, and its absolute cost, USD.

    By group if groups have their own assumptions.
    """
    by_group = bool(ledger.scenario.own_assumptions)
    for line, amount in ledger.means_of_lines(axes="g" if by_group else ""):
        for place in line.members.tolist() if by_group else ():
            yield line.option, read_by(ledger.groups[place], line.assumptions), abs(float(amount[place]))
        yield line.option, line.assumptions, 0.0 if by_group else abs(amount)


def judgement_share(ledger: Ledger, option: str = "") -> pd.DataFrame:
    """The share of each option's cost in lines that read at least one assumption based on judgement.

    option: only this one. Columns: option, cost, judgement_cost (both in absolute USD, so that credits count too),
    judgement_share.
    """
    every = {**ledger.scenario.assumptions, **ledger.scenario.own_assumptions}
    judged = {path for path, entry in every.items() if entry.source.kind == JUDGEMENT} - set(RELEASE_SPLIT)
    cost: dict[str, float] = dict.fromkeys([option] if option else ledger.options, 0.0)
    judgement_cost = dict(cost)
    for name, paths, amount in _reads(ledger):
        if name in cost:
            cost[name] += amount
            judgement_cost[name] += amount if judged.intersection(paths) else 0.0
    return pd.DataFrame(
        {
            "option": list(cost),
            "cost": list(cost.values()),
            "judgement_cost": list(judgement_cost.values()),
            "judgement_share": [judgement_cost[name] / cost[name] if cost[name] else 0.0 for name in cost],
        }
    )


def prices_read(ledger: Ledger) -> pd.DataFrame:
    """The price rows that lines read, with the cost of these lines, over all options.

    Columns: name, price (USD), unit, region, valid_from, observed_on, source, cost; the most expensive first.
    """
    cost: dict[str, float] = defaultdict(float)
    for line, by_group in ledger.means_of_lines(axes="g"):
        if line.price_rows:
            for names, amount in zip(line.price_rows, by_group[line.members], strict=True):
                for name in filter(None, names.split("; ")):
                    cost[name] += float(amount)
    book = book_for(ledger.scenario)
    rows = [(*(getattr(row, column) for column in PRICE_COLUMNS), cost[row.name]) for row in book.named(cost)]
    frame = pd.DataFrame(rows, columns=[*PRICE_COLUMNS, "cost"])
    return frame.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def unread_prices(ledger: Ledger) -> list[str]:
    """A sentence for each own price that no bill of the scenario reads, in the order of the scenario."""
    scenario = ledger.scenario
    if not scenario.prices:
        return []
    names = {name for line in ledger.at_point.lines() for names in line.price_rows for name in names.split("; ")}
    sentences = []
    for number, row in enumerate(book_for(scenario).own):
        if row.name not in names:
            why = "no bill reads this price"
            if not row.holds_on(scenario.prices_as_of):
                days = f"from {row.valid_from} on" if row.valid_from else ""
                days += f" until {row.valid_to}" if row.valid_to else ""
                why = f"holds {days.strip()}, and prices are those of {scenario.prices_as_of}, so no bill reads it"
            sentences.append(f"prices.{number}: {why} ({row.name})")
    return sentences


def price_ages(ledger: Ledger, today: date | str) -> pd.DataFrame:
    """`prices_read` with the days since each price was last looked up; the oldest first, undated ones last.

    Columns: those of `prices_read`, age_days (blank if no day is known). An old price need not be wrong, since prices
    change seldom; it has only not been checked since.
    """
    rows = prices_read(ledger)
    day = today if isinstance(today, date) else date.fromisoformat(today)
    ages = [(day - seen).days if isinstance(seen, date) else None for seen in rows["observed_on"]]
    aged = rows.assign(age_days=pd.array(ages, dtype="Int64"))
    return aged.sort_values("age_days", ascending=False, na_position="last", kind="stable", ignore_index=True)


def old_prices(ages: pd.DataFrame, days: int = OLD_AFTER_DAYS) -> str:
    """A sentence on prices that were looked up more than `days` days ago; empty if there are none.

    ages: `name, age_days, observed_on` and, if known, `cost`, as of `price_ages`. The sentence offers a refresh for
    services that it covers, else own prices.
    """
    old = ages[ages["age_days"] > days]
    if old.empty:
        return ""
    cost, old_cost = (float(frame["cost"].abs().sum()) if "cost" in frame else 0.0 for frame in (ages, old))
    some = len(old) < len(ages)
    every = "The price" if len(ages) == 1 else f"All {count(len(ages), 'price')}"
    which = f"{len(old)} of {count(len(ages), 'price')}" if some else every
    which += f", with {share(old_cost / cost)} of the bills," if cost and some else ""
    were = "was" if len(old) == 1 else "were"
    return (
        f"{which} {were} last looked up more than {count(days, 'day')} ago, the oldest on "
        f"{old['observed_on'].iloc[0]}. {_way_to_newer(sorted({name.split()[0] for name in old['name']}))}"
    )


def _way_to_newer(services: list[str]) -> str:
    """How to get newer prices of some services."""
    refreshed, others = ([name for name in services if (name in REFRESHED) is wanted] for wanted in (True, False))
    of_refreshed = f" of {listed(refreshed)}" if others else ""
    sentences = [f"`tco prices refresh` reads newer ones{of_refreshed}."] if refreshed else []
    if others:
        sentences.append(f"It is for you to look up those of {listed(others)} and to state them under `prices`.")
    return " ".join(sentences)


@checked
def explain(ledger: Ledger, option: str, category: str, line: str = "", group: str = "") -> pd.DataFrame:
    """Each line of a category of an option, with every assumption and price row behind it.

    line: only this one. group: only the part of this group of the fleet, with the prices of its own bills.

    Columns: line, cost (USD) and quantity of the whole line, unit, name, kind (`assumption` or `price`), value,
    value_unit, source, source_kind, as_of, link. A line that is zero has one row, without a name. Raises InputError
    for an unknown option, category, line or group.
    """
    if option not in ledger.options:
        raise InputError(unknown("option", option, ledger.options), path="option")
    if category not in CATALOGUE:
        raise InputError(unknown("category", category, CATALOGUE), path="category")
    if line and line not in CATALOGUE[category]:
        raise InputError(unknown("line", line, CATALOGUE[category]), path="line")
    names = list(ledger.scenario.fleet)
    if group and group not in names:
        raise InputError(unknown("group", group, names), path="group")
    sources, axes = _sources(ledger), "g" if group else ""
    place_of = names.index(group) if group else 0
    paired = zip(ledger.means_of_lines(axes=axes), ledger.means_of_lines(QUANTITY, axes=axes), strict=True)
    amounts = [
        (one, float(cost[place_of]), float(quantity[place_of])) if group else (one, float(cost), float(quantity))
        for (one, cost), (_, quantity) in paired
    ]
    rows: list[tuple[object, ...]] = []
    for line_name, usual_unit in CATALOGUE[category].items():
        if line and line_name != line:
            continue
        place = (option, category, line_name)
        entries = [entry for entry in amounts if (entry[0].option, entry[0].category, entry[0].line) == place]
        active = [line for line, _, quantity in entries if quantity]
        for unit in sorted({line.unit for line in active}) or [usual_unit]:
            cost = sum(amount for line, amount, _ in entries if line.unit == unit)
            quantity = sum(amount for line, _, amount in entries if line.unit == unit)
            in_unit = [line for line in active if line.unit == unit]
            read = [path for line in in_unit for path in line.assumptions]
            bills = [
                bill
                for one in in_unit
                for bill, member in zip(one.price_rows, one.members.tolist(), strict=False)
                if not group or member == place_of
            ]
            read += [name for bill in dict.fromkeys(bills) for name in bill.split("; ")]
            behind = [sources[key] for key in dict.fromkeys(filter(None, read))]
            rows += [(line_name, cost, quantity, unit, *source) for source in behind or [NO_SOURCE]]
    return pd.DataFrame(rows, columns=[*LINE_COLUMNS, *SOURCE_COLUMNS])


def _sources(ledger: Ledger) -> dict[str, tuple[object, ...]]:
    """The values of `SOURCE_COLUMNS` of every assumption and price row that was read, by path or name."""
    sources: dict[str, tuple[object, ...]] = {
        row["path"]: (
            row["path"], "assumption", row["mean"], row["unit"], row["source"], row["kind"], row["as_of"], row["link"],
        )
        for row in assumptions_read(ledger).to_dict("records")
    }  # fmt: skip
    for row in prices_read(ledger).to_dict("records"):
        unit = f"USD/{row['unit']}"
        name = row["name"]
        sources[name] = (name, "price", row["price"], unit, row["source"], "published", str(row["observed_on"]), "")
    return sources


def not_counted(scenario: Scenario) -> pd.DataFrame:
    """What the model does not count, in general and for this scenario's options. Columns: subject, why."""
    stated = (*scenario.own_assumptions, *scenario.changed)
    gains = any(parted(path)[1] == SAVED and scenario.assumption(path).mean for path in stated)
    excluded = ALWAYS_EXCLUDED | ({} if gains else EXCLUDED_WITHOUT_BENEFITS)
    chosen = {scenario.settings(option, group).platform for option in scenario.options for group in scenario.fleet}
    if any(platforms.platform(str(name)).hosts is None for name in chosen):
        excluded |= EXCLUDED_AFTER_REMODELLING
    if any(group.environment != "production" for group in scenario.fleet.values()):
        excluded |= EXCLUDED_OUTSIDE_PRODUCTION
    return pd.DataFrame(list(excluded.items()), columns=["subject", "why"])

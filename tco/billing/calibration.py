"""Comparison of a scenario with a real bill: modelled and billed cost of a month, and why they differ."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tco.billing.adoption import SAME, Key, Sides, Sums, adopted
from tco.billing.export import charges
from tco.billing.products import OTHER_SERVICES, price_rows, product_of, service_of, wording
from tco.errors import InputError, checked
from tco.formats import count
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.scenario.scenario import Scenario
from tco.units import HOURS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = "service item month modelled billed difference label reason".split()
CENT = 0.005
DIGITS = 9
"""Decimals of a difference, beyond which it is rounding of floating-point sums."""
EXTENDED_SUPPORT = "Extended Support"
COMMITMENTS = "commitments"

KINDS = {
    "usage": "usage", "discountedusage": "covered", "savingsplancoveredusage": "covered",
    "savingsplannegation": "covered", "purchase": "commitments", "rifee": "commitments", "fee": "commitments",
    "savingsplanrecurringfee": "commitments", "savingsplanupfrontfee": "commitments", "credit": "credits",
    "refund": "refunds", "adjustment": "refunds", "tax": "tax", "edpdiscount": "discounts",
    "privateratediscount": "discounts", "bundleddiscount": "discounts", "discount": "discounts",
}  # fmt: skip
"""Kind of charge by category of FOCUS or type of a Cost and Usage Report."""
OTHER_CHARGES = {
    "commitments": "fees of reservations and plans",
    "credits": "credits hide charges: gross {gross:,.2f}, net {net:,.2f} USD",
    "refunds": "refunds and corrections",
    "tax": "taxes, which are no part of the model",
    "discounts": "negotiated discounts, which the bill shows as lines of their own",
    "unused": "capacity that was reserved and not used",
}
"""Charges on a bill that are not usage, with their explanation."""


@checked
def calibrate(scenario: Scenario | str | Path | Mapping[str, Any], bill: str | Path) -> pd.DataFrame:
    """The modelled cost of the reference option compared with a real bill: one row per service, item and month.

    bill: a cost export (FOCUS 1.0 to 1.3, CUR 2.0, Cost and Usage Report) as CSV, gzipped CSV or Parquet: a file, a
    folder or an fsspec address. The scenario's fleet is priced in each month of the bill, over the days that the bill
    covers. Columns, in USD:

    - service, item, month: as in `tco prices`, with instance class and Region; credits, commitments (fees of
      reservations and plans), taxes, refunds, and all services without databases are items of their own.
    - modelled, billed, difference (billed - modelled): the column `billed` sums to the bill.
    - label: `list`: billed at the list price. `billed`: at another price, such as a negotiated one, or not by price.
      `estimated`: modelled, and not on the bill. `not priced`: on the bill, and not in the scenario.
    - reason: the parts of the difference due to quantity and to price, or why one side has nothing.

    `.attrs["notes"]` lists remarks on the whole bill, `.attrs["overlay"]` the paths and values with which
    `load_scenario(scenario, set=...)` adopts discount and usage. Raises InputError for a file that is no bill in USD.
    """
    import pandas as pd

    stated = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    lines = charges(bill)
    span = _spans(lines)
    rows: list[tuple[Any, ...]] = []
    discounts: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    sides: Sides = ({}, {})
    notes = _notes(lines)
    for month, hours in span.items():
        expected, warnings = _modelled(stated, month, hours)
        notes += warnings
        actual, others = _billed(lines[lines["month"] == month], expected, _trusted(lines))
        rows += _matched(month, expected, actual)
        rows += _other_charges(month, expected, actual, others)
        _add_discounts(discounts, expected, actual, others)
        sides = expected, actual
        whole = HOURS_PER_DAY * calendar.monthrange(int(month[:4]), int(month[5:]))[1]
        if hours < whole:
            notes.append(f"{month}: the bill covers {hours:,.0f} of {whole:,} hours, and so does the model")
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame.attrs["notes"] = notes
    frame.attrs["overlay"] = adopted(stated, discounts, sides, lines["last"].max())
    return frame


def _spans(lines: pd.DataFrame) -> dict[str, float]:
    """The hours of each month that usage on the bill covers."""
    import pandas as pd

    usage = lines[lines["category"].str.lower().map(_kind) == "usage"]
    usage = lines if usage.empty else usage
    hours = {}
    for month in sorted(lines["month"].unique()):
        of_month = usage[usage["month"] == month]
        start = datetime(int(month[:4]), int(month[5:]), 1)  # noqa: DTZ001  # exports are in UTC throughout
        whole = float(HOURS_PER_DAY * calendar.monthrange(start.year, start.month)[1])
        last = of_month["last"].max()
        first = of_month["first"].min()
        if of_month.empty or pd.isna(last) or last <= first:
            hours[month] = whole
        else:
            bounds = [(moment - start).total_seconds() / SECONDS_PER_HOUR for moment in (first, last)]
            hours[month] = min(whole, bounds[1]) - max(0.0, bounds[0])
    return hours


def _kind(category: str) -> str:
    plain = _plain(category)
    return KINDS.get(plain, "usage" if not plain else "refunds")


def _plain(category: str) -> str:
    return category.lower().replace(" ", "")


def _trusted(lines: pd.DataFrame) -> bool:
    """Whether EffectiveCost can be used: not if it is 0 on most lines with a BilledCost."""
    usage = lines[lines["category"].str.lower() == "usage"]
    return int(usage["without_effective"].sum()) * 2 < max(int(usage["with_cost"].sum()), 1)


def _notes(lines: pd.DataFrame) -> list[str]:
    usage = lines[lines["category"].str.lower() == "usage"]
    notes = [f"{lines.attrs['kind']}: {int(lines['rows'].sum()):,} lines, {lines['cost'].sum():,.2f} USD"]
    if lines.attrs["kind"] == "FOCUS" and not _trusted(lines):
        notes.append(
            f"EffectiveCost is 0 on {int(usage['without_effective'].sum()):,} of {int(usage['with_cost'].sum()):,} "
            "lines of usage that have a BilledCost: it is not used, BilledCost is"
        )
    strange = lines[[bool(name) and _plain(name) not in KINDS for name in lines["category"]]]
    for name, rows in strange.groupby("category")["rows"].sum().items():
        notes.append(f"no export has charges of the category {name!r}: {count(rows, 'line')} counted as corrections")
    if unsaid := int(lines["rows"][lines["currency"] == ""].sum()):
        notes.append(f"{count(unsaid, 'line')} without a currency: taken to be in USD")
    credit = lines[lines["category"].map(_kind) == "credits"]["cost"].sum()
    if credit:
        gross = lines["cost"].sum() - credit
        notes.append(f"credits of {-credit:,.2f} USD hide charges: gross {gross:,.2f}, net {gross + credit:,.2f}")
    return notes


def _modelled(scenario: Scenario, month: str, hours: float) -> tuple[dict[Key, Sums], list[str]]:
    """The infrastructure of the reference option in a month of which the bill covers `hours`, and notes.

    The present fleet is assumed for that month. If it could not exist then, or if no prices of that day are known, the
    scenario's first month or price day is used instead, with a note.
    """
    day = date(int(month[:4]), int(month[5:]), 1)
    option = scenario.reference_option
    alone = scenario.model_copy(update={"months": 1, "options": {option: scenario.options[option]}, "reference": ""})
    notes: list[str] = []
    for start, prices in ((month, day), (scenario.start, day), (scenario.start, scenario.prices_as_of)):
        dated = alone.model_copy(update={"start": start, "prices_as_of": prices})
        try:
            return _infrastructure(dated, hours, HOURS_PER_DAY * calendar.monthrange(day.year, day.month)[1]), notes
        except InputError as error:
            if prices != day or len(error.problems) > 1:
                raise
            stand_in = f"its first month {scenario.start}" if start == month else f"prices of {scenario.prices_as_of}"
            notes = [f"{month}: modelled with {stand_in}, since {error}"]
    return {}, notes


def _infrastructure(scenario: Scenario, hours: float, whole: float) -> dict[Key, Sums]:
    """The infrastructure lines of a scenario's first month by item, over `hours` of the `whole` month."""
    table = evaluate(scenario).table()
    table = table[(table["category"] == "infrastructure") | (table["line"] == EXTENDED_SUPPORT)]
    table = table[table["quantity"] != 0]
    rows = price_rows(scenario, table["assumptions"])
    modelled_hours = scenario.assumptions["finance.hours_per_month"].value or whole
    by_item: dict[Key, Sums] = {}
    for line in table.to_dict("records"):
        read = [rows[name] for name in line["assumptions"].split("; ") if name in rows]
        if line["unit"] == "USD" or len(read) != 1:
            continue
        upfront = line["line"] == COMMITMENTS
        by_month = line["unit"].endswith("month")
        scale = 1.0 if upfront else hours / (whole if by_month else modelled_hours)
        item = COMMITMENTS if upfront else wording(read[0].item, read[0].instance_class)
        key = Key(read[0].service, item, "" if upfront else read[0].region)
        sums = by_item.setdefault(key, Sums(unit=line["unit"]))
        sums.quantity += line["quantity"] * scale
        sums.cost += line["cost"] * scale
        sums.list += line["quantity"] * scale * read[0].price
        sums.groups[line["group"], line["line"]] += line["quantity"] * scale
    return by_item


def _billed(
    lines: pd.DataFrame, expected: Mapping[Key, Sums], trusted: bool
) -> tuple[dict[Key, Sums], dict[tuple[str, str], list[Any]]]:
    """The bill's usage by item, and its other charges by service and kind: cost, effective cost, idle, lines."""
    actual: dict[Key, Sums] = {}
    others: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0])
    servers = {key.item for key in expected if key.service == "AmazonEC2"}
    regions = {key.service: {other.region for other in expected if other.service == key.service} for key in expected}
    for line in lines.to_dict("records"):
        service, kind = service_of(line["service"]), _kind(line["category"])
        product = product_of(service, line["usage_type"], line["description"], line["details"])
        item = wording(product.item, product.instance_class)
        if service == "AmazonEC2" and product.service == "AmazonEC2" and item not in servers:
            service = OTHER_SERVICES
        if line["commitment"].lower() == "unused":
            kind = "unused"
        if kind not in ("usage", "covered") or service == OTHER_SERVICES:
            place = (service, "" if service == OTHER_SERVICES else kind)
            amounts = (line["cost"], line["effective"], line["idle"], line["rows"])
            others[place] = [before + more for before, more in zip(others[place], amounts, strict=True)]
            continue
        region, of_service = line["region"], regions.get(product.service, set())
        if not region and len(of_service) == 1:
            region = next(iter(of_service))
        if not product.item:
            item = f"unknown: {line['usage_type'] or line['description']}"
        sums = actual.setdefault(Key(product.service, item, region), Sums())
        sums.unit = line["unit"] if product.factor == 1 else "million requests"
        quantity = line["quantity"] * product.factor
        covered = kind == "covered" or bool(line["commitment"])
        if line["category"].lower() != "savingsplannegation":
            sums.quantity += quantity
            sums.covered += quantity if covered else 0.0
            sums.list += line["list"]
        sums.cost += line["cost"]
        if not covered or (trusted and line["effective"]):
            sums.effective += line["effective"] if covered else line["cost"]
            sums.known += quantity
    return actual, others


def _matched(month: str, expected: Mapping[Key, Sums], actual: Mapping[Key, Sums]) -> list[tuple[Any, ...]]:
    rows = []
    for key in sorted({*expected, *actual}):
        if key.item == COMMITMENTS:
            continue
        model, bill = expected.get(key), actual.get(key)
        modelled, billed = model.cost if model else 0.0, bill.cost if bill else 0.0
        if model and bill:
            label, reason = _compared(model, bill)
        elif model:
            label, reason = "estimated", f"not on the bill: {model.quantity:,.6g} {_plural(model.unit)} are modelled"
        else:
            label, reason = "not priced", _lacking(key, bill or Sums(), expected)
        item = f"{key.item}, {key.region}" if key.region else key.item
        rows.append((key.service, item, month, modelled, billed, round(billed - modelled, DIGITS), label, reason))
    return rows


def _compared(model: Sums, bill: Sums) -> tuple[str, str]:
    """The label and the reason of an item that both sides have."""
    price = model.cost / model.quantity
    parts, units = [], _plural(model.unit)
    more = bill.quantity - model.quantity
    if abs(more) > SAME * model.quantity:
        parts.append(f"{bill.quantity:,.6g} of {model.quantity:,.6g} modelled {units}: {more * price:+,.2f}")
    at_list = bill.list or bill.quantity * model.list / model.quantity
    uncovered = bill.quantity - bill.covered
    paid = bill.cost / uncovered if uncovered > 0 else price
    if abs(paid - price) > SAME * price:
        parts.append(f"{paid:,.6g} USD paid for each, {price:,.6g} modelled: {uncovered * (paid - price):+,.2f}")
    if bill.covered:
        parts.append(
            f"{bill.covered:,.6g} {units} covered by reservations or plans, whose fees are separate items "
            f"({-bill.covered * price:+,.2f}): {at_list:,.2f} at list prices, {bill.effective:,.2f} with fees spread"
        )
    elif at_list - bill.cost > max(SAME * at_list, CENT):
        parts.append(f"negotiated: {1 - bill.cost / at_list:.1%} less than {at_list:,.2f} at list prices")
    label = "list" if abs(bill.cost - at_list) <= max(SAME * at_list, CENT / 100) else "billed"
    return label, "; ".join(parts) or "as modelled"


def _plural(unit: str) -> str:
    return unit if unit.endswith("s") else f"{unit}s"


def _lacking(key: Key, bill: Sums, expected: Mapping[Key, Sums]) -> str:
    """Why the scenario has nothing for an item that is billed."""
    if key.item.startswith("unknown: "):
        return "no item of the price tables, so the model has no line for it"
    elsewhere = sorted({other.region for other in expected if other[:2] == key[:2]})
    amount = f"{bill.quantity:,.6g} {bill.unit}".strip()
    if elsewhere:
        return f"the scenario has it in {', '.join(elsewhere)} only: {amount} here"
    if key.item.startswith("instance hours"):
        return f"resources that the scenario lacks: {amount}"
    if any(other.service == key.service for other in expected):
        return f"the scenario states none of it: {amount}"
    return f"the scenario has nothing on this service: {amount}"


def _other_charges(
    month: str,
    expected: Mapping[Key, Sums],
    actual: Mapping[Key, Sums],
    others: Mapping[tuple[str, str], Sequence[Any]],
) -> list[tuple[Any, ...]]:
    """Rows for charges that are not usage: credits, commitments, taxes, refunds, other services."""
    fees = {(key.service, COMMITMENTS): sums.cost for key, sums in expected.items() if key.item == COMMITMENTS}
    gross: dict[str, float] = defaultdict(float)
    for key, sums in actual.items():
        gross[key.service] += sums.cost
    for (service, kind), (cost, *_) in others.items():
        gross[service] += 0.0 if kind == "credits" else cost
    rows: list[tuple[Any, ...]] = []
    for place in sorted({*others, *fees}):
        service, kind = place
        cost, effective, idle, count = others.get(place, (0.0, 0.0, 0.0, 0))
        if service == OTHER_SERVICES:
            item, label, reason = "all items", "not priced", f"no database services: {count:,} lines"
        else:
            item, label = {"unused": "idle commitments"}.get(kind, kind), "billed" if count else "estimated"
            reason = OTHER_CHARGES[kind].format(gross=gross[service], net=gross[service] + cost)
            reason += f"; {idle:,.2f} USD of them for idle capacity" if idle else ""
            reason += f": {effective:,.2f} USD with the fees spread" if kind == "unused" else ""
        modelled = fees.get(place, 0.0)
        rows.append((service, item, month, modelled, cost, cost - modelled, label, reason))
    return rows


def _add_discounts(
    discounts: dict[str, list[float]],
    expected: Mapping[Key, Sums],
    actual: Mapping[Key, Sums],
    others: Mapping[tuple[str, str], Sequence[Any]],
) -> None:
    """Add the paid cost and the cost at list prices, by service, of items for which both are known."""
    for key, bill in actual.items():
        model = expected.get(key)
        at_list = bill.list or (bill.quantity * model.list / model.quantity if model else 0.0)
        if at_list and bill.quantity:
            discounts[key.service][0] += bill.effective
            discounts[key.service][1] += at_list * bill.known / bill.quantity
    for (service, kind), (cost, *_) in others.items():
        if kind == "discounts":
            discounts[service][0] += cost

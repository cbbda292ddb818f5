"""What has moved since an earlier report, and why: from its results to today's, in USD.

    today's result - recorded result = code and facts + prices + each input that differs

The inputs of the earlier report are run again under today's code and facts. What the recorded result differs from that
is split: prices that were corrected for the same day are put back one by one; the rest comes from code and other
facts, which are named where their hashes differ. From there on the inputs are a bridge (`tco.diff`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.assumption_register import prices_read
from tco.analysis.comparison import compare
from tco.audit.differences import diff
from tco.audit.sides import remembered
from tco.catalog.price_rows import KEY_FIELDS, PriceRow
from tco.errors import InputError
from tco.formats import listed, markdown, money
from tco.model.fleet.bills import book_for
from tco.model.lines import evaluate
from tco.report.basis import CODE, basis, data_files
from tco.report.files import MANIFEST
from tco.report.manifest import read_manifest
from tco.scenario.scenario import OwnPrice, Scenario

COLUMNS = ("measure", "option", "before", "after", "difference", "kind", "cause")
MEASURES = ("total", "npv")
SMALLEST = 0.5
"""USD: what moves a result by less is not told."""
PRICE_FOLDER, BASELINE = "data/prices/", "params/baseline/"
KINDS = {"prices_as_of": "prices", "prices": "prices", "fleet": "fleet", "groups": "fleet"}
MOST_NAMED = 2
MOST_APART = 12
"""Prices that are told apart."""
DATED = re.compile(" (?:since|until) ")


def moved_since(previous: str | Path | Mapping[str, Any], scenario: Scenario) -> pd.DataFrame:
    """What the results of a scenario differ from those of an earlier report on it, and why; one row a result and cause.

    previous: the report's folder, its page or manifest.json, or the manifest's content. Columns: measure (total and npv
    in USD, at the means of all assumptions), option, before, after, difference, kind (prices, facts, code, assumptions,
    fleet or options), cause. The rows of a measure and option are a bridge, as those of `tco.diff`. Raises InputError.
    """
    manifest = previous if isinstance(previous, Mapping) else read_manifest(previous)
    then = remembered(manifest)
    rerun = evaluate(then)
    compared = compare(rerun).set_index("option")
    recorded = (
        pd.DataFrame(manifest.get("point") or manifest["verdict"])
        .query("fleet_size == @then.fleet_size")
        .set_index("option")
    )
    if not recorded.index.is_unique:
        raise InputError("has two results of one option", file=MANIFEST)
    if not {*then.options} & {*scenario.options}:
        raise InputError(f"is on {then.name!r}, which shares no option with {scenario.name!r}", file=MANIFEST)
    bridges = diff(then, scenario)
    earlier = {_undated(name): price for name, price in (manifest.get("prices") or {}).items()}
    now = prices_read(rerun).set_index("name")["price"]
    moved = {
        str(name): paid for name, price in now.items() if (paid := earlier.get(_undated(str(name)), price)) != price
    }
    of_prices = _of_prices(then, compared, book_for(then).named(now.index), moved)
    basis_kind, basis_cause = _other_basis(manifest)
    rows: list[tuple[Any, ...]] = []
    for measure in MEASURES:
        for option, bridge in bridges[bridges["measure"] == measure].groupby("option", sort=False):
            level = None
            if option in recorded.index and option in compared.index:
                level = float(recorded[measure][option])
                prices = {cause: float(effect[measure][option]) for cause, effect in of_prices.items()}
                rest = float(compared[measure][option]) - level - sum(prices.values())
                for kind, cause, amount in [
                    *(("prices", cause, amount) for cause, amount in prices.items()),
                    (basis_kind, basis_cause, rest),
                ]:
                    if abs(amount) >= SMALLEST:
                        rows.append((measure, option, level, level + amount, amount, kind, cause))
                        level += amount
            changes = bridge[~(bridge["difference"].abs() < SMALLEST)]
            rows += [
                (measure, option, *row[2:5], _kind(str(row[5])), row[5]) for row in changes.itertuples(index=False)
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _undated(name: str) -> str:
    return DATED.split(name, maxsplit=1)[0]


def _of_prices(
    then: Scenario, found: pd.DataFrame, rows: Sequence[PriceRow], moved: Mapping[str, float]
) -> dict[str, pd.DataFrame]:
    """What each price that moved does to each option: columns of `MEASURES`, by the words of the cause.

    found: results at today's prices; rows: all that they read; moved: earlier prices by name, the largest bill first.
    Results are linear in prices: each by itself, put back, gives parts that add up. The last go together.
    """
    now = {row.name: row.price for row in rows}
    names = list(moved)
    apart = {f"{_undated(name)}: {moved[name]:g} → {now[name]:g} USD": {name} for name in names[:MOST_APART]}
    if rest := set(names[MOST_APART:]):
        apart[formats.count(len(rest), "other price")] = rest
    effects = {}
    for cause, put_back in apart.items():
        prices = [_as_own(row, moved[row.name] if row.name in put_back else row.price) for row in rows]
        before = compare(evaluate(then.model_copy(update={"prices": tuple(prices)}))).set_index("option")
        effects[cause] = found[list(MEASURES)] - before[list(MEASURES)]
    return effects


def _as_own(row: PriceRow, price: float) -> OwnPrice:
    """A row of the catalogue as a scenario's own, at a price."""
    keys = {field: getattr(row, field) for field in (*KEY_FIELDS, "unit", "tier_from")}
    last = None if math.isinf(row.tier_to) else row.tier_to
    return OwnPrice(**keys, price=price, tier_to=last, source=row.source or row.name, accept=True)


def _other_basis(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """What else differs from the report's code and facts: its kind, and words."""
    facts, before = data_files(), manifest["data"]
    names = [
        name
        for name in sorted({*facts, *before})
        if not name.startswith(BASELINE) and facts.get(name, {}).get("sha256") != before.get(name, {}).get("sha256")
    ]
    named = f"facts ({listed(names[:MOST_NAMED])}{' and others' if len(names) > MOST_NAMED else ''})" if names else ""
    version = manifest.get("versions", {}).get("tco", "an unknown version")
    code = f"the code, then tco {version}" if manifest.get("code") != basis()[CODE] else ""
    both = " and ".join(filter(None, (named, code))) or "what the report did not keep"
    return ("code" if code and not names else "facts" if names and not code else "code and facts"), both


def _kind(cause: str) -> str:
    """What sort of input a change is of, by its path."""
    top = re.split("[:.]", cause, maxsplit=1)[0]
    if top in ("options", "reference"):
        return "options"
    if top in ("start", "months"):
        return "horizon"
    return KINDS.get(top, "" if " " in top else "assumptions")


def opening(moved: pd.DataFrame, day: str, labels: Mapping[str, str], other: str = "") -> str:
    """Markdown that a report opens with.

    moved: of `moved_since`; day: of the earlier report; labels: of options; other: its scenario, where it was another.
    """
    on = f" on {markdown(other)}, another scenario" if other else ""
    lines = [f"**Since the report of {day}{on}** (present values at the means of all assumptions):"]
    for option, bridge in moved[moved["measure"] == "npv"].groupby("option", sort=False):
        name, steps = markdown(labels.get(str(option), str(option))), bridge.dropna(subset=["difference"])
        if steps.empty:
            lines.append(f"- {name}: {'is new' if bridge['before'].isna().all() else 'is gone'}")
            continue
        before, after = float(steps["before"].iloc[0]), float(steps["after"].iloc[-1])
        causes = steps[steps["difference"].abs() >= SMALLEST]
        by_kind = causes.groupby("kind", sort=False)["difference"].sum().sort_values(key=abs, ascending=False)
        why = "; ".join(
            f"{kind} {_signed(amount)} ({_named(causes[causes['kind'] == kind])})" for kind, amount in by_kind.items()
        )
        ends = f"{money(before)} to {money(after)}, {_signed(after - before)}" if why else f"{money(after)}, unchanged"
        lines.append(f"- {name}: {ends}{': ' + why if why else ''}")
    return lines[0] + ("\n\n" + "\n".join(lines[1:]) if lines[1:] else " nothing has moved.")


def _named(causes: pd.DataFrame) -> str:
    largest: Iterable[str] = causes.sort_values("difference", key=abs, ascending=False)["cause"].head(MOST_NAMED)
    more = f" and {formats.count(len(causes) - MOST_NAMED, 'other')}" if len(causes) > MOST_NAMED else ""
    return markdown("; ".join(largest)) + more


def _signed(amount: float) -> str:
    return f"{'+' if amount >= 0 else '−'}{money(abs(amount))}"

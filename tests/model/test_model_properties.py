"""What holds for every scenario: rows add up, nothing is empty, and what counts per cluster grows with the clusters."""

from __future__ import annotations

import cProfile
import pstats
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import CATALOGUE, DOWNTIME, LABOUR
from tco.evaluation.ledger_table import COLUMNS

CLOSE = 1e-9


def evaluated(raw: dict[str, Any], **keywords: Any) -> Ledger:
    return tco.evaluate(tco.load_scenario(raw, **keywords))


def totals(ledger: Ledger, by: Any = "option", measure: str = "cost") -> pd.Series[float]:
    return ledger.total(by, measure).iloc[0]


# -- the ledger ------------------------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(scenarios())
def test_each_row_is_quantity_times_price_every_line_is_stated_and_rows_add_up(raw: dict[str, Any]) -> None:
    """And present value, without upfront fees, is the sum over months n of cost / (1 + r) ** (n / 12)."""
    ledger = evaluated(raw, set={"finance.discount_rate": 0.1})
    table = ledger.table()
    assert tuple(table.columns) == COLUMNS
    assert not table.isna().to_numpy().any()
    assert (table["cost"] == table["quantity"] * table["unit_price"]).all()
    assert (table["quantity"] >= 0).all()
    assert np.isfinite(table["cost"]).all()
    assert set(table["period"]) <= set(ledger.periods)
    assert set(table["release"]) <= {"none", "cashable", "redeployed", "soft"}

    catalogue = {(category, line) for category, lines in CATALOGUE.items() for line in lines}
    for _, rows in table.groupby("option"):
        assert set(zip(rows["category"], rows["line"], strict=True)) == catalogue

    for by in ("option", "category", "line", "group", "period"):
        from_rows = table.groupby(by)["cost"].sum()
        expected = totals(ledger, by)
        assert from_rows.reindex(expected.index).fillna(0).to_numpy() == pytest.approx(expected.to_numpy(), CLOSE, 1e-6)
    for measure in (LABOUR, DOWNTIME):
        from_rows = table[table["unit"] == measure].groupby("option")["quantity"].sum()
        expected = totals(ledger, "option", measure)
        assert from_rows.reindex(expected.index).fillna(0).to_numpy() == pytest.approx(expected.to_numpy(), CLOSE, 1e-6)

    whole = totals(ledger)
    for finer in (["option", "category"], ["option", "category", "line"], ["option", "period"], ["option", "group"]):
        parts = totals(ledger, finer).groupby(level="option", sort=False).sum()
        assert parts.to_numpy() == pytest.approx(whole.to_numpy(), CLOSE, 1e-6)
    compared = tco.compare(ledger)
    assert compared["total"].to_numpy() == pytest.approx(whole.to_numpy())
    assert list(compared["option"]) == list(ledger.options)

    by_month, present = totals(ledger, ["option", "period"]), totals(ledger, "option", "npv")
    for option in ledger.options:
        costs = by_month[option].reindex(list(ledger.periods)).to_numpy()
        discounted = sum(cost / 1.1 ** ((n + 1) / 12) for n, cost in enumerate(costs))
        assert present[option] == pytest.approx(discounted, CLOSE, 1e-6)


@settings(max_examples=5)
@given(scenarios())
def test_a_fleet_of_none_costs_nothing(raw: dict[str, Any]) -> None:
    ledger = evaluated(raw, fleet_size=0)
    table = ledger.table()
    assert (table["cost"] == 0).all()
    assert (table["quantity"] == 0).all()
    assert len(table) == len(raw["options"]) * sum(len(lines) for lines in CATALOGUE.values())
    assert (tco.compare(ledger)[["total", "npv", "labour_hours", "downtime_minutes"]] == 0).to_numpy().all()


# -- what does not matter --------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(scenarios(), st.sampled_from(("8.0", "8.4")))
@example(scenario(fleet={"new": group(), "old": group(version="5.7", clusters=3)}), "8.0")
@example(scenario(), "5.7")
def test_order_groups_without_clusters_and_other_options_do_not_matter(raw: dict[str, Any], version: str) -> None:
    home = next(iter(raw["fleet"].values()))["platform"]
    empty = group(clusters=0, version=version, platform=home)
    expected = totals(evaluated(raw), ["option", "line"])
    turned = {**raw, "fleet": {"empty": empty, **dict(reversed(raw["fleet"].items()))}}
    assert totals(evaluated(turned), ["option", "line"]).to_dict() == pytest.approx(expected.to_dict(), CLOSE)
    more = {**raw, "options": {**raw["options"], "another": DYNAMODB}}
    beside = totals(evaluated(more), ["option", "line"])
    for option in raw["options"]:
        assert beside[option].to_dict() == expected[option].to_dict()
    last = totals(evaluated({**more, "fleet": {**raw["fleet"], "empty": empty}}), ["option", "line"])
    assert last.to_dict() == pytest.approx(beside.to_dict(), CLOSE)


@settings(max_examples=8)
@given(scenarios())
@example(scenario(options={"stay": STAY, "green": {**STAY, "method": "blue_green"}}))
def test_splitting_a_group_in_two_equal_ones_does_not_matter(raw: dict[str, Any]) -> None:
    name, whole = next(iter(raw["fleet"].items()))
    doubled = {**raw, "fleet": {**raw["fleet"], name: {**whole, "clusters": 2 * whole["clusters"]}}}
    parted = {**raw, "fleet": {**raw["fleet"], "twin": whole}}
    expected = totals(evaluated(doubled), ["option", "line"]).to_dict()
    assert totals(evaluated(parted), ["option", "line"]).to_dict() == pytest.approx(expected, CLOSE, 1e-9)


@settings(max_examples=6)
@given(scenarios())
def test_a_longer_horizon_changes_nothing_before_its_end(raw: dict[str, Any]) -> None:
    """What happens in a month does not know how far the question looks; what is owed is booked in the last."""
    short = totals(evaluated({**raw, "months": 24}), ["option", "line", "period"])
    short = short[short.index.get_level_values("period") < short.index.get_level_values("period").max()]
    long = totals(evaluated({**raw, "months": 60}), ["option", "line", "period"]).reindex(short.index)
    assert long.to_numpy() == pytest.approx(short.to_numpy(), CLOSE, 1e-6)


# -- what grows with what --------------------------------------------------------------------------------------------

WITHOUT_SCALE = {
    "upgrades.learning_rate": 1,
    "transition.modelling_learning_rate": 1,
    "upgrades.designs_per_cluster": 1,
    "operations.fixed_half_scale_clusters": 0,
    "operations.other_pages_of_rota": 0,
    "operations.rota_capacity_pages": 1_000_000,
    "labour.upgrade_team": 10**12,
    "labour.migration_team": 10**12,
}
"""No learning, a design a cluster (so that max(1, ..) does not bind), no share of fleet-wide work, people enough."""
FOR_THE_FLEET_ONCE = {
    ("routine administration", "fleet-wide"), ("capacity-mode tuning and cost watching", "none"),
    ("restore drills", "versions"), ("on-call", "standby"), ("major upgrades", "tooling"), ("major upgrades", "plan"),
    ("data migration", "tooling"), ("unfinished move", "tooling"),
    ("unfinished move", "plan"),
}  # fmt: skip


@settings(max_examples=8)
@given(scenarios())
def test_twice_the_fleet_doubles_what_is_per_cluster_and_only_that(raw: dict[str, Any]) -> None:
    once = evaluated(raw, set=WITHOUT_SCALE)
    size = once.scenario.fleet_size
    twice = evaluated(raw, set=WITHOUT_SCALE, fleet_size=2 * size)
    before = totals(once, ["option", "line", "phase"])
    after = totals(twice, ["option", "line", "phase"])
    for (option, line, phase), cost in before.items():
        factor = 1 if (line, phase) in FOR_THE_FLEET_ONCE else 2
        assert after[option, line, phase] == pytest.approx(factor * cost, CLOSE, 1e-9), (option, line, phase)


BILLED_UNITS = {"downtime minute", "labour hour", "standby week"}


@settings(max_examples=8)
@given(scenarios())
def test_without_wages_and_downtime_value_the_bills_remain(raw: dict[str, Any]) -> None:
    free = {"labour.engineer_rate": 0, "downtime.value_per_minute": 0, "downtime.business_value_per_minute": 0}
    paid, unpaid = evaluated(raw).table(), evaluated(raw, set=free).table()
    labels = ["period", "option", "group", "line", "phase", "unit"]
    bills = paid[~paid["unit"].isin(BILLED_UNITS)].groupby(labels)["cost"].sum()
    left = unpaid[unpaid["cost"] != 0].groupby(labels)["cost"].sum()
    assert left.to_dict() == bills[bills != 0].to_dict()
    remaining = {"infrastructure", "version upkeep", "downtime", "transition"}
    assert set(unpaid[unpaid["cost"] != 0]["category"]) <= remaining
    assert set(unpaid[unpaid["cost"] != 0]["line"]) <= {
        *CATALOGUE["infrastructure"], "staging environments", "Extended Support", "dual running",
        "exposure past support", "service withdrawal", "stranded commitments", "SLA credits paid",
        "SLA credits received",
    }  # fmt: skip


@settings(max_examples=8)
@given(scenarios(), st.sampled_from((0.5, 3.0)))
def test_labour_costs_grow_with_the_rate_and_hours_do_not(raw: dict[str, Any], factor: float) -> None:
    """And the three kinds of released hours sum to the hours, whatever their shares."""
    plain = evaluated(raw, set={"labour.engineer_rate": 100})
    shares = {"labour.cashable_share": 0.9, "labour.redeployed_share": 0.6}
    dearer = evaluated(raw, set={"labour.engineer_rate": 100 * factor, **shares})
    hours = totals(plain, ["option", "line"], LABOUR)
    assert totals(dearer, ["option", "line"], LABOUR).to_dict() == pytest.approx(hours.to_dict(), CLOSE)
    by_release = totals(dearer, "release", LABOUR)
    assert by_release.drop("none", errors="ignore").sum() == pytest.approx(hours.sum())
    before, after = totals(plain, ["option", "unit"]), totals(dearer, ["option", "unit"])
    for (option, unit), cost in before.items():
        expected = cost * factor if unit == LABOUR else cost
        assert after[option, unit] == pytest.approx(expected, CLOSE)


def test_an_engine_without_paid_support_may_stand_beside_one_that_has_it() -> None:
    """MariaDB has no Extended Support on RDS; MySQL beside it pays what it pays alone."""
    old = group(version="8.0")
    other = group(engine="mariadb", version="10.11")
    options = {"stay": {**STAY, "policy": "extended_support"}, "settled": STAY}

    def paid(**fleet: Any) -> float:
        rows = evaluated(scenario(fleet=fleet, options=options)).table()
        return float(rows[(rows["line"] == "Extended Support") & (rows["option"] == "stay")]["cost"].sum())

    assert paid(old=old) > 0
    assert paid(old=old, other=other) == pytest.approx(paid(old=old))


def test_restore_drills_of_several_draws_are_those_of_each_alone() -> None:
    """Who keeps archives for three years drills the version that was left for longer than who keeps them half one."""
    raw, path = scenario(months=48), "operations.archive_retention_years"
    together = tco.evaluate(tco.load_scenario(raw), tco.sweep(tco.load_scenario(raw), path, [0.5, 3]))
    several = together.total("line", "labour hour")["restore drills"].tolist()
    alone = [
        evaluated(raw, set={path: years}).total("line", "labour hour")["restore drills"].item() for years in (0.5, 3)
    ]
    assert several == pytest.approx(alone)
    assert several[1] > several[0] > 0


def test_the_work_of_loading_and_evaluating_grows_with_the_groups_and_not_with_their_square() -> None:
    """Calls are counted, which no other load of the machine changes: a further 300 groups take what 300 took."""

    def calls(count: int) -> int:
        fleet = {
            f"g{number}": group(
                clusters=number % 5,
                storage_gb=50 + number,
                environment=("production", "staging")[number % 2],
                **({"design_of": f"g{number - 1}"} if number % 4 == 1 else {}),
            )
            for number in range(count)
        }
        with cProfile.Profile() as profile:
            evaluated(
                scenario(fleet=fleet, options={"stay": STAY, "moved": {**STAY, "policy": "newest"}, "d": DYNAMODB})
            )
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    calls(1)
    few, more, most = calls(1), calls(301), calls(601)
    assert most - more < 1.1 * (more - few)

"""Moving: what is committed is paid to its end, and the pace of the move follows from the capacity given to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.model.fleet.designs import shares_of
from tco.model.fleet.migration import Pace
from tco.sampling.designs import Design

TERM = {"service": "AmazonRDS", "region": "us-east-1", "item": "instance", "engine": "mysql", "unit": "instance hour",
        "instance_class": "db.r6g.large", "deployment": "multi_az", "term": "1yr_no_upfront", "price": 0.25,
        "source": {"title": "Our agreement", "as_of": "2026-10-01", "kind": "measured"}}  # fmt: skip


def test_dual_running_before_the_start_is_paid_in_the_first_month() -> None:
    """Clusters cut over evenly in four months; each is paid twice for three months before, some before the start."""
    months = np.arange(12.0).reshape(1, 1, -1)
    pace = Pace(np.zeros((1, 1, 1)), np.full((1, 1, 1), 4.0), months)
    on_both = pace.on_both(np.full((1, 1, 1), 3.0))
    assert on_both.sum() == pytest.approx(3)
    moments = np.linspace(0.002, 3.998, 1000)
    paid = [sum(max(min(x, month + 1) - max(x - 3, month), 0) for x in moments) / 1000 for month in range(12)]
    early = sum(max(3 - x, 0) for x in moments) / 1000
    assert on_both.ravel() == pytest.approx([paid[0] + early, *paid[1:]], abs=1e-3)


def costs(raw: dict[str, Any], **values: Any) -> dict[tuple[str, str], float]:
    return tco.evaluate(tco.load_scenario(raw, set=values)).total(["option", "line"]).iloc[0].to_dict()


@settings(max_examples=15)
@given(st.floats(0, 40), st.floats(0, 2000), st.integers(1, 3))
def test_a_commitment_costs_the_same_for_who_leaves_within_the_term(lag: float, modelling: float, years: int) -> None:
    """Instances under yearly terms: what is paid on leaving plus what runs on covers whole terms, no more and no less.

    In the years in which some clusters still stand when the term begins, all of their term is paid.
    """
    raw = scenario(
        months=12 * years, options={"stay": {**STAY, "term": "1yr_no_upfront"}, "dynamodb": DYNAMODB}, prices=[TERM]
    )
    found = costs(raw, **{"transition.start_lag_months": lag, "transition.modelling_hours_per_design": modelling})
    year = 4 * 12 * 730 * 0.25
    paid = found["dynamodb", "compute"] + found["dynamodb", "stranded commitments"]
    stay = found["stay", "compute"]
    assert stay == pytest.approx(years * year)
    assert paid <= stay * (1 + 1e-9)
    assert paid >= min(lag, 12 * years) / 12 * year * (1 - 1e-9)
    if lag < 12 and years == 1:
        assert paid == pytest.approx(year)


def test_reserved_capacity_is_stranded_for_the_rest_of_its_term() -> None:
    """Of a year, 9 months for who leaves after 3, and 3 for who leaves after 9."""
    kept = {"platform": "dynamodb", "capacity": "reserved", "term": "1yr_partial_upfront"}
    leaves = {"platform": "aurora", "instance_class": "db.r6g.large"}
    shop = group(platform="dynamodb", version=None, created="2026-10-01")
    raw = scenario(fleet={"shop": shop}, options={"stay": kept, "leaves": leaves})
    early, late = (
        costs(raw, **{"transition.start_lag_months": lag, "labour.migration_team": 1_000_000})
        ["leaves", "stranded commitments"]
        for lag in (3, 9)
    )  # fmt: skip
    assert late > 0
    assert early / late == pytest.approx(9 / 3, rel=0.02)


def test_without_a_term_nothing_is_stranded() -> None:
    assert costs(scenario())["dynamodb", "stranded commitments"] == 0


def test_what_is_paid_upfront_is_not_paid_again_for_running_two_platforms() -> None:
    """After a withdrawal the monthly bill is paid twice: 23 USD of storage, and 730 x 0.43 of instances on demand."""

    def both(term: str) -> float:
        ledger = tco.evaluate(
            tco.load_scenario(scenario(options={"stay": {**STAY, "term": term}, "dynamodb": DYNAMODB}))
        )
        return float(ledger.total(["option", "line", "phase"])["stay", "service withdrawal", "dual running"].iloc[0])

    assert both("1yr_all_upfront") / both("on_demand") == pytest.approx(23 / (23 + 730 * 0.43))


def test_savings_start_at_cut_over() -> None:
    """The later the move, the longer the old bill and the shorter the new one, to the day."""
    many = {"labour.migration_team": 100}
    at = {lag: costs(scenario(), **many, **{"transition.start_lag_months": lag}) for lag in (0, 6, 12, 60)}
    assert at[60]["dynamodb", "compute"] == pytest.approx(at[60]["stay", "compute"])
    assert at[60]["dynamodb", "requests or capacity"] == 0
    old = [at[lag]["dynamodb", "compute"] for lag in (0, 6, 12)]
    new = [at[lag]["dynamodb", "requests or capacity"] for lag in (0, 6, 12)]
    month_of_old, month_of_new = at[0]["stay", "compute"] / 24, (new[0] - new[1]) / 6
    assert old[1] - old[0] == pytest.approx(6 * month_of_old)
    assert old[2] - old[1] == pytest.approx(6 * month_of_old)
    assert new[1] - new[2] == pytest.approx(6 * month_of_new)


def test_a_move_takes_its_hours_over_the_capacity_given() -> None:
    """Twice the people, half the time from the first to the last cut-over; the hours stay the same."""

    def minutes_by_month(hours: int) -> tuple[float, int]:
        option = {**DYNAMODB, "migration_hours_per_month": hours}
        raw = scenario(options={"stay": STAY, "dynamodb": option}, months=60)
        stated = {"transition.start_lag_months": 0, "transition.withdrawals_per_year": 0}
        ledger = tco.evaluate(tco.load_scenario(raw, set=stated))
        minutes = ledger.total(["phase", "period"], "downtime minute").iloc[0].to_dict()
        months = [
            period for (phase, period), amount in minutes.items() if phase == "migration: database" and amount > 0
        ]
        labour = ledger.total(["option", "category"], "labour hour").iloc[0]["dynamodb", "transition"]
        return labour, len(months)

    slow, fast = minutes_by_month(50), minutes_by_month(100)
    assert slow[0] == pytest.approx(fast[0])
    assert slow[1] == pytest.approx(2 * fast[1], abs=1)
    assert slow[1] == pytest.approx(slow[0] / 50, abs=1)


def test_a_move_that_ends_in_time_in_some_rows_is_owed_in_the_others() -> None:
    """Of 24 months: 6 before the start leave time for all that a large team moves, 30 for nothing."""
    loaded = tco.load_scenario(scenario(), set={"labour.migration_team": 1e6})
    design = Design("start", 2, {"transition.start_lag_months": np.array([6.0, 30.0])})
    ledger, line = tco.evaluate(loaded, design), "unfinished move"
    phases = ledger.total(["option", "line", "phase"], "unfinished cluster")["dynamodb"][line]["not moved"]
    assert phases.tolist() == pytest.approx([0, 4], abs=1e-3)
    owed = ledger.total(["option", "line"], "labour hour")["dynamodb"][line]
    assert owed[1] > 100
    assert owed[0] == pytest.approx(0, abs=1e-3)


def test_work_on_a_part_of_a_design_is_split_by_what_each_group_needs() -> None:
    """Two designs that keep their engine need 0.1 and 0.3 of a whole one; in a row without any, as given."""
    needed, given_else = np.array([[[0.1], [0.3]], [[0.0], [0.0]]]), np.array([[[0.6], [0.4]]])
    assert shares_of(needed, given_else)[:, :, 0].tolist() == [pytest.approx([0.25, 0.75]), [0.6, 0.4]]


def test_a_row_without_withdrawals_takes_none_from_the_others() -> None:
    design = Design("withdrawals", 3, {"transition.withdrawals_per_year": np.array([0, 0.01, 0.02])})
    cost = tco.evaluate(tco.load_scenario(scenario()), design).total(["option", "line"])["stay"]["service withdrawal"]
    assert cost[0] == 0 < cost[1]
    assert cost[2] == pytest.approx(2 * cost[1])


def test_upgrade_first_and_then_migrate_is_an_option() -> None:
    """With a policy clusters about to leave are upgraded at their deadline, without one they buy Extended Support."""
    options = {"stay": STAY, "waits": DYNAMODB, "upgrades": {**DYNAMODB, "policy": "settled"}}
    stated = {"upgrades.preparation_months": 0, "transition.start_lag_months": 12, "labour.upgrade_team": 1_000_000}
    found = costs(scenario(options=options), **stated)
    assert found["waits", "Extended Support"] > 0
    assert found["waits", "major upgrades"] == 0
    assert found["upgrades", "Extended Support"] == 0
    assert found["upgrades", "major upgrades"] > 0


def test_leaving_a_key_value_service_is_re_modelling_too() -> None:
    """Moving between engines of a kind keeps the data model; into and out of DynamoDB it does not."""
    key_value = {"shop": group(platform="dynamodb", version=None)}
    here = {"own": {"platform": "ec2"}, "rds": STAY, "dynamodb": DYNAMODB}
    into = costs(scenario(options=here, reference="rds"))
    away = {"dynamodb": DYNAMODB, "dsql": {"platform": "aurora_dsql"}}
    out = costs(scenario(fleet=key_value, options=away, reference="dynamodb"))
    line = "re-modelling and code change"
    assert into["dynamodb", line] > 5 * into["own", line] > 0
    assert out["dsql", line] == pytest.approx(into["dynamodb", line])


def test_one_cluster_that_is_re_modelled_needs_all_the_tooling() -> None:
    """MySQL that moves from own servers to RDS needs a twentieth of it; what comes from DynamoDB needs it all."""
    values = {"transition.tooling_hours": 200, "transition.same_engine_share": 0.05}
    table_data = group(clusters=1, platform="dynamodb", version=None, created="2026-10-01")
    here = {"platform": "ec2", "groups": {"basket": DYNAMODB}}

    def tooling(**fleet: Any) -> dict[str, float]:
        raw = scenario(fleet=fleet, options={"stay": here, "rds": STAY}, months=60)
        table = tco.evaluate(tco.load_scenario(raw, set=values)).table().query("phase == 'tooling' and option == 'rds'")
        return table[table["category"] == "transition"].groupby("group")["quantity"].sum().to_dict()

    own = group(platform="ec2")
    mixed = tooling(shop=own, basket=table_data)
    assert sum(mixed.values()) == pytest.approx(200)
    assert mixed["basket"] == pytest.approx(mixed["shop"] / (4 * 0.05))
    assert sum(tooling(shop=own, basket={**table_data, "clusters": 0}).values()) == pytest.approx(10)


def test_a_withdrawal_of_the_only_host_of_an_engine_is_a_whole_re_modelling() -> None:
    """Graphs run on Neptune alone: 4 designs of 500 hours in one of fifty cases; leaving DynamoDB takes as much."""
    shop = group(engine="neptune", version="1.3", platform="neptune")
    raw = scenario(fleet={"shop": shop}, options={"stay": {"platform": "neptune"}, "dynamodb": DYNAMODB})
    whole = {"upgrades.designs_per_cluster": 1, "transition.exit_hours_per_design": 500}
    loaded = tco.load_scenario(raw, set={**whole, "transition.withdrawals_per_year": 0.01})
    hours = tco.evaluate(loaded).total(["option", "line", "phase"], "labour hour").iloc[0]
    for option in ("stay", "dynamodb"):
        assert hours[option, "service withdrawal", "re-modelling"] == pytest.approx(4 * 500 * 0.01 * 2)

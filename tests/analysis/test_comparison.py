"""The comparison table, payback, and where costs, hours and minutes fall in time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.analysis import comparison
from tco.analysis.comparison import payback, people, size_and_platform
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import CATALOGUE
from tco.report.prose import headlines


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    raw = scenario(
        months=60, fleet={"shop": group(), "dev": group(clusters=2, environment="development", version="8.4")},
        options={"stay": STAY, "green": {**STAY, "method": "blue_green"}, "dynamodb": DYNAMODB},
    )  # fmt: skip
    return tco.evaluate(tco.load_scenario(raw))


def test_the_columns_of_a_comparison(ledger: Ledger) -> None:
    table = tco.compare(ledger)
    assert list(table.columns) == (
        "option total npv labour_hours downtime_minutes difference npv_difference payback_months "
        "discounted_payback_months unfinished".split()
    )
    assert table["option"].tolist() == ["stay", "green", "dynamodb"]
    assert list(table.index) == [0, 1, 2]
    stay = table.iloc[0]
    assert (stay["difference"], stay["npv_difference"]) == (0, 0)
    assert math.isnan(stay["payback_months"])
    assert table["labour_hours"].to_numpy() == pytest.approx(ledger.total("option", "labour hour").iloc[0].to_numpy())


def test_differences_are_to_the_named_reference(ledger: Ledger) -> None:
    other = tco.evaluate(ledger.scenario.model_copy(update={"reference": "dynamodb"}))
    table, original = (tco.compare(found).set_index("option") for found in (other, ledger))
    assert table.loc["dynamodb", "difference"] == 0
    assert table.loc["stay", "difference"] == pytest.approx(-original.loc["dynamodb", "difference"])


@pytest.mark.parametrize(
    ("extra", "months"),
    [
        ([5, 3, -1, -2], 3),  # behind at the end of months 1 and 2, ahead from 3 on
        ([5, 3, 0, -2], 3),
        ([5, -1, 2, -2], 4),  # a renewal in month 3 puts it behind again
        ([5, 4, 3], None),
        ([5, -1, 2], None),
        ([-1, -2, -3], 0),  # never behind: it pays from the start
        ([0, 0, 0], None),  # nothing was spent and nothing saved
        ([-1, 2, -3], 3),
    ],
)
def test_payback_is_the_month_from_which_it_stays_ahead(extra: list[float], months: int | None) -> None:
    found = payback(np.array(extra, dtype=float))
    assert math.isnan(found) if months is None else found == months


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30))
def test_after_payback_nothing_is_owed(flows: list[int]) -> None:
    extra = np.cumsum(np.array(flows, dtype=float))
    found = payback(extra)
    if math.isnan(found):
        assert extra[-1] > 0 or not extra.any()
    elif found == 0:
        assert (extra <= 0).all()
    else:
        month = int(found)
        assert (extra[month - 1 :] <= 0).all()
        assert extra[month - 2] > 0


def test_years_and_months_sum_to_the_total(ledger: Ledger) -> None:
    total = tco.compare(ledger).set_index("option")["total"]
    years = comparison.cost_by_year(ledger)
    assert list(years.columns) == ["option", "year", "cost"]
    assert sorted(years["year"].unique()) == [2027, 2028, 2029, 2030, 2031]
    assert years.groupby("option")["cost"].sum().to_dict() == pytest.approx(total.to_dict())
    months = comparison.cost_over_time(ledger)
    last = months[months["period"] == "2031-12"].set_index("option")["cumulative"]
    assert last.to_dict() == pytest.approx(total.to_dict())


def test_quarters_hold_all_hours(ledger: Ledger) -> None:
    quarters = comparison.labour_by_quarter(ledger)
    assert list(quarters.columns) == ["option", "quarter", "role", "labour_hours"]
    assert set(quarters["quarter"]) == {f"{year} Q{n}" for year in range(2027, 2032) for n in range(1, 5)}
    hours = tco.compare(ledger).set_index("option")["labour_hours"]
    assert quarters.groupby("option")["labour_hours"].sum().to_dict() == pytest.approx(hours.to_dict())
    # MySQL 8.0 has to be upgraded in the first quarter, and 8.4 by 2029-07-31: its two months of work begin in May.
    stay = quarters[(quarters["option"] == "stay") & (quarters["role"] == "developer")].set_index("quarter")
    assert set(stay["labour_hours"].nlargest(2).index) == {"2027 Q1", "2029 Q2"}


def test_transition_and_steady_state_are_apart(ledger: Ledger) -> None:
    stages = comparison.stages(ledger).set_index(["option", "stage"])
    withdrawal = ledger.total(["option", "line"]).iloc[0]
    for option in ("stay", "green"):
        assert stages.loc[(option, "transition"), "cost"] == pytest.approx(withdrawal[option, "service withdrawal"])
        assert stages.loc[(option, "steady state"), "months"] == 60
    moving, after = stages.loc[("dynamodb", "transition")], stages.loc[("dynamodb", "steady state")]
    assert moving["months"] + after["months"] == 60
    assert moving["months"] >= tco.load_scenario(scenario()).assumptions["transition.start_lag_months"].mean
    transition = ledger.total(["option", "category"]).iloc[0]["dynamodb", "transition"]
    assert moving["cost"] > transition > 0
    assert after["cost_per_month"] == pytest.approx(after["cost"] / after["months"])


def test_a_move_that_takes_the_whole_horizon_has_no_steady_state() -> None:
    stages = comparison.stages(tco.evaluate(tco.load_scenario(scenario(months=1)))).set_index(["option", "stage"])
    moving, after = stages.loc[("dynamodb", "transition")], stages.loc[("dynamodb", "steady state")]
    assert (moving["months"], after["months"], after["cost"], after["cost_per_month"]) == (1, 0, 0, 0)
    assert moving["cost"] > 0


def test_downtime_is_apart_by_line_and_part(ledger: Ledger) -> None:
    found = comparison.downtime_by_line(ledger)
    assert set(found["part"]) == {"database", "application", "incident", "regional"}
    years = found["downtime_minutes"] / found["minutes_per_cluster_year"]
    assert years.dropna().to_numpy() == pytest.approx(6 * 5)


def test_lines_and_categories_sum_and_compare(ledger: Ledger) -> None:
    lines, categories = comparison.cost_by_line(ledger), comparison.cost_by_category(ledger)
    assert len(lines) == 3 * sum(len(units) for units in CATALOGUE.values())
    assert len(categories) == 3 * len(CATALOGUE)
    summed = lines.groupby(["option", "category"])["difference"].sum()
    expected = categories.set_index(["option", "category"])["difference"]
    assert summed.reindex(expected.index).to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)


def test_the_two_steps_add_up_and_size_is_the_infrastructure() -> None:
    ledger = tco.evaluate(tco.load_scenario("quickstart"))
    found = size_and_platform(ledger)
    assert found is not None
    npv = ledger.mean("option", "npv")
    assert (found.reference, found.staying, found.leaving) == ("stay", "right_sized", "dynamodb_provisioned")
    assert found.without_move + found.move == pytest.approx(npv["dynamodb_provisioned"] - npv["stay"])
    assert sum(found.by_category.values()) == pytest.approx(found.move)
    parts = ledger.mean(["option", "category"], "npv")
    assert found.size == pytest.approx(parts["right_sized", "infrastructure"] - parts["stay", "infrastructure"])
    said = str(headlines.two_steps(found))
    assert said.startswith("**Size matters more than platform.** right\\_sized stays on the present platform and saves")


def test_no_size_is_claimed_where_instances_are_the_same() -> None:
    scenario = tco.load_scenario("quickstart")
    others = {name: option for name, option in scenario.options.items() if name != "right_sized"}
    found = size_and_platform(tco.evaluate(scenario.model_copy(update={"options": others})))
    assert found is not None
    assert found.staying == found.reference
    assert found.without_move == found.size == 0
    assert str(headlines.two_steps(found)).startswith("**The present platform is cheapest.** ")


def test_nothing_is_said_of_a_fleet_of_none() -> None:
    assert size_and_platform(tco.evaluate(tco.load_scenario("quickstart", fleet_size=0))) is None


@pytest.mark.parametrize("name", ["startup_small", "steady_high_throughput"])
def test_nothing_is_said_where_leaving_is_cheapest(name: str) -> None:
    found: Any = size_and_platform(tco.evaluate(tco.load_scenario(name)))
    assert found is None
    assert str(headlines.two_steps(found)) == ""


def test_hours_are_the_work_of_people(ledger: Ledger) -> None:
    """At so many productive hours a month; the busiest quarter is the one with the most hours a month."""
    found = people(ledger).set_index("option")
    hours = ledger.total(["option", "period"], "labour hour").iloc[0]
    productive = ledger.scenario.assumptions["transition.productive_hours_per_month"].mean
    for option in ledger.options:
        assert found.loc[option, "people"] == pytest.approx(hours[option].mean() / productive)
        quarters = pd.Series(hours[option].to_numpy().reshape(-1, 3).mean(axis=1) / productive)
        assert found.loc[option, "peak_people"] == pytest.approx(quarters.max())
        year, quarter = divmod(int(quarters.idxmax()), 4)
        assert found.loc[option, "peak_quarter"] == f"{2027 + year} Q{quarter + 1}"

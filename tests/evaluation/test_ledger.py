"""The ledger as other people use it: the columns of its table, and totals by any name and measure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_scenarios import STAY, group, scenario

import tco
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import CATALOGUE, CATEGORIES


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    fleet = {"shop": group(), "archive": group(engine="postgresql", version="14", clusters=2, environment="staging")}
    return tco.evaluate(tco.load_scenario(scenario(fleet=fleet)))


def test_columns_of_the_table(ledger: Ledger) -> None:
    table = ledger.table()
    assert list(table.columns) == (
        "period option group category line phase role release quantity unit unit_price cost assumptions".split()
    )
    assert table.index.equals(pd.RangeIndex(len(table)))
    assert all(table[name].dtype == np.float64 for name in ("quantity", "unit_price", "cost"))
    assert table["period"].str.fullmatch(r"\d{4}-\d{2}").all()
    assert set(table["unit"]) <= {
        "instance hour", "GB-month", "million requests", "vCPU hour", "labour hour", "standby week", "downtime minute",
        "cluster-month", "USD", "GB",
    }  # fmt: skip


def test_labour_has_a_role_and_a_release_and_nothing_else_has(ledger: Ledger) -> None:
    table = ledger.table()
    labour = table["unit"].isin(["labour hour", "standby week"]) & (table["quantity"] > 0)
    assert (table[labour]["role"] != "none").all()
    assert (table[labour]["release"] != "none").all()
    assert (table[~labour]["role"] == "none").all()
    assert (table[~labour]["release"] == "none").all()


def test_each_row_names_what_it_rests_on(ledger: Ledger) -> None:
    table = ledger.table()
    named = table[table["quantity"] > 0]["assumptions"].str.split("; ")
    assert named.str.len().min() >= 1
    plan = table[(table["line"] == "major upgrades") & (table["phase"] == "plan") & (table["quantity"] > 0)]
    assert {"upgrades.plan_hours", "labour.engineer_rate"} <= set(plan["assumptions"].iloc[0].split("; "))
    compute = table[(table["line"] == "compute") & (table["group"] == "shop")]["assumptions"].iloc[0]
    assert "AmazonRDS us-east-1 db.r6g.large mysql multi_az on_demand" in compute
    assert "finance.hours_per_month" in compute


def test_a_row_names_what_its_own_group_states() -> None:
    """Of two groups with routine hours of their own each row names its own, that of a third the scenario's."""
    path = "operations.routine_hours_managed"
    fleet = {name: group(assumptions={path: 1}) for name in ("shop", "mail")} | {"rest": group()}
    table = tco.evaluate(tco.load_scenario(scenario(fleet=fleet))).table()
    routine = table.query("line == 'routine administration' and phase == 'per cluster' and option == 'stay'")
    for name, stated in (
        ("shop", f"fleet.shop.assumptions.{path}"),
        ("mail", f"fleet.mail.assumptions.{path}"),
        ("rest", path),
    ):
        named = routine[routine["group"] == name]["assumptions"].iloc[0].split("; ")
        assert [text for text in named if text.endswith(path)] == [stated]


def test_each_line_belongs_to_one_category() -> None:
    lines = [line for lines in CATALOGUE.values() for line in lines]
    assert len(lines) == len(set(lines)) == len(CATEGORIES)
    assert CATEGORIES["training"] == "transition"


@pytest.mark.parametrize("by", ["option", "category", "line", "phase", "role", "release", "unit", "group", "period"])
def test_totals_by_any_name(ledger: Ledger, by: str) -> None:
    total = ledger.total(by)
    assert total.shape[0] == 1
    assert total.index.name == "draw"
    assert total.columns.name == by
    assert total.to_numpy().sum() == pytest.approx(ledger.total("option").to_numpy().sum())


def test_columns_of_a_list_stand_in_its_order(ledger: Ledger) -> None:
    there = ledger.total(["category", "option"])
    back = ledger.total(["option", "category"])
    assert there.columns.names == ["category", "option"]
    assert back.columns.names == ["option", "category"]
    assert there.columns[0] == ("infrastructure", "stay")
    assert back.columns[0] == ("stay", "infrastructure")
    for category, option in there.columns:
        assert there[category, option].iloc[0] == pytest.approx(back[option, category].iloc[0])
    three = ledger.total(["period", "group", "option"])
    assert three.columns.nlevels == 3
    assert three.columns[0] == ("2027-01", "shop", "stay")


def test_names_stand_in_the_order_of_the_scenario(ledger: Ledger) -> None:
    assert list(ledger.total("option").columns) == ["stay", "dynamodb"]
    assert list(ledger.total("group").columns) == ["shop", "archive"]
    assert list(ledger.total("category").columns) == list(CATALOGUE)
    assert list(ledger.total("period").columns) == sorted(ledger.periods)


def test_measures(ledger: Ledger) -> None:
    table = ledger.table()
    for measure in ("labour hour", "downtime minute", "instance hour", "cluster-month"):
        rows = table[table["unit"] == measure].groupby("option")["quantity"].sum()
        assert ledger.total("option", measure=measure).iloc[0].to_dict() == pytest.approx(rows.to_dict())
    assert (ledger.total("option", "npv") < ledger.total("option")).to_numpy().all()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("options",), "'option'"),
        ((["option", "categories"],), "'category'"),
        (("option", "labor hour"), "'labour hour'"),
        (("option", "costs"), "'cost'"),
        ((["option", "option"],), "twice"),
        (([],), "at least one"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(ledger: Ledger, arguments: tuple[Any, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        ledger.total(*arguments)


@pytest.mark.parametrize("draw", [-1, 1, 99])
def test_a_row_that_the_design_does_not_have(ledger: Ledger, draw: int) -> None:
    with pytest.raises(InputError, match="rows 0 to 0"):
        ledger.table(draw)


def test_a_ledger_knows_its_scenario(ledger: Ledger) -> None:
    assert ledger.options == ("stay", "dynamodb")
    assert ledger.groups == ("shop", "archive")
    assert ledger.reference == "stay"
    assert len(ledger.periods) == 24
    assert ledger.scenario.name == "small"


def test_evaluating_again_gives_the_same(ledger: Ledger) -> None:
    again = tco.evaluate(ledger.scenario)
    pd.testing.assert_frame_equal(again.table(), ledger.table(), check_exact=True)


def test_credits_are_the_only_negative_amounts(ledger: Ledger) -> None:
    table = ledger.table()
    assert set(table[table["cost"] < 0]["line"]) <= {"SLA credits received"}
    assert set(table[table["unit_price"] < 0]["unit_price"]) <= {-1.0}


def test_what_is_stated_and_not_charged_costs_nothing() -> None:
    table = tco.evaluate(
        tco.load_scenario(scenario(options={"stay": {**STAY, "policy": "never"}, "other": STAY}))
    ).table()  # fmt: skip
    past = table[(table["line"] == "months past free patches") & (table["option"] == "stay")]
    assert past["quantity"].sum() == pytest.approx(4 * 24)
    assert (past["cost"] == 0).all()


def test_totals_of_many_draws_are_the_sums_of_the_rows_of_each() -> None:
    """A draw's table is made from its row of the design alone; 257 draws fill no block or range of draws evenly."""
    small = tco.load_scenario("startup_small")
    ledger = tco.evaluate(small, tco.monte_carlo(small, 257, seed=7))
    months = {period: month for month, period in enumerate(ledger.periods, 1)}
    units = ("labour hour", "downtime minute")
    names: list[Any] = ["option", ["option", "category", "line"], ["option", "line", "group"], ["option", "period"]]
    totals = [(by, of, ledger.total(by, of)) for by in names for of in ("cost", "npv", *units)]
    for draw in (0, 100, 256):
        table = ledger.table(draw)
        amounts = {unit: table["quantity"].where(table["unit"] == unit, 0.0) for unit in units}
        amounts["npv"] = table["cost"] * 1.08 ** (-table["period"].map(months) / 12)
        for by, measure, total in totals:
            rows = table.assign(**amounts).groupby(by)[measure].sum()
            found = total.loc[draw]
            assert set(rows[rows != 0].index) <= set(found.index), (draw, "a line is missing")
            # Request units of one draw are worked out; those of many are interpolated between tabulated ones.
            np.testing.assert_allclose(found, rows.reindex(found.index, fill_value=0.0), rtol=1e-7, atol=1e-6)

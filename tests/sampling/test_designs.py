"""A design's row is a scenario of its own: what a sweep says of a value is what the scenario with that value says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.errors import InputError
from tco.loading.loading import baseline
from tco.sampling.designs import Design, numeric_paths, one_at_a_time, point, sweep

AMOUNT = 1e-6
BY = ["option", "line"]


def alone(raw: dict[str, Any], measure: str = "cost", **keywords: Any) -> dict[Any, float]:
    return totals_of(tco.evaluate(tco.load_scenario(raw, **keywords)), measure)


def totals_of(ledger: tco.Ledger, measure: str = "cost") -> dict[Any, float]:
    found: dict[Any, float] = ledger.total(BY, measure).iloc[0].to_dict()
    return found


RANGED = sorted(path for path, entry in baseline().items() if entry.low is not None and entry.low != entry.high)


def inside(path: str, share: float) -> float:
    """A value of an assumption between its low and high."""
    entry = baseline()[path]
    return float(entry.low + share * (entry.high - entry.low))


# -- sweeps ----------------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(scenarios(), st.sampled_from(RANGED), st.floats(0, 1))
@example(scenario(), "upgrades.preparation_months", 1.0)
@example(scenario(), "operations.archive_retention_years", 0.0)
@example(scenario(options={"stay": {**STAY, "upgrade_hours_per_month": 40}, "dynamodb": DYNAMODB}),
         "upgrades.compatibility_hours_per_design", 1.0)  # fmt: skip
def test_a_row_of_a_sweep_is_the_scenario_with_that_value(raw: dict[str, Any], path: str, share: float) -> None:
    values = [inside(path, 0.3), inside(path, share)]
    ledger = tco.evaluate(tco.load_scenario(raw), sweep(tco.load_scenario(raw), path, values))
    assert list(ledger.total("option").index) == [0, 1]
    for row, value in enumerate(values):
        single = tco.evaluate(tco.load_scenario(raw, set={path: value}))
        for measure in ("cost", "npv"):
            swept = ledger.total(BY, measure).iloc[row].to_dict()
            assert swept == pytest.approx(totals_of(single, measure), rel=1e-9, abs=AMOUNT)


@settings(max_examples=6)
@given(scenarios(), st.integers(0, 500))
@example(scenario(options={"stay": {**STAY, "upgrade_hours_per_month": 40}, "dynamodb": DYNAMODB}), 60)
def test_a_sweep_of_the_fleet_size_is_the_scenario_at_that_size(raw: dict[str, Any], size: int) -> None:
    raw = {**raw, "fleet": {"only": {**next(iter(raw["fleet"].values())), "clusters": 5}}}
    loaded = tco.load_scenario(raw)
    swept = tco.evaluate(loaded, sweep(loaded, "fleet_size", [1, size])).total(BY)
    assert swept.iloc[0].to_dict() == pytest.approx(alone(raw, fleet_size=1), rel=1e-9, abs=AMOUNT)
    assert swept.iloc[1].to_dict() == pytest.approx(alone(raw, fleet_size=size), rel=1e-9, abs=AMOUNT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fleet.shop.clusters", 9),
        ("fleet.shop.storage_gb", 640.5),
        ("fleet.shop.iops", 14_000),
        ("fleet.shop.backup_gb", 77),
        ("fleet.shop.workload.reads_per_second", 31.25),
        ("fleet.shop.workload.writes_per_second", 0),
        ("fleet.shop.workload.item_bytes", 5000),
    ],
)
def test_a_sweep_of_a_number_of_the_fleet_is_the_scenario_with_it(path: str, value: float) -> None:
    raw = scenario(fleet={"shop": group(), "other": group(version="8.4", clusters=2)})
    loaded = tco.load_scenario(raw)
    swept = tco.evaluate(loaded, sweep(loaded, path, [value])).total(BY).iloc[0]
    assert swept.to_dict() == pytest.approx(alone(raw, set={path: value}), rel=1e-9, abs=AMOUNT)


def test_a_sweep_of_the_fleet_size_scales_designs_that_groups_state() -> None:
    raw = scenario(fleet={"shop": group(designs=3), "other": group(version="8.4")})
    loaded = tco.load_scenario(raw)
    swept = tco.evaluate(loaded, sweep(loaded, "fleet_size", [4, 24])).total(BY)
    for row, size in enumerate((4, 24)):
        assert swept.iloc[row].to_dict() == pytest.approx(alone(raw, fleet_size=size), rel=1e-9, abs=AMOUNT)


def test_half_a_cluster_of_a_fleet_that_is_scaled_brings_half_a_design() -> None:
    loaded = tco.load_scenario(scenario(fleet={"shop": group(clusters=1, designs=1)}))
    trained = tco.evaluate(loaded, sweep(loaded, "fleet_size", [1, 0.5])).total(["option", "line"])
    one, half = trained["dynamodb", "training"]
    assert half == pytest.approx(one / 2)
    assert one > 0


def test_a_group_of_none_that_a_sweep_fills_brings_its_designs() -> None:
    raw = scenario(fleet={"shop": group(), "none": group(clusters=0)})
    loaded = tco.load_scenario(raw)
    swept = tco.evaluate(loaded, sweep(loaded, "fleet.none.clusters", [4])).total(BY).iloc[0]
    assert swept.to_dict() == pytest.approx(alone(raw, set={"fleet.none.clusters": 4}), rel=1e-9, abs=AMOUNT)


def test_below_one_cluster_a_fleet_takes_that_part_of_what_one_takes() -> None:
    """At 0.5 and 0.25 clusters; what of a wave's tooling is left for the next one is of as much as it needs."""
    raw = scenario(fleet={"shop": group(clusters=1, platform="ec2", version="5.7", instances=3)}, months=60)
    raw["options"] = {name: {"platform": "ec2", "policy": "newest", "method": name} for name in ("rolling", "in_place")}
    loaded = tco.load_scenario({**raw, "reference": "rolling"}, set={"labour.staff_turnover": 0.2})
    hours = tco.evaluate(loaded, sweep(loaded, "fleet_size", [1, 0.5, 0.25])).total(
        ["option", "line", "phase"], "labour hour"
    )
    for option in loaded.options:
        phases = hours[option]["major upgrades"]
        assert (phases[["tooling", "plan", "regression test", "cut-over", "further nodes"]].iloc[0] > 0).all()
        for row, part in ((1, 0.5), (2, 0.25)):
            assert phases.iloc[row].to_dict() == pytest.approx((part * phases.iloc[0]).to_dict(), rel=1e-9)


MIXED = {
    "shop": group(version="5.7", platform="ec2", instances=3),
    "mail": group(clusters=2, engine="postgresql", version="13", region="eu-west-1"),
    "blog": group(clusters=6, engine="postgresql", version="14", designs=2),
    "test": group(clusters=2, version="8.0", environment="test"),
}


def test_each_row_of_a_design_that_varies_much_is_what_it_is_alone() -> None:
    """Groups of none, of a part of a cluster and of many, rates of their own, growth, luck: no row changes another."""
    stay = {"platform": "rds", "policy": "newest", "groups": {"shop": {"platform": "ec2", "method": "rolling"}}}
    options = {"stay": stay, "green": {**STAY, "method": "blue_green"}, "dynamodb": DYNAMODB}
    loaded = tco.load_scenario(scenario(months=36, fleet=MIXED, options=options))
    columns = {
        "fleet.shop.clusters": [0, 0.4, 1, 30],
        "fleet.mail.clusters": [0, 3, 0.5, 5],
        "fleet.test.clusters": [0, 0, 0, 40],
        "growth.clusters_per_year": [0, 0.3, 0, 0.1],
        "fleet.blog.assumptions.growth.clusters_per_year": [0, 0, 0.8, 0.2],
        "fleet.mail.assumptions.growth.load_per_year": [0.2, 0, 0, 0.1],
        "fleet.mail.assumptions.upgrades.designs_per_cluster": [0, 0.1, 1, 0.4],
        "fleet.blog.assumptions.upgrades.regression_hours_per_design": [10, 0, 30, 60],
        "upgrades.learning_rate": [1, 0.6, 0.8, 0.9],
        "labour.staff_turnover": [0, 0.3, 0.9, 0.1],
        "luck.cutover.shop": [0.2, 0.9, 0.999, 0.5],
        "luck.migration.mail": [0.9, 0.999, 0.99, 0.7],
        "luck.failure.blog": [0.1, 0.3, 0.5, 0.99],
        "luck.regional.eu-west-1": [0.5, 0.99, 0.999, 0.9],
    }
    design = Design("much", 4, {path: np.array(column, dtype=float) for path, column in columns.items()})
    by = ["option", "line", "phase", "group"]
    together = tco.evaluate(loaded, design).total(by)
    for row in range(4):
        single = Design("one", 1, {path: column[row : row + 1] for path, column in design.columns.items()})
        alone = tco.evaluate(loaded, single).total(by).iloc[0].reindex(together.columns, fill_value=0.0)
        assert together.iloc[row].to_dict() == pytest.approx(alone.to_dict(), rel=1e-9, abs=1e-9)


def test_the_head_of_a_design_is_its_first_rows() -> None:
    loaded = tco.load_scenario(scenario())
    design = sweep(loaded, "labour.engineer_rate", [50.0, 80.0])
    assert design.head(1).frame()["labour.engineer_rate"].tolist() == [50]
    assert design.column("labour.engineer_rate", 1, 1).tolist() == [80]
    assert design.column("fleet_size", 0, 1) is None
    assert design.at({"finance.discount_rate": 0.1}).only(["labour.engineer_rate"]).paths == design.paths


def test_rows_do_not_depend_on_their_neighbours() -> None:
    loaded = tco.load_scenario(scenario())
    many = tco.evaluate(loaded, sweep(loaded, "labour.engineer_rate", [50.0, 80.0, 200.0])).total("option")
    for row, rate in enumerate((50.0, 80.0, 200.0)):
        one = tco.evaluate(loaded, sweep(loaded, "labour.engineer_rate", [rate])).total("option")
        assert one.iloc[0].to_dict() == pytest.approx(many.iloc[row].to_dict(), rel=1e-12)


@pytest.mark.parametrize("draw", [0, 2])
def test_a_table_of_any_row_adds_up_to_its_total(draw: int) -> None:
    loaded = tco.load_scenario(scenario())
    ledger = tco.evaluate(loaded, sweep(loaded, "fleet_size", [3, 5.5, 40]))
    table = ledger.table(draw)
    assert table.groupby("option")["cost"].sum().to_dict() == pytest.approx(ledger.total("option").iloc[draw].to_dict())
    assert (table["cost"] == table["quantity"] * table["unit_price"]).all()


# -- one at a time ---------------------------------------------------------------------------------------------------


def test_one_at_a_time_moves_one_assumption_to_its_low_and_then_its_high() -> None:
    loaded = tco.load_scenario(scenario())
    paths = ["labour.engineer_rate", "upgrades.preparation_months", "finance.discount_rate", "upgrades.learning_rate"]
    design = one_at_a_time(loaded, paths)
    found = tco.evaluate(loaded, design).total("option", "npv")
    assert len(found) == 2 * len(paths)
    for place, path in enumerate(paths):
        for row, value in ((2 * place, baseline()[path].low), (2 * place + 1, baseline()[path].high)):
            expected = alone(scenario(), "npv", set={path: value})
            of_options = pd.Series(expected).groupby(level=0).sum()
            assert found.iloc[row].to_dict() == pytest.approx(of_options.to_dict(), rel=1e-9)


def test_without_paths_every_assumption_that_has_a_range_is_moved() -> None:
    loaded = tco.load_scenario(scenario())
    assert sorted(one_at_a_time(loaded).paths) == RANGED
    certain = tco.load_scenario(scenario(), set={"labour.engineer_rate": {"low": 90, "high": 90, "shape": "uniform"}})
    assert "labour.engineer_rate" not in one_at_a_time(certain).paths


def test_an_assumption_without_a_range_cannot_be_moved() -> None:
    with pytest.raises(InputError, match=r"assumption with a range 'labour\.engineer_rates'.*labour\.engineer_rate"):
        one_at_a_time(tco.load_scenario(scenario()), ["labour.engineer_rates"])


# -- point and refusals ----------------------------------------------------------------------------------------------


def test_the_point_design_shows_the_means() -> None:
    loaded = tco.load_scenario(scenario(assumptions={"labour.engineer_rate": 123}))
    frame = point(loaded).frame()
    assert frame.shape == (1, len(loaded.assumptions))
    assert frame["labour.engineer_rate"].tolist() == [123.0]
    # lognormal between 73 and 151: exp(m + s^2 / 2) with m = ln sqrt(73 x 151), s = ln(151 / 73) / (2 x 1.645)
    mean = np.sqrt(73 * 151) * np.exp((np.log(151 / 73) / 3.2897072539) ** 2 / 2)
    assert point(tco.load_scenario(scenario())).frame()["labour.engineer_rate"].iloc[0] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("labour.engineer_rat", [1], "labour.engineer_rate"),
        ("fleet.shop.engine", [1], "numeric input"),
        ("fleet.sho.clusters", [1], "fleet.shop.clusters"),
        ("options.stay.platform", [1], "numeric input"),
        ("fleet_size", [], "at least one"),
        ("fleet_size", [-1], "from 0 up"),
        ("fleet_size", [float("nan")], "finite"),
        ("fleet_size", [float("inf")], "finite"),
        ("fleet_size", [[1, 2]], "at least one"),
        ("downtime.affected_share", [1.5], "between 0 and 1"),
        ("upgrades.learning_rate", [0.2], "between 0.5 and 1"),
    ],
)
def test_what_cannot_be_swept_is_refused(path: str, values: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sweep(tco.load_scenario(scenario()), path, values)


def test_what_a_design_may_vary_are_assumptions_fleet_numbers_and_the_fleet_size() -> None:
    paths = numeric_paths(tco.load_scenario(scenario()))
    assert {"fleet_size", "labour.engineer_rate", "fleet.shop.clusters", "fleet.shop.workload.item_bytes"} <= set(paths)
    assert not [path for path in paths if path.startswith("options.")]


def test_a_fleet_without_clusters_can_only_be_scaled_to_none() -> None:
    loaded = tco.load_scenario(scenario(fleet={"shop": group(clusters=0)}))
    with pytest.raises(InputError, match="cannot be scaled"):
        tco.evaluate(loaded, sweep(loaded, "fleet_size", [10]))


def test_a_group_that_is_empty_in_some_rows_counts_in_the_others_only() -> None:
    """Whole clusters by the largest remainder: five leave a group of the packaged fleet without any, sixty do not."""
    loaded = tco.load_scenario("quickstart")
    sized = [tco.load_scenario("quickstart", fleet_size=size) for size in (5, 60)]
    columns = {
        f"fleet.{name}.clusters": np.array([float(scaled.fleet[name].clusters) for scaled in sized])
        for name in loaded.fleet
    }
    columns["fleet_size"] = np.array([5.0, 60.0])  # teams grow with the fleet
    found = tco.evaluate(loaded, Design("sizes", 2, columns)).total(BY)
    for row, scaled in enumerate(sized):
        expected = tco.evaluate(scaled).total(BY).iloc[0].to_dict()
        assert found.iloc[row].to_dict() == pytest.approx(expected, rel=1e-9, abs=AMOUNT)

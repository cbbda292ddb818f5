"""Break-even under uncertainty and maps of two inputs, against crossings that can be worked out."""

from __future__ import annotations

import numpy as np
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.analysis.break_even import crossings, two_way_map
from tco.analysis.crossing_draws import SEVERAL, BreakEven, crossings_by_draw
from tco.analysis.fleet_inputs import columns_at, current_value
from tco.analysis.one_change_reversals import reversals
from tco.errors import InputError
from tco.scenario.scenario import Scenario

RATE = "labour.engineer_rate"
MODELLING = "transition.modelling_hours_per_design"


@pytest.fixture(scope="module")
def small() -> Scenario:
    return tco.load_scenario(scenario())


@pytest.fixture(scope="module")
def five_years() -> Scenario:
    return tco.load_scenario(scenario(months=60))


@pytest.fixture(scope="module")
def found(small: Scenario) -> BreakEven:
    return crossings_by_draw(small, MODELLING, 1, 20_000, draws=100, seed=1)


def gap(stated: Scenario, rate: float) -> float:
    """NPV of dynamodb less that of stay at an engineer rate."""
    totals = tco.evaluate(stated, tco.sweep(stated, RATE, [rate])).total("option", "npv").iloc[0]
    return float(totals["dynamodb"] - totals["stay"])


def test_the_closed_form_of_a_linear_difference(five_years: Scenario) -> None:
    """With everything else known the difference is linear in the engineer rate: a + b x. From 1 and 2 USD an hour,
    b = gap(2) - gap(1) and a = gap(1) - b, so it crosses 0 at -a / b, about 5 USD an hour.
    """
    slope = gap(five_years, 2.0) - gap(five_years, 1.0)
    expected = 1.0 - gap(five_years, 1.0) / slope
    assert 4 < expected < 7
    assert crossings(five_years, RATE, 1, 100)["value"].tolist() == pytest.approx([expected], rel=1e-4)
    means = {path: entry.mean for path, entry in five_years.assumptions.items() if path != RATE}
    known = tco.load_scenario(scenario(months=60), set=means)
    result = crossings_by_draw(known, RATE, 1, 100, draws=4, seed=2)
    assert result.changes["value"].to_numpy() == pytest.approx(np.full(4, expected), rel=1e-3)
    assert result.patterns()["pattern"].tolist() == ["once: dynamodb, then stay"]


def test_shares_of_the_patterns_add_up(found: BreakEven) -> None:
    frame = found.patterns()
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["share"].is_monotonic_decreasing
    assert {pattern.split(":")[0] for pattern in frame["pattern"]} <= {"never", "once", SEVERAL}


def test_more_re_modelling_turns_from_moving_to_staying(found: BreakEven) -> None:
    """The cost of moving rises with its hours, so where the cheapest changes it is from dynamodb to stay, once."""
    frame = found.quantiles()
    assert frame[["cheapest_below", "cheapest_above"]].to_numpy().tolist() == [["dynamodb", "stay"]]
    (row,) = frame.to_dict("records")
    assert 1 < row["p10"] < row["p50"] < row["p90"] < 20_000


def test_each_crossing_is_one_in_its_own_draw(small: Scenario, found: BreakEven) -> None:
    """In each of the draws the two options cost the same, within a thousandth, at the value found."""
    once = found.changes.drop_duplicates("draw").head(20)
    design = tco.monte_carlo(small, 100, seed=1, luck=False)
    for draw, value in zip(once["draw"], once["value"], strict=True):
        totals = tco.evaluate(small, design.at({MODELLING: value})).total("option", "npv").iloc[draw]
        assert totals["dynamodb"] == pytest.approx(totals["stay"], rel=2e-3)


def test_chances_by_value_add_up_and_match_the_patterns(found: BreakEven) -> None:
    frame = found.probabilities()
    assert frame.groupby("value")["probability"].sum().to_numpy() == pytest.approx(np.ones(40))
    first = frame[frame["value"] == frame["value"].min()].set_index("option")["probability"]
    starts = found.patterns()
    begins_with_stay = starts[starts["pattern"].str.contains(": stay")]["share"].sum()
    assert first["stay"] == pytest.approx(begins_with_stay)


def test_identical_options_never_cross() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    result = crossings_by_draw(twins, draws=20)
    assert result.patterns()["pattern"].tolist() == ["never: one throughout"]
    assert result.quantiles().empty
    assert list(result.changes.columns) == ["draw", "value", "cheapest_below", "cheapest_above"]


def test_some_options_can_be_singled_out() -> None:
    three = tco.load_scenario(scenario(options={"one": STAY, "other": STAY, "dynamodb": DYNAMODB}, reference="one"))
    assert crossings_by_draw(three, draws=2, between=["dynamodb", "one"]).options == ("one", "dynamodb")
    with pytest.raises(InputError, match="two or more options"):
        crossings_by_draw(three, draws=2, between=["one"])
    with pytest.raises(InputError, match="unknown option 'two'"):
        crossings_by_draw(three, draws=2, between=["one", "two"])


@pytest.mark.parametrize(
    ("path", "low", "high", "told"),
    [
        ("labour.engineer_rates", 1, 2, "did you mean 'labour.engineer_rate'"),
        (RATE, 5, 5, "from a low of 0 or more to a higher high"),
        ("upgrades.learning_rate", 0.1, 0.9, "values lie between 0.5 and 1"),
    ],
)
def test_wrong_questions_are_refused(small: Scenario, path: str, low: float, high: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        crossings_by_draw(small, path, low, high, draws=2)


def test_requests_of_the_whole_fleet_keep_their_proportions() -> None:
    """4 clusters with 200 + 40 and 12 with 20 + 4 requests a second: (4 x 240 + 12 x 24) / 16 = 78 on average."""
    busy = {"reads_per_second": 200, "writes_per_second": 40, "item_bytes": 1000}
    calm = {"reads_per_second": 20, "writes_per_second": 4, "item_bytes": 1000}
    stated = tco.load_scenario(scenario(fleet={"a": group(workload=busy), "b": group(clusters=12, workload=calm)}))
    assert current_value(stated, "requests_per_second") == pytest.approx(78)
    columns = columns_at(stated, "requests_per_second", [78, 156])
    assert columns["fleet.a.workload.writes_per_second"].tolist() == pytest.approx([40, 80])
    assert columns["fleet.b.workload.reads_per_second"].tolist() == pytest.approx([20, 40])
    only_writes = columns_at(stated, "fleet.*.workload.writes_per_second", [26])
    assert {path: column.tolist() for path, column in only_writes.items()} == {
        "fleet.a.workload.writes_per_second": pytest.approx([80]),
        "fleet.b.workload.writes_per_second": pytest.approx([8]),
    }


def test_numbers_of_today_are_read_by_path(small: Scenario) -> None:
    assert current_value(small, "fleet_size") == 4
    assert current_value(small, "fleet.shop.workload.reads_per_second") == 200
    assert current_value(small, RATE) == small.assumptions[RATE].mean
    with pytest.raises(InputError, match="unknown numeric input"):
        current_value(small, "fleet.shop.engine")
    with pytest.raises(InputError, match="0 in every group"):
        columns_at(small, "fleet.*.iops", [100])


def test_a_map_agrees_with_single_evaluations(small: Scenario) -> None:
    frame = two_way_map(small, "fleet_size", MODELLING, [1, 30], [10, 5000])
    assert frame[["x", "y"]].to_numpy().tolist() == [[1, 10], [1, 5000], [30, 10], [30, 5000]]
    for row in frame.to_dict("records"):
        one = tco.load_scenario(scenario(), set={MODELLING: row["y"]}, fleet_size=int(row["x"]))
        totals = tco.evaluate(one).total("option", "npv").iloc[0].sort_values()
        assert (row["cheapest"], row["second"]) == tuple(totals.index)
        assert row["lead"] == pytest.approx(totals.iloc[1] - totals.iloc[0])
        assert row["lead_share"] == pytest.approx(row["lead"] / totals.iloc[0])


def test_a_map_has_two_different_inputs(small: Scenario) -> None:
    with pytest.raises(InputError, match="both inputs of the map change"):
        two_way_map(small, "requests_per_second", "fleet.shop.workload.reads_per_second", [1], [1])


def test_a_reversal_flips_the_answer_where_it_says(five_years: Scenario) -> None:
    ledger = tco.evaluate(five_years)
    frame = reversals(ledger)
    assert not frame.empty
    assert frame["probability"].is_monotonic_decreasing
    cheapest = ledger.total("option", "npv").iloc[0].idxmin()
    for row in frame.head(3).to_dict("records"):
        beyond = 1.001 if row["value"] > row["mean"] else 0.999
        for factor, winner in ((beyond, row["cheapest"]), (1 / beyond, cheapest)):
            moved = tco.load_scenario(scenario(months=60), set={row["path"]: row["value"] * factor})
            assert tco.evaluate(moved).total("option", "npv").iloc[0].idxmin() == winner


def test_how_plausible_a_reversal_is(five_years: Scenario) -> None:
    """The chance that a lognormal from 200 (5th percentile) to 2,450 or so lies beyond the value at which it flips."""
    frame = reversals(tco.evaluate(five_years)).set_index("path")
    row = frame.loc[MODELLING]
    drawn = tco.monte_carlo(five_years, 20_000, seed=3).frame([MODELLING])[MODELLING]
    beyond = (drawn > row["value"]) if row["value"] > row["mean"] else (drawn < row["value"])
    assert row["probability"] == pytest.approx(beyond.mean(), abs=0.01)


def test_nothing_reverses_identical_options() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    assert reversals(tco.evaluate(twins)).empty

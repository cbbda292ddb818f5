"""What knowing is worth on the engine: closed form of two options, nothing where nothing can change the decision."""

from __future__ import annotations

import numpy as np
import pytest
from small_scenarios import STAY, scenario

import tco
from tco.analysis.value_of_information import LOG, measurable, perfect_information, worth_of_knowing
from tco.errors import InputError
from tco.evaluation.ledger import Ledger

MODELLING = "transition.modelling_hours_per_design"
RATE = "labour.engineer_rate"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    stated = tco.load_scenario(scenario(months=60))
    return tco.evaluate(stated, tco.monte_carlo(stated, 2000, seed=1))


def test_with_one_uncertain_assumption_it_is_worth_everything(ledger: Ledger) -> None:
    one = tco.evaluate(ledger.scenario, ledger.design.only([MODELLING]))
    frame = worth_of_knowing(one, groups={}).set_index("name")
    assert frame["share"].tolist() == pytest.approx([1.0, 1.0], rel=0.02)
    costs = one.total("option", "npv").to_numpy()
    by_hand = min(costs.mean(axis=0)) - costs.min(axis=1).mean()
    assert frame.loc["everything", "value"] == pytest.approx(by_hand)


def test_two_options_with_a_difference_linear_in_a_normal_assumption() -> None:
    """The difference is a + b x in the business value x of a minute; with x normal, EVPI has its closed form."""
    from tco.analysis.value_of_information import normal_perfect_information

    path = "downtime.value_per_minute"
    our = {"title": "Ours", "as_of": "2026-10-01", "kind": "measured"}

    def gap(value: float) -> float:
        totals = tco.evaluate(tco.load_scenario(scenario(), set={path: value})).total("option", "npv").iloc[0]
        return float(totals["dynamodb"] - totals["stay"])

    slope = gap(1.0) - gap(0.0)
    even = -gap(0.0) / slope  # where both options cost the same
    low, high = 0.7 * abs(even), 1.5 * abs(even)
    normal = {path: {"low": low, "high": high, "shape": "normal", "source": our}}
    stated = tco.load_scenario(scenario(assumptions=normal))
    drawn = tco.evaluate(stated, tco.monte_carlo(stated, 8192, seed=2).only([path]))
    worth = worth_of_knowing(drawn, groups={}).set_index("name").loc["everything"]
    mean, deviation = (low + high) / 2, (high - low) / (2 * 1.6448536)
    expected = normal_perfect_information(gap(0.0) + slope * mean, abs(slope) * deviation)
    assert worth["value"] == pytest.approx(expected, rel=0.02, abs=1e-6)


def test_everything_is_worth_the_most_and_luck_is_left_out(ledger: Ledger) -> None:
    frame = worth_of_knowing(ledger)
    everything = frame.iloc[0]
    assert everything["kind"] == "everything"
    assert (frame["value"].dropna() <= everything["value"] + 3 * everything["standard_error"]).all()
    assert not frame["name"].str.startswith("luck").any()
    with_luck = perfect_information(ledger.total("option", "npv").to_numpy())
    assert everything["value"] <= with_luck.value + 3 * with_luck.standard_error
    assert set(frame["kind"]) == {"everything", "group", "assumption"}
    for _, part in frame.groupby("kind"):
        assert part["value"].dropna().is_monotonic_decreasing


def test_the_group_of_re_modelling_is_worth_at_least_its_largest_part(ledger: Ledger) -> None:
    frame = worth_of_knowing(ledger).set_index("name")
    group = frame.loc["Hours of a trial move"]
    assert group["value"] >= frame.loc[MODELLING, "value"] - 3 * group["standard_error"]
    assert frame.loc[MODELLING, "share"] > 0.2


def test_identical_options_leave_nothing_to_learn() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    frame = worth_of_knowing(tco.evaluate(twins, tco.monte_carlo(twins, 200)))
    assert (frame["value"] == 0).all()
    assert (frame["share"] == 0).all()


def test_few_draws_leave_blanks_instead_of_noise(ledger: Ledger) -> None:
    few = worth_of_knowing(tco.evaluate(ledger.scenario, ledger.design.head(60))).set_index("name")
    assert np.isnan(few.loc[MODELLING, "value"])
    assert not np.isnan(few.loc["everything", "value"])


def test_groups_are_named_paths(ledger: Ledger) -> None:
    frame = worth_of_knowing(ledger, groups={"Finance": [RATE]}).set_index("name")
    assert frame.loc["Finance", "value"] == frame.loc[RATE, "value"]
    with pytest.raises(InputError, match=r"groups.Finance: unknown uncertain assumption 'labour.rate'"):
        worth_of_knowing(ledger, groups={"Finance": ["labour.rate"]})
    assert "upgrades.cutover_hours_first" in measurable(ledger.scenario)[LOG]

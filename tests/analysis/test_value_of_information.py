"""What knowing is worth: closed forms of two options, and nothing where nothing can change the decision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_scenarios import STAY, scenario

import tco
from tco.analysis.value_of_information import (
    LOG,
    measurable,
    partial_information,
    perfect_information,
    regression_terms,
    worth_of_knowing,
)
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.scenario.scenario import Correlation

MODELLING = "transition.modelling_hours_per_design"
RATE = "labour.engineer_rate"
DRAWS = 20_000


def normals(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((DRAWS, count))


def normal_perfect_information(mean_gain: float, deviation: float) -> float:
    """The closed form for two options whose difference is normal: s phi(m/s) - |m| Phi(-|m|/s)."""
    distance = abs(mean_gain) / deviation
    density = math.exp(-(distance**2) / 2) / math.sqrt(2 * math.pi)
    return deviation * (density - distance * math.erfc(distance / math.sqrt(2)) / 2)


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
    assert frame.index[frame["kind"] == "assumption"][0] == MODELLING
    assert frame.loc[MODELLING, "value"] > 0


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


@pytest.mark.parametrize("mean", [0.0, 10.0, -10.0, 60.0])
def test_perfect_information_of_two_options_with_a_normal_difference(mean: float) -> None:
    """A costs nothing, B costs N(mean, 20): the value is 20 phi(mean/20) - |mean| Phi(-|mean|/20)."""
    costs = np.column_stack([np.zeros(DRAWS), mean + 20 * normals(1, 1)[:, 0]])
    found = perfect_information(costs)
    assert found.value == pytest.approx(normal_perfect_information(mean, 20.0), abs=4 * found.standard_error + 1e-9)


def test_the_closed_form_at_a_known_point() -> None:
    """m = 1, s = 1: phi(1) - Phi(-1) = 0.241971 - 0.158655 = 0.083315 (unit normal loss integral tables)."""
    assert normal_perfect_information(1.0, 1.0) == pytest.approx(0.083315, abs=1e-6)


def test_partial_information_is_that_of_the_assumptions_own_part() -> None:
    """The difference is 5 + 12 x + 16 y: knowing x alone resolves a normal with deviation 12, both one with 20."""
    x, y = normals(2, 2).T
    costs = np.column_stack([np.zeros(DRAWS), 5 + 12 * x + 16 * y])
    for columns, deviation in ((x[:, None], 12.0), (y[:, None], 16.0), (np.column_stack([x, y]), 20.0)):
        found = partial_information(costs, columns)
        expected = normal_perfect_information(5.0, deviation)
        assert found.value == pytest.approx(expected, abs=4 * found.standard_error)
        assert found.standard_error < 0.1 * expected


def test_partial_information_follows_a_bent_and_skewed_influence() -> None:
    """The difference is exp(x) - 1.5 with x normal and noise beside it; the expected gain by x alone is
    E[max(0, 1.5 - exp(x))] = 1.5 Phi(ln 1.5) - exp(1/2) Phi(ln 1.5 - 1), since the mean, exp(1/2) - 1.5, is above 0.
    """
    x, noise = normals(3, 2).T
    costs = np.column_stack([np.zeros(DRAWS), np.exp(x) - 1.5 + noise])

    def below(z: float) -> float:
        return math.erfc(-z / math.sqrt(2)) / 2

    expected = 1.5 * below(math.log(1.5)) - math.exp(0.5) * below(math.log(1.5) - 1)
    found = partial_information(costs, np.exp(x)[:, None])
    assert found.value == pytest.approx(expected, abs=4 * found.standard_error)


def test_an_assumption_that_changes_nothing_is_worth_nothing() -> None:
    x, noise = normals(4, 2).T
    costs = np.column_stack([np.zeros(DRAWS), 3 + noise])
    assert partial_information(costs, x[:, None]).value < 0.01
    assert partial_information(costs, np.ones((DRAWS, 1))).value == 0.0


def test_where_one_option_always_wins_nothing_is_worth_knowing() -> None:
    x = normals(5, 1)
    costs = np.column_stack([np.zeros(DRAWS), 10 + np.abs(x[:, 0])])
    assert perfect_information(costs).value == 0.0
    assert partial_information(costs, x).value == 0.0


def test_no_part_is_worth_more_than_everything() -> None:
    x = normals(6, 3)
    costs = np.column_stack([np.zeros(DRAWS), x @ [1.0, 2.0, 3.0], 1 + x @ [2.0, -1.0, 1.0]])
    whole = perfect_information(costs)
    for column in x.T:
        part = partial_information(costs, column[:, None])
        assert part.value <= whole.value + 3 * whole.standard_error
    assert partial_information(costs, x).value == pytest.approx(whole.value, rel=0.03)


def test_noise_is_not_worth_much_even_in_few_draws() -> None:
    """Of 100 columns that have nothing to do with the costs, each is worth 0; 500 draws with a spread of 10 find less
    than a tenth of what everything is worth, 10 phi(0) = 3.99, on average.
    """
    generator = np.random.default_rng(8)
    costs = np.column_stack([np.zeros(500), 10 * generator.standard_normal(500)])
    found = [partial_information(costs, column[:, None]).value for column in generator.standard_normal((100, 500))]
    assert np.mean(found) < 0.4


def test_too_few_draws_give_no_number() -> None:
    x = normals(7, 3)
    assert regression_terms(x[:150]) is None
    assert math.isnan(partial_information(x[:150, :2], x[:150]).value)
    assert regression_terms(x[:200]).shape == (200, 4)  # straight lines only
    assert regression_terms(x).shape == (DRAWS, 1 + 3 * 7 + 3)  # curves of seven terms and three products


@pytest.mark.parametrize("draws", [200, 1000])
def test_no_part_is_worth_more_than_everything_however_few_the_draws(draws: int) -> None:
    stated = tco.load_scenario("quickstart", set={"labour.engineer_rate": 120}, fleet_size=100)
    frame = worth_of_knowing(tco.evaluate(stated, tco.monte_carlo(stated, draws, seed=7)))
    assert (frame["value"].dropna() <= frame["value"].iloc[0]).all()


def test_what_no_option_reads_is_worth_exactly_nothing(ledger: Ledger) -> None:
    """Unless it is correlated with what one reads."""
    unread, linked = "upgrades.tooling_hours_logical_replication", "upgrades.tooling_hours_rolling"
    correlations = (*ledger.scenario.correlations, Correlation(between=(linked, MODELLING), value=0.9))
    stated = ledger.scenario.model_copy(update={"correlations": correlations})
    for seed in (1, 2):
        drawn = tco.evaluate(stated, tco.monte_carlo(stated, 500, seed=seed))
        frame = worth_of_knowing(drawn, groups={"tools": [unread]}).set_index("name")
        tied = {path for pair in stated.correlations for path in pair.between}
        read = {path for line in drawn.lines() for path in line.assumptions}
        assert {unread, linked}.isdisjoint(read)
        silent = set(frame.index) - read - tied - {"everything", "tools", "finance.discount_rate"}
        assert len(silent) > 10
        assert frame.loc["everything", "value"] > 0
        assert (frame.loc[[*sorted(silent), "tools"], "value"] == 0).all()
        assert frame.loc[linked, "value"] > 0

"""Distributions of results: symmetry, closed forms, and what is said of the simulation itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_scenarios import DYNAMODB, STAY, scenario

import tco
from tco.analysis.combined_designs import Part
from tco.analysis.uncertainty import (
    bands,
    convergence,
    convergence_sentence,
    differences,
    downtime_tail,
    exceedance_curve,
    ranking,
    results,
    split_by_events,
    variance_shares,
)
from tco.analysis.value_of_information import worth_of_knowing
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.scenario.scenario import Scenario

RATE = "labour.engineer_rate"


@pytest.fixture(scope="module")
def small() -> Scenario:
    return tco.load_scenario(scenario())


@pytest.fixture(scope="module")
def drawn(small: Scenario) -> Ledger:
    return tco.evaluate(small, tco.monte_carlo(small, 500, seed=1))


def test_results_are_the_percentiles_of_the_draws(drawn: Ledger) -> None:
    frame = results(drawn).set_index("option")
    totals = drawn.total("option", "npv")
    for option in drawn.options:
        row = frame.loc[option]
        assert row["mean"] == pytest.approx(totals[option].mean())
        assert row["p80"] == pytest.approx(totals[option].quantile(0.8))
        assert 0 < row["standard_error"] < totals[option].std() / math.sqrt(500)
        assert row["p10"] < row["p50"] < row["p80"] < row["p90"]
        assert row["point"] == pytest.approx(float(tco.evaluate(drawn.scenario).total("option", "npv")[option].iloc[0]))


def test_a_cost_linear_in_one_uncertain_assumption_has_its_percentiles_there(small: Scenario) -> None:
    """With the engineer rate alone uncertain, P90 of a cost is the cost at P90 of the rate, and its mean the point."""
    design = tco.monte_carlo(small, 4096, seed=2).only([RATE])
    frame = results(tco.evaluate(small, design)).set_index("option")
    middle, high = math.sqrt(73 * 151), math.sqrt(73 * 151) * (151 / 73) ** (0.5 * 1.2815516 / 1.6448536)
    for name, rate in (("p50", middle), ("p90", high)):
        at_rate = tco.evaluate(tco.load_scenario(scenario(), set={RATE: rate})).total("option", "npv").iloc[0]
        assert frame[name].to_dict() == pytest.approx(at_rate.to_dict(), rel=1e-3)
    assert frame["mean"].to_dict() == pytest.approx(frame["point"].to_dict(), rel=1e-3)


def test_mean_and_variance_of_a_sum_of_independent_linear_parts(small: Scenario) -> None:
    """Hours a page and hours of routine work enter the cost of staying as a + b x + c y: its mean is that at the means,
    its variance b**2 var(x) + c**2 var(y), with the variances of lognormals, mean**2 (exp(s**2) - 1).
    """
    paths = ("operations.routine_hours_managed", "operations.restore_drill_hours")
    drawn = tco.evaluate(small, tco.monte_carlo(small, 8192, seed=8).only(list(paths)))
    costs = drawn.total("option", "npv")["stay"]
    expected_variance = 0.0
    for path in paths:
        entry = small.assumptions[path]
        low, high = tco.evaluate(small, tco.sweep(small, path, [1.0, 2.0])).total("option", "npv")["stay"]
        spread = math.log(entry.high / entry.low) / (2 * 1.6448536)
        expected_variance += (high - low) ** 2 * entry.mean**2 * (math.exp(spread**2) - 1)
    point = float(tco.evaluate(small).total("option", "npv")["stay"].iloc[0])
    assert costs.mean() == pytest.approx(point, rel=1e-3)
    assert costs.var() == pytest.approx(expected_variance, rel=0.03)


def test_differences_are_taken_draw_by_draw(drawn: Ledger) -> None:
    (row,) = differences(drawn).to_dict("records")
    totals = drawn.total("option", "npv")
    gap = totals["dynamodb"] - totals["stay"]
    assert row["mean"] == pytest.approx(gap.mean())
    assert row["p10"] == pytest.approx(gap.quantile(0.1))
    assert row["probability_cheaper"] == pytest.approx((gap < 0).mean())


def test_identical_options_share_everything() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY, "dynamodb": DYNAMODB}, reference="one"))
    ledger = tco.evaluate(twins, tco.monte_carlo(twins, 200, seed=3))
    row = differences(ledger).set_index("option").loc["other"]
    assert (row["p10"], row["mean"], row["p90"], row["probability_cheaper"]) == (0.0, 0.0, 0.0, 0.5)
    chances = ranking(ledger).set_index("option")["probability_cheapest"]
    assert chances["one"] == chances["other"]
    assert chances.sum() == pytest.approx(1)


def test_swapping_two_options_mirrors_the_answer() -> None:
    def answer(reference: str) -> tuple[float, float]:
        stated = tco.load_scenario(scenario(reference=reference))
        (row,) = differences(tco.evaluate(stated, tco.monte_carlo(stated, 200, seed=4))).to_dict("records")
        return row["p50"], row["probability_cheaper"]

    (there, cheaper), (back, dearer) = answer("stay"), answer("dynamodb")
    assert there == pytest.approx(-back)
    assert cheaper == pytest.approx(1 - dearer)


def test_bands_end_at_the_undiscounted_total(drawn: Ledger) -> None:
    frame = bands(drawn)
    last = frame[frame["period"] == drawn.periods[-1]].set_index("option")
    totals = drawn.total("option")
    for option in drawn.options:
        assert last.at[option, "p90"] == pytest.approx(totals[option].quantile(0.9))
        assert last.at[option, "mean"] == pytest.approx(totals[option].mean())
    assert (frame["p10"] <= frame["p50"]).all()
    assert len(frame) == 2 * 24


def test_the_exceedance_curve_passes_through_the_median(drawn: Ledger) -> None:
    frame = exceedance_curve(drawn)
    stay = frame[frame["option"] == "stay"]
    at_median = np.interp(drawn.total("option", "npv")["stay"].median(), stay["amount"], stay["probability"])
    assert at_median == pytest.approx(0.5, abs=0.01)
    assert stay["amount"].is_monotonic_increasing
    assert stay["probability"].is_monotonic_decreasing


def test_the_tail_of_downtime_is_worse_than_its_95th_percentile(drawn: Ledger) -> None:
    frame = downtime_tail(drawn)
    assert ((frame["p50"] < frame["p95"]) & (frame["p95"] < frame["tail_mean"])).all()
    cost = drawn.total(["option", "category"])["stay"]["downtime"].to_numpy()
    assert frame["tail_mean"].iloc[0] == pytest.approx(np.sort(cost)[-25:].mean())  # 5 % of 500 draws


def test_luck_dominates_one_cluster_and_averages_out_over_a_thousand() -> None:
    """What is uncertain about failures of one cluster is mostly whether it fails at all."""

    def luck_of(clusters: int) -> float:
        stated = tco.load_scenario(scenario(), fleet_size=clusters)
        failures = [path for path in tco.monte_carlo(stated, 2).paths if path.startswith("luck.failure")]
        design = tco.monte_carlo(stated, 1000, seed=5).only(
            [*failures, "downtime.unplanned_failures_managed", "downtime.failover_seconds"]
        )
        frame = variance_shares(tco.evaluate(stated, design), "downtime minute").set_index("option")
        assert frame.at["stay", "luck_share"] + frame.at["stay", "ignorance_share"] == pytest.approx(1)
        return float(frame.at["stay", "luck_share"])

    assert luck_of(1) > 0.5
    assert luck_of(1000) < 0.05


def test_without_spread_there_are_no_shares(small: Scenario) -> None:
    design = tco.monte_carlo(small, 5).only([RATE]).at({RATE: 100.0})
    frame = variance_shares(tco.evaluate(small, design))
    assert frame["standard_deviation"].tolist() == pytest.approx([0, 0], abs=1e-6)


def test_where_nothing_is_uncertain_there_is_no_spread_at_all(small: Scenario) -> None:
    known = tco.load_scenario(scenario(), set={path: entry.mean for path, entry in small.assumptions.items()})
    ledger = tco.evaluate(known, tco.monte_carlo(known, 64, luck=False))
    frame = results(ledger)
    assert frame["standard_error"].tolist() == [0, 0]
    assert frame["p10"].tolist() == pytest.approx(frame["point"].tolist())
    assert variance_shares(ledger)["ignorance_share"].isna().all()


def test_ranking_is_by_mean_and_chances_add_up(drawn: Ledger) -> None:
    frame = ranking(drawn)
    assert frame["mean"].is_monotonic_increasing
    assert frame["rank"].tolist() == [1, 2]
    assert frame["probability_cheapest"].sum() == pytest.approx(1)


def test_a_share_of_random_draws_has_its_binomial_error(small: Scenario) -> None:
    random = tco.evaluate(small, tco.monte_carlo(small, 500, seed=1, method="random"))
    share, error = ranking(random).iloc[0][["probability_cheapest", "standard_error"]]
    assert error == pytest.approx(math.sqrt(share * (1 - share) / 500), rel=1e-6)


def test_too_few_draws_are_called_too_few_and_enough_enough(small: Scenario, drawn: Ledger) -> None:
    few = convergence(tco.evaluate(small, tco.monte_carlo(small, 40, seed=6)))
    assert not few["enough"].all()
    assert "40 draws are too few for: " in convergence_sentence(few, 40)
    needed = convergence(drawn)["draws_needed"]
    assert (needed[~convergence(drawn)["enough"]] > 500).all()
    certain = tco.evaluate(small, tco.monte_carlo(small, 200).only([RATE]).at({RATE: 100.0}))
    assert convergence_sentence(convergence(certain), 200).startswith("200 draws are enough")


def test_a_point_has_no_distribution(small: Scenario) -> None:
    for question in (
        results,
        differences,
        bands,
        exceedance_curve,
        downtime_tail,
        variance_shares,
        ranking,
        convergence,
    ):
        with pytest.raises(InputError, match=r"design: a distribution needs draws"):
            question(tco.evaluate(small))


def test_a_convergence_check_knows_its_own_error(small: Scenario) -> None:
    """Means of 100 runs of 40 random draws scatter as much as the standard error of all 4,000 says of 40 of them."""
    ledger = tco.evaluate(small, tco.monte_carlo(small, 4000, seed=9, method="random"))
    means = ledger.total("option", "npv")["stay"].to_numpy().reshape(100, 40).mean(axis=1)
    stated = results(ledger).set_index("option").at["stay", "standard_error"] * math.sqrt(100)
    assert np.std(means, ddof=1) == pytest.approx(stated, rel=0.3)


def test_means_of_sobol_rows_scatter_no_more_than_their_standard_error_says(small: Scenario) -> None:
    """The same rows read from a file, of which nobody knows how they came about, are taken to be random."""
    ledgers = [tco.evaluate(small, tco.monte_carlo(small, 256, seed=seed)) for seed in range(10)]
    means = [ledger.total("option", "npv")["stay"].mean() for ledger in ledgers]
    stated = [results(ledger).set_index("option").at["stay", "standard_error"] for ledger in ledgers]
    assert np.std(means, ddof=1) <= 1.2 * np.mean(stated)
    again = tco.evaluate(small, tco.replay(ledgers[0].design.frame()))
    independent = again.total("option", "npv")["stay"].std() / math.sqrt(256)
    assert results(again).set_index("option").at["stay", "standard_error"] == pytest.approx(independent)
    assert stated[0] < independent


def test_several_fleets_are_split_by_events_as_each_alone() -> None:
    """Also where only a scenario and its design are passed; and the worth of knowing comes from the same costs."""
    ones: dict[int, Ledger | Part] = {}
    for size in (1, 8):
        sized = tco.load_scenario(scenario(), fleet_size=size)
        ones[size] = tco.evaluate(sized, tco.monte_carlo(sized, 200, seed=5))
    ones[3] = Part(three := tco.load_scenario(scenario(), fleet_size=3), tco.monte_carlo(three, 200, seed=5))
    splits = split_by_events(ones)
    for size, one in ones.items():
        ledger = one if isinstance(one, Ledger) else tco.evaluate(one.scenario, one.design)
        for measure in ("npv", "downtime minute"):
            found, expected = variance_shares(splits[size], measure), variance_shares(ledger, measure)
            for column in ("standard_deviation", "luck_share", "regional_luck_share"):
                assert found[column].tolist() == pytest.approx(expected[column].tolist())
        worth = worth_of_knowing(ledger, split=splits[size])["value"].tolist()
        assert worth == pytest.approx(worth_of_knowing(ledger)["value"].tolist(), nan_ok=True)


@pytest.mark.parametrize("name", ["quickstart", "backup_metadata_store"])
def test_events_at_their_expectation_are_what_a_design_without_them_gives(name: str) -> None:
    """The split takes the lines of events out of one evaluation; here each part is evaluated by itself."""
    whole = tco.load_scenario(name)
    design = tco.monte_carlo(whole, 60, seed=3)
    split = split_by_events({0: Part(whole, design)})[0]
    local = design.only([path for path in design.paths if not path.startswith("luck.regional.")])
    for found, alone in (
        (split.with_all, design),
        (split.with_local, local),
        (split.expected, design.without_events()),
    ):
        ledger = tco.evaluate(whole, alone)
        for measure in ("npv", "downtime minute"):
            np.testing.assert_allclose(found[measure], ledger.total("option", measure).to_numpy(), rtol=1e-9)
    assert not np.allclose(split.with_all["npv"], split.with_local["npv"])
    assert not np.allclose(split.with_local["npv"], split.expected["npv"])

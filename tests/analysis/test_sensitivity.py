"""What drives a result: indices of functions whose indices are known, swings and rank correlations by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_scenarios import group, scenario

import tco
from tco import charts
from tco.analysis.sensitivity import indices, meaning, rank_correlations, sobol_indices, tornado
from tco.errors import InputError
from tco.sampling.monte_carlo import saltelli
from tco.scenario.scenario import Scenario

THREE = ("labour.engineer_rate", "upgrades.plan_hours", "operations.page_hours")
OUR_FINANCES = {"title": "Ours", "as_of": "2026-10-01", "kind": "measured"}


@pytest.fixture(scope="module")
def small() -> Scenario:
    return tco.load_scenario(scenario())


def uniform_on_0_to_1(*paths: str) -> Scenario:
    changes = {path: {"low": 0, "high": 1, "shape": "uniform", "source": OUR_FINANCES} for path in paths}
    return tco.load_scenario(scenario(assumptions=changes))


def test_indices_of_the_ishigami_function() -> None:
    """sin x1 + 7 sin(x2)**2 + 0.1 x3**4 sin x1 on -pi to pi: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437.

    Ishigami and Homma (1990); values as in https://www.sfu.ca/~ssurjano/ishigami.html.
    """
    stated = uniform_on_0_to_1(*THREE)
    design = saltelli(stated, 2048, seed=3, paths=THREE)
    x = (design.frame()[list(THREE)].to_numpy() * 2 - 1) * np.pi
    values = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = indices(design, values, stated).set_index("path")
    for path, first, total in zip(THREE, (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437), strict=True):
        row = found.loc[path]
        assert row["first"] == pytest.approx(first, abs=max(0.02, row["first_confidence"]))
        assert row["total"] == pytest.approx(total, abs=max(0.02, row["total_confidence"]))
    assert (found["total_confidence"] < 0.07).all()


def test_indices_of_a_sum_are_the_shares_of_its_variance() -> None:
    """x + 2 y + 3 z of equal uniforms: shares 1/14, 4/14, 9/14, first and total alike."""
    stated = uniform_on_0_to_1(*THREE)
    design = saltelli(stated, 1024, seed=4, paths=THREE)
    values = design.frame()[list(THREE)].to_numpy() @ np.array([1.0, 2.0, 3.0])
    found = indices(design, values, stated).set_index("path")
    for path, share in zip(THREE, (1 / 14, 4 / 14, 9 / 14), strict=True):
        assert found.at[path, "first"] == pytest.approx(share, abs=0.02)
        assert found.at[path, "total"] == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_gives_the_same_confidence_twice(small: Scenario, seed: int) -> None:
    design = saltelli(small, 64, seed=4, paths=THREE)
    values = design.frame()[list(THREE)].to_numpy() @ np.array([1.0, 2.0, 3.0])
    first, second = (indices(design, values, small, seed) for _ in range(2))
    assert first.equals(second)
    assert (first["total_confidence"] > 0).all()


def test_a_result_that_does_not_vary_has_no_drivers(small: Scenario) -> None:
    design = saltelli(small, 4, paths=THREE)
    found = indices(design, np.full(design.rows, 5.0), small)
    assert found[["first", "total", "first_confidence"]].to_numpy().tolist() == [[0.0] * 3] * 3


def test_one_uncertain_assumption_accounts_for_everything(small: Scenario) -> None:
    found = sobol_indices(small, "stay", draws=64, paths=["labour.engineer_rate"])
    assert found["total"].tolist() == pytest.approx([1.0], abs=0.05)


def test_a_tornado_swings_what_is_linear_by_its_own_range(small: Scenario) -> None:
    """Cost is linear in the engineer rate: its swing is P90 - P10 of the rate times what one USD an hour costs."""
    row = tornado(small, "stay").set_index("path").loc["labour.engineer_rate"]
    rates = (100.0, 101.0)
    costs = [
        float(tco.evaluate(tco.load_scenario(scenario(), set={"labour.engineer_rate": rate})).total("option", "npv")
              ["stay"].iloc[0])
        for rate in rates
    ]  # fmt: skip
    assert row["swing"] == pytest.approx((row["p90"] - row["p10"]) * (costs[1] - costs[0]), rel=1e-6)
    # A lognormal from 73 (5th percentile) to 151 (95th): middle x (151 / 73) ** (0.5 x 1.2816 / 1.6449)
    assert row["p90"] == pytest.approx(np.sqrt(73 * 151) * (151 / 73) ** (0.5 * 1.2816 / 1.6449), rel=1e-3)


def test_a_tornado_is_sorted_and_leaves_out_what_moves_nothing(small: Scenario) -> None:
    frame = tornado(small, "dynamodb", "stay")
    assert frame["swing"].abs().is_monotonic_decreasing
    assert not {"keyspaces.read_consistency"} & set(frame["path"])
    assert ((frame["at_p10"] != frame["point"]) | (frame["at_p90"] != frame["point"])).all()
    base = tco.compare(tco.evaluate(small)).set_index("option")
    assert frame["point"].iloc[0] == pytest.approx(base.at["dynamodb", "npv_difference"])


def test_a_tornado_says_where_the_bar_of_movers_is_rough() -> None:
    """Where a fleet grows while the vendor forces what half a person does not upgrade, and nowhere else."""
    fleet = {"shop": group(clusters=30, engine="postgresql", version="14")}
    notes = {}
    for people, growth in ((0.5, 0.3), (50, 0.3)):
        assumptions = {"labour.upgrade_team": people, "growth.clusters_per_year": growth}
        stated = scenario(fleet=fleet, assumptions=assumptions, months=60)
        frame = tornado(tco.load_scenario(stated), "dynamodb", "stay")
        notes[people, growth] = frame.attrs["note"]
        drawn = str(charts.tornado(frame, outcome="USD").to_dict())
        assert ("migration team is rough" in drawn) == bool(notes[people, growth])
    assert "under stay a team has too few hours" in notes.pop((0.5, 0.3))
    assert set(notes.values()) == {""}


SHORT = {"policy": "settled", "method": "in_place", "platform": "rds", "deployment": "multi_az"}


def test_a_bar_of_hours_is_what_changing_the_scenario_gives_where_a_team_is_short() -> None:
    """20 clusters of PostgreSQL 14 at some 40 hours each: at 20 hours a month the vendor upgrades those left over."""
    shop = group(clusters=20, engine="postgresql", version="14")
    options = {"team": {**SHORT, "upgrade_hours_per_month": 20}, "free": SHORT}
    raw = scenario(fleet={"shop": shop}, options=options, reference="team", months=60)
    frame = tornado(tco.load_scenario(raw), "team", "free").set_index("path")
    for path in ("upgrades.regression_hours_per_design", "upgrades.cutover_hours_first", "upgrades.plan_hours"):
        row = frame.loc[path]
        for end, outcome in (("p10", "at_p10"), ("p90", "at_p90")):
            npv = tco.evaluate(tco.load_scenario(raw, set={path: row[end]})).total("option", "npv").iloc[0]
            assert row[outcome] == pytest.approx(npv["team"] - npv["free"])


def test_swapping_the_options_mirrors_the_tornado(small: Scenario) -> None:
    one, other = tornado(small, "dynamodb", "stay"), tornado(small, "stay", "dynamodb")
    assert one.set_index("path")["swing"].to_dict() == pytest.approx((-other.set_index("path")["swing"]).to_dict())


def test_rank_correlation_is_one_where_one_thing_is_uncertain() -> None:
    stated = tco.load_scenario(scenario())
    design = tco.monte_carlo(stated, 200, seed=5).only(["labour.engineer_rate"])
    found = rank_correlations(tco.evaluate(stated, design), "stay")
    assert found["rank_correlation"].tolist() == pytest.approx([1.0])


def test_rank_correlations_name_luck_and_their_own_noise(small: Scenario) -> None:
    found = rank_correlations(tco.evaluate(small, tco.monte_carlo(small, 101, seed=6)), "dynamodb", "stay")
    assert (found["standard_error"] == 0.1).all()
    assert "Luck: cutover, shop" in set(found["label"])


def test_an_unknown_option_is_named(small: Scenario) -> None:
    with pytest.raises(InputError, match="unknown option 'dynamo'; did you mean 'dynamodb'"):
        tornado(small, "dynamo")
    with pytest.raises(InputError, match="a distribution needs draws"):
        rank_correlations(tco.evaluate(small), "stay")


def test_correlation_changes_what_indices_mean(small: Scenario) -> None:
    correlated = tco.load_scenario(
        scenario(correlations=[{"between": ["upgrades.plan_hours", "operations.page_hours"], "value": 0.7}])
    )
    assert "independently" in meaning(small)
    assert "upgrades.plan_hours with operations.page_hours" in meaning(correlated)

"""What a report says of one fleet agrees, also where draws and the point estimate name different options."""

from __future__ import annotations

import numpy as np
import pytest

import tco
from tco.analysis import break_even, sensitivity, verdict
from tco.analysis.one_change_reversals import horizons, reversals
from tco.evaluation.ledger import Ledger

SIZE, DRAWS = 10, 512
MODELLING = "transition.modelling_hours_per_design"


@pytest.fixture(scope="module")
def drawn() -> Ledger:
    """Re-modelling takes a twentieth less than in the scenario: DynamoDB wins on average, right-sizing at the means."""
    hours = tco.load_scenario("enterprise_mixed").assumptions[MODELLING]
    less = {"low": 0.95 * (hours.low or 0), "high": 0.95 * (hours.high or 0)}
    scenario = tco.load_scenario("enterprise_mixed", fleet_size=SIZE, set={MODELLING: less})
    return tco.evaluate(scenario, tco.monte_carlo(scenario, DRAWS, seed=0))


@pytest.fixture(scope="module")
def means(drawn: Ledger) -> dict[str, float]:
    found = {str(name): float(value) for name, value in drawn.mean("option", "npv").items()}
    point = drawn.at_point.mean("option", "npv")
    assert min(found, key=lambda name: found[name]) != point.idxmin(), "the scenario no longer tells the two apart"
    return found


def test_crossings_and_the_map_have_the_verdicts_winner_at_the_fleets_own_size(
    drawn: Ledger, means: dict[str, float]
) -> None:
    best = verdict.verdict(drawn, with_reversals=False).cheapest
    assert best == min(means, key=lambda name: means[name])
    few = {"draws": 16, "seed": 0, "known": drawn}
    ranges = break_even.cheapest_in_ranges(drawn.scenario, low=1, high=1000, **few)
    here = ranges[(ranges["low"] <= SIZE) & (ranges["high"] >= SIZE)]
    assert best in here["cheapest"].tolist()
    swept = break_even.cost_by(drawn.scenario, values=[SIZE, 50], **few)
    found = swept[swept["value"] == SIZE].set_index("option")["npv"]
    assert found.to_dict() == pytest.approx(means)
    requests = break_even.current_value(drawn.scenario, "requests_per_second")
    for known, winner in ((drawn, best), (drawn.at_point, drawn.at_point.mean("option", "npv").idxmin())):
        place = break_even.two_way_map(
            drawn.scenario, "fleet_size", "requests_per_second", [SIZE, 2 * SIZE], [requests], known
        )
        assert place["cheapest"][0] == winner


def test_swings_horizons_and_reversals_start_from_the_verdict(drawn: Ledger, means: dict[str, float]) -> None:
    best, rival = sorted(means, key=lambda name: means[name])[:2]
    swings = sensitivity.tornado(drawn, rival, best)
    assert swings["point"].to_numpy() == pytest.approx(means[rival] - means[best])
    assert horizons(drawn)["cheapest"][0] == best
    flips = reversals(drawn, most=3)
    assert len(flips)
    assert best not in set(flips["cheapest"])
    assert (np.sign(flips["value"] - flips["mean"]) == np.sign(flips["end"] - flips["mean"])).all()

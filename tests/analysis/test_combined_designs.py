"""Designs evaluated together give what each of them gives alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.analysis.combined_designs import Part, combined, differ_in_size, totals_of
from tco.analysis.one_change_reversals import reversals, reversals_of
from tco.analysis.verdict import verdict, verdicts
from tco.sampling.designs import Design, point, sweep
from tco.scenario.scenario import Scenario

MEASURES = ("npv", "cost", "downtime minute")
FLEET = {"shop": group(clusters=4), "archive": group(clusters=3, environment="staging")}
QUEUED = {"stay": STAY | {"upgrade_hours_per_month": 20}, "dynamodb": DYNAMODB}


def sized(size: int, **changes: object) -> Scenario:
    return tco.load_scenario(scenario(fleet=FLEET, **changes), fleet_size=size)


def alone(part: Part, measures: tuple[str, ...] = ("npv",)) -> dict[str, list[list[float]]]:
    ledger = tco.evaluate(part.scenario, part.design)
    return {measure: ledger.total("option", measure).to_numpy().tolist() for measure in measures}


def test_each_design_gets_the_totals_it_has_alone() -> None:
    """Draws with luck and without, a map of values; fleets of 1, 7 and 500, the first without any of a group."""
    parts = []
    for size in (1, 7, 500):
        one = sized(size)
        drawn = tco.monte_carlo(one, 20, seed=size)
        parts += [Part(one, drawn), Part(one, drawn.without_events()), Part(one, drawn.only(drawn.paths[:3]))]
        parts.append(Part(one, Design("map", 2, {"fleet.shop.workload.reads_per_second": np.array([10.0, 3000.0])})))
    for part, found in zip(parts, totals_of(parts, MEASURES), strict=True):
        for measure, rows in alone(part, MEASURES).items():
            assert found[measure].tolist() == [pytest.approx(row, rel=1e-8) for row in rows]


def test_a_combined_design_is_the_same_in_any_blocks() -> None:
    """7 clusters are 4 and 3 as stated; events that one part does not draw are not a number: expected."""
    few, many = sized(7), sized(70)
    drawn = tco.monte_carlo(few, 5)
    whole = combined([Part(few, drawn), Part(many, drawn.without_events())])
    assert whole.rows == 10
    columns = whole.block(0, 10).columns
    assert columns["fleet.shop.clusters"].tolist() == [4] * 5 + [40] * 5
    assert np.isnan(columns["luck.failure.shop"][5:]).all()
    assert not np.isnan(columns["luck.failure.shop"][:5]).any()
    for path in whole.paths:
        pieces = [whole.block(first, 3).columns[path] for first in (0, 3, 6)]
        assert np.array_equal(np.concatenate(pieces), columns[path][:9], equal_nan=True)


def test_fleets_whose_upgrades_wait_for_a_team_have_a_calendar_each() -> None:
    """20 hours a month are soon worked for one cluster and keep 500 waiting for years."""
    assert differ_in_size(sized(1), sized(500))
    one, other = sized(1, options=QUEUED), sized(500, options=QUEUED)
    assert not differ_in_size(one, other)
    parts = [Part(one, tco.monte_carlo(one, 4)), Part(other, tco.monte_carlo(other, 4))]
    for part, found in zip(parts, totals_of(parts), strict=True):
        assert found["npv"].tolist() == [pytest.approx(row, rel=1e-8) for row in alone(part)["npv"]]


def test_scenarios_that_differ_otherwise_stay_apart() -> None:
    assert not differ_in_size(sized(4), sized(4, months=12))
    assert not differ_in_size(sized(4), tco.load_scenario(scenario(fleet=FLEET), set={"labour.engineer_rate": 1}))
    parts = [Part(sized(4), point(sized(4))), Part(sized(4, months=12), sweep(sized(4), "labour.engineer_rate", [1]))]
    for part, found in zip(parts, totals_of(parts), strict=True):
        assert found["npv"].tolist() == [pytest.approx(row) for row in alone(part)["npv"]]


@pytest.mark.slow
@pytest.mark.parametrize("options", [None, QUEUED])
def test_reversals_of_several_fleets_are_those_of_each(options: dict[str, object] | None) -> None:
    """And the first two, without narrowing down the others, are the first two of all."""
    changes = {"options": options} if options else {}
    ledgers = [tco.evaluate(sized(size, months=60, **changes)) for size in (3, 30)]
    together, first = reversals_of(ledgers), reversals_of(ledgers, most=2)
    for ledger, frame, likeliest in zip(ledgers, together, first, strict=True):
        expected = reversals(ledger)
        assert frame["path"].tolist() == expected["path"].tolist()
        assert frame["value"].tolist() == pytest.approx(expected["value"].tolist())
        assert likeliest.equals(frame.head(2))
    assert not together[0].empty


def test_verdicts_of_several_fleets_are_those_of_each() -> None:
    """Other horizons and starts are tried for the first fleet that has clusters, and for it alone."""
    ledgers = {size: tco.evaluate(sized(size)) for size in (0, 4, 40)}
    alone = {size: verdict(ledger) for size, ledger in ledgers.items()}
    *assumptions, horizons = alone[40].reversals
    assert "cheapest" in horizons
    assert verdicts(ledgers) == {**alone, 40: replace(alone[40], reversals=tuple(assumptions))}

"""How many events happen: counts against scipy's distributions, and what luck is for one cluster and for a thousand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.sampling.designs import Design
from tco.sampling.events import MANY, binomial_count, event_column, poisson_count

WITHDRAWALS = "transition.withdrawals_per_year"
EVEN = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.3, 3.0, 20.0, 80.0, 3000.0])
def test_poisson_counts(mean: float) -> None:
    counts = poisson_count(EVEN, np.full(EVEN.shape, mean))
    expected = stats.poisson.ppf(EVEN, mean) if mean else np.zeros(EVEN.shape)
    assert np.abs(counts - expected).max() <= (1 if mean > MANY else 0)
    assert (counts != expected).mean() < 0.01
    assert counts.mean() == pytest.approx(mean, rel=1e-2 if mean else None, abs=1e-4)
    assert counts.var() == pytest.approx(mean, rel=2e-2, abs=1e-3)


@pytest.mark.parametrize(
    ("trials", "chance"),
    [(0, 0.3), (1, 0.04), (5, 0.0), (5, 1.0), (12, 0.04), (12, 0.97), (400, 0.99), (2000, 0.04), (2000, 0.7)],
)
def test_binomial_counts(trials: int, chance: float) -> None:
    counts = binomial_count(EVEN, np.full(EVEN.shape, float(trials)), np.full(EVEN.shape, chance))
    expected = stats.binom.ppf(EVEN, trials, chance) if trials else np.zeros(EVEN.shape)
    exact = min(trials * chance, trials * (1 - chance)) <= MANY
    assert np.abs(counts - expected).max() <= (0 if exact else 1)
    assert (counts != expected).mean() < 0.01
    assert counts.mean() == pytest.approx(trials * chance, rel=1e-2, abs=1e-4)
    assert counts.var() == pytest.approx(trials * chance * (1 - chance), rel=2e-2, abs=1e-3)


def test_counts_broadcast_and_rise_with_the_uniform_number() -> None:
    uniform, chance = np.array([[0.1], [0.5], [0.99]]), np.array([[0.01, 0.2, 0.6]])
    counts = binomial_count(uniform, np.array(10.0), chance)
    assert counts.shape == (3, 3)
    assert (np.diff(counts, axis=0) >= 0).all()
    assert (np.diff(counts, axis=1) >= 0).all()


# -- luck in the ledger ----------------------------------------------------------------------------------------------


def fixed(raw: dict[str, Any], **values: float) -> tco.Scenario:
    """The scenario with every assumption at its mean, so that luck is all that differs between draws."""
    loaded = tco.load_scenario(raw, set=values)
    return tco.load_scenario(raw, set={path: entry.mean for path, entry in loaded.assumptions.items()})


def fixed_values(raw: dict[str, Any]) -> dict[str, float]:
    """Every assumption but the failures of versionless services at its mean."""
    means = {path: entry.mean for path, entry in tco.load_scenario(raw).assumptions.items()}
    return {path: mean for path, mean in means.items() if path != "downtime.unplanned_failures_versionless"}


def fleet(clusters: int) -> dict[str, Any]:
    return scenario(fleet={"shop": group(clusters=clusters)})


def test_expected_costs_are_those_of_the_point_whatever_the_luck() -> None:
    certain = fixed(fleet(4))
    point = tco.evaluate(certain).total("line").iloc[0]
    drawn = tco.evaluate(certain, tco.monte_carlo(certain, 4096, seed=1)).total("line").mean()
    assert drawn.to_numpy() == pytest.approx(point.to_numpy(), rel=0.01, abs=1.0)


def test_minutes_of_local_failures_vary_as_a_poisson_number_of_failures() -> None:
    """Minutes = N x minutes of a failure with N ~ Poisson(m), so their variance is mean**2 / m: m from the rate."""
    certain = fixed(fleet(4))
    rate = certain.assumptions["downtime.unplanned_failures_managed"].mean
    ledger = tco.evaluate(certain, tco.monte_carlo(certain, 8192, seed=1))
    minutes = ledger.total(["option", "line"], "downtime minute")["stay"]["unplanned local downtime"]
    assert minutes.var() == pytest.approx(minutes.mean() ** 2 / (4 * 2 * rate), rel=0.03)


def test_partitions_of_a_service_fail_as_often_for_a_ring_that_has_moved_there() -> None:
    """A ring's share is of its own nodes alone: on Keyspaces, 4 x 2 years x the rate of services without versions."""
    ring = group(engine="cassandra", version="4.0", platform="keyspaces", instances=3, instance_class=None)
    options = {"stay": {"platform": "keyspaces"}, "dynamodb": DYNAMODB}
    raw = scenario(fleet={"shop": ring}, options=options)
    certain = tco.load_scenario(raw, set={"downtime.unplanned_failures_versionless": 0.5} | fixed_values(raw))
    ledger = tco.evaluate(certain, tco.monte_carlo(certain, 4096, seed=1))
    minutes = ledger.total(["option", "line"], "downtime minute")["stay"]["unplanned local downtime"]
    assert minutes.var() == pytest.approx(minutes.mean() ** 2 / (4 * 2 * 0.5), rel=0.05)


@pytest.mark.parametrize(
    ("nodes", "today", "chosen"),
    [(1, 1, {}), (3, 3, {}), (3, 1, {"instances": 3}), (1, 3, {"instances": 1}), (2, 1, {"deployment": "multi_az"})],
)
def test_a_ring_fails_as_often_as_its_share_of_failures_says(nodes: int, today: int, chosen: dict[str, Any]) -> None:
    """As above, but of a ring of three nodes only a share of failures is one that anybody notices; one node is none."""
    ring: dict[str, Any] = {"engine": "cassandra", "version": "4.0", "platform": "ec2", "instance_class": "r6g.large"}
    ring["instances"] = today
    options = {"stay": {"platform": "ec2", **chosen}, "keyspaces": {"platform": "keyspaces"}}
    beside = group(**ring | {"clusters": 0, "instances": 1})  # another group, of which nobody counts a failure
    raw = scenario(fleet={"shop": group(clusters=4, **ring), "none": beside}, options=options)
    certain = fixed(raw)
    rate = certain.assumptions["downtime.unplanned_failures_self_managed"].mean
    share = certain.assumptions["downtime.ring_failure_share"].mean if nodes > 1 else 1
    ledger = tco.evaluate(certain, tco.monte_carlo(certain, 8192, seed=1))
    minutes = ledger.total(["option", "line"], "downtime minute")["stay"]["unplanned local downtime"]
    assert minutes.var() == pytest.approx(minutes.mean() ** 2 / (4 * 2 * rate * share), rel=0.05)


@pytest.mark.parametrize(
    "groups", [{"shop": group(clusters=4)}, {"shop": group(clusters=3), "mail": group(clusters=1)}], ids=len
)
def test_a_cut_over_goes_well_or_goes_wrong_in_every_draw(groups: dict[str, Any]) -> None:
    """4 clusters x 1 step, 10 minutes each or 100 where it fails, with 0.25: minutes are 40, 130, 220, 310 or 400.

    So they are where the clusters are two groups, whose cut-overs share waves and fail each on its own.
    """
    minutes = {"downtime.application_extra_minutes": 0, "downtime.inplace_major_minutes": 10}
    minutes |= {"downtime.incident_minutes": 100, "downtime.migration_cutover_minutes": 10}
    chance = {"downtime.incident_probability_inplace": 0.25, "downtime.incident_probability_migration": 0.25}
    raw = scenario(fleet=groups)
    raw["options"]["dynamodb"]["migration_hours_per_month"] = 1e6
    loaded = tco.load_scenario(raw, set={**minutes, **chance, "transition.start_lag_months": 3})
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 512, seed=2))
    phases = ledger.total(["option", "phase"], "downtime minute")
    for option, kind in (("stay", "major upgrade"), ("dynamodb", "migration")):
        both = phases[option][f"{kind}: database"] + phases[option][f"{kind}: incident"]
        failed = (both / 10 - 4) / 9
        assert failed.round(6).isin(range(5)).all()
        assert failed.round(6).nunique() >= 4
        assert failed.mean() == pytest.approx(0.25 * 4, rel=0.02)
        assert failed.var() == pytest.approx(0.25 * 0.75 * 4, rel=0.1)


def test_clusters_that_a_growing_fleet_has_by_then_may_fail_to_move() -> None:
    """4 clusters are 8 when they move after a year: Binomial(8, 0.25) failures of 100 minutes."""
    chance = {"downtime.incident_probability_migration": 0.25, "downtime.incident_minutes": 100}
    then = {"transition.start_lag_months": 12, "growth.clusters_per_year": 1, "labour.migration_team": 1_000_000}
    loaded = tco.load_scenario(scenario(), set={**chance, **then})
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 512, seed=2))
    minutes = ledger.total(["option", "phase"], "downtime minute")["dynamodb"]["migration: incident"] / 100
    assert minutes.round(2).isin(range(9)).all()
    assert minutes.mean() == pytest.approx(0.25 * 8, rel=0.02)
    assert minutes.var() == pytest.approx(0.25 * 0.75 * 8, rel=0.1)


def test_each_step_of_an_upgrade_may_go_wrong() -> None:
    """MySQL 5.7 to 9.7 is 3 steps, so 4 clusters have 12 cut-overs: Binomial(12, 0.25) failures of 100 minutes each."""
    stay = {"platform": "ec2", "policy": "newest", "method": "in_place"}
    shop = group(platform="ec2", version="5.7")
    raw = scenario(fleet={"shop": shop}, options={"stay": stay, "dynamodb": DYNAMODB})
    values = {"downtime.incident_probability_inplace": 0.25, "downtime.incident_minutes": 100}
    loaded = fixed(raw, **values)
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 512, seed=2))
    failed = ledger.total(["option", "phase"], "downtime minute")["stay"]["major upgrade: incident"] / 100
    assert failed.round(6).isin(range(13)).all()
    assert failed.mean() == pytest.approx(12 * 0.25, rel=0.02)
    assert failed.var() == pytest.approx(12 * 0.25 * 0.75, rel=0.1)
    hours = ledger.total(["option", "line", "phase"], "labour hour")["stay"]["major upgrades"]
    assert ((hours["incidents"] > 0) == (failed > 0)).all()
    planned = hours.drop(columns="incidents")
    assert (planned.max() > 0).any()
    assert planned.max().tolist() == pytest.approx(planned.min().tolist())


def test_where_no_luck_is_drawn_events_are_as_expected() -> None:
    fleet = {"shop": group(), "mail": group()}
    loaded = tco.load_scenario(scenario(fleet=fleet))
    design = Design("failures of one group", 2, {event_column("failure", "shop"): np.array([0.01, 0.99])})
    by_group, line = ["option", "group", "line"], "unplanned local downtime"
    luck, point = (
        tco.evaluate(loaded, *chosen).total(by_group, "downtime minute")["stay"] for chosen in ((design,), ())
    )
    assert luck["mail", line].tolist() == pytest.approx([point["mail", line].iloc[0]] * 2)
    assert luck["shop", line].iloc[0] < point["shop", line].iloc[0] < luck["shop", line].iloc[1]


def test_regional_events_do_not_average_out_over_a_fleet() -> None:
    """Their minutes over their mean are N / m with N ~ Poisson(rate x 2 years), for 1 cluster as for 1,000."""
    for clusters in (1, 1000):
        certain = fixed(fleet(clusters))
        expected = certain.assumptions["downtime.regional_events_per_year"].mean * 2
        ledger = tco.evaluate(certain, tco.monte_carlo(certain, 4096, seed=1))
        lines = ledger.total(["option", "line"], "downtime minute")
        for option in ("stay", "dynamodb"):
            minutes = lines[option]["unplanned regional downtime"]
            assert (minutes / minutes.mean()).var() == pytest.approx(1 / expected, rel=0.03)


def test_an_outage_of_one_region_hits_the_groups_there_and_no_others() -> None:
    fleet = {
        name: group(region=region) for name, region in (("a", "us-east-1"), ("b", "eu-west-1"), ("c", "eu-west-1"))
    }
    loaded = tco.load_scenario(scenario(fleet=fleet))
    columns = {
        event_column("regional", "us-east-1"): [0.001, 0.999],
        event_column("regional", "eu-west-1"): [0.999, 0.001],
    }
    design = Design("outages", 2, {path: np.array(column) for path, column in columns.items()})
    minutes = tco.evaluate(loaded, design).total(["option", "group", "line"], "downtime minute")["stay"]
    hit = {name: minutes[name, "unplanned regional downtime"].gt(0).tolist() for name in fleet}
    assert hit == {"a": [False, True], "b": [True, False], "c": [True, False]}


def test_luck_of_single_clusters_averages_out_over_a_large_fleet() -> None:
    spread = {}
    for clusters in (1, 1000):
        certain = fixed(fleet(clusters))
        ledger = tco.evaluate(certain, tco.monte_carlo(certain, 4096, seed=1))
        minutes = ledger.total(["option", "line"], "downtime minute")["stay"]["cutover incidents"]
        spread[clusters] = minutes.std() / minutes.mean()
    assert spread[1] / spread[1000] == pytest.approx(np.sqrt(1000), rel=0.1)


def test_luck_outweighs_ignorance_of_downtime_for_one_cluster_and_not_for_a_thousand() -> None:
    shares = {}
    for clusters in (1, 1000):
        loaded = tco.load_scenario(fleet(clusters))
        design = tco.monte_carlo(loaded, 4096, seed=1)
        minutes = [
            tco.evaluate(loaded, drawn).total(["option", "line"], "downtime minute")["stay"]["cutover incidents"]
            for drawn in (design, design.without_events())
        ]
        shares[clusters] = 1 - minutes[1].var() / minutes[0].var()
    assert shares[1] > 0.5 > shares[1000]


def test_options_share_their_luck() -> None:
    """The same incidents hit two options that are alike; the better method never has more of them."""
    options = {"stay": STAY, "again": STAY, "automated": {**STAY, "method": "blue_green"}, "dynamodb": DYNAMODB}
    loaded = tco.load_scenario(scenario(options=options))
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 2000, seed=1))
    totals = ledger.total()
    assert (totals["again"] == totals["stay"]).all()
    lines = ledger.total(["option", "line"], "downtime minute")
    regional = [lines[name]["unplanned regional downtime"] for name in ("stay", "automated")]
    assert (regional[0] == regional[1]).all()


def test_a_withdrawal_hits_everybody_on_the_platform_or_nobody() -> None:
    """Over 2 years at 30 % a year, e**-0.6 = 55 % of draws see none; the clusters of both options share the event."""
    raw = scenario(options={"stay": STAY, "again": {**STAY, "method": "blue_green"}, "dynamodb": DYNAMODB})
    means = {path: entry.mean for path, entry in tco.load_scenario(raw).assumptions.items()}
    certain = tco.load_scenario(raw, set=means | {WITHDRAWALS: 0.3})
    ledger = tco.evaluate(certain, tco.monte_carlo(certain, 4096, seed=1))
    cost = ledger.total(["option", "line"]).xs("service withdrawal", axis=1, level="line")
    assert (cost["stay"] == 0).mean() == pytest.approx(np.exp(-0.6), abs=0.01)
    assert (cost["stay"] == cost["again"]).all()
    expected = ledger.at_point.total(["option", "line"]).iloc[0]["stay"]["service withdrawal"]
    assert cost["stay"].mean() == pytest.approx(expected, rel=0.02)
    assert cost["stay"].nunique() <= 6
    lines = tco.evaluate(tco.load_scenario(raw, set={WITHDRAWALS: 0})).lines()
    assert not any(WITHDRAWALS in line.assumptions for line in lines)

"""Minutes are the same whatever they are worth, and the application's are the same for every option and method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.catalog.services import tiers
from tco.evaluation.ledger import Ledger
from tco.model.fleet.effort import INCIDENTS
from tco.sampling.designs import Design


def evaluated(raw: dict[str, Any], **values: Any) -> Ledger:
    return tco.evaluate(tco.load_scenario(raw, set=values))


def test_application_minutes_are_a_property_of_the_application() -> None:
    """The same number of events that go well: the same minutes on top, by whatever method and topology."""
    options = {
        "one": {"platform": "rds"}, "two": STAY, "green": {**STAY, "method": "blue_green"},
        "three": {**STAY, "deployment": "multi_az", "instances": 3},
    }  # fmt: skip
    values = {"downtime.application_extra_minutes": 3, **dict.fromkeys(INCIDENTS.values(), 0)}
    ledger = evaluated(scenario(options=options, reference="one"), **values)
    minutes = ledger.total(["option", "phase"], "downtime minute").iloc[0]
    for phase in ("major upgrade: application", "minor upgrade: application", "OS patch: application"):
        assert len({round(float(minutes[option, phase]), 9) for option in options}) == 1
        assert minutes["one", phase] > 0


@settings(max_examples=10)
@given(st.floats(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_what_a_minute_is_worth_changes_no_minute(value: float, affected: float, off_peak: float) -> None:
    worth = {"downtime.value_per_minute": value, "downtime.affected_share": affected,
             "downtime.off_peak_factor": off_peak}  # fmt: skip
    before, after = evaluated(scenario()), evaluated(scenario(), **worth)
    lines = ["option", "line"]
    assert after.total(lines, "downtime minute").equals(before.total(lines, "downtime minute"))
    cost = after.total(["option", "line", "unit"]).iloc[0]
    minutes = after.total(lines, "downtime minute").iloc[0]
    for option in ("stay", "dynamodb"):
        planned = minutes[option, "planned downtime"] * value * affected * off_peak
        assert cost[option, "planned downtime", "downtime minute"] == pytest.approx(planned, abs=1e-9)
        sudden = minutes[option, "unplanned local downtime"] * value * affected
        assert cost[option, "unplanned local downtime", "downtime minute"] == pytest.approx(sudden, abs=1e-9)


def test_an_outage_of_a_region_hits_all_platforms_in_it() -> None:
    minutes = evaluated(scenario()).total(["option", "line"], "downtime minute").iloc[0]
    for option in ("stay", "dynamodb"):
        assert minutes[option, "unplanned regional downtime"] > 0
    without = evaluated(scenario(), **{"downtime.regional_events_per_year": 0})
    assert without.total("line", "downtime minute").iloc[0]["unplanned regional downtime"] == 0


def test_a_business_wide_value_is_shared_and_never_exceeded() -> None:
    """All clusters down for a minute cost the business's minute once, however many there are."""
    for clusters in (1, 7, 500):
        raw = scenario(fleet={"shop": group(clusters=clusters)}, months=12)
        worth = {"downtime.business_value_per_minute": 600, "downtime.affected_share": 1,
                 "downtime.regional_events_per_year": 1,
                 "downtime.regional_minutes_instances": 10, "downtime.regional_error_share_instances": 1}  # fmt: skip
        cost = evaluated(raw, **worth).total(["option", "line"]).iloc[0]["stay", "unplanned regional downtime"]
        assert cost == pytest.approx(6000)


@pytest.mark.parametrize(("clusters", "environment", "weight"), [(4, "production", 1), (1, "test", 0.5)])
def test_a_row_without_a_value_of_the_business_has_that_of_its_clusters(
    clusters: int, environment: str, weight: float
) -> None:
    """7 USD a minute of a production cluster, or a business's half a dollar and 600 that clusters share by weight."""
    values = {"downtime.value_per_minute": 7, "downtime.affected_share": 1, "downtime.non_production_value_share": 0.5}
    loaded = tco.load_scenario(
        scenario(months=12, fleet={"shop": group(clusters=clusters, environment=environment)}), set=values
    )
    design = Design("business", 3, {"downtime.business_value_per_minute": np.array([0, 0.5, 600])})
    ledger, line = tco.evaluate(loaded, design), "unplanned local downtime"
    minutes = ledger.total(["option", "line"], "downtime minute")["stay"][line]
    price = ledger.total(["option", "line"])["stay"][line] / minutes
    assert price.tolist() == pytest.approx([7 * weight, 0.5 / clusters, 600 / clusters])


def test_planned_minutes_fall_with_each_better_topology() -> None:
    options = {"single": {"platform": "rds"}, "standby": STAY, "cluster": {**STAY, "deployment": "multi_az_cluster"}}
    fleet = {"shop": group(engine="postgresql", version="16", instance_class="db.r6g.large")}
    price = {
        "service": "AmazonRDS",
        "region": "us-east-1",
        "item": "instance",
        "engine": "postgresql",
        "price": 0.6,
        "instance_class": "db.r6g.large",
        "deployment": "multi_az_cluster",
        "unit": "instance hour",
        "source": {"title": "Worked case", "as_of": "2026-11-01", "kind": "judgement"},
    }
    raw = scenario(options=options, reference="single", fleet=fleet, prices=[price])
    minutes = evaluated(raw).total(["option", "phase"], "downtime minute").iloc[0]
    patches = [minutes[option, "OS patch: database"] for option in options]
    assert patches[0] > patches[1] > patches[2] > 0


def test_a_reader_of_aurora_takes_over_and_a_second_one_changes_nothing() -> None:
    options = {
        name: {"platform": "aurora", "instances": count} for name, count in (("one", 1), ("two", 2), ("three", 3))
    }
    raw = scenario(options=options, reference="one", fleet={"shop": group(platform="aurora", version="3")})
    minutes = (
        evaluated(raw).total(["option", "line"], "downtime minute").iloc[0].xs("unplanned local downtime", level=1)
    )
    assert minutes["one"] > 2 * minutes["two"] > 0
    assert minutes["three"] == pytest.approx(minutes["two"])


# -- service levels --------------------------------------------------------------------------------------------------


def test_expected_credits_agree_with_simulated_months() -> None:
    """Months with random outages of random length, credited by the sum of their minutes, against the closed form.

    The closed form looks at single outages; two in a month that miss a threshold only together are so rare at
    published rates that the credit differs by little.
    """
    rate, repair, regions, regional, share = 0.9, 30.0, 0.33, 143.0, 0.5
    values = {
        "downtime.unplanned_failures_managed": rate, "downtime.single_az_recovery_minutes": repair,
        "downtime.regional_events_per_year": regions, "downtime.regional_minutes_instances": regional,
        "downtime.regional_error_share_instances": share, "sla.claimed_share": 1, "finance.hours_per_month": 730,
    }  # fmt: skip
    raw = scenario(
        months=12, fleet={"shop": group(version="8.4", clusters=1)}, options={"stay": {"platform": "rds"}, "b": STAY}
    )
    ledger = evaluated(raw, **values)
    lines = ledger.total(["option", "line"]).iloc[0]["stay"]
    bill = lines["compute"] + lines["storage"]
    found = -lines["SLA credits received"] / bill

    random = np.random.default_rng(5)
    months = 400_000
    down = np.zeros(months)
    for yearly, minutes in ((rate, repair), (regions, regional * share)):
        month = random.integers(0, months, random.poisson(yearly / 12 * months))
        np.add.at(down, month, random.exponential(minutes, len(month)))
    uptime = 1 - down / (730 * 60)
    credit = np.zeros(months)
    for tier in tiers("rds", "single_az"):
        credit[uptime < tier.uptime_below] = tier.credit_share
    assert found == pytest.approx(credit.mean(), rel=0.05)


def test_no_credit_without_an_agreement_or_a_claim() -> None:
    ledger = evaluated(scenario(), **{"sla.claimed_share": 0})
    assert (ledger.total(["option", "line"]).iloc[0].xs("SLA credits received", level=1) == 0).all()


def test_a_credit_is_a_share_of_the_bill_and_no_compensation() -> None:
    """Even with an outage nearly all the time no more comes back than was paid."""
    worst = {"downtime.unplanned_failures_managed": 12, "downtime.failover_seconds": 2e6, "sla.claimed_share": 1}
    lines = evaluated(scenario(options={"stay": STAY, "dynamodb": DYNAMODB}), **worst).total(["option", "line"]).iloc[0]
    infrastructure = lines["stay", "compute"] + lines["stay", "storage"] + lines["stay", "backup"]
    assert 0 < -lines["stay", "SLA credits received"] <= infrastructure * (1 + 1e-9)


def test_a_provider_answers_for_its_machines_and_not_for_what_a_team_does_on_them() -> None:
    """Own servers fail for it as often as managed ones do."""
    servers = {"platform": "ec2", "version": "8.4"}
    raw = scenario(fleet={"shop": group(**servers)}, options={"stay": {"platform": "ec2"}, "dynamodb": DYNAMODB})
    values = {
        "sla.claimed_share": 1,
        "downtime.single_az_recovery_minutes": 400,
        "downtime.regional_events_per_year": 0,
    }

    def received(managed: float, own: float) -> float:
        rates = {"downtime.unplanned_failures_managed": managed, "downtime.unplanned_failures_self_managed": own}
        return -float(evaluated(raw, **values, **rates).total(["option", "line"])["stay", "SLA credits received"][0])

    assert received(0, 6) == 0
    assert received(6, 0) == received(6, 6) > 0


def test_an_incident_without_downtime_costs_no_credit() -> None:
    revenue = {"sla.customer_monthly_revenue_per_cluster": 1000}

    def paid(minutes: float) -> float:
        values = {**revenue, "downtime.incident_minutes": minutes}
        return float(
            evaluated(scenario(), **values).total(["option", "phase"])["stay"].get("cut-over incident", [0])[0]
        )

    assert paid(0) == 0
    assert paid(60) > 0

"""What the model says of each published bill, outage and move: one function a case, named for it, giving its checks."""

from __future__ import annotations

from collections.abc import Iterator

from tco.analysis.cases.checks import (
    Check,
    against_assumption,
    against_range,
    exactly,
    held,
    left_open,
    minutes_between,
)
from tco.analysis.cases.fleets import drawn, ends, extended_support, hours_a_month, quickstart
from tco.analysis.comparison import CLAIMED_LOW, planned_downtime
from tco.catalog.service_levels import ONE_REGION, tiers
from tco.evidence.cases import Case
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR

MINUTES_OF_OCTOBER = 31 * 24 * MINUTES_PER_HOUR
TWO_VCPU = "db.m5.large"
FEW = 0.05


def extended_support_one_instance(case: Case) -> Iterator[Check]:
    """Two vCPU for 730 hours."""
    hours = case.inputs["hours"].value or 0.0
    yield exactly(
        case,
        "monthly_charge",
        extended_support(TWO_VCPU, instances=1, hours=hours, deployment="single_az", year=1, engine="mysql"),
    )


def extended_support_two_instances(case: Case) -> Iterator[Check]:
    """Two instances of two vCPU for 720 hours."""
    hours, count = case.inputs["hours"].value or 0.0, int(case.inputs["instances"].value or 0)
    yield exactly(
        case,
        "monthly_charge",
        extended_support(TWO_VCPU, instances=count, hours=hours, deployment="single_az", year=1, engine="postgresql"),
    )


def extended_support_aurora_mysql_year_3(case: Case) -> Iterator[Check]:
    """The third year over the first."""
    first, third = (
        extended_support(
            "db.r5.large", instances=1, hours=730, deployment="", year=year, engine="mysql", platform="aurora"
        )
        for year in (1.0, 3.0)
    )
    yield exactly(case, "rate_over_year_1", third / first)


def extended_support_multi_az(case: Case) -> Iterator[Check]:
    """A Multi-AZ instance over the same without a standby."""
    one, both = (
        extended_support(TWO_VCPU, instances=1, hours=730, deployment=deployment, year=1, engine="mysql")
        for deployment in ("single_az", "multi_az")
    )
    yield exactly(case, "charged_vcpu_over_vcpu", both / one)


def dynamodb_2015(case: Case) -> Iterator[Check]:
    """Minutes from the times; and whether the model's regional events last so long."""
    yield exactly(case, "duration", minutes_between(case))
    yield against_assumption(case, "duration", "downtime.regional_minutes_versionless")


def dynamodb_2025(case: Case) -> Iterator[Check]:
    """Minutes from the times, the month's uptime if every request failed, and the credit it earns."""
    minutes = minutes_between(case)
    uptime = 1 - minutes / MINUTES_OF_OCTOBER
    credit = max((tier.credit_share for tier in tiers("dynamodb", ONE_REGION) if uptime < tier.uptime_below), default=0)
    yield exactly(case, "duration", minutes)
    yield exactly(case, "october_uptime", uptime)
    yield exactly(case, "credit_share", credit)
    yield against_assumption(case, "duration", "downtime.regional_minutes_versionless")


def rds_multi_az_failover(case: Case) -> Iterator[Check]:
    """Seconds of a failover."""
    yield against_assumption(case, "failover", "downtime.failover_seconds")


def aurora_bluegreen_2026(case: Case) -> Iterator[Check]:
    """Seconds of a switch-over."""
    reason = "the range covers RDS too, for which the guide says up to a minute; Aurora MySQL alone has become faster"
    yield against_assumption(case, "switchover", "downtime.bluegreen_seconds", reason=reason)


def amazon_oracle_exit(case: Case) -> Iterator[Check]:
    """The saving claimed, against that of moving the quickstart to DynamoDB."""
    totals = quickstart().total("option", "npv")
    saved = 1 - totals[["dynamodb_on_demand", "dynamodb_provisioned"]].min(axis=1) / totals["stay"]
    claimed = case.observed["cost_reduction"].value or 0.0
    chance = float((saved >= claimed).mean())
    yield held(
        case,
        "cost_reduction",
        chance,
        chance < FEW,
        "guard",
        "chance that moving the quickstart to DynamoDB saves as much; the claim is not carried over",
    )


def amazon_wallet(case: Case) -> Iterator[Check]:
    """Yearly labour of 60 databases on own servers."""
    count = int(case.inputs["instances"].value or 0)
    ledger = drawn("postgresql", "14", count, "in_place")
    totals = ledger.total(["option", "category"])["as_is"]
    cost = (totals["operations"] + totals["version upkeep"]).to_numpy(float)
    low, high = ends(cost / ledger.scenario.months * MONTHS_PER_YEAR)
    yield against_range(
        case, "labour_before", low, high, "the case counts developers alone; the model adds administration and on-call"
    )


def amazon_flash(case: Case) -> Iterator[Check]:
    """Hours a database and month on own servers, upgrades included."""
    count = int(case.inputs["databases"].low or 0)
    low, high = ends(hours_a_month(drawn("postgresql", "14", count, "in_place")) / count)
    yield against_range(
        case,
        "administration_per_database",
        low,
        high,
        "'hundreds of hours' may be as few as 2.2 a database; PostgreSQL stands in for Oracle",
    )


def druva_dynamodb(case: Case) -> Iterator[Check]:
    """The minutes claimed for relational clusters, against those of the database alone."""
    frame = planned_downtime(evaluate(load_scenario("quickstart"))).set_index("option")
    minutes = float(frame["database_minutes"]["stay"])
    yield held(
        case,
        "relational_downtime_claim",
        minutes,
        minutes < CLAIMED_LOW,
        "guard",
        "planned database minutes of the quickstart as it stays; the claim needs long stops of applications",
    )


def trackit_aurora(case: Case) -> Iterator[Check]:
    """Slower development on a key-value model."""
    yield left_open(case, "reason", "miss", "slower development under denormalisation is not counted; re-modelling is")


def notion_resharding(case: Case) -> Iterator[Check]:
    """Minutes of a move to other servers."""
    yield against_assumption(case, "scheduled_downtime", "downtime.migration_cutover_minutes")


CHECKS = (
    extended_support_one_instance,
    extended_support_two_instances,
    extended_support_aurora_mysql_year_3,
    extended_support_multi_az,
    dynamodb_2015,
    dynamodb_2025,
    rds_multi_az_failover,
    aurora_bluegreen_2026,
    amazon_oracle_exit,
    amazon_wallet,
    amazon_flash,
    druva_dynamodb,
    trackit_aurora,
    notion_resharding,
)

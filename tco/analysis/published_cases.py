"""The checks of the model against each published case, by its name, one for each of its figures.

A case's own figures are the only inputs. If it does not name an engine or a platform that the toolkit knows, the
nearest is used and the reason says so. A figure that follows from others of its case is tested once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from tco.analysis.case_checks import (
    Check,
    Checker,
    Range,
    band,
    exactly,
    holds,
    in_assumption,
    in_range,
    minutes_between,
    not_counted,
    number,
    untested,
)
from tco.analysis.comparison import CLAIMED_LOW, planned_downtime
from tco.catalog.services import ONE_REGION, tiers
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import DOWNTIME, LABOUR, Array
from tco.evidence.cases import Case
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.platforms.pricing import price
from tco.sampling.monte_carlo import monte_carlo
from tco.units import DAYS_PER_MONTH, MINUTES_PER_HOUR, MONTHS_PER_YEAR, SECONDS_PER_MINUTE

DRAWS, SEED = 1000, 1
REGION, PRICES_OF = "us-east-1", "2025-12-31"
HISTORY = {"start": "2012-01", "months": 144}
MINUTES_OF_OCTOBER = 31 * 24 * MINUTES_PER_HOUR
DAYS_OF_WEEK, WORKING_HOURS_OF_WEEK, HOURS_OF_WEEK = 7.0, 40.0, 168.0
TWO_VCPU = {"instance_class": "db.m5.large", "deployment": "single_az", "storage_gb": 20}
SMALL_SHARE = 0.05
IN_PLACE, INCIDENT = "downtime.inplace_major_minutes", "downtime.incident_minutes"
REGIONAL, BLUE_GREEN = "downtime.regional_minutes_versionless", "downtime.bluegreen_seconds"
REPLICATION, PREPARATION = "downtime.logical_replication_seconds", "upgrades.preparation_months"
CUT_OVER, FAILOVER = "downtime.migration_cutover_minutes", "downtime.failover_seconds"
ROUTINE = ("operations.routine_hours_self_managed", "operations.pages_of_further_node")
WORDS, LATENCY = "words, no figure", "latency is not counted"
FEWER_HOURS = "PostgreSQL on own servers stands in for Oracle; share of operations and upkeep saved once moved"


@cache
def fleet_ledger(engine: str, version: str, clusters: int, method: str, instances: int = 1) -> Ledger:
    """A self-managed fleet of one engine in draws of the baseline, unchanged and moved to DynamoDB."""
    option = {"platform": "ec2", "deployment": "single_az", "policy": "settled", "method": method}
    group = {
        "clusters": clusters, "instances": instances, "engine": engine, "version": version, "region": REGION,
        "environment": "production", "instance_class": "r6g.large", "storage_gb": 100,
        "workload": {"reads_per_second": 100, "writes_per_second": 20, "item_bytes": 1000},
    }  # fmt: skip
    stated = {
        "name": "case", "start": "2027-01", "months": 60, "prices_as_of": "2026-11-01", "fleet": {"fleet": group},
        "options": {"as_is": option, "moved": {"platform": "dynamodb", "capacity": "on_demand"}},
    }  # fmt: skip
    scenario = load_scenario(stated)
    return evaluate(scenario, monte_carlo(scenario, DRAWS, SEED))


def monthly_hours(ledger: Ledger, category: str = "") -> Array:
    """Labour hours of the fleet per month, in total or of one category, one number per draw."""
    by = ["option", "category"] if category else "option"
    hours = ledger.total(by, LABOUR)[("as_is", category) if category else "as_is"].to_numpy(float)
    return hours / ledger.scenario.months


def extended_support(platform: str, **usage: Any) -> float:
    """The Extended Support on a monthly bill, in USD; for one instance in its first year unless stated."""
    stated = {"instances": 1, "hours_per_month": 730, "extended_support_year": 1, **usage}
    bill = price(platform, stated, region=REGION, as_of=PRICES_OF)
    return float(bill.loc[bill["item"].str.contains("Extended Support"), "cost"].sum())


def monthly_charge(engine: str) -> Callable[[Case], float]:
    """The Extended Support of the case's instances with two vCPU each, for its hours of a month."""

    def charge(case: Case) -> float:
        instances = int(number(case, "instances")) if "instances" in case.inputs else 1
        hours = number(case, "hours")
        return extended_support("rds", **TWO_VCPU, engine=engine, hours_per_month=hours, instances=instances)

    return charge


def charge_ratio(platform: str, usage: Mapping[str, Any], **changed: Any) -> Callable[[Case], float]:
    """The Extended Support of a changed usage over that of the usage itself."""
    return lambda _: extended_support(platform, **{**usage, **changed}) / extended_support(platform, **usage)


def credit_share(case: Case) -> float:
    """The credit that the month's uptime earns if every request failed."""
    uptime = 1 - minutes_between(case) / MINUTES_OF_OCTOBER
    return max((tier.credit_share for tier in tiers("dynamodb", ONE_REGION) if uptime < tier.uptime_below), default=0)


def chance_of_the_saving(case: Case) -> float:
    """The chance that moving the quickstart to DynamoDB saves as much as the case claims."""
    scenario = load_scenario("quickstart")
    totals = evaluate(scenario, monte_carlo(scenario, DRAWS, SEED)).total("option", "npv")
    saved = 1 - totals[["dynamodb_on_demand", "dynamodb_provisioned"]].min(axis=1) / totals["stay"]
    return float((saved >= (case.observed["cost_reduction"].value or 0.0)).mean())


def planned_database_minutes(_: Case) -> float:
    """Planned minutes of the database alone, per cluster and year of the quickstart as it stays."""
    frame = planned_downtime(evaluate(load_scenario("quickstart"))).set_index("option")
    return float(frame["database_minutes"]["stay"])


def yearly_labour_cost(case: Case) -> Range:
    """Labour of the databases on own servers, upgrades included, in USD a year."""
    ledger = fleet_ledger("postgresql", "14", int(number(case, "instances")), "in_place")
    totals = ledger.total(["option", "category"])["as_is"]
    cost = (totals["operations"] + totals["version upkeep"]).to_numpy(float)
    return band(cost / ledger.scenario.months * MONTHS_PER_YEAR)


def labour_reduction(name: str) -> Callable[[Case], Range]:
    """The share of operations and upkeep that DynamoDB saves in the last year, of a fleet of `name` databases."""

    def share(case: Case) -> Range:
        ledger = fleet_ledger("postgresql", "14", int(number(case, name)), "in_place")
        hours = ledger.total(["option", "category", "period"], LABOUR)
        counted = [
            (category, month)
            for category in ("operations", "version upkeep")
            for month in ledger.scenario.periods[-MONTHS_PER_YEAR:]
        ]
        now, then = (
            hours[[(option, *column) for column in counted]].sum(axis=1).to_numpy(float)
            for option in ("as_is", "moved")
        )
        return band(1 - then / now)

    return share


@cache
def history() -> Ledger:
    """The packaged scenario `backup_metadata_store` from 2012 on, in draws."""
    scenario = load_scenario("backup_metadata_store", set=HISTORY)
    return evaluate(scenario, monte_carlo(scenario, DRAWS, SEED))


def minutes_on_dynamodb(_: Case) -> Range:
    """Downtime minutes per cluster of that scenario in twelve years, on DynamoDB."""
    minutes = history().total("option", DOWNTIME)["dynamodb"].to_numpy(float)
    return band(minutes / history().scenario.fleet_size)


def planned_events_on_dynamodb(_: Case) -> float:
    """Planned events per cluster and year of that scenario, on DynamoDB."""
    frame = planned_downtime(evaluate(load_scenario("backup_metadata_store", set=HISTORY)))
    return float(frame.set_index("option")["events"]["dynamodb"])


def monthly_hours_of_a_database(case: Case) -> Range:
    """Labour hours per database and month on own servers, upgrades included."""
    databases = int(number(case, "databases"))
    return band(monthly_hours(fleet_ledger("postgresql", "14", databases, "in_place")) / databases)


def people(case: Case) -> Range:
    """People needed for the case's clusters, with all labour of databases that the model counts."""
    clusters, nodes = int(number(case, "clusters")), int(number(case, "nodes"))
    ledger = fleet_ledger("cassandra", "4.1", clusters, "rolling", round(nodes / clusters))
    month = ledger.scenario.assumptions["transition.productive_hours_per_month"].mean
    return band(monthly_hours(ledger) / month)


def minor_share(_: Case) -> float:
    """Minor upgrades as a share of all upgrade hours, in a self-managed fleet of 50."""
    totals = fleet_ledger("mysql", "8.0", 50, "rolling").total(["option", "line"], LABOUR)["as_is"]
    return float((totals["minor upgrades"] / (totals["minor upgrades"] + totals["major upgrades"])).mean())


def modelled_upkeep(case: Case) -> str:
    """The yearly hours of upkeep that the model computes for the case's clusters."""
    ledger = fleet_ledger("mysql", "8.0", int(number(case, "clusters")), "rolling")
    low, high = band(monthly_hours(ledger, "version upkeep") * MONTHS_PER_YEAR)
    return f"people and hours are not published; the model asks for {low:,.0f} to {high:,.0f} hours of upkeep a year"


def upkeep_falls_with_size(case: Case) -> Check:
    """Hours of a cluster in a large fleet over those of a single one, tooling included."""
    many = int(number(case, "databases"))
    of_one, of_each = (
        float(monthly_hours(fleet_ledger("postgresql", "12", clusters, "logical_replication"), "version upkeep").mean())
        / clusters
        for clusters in (1, many)
    )
    reason = f"upkeep hours a cluster in a fleet of {many} over those of a single one"
    return holds("databases_upgraded", "sign", lambda _: of_each / of_one, lambda ratio: ratio < 1, reason)(case)


CHECKS: Mapping[str, Sequence[Checker]] = {
    "github_mysql_8": [
        untested("elapsed", modelled_upkeep),
        untested(
            "pace", "the mean of a whole programme; the model's pace follows from the people, who are not published"
        ),
        untested("service_level", WORDS),
    ],
    "meta_mysql_8": [
        untested("elapsed", "a fork of 1,700 patches; the model knows published releases only"),
        untested("elapsed_of_previous_major", "of the same fork"),
    ],
    "shopify_mysql_patch": [
        untested("finished", "a date without its beginning"),
        untested("way_back", WORDS),
        holds(
            "tooling",
            "sign",
            minor_share,
            lambda share: share > SMALL_SHARE,
            "minor upgrades as a share of upgrade hours, in a self-managed fleet of 50",
        ),
    ],
    "gitlab_postgresql_11": [
        in_assumption("preparation", PREPARATION, DAYS_OF_WEEK / DAYS_PER_MONTH),
        in_assumption("downtime_target", IN_PLACE),
        in_assumption(
            "window", IN_PLACE, reason="6 TB with checks before and after; the range is of ordinary databases"
        ),
    ],
    "gitlab_annual_upgrades": [
        untested("cadence", "a choice of the team, which a policy states"),
        in_assumption("change_lock", "upgrades.freeze_working_hours", WORKING_HOURS_OF_WEEK / HOURS_OF_WEEK),
        untested("corruption_check", "hours of a machine, which nobody attends"),
    ],
    "revenuecat_aurora_14": [
        in_assumption("impaired", INCIDENT),
        untested("cause_found_after", "a part of the same incident"),
        in_assumption("planned_read_only", REPLICATION),
        in_assumption("preparation", PREPARATION),
    ],
    "preset_rds_17": [
        in_assumption("normal_downtime", IN_PLACE),
        in_assumption("incident_downtime", INCIDENT),
        untested("snapshot", "a part of the same incident"),
        untested("incident_over_normal", "follows from the two others, one of them a bound"),
    ],
    "knock_aurora_15": [in_assumption("downtime", REPLICATION, SECONDS_PER_MINUTE)],
    "retool_postgresql_13": [untested("downtime_wanted", "what was wished for; the downtime achieved was not read")],
    "fresha_postgresql_17": [
        upkeep_falls_with_size,
        in_assumption("downtime", REPLICATION, reason="the range is of cut-overs that stop writes for a moment"),
    ],
    "runsignup_aurora_3": [
        in_assumption("switchover", BLUE_GREEN),
        untested("lost_transactions", "loss of data is not counted"),
    ],
    "gopinath_aurora_11": [
        in_assumption("plan_written", "upgrades.plan_hours", WORKING_HOURS_OF_WEEK),
        untested("discovery", WORDS),
    ],
    "netflix_cassandra": [
        in_range("people", people, "see the range of hours a cluster", ROUTINE),
        untested("clusters_per_person", "follows from the people"),
        untested("nodes_per_person", "follows from the people"),
    ],
    "adyen_postgresql_13": [
        untested("upgrade", WORDS),
        not_counted("index_corruption_found", "latent defects of an upgrade are not counted"),
    ],
    "extended_support_one_instance": [exactly("monthly_charge", monthly_charge("mysql"))],
    "extended_support_two_instances": [exactly("monthly_charge", monthly_charge("postgresql"))],
    "extended_support_aurora_mysql_year_3": [
        exactly(
            "rate_over_year_1",
            charge_ratio("aurora", {"engine": "mysql", "instance_class": "db.r5.large"}, extended_support_year=3),
        )
    ],
    "extended_support_multi_az": [
        exactly("charged_vcpu_over_vcpu", charge_ratio("rds", {**TWO_VCPU, "engine": "mysql"}, deployment="multi_az"))
    ],
    "dynamodb_2015": [in_assumption("duration", REGIONAL)],
    "dynamodb_2025": [
        in_assumption("duration", REGIONAL),
        untested("october_uptime", "follows from the duration"),
        exactly("credit_share", credit_share),
    ],
    "rds_multi_az_failover": [
        in_assumption("failover", FAILOVER),
        in_assumption("documented_failover", FAILOVER),
    ],
    "aurora_bluegreen_2026": [
        in_assumption(
            "switchover",
            BLUE_GREEN,
            reason="the range covers RDS too, for which the guide says up to a minute; Aurora MySQL alone has become "
            "faster",
        ),
        in_assumption("announced", BLUE_GREEN),
    ],
    "amazon_oracle_exit": [
        holds(
            "cost_reduction",
            "guard",
            chance_of_the_saving,
            lambda chance: chance < SMALL_SHARE,
            "chance that moving the quickstart to DynamoDB saves as much; the claim is not carried over",
        ),
        in_range("administration_reduction", labour_reduction("databases"), FEWER_HOURS, ROUTINE),
        untested("latency_reduction", LATENCY),
    ],
    "amazon_wallet": [
        in_assumption("downtime", CUT_OVER, reason="the range starts at a minute of blocked writes"),
        in_range("operations_reduction", labour_reduction("instances"), FEWER_HOURS, ROUTINE),
        untested("latency_reduction", LATENCY),
        in_range(
            "labour_before",
            yearly_labour_cost,
            "the case counts developers alone; the model adds administration and on-call",
        ),
        untested("labour_saved", "follows from the labour before and its reduction"),
    ],
    "amazon_flash": [
        in_range(
            "administration_per_database",
            monthly_hours_of_a_database,
            "'hundreds of hours' may be as few as 2.2 a database; PostgreSQL stands in for Oracle",
            ROUTINE,
        )
    ],
    "druva_dynamodb": [
        in_range(
            "downtime",
            minutes_on_dynamodb,
            "events of a Region stop its tables, as on 20 September 2015; the customer saw none or does not count them",
        ),
        exactly("maintenance_notices", planned_events_on_dynamodb),
        holds(
            "relational_downtime_claim",
            "guard",
            planned_database_minutes,
            lambda minutes: minutes < CLAIMED_LOW,
            "planned database minutes of the quickstart as it stays; the claim needs long stops of applications",
        ),
    ],
    "trackit_aurora": [
        not_counted("reason", "slower development under denormalisation is not counted; re-modelling is")
    ],
    "notion_resharding": [
        in_assumption("scheduled_downtime", CUT_OVER),
        in_assumption("downtime_of_second_move", CUT_OVER, reason="the range starts at a minute of blocked writes"),
    ],
}
"""The checks of each case by its name."""

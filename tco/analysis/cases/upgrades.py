"""What the model says of each published upgrade: one function a case, named for it, giving its checks.

A case's own figures are the only inputs; where it does not name an engine or a platform that the toolkit knows, the
nearest stands in and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tco.analysis.cases.checks import Check, against_assumption, against_range, held, left_open
from tco.analysis.cases.fleets import DRAWS, SEED, drawn, ends, hours_a_month
from tco.evaluation.ledger_line import LABOUR
from tco.evidence.cases import Case
from tco.loading.loading import baseline
from tco.scenario.quantiles import quantile
from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_MINUTE

DAYS_OF_WEEK, WORKING_HOURS_OF_WEEK, HOURS_OF_WEEK = 7.0, 40.0, 168.0
FEW = 0.05
INCIDENT = "downtime.incident_minutes"


def github_mysql_8(case: Case) -> Iterator[Check]:
    """Elapsed time of a rolling upgrade of some 50 clusters."""
    clusters = int(case.inputs["clusters"].low or 0)
    low, high = ends(hours_a_month(drawn("mysql", "8.0", clusters, "rolling"), "version upkeep") * MONTHS_PER_YEAR)
    reason = f"people and hours are not published; the model asks for {low:,.0f} to {high:,.0f} hours of upkeep a year"
    yield left_open(case, "elapsed", "not evaluable", reason)


def meta_mysql_8(case: Case) -> Iterator[Check]:
    """A fork with its own patches."""
    yield left_open(
        case, "elapsed", "not evaluable", "a fork of 1,700 patches; the model knows published releases only"
    )


def shopify_mysql_patch(case: Case) -> Iterator[Check]:
    """Minor upgrades of a self-managed fleet cost labour."""
    totals = drawn("mysql", "8.0", 50, "rolling").total(["option", "line"], LABOUR)["as_is"]
    share = float((totals["minor upgrades"] / (totals["minor upgrades"] + totals["major upgrades"])).mean())
    yield held(
        case,
        "tooling",
        share,
        share > FEW,
        "sign",
        "minor upgrades as a share of upgrade hours, in a self-managed fleet of 50",
    )


def gitlab_postgresql_11(case: Case) -> Iterator[Check]:
    """Weeks of preparation, and minutes aimed at."""
    yield against_assumption(case, "preparation", "upgrades.preparation_months", DAYS_OF_WEEK / DAYS_PER_MONTH)
    yield against_assumption(case, "downtime_target", "downtime.inplace_major_minutes")


def gitlab_annual_upgrades(case: Case) -> Iterator[Check]:
    """Hours of a change lock over a weekend, as working hours."""
    yield against_assumption(
        case, "change_lock", "upgrades.freeze_working_hours", WORKING_HOURS_OF_WEEK / HOURS_OF_WEEK
    )


def revenuecat_aurora_14(case: Case) -> Iterator[Check]:
    """Minutes of the incident, seconds that were planned, months of preparation."""
    yield against_assumption(case, "impaired", INCIDENT)
    yield against_assumption(case, "planned_read_only", "downtime.logical_replication_seconds")
    yield against_assumption(case, "preparation", "upgrades.preparation_months")


def preset_rds_17(case: Case) -> Iterator[Check]:
    """Minutes of the normal upgrade, of the incident, and their ratio."""
    yield against_assumption(case, "normal_downtime", "downtime.inplace_major_minutes")
    yield against_assumption(case, "incident_downtime", INCIDENT)
    generator = np.random.default_rng(SEED)
    incident, normal = (
        quantile(baseline()[path], generator.random(DRAWS)) for path in (INCIDENT, "downtime.inplace_major_minutes")
    )
    yield against_range(case, "incident_over_normal", *ends(incident / normal))


def knock_aurora_15(case: Case) -> Iterator[Check]:
    """Minutes by logical replication."""
    yield against_assumption(case, "downtime", "downtime.logical_replication_seconds", SECONDS_PER_MINUTE)


def retool_postgresql_13(case: Case) -> Iterator[Check]:
    """A wish, not an outcome."""
    yield left_open(case, "downtime_wanted", "not evaluable", "what was wished for; the downtime achieved was not read")


def fresha_postgresql_17(case: Case) -> Iterator[Check]:
    """Hours of a cluster fall with the number of clusters, tooling included."""
    many = int(case.inputs["databases"].low or 0)
    one, each = (
        float(hours_a_month(drawn("postgresql", "12", clusters, "logical_replication"), "version upkeep").mean())
        / clusters
        for clusters in (1, many)
    )
    yield held(
        case,
        "databases_upgraded",
        each / one,
        each < one,
        "sign",
        f"upkeep hours a cluster in a fleet of {many} over those of a single one",
    )


def runsignup_aurora_3(case: Case) -> Iterator[Check]:
    """Seconds of a switch-over."""
    yield against_assumption(case, "switchover", "downtime.bluegreen_seconds")


def gopinath_aurora_11(case: Case) -> Iterator[Check]:
    """A week of one engineer to write a plan."""
    yield against_assumption(case, "plan_written", "upgrades.plan_hours", WORKING_HOURS_OF_WEEK)


def netflix_cassandra(case: Case) -> Iterator[Check]:
    """Clusters a person, everything that the model counts as labour of databases."""
    clusters, nodes = int(case.inputs["clusters"].value or 0), int(case.inputs["nodes"].value or 0)
    ledger = drawn("cassandra", "4.1", clusters, "rolling", round(nodes / clusters))
    month = ledger.scenario.assumptions["transition.productive_hours_per_month"].mean
    low, high = ends(clusters / (hours_a_month(ledger) / month))
    yield against_range(case, "clusters_per_person", low, high, "see the range of hours a cluster")


def adyen_postgresql_13(case: Case) -> Iterator[Check]:
    """Defects that surface later."""
    yield left_open(case, "index_corruption_found", "miss", "latent defects of an upgrade are not counted")


CHECKS = (
    github_mysql_8,
    meta_mysql_8,
    shopify_mysql_patch,
    gitlab_postgresql_11,
    gitlab_annual_upgrades,
    revenuecat_aurora_14,
    preset_rds_17,
    knock_aurora_15,
    retool_postgresql_13,
    fresha_postgresql_17,
    runsignup_aurora_3,
    gopinath_aurora_11,
    netflix_cassandra,
    adyen_postgresql_13,
)

"""What a version asks for between major upgrades: minor upgrades, patches, Extended Support, months without patches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import extended_support_spans, free_patches_end
from tco.errors import UnknownPrice
from tco.evaluation.ledger_line import ONE, ZERO, Line
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour
from tco.model.fleet.bills import all_price_names, amounts, bill, monthly_bill, price_names
from tco.model.fleet.placement import Hosting, designs
from tco.model.fleet.scheduling import versions_over_time
from tco.model.fleet.waves import Cohort, cohorts
from tco.platforms.base import BillLine
from tco.units import HOURS_PER_DAY, MONTHS_PER_YEAR

Array = NDArray[np.float64]


def minor_events(hosting: Hosting) -> Array:
    """Minor upgrades of a cluster a month: the provider forces one every so many months; a team chooses its own."""
    if hosting.family == "versionless":
        return ZERO
    if hosting.family == "managed":
        return 1 / hosting.inputs["upgrades.minor_interval_months"]
    return hosting.inputs["upgrades.minor_events_self_managed_per_year"] / MONTHS_PER_YEAR


def automation(hosting: Hosting) -> Array:
    """Hours left of a minor upgrade by hand where the option automates cut-overs, (1 or draws, members, 1)."""
    automated = by_green_copy(hosting)
    if not automated.any():
        return ONE
    return np.where(automated.reshape(1, -1, 1), hosting.inputs["upgrades.minor_automation_factor"], 1.0)


def by_green_copy(hosting: Hosting) -> NDArray[np.bool_]:
    """Which members make minor upgrades, too, on a green copy that is switched over: those whose method is that."""
    return np.array([method == "blue_green" for method in hosting.setting("method")])


def minor_upgrades(hosting: Hosting) -> Iterator[Line]:
    """Minor upgrades by hand or automated: clusters x events x hours."""
    if hosting.family != "versionless":
        hours = (
            hosting.clusters,
            hosting.share,
            minor_events(hosting),
            hosting.inputs["upgrades.minor_hours_per_cluster"],
            automation(hosting),
        )
        yield from labour(
            hosting.inputs, "version upkeep", "minor upgrades", hours, hosting.members, DATABASE_ENGINEER, "cut-over"
        )


def minor_tests(hosting: Hosting) -> Iterator[Line]:
    """Tests of applications on a minor upgrade: designs x events x hours."""
    if hosting.family != "versionless":
        inputs = hosting.inputs
        count = designs(hosting.whole, inputs["upgrades.designs_per_cluster"])
        hours = (
            count,
            hosting.split,
            hosting.share,
            minor_events(hosting),
            inputs["upgrades.minor_test_hours_per_design"],
            automation(hosting),
        )
        yield from labour(
            inputs, "version upkeep", "minor upgrades", hours, hosting.members, DEVELOPER, "regression test"
        )


def green_copies(hosting: Hosting) -> Iterator[Line]:
    """The doubled bill while the green copy of a minor upgrade exists: clusters x events x days x daily bill, USD."""
    places = np.flatnonzero(by_green_copy(hosting)) if hosting.is_versioned else ()
    if len(places):
        inputs = hosting.inputs
        months = inputs["staging.bluegreen_days"] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
        yield hosting.line(
            "version upkeep",
            "staging environments",
            "USD",
            (
                hosting.clusters[:, places],
                hosting.share,
                minor_events(hosting),
                months,
                monthly_bill(hosting)[:, places],
            ),
            (ONE,),
            members=hosting.members[places],
            phase="blue/green copy, minor upgrade",
            price_rows=all_price_names(hosting, places),
        )


def patch_events(hosting: Hosting) -> Array:
    """Operating-system and security patches of a cluster a month that need hands; 0 where there are no versions."""
    if not hosting.is_versioned:
        return ZERO
    own = "upgrades.os_patches_self_managed_per_year" if hosting.family == "self_managed" else ""
    return hosting.inputs[own or "upgrades.os_patches_per_year"] / MONTHS_PER_YEAR


def patches(hosting: Hosting) -> Iterator[Line]:
    """Patches of operating systems: clusters x events x hours."""
    if hosting.is_versioned:
        hours = (hosting.clusters, hosting.share, patch_events(hosting), hosting.inputs["upgrades.os_patch_hours"])
        yield from labour(
            hosting.inputs, "version upkeep", "OS and security patches", hours, hosting.members, DATABASE_ENGINEER
        )


def month_shares(hosting: Hosting, first_day: date, last_day: date) -> Array:
    """The share of each month that lies between two days, both inside, (1, 1, months)."""
    begin, end = hosting.inputs.month_days
    days = np.minimum(end, last_day.toordinal() + 1) - np.maximum(begin, first_day.toordinal())
    shares: Array = np.maximum(days, 0) / (end - begin)
    return shares


def extended_support(hosting: Hosting) -> Iterator[Line]:
    """Paid support of versions past their standard support: vCPU or ACU hours x the rate of the year it is in."""
    for cohort in cohorts(hosting):
        months: dict[int, Array] = {}
        for first, last, version in versions_over_time(hosting.inputs, cohort):
            for begin, end, year in extended_support_spans(cohort.engine, version, first, last):
                shares = month_shares(hosting, begin, end)
                months[year] = months.get(year, 0) + shares
        for year, shares in months.items():
            for item in extended_support_bill(hosting, year):
                yield extended_support_line(cohort, item, shares)


def extended_support_bill(hosting: Hosting, year: int) -> list[BillLine]:
    """The Extended Support items of one cluster's bill in a given year of it. Raises UnknownPrice without a price."""
    if "extended_support_year" not in hosting.platform.usage.model_fields:
        raise UnknownPrice(
            f"no price of Extended Support is known for {hosting.platform.name}: choose a version in "
            "standard support or another policy",
            path=f"options.{hosting.option}.policy",
        )
    return [item for item in bill(hosting, extended_support_year=float(year)) if "Extended Support" in item.item]


def extended_support_line(cohort: Cohort, item: BillLine, months: Array) -> Line:
    """One cohort's Extended Support: clusters x hours of a cluster x share of each month that is charged."""
    hosting, places = cohort.hosting, cohort.places
    quantity, price = amounts(item.quantity), amounts(item.unit_price)
    rows = price_names(hosting, item)
    return hosting.line(
        "version upkeep",
        "Extended Support",
        item.unit,
        (cohort.clusters, hosting.share, quantity[:, places] if quantity.shape[1] > 1 else quantity, months),
        (price[:, places] if price.shape[1] > 1 else price, hosting.inputs.price_level("cloud")),
        members=cohort.members,
        phase=item.item,
        price_rows=tuple(rows[place] for place in places),
    )


def months_past_free_patches(hosting: Hosting) -> Iterator[Line]:
    """Cluster-months that a version spends past its free patches, paid support or not: counted, not priced."""
    for cohort in cohorts(hosting):
        past = ZERO
        for first, last, version in versions_over_time(hosting.inputs, cohort):
            end = free_patches_end(cohort.engine, version, last)
            if end < last:
                past = past + month_shares(hosting, max(first, end + timedelta(days=1)), last)
        yield hosting.line(
            "version upkeep",
            "months past free patches",
            "cluster-month",
            (cohort.clusters, hosting.share, past),
            (ZERO,),
            members=cohort.members,
        )


HOSTING_LINES = (minor_upgrades, minor_tests, green_copies, patches, extended_support, months_past_free_patches)

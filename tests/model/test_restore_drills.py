"""Which versions are drilled in each month: worked by hand, of drills of 1 hour and 10 more where a version is old."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import STAY, group, scenario

import tco

DRILLS = {
    "operations.restore_drills_per_version_year": 12,
    "operations.restore_drill_hours": 1,
    "operations.cross_version_restore_extra_hours": 10,
    "operations.cross_version_restore_failure_probability": 0,
    "operations.fixed_half_scale_clusters": 0,
}
YEAR = [f"2027-{month:02}" for month in range(1, 13)]


def drills(
    retention: float,
    option: str = "stay",
    start: str = "2027-01",
    months: int = 12,
    hours: float = 1000,
    freezes: tuple[str, ...] = (),
    values: dict[str, float] | None = None,
    others: tuple[dict[str, Any], ...] = (),
    **of_group: Any,
) -> dict[str, float]:
    """Hours by month of one cluster that stays, or moves to own servers after half a year; others: groups beside it."""
    one = {"clusters": 1, "engine": "postgresql", "created": "2026-06-01", **of_group}
    options = {
        "stay": {**STAY, "upgrade_hours_per_month": hours},
        "move": {"platform": "ec2", "migration_hours_per_month": 1_000_000},
    }
    fleet = {"shop": group(**one), **{f"no{number}": group(**{**one, **other}) for number, other in enumerate(others)}}
    raw = scenario(start=start, months=months, fleet=fleet, options=options, freezes=list(freezes))
    stated = {**DRILLS, "operations.archive_retention_years": retention, "transition.start_lag_months": 6}
    table = tco.evaluate(tco.load_scenario(raw, set={**stated, **(values or {})})).table()
    rows = table[(table["option"] == option) & (table["line"] == "restore drills") & (table["phase"] == "versions")]
    return {str(period): hours for period, hours in rows.groupby("period")["quantity"].sum().items()}


def test_versions_before_the_horizon_are_drilled_as_long_as_their_backups_are_kept() -> None:
    """Created in 2018 on PostgreSQL 9.6, which ended on 2022-04-26, then on 13 until 2026-02-28, and since on 15."""
    of: dict[str, Any] = {"version": "15", "created": "2018-01-01"}
    assert drills(4, **of) == pytest.approx(dict.fromkeys(YEAR, 1 + 11))
    assert drills(5, **of) == pytest.approx({month: 1 + 11 + 11 * (month <= "2027-04") for month in YEAR})
    assert drills(20, version="15", created=None) == pytest.approx(dict.fromkeys(YEAR, 1 + 11 + 11))


def test_a_version_that_is_newer_than_usual_came_at_the_start() -> None:
    """MariaDB 11.4 after 10.6, which lasts until 2026-12-31: until the day before the start, and 91 days more."""
    found = drills(0.25, start="2026-12", engine="mariadb", version="11.4", created="2023-12-01")
    assert {month for month, hours in found.items() if hours > 1.5} == {"2026-12", "2027-01", "2027-02", "2027-03"}
    assert found["2027-03"] == pytest.approx(1 + 11)


def test_backups_are_made_before_a_move_on_one_platform_and_after_it_on_the_other() -> None:
    """Moved on July 2; the backups of RDS are kept for 91 days, until October 1."""
    expected = dict(zip(YEAR, [1] * 6 + [1 + 1] + [11 + 1] * 3 + [1] * 2, strict=True))
    assert drills(0.25, option="move", version="16") == pytest.approx(expected)


def test_a_version_is_old_in_the_first_month_in_which_no_cluster_runs_it() -> None:
    # Done in January, frozen in February: on 15 until the last day of February, on the next version from March 1.
    frozen = drills(0.01, version="15", months=16, freezes=("2028-02..2028-02",))
    assert frozen["2028-02"] == pytest.approx(1)
    assert frozen["2028-03"] == pytest.approx(1 + 11)
    assert frozen["2028-04"] == pytest.approx(1)
    # Upgraded on the last day of the horizon: both run in its month.
    assert drills(0, version="15", months=14)["2028-02"] == pytest.approx(2)
    # Ready after 32 days, so that 13 runs until February 1.
    early = drills(
        0, version="13", months=3, values={"upgrades.preparation_months": 32 / 30.4375}, created="2021-01-01"
    )
    assert list(early.values()) == pytest.approx([1, 2, 1])
    # Ready after 31 days: 13 runs in January only, the next version from February 1.
    later = drills(
        0, version="13", months=3, values={"upgrades.preparation_months": 31 / 30.4375}, created="2021-01-01"
    )
    assert list(later.values()) == pytest.approx([1, 1, 1])


def test_versions_of_groups_without_clusters_are_not_drilled() -> None:
    none = tuple({"clusters": 0, **other} for other in ({}, {"version": "15"}, {"extended_support": False}))
    assert drills(1, version="16", months=2, others=none) == pytest.approx({"2027-01": 1, "2027-02": 1})


def test_a_workload_that_is_new_has_no_backups_of_older_versions() -> None:
    assert drills(20, version="15", created=None, platform="new") == pytest.approx(dict.fromkeys(YEAR, 1))


def test_no_version_is_drilled_that_is_newer_than_the_one_that_runs_at_the_start() -> None:
    """MySQL 5.7 to this day: others went on to 8.0 and, in July 2026, to 8.4, which nobody here has run."""
    of: dict[str, Any] = {"engine": "mysql", "version": "5.7", "created": "2016-06-01", "months": 1, "hours": 0.1}
    assert drills(4, **of) == pytest.approx({"2027-01": 1})

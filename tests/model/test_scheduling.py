"""When upgrades are made: calendars worked by hand, of clusters that take 10 hours each and nothing besides."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.scenario.scenario import Scenario

TEN_HOURS = {
    **dict.fromkeys(("upgrades.cutover_hours_first", "upgrades.cutover_hours_floor"), 10),
    "upgrades.plan_hours": 0,
    "upgrades.compatibility_hours_per_design": 0,
    "upgrades.regression_hours_per_design": 0,
    "upgrades.rehearsal_hours_per_design": 0,
    "upgrades.rollback_hours_per_design": 0,
    "upgrades.rollback_hours_snapshot": 0,
    "upgrades.tooling_hours_manual": 0,
    "downtime.incident_probability_inplace": 0,
}
OLD, NEXT, UNPAID, MARIADB = "13", "15", "14", "10.11"
"""PostgreSQL 13 is due at the start and forced in 2029, 15 due on 2028-02-29 and forced in 2031; MariaDB both then.

PostgreSQL 14 is here without paid support and forced to 15 on 2027-02-28.
"""


def loaded(
    fleet: dict[str, int],
    hours: float | None,
    preparation: float = 2,
    months: int = 24,
    freezes: tuple[str, ...] = (),
    fleet_size: int | None = None,
    **values: Any,
) -> Scenario:
    """Clusters by version, from January 2027 on, and a team of so many hours a month; values: with `__` for a dot."""
    groups = {
        version.replace(".", "_"): group(
            clusters=clusters,
            engine="mariadb" if version == MARIADB else "postgresql",
            version=version,
            extended_support=version != UNPAID,
        )
        for version, clusters in fleet.items()
    }
    stay = STAY if hours is None else {**STAY, "upgrade_hours_per_month": hours}
    raw = scenario(months=months, fleet=groups, options={"stay": stay, "dynamodb": DYNAMODB}, freezes=list(freezes))
    stated = {**TEN_HOURS, "upgrades.preparation_months": preparation}
    stated |= {path.replace("__", "."): value for path, value in values.items()}
    return tco.load_scenario(raw, set=stated, fleet_size=fleet_size)


FREEZE = ("2028-02..2028-02",)
CALENDARS: dict[str, tuple[dict[str, Any], list[tuple[str, str, float, str]], dict[str, dict[str, float]]]] = {
    # Done every half month. Ready after 61 days: four wait until March 3, then 16 and 31; the mean of six is the 10th.
    "due at the start": (
        {"fleet": {OLD: 7}, "hours": 20},
        [("2027-03-10", OLD, 6, "slipped"), ("2027-04-15", OLD, 1, "slipped")],
        {OLD: {"2027-01": 20, "2027-02": 20, "2027-03": 20, "2027-04": 10}},
    ),
    # Two months before the last day begins, work does. Six wait for that day; then March 10, 20 and 30, and April 9.
    "due later": (
        {"fleet": {NEXT: 10}, "hours": 30},
        [("2028-02-29", NEXT, 6, "deadline"), ("2028-03-20", NEXT, 3, "slipped"), ("2028-04-09", NEXT, 1, "slipped")],
        {NEXT: {"2027-12": 30 / 29, "2028-01": 30, "2028-02": 30, "2028-03": 30, "2028-04": 10 - 30 / 29}},
    ),
    # One every two months, without May.
    "done as months end": (
        {"fleet": {OLD: 3}, "hours": 5, "freezes": ("2027-05..2027-05",)},
        [("2027-03-03", OLD, 1, "slipped"), ("2027-04-30", OLD, 1, "slipped"), ("2027-07-31", OLD, 1, "slipped")],
        {OLD: dict.fromkeys((f"2027-{month:02}" for month in (1, 2, 3, 4, 6, 7)), 5)},
    ),
    # January does for half of the second one: only the first is done.
    "the horizon ends": (
        {"fleet": {OLD: 2}, "hours": 15, "months": 1, "preparation": 0},
        [("2027-01-21", OLD, 1, "slipped"), ("2027-01-31", OLD, 1, "unfinished")],
        {OLD: {"2027-01": 10}},
    ),
    # Of PostgreSQL 13 nine are done, each in 1.25 months, when MariaDB takes the month and a half that is left to it,
    # enough for one and a bit. The three others are done after 12.5, 13.75 and 15 months of work, which is 1.5 months
    # later. Then come those that are forced last.
    "the earliest deadline first": (
        {"fleet": {OLD: 12, MARIADB: 3, NEXT: 2}, "hours": 8, "preparation": 1.5},
        [
            *((f"2027-{day}", OLD, 1, "slipped") for day in ("02-16", "03-16", "04-23", "05-31", "07-08", "08-16")),
            *((f"2027-{day}", OLD, 1, "slipped") for day in ("09-23", "10-31", "12-08")),
            ("2028-02-29", MARIADB, 1, "deadline"),
            ("2028-02-29", MARIADB, 2, "forced"),
            *((f"2028-{day}", OLD, 1, "slipped") for day in ("02-29", "04-08", "05-16")),
            *((f"2028-{day}", NEXT, 1, "slipped") for day in ("06-23", "07-31")),
        ],
        {
            OLD: {
                **dict.fromkeys((f"2027-{month:02}" for month in range(1, 13)), 8),
                "2028-01": 8 * (28 / 29 - 1 / 2),
                "2028-02": 8 / 29,
                "2028-03": 8,
                "2028-04": 8,
                "2028-05": 4,
            },
            MARIADB: {"2028-01": 8 * (3 / 2 - 28 / 29), "2028-02": 10 - 8 * (3 / 2 - 28 / 29) + 20},
            NEXT: {"2028-05": 4, "2028-06": 8, "2028-07": 8},
        },
    ),
    # Three in January, then March 11, 21 and 31; the mean with three that waited for March 3 is the 12th. Then May 11.
    "two freezes": (
        {"fleet": {OLD: 7}, "hours": 30, "freezes": ("2027-02..2027-02", "2027-04..2027-04")},
        [("2027-03-12", OLD, 6, "slipped"), ("2027-05-11", OLD, 1, "slipped")],
        {OLD: {"2027-01": 30, "2027-03": 30, "2027-05": 10}},
    ),
    # Two are done by the end of January and wait for March 1, the third is done on March 7.
    "due in a freeze": (
        {"fleet": {NEXT: 3}, "hours": 24, "freezes": FREEZE},
        [("2028-03-03", NEXT, 3, "slipped")],
        {NEXT: {"2027-12": 24 / 29, "2028-01": 24, "2028-03": 6 - 24 / 29}},
    ),
    "due in a freeze without an end": (
        {"fleet": {NEXT: 3}, "hours": 24, "freezes": FREEZE, "months": 14},
        [("2028-02-29", NEXT, 2, "deadline"), ("2028-02-29", NEXT, 1, "unfinished")],
        {NEXT: {"2027-12": 24 / 29, "2028-01": 20 - 24 / 29}},
    ),
    "forced in a freeze": (
        {"fleet": {MARIADB: 3}, "hours": 12, "freezes": FREEZE},
        [("2028-02-29", MARIADB, 1, "deadline"), ("2028-02-29", MARIADB, 2, "forced")],
        {MARIADB: {"2027-12": 12 / 29, "2028-01": 10 - 12 / 29, "2028-02": 20}},
    ),
    # Of two that were forced to 11.4, 14 hours do for one. Then a month is left for the one on 12.3: not enough.
    "parts go on apart": (
        {"fleet": {MARIADB: 3}, "hours": 7, "months": 30},
        [
            ("2028-02-29", MARIADB, 1, "deadline"),
            ("2028-02-29", MARIADB, 2, "forced"),
            ("2029-05-31", "11.4", 1, "deadline"),
            ("2029-05-31", "11.4", 1, "forced"),
            ("2029-06-30", "12.3", 1, "forced"),
        ],
        {
            MARIADB: {
                "2027-12": 7 / 29,
                "2028-01": 7,
                "2028-02": 3 - 7 / 29 + 20,
                "2029-03": 7 / 31,
                "2029-04": 7,
                "2029-05": 3 - 7 / 31 + 10,
                "2029-06": 10,
            }
        },
    ),
    # Twice the clusters a year: 8.5 when they are due, in eight parts of 10.6 hours, of which 35.6 hours do for three.
    "parts of a fleet that grows": (
        {"fleet": {NEXT: 4}, "hours": 17.5, "months": 14, "growth__clusters_per_year": 1.0},
        [
            ("2028-02-29", NEXT, 3 / 8 * 4 * 2 ** (13 / 12), "deadline"),
            ("2028-02-29", NEXT, 5 / 8 * 4 * 2 ** (13 / 12), "unfinished"),
        ],
        {},
    ),
    "all on the last day": (
        {"fleet": {MARIADB: 3}, "hours": 15},
        [("2028-02-29", MARIADB, 3, "deadline")],
        {MARIADB: {"2027-12": 15 / 29, "2028-01": 15, "2028-02": 15 - 15 / 29}},
    ),
    "all but one": (
        {"fleet": {MARIADB: 3}, "hours": 12},
        [("2028-02-29", MARIADB, 2, "deadline"), ("2028-02-29", MARIADB, 1, "forced")],
        {MARIADB: {"2027-12": 12 / 29, "2028-01": 12, "2028-02": 8 - 12 / 29 + 10}},
    ),
}


@pytest.mark.parametrize("name", CALENDARS)
def test_the_calendar_is_as_worked_by_hand(name: str) -> None:
    stated, days, hours = CALENDARS[name]
    scenario_of = loaded(**stated)
    found = tco.calendar(scenario_of).query("option == 'stay'")
    rows: list[Any] = [
        (f"{row.date:%Y-%m-%d}", row.from_version, pytest.approx(row.clusters), row.reason)
        for row in found.itertuples()
    ]
    assert rows == days
    for version, expected in hours.items():
        assert by_month(scenario_of, group=version.replace(".", "_")) == pytest.approx(expected), version


def by_month(of: Scenario, line: str = "major upgrades", **of_rows: str) -> dict[str, float]:
    """The months in which there is some of a line, with its quantity."""
    table = tco.evaluate(of).table().query(f"option == 'stay' and line == '{line}'")
    for column, value in of_rows.items():
        table = table[table[column] == value]
    sums = table.groupby("period")["quantity"].sum()
    return {str(period): amount for period, amount in sums[sums > 0].items()}


def test_each_month_has_its_cut_overs_and_the_days_on_the_old_version() -> None:
    """Nine clusters of which six go on February 29, the last day of patches, and three on March 20."""
    of = loaded({NEXT: 9}, hours=30)
    assert by_month(of, "months past free patches") == pytest.approx({"2028-03": 3 * 19 / 31})
    minutes = by_month(of, "planned downtime", phase="major upgrade: database")
    assert list(minutes) == ["2028-02", "2028-03"]
    assert minutes["2028-02"] == pytest.approx(2 * minutes["2028-03"])


def test_clusters_that_are_not_upgraded_stay_on_the_old_version_to_the_last_day() -> None:
    """Those that were there when it was due; the ones that are added come on the new version."""
    of = loaded({NEXT: 4}, hours=0.1, months=15, growth__clusters_per_year=1.0)
    due = 4 * 2 ** (13 / 12)
    assert by_month(of, "months past free patches") == pytest.approx({"2028-03": due})
    assert by_month(of, "unfinished move", phase="cut-over") == pytest.approx({"2028-03": 10 * due})


def test_a_team_that_goes_with_the_fleet_has_grown_as_much_when_work_begins() -> None:
    """After 11 months and 28 days of 29, when work begins, a fleet that doubles each year has twice the team."""
    hours = [
        by_month(
            loaded({NEXT: 60}, hours=None, growth__clusters_per_year=rate, transition__productive_hours_per_month=10)
        )
        for rate in (0.0, 1.0)
    ]
    assert hours[1]["2028-01"] / hours[0]["2028-01"] == pytest.approx(2 ** ((11 + 28 / 29) / 12))


@pytest.mark.parametrize("clusters", [2, 8])
def test_hours_that_an_option_states_are_for_the_fleet_at_its_size(clusters: int) -> None:
    scaled, written = loaded({OLD: 4}, hours=5, fleet_size=clusters), loaded({OLD: clusters}, hours=5)
    assert tco.calendar(scaled)["date"].tolist() == tco.calendar(written)["date"].tolist()


def test_an_upgrade_of_a_group_without_clusters_leaves_no_tooling_behind() -> None:
    of = loaded({OLD: 0, NEXT: 1}, hours=1000, upgrades__tooling_hours_manual=7)
    assert sum(by_month(of, phase="tooling", group=NEXT).values()) == pytest.approx(7)


def test_further_nodes_are_those_of_the_clusters_that_are_upgraded() -> None:
    """Each of three has two at an hour each: 25 hours do for two clusters of 12."""
    fleet = {"shop": group(clusters=3, engine="postgresql", version=OLD, platform="ec2", instances=3)}
    stay = {"platform": "ec2", "policy": "settled", "method": "in_place", "upgrade_hours_per_month": 25}
    raw = scenario(months=1, fleet=fleet, options={"stay": stay, "dynamodb": DYNAMODB})
    stated = {**TEN_HOURS, "upgrades.preparation_months": 0, "upgrades.major_further_node_hours": 1}
    of = tco.load_scenario(raw, set=stated)
    assert by_month(of, phase="cut-over", line="major upgrades") == pytest.approx({"2027-01": 2 * 10})
    assert by_month(of, phase="further nodes") == pytest.approx({"2027-01": 2 * 2})


@pytest.mark.parametrize(("hours", "months"), [(1000, 1), (60, 2)])
def test_each_step_of_each_cluster_is_cut_over_however_long_it_takes(hours: int, months: int) -> None:
    """MySQL 5.7 goes to 9.7 in three steps of ten hours, and each has its minutes."""
    fleet = {"shop": group(platform="ec2", version="5.7")}
    stay = {"platform": "ec2", "policy": "newest", "method": "in_place", "upgrade_hours_per_month": hours}
    raw = scenario(months=12, fleet=fleet, options={"stay": stay, "dynamodb": DYNAMODB})
    stated = {**TEN_HOURS, "upgrades.preparation_months": 0, "downtime.inplace_major_minutes": 5}
    of = tco.load_scenario(raw, set=stated)
    assert by_month(of, phase="cut-over") == pytest.approx({f"2027-0{n + 1}": 120 / months for n in range(months)})
    minutes = by_month(of, "planned downtime", phase="major upgrade: database")
    assert minutes == pytest.approx({f"2027-0{n + 1}": 4 * 3 * 5 / months for n in range(months)})


TESTS: dict[str, Any] = {
    "upgrades__compatibility_hours_per_design": 10,
    "upgrades__designs_per_cluster": 1,
    "upgrades__learning_rate": 0.5,
    "upgrades__forced_work_factor": 1.6,
}


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (24, {"2027-03": 4, "2027-04": 4, "2027-12": 5 / 29, "2028-01": 5 * 28 / 29}),
        (3, {"2027-03": 8}),
    ],
)
def test_what_the_vendor_forces_is_tested_afterwards_and_teaches_nobody(
    months: int, expected: dict[str, float]
) -> None:
    """10 hours of tests for the first design and 10 / number for every further one.

    That of PostgreSQL 13, upgraded in January and February, is the first. Those of 14 are the second: 1.6 times as many
    hours as planned, in the two months after it is forced. Those of 15, which is planned, are the second again.
    """
    of = loaded({UNPAID: 1, OLD: 1}, hours=15, months=months, **TESTS)
    assert by_month(of, group=OLD, phase="compatibility") == pytest.approx({"2027-01": 7.5, "2027-02": 2.5})
    assert by_month(of, group=UNPAID, phase="compatibility") == pytest.approx(expected)


def test_what_is_forced_in_the_last_month_is_tested_in_it() -> None:
    assert by_month(loaded({UNPAID: 1}, hours=15, months=2, **TESTS), phase="compatibility") == {"2027-02": 16}

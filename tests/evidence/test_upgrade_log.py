"""A team's own upgrade log: what is refused, and which assumptions the rest updates."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import tco
from tco.errors import InputError
from tco.evidence.conjugate_priors import beta_posterior, normal_posterior
from tco.evidence.logged_hours import compared
from tco.evidence.posteriors import (
    COMMON,
    HOURS,
    fleet_shares,
    of_no_group,
    overlay,
    posteriors,
    prior_and_posterior,
    with_posteriors,
)
from tco.evidence.upgrade_log import LoggedUpgrade, UpgradeLog, read_upgrade_log
from tco.scenario.scenario import Scenario

HEADER = "cluster,engine,from,to,hours,minutes_down,failed\n"
IN_PLACE = "downtime.inplace_major_minutes"
PROBABILITY = "downtime.incident_probability_inplace"
FIRST = "upgrades.cutover_hours_first"
REGRESSION = "upgrades.regression_hours_per_design"


@pytest.fixture(scope="module")
def mixed() -> Scenario:
    """14 clusters of RDS for MySQL and 6 of RDS for PostgreSQL, upgraded in place today."""
    return tco.load_scenario("quickstart")


@pytest.fixture(scope="module")
def scenario(mixed: Scenario) -> Scenario:
    """The clusters of RDS for MySQL alone."""
    return mixed.model_copy(
        update={"fleet": {name: group for name, group in mixed.fleet.items() if group.engine == "mysql"}}
    )


def log_of(tmp_path: Path, text: str) -> UpgradeLog:
    file = tmp_path / "log.csv"
    file.write_text(text, encoding="utf-8")
    return read_upgrade_log(file)


def upgrades(minutes: list[float], hours: float = 10.0, failed: int = 0, **named: str) -> UpgradeLog:
    """A log of one upgrade a cluster; the last `failed` of them went wrong."""
    rows = [
        LoggedUpgrade(f"c{n}", "rds_mysql", "5.7", "8.0", hours, minute, n >= len(minutes) - failed, **named)
        for n, minute in enumerate(minutes)
    ]
    return UpgradeLog("log.csv", tuple(rows))


def after(scenario: Scenario, log: UpgradeLog, path: str) -> tuple[float, float, float]:
    (one,) = [one for one in posteriors(scenario, log) if one.path == path]
    assert one.posterior.low is not None
    assert one.posterior.high is not None
    return one.posterior.low, one.posterior.mean, one.posterior.high


def test_a_log_is_read_as_it_stands(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        "method,cluster,engine,from,to,hours,minutes_down,failed,date\n"
        "blue_green,orders-1,rds_mysql,5.7.44,8.0.35,7.5,0,no,2025-03-01\n"
        "\n"
        ",billing,rds_postgresql,11,15.4,6,240,Yes,\n",
    )
    first, second = log.upgrades
    assert (first.from_version, first.to_version, first.method, str(first.day)) == (
        "5.7",
        "8.0",
        "blue_green",
        "2025-03-01",
    )
    assert (second.to_version, second.failed, second.minutes_down, second.day) == ("15", True, 240.0, None)
    assert str(log.last_day) == "2025-03-01"


def test_an_upgrade_over_two_versions_is_two_steps(tmp_path: Path) -> None:
    """MySQL cannot skip 5.7, so 5.6 to 8.0 is two upgrades in one row; PostgreSQL 11 to 15 is one."""
    log = log_of(tmp_path, HEADER + "a,mysql,5.6,8.0,20,30,no\nb,postgresql,11,15,20,30,no\n")
    assert [upgrade.steps for upgrade in log.upgrades] == [2, 1]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,rds_mysq,5.7,8.0,9,12,no", "row 2.engine: unknown engine 'rds_mysq'; did you mean 'rds_mysql'"),
        (
            "a,rds_mysql,5.9,8.0,9,12,no",
            "row 2.from: unknown version of rds_mysql '5.9'; the nearest are '5.7' and '8.0'",
        ),
        ("a,rds_mysql,5.7,8.0,0,12,no", "row 2.hours: is 0"),
        ("a,rds_mysql,5.7,8.0,nine,12,no", "row 2.hours: should be a number (got 'nine')"),
        ("a,rds_mysql,5.7,8.0,9,-1,no", "row 2.minutes_down: should be a number from 0 to 1,000,000 (got '-1')"),
        ("a,rds_mysql,5.7,8.0,9,nan,no", "row 2.minutes_down: should be a number (got 'nan')"),
        ("a,rds_mysql,5.7,8.0,9,12,maybe", "row 2.failed: should be yes or no (got 'maybe')"),
        (",rds_mysql,5.7,8.0,9,12,no", "row 2.cluster: is empty"),
        ("a,rds_mysql,8.0,5.7,9,12,no", "row 2.to: version 5.7 is older than 8.0"),
        ("a,rds_mysql,8.0.34,8.0.35,9,12,no", "row 2.to: 8.0.34 and 8.0.35 are both 8.0: the log is of major upgrades"),
        ("a,rds_mysql,5.7,8.0,9,12", "row 2: has 6 cells where the header has 7"),
        ("a,rds_mysql,5.7,8.0,9,12,no\na,rds_mysql,5.7,8.0,9,12,no", "row 3: cluster 'a' left 5.7 in row 2 already"),
        ("a,rds_mysql,5.7,8.4,9,12,no\na,rds_mysql,5.7,8.0,9,12,no", "row 3: cluster 'a' left 5.7 in row 2 already"),
        ("a,rds_mysql,5.7,8.0,9,12,yes\na,rds_mysql,5.7,8.0,9,12,yes", "row 3: repeats a failed attempt"),
        ("a,rds_mysql,5.7,8.0,1_000,12,no", "row 2.hours: should be a number (got '1_000')"),
        ("a,rds_mysql,5.7,8.0,١٢,12,no", "row 2.hours: should be a number (got '١٢')"),
        ("a,rds_mysql,5.7,8.0,5e-324,12,no", "row 2.hours: is less than a minute"),
        (f"{'x' * 200_000},rds_mysql,5.7,8.0,9,12,no", "is not a CSV file: field larger than"),
        ('"a,rds_mysql,5.7,8.0,9,12,no', "is not a CSV file: unexpected end of data"),
        ("", "holds no upgrades"),
    ],
)
def test_a_wrong_row_is_refused_with_file_row_and_column(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        log_of(tmp_path, HEADER + row + "\n")
    assert str(error.value).startswith(f"{tmp_path / 'log.csv'}: ")
    assert told in str(error.value)


@pytest.mark.parametrize("day", ["9999-01-01", "1989-12-31", (date.today() + timedelta(days=1)).isoformat()])  # noqa: DTZ011
def test_an_upgrade_that_nobody_can_have_made_is_refused(tmp_path: Path, day: str) -> None:
    row = f"a,rds_mysql,5.7,8.0,9,12,no,{day}"
    with pytest.raises(InputError, match=f"row 2.date: should be a day from 1990-01-01 to today, .*got '{day}'"):
        log_of(tmp_path, f"{HEADER.strip()},date\n{row}\n")


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2018-10-22", "row 2.date: rds_mysql 8.0 came out on 2018-10-23 (got '2018-10-22')"),
        ("20261001", "row 2.date: should be a date written YYYY-MM-DD (got '20261001')"),
        ("2026-W10-1", "row 2.date: should be a date written YYYY-MM-DD (got '2026-W10-1')"),
    ],
)
def test_an_upgrade_is_not_made_before_its_version_is_there(tmp_path: Path, day: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        log_of(tmp_path, f"{HEADER.strip()},date\na,rds_mysql,5.7,8.0,9,12,no,{day}\n")
    assert str(error.value).endswith(told)
    assert log_of(tmp_path, f"{HEADER.strip()},date\na,rds_mysql,5.7,8.0,9,12,no,2018-10-23\n").upgrades


def test_a_cell_may_hold_lines(tmp_path: Path) -> None:
    """Tables exported from a spreadsheet have such cells; a row is then named by its last line."""
    assert log_of(tmp_path, HEADER + '"a\nb\x0c",rds_mysql,5.7,8.0,9,12,no\n').upgrades[0].cluster == "a\nb"


def test_a_log_without_an_end_is_told() -> None:
    with pytest.raises(InputError, match="the file is larger than 50,000,000 bytes"):
        read_upgrade_log("/dev/zero")


def test_a_method_that_no_option_has_is_told(scenario: Scenario) -> None:
    log = UpgradeLog("log.csv", tuple(LoggedUpgrade("a", "rds_mysql", "5.7", "8.0", 9, 12, False, method)
                                      for method in ("", "in_place", "rolling")))  # fmt: skip
    told = "no option upgrades rds_mysql by rolling, so its rows (1) change almost nothing"
    assert of_no_group(scenario, log) == [told]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        log_of(tmp_path, HEADER + "a,x,5.7,8.0,x,12,no\nb,rds_mysql,5.7,8.0,9,12,perhaps\n")
    assert [problem.path for problem in error.value.problems] == ["row 2.engine", "row 2.hours", "row 3.failed"]


def test_a_wrong_header_names_the_nearest_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown column 'minutes'; did you mean 'minutes_down'") as error:
        log_of(tmp_path, "cluster,engine,from,to,hours,minutes,failed\n")
    assert "column 'minutes_down' is missing" in str(error.value)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_upgrade_log(tmp_path / "none.csv")


def test_a_retry_after_a_failure_is_no_repetition(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEADER + "a,rds_mysql,5.7,8.0,20,300,yes\na,rds_mysql,5.7,8.0,9,12,no\n")
    assert [upgrade.failed for upgrade in log.upgrades] == [True, False]


def test_a_phase_is_one_of_five_and_of_all_rows_of_an_upgrade(tmp_path: Path) -> None:
    header = HEADER.replace("failed", "failed,phase")
    log = log_of(tmp_path, header + "a,mysql,5.7,8.0,20,0,no,Regression_test\na,mysql,5.7,8.0,9,12,no,cut-over\n")
    assert [row.phase for row in log.upgrades] == ["regression test", "cut-over"]
    for rows, told in (
        ("a,mysql,5.7,8.0,20,0,no,cutover", "row 2.phase: unknown phase 'cutover'; did you mean 'cut-over'"),
        ("a,mysql,5.7,8.0,20,30,no,plan", "row 2.phase: only a cut-over fails or keeps the database down"),
        (
            "a,mysql,5.7,8.0,20,0,no,plan\na,mysql,5.7,8.0,9,12,no,",
            "row 3: either all rows of an upgrade state a phase",
        ),
    ):
        with pytest.raises(InputError, match=re.escape(told)):
            log_of(tmp_path, header + rows + "\n")


def test_normal_posterior_by_hand() -> None:
    """Prior N(2, 1**2), three observations 4, 5, 6 with spread 2: precision 1 + 3/4, mean (2 + 15/4) / 1.75."""
    middle, deviation = normal_posterior(2.0, 1.0, [4.0, 5.0, 6.0], 2.0)
    assert middle == pytest.approx((2 + 15 / 4) / 1.75)
    assert deviation == pytest.approx(1 / math.sqrt(1.75))


def test_beta_posterior_by_hand() -> None:
    """Beta(2, 38), mean 0.05, after 3 failures in 20 is Beta(5, 55), mean 1/12; 20 trials have less weight than 40."""
    low, high, outweighs = beta_posterior(*stats.beta.ppf([0.05, 0.95], 2, 38), 3, 20)
    assert (low, high) == pytest.approx(tuple(stats.beta.ppf([0.05, 0.95], 5, 55)), rel=1e-3)
    assert not outweighs


@settings(deadline=None)
@given(st.lists(st.integers(5, 60), min_size=1, max_size=30))
def test_the_posterior_moves_towards_the_log_and_narrows(scenario: Scenario, minutes: list[int]) -> None:
    """Prior of in-place minutes: 5 to 45, median 15. All minutes alike: the posterior median lies between."""
    alike = upgrades([float(minutes[0])] * len(minutes))
    low, _, high = after(scenario, alike, IN_PLACE)
    assert high / low < 45 / 5
    middle = math.sqrt(low * high)
    # Spread is part of a mean, so the pull may go past the common value by half the variance left, at most 25 %.
    assert min(15, minutes[0]) * 0.999 <= middle <= max(15, minutes[0]) * 1.25


def test_many_upgrades_leave_little_of_the_prior(scenario: Scenario) -> None:
    """Minutes with mean 30 and spread 0.5 (log): after 2,000 upgrades the posterior is 30 within 3 %."""
    drawn = 30 * np.exp(-0.125 + 0.5 * np.random.default_rng(5).standard_normal(2000))
    low, mean, high = after(scenario, upgrades(drawn.tolist()), IN_PLACE)
    assert mean == pytest.approx(30, rel=0.03)
    assert low < 30 < high
    assert high / low < 1.06


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 10, 40])
def test_ninety_per_cent_intervals_hold_ninety_per_cent_of_the_time(scenario: Scenario, count: int) -> None:
    """The true mean is drawn from the prior, the log from a lognormal with spread 0.5 around it, 200 times."""
    generator, held = np.random.default_rng(count), 0
    middle, deviation = math.log(5 * 45) / 2, math.log(45 / 5) / (2 * 1.6449)
    for _ in range(200):
        true = math.exp(middle + deviation * generator.standard_normal())
        log = upgrades((true * np.exp(-0.125 + 0.5 * generator.standard_normal(count))).tolist())
        low, _, high = after(scenario, log, IN_PLACE)
        held += low <= true <= high
    assert 0.85 <= held / 200 <= 0.97


def test_failures_raise_the_probability_and_successes_lower_it(scenario: Scenario) -> None:
    prior = scenario.assumptions[PROBABILITY].mean
    _, lower, _ = after(scenario, upgrades([10.0] * 60), PROBABILITY)
    _, higher, _ = after(scenario, upgrades([10.0] * 60, failed=15), PROBABILITY)
    assert lower < prior < higher
    assert higher == pytest.approx(15 / 60, abs=0.07)


def test_a_failure_teaches_the_minutes_of_an_incident_not_of_a_normal_upgrade(scenario: Scenario) -> None:
    calm = after(scenario, upgrades([12.0] * 9), IN_PLACE)
    assert after(scenario, upgrades([12.0] * 9 + [500.0], failed=1), IN_PLACE) == calm
    _, mean, _ = after(scenario, upgrades([12.0] * 9 + [500.0], failed=1), "downtime.incident_minutes")
    assert mean > scenario.assumptions["downtime.incident_minutes"].mean


def logged(*rows: tuple[str, float], engine: str = "rds_mysql", failed: str = "") -> UpgradeLog:
    """Rows of upgrades 5.7 to 8.0 (11 to 13) in place: cluster and hours, with a phase after the cluster's colon."""
    versions = ("3.0", "3.11") if engine == "cassandra" else ("11", "13") if "postgresql" in engine else ("5.7", "8.0")
    return UpgradeLog(
        "log.csv",
        tuple(
            LoggedUpgrade(
                cluster.partition(":")[0],
                engine,
                *versions,
                hours,
                10.0,
                cluster == failed,
                phase=cluster.partition(":")[2],
            )
            for cluster, hours in rows
        ),
    )


def factor(scenario: Scenario, log: UpgradeLog, path: str = FIRST) -> float:
    return after(scenario, log, path)[1] / scenario.assumptions[path].mean


def modelled(scenario: Scenario, log: UpgradeLog) -> list[float]:
    return [sum(one.modelled.values()) for one in compared(scenario, [(row, "in_place") for row in log.upgrades])]


def test_modelled_hours_of_two_upgrades_by_hand() -> None:
    """One design; learning rate 1/2: plan 30, 40 of tests and 4 of a way back shared by two; cut-overs 12 and 6."""
    fixed = {"plan_hours": 30, "compatibility_hours_per_design": 10, REGRESSION.partition(".")[2]: 20,
             "rehearsal_hours_per_design": 10, "cutover_hours_first": 12, "cutover_hours_floor": 2,
             "learning_rate": 0.5, "designs_per_cluster": 0.25, "incident_labour_hours": 50,
             "rollback_hours_per_design": 4, "rollback_hours_snapshot": 1}  # fmt: skip
    stated = tco.load_scenario("quickstart", set={f"upgrades.{name}": value for name, value in fixed.items()})
    assert modelled(stated, logged(("a", 1), ("b", 1))) == pytest.approx([15 + 20 + 12 + 3, 15 + 20 + 6 + 3])
    assert modelled(stated, logged(("a", 1), ("b", 1), failed="b")) == pytest.approx([50, 44 + 50])


def test_totals_are_totals(scenario: Scenario) -> None:
    """A log with the modelled totals leaves every mean where it is; half as many hours halve all phases."""
    rows = [(f"c{n}", 1.0) for n in range(40)]
    expected = modelled(scenario, logged(*rows))
    alike = logged(*((f"c{n}", hours) for n, hours in enumerate(expected)))
    half = logged(*((f"c{n}", hours / 2) for n, hours in enumerate(expected)))
    assert [factor(scenario, alike, path) for path in HOURS] == pytest.approx([1] * len(HOURS), rel=1e-3)
    assert [factor(scenario, half, path) for path in HOURS] == pytest.approx([0.5] * len(HOURS), rel=0.03)


def test_who_logs_the_planning_does_not_matter_to_the_ratio(scenario: Scenario) -> None:
    """100 hours of the first and 10 of the second cluster say what 55 of each do."""
    uneven, even = (posteriors(scenario, logged(("a", one), ("b", two))) for one, two in ((100, 10), (55, 55)))
    observed = [{one.path: one.observed for one in found} for found in (uneven, even)]
    assert observed[0][FIRST] == pytest.approx(observed[1][FIRST])


def test_rows_of_another_engine_move_hours_by_less_than_a_tenth(scenario: Scenario, mixed: Scenario) -> None:
    """Rows of MySQL set the groups of MySQL, and move those of PostgreSQL and Cassandra next to nothing."""
    for hours in (10.0, 3000.0):
        rows = [(f"c{n}", hours) for n in range(5)]
        own, other = factor(scenario, logged(*rows)), factor(scenario, logged(*rows, engine="cassandra"))
        assert abs(other - 1) < 0.1 * abs(own - 1)
        assert (other - 1) * (own - 1) > 0
        assert abs(factor(scenario, logged(*rows, engine="rds_postgresql")) - 1) < 0.1 * abs(own - 1)
        by_groups = {one.groups: one for one in posteriors(mixed, logged(*rows)) if one.path == FIRST}
        moves = {groups: one.posterior.mean / one.prior.mean - 1 for groups, one in by_groups.items()}
        mysql = tuple(name for name, group in mixed.fleet.items() if group.engine == "mysql")
        postgres = tuple(name for name in mixed.fleet if name not in mysql)
        assert moves.pop(mysql) == pytest.approx(own - 1)
        assert abs(moves[postgres]) < 0.1 * abs(own - 1)
    assert fleet_shares(mixed) == pytest.approx({("rds_mysql", "in_place"): 0.7, ("rds_postgresql", "in_place"): 0.3})


def test_rows_of_another_engine_hardly_move_minutes_and_failures(scenario: Scenario) -> None:
    for failed, path in ((0, IN_PLACE), (200, PROBABILITY)):
        log = upgrades([120.0] * 400, failed=failed)
        other = UpgradeLog("log.csv", tuple(replace(row, engine="mysql") for row in log.upgrades))
        prior = scenario.assumptions[path].mean
        own_move, other_move = (after(scenario, each, path)[1] - prior for each in (log, other))
        assert own_move > 0
        assert abs(other_move) < 4 * COMMON * own_move


def test_half_the_hours_in_one_upgrade_by_hand(scenario: Scenario) -> None:
    """Prior and one row of the deviation d: the row's variance is d**2 (1 + d**2 / 2); precisions add."""
    (expected,) = modelled(scenario, logged(("a", 1.0)))
    entries = {path: scenario.assumptions[path] for path in HOURS}
    spreads = {path: math.log(entry.high / entry.low) / (2 * 1.644854) for path, entry in entries.items()}  # type: ignore[operator]
    phases = (
        "plan_hours",
        *(f"{name}_hours_per_design" for name in ("compatibility", "regression", "rehearsal", "rollback")),
    )
    paths = (*(f"upgrades.{name}" for name in phases), FIRST)
    square = sum((entries[path].mean * spreads[path] / expected) ** 2 for path in paths)
    prior, row = 1 / square, 1 / (square * (1 + square / 2))
    centre = (prior * -square / 2 + row * math.log(0.5)) / (prior + row)
    by_hand = math.exp(centre + 1 / (prior + row) / 2)
    assert factor(scenario, logged(("a", expected / 2))) == pytest.approx(by_hand, rel=1e-4)


def test_a_failure_and_its_retry_are_one_upgrade(scenario: Scenario) -> None:
    """60 hours that failed and 12 of the retry are one upgrade of 72, and one failure in one trial."""
    first, retry = logged(("a", 60.0), ("a", 12.0)).upgrades
    retried = posteriors(scenario, UpgradeLog("log.csv", (replace(first, failed=True), retry)))
    at_once = posteriors(scenario, logged(("a", 72.0), failed="a"))
    for path in (FIRST, PROBABILITY):
        one, same = ({each.path: each for each in found}[path] for found in (retried, at_once))
        assert (one.upgrades, one.posterior.high) == (1, same.posterior.high)
    assert {each.path: each.observed for each in retried}[PROBABILITY] == 1


def test_a_phase_teaches_itself_alone(scenario: Scenario) -> None:
    """80 hours of regression test, logged once for two clusters (one design), are set against those of one design."""
    found = {one.path: one for one in posteriors(scenario, logged(("a:regression test", 80.0), ("b:cut-over", 5.0)))}
    hours = {path: one for path, one in found.items() if path.startswith("upgrades.")}
    assert set(hours) == {REGRESSION, *(path for path in HOURS if "cutover" in path)}
    assert hours[REGRESSION].observed == pytest.approx(80)
    assert hours[REGRESSION].posterior.mean > hours[REGRESSION].prior.mean
    assert hours[FIRST].posterior.mean < hours[FIRST].prior.mean


def test_the_method_says_which_minutes_are_meant(scenario: Scenario) -> None:
    """A blue/green log of 0.5 minutes updates seconds, and leaves the minutes of in-place upgrades alone."""
    found = {one.path: one for one in posteriors(scenario, upgrades([0.5] * 20, method="blue_green"))}
    assert IN_PLACE not in found
    assert found["downtime.bluegreen_seconds"].observed == pytest.approx(30)
    assert found["downtime.bluegreen_seconds"].posterior.mean == pytest.approx(30, rel=0.1)
    assert "downtime.incident_probability_bluegreen" in found
    assert {one.path for one in posteriors(scenario, upgrades([9.0]), method="rolling")} >= {"downtime.rolling_seconds"}


def test_the_overlay_gives_the_same_scenario_as_the_posterior(mixed: Scenario) -> None:
    updated = posteriors(mixed, upgrades([12.0, 9.0, 30.0, 400.0], failed=1))
    loaded = tco.load_scenario("quickstart", set=overlay(updated))
    assert loaded == with_posteriors(mixed, updated)
    own = {name: group.assumptions[IN_PLACE].source.title for name, group in loaded.fleet.items()}
    assert all(title.endswith("updated by 3 upgrades of log.csv") for title in own.values())


def test_what_the_scenario_fixes_is_not_updated() -> None:
    fixed = tco.load_scenario("quickstart", set={IN_PLACE: 20})
    assert IN_PLACE not in {one.path for one in posteriors(fixed, upgrades([12.0]))}


def test_a_range_of_another_shape_is_refused() -> None:
    other = tco.load_scenario("quickstart", set={IN_PLACE: {"low": 5, "value": 9, "high": 45, "shape": "pert"}})
    with pytest.raises(InputError, match=r"inplace_major_minutes: an upgrade log updates a lognormal range"):
        posteriors(other, upgrades([12.0]))


def test_little_data_stays_judgement(scenario: Scenario) -> None:
    one, many = posteriors(scenario, upgrades([10.0])), posteriors(scenario, upgrades([10.0] * 50))
    assert {found.posterior.source.kind for found in one if found.path == FIRST} == {"judgement"}
    assert {found.posterior.source.kind for found in many} == {"measured"}


def test_prior_and_posterior_stand_side_by_side(scenario: Scenario) -> None:
    frame = prior_and_posterior(posteriors(scenario, upgrades([12.0, 9.0, 30.0]))).set_index("path")
    row = frame.loc[IN_PLACE]
    assert (row["prior_low"], row["prior_high"], row["upgrades"], row["observed"]) == (5, 45, 3, 17)
    assert 5 < row["posterior_low"] < row["posterior_mean"] < row["posterior_high"] < 45
    assert set(frame.index) == {*HOURS, IN_PLACE, PROBABILITY}

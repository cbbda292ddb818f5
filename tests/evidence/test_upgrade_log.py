"""A team's own upgrade log: what is refused, and which assumptions the rest updates."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import tco
from tco.errors import InputError
from tco.evidence.posteriors import (
    HOURS,
    beta_posterior,
    normal_posterior,
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


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return tco.load_scenario("quickstart")


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
        ("a,rds_mysql,5.7,8.0,9,nan,no", "row 2.minutes_down: should be a number from 0 to 1,000,000 (got 'nan')"),
        ("a,rds_mysql,5.7,8.0,9,12,maybe", "row 2.failed: should be yes or no (got 'maybe')"),
        (",rds_mysql,5.7,8.0,9,12,no", "row 2.cluster: is empty"),
        ("a,rds_mysql,8.0,5.7,9,12,no", "row 2.to: version 5.7 is older than 8.0"),
        ("a,rds_mysql,8.0.34,8.0.35,9,12,no", "row 2.to: 8.0.34 and 8.0.35 are both 8.0: the log is of major upgrades"),
        ("a,rds_mysql,5.7,8.0,9,12", "row 2: has 6 cells where the header has 7"),
        ("a,rds_mysql,5.7,8.0,9,12,no\na,rds_mysql,5.7,8.0,9,12,no", "row 3: cluster 'a' made this upgrade in row 2"),
        ("", "holds no upgrades"),
    ],
)
def test_a_wrong_row_is_refused_with_file_row_and_column(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        log_of(tmp_path, HEADER + row + "\n")
    assert str(error.value).startswith(f"{tmp_path / 'log.csv'}: ")
    assert told in str(error.value)


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
def test_the_posterior_moves_towards_the_log_and_narrows(minutes: list[int]) -> None:
    """Prior of in-place minutes: 5 to 45, median 15. All minutes alike: the posterior median lies between."""
    scenario = tco.load_scenario("quickstart")
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
    assert higher == pytest.approx(15 / 60, abs=0.06)


def test_a_failure_teaches_the_minutes_of_an_incident_not_of_a_normal_upgrade(scenario: Scenario) -> None:
    calm = after(scenario, upgrades([12.0] * 9), IN_PLACE)
    assert after(scenario, upgrades([12.0] * 9 + [500.0], failed=1), IN_PLACE) == calm
    _, mean, _ = after(scenario, upgrades([12.0] * 9 + [500.0], failed=1), "downtime.incident_minutes")
    assert mean > scenario.assumptions["downtime.incident_minutes"].mean


def test_hours_are_put_on_the_scale_of_the_first_cluster(scenario: Scenario) -> None:
    """A log that falls along the model's own curve from 12 hours shows 12 hours for the first cluster."""
    rate = scenario.assumptions["upgrades.learning_rate"].mean
    rows = [
        LoggedUpgrade(f"c{n}", "rds_mysql", "5.7", "8.0", 12 * n ** math.log2(rate), 10.0, False) for n in range(1, 41)
    ]
    found = {one.path: one for one in posteriors(scenario, UpgradeLog("log.csv", tuple(rows)))}[HOURS]
    assert found.observed == pytest.approx(12)
    assert found.posterior.mean == pytest.approx(12, rel=0.02)


def test_the_method_says_which_minutes_are_meant(scenario: Scenario) -> None:
    """A blue/green log of 0.5 minutes updates seconds, and leaves the minutes of in-place upgrades alone."""
    found = {one.path: one for one in posteriors(scenario, upgrades([0.5] * 20, method="blue_green"))}
    assert IN_PLACE not in found
    assert found["downtime.bluegreen_seconds"].observed == pytest.approx(30)
    assert found["downtime.bluegreen_seconds"].posterior.mean == pytest.approx(30, rel=0.1)
    assert "downtime.incident_probability_bluegreen" in found
    assert {one.path for one in posteriors(scenario, upgrades([9.0]), method="rolling")} >= {"downtime.rolling_seconds"}


def test_the_overlay_gives_the_same_scenario_as_the_posterior(scenario: Scenario) -> None:
    updated = posteriors(scenario, upgrades([12.0, 9.0, 30.0, 400.0], failed=1))
    loaded = tco.load_scenario("quickstart", set=overlay(updated))
    assert loaded == with_posteriors(scenario, updated)
    assert loaded.assumptions[IN_PLACE].source.title.endswith("updated by 3 upgrades of log.csv")


def test_what_the_scenario_fixes_is_not_updated() -> None:
    fixed = tco.load_scenario("quickstart", set={IN_PLACE: 20})
    assert IN_PLACE not in {one.path for one in posteriors(fixed, upgrades([12.0]))}


def test_a_range_of_another_shape_is_refused() -> None:
    other = tco.load_scenario("quickstart", set={IN_PLACE: {"low": 5, "value": 9, "high": 45, "shape": "pert"}})
    with pytest.raises(InputError, match=r"inplace_major_minutes: an upgrade log updates a lognormal range"):
        posteriors(other, upgrades([12.0]))


def test_little_data_stays_judgement(scenario: Scenario) -> None:
    one, many = posteriors(scenario, upgrades([10.0])), posteriors(scenario, upgrades([10.0] * 50))
    assert {found.posterior.source.kind for found in one if found.path == HOURS} == {"judgement"}
    assert {found.posterior.source.kind for found in many} == {"measured"}


def test_prior_and_posterior_stand_side_by_side(scenario: Scenario) -> None:
    frame = prior_and_posterior(posteriors(scenario, upgrades([12.0, 9.0, 30.0]))).set_index("path")
    row = frame.loc[IN_PLACE]
    assert (row["prior_low"], row["prior_high"], row["upgrades"], row["observed"]) == (5, 45, 3, 17)
    assert 5 < row["posterior_low"] < row["posterior_mean"] < row["posterior_high"] < 45
    assert set(frame.index) == {HOURS, IN_PLACE, PROBABILITY}

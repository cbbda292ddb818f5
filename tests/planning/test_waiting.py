"""What a day's delay costs: Extended Support of the cluster's vCPU, beside what the upgrade takes."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import InputError
from tco.formats import money
from tco.planning.work import Work, work_of
from tco.scenario.scenario import Scenario

INF = float("inf")
SINGLE = {**STAY, "deployment": "single_az"}


def waiting(months: int = 36, option: str | None = None, **fleet: dict[str, Any]) -> pd.DataFrame:
    raw = scenario(months=months, fleet=fleet, options={"stay": SINGLE, "multi": STAY, "dynamodb": DYNAMODB})
    return tco.cost_of_delay(tco.load_scenario(raw), option)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return waiting(
        frankfurt=group(clusters=1, engine="postgresql", version="13", region="eu-central-1"),
        virginia=group(clusters=2, engine="postgresql", version="16"),
        refused=group(clusters=1, engine="postgresql", version="14", extended_support=False),
    )


def test_a_day_costs_the_vcpu_hours_at_the_rate_of_the_first_year(table: pd.DataFrame) -> None:
    """Two vCPU are 48 vCPU-hours a day: at 0.10 USD in Virginia 4.80; Frankfurt has its own rate."""
    found = table.set_index("cluster")
    assert found.loc["virginia-1", "usd_per_day"] == pytest.approx(4.80)
    assert found.loc["virginia-1", "usd_per_day_later"] == pytest.approx(9.60)
    rate = tco.price(
        "rds", {"engine": "postgresql", "instance_class": "db.r6g.large", "extended_support_year": 1},
        region="eu-central-1", as_of="2026-11-01",
    )  # fmt: skip
    (hourly,) = rate.loc[rate["item"].str.contains("Extended Support"), "unit_price"]
    assert found.loc["frankfurt", "usd_per_day"] == pytest.approx(48 * hourly)
    assert found.loc["refused", "usd_per_day"] == 0


def test_standbys_are_charged_too(table: pd.DataFrame) -> None:
    doubled = waiting(option="multi", virginia=group(clusters=2, engine="postgresql", version="16"))
    assert doubled["usd_per_day"].tolist() == pytest.approx([9.60, 9.60])


def test_deadlines_and_forced_days_are_those_of_the_calendar(table: pd.DataFrame) -> None:
    found = table.set_index("cluster")
    assert (
        list(table.columns[:10])
        == (
            "group cluster version deadline forced_on usd_per_day upgrade_hours upgrade_cost best_date cost_of_missing"
        ).split()
    )
    assert str(found.loc["refused", "deadline"].date()) == "2027-02-28"
    assert found.loc["refused", "forced_on"] == found.loc["refused", "deadline"]
    assert table["group"].tolist() == ["frankfurt", "virginia", "virginia", "refused"]


def test_the_best_day_is_the_last_free_one_where_waiting_costs_more_than_interest(table: pd.DataFrame) -> None:
    found = table.set_index("cluster")
    assert found.loc["virginia-1", "best_date"] == found.loc["virginia-1", "deadline"]
    assert found.loc["frankfurt", "best_date"] > found.loc["frankfurt", "deadline"], "past at the start"
    large = group(clusters=1, engine="postgresql", version="13", instance_class="db.r6g.16xlarge")
    (row,) = waiting(shop=large).to_dict("records")
    assert str(row["best_date"].date()) < "2027-04", "as soon as it is prepared"


@pytest.mark.parametrize(
    ("engine", "version", "day"),
    [
        ("sqlserver-se", "15.0", "2030-01-07"),  # ends on 2030-01-08, and is not paid for
        ("mariadb", "10.11", "2028-02-28"),  # ends on 2028-02-29
        ("postgresql", "15", "2028-02-28"),  # ends on 2028-02-29, not enrolled
    ],
)
def test_the_best_day_is_the_last_before_the_vendors_where_nothing_is_paid_until_then(
    engine: str, version: str, day: str
) -> None:
    """Each was best upgraded on the first day on which that can be, years before anything is due."""
    shop = {"instance_class": "db.r5.large", "extended_support": engine != "postgresql"}
    licence = {"licence": "license_included"} if engine == "sqlserver-se" else {}
    found = waiting(months=48, shop=group(clusters=1, engine=engine, version=version, **shop, **licence))
    assert str(found["best_date"][0].date()) == day
    assert found["cost_at_best"][0] == pytest.approx(found["upgrade_cost"][0])


def test_missing_the_deadline_costs_support_until_the_vendor_upgrades_or_the_horizon_ends() -> None:
    """PostgreSQL 16 on two vCPU: free until 2029-02-28, 365 days at 4.80 each of two years, 9.60 in the third."""
    (row,) = waiting(months=36, shop=group(clusters=1, engine="postgresql", version="16")).to_dict("records")
    days = (pd.Timestamp("2029-12-31") - pd.Timestamp("2029-02-28")).days
    assert row["cost_of_missing"] == pytest.approx(4.80 * days)
    (longer,) = waiting(months=96, shop=group(clusters=1, engine="postgresql", version="16")).to_dict("records")
    support = 4.80 * (365 + 365) + 9.60 * 365
    assert longer["cost_of_missing"] > support + 100, "the forced upgrade is paid, too"


def test_the_vendors_day_is_not_the_best_one_where_support_is_free() -> None:
    """Without paid support AWS upgrades on the last free day: mending and testing afterwards takes more than before."""
    shop = group(clusters=6, engine="postgresql", version="15", extended_support=False, designs=6)
    (row, *_) = waiting(months=60, shop=shop).to_dict("records")
    assert row["best_date"] < row["forced_on"] == row["deadline"] == pd.Timestamp("2028-02-29")
    assert row["cost_of_missing"] > row["upgrade_cost"]


def test_hours_are_those_of_the_calendar() -> None:
    shop = group(clusters=3, engine="postgresql", version="14")
    stated = tco.load_scenario(
        scenario(months=24, fleet={"shop": shop}, options={"stay": SINGLE, "dynamodb": DYNAMODB})
    )
    calendar = tco.calendar(stated)
    (hours,) = calendar.loc[calendar["option"] == "stay", "hours"]
    found = tco.cost_of_delay(stated)
    assert found["upgrade_hours"].sum() > hours, "with the freeze and the work on copies"
    assert found["upgrade_hours"].sum() < 2 * hours


def test_an_unknown_option_is_an_error_and_the_command_prints_clusters_that_are_alike_in_a_row() -> None:
    with pytest.raises(InputError, match="did you mean 'multi'"):
        waiting(option="mult", shop=group())
    done = CliRunner().invoke(main, ["wait", "quickstart"])
    assert done.exit_code == 0, done.stderr
    assert "orders-1 to -6, each" in done.stdout
    assert "staging-4 " in done.stdout  # which is due three days after staging-3
    assert "a day" in done.stdout
    dearest = tco.cost_of_delay(tco.load_scenario("quickstart")).sort_values("cost_of_missing").iloc[-1]
    told = f"waiting past 2027-01-01 costs a cluster {money(dearest['cost_of_missing'])} until 2029-07-31"
    assert f"Dearest is orders: {told}" in done.stdout


def few_hours() -> Scenario:
    fleet = {
        "old": group(clusters=2, engine="postgresql", version="13", instance_class="db.r6g.2xlarge"),
        "small": group(clusters=2, engine="postgresql", version="14"),
        "large": group(clusters=1, engine="mysql", version="8.0", instance_class="db.r6g.4xlarge"),
    }
    return tco.load_scenario(scenario(months=48, fleet=fleet, options={"stay": SINGLE, "dynamodb": DYNAMODB}))


def values_by_day(work: Work, first: date, rate: float) -> dict[date, float]:
    """Present value of Extended Support until an upgrade on each day, and of that; at last the vendor's."""
    assert work.forced_on
    assert work.planned
    assert work.forced
    found, paid, day = {}, 0.0, first
    while day <= work.forced_on:
        discount = (1 + rate) ** (-(day - first).days / 365.25)
        made = work.forced if day == work.forced_on else work.planned
        found[day] = paid + made.cost * discount
        paid += sum(price for begin, end, price in work.support if begin <= day <= end) * discount
        day += timedelta(days=1)
    return found


def test_with_all_hours_each_is_upgraded_on_its_own_best_day() -> None:
    found = tco.cost_of_delay(few_hours(), capacity=50_000)
    assert (found["team_date"] == found["best_date"]).all()
    assert found["cost_at_team_date"].tolist() == pytest.approx(found["cost_at_best"].tolist())


@pytest.mark.parametrize("hours", [5.0, 12.0, 40.0])
def test_no_order_and_no_cluster_left_to_the_vendor_is_better_for_all_together(hours: float) -> None:
    """Against all 326 ways to take up some of five clusters one after the other and to leave the rest."""
    stated = few_hours()
    first, last, rate = stated.first_day, stated.last_day, stated.assumptions["finance.discount_rate"].mean
    works = [work for work in work_of(stated, "stay") for _ in range(work.clusters)]
    values = {work.group: values_by_day(work, first, rate) for work in works}
    days = pd.date_range(first, last)
    available = np.cumsum(hours / days.days_in_month.to_numpy())
    ready = round(stated.assumptions["upgrades.preparation_months"].mean * 365.25 / 12)
    planned = {work.group: [values[work.group][day.date()] if number >= ready and day.date() < work.forced_on else INF
                            for number, day in enumerate(days)] for work in works if work.forced_on}  # fmt: skip
    onward = {name: np.minimum.accumulate(of_days[::-1])[::-1] for name, of_days in planned.items()}
    left = {work.group: values[work.group][work.forced_on] for work in works if work.forced_on}
    sums = []
    for count in range(len(works) + 1):
        for chosen in permutations(range(len(works)), count):
            spent, total = 0.0, sum(left[work.group] for place, work in enumerate(works) if place not in chosen)
            of_wave = Counter(works[place].shared for place in chosen)
            for work in (works[place] for place in chosen):
                assert work.planned
                assert work.shared
                spent += work.planned.team_hours * float(work.shared.factors[of_wave[work.shared]])
                done = int(np.searchsorted(available, spent - 1e-6))
                total += onward[work.group][done] if done < len(days) else np.inf
            sums.append(total)
    assert len(sums) == 326
    found = tco.cost_of_delay(stated, capacity=hours)
    reached = sum(values[row["group"]][row["team_date"].date()] for row in found.to_dict("records"))
    assert reached == pytest.approx(min(sums))


@pytest.mark.slow
def test_the_command_says_what_all_together_cost() -> None:
    done = CliRunner().invoke(main, ["wait", "quickstart", "--capacity", "16"])
    assert done.exit_code == 0, done.stderr
    together = tco.cost_of_delay(tco.load_scenario("quickstart"), capacity=16)
    left = int((together["team_date"] == together["forced_on"]).sum())
    cost = round(together["cost_at_team_date"].sum() / 1000)
    assert 0 < left < len(together)
    told = f"upgraded on their team dates, {left} of {len(together)} by the vendor: {cost} k USD with Extended Support"
    assert f"All together are best {told}" in done.stdout


def test_what_each_cluster_costs_alone_needs_no_dates_together() -> None:
    """Reports ask for this alone: the dates together take the longest."""
    stated = tco.load_scenario("quickstart")
    alone = tco.cost_of_delay(stated, together=False)
    pd.testing.assert_frame_equal(alone, tco.cost_of_delay(stated).drop(columns=["team_date", "cost_at_team_date"]))

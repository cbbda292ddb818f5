"""What waves share and teach, as docs and evidence say it of upgrade programmes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.model.fleet.waves import FORCED, method_of

VERSIONS = ("13", "14", "15", "16")
"""PostgreSQL on RDS: due at the start of 2027, in 2027-02, 2028-02 and 2029-02, each in one step."""
EVEN = {"upgrades.designs_per_cluster": 1, "labour.staff_turnover": 0, "upgrades.preparation_months": 0}


def hours(raw: dict[str, Any], **values: Any) -> dict[str, float]:
    ledger = tco.evaluate(tco.load_scenario(raw, set={**EVEN, **values}))
    found = ledger.total(["option", "line", "phase"], "labour hour").iloc[0].to_dict()
    return {
        phase: amount for (name, line, phase), amount in found.items() if (name, line) == ("stay", "major upgrades")
    }


def postgresql(versions: tuple[str, ...], clusters: int) -> dict[str, Any]:
    fleet = {f"v{version}": group(engine="postgresql", version=version, clusters=clusters) for version in versions}
    return scenario(months=36, fleet=fleet, options={"stay": STAY, "other": STAY})


def test_four_waves_teach_as_much_as_one_of_their_size() -> None:
    apart = hours(postgresql(VERSIONS, 25))
    together = hours(postgresql(("15",), 100))
    for phase in ("compatibility", "regression test", "rehearsal", "cut-over", "incidents", "tooling"):
        assert apart[phase] == pytest.approx(together[phase]), phase
    assert apart["plan"] == pytest.approx(4 * together["plan"])


@pytest.mark.parametrize("clusters", [1, 4])
def test_of_designs_that_are_stated_those_count_whose_clusters_are_still_here(clusters: int) -> None:
    """Clusters that leave over the year: by autumn some are upgraded first, with as many designs."""
    slowly = {**STAY, "platform": "aurora", "migration_hours_per_month": 20}
    found = []
    for of_group in ({"designs": clusters}, {}):
        raw = scenario(fleet={"shop": group(clusters=clusters, **of_group)}, options={"stay": STAY, "aurora": slowly})
        loaded = tco.load_scenario(
            raw, set={**EVEN, "upgrades.preparation_months": 8, "transition.start_lag_months": 3}
        )
        phases = tco.evaluate(loaded).total(["option", "line", "phase"], "labour hour").iloc[0]
        found.append([phases[name, "major upgrades", "compatibility"] for name in ("stay", "aurora")])
    assert found[0] == pytest.approx(found[1])
    assert found[0][1] > 0


@pytest.mark.parametrize("phase", ["compatibility", "cut-over"])
def test_without_learning_every_unit_costs_the_first(phase: str) -> None:
    path = {"compatibility": "upgrades.compatibility_hours_per_design", "cut-over": "upgrades.cutover_hours_first"}[
        phase
    ]
    found = hours(postgresql(("15",), 100), **{"upgrades.learning_rate": 1, path: 10})
    assert found[phase] == pytest.approx(1000)


def test_automation_pays_for_itself_only_in_large_fleets() -> None:
    """A pipeline costs more to build and less to run: in hours it loses for one cluster and wins for a thousand."""

    def whole(clusters: int, method: str) -> float:
        raw = scenario(
            fleet={"shop": group(clusters=clusters)}, options={"stay": {**STAY, "method": method}, "b": STAY}
        )
        return sum(hours(raw, **{"downtime.bluegreen_fallback_probability": 0}).values())

    assert whole(1, "blue_green") > whole(1, "in_place")
    assert whole(1000, "blue_green") < whole(1000, "in_place")


def test_a_first_cluster_takes_the_published_hours() -> None:
    """Published totals for the first cluster run from 40 to 400 hours, most near 120."""
    found = hours(scenario(fleet={"shop": group(clusters=1)}, options={"stay": STAY, "other": STAY}))
    assert 60 < sum(found.values()) < 300


def test_decay_of_tooling_is_by_the_years_between() -> None:
    """A fifth of the people leave each year: after the 366 days from 2027-02-28 a fifth is built again."""
    raw = postgresql(("14", "15"), 4)
    many = {"labour.upgrade_team": 1_000_000}
    once = hours(postgresql(("14",), 4), **many)["tooling"]
    both = hours(raw, **many, **{"labour.staff_turnover": 0.2})["tooling"]
    assert both / once == pytest.approx(1 + 1 - 0.8 ** (366 / 365.25))


def test_an_upgrade_over_several_steps_is_cut_over_as_the_harshest_of_them() -> None:
    """Elasticsearch 1 to 2 restarts all nodes, 2 to 6 goes node by node; a method that is asked for holds for plans."""

    def way(*path: str, method: str = "in_place", reason: str = "policy") -> str:
        cohort: Any = SimpleNamespace(engine="elasticsearch", method=method)
        upgrade: Any = SimpleNamespace(reason=reason, path=path)
        return method_of(cohort, upgrade)

    assert way("1", "2") == "full_restart"
    assert way("2", "6") == "rolling"
    assert way("1", "2", "6") == "full_restart"
    assert way("1", "2", method="blue_green") == "blue_green"
    assert way("1", "2", method="blue_green", reason=FORCED) == "full_restart"


def test_a_way_back_is_kept_at_each_step_of_an_upgrade() -> None:
    """MySQL 5.7 goes to 9.7 by 8.0 and 8.4, 8.0 by 8.4: 4 clusters x 3 and x 2 steps x half an hour."""
    for version, steps in (("5.7", 3), ("8.0", 2)):
        stay = {"platform": "ec2", "policy": "newest", "method": "in_place"}
        raw = scenario(
            fleet={"shop": group(platform="ec2", version=version)}, options={"stay": stay, "dynamodb": DYNAMODB}
        )
        ledger = tco.evaluate(tco.load_scenario(raw, set={**EVEN, "upgrades.rollback_hours_snapshot": 0.5}))
        found = ledger.total(["option", "line", "phase"], "labour hour").iloc[0]
        assert found["stay", "rollback", "way back per cluster"] == pytest.approx(4 * steps * 0.5)


def test_a_cluster_that_has_no_version_to_go_to_stays_without_patches() -> None:
    """PostgreSQL 8.2 has no way to a version with patches: 4 clusters x 24 months without, and no upgrade."""
    stay = {"platform": "ec2", "policy": "newest", "method": "in_place"}
    fleet = {"shop": group(platform="ec2", engine="postgresql", version="8.2")}
    table = tco.evaluate(tco.load_scenario(scenario(fleet=fleet, options={"stay": stay, "dynamodb": DYNAMODB}))).table()
    found = table.query("option == 'stay'").groupby("line")["quantity"].sum()
    assert found["months past free patches"] == pytest.approx(4 * 24)
    assert found["major upgrades"] == 0


def test_archives_go_back_to_the_day_on_which_the_first_group_was_created() -> None:
    """PostgreSQL 15 that was created in 2018 ran three versions before, and needs drills of them."""

    def drills(*days: str) -> float:
        shops = {
            f"shop{number}": group(platform="ec2", engine="postgresql", version="15", created=day)
            for number, day in enumerate(days)
        }
        stay = {"platform": "ec2", "policy": "newest", "method": "in_place"}
        loaded = tco.load_scenario(scenario(fleet=shops, options={"stay": stay, "dynamodb": DYNAMODB}))
        found = tco.evaluate(loaded).total(["option", "line", "phase"], "labour hour").iloc[0]
        return float(found["stay", "restore drills", "versions"])

    assert drills("2018-01-01", "2024-01-01") == pytest.approx(drills("2018-01-01", "2018-01-01"))
    assert drills("2024-01-01", "2024-01-01") < drills("2018-01-01", "2024-01-01")

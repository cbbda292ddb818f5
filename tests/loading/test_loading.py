"""Scenarios come from a file, a packaged name or a dict, with changes by path and any fleet size."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.errors import InputError
from tco.loading.loading import TEAMS, baseline, with_fleet_size
from tco.loading.notes import notes_of
from tco.scenario.scenario import Scenario

# -- where a scenario comes from -------------------------------------------------------------------------------------


def test_file_dict_and_name_give_the_same(tmp_path: Path) -> None:
    raw = scenario()
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(raw, sort_keys=False), "utf-8")
    assert tco.load_scenario(file) == tco.load_scenario(str(file)) == tco.load_scenario(raw)
    packaged = Path(tco.__file__).parent.parent / "params" / "quickstart.yaml"
    assert tco.load_scenario("quickstart") == tco.load_scenario(packaged)


def test_a_dict_is_not_changed() -> None:
    raw = scenario()
    before = copy.deepcopy(raw)
    tco.load_scenario(raw, set={"fleet.shop.clusters": 9, "options.stay.groups.shop.instances": 3}, fleet_size=100)
    assert raw == before


def test_a_file_beside_a_packaged_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quickstart").write_text(yaml.safe_dump(scenario(name="mine")), "utf-8")
    assert tco.load_scenario("quickstart").name == "mine"


def test_optional_keys_may_be_left_out() -> None:
    raw = scenario()
    del raw["reference"]
    loaded = tco.load_scenario(raw)
    assert (loaded.reference_option, loaded.description, loaded.prices, loaded.correlations) == ("stay", "", (), ())
    teams = {path: loaded.assumptions[path] for path in TEAMS}  # of so many clusters
    assert loaded.assumptions == {**baseline(), **teams}
    assert loaded.changed == frozenset()


def test_dates_may_be_text_or_dates() -> None:
    asked = [scenario(prices_as_of=day, start=start) for day, start in
             (("2026-11-01", "2027-01"), (dt.date(2026, 11, 1), dt.date(2027, 1, 1)))]  # fmt: skip
    assert tco.load_scenario(asked[0]) == tco.load_scenario(asked[1])


# -- set= ------------------------------------------------------------------------------------------------------------


def test_set_reaches_fields_groups_options_and_assumptions() -> None:
    loaded = tco.load_scenario(
        scenario(),
        set={
            "months": 36,
            "start": "2028-01",
            "reference": "dynamodb",
            "fleet.shop.clusters": 9,
            "fleet.shop.workload.item_bytes": 512,
            "options.dynamodb.capacity": "provisioned",
            "options.stay.groups.shop.instance_class": "db.r6g.xlarge",
            "labour.engineer_rate": 120,
            "upgrades.plan_hours": {
                "low": 5,
                "high": 20,
                "source": {"title": "Ours", "as_of": "2026-01-01", "kind": "measured"},
            },
        },
    )
    assert (loaded.months, loaded.start, loaded.reference_option) == (36, "2028-01", "dynamodb")
    assert loaded.fleet["shop"].clusters == 9
    assert loaded.fleet["shop"].workload is not None
    assert loaded.fleet["shop"].workload.item_bytes == 512
    assert loaded.options["dynamodb"].capacity == "provisioned"
    assert loaded.settings("stay", "shop").instance_class == "db.r6g.xlarge"
    assert loaded.settings("stay", "shop").deployment == "multi_az"
    rate = loaded.assumptions["labour.engineer_rate"]
    assert (rate.mean, rate.shape, rate.is_uncertain) == (120, "fixed", False)
    assert loaded.assumptions["upgrades.plan_hours"].source.title == "Ours"
    assert loaded.changed == {"labour.engineer_rate", "upgrades.plan_hours"}


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("labour.enginer_rate", 1, "labour.engineer_rate"),
        ("fleet.shops.clusters", 1, "shop"),
        ("fleet.shop.cluster", 1, "clusters"),
        ("fleet.shop", 1, "fleet.orders.clusters"),
        ("fleet", {}, "fleet.orders.clusters"),
        ("options.dynamo.capacity", "on_demand", "dynamodb"),
        ("options.dynamodb.capacity", "on-demand", "on_demand"),
        ("options.stay.groups.shops.instances", 1, "shop"),
        ("options.stay.colour", "red", "colour"),
        ("month", 12, "months"),
        ("months.x", 12, "months"),
        ("fleet.shop.workload.items", 3, "item_bytes"),
        ("fleet.shop.clusters", -1, "greater than or equal to 0"),
        ("fleet.shop.clusters", "six", "valid integer"),
        ("labour.engineer_rate", "high", "expected a number"),
        ("labour.engineer_rate", -1, "greater than or equal to 0"),
    ],
)
def test_set_refuses_what_is_not_there(path: str, value: Any, named: str) -> None:
    with pytest.raises(InputError) as caught:
        tco.load_scenario(scenario(), set={path: value})
    assert named in str(caught.value)
    assert path.partition(".")[0] in str(caught.value)


# -- assumptions -----------------------------------------------------------------------------------------------------


def test_only_what_is_named_differs_from_the_baseline() -> None:
    loaded = tco.load_scenario(
        scenario(
            assumptions={
                "labour.engineer_rate": {
                    "low": 80,
                    "high": 150,
                    "source": {"title": "Our finance team", "as_of": "2026-10-01", "kind": "measured"},
                },
                "upgrades.learning_rate": 1,
            }
        )
    )
    differing = {path for path, entry in loaded.assumptions.items() if entry != baseline()[path]}
    assert differing - set(TEAMS) == {"labour.engineer_rate", "upgrades.learning_rate"} == loaded.changed
    rate = loaded.assumptions["labour.engineer_rate"]
    assert (rate.value, rate.low, rate.high, rate.shape) == (None, 80, 150, "lognormal")
    assert rate.unit == baseline()["labour.engineer_rate"].unit
    assert rate.source.kind == "measured"


def test_a_number_without_a_source_is_its_authors_judgement() -> None:
    """It must not go on under the baseline's source, which said something else."""
    loaded = tco.load_scenario(scenario(), set={"finance.discount_rate": 0.03})
    assert loaded.assumptions["finance.discount_rate"].source.kind == "judgement"
    assert loaded.assumptions["finance.discount_rate"].source.link == ""


def test_no_assumption_hides_behind_the_paths_of_fleet_and_options() -> None:
    assert not [path for path in baseline() if path.startswith(("fleet.", "options."))]
    assert not {path.split(".")[0] for path in baseline()} & set(Scenario.model_fields)


# -- fleet_size ------------------------------------------------------------------------------------------------------


def sizes(*counts: int) -> dict[str, Any]:
    return {f"group{number}": group(clusters=count) for number, count in enumerate(counts)}


@pytest.mark.parametrize(
    ("counts", "size", "expected"),
    [
        ((6, 4, 4, 2, 4), 10, [3, 2, 2, 1, 2]),
        ((6, 4, 4, 2, 4), 100, [30, 20, 20, 10, 20]),
        # 10 x 3/7 = 4.29, 10 x 2/7 = 2.86 twice: 4, 2, 2 and the two largest remainders one more
        ((3, 2, 2), 10, [4, 3, 3]),
        # 4 / 3 each: equal remainders, the first takes it
        ((1, 1, 1), 4, [2, 1, 1]),
        ((5, 1), 1, [1, 0]),
        ((5, 1), 0, [0, 0]),
        ((0, 3), 7, [0, 7]),
    ],
)
def test_clusters_are_scaled_by_the_largest_remainder(counts: tuple[int, ...], size: int, expected: list[int]) -> None:
    loaded = tco.load_scenario(scenario(fleet=sizes(*counts)), fleet_size=size)
    assert [loaded.fleet[name].clusters for name in loaded.fleet] == expected


SMALL = tco.load_scenario(scenario())


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any), st.integers(0, 1_000_000))
def test_a_scaled_fleet_has_the_size_and_the_proportions_asked_for(counts: list[int], size: int) -> None:
    shop = SMALL.fleet["shop"]
    fleet = {str(n): shop.model_copy(update={"clusters": count}) for n, count in enumerate(counts)}
    loaded = SMALL.model_copy(update={"fleet": fleet})
    scaled = with_fleet_size(loaded, size)
    assert scaled.fleet_size == size
    for name, count in zip(scaled.fleet, counts, strict=True):
        assert abs(scaled.fleet[name].clusters - count * size / sum(counts)) < 1
        assert scaled.fleet[name].workload == loaded.fleet[name].workload


@pytest.mark.parametrize("size", [-1, 2.5, "10", True, 10**9, float("nan")])
def test_a_fleet_size_is_a_whole_number_of_clusters(size: Any) -> None:
    with pytest.raises(InputError, match="fleet_size"):
        tco.load_scenario(scenario(), fleet_size=size)


def test_a_fleet_without_clusters_has_no_proportions() -> None:
    with pytest.raises(InputError, match="cannot be scaled"):
        tco.load_scenario(scenario(fleet=sizes(0, 0)), fleet_size=10)
    assert tco.load_scenario(scenario(fleet=sizes(0, 0)), fleet_size=0).fleet_size == 0


def test_business_wide_values_do_not_grow_with_the_fleet() -> None:
    """1,000 USD a minute for the business: an outage of the whole Region costs the same for 10 or 1,000 clusters."""
    line = ["option", "line"]
    costs = [
        tco.evaluate(
            tco.load_scenario(scenario(), set={"downtime.business_value_per_minute": 1000}, fleet_size=size)
        ).total(line).iloc[0]["stay", "unplanned regional downtime"]
        for size in (10, 1000)
    ]  # fmt: skip
    assert costs[0] == pytest.approx(costs[1])


# -- groups within options -------------------------------------------------------------------------------------------


def test_an_option_may_differ_by_group() -> None:
    loaded = tco.load_scenario(
        scenario(
            fleet={"shop": group(), "dev": group(environment="development")},
            options={
                "stay": {**STAY, "groups": {"dev": {"deployment": "single_az"}}},
                "mixed": {**DYNAMODB, "groups": {"dev": {"platform": "rds", "policy": "never"}}},
            },
        )
    )
    assert loaded.settings("stay", "shop").deployment == "multi_az"
    assert loaded.settings("stay", "dev").deployment == "single_az"
    assert loaded.settings("stay", "dev").policy == "settled"
    assert loaded.settings("mixed", "dev").platform == "rds"
    assert loaded.settings("mixed", "shop").platform == "dynamodb"
    assert loaded.settings("mixed", "dev").capacity == "on_demand"


def test_a_group_runs_today_where_the_reference_has_it_unless_it_says() -> None:
    unsaid = {key: value for key, value in group().items() if key != "platform"}
    fleet = {"shop": unsaid, "old": group(platform="ec2")}
    loaded = tco.load_scenario(scenario(fleet=fleet, options={"a": DYNAMODB, "stay": STAY}))
    assert (loaded.todays_platform("shop"), loaded.todays_platform("old")) == ("rds", "ec2")


@pytest.mark.parametrize("stated", [{}, {"reference": "dynamodb"}])
def test_a_versioned_group_is_not_on_a_versionless_platform_today(stated: dict[str, Any]) -> None:
    raw = scenario(options={"dynamodb": DYNAMODB, "stay": STAY}) | stated
    del raw["fleet"]["shop"]["platform"]
    if not stated:
        del raw["reference"]
    with pytest.raises(InputError, match=r"fleet.shop.platform: mysql .* not on dynamodb.*`reference`.*`platform`"):
        tco.load_scenario(raw)
    assert tco.load_scenario(raw | {"reference": "stay"}).todays_platform("shop") == "rds"


def test_a_group_elsewhere_takes_the_options_method_along_where_it_can() -> None:
    """ElastiCache has no blue/green upgrade: an option of blue/green RDS upgrades its caches in place, and says so."""
    cache = {
        "clusters": 2, "engine": "redis", "version": "7", "region": "us-east-1", "instance_class": "cache.r6g.large",
        "storage_gb": 5,
    }  # fmt: skip
    mixed = scenario()
    mixed["fleet"]["cache"] = cache
    for option in mixed["options"].values():
        option["groups"] = {"cache": {"platform": "elasticache"}}
    stay = next(iter(mixed["options"]))
    mixed["options"][stay]["method"] = "blue_green"
    loaded = tco.load_scenario(mixed)
    assert [note.path for note in notes_of(loaded) if "blue_green" in note.message] == [f"options.{stay}.method"]
    in_place = tco.load_scenario(mixed, {f"options.{stay}.groups.cache.method": "in_place"})
    assert tco.compare(tco.evaluate(loaded)).equals(tco.compare(tco.evaluate(in_place)))
    with pytest.raises(InputError, match="which may be stated for the group alone"):
        tco.load_scenario(mixed, {f"options.{stay}.groups.cache.method": "blue_green"})

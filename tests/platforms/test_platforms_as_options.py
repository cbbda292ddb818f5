"""Every platform can be an option of a scenario: its bill stands in the ledger, at the prices that `tco.price` has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from platforms.offers import offered, origins, regions
from small_scenarios import group, scenario

import tco
from tco.errors import InputError
from tco.platforms import platform, platform_names


def scenarios(name: str) -> Iterator[dict[str, Any]]:
    """Scenarios with an option on a platform, by Region: a group moves there where it can, else it is there already."""
    for today, engine, version in [*origins(name), *origins(name, name)]:
        places = regions(today)
        for region in [place for place in places if place in regions(name)] or places:
            here = {"engine": engine, "version": version, "region": region, "instances": 2, "storage_gb": 200}
            there = {"capacity": "provisioned", "deployment": "multi_az", "acu": 2}
            there["instance_class"] = offered(name, region, engine)
            there = {field: value for field, value in there.items() if platform(name).knows(field)}
            yield scenario(
                months=12,
                fleet={"one": group(**here, platform=today, instance_class=offered(today, region, engine))},
                options={
                    "stay": {"platform": today, "policy": "settled"},
                    "there": there | {"platform": name},
                },
            )


@pytest.mark.parametrize("name", [name for name in platform_names() if not platform(name).closed_on])
def test_a_group_is_billed_at_the_platforms_prices(name: str) -> None:
    reasons = []
    for stated in scenarios(name):
        try:
            loaded = tco.load_scenario(stated)
        except InputError as error:
            reasons.append(str(error))
            continue
        billed = tco.evaluate(loaded).table().query("option == 'there' and category == 'infrastructure' and cost > 0")
        own = billed[billed["assumptions"].str.contains(f"{platform(name).service} ")]
        assert own["period"].max() == billed["period"].max() == "2027-12"
        return
    pytest.fail(f"no Region has all its prices: {reasons[:3]}")


def test_an_option_may_give_readers_standbys() -> None:
    stay = {"platform": "rds", "deployment": "multi_az", "policy": "settled"}
    options = {"all": stay | {"reader_deployment": "multi_az"}, "primary": stay}
    fleet = {"one": group(clusters=1, instances=2, storage_gb=200)}
    ledger = tco.evaluate(tco.load_scenario(scenario(months=12, fleet=fleet, options=options, reference="all")))
    billed = ledger.table().query("category == 'infrastructure' and period == '2027-01'")
    spared = billed.query("option == 'all'")["cost"].sum() - billed.query("option == 'primary'")["cost"].sum()
    # an hour of a db.r6g.large costs 0.43 with a standby and 0.215 without, a GB-month 0.23 and 0.115
    assert spared == pytest.approx(0.215 * 730 + 200 * 0.115)


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        ("deployment", {"rds", "aurora", "aurora_serverless"}),
        ("instances", {"rds", "aurora", "aurora_serverless"}),
        ("instance_class", {"rds", "aurora", "aurora_serverless"}),
        ("capacity", {"dynamodb", "keyspaces"}),
        ("free_tier", {"dynamodb"}),
    ],
)
def test_an_option_may_state_what_means_something_on_its_platform(setting: str, known: set[str]) -> None:
    """Capacity units are derived from the instances that they replace, of any deployment; requests have none."""
    named = ("rds", "aurora", "aurora_serverless", "dynamodb", "keyspaces")
    assert {name for name in named if platform(name).knows(setting)} == known

"""Own prices and classes: a slip in any name is an error, and a price that no bill reads is said to be one."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from small_scenarios import group, scenario

import tco
from tco.analysis.assumption_register import unread_prices
from tco.catalog.prices import price_book
from tco.cli import main
from tco.report.prose import narrative

PRICE: dict[str, Any] = {
    "service": "AmazonRDS", "region": "us-east-1", "item": "instance", "engine": "mysql", "deployment": "multi_az",
    "instance_class": "db.r6g.large", "unit": "instance hour", "price": 0.3,
    "source": {"title": "Our agreement", "as_of": "2026-09-01", "kind": "measured"},
}  # fmt: skip
NEW = {**PRICE, "instance_class": "db.r99g.large", "price": 0.5}


def own(**changes: Any) -> dict[str, Any]:
    entry = {**PRICE, **changes}
    return {name: value for name, value in entry.items() if value is not None}


def unread(*prices: dict[str, Any], **changes: Any) -> list[str]:
    return unread_prices(tco.evaluate(tco.load_scenario(scenario(prices=list(prices), **changes))))


@pytest.mark.parametrize(
    ("field", "written", "meant"),
    [
        ("service", "AmazonRSD", "AmazonRDS"),
        ("region", "us-eest-1", "us-east-1"),
        ("region", "us-east1", "us-east-1"),  # a Region of another cloud
        ("item", "instanse", "instance"),
        ("engine", "my-sql", "mysql"),
        ("instance_class", "db.r6g.lagre", "db.r6g.large"),
        ("instance_class", "r6g.large", "db.r6g.large"),  # another service spells it so
        ("deployment", "multi_za", "multi_az"),
        ("term", "1yr_no_upfrnt", "1yr_no_upfront"),
        ("unit", "instance our", "instance hour"),
    ],
)
def test_a_slip_in_a_name_is_an_error_that_names_the_one_that_was_meant(field: str, written: str, meant: str) -> None:
    with pytest.raises(tco.InputError, match=rf"prices\.0\.{field}: .*{re.escape(meant)}"):
        tco.load_scenario(scenario(prices=[own(**{field: written})]))


def test_a_name_that_an_item_needs_or_does_not_have_is_an_error() -> None:
    with pytest.raises(
        tco.InputError, match=r"prices\.0\.deployment: a price of 'instance' needs the deployment; valid"
    ):
        price_book().with_prices([own(deployment=None)])
    backup = own(item="backup", unit="GB-month", price=0.1, engine=None)
    with pytest.raises(tco.InputError, match=r"prices\.0\.instance_class: a price of 'backup' has no instance class"):
        price_book().with_prices([backup])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([{}, {}], r"prices\.1: the same price is given twice for the same days; see prices\.0"),
        ([{"valid_to": "2027-01-01"}, {"valid_from": "2026-12-31"}], "twice for the same days"),
        ([{"tier_from": 100}], "the first tier of a price begins at 0"),
        ([{"tier_to": 100}, {"tier_from": 200}], r"prices\.1: a tier begins where the one below it ends"),
        ([{"price": 30}], r"30 USD is 69.8 times 0.43 USD, the price that it replaces; .*accept: true"),
        ([{"price": 0.003}], r"0.003 USD is 1/143 of 0.43 USD"),
        ([{"price": 0}], r"0 USD is nothing beside 0.43 USD, the price that it replaces; .*accept: true"),
        ([{"source": {**PRICE["source"], "as_of": "2999-01-01"}}], r"prices\.0\.source\.as_of: must be a day from "),
        ([{"source": {**PRICE["source"], "title": " "}}], "the title of a source says where the number is from"),
        ([{"observed_on": "2999-01-01"}], r"prices\.0\.observed_on: must be a day from 2006-01-01 to "),
    ],
)
def test_prices_that_contradict_one_another_or_the_packaged_one_are_errors(
    changes: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(tco.InputError, match=message):
        tco.load_scenario(scenario(prices=[own(**change) for change in changes]))


def test_a_price_far_from_the_packaged_one_is_taken_where_it_is_accepted() -> None:
    accepted = tco.load_scenario(scenario(prices=[own(price=30, accept=True)]))
    (compute,) = tco.evaluate(accepted).table().query("option == 'stay' and line == 'compute'")["unit_price"].unique()
    assert compute == 30
    given = tco.load_scenario(scenario(prices=[own(price=0, accept=True)]))
    assert (tco.evaluate(given).table().query("option == 'stay' and line == 'compute'")["cost"] == 0).all()


def test_prices_one_after_another_and_tiers_that_meet_are_no_contradiction() -> None:
    in_turn = [own(valid_to="2026-12-01"), own(valid_from="2026-12-01", price=0.31)]
    assert price_book().with_prices(in_turn).own[1].price == 0.31
    tiers = [own(tier_to=100), own(tier_from=100, price=0.2)]
    assert len(price_book().with_prices(tiers).own) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"region": "eu-west-1"}, "no bill reads this price"),
        ({"engine": "postgresql"}, "no bill reads this price"),
        ({"deployment": "single_az"}, "no bill reads this price"),
        ({"term": "1yr_no_upfront"}, "no bill reads this price"),
        ({"valid_from": "2027-01-01"}, "holds from 2027-01-01 on, and prices are those of 2026-11-01"),
        ({"valid_to": "2026-01-01"}, "holds until 2026-01-01, and prices are those of 2026-11-01"),
    ],
)
def test_a_price_that_no_bill_reads_is_named(change: dict[str, Any], reason: str) -> None:
    (sentence,) = unread(own(**change))
    assert sentence.startswith(f"prices.0: {reason}")


def test_a_price_that_some_bill_reads_is_not_named() -> None:
    assert unread(own()) == []
    # no cluster is upgraded before its support ends, so that the price of Extended Support is read
    support = own(item="extended_support_year_3", unit="vCPU hour", price=0.2, deployment=None, instance_class=None)
    old = {"shop": group(version="5.7")}
    never = {"platform": "rds", "deployment": "multi_az", "policy": "never"}
    moving = {"platform": "dynamodb", "capacity": "on_demand"}
    assert unread(support, fleet=old, options={"stay": never, "dynamodb": moving}) == []


def test_check_compare_and_report_warn_of_prices_that_change_nothing(tmp_path) -> None:
    import yaml

    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(scenario(prices=[own(), own(region="eu-west-1")])), "utf-8")
    for command in (["check", str(file)], ["compare", str(file), "--draws", "0", "--format", "csv"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0
        assert done.stderr.startswith(f"{file}: warning: prices.1: no bill reads this price (AmazonRDS eu-west-1 ")
    said = str(narrative.unread_prices(["prices.1: no bill reads this price"]))
    assert "no bill reads this price" in said
    assert str(narrative.unread_prices([])) == ""


def test_a_class_of_its_own_is_priced_where_a_group_uses_it() -> None:
    fleet = {"shop": group(instance_class="db.r99g.large", version="8.4")}
    with pytest.raises(tco.InputError, match=r"fleet\.shop\.instance_class: unknown instance class 'db.r99g.large'"):
        tco.load_scenario(scenario(fleet=fleet))
    with pytest.raises(tco.InputError, match=r"prices\.0\.instance_class: unknown instance class 'db.r99g.large'"):
        tco.load_scenario(scenario(prices=[NEW]))
    table = tco.evaluate(tco.load_scenario(scenario(fleet=fleet, prices=[NEW]))).table()
    assert table.query("option == 'stay' and line == 'compute'")["unit_price"].unique().tolist() == [0.5]


@pytest.mark.parametrize("name", ["db.r99g.large", "r99g.large"])
def test_extended_support_of_a_class_of_its_own_counts_its_processors(name: str) -> None:
    never = {"platform": "rds", "deployment": "single_az", "policy": "never"}
    raw = scenario(
        fleet={"shop": group(instance_class="db.r99g.large", version="5.7")},
        options={"stay": never, "dynamodb": {"platform": "dynamodb", "capacity": "on_demand"}},
        prices=[{**NEW, "deployment": "single_az"}],
    )
    with pytest.raises(tco.InputError, match=r"unknown instance class 'db.r99g.large'.*under `classes`"):
        tco.evaluate(tco.load_scenario(raw))
    ledger = tco.evaluate(tco.load_scenario({**raw, "classes": {name: {"vcpu": 6, "memory_gib": 16}}}))
    paid = ledger.table().query("option == 'stay' and line.str.contains('Extended Support') and period == '2027-01'")
    assert paid["quantity"].sum() == pytest.approx(4 * 6 * 730, rel=0.01)  # vCPU hours of four clusters


def test_a_class_of_its_own_that_nothing_uses_is_an_error() -> None:
    with pytest.raises(tco.InputError, match=r"classes\.db\.r6g\.lrge: no group, option or own price uses this class"):
        tco.load_scenario(scenario(classes={"db.r6g.lrge": {"vcpu": 2, "memory_gib": 16}}))


@pytest.mark.parametrize("numbers", [{"vcpu": 0, "memory_gib": 16}, {"vcpu": 2}, {"vcpu": 2, "memory_gib": "16"}])
def test_a_class_of_its_own_has_processors_and_memory(numbers: dict[str, Any]) -> None:
    with pytest.raises(tco.InputError, match=r"classes\.db\.r6g\.large\."):
        tco.load_scenario(scenario(classes={"db.r6g.large": numbers}))


def test_a_bill_takes_a_price_for_a_class_and_a_region_that_the_tables_lack() -> None:
    usage = {"engine": "mysql", "instance_class": "r99g.large", "deployment": "multi_az"}
    entry = {**NEW, "region": "moon-north-1", "valid_from": date(2026, 1, 1)}
    (cost,) = tco.price("rds", usage, "moon-north-1", "2026-11-01", prices=[entry])["cost"]
    assert cost == 0.5 * 730

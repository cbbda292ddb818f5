"""`tco.price`: how a bill is laid out, what many bills at once have in common with single ones, and what is refused."""

from __future__ import annotations

import math
import re
import time
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import tco
from tco.catalog.prices import price_book
from tco.platforms import platform as platform_named

DAY = "2026-10-01"
DATABASE = {"engine": "mysql", "instance_class": "db.r6g.large", "deployment": "multi_az", "storage_gb": 500.0}


def price(usage: object, platform: str = "rds", region: object = "us-east-1", **more: object) -> pd.DataFrame:
    return tco.price(platform, usage, **{"region": region, "as_of": DAY, **more})


def test_a_bill_lists_its_items_with_the_rows_behind_them() -> None:
    bill = price(DATABASE)
    assert list(bill.columns) == ["item", "quantity", "unit", "unit_price", "cost", "source"]
    # 730 hours x 0.43; 500 GB x 0.23
    assert bill["item"].tolist() == ["Instance hours", "Storage (gp3)"]
    assert bill["unit"].tolist() == ["instance hour", "GB-month"]
    assert bill["cost"].tolist() == pytest.approx([313.90, 115.00])
    assert (bill["cost"] == bill["quantity"] * bill["unit_price"]).all()
    assert bill["source"][0].startswith("AmazonRDS us-east-1 db.r6g.large mysql multi_az on_demand (AWS price data")
    assert bill["source"][0].endswith("read 2025-06-17)")


def test_the_month_is_as_long_as_one_says() -> None:
    for hours in (720, 730, 744):
        assert price({**DATABASE, "hours_per_month": hours})["cost"][0] == pytest.approx(0.43 * hours)


def test_a_usage_that_asks_for_nothing_has_a_bill_without_lines() -> None:
    bill = price({})
    assert bill.empty
    assert list(bill.columns) == ["item", "quantity", "unit", "unit_price", "cost", "source"]


@pytest.mark.parametrize("day", [date(2024, 10, 31), datetime(2024, 10, 31, 12), "2024-10-31"])  # noqa: DTZ001
def test_the_day_may_be_given_in_several_ways(day: object) -> None:
    assert price({"reads_per_month": 1e6}, "dynamodb", as_of=day)["unit_price"].tolist() == [0.25]


def test_without_a_day_the_prices_of_today_hold() -> None:
    usage = {"reads_per_month": 1e6}
    assert tco.price("dynamodb", usage, "us-east-1").equals(price(usage, "dynamodb", as_of=date.today()))  # noqa: DTZ011


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "engine": ["mysql", "postgresql", "mariadb"],
            "instance_class": ["db.r6g.large", "db.m5.large", "db.t3.medium"],
            "instances": [1, 3, 2],
            "deployment": ["multi_az", "single_az", "single_az"],
            "storage_type": ["gp3", "io1", "gp2"],
            "storage_gb": [500.0, 20.0, 0.0],
            "iops": [13000.0, 500.0, 0.0],
            "extended_support_year": [3, 0, 0],
        },
        index=["orders", "users", "logs"],
    )


def test_many_bills_are_the_single_ones() -> None:
    table = frame()
    together = price(table)
    assert next(iter(together)) == "bill"
    assert list(dict.fromkeys(together["bill"])) == list(table.index)
    for name, usage in table.iterrows():
        alone = price(usage.to_dict())
        part = together[together["bill"] == name].drop(columns="bill").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone)


def test_a_list_of_usages_and_arrays_give_the_same_bills() -> None:
    table = frame()
    expected = price(table.reset_index(drop=True))
    pd.testing.assert_frame_equal(price(table.to_dict("records")), expected)
    pd.testing.assert_frame_equal(price({name: table[name].to_numpy() for name in table}), expected)
    pd.testing.assert_frame_equal(price({name: table[name].to_list() for name in table}), expected)


def test_arrays_share_what_is_given_once() -> None:
    bills = price({**DATABASE, "storage_gb": np.array([0.0, 100.0])})
    assert bills["bill"].tolist() == [0, 1, 1]
    assert bills["cost"].tolist() == pytest.approx([313.90, 313.90, 23.00])


def test_a_usage_may_be_one_that_is_checked_already() -> None:
    checked = platform_named("rds").usage(**DATABASE)
    pd.testing.assert_frame_equal(price(checked), price(DATABASE))


def test_in_a_list_a_field_left_out_has_its_default() -> None:
    bills = price([DATABASE, {"storage_gb": 10.0}])
    assert bills[bills["bill"] == 1]["cost"].tolist() == pytest.approx([1.15])


def test_each_bill_may_have_a_region_of_its_own() -> None:
    bills = price([DATABASE, DATABASE], region=["us-east-1", "eu-west-1"])
    assert bills["cost"][0] == price(DATABASE)["cost"][0]
    assert bills["cost"][2] == price(DATABASE, region="eu-west-1")["cost"][0]


def test_no_bills_at_all_have_no_lines() -> None:
    assert price(frame().iloc[:0]).empty
    assert price([]).empty
    assert tco.price("dynamodb", {"rcu": []}, region="us-east-1").empty


def test_each_bill_is_charged_the_tiers_that_it_reaches() -> None:
    """1,000 GB at 0.05 USD and half a GB at 0.02; 10 GB at 0.05."""
    own = {"service": "AmazonRDS", "region": "us-east-1", "item": "backup", "unit": "GB-month", "source": "ours"}
    tiers = [own | {"price": 0.05, "tier_to": 1000}, own | {"price": 0.02, "tier_from": 1000, "accept": True}]
    bills = price({"backup_gb": [1000.5, 10.0]}, prices=tiers)
    assert bills["item"].tolist() == ["Backup storage", "Backup storage (from 1,000)", "Backup storage"]
    assert bills["cost"].tolist() == pytest.approx([50.0, 0.01, 0.5])
    assert bills["source"].str.endswith(" (ours)").all()


UPFRONT = {
    "service": "AmazonRDS",
    "region": "us-east-1",
    "item": "instance_upfront",
    "engine": "mysql",
    "instance_class": "db.t3.large",
    "deployment": "single_az",
    "term": "1yr_partial_upfront",
    "unit": "instance",
    "price": 400.0,
    "source": "Our order",
}
RESERVED = {"engine": "mysql", "instance_class": "db.t3.large", "term": "1yr_partial_upfront", "instances": 2}


def test_a_fee_is_paid_in_full_in_the_first_month() -> None:
    bill = price(RESERVED, prices=[UPFRONT])
    fees = bill[bill["item"].str.endswith("upfront")]
    assert fees["cost"].tolist() == [400.0, 400.0]  # the primary's and the replica's
    assert fees["source"].str.contains("Our order").all()
    later = price(RESERVED, prices=[UPFRONT], first_month=False)
    # two instances x 730 hours x 0.0456
    assert later["cost"].sum() == pytest.approx(66.576)
    assert not later["item"].str.endswith("upfront").any()


@pytest.mark.parametrize("first_month", [True, False])
def test_a_term_whose_fee_has_no_row_is_never_billed_without_it(first_month: bool) -> None:
    with pytest.raises(tco.UnknownPrice, match="upfront fee of this term has no price row"):
        price(RESERVED, first_month=first_month)


def frame_of_text() -> pd.DataFrame:
    return pd.DataFrame({"storage_gb": ["20", "30"]}, dtype=object)


WRONG: list[tuple[str, object, str]] = [
    ("rds", {"instance_clas": "db.r6g.large"}, "unknown field 'instance_clas'; did you mean 'instance_class'"),
    ("rds", {**DATABASE, "engine": "mysq"}, "engine: unknown engine 'mysq'; did you mean 'mysql'"),
    ("rds", {"engine": "MyISAM"}, "engine: unknown engine 'MyISAM'; did you mean 'mysql'"),
    ("aurora", {"engine": "mysql", "instance_class": "db.serverless"}, "is billed by capacity units: state those"),
    ("rds", {**DATABASE, "licence": "license-included"}, "licence: this engine needs no licence: leave it out"),
    ("rds", {**DATABASE, "engine": "aurora-mysql"}, "'aurora-mysql' is mysql on aurora or aurora_serverless or"),
    ("rds", {**DATABASE, "instance_class": "db.r6g.lagre"}, "did you mean 'db.r6g.large'"),
    ("rds", {**DATABASE, "deployment": "multi-az"}, "did you mean 'multi_az'"),
    ("rds", {**DATABASE, "storage_type": "gp4"}, "did you mean 'gp3'"),
    ("rds", {**DATABASE, "term": "1yr_noupfront"}, "did you mean '1yr_no_upfront'"),
    ("rds", {**DATABASE, "storage_gb": -1}, "storage_gb: should be greater than or equal to 0"),
    ("rds", {**DATABASE, "storage_gb": math.nan}, "storage_gb: should be a finite number"),
    ("rds", {**DATABASE, "storage_gb": math.inf}, "storage_gb"),
    ("rds", {**DATABASE, "storage_gb": 1e300}, "storage_gb: should be less than or equal to"),
    ("rds", {**DATABASE, "storage_gb": "much"}, "storage_gb"),
    ("rds", {**DATABASE, "storage_gb": None}, "storage_gb"),
    ("rds", {**DATABASE, "storage_gb": "20"}, "storage_gb: should be a number (got '20')"),
    ("rds", {**DATABASE, "storage_gb": True}, "storage_gb: should be a number (got True)"),
    ("rds", {**DATABASE, "instances": "2"}, "instances: should be a number"),
    ("rds", frame_of_text(), "storage_gb: should be a number (bill 0)"),
    ("rds", {**DATABASE, "instances": 1.5}, "instances"),
    ("rds", {**DATABASE, "hours_per_month": 0}, "hours_per_month: should be greater than 0"),
    ("rds", {**DATABASE, "extended_support_year": 4}, "extended_support_year"),
    ("rds", {"instance_class": "db.r6g.large"}, "engine: the price of an instance depends on its engine"),
    ("rds", {"instances": 1}, "instance_class: instances need an instance_class"),
    ("rds", {"extended_support_year": 1, "engine": "mysql"}, "needs an instance_class"),
    ("rds", {**DATABASE, "engine": "mariadb", "extended_support_year": 1}, "'mariadb'; known: aurora_mysql"),
    ("rds", {**DATABASE, "deployment": "multi_az_cluster"}, "multi_az_cluster"),
    ("rds", 7, "usage is a mapping of fields"),
    ("rds", frame().assign(storage_gb=[1.0, math.nan, 2.0]), "storage_gb: should be a finite number (bill 1)"),
    ("rds", frame().assign(iops=[1.0, -5.0, 2.0]), "iops: should be greater than or equal to 0 (bill 1)"),
    ("rds", frame().assign(instances=[1.0, 1.5, 2.0]), "instances: should be a whole number (bill 1)"),
    ("rds", frame().assign(engine=["mysql", "mysql", "maria"]), "did you mean 'mariadb'? (bill 2)"),
    ("rds", frame().assign(engine=["mysql", None, "mysql"]), "engine"),
    ("rds", frame().assign(sotrage_gb=1.0), "did you mean 'storage_gb'"),
    ("dynamodb", {"rcu": [1, 10**400]}, "rcu: should be a valid number (bill 1)"),
    ("rds", {"storage_gb": np.ones(2), "iops": np.ones(3)}, "iops: has 3 values, another field 2"),
    ("rds", {"storage_gb": np.ones((2, 2))}, "storage_gb: should be a flat list of values"),
    ("rds", {"storage_gb": [1, "20"]}, "storage_gb: should be a number (bill 1)"),
    ("rds", [DATABASE, {"sotrage_gb": 1}], "unknown field 'sotrage_gb'; did you mean 'storage_gb'"),
    ("elasticache", {"engine": "reddis", "instance_class": "cache.r6g.large"}, "did you mean 'redis'"),
    ("aurora", {"deployment": "multi_az"}, "unknown field 'deployment'; here it is 'instances'"),
    ("aurora_serverless", {"instance_class": "db.r6g.large"}, "unknown field 'instance_class'; here it is 'acu'"),
    ("dynamdb", {}, "unknown platform 'dynamdb'; did you mean 'dynamodb'"),
]


@pytest.mark.parametrize(("platform", "usage", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_usage_is_an_error_that_says_what_would_be_right(platform: str, usage: object, message: str) -> None:
    with pytest.raises(tco.InputError, match=re.escape(message)):
        price(usage, platform)
    if isinstance(usage, dict) and not any(isinstance(value, list | np.ndarray) for value in usage.values()):
        said = re.escape(message.partition(" (got")[0])
        with pytest.raises(tco.InputError, match=said):  # a right one beside it hides nothing
            price([{"internet_gb": 1}, usage], platform)


@pytest.mark.parametrize(
    ("platform", "written", "engine"),
    [
        ("rds", "postgres", "postgresql"),
        ("rds", "MySQL", "mysql"),
        ("documentdb", "docdb", "documentdb"),
        ("aurora", "aurora-mysql", "mysql"),
        ("aurora", "aurora-postgresql", "postgresql"),
    ],
)
def test_an_engine_may_be_written_as_the_aws_api_or_its_maker_does(platform: str, written: str, engine: str) -> None:
    bills = [price({"engine": name, "instance_class": "db.r6g.large"}, platform) for name in (written, engine)]
    pd.testing.assert_frame_equal(*bills)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(tco.InputError) as caught:
        price({**DATABASE, "storage_gb": -1, "iops": "many"})
    assert [problem.path for problem in caught.value.problems] == ["storage_gb", "iops"]


@pytest.mark.parametrize("usage", [DATABASE, {}])
def test_an_unknown_region_is_an_error_even_where_nothing_is_used(usage: dict[str, object]) -> None:
    with pytest.raises(tco.InputError, match=r"region: unknown Region 'us-esat-1'; did you mean .*'us-east-1'"):
        price(usage, region="us-esat-1")


@pytest.mark.parametrize(
    ("platform", "region", "named"),
    [
        ("cosmosdb", "eastsu", "'eastus'"),
        ("rds", "eu-wset-1", "'eu-west-1'"),
        ("keyspaces", "us-wset-2", "'us-west-2'"),
    ],
)
def test_the_nearest_region_is_one_of_the_platforms_own(platform: str, region: str, named: str) -> None:
    own = {*price_book().known("region", service=platform_named(platform).service)}
    with pytest.raises(tco.UnknownPrice, match=re.escape(named)) as caught:
        price({"storage_gb": 1}, platform, region=region)
    assert {*re.findall("'([a-z0-9-]+)'", str(caught.value))} - {region} <= own


def test_all_regions_is_no_region() -> None:
    with pytest.raises(tco.UnknownPrice, match="unknown Region 'all'; valid: af-south-1, ap-east-1"):
        price({}, "dynamodb", region="all")


@pytest.mark.parametrize("region", [7, None, 1.5])
def test_a_region_is_a_name(region: object) -> None:
    with pytest.raises(tco.InputError, match="region: is not text or a list"):
        price(DATABASE, region=region)


def test_a_country_as_a_whole_may_be_written_at_length() -> None:
    usage = {"ru_per_second": 1000, "hours_per_month": 720}
    assert price(usage, "cosmosdb", region="us (generic)").equals(price(usage, "cosmosdb", region="us"))


@pytest.mark.parametrize("number", [np.float32, np.float64, np.int16, np.int64, np.uint8, int, float])
def test_a_number_may_be_of_any_kind(number: type) -> None:
    assert price({**DATABASE, "storage_gb": number(100), "instances": number(2)}).equals(
        price({**DATABASE, "storage_gb": 100, "instances": 2})
    )


def test_prices_are_not_borrowed_from_another_region() -> None:
    # DocumentDB is not sold in every Region.
    with pytest.raises(tco.UnknownPrice, match="no price of AmazonDocDB in Region 'eu-central-2'; known in af-south-1"):
        price({"instance_class": "r6g.large"}, "documentdb", region="eu-central-2")


@pytest.mark.parametrize(
    ("place", "region"),
    [("Ireland", "eu-west-1"), ("frankfurt", "eu-central-1"), ("US East (N. Virginia)", "us-east-1")],
)
def test_a_place_is_answered_with_its_region(place: str, region: str) -> None:
    with pytest.raises(tco.UnknownPrice, match=f"that place is '{region}'"):
        price({}, "dynamodb", region=place)


def test_the_regions_that_are_named_are_places() -> None:
    """A price that holds everywhere is no Region to run in."""
    with pytest.raises(tco.UnknownPrice, match="no price of AmazonDynamoDB in Region 'us'; known in af-south-1, ap-"):
        price({"rcu": 1}, "dynamodb", region="us")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", 20261001])
def test_a_day_that_is_none_is_an_error(day: object) -> None:
    with pytest.raises(tco.InputError, match=r"as_of: (must be a date|is not a date)"):
        price(DATABASE, as_of=day)


def test_a_region_for_each_bill_must_fit_their_number() -> None:
    with pytest.raises(tco.InputError, match="one for each bill"):
        price([DATABASE], region=["us-east-1", "us-east-1"])


def test_a_bill_too_large_for_a_number_is_refused() -> None:
    huge = {**UPFRONT, "item": "instance", "term": "on_demand", "unit": "instance hour", "price": 1e300, "accept": True}
    with pytest.raises(tco.InputError, match="larger than numbers can hold"):
        price({"engine": "mysql", "instance_class": "db.t3.large", "instances": 10**9}, prices=[huge])


def test_a_bill_comes_at_once() -> None:
    price(DATABASE)
    started = time.process_time()
    for _ in range(20):
        price(DATABASE)
    assert (time.process_time() - started) / 20 < 0.02  # about 0.001 s on an idle machine


def test_arrays_of_pandas_are_columns_too() -> None:
    table = pd.DataFrame({"storage_gb": pd.array([1.5, 2.0], dtype="Float64"), "engine": pd.Categorical(["mysql"] * 2)})
    expected = price({"storage_gb": [1.5, 2.0], "engine": "mysql"})
    assert price(table).equals(expected)
    assert price({"storage_gb": table["storage_gb"].array, "engine": "mysql"}).equals(expected)
    with pytest.raises(tco.InputError, match=re.escape("storage_gb: should be a finite number (bill 1)")):
        price({"storage_gb": pd.array([1.5, None], dtype="Float64")})


def test_hourly_values_are_one_load_even_as_an_array() -> None:
    hours = np.r_[np.ones(23), 2.0]
    usage = {"capacity": "provisioned", "reads_per_second": 100}
    expected = price({**usage, "load": hours.tolist()}, "dynamodb")
    assert price({**usage, "load": hours}, "dynamodb").equals(expected)
    two = np.empty(2, dtype=object)
    two[:] = [hours.tolist(), "flat"]
    assert price({**usage, "load": two}, "dynamodb")["bill"].tolist() == [0, 1]


def test_own_prices_do_not_slow_a_bill_down() -> None:
    own = [{**UPFRONT, "item": "instance", "term": "on_demand", "unit": "instance hour", "accept": True}]
    usage = {"engine": "mysql", "instance_class": "db.t3.large"}
    price(usage, prices=own)
    started = time.process_time()
    for _ in range(20):
        assert price(usage, prices=own)["unit_price"][0] == 400
    assert (time.process_time() - started) / 20 < 0.02  # about 0.002 s on an idle machine


def test_licences_are_understood_as_the_api_writes_them() -> None:
    """db.r5.large with Oracle's Standard Edition Two in the price, without it; MySQL needs none."""
    oracle = {"engine": "oracle-se2", "instance_class": "db.r5.large"}
    for own, of_api in (("license_included", "license-included"), ("bring_your_own_license", "bring-your-own-license")):
        assert_frame_equal(
            tco.price("rds", {**oracle, "licence": of_api}, region="us-east-1", as_of="2026-11-01"),
            tco.price("rds", {**oracle, "licence": own}, region="us-east-1", as_of="2026-11-01"),
        )
    free = {"engine": "mysql", "instance_class": "db.r5.large", "licence": "general-public-license"}
    assert tco.price("rds", free, region="us-east-1", as_of="2026-11-01")["cost"].tolist() == [
        pytest.approx(0.24 * 730)
    ]

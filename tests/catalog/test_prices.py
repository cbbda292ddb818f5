"""The packaged price tables are complete and unambiguous, and the price book finds the row that holds on a day."""

from __future__ import annotations

import csv
import math
import re
import time
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from tco import resources
from tco.catalog.price_rows import CONFIDENCE, PriceTables, shipped_folder
from tco.catalog.prices import UNITS, PriceBook, PriceRow, price_book, read_book
from tco.errors import InputError, UnknownPrice
from tco.platforms import platform, platform_names

TODAY = date(2026, 11, 1)
PRICE_CUT = date(2024, 11, 1)
NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")
ROWS = list(PriceTables(shipped_folder()).rows)


def test_every_row_is_dated_sourced_and_of_a_known_unit() -> None:
    for row in ROWS:
        assert row.unit in UNITS, row
        assert row.confidence in CONFIDENCE, row
        assert row.source, row
        assert row.observed_on is not None, row
        assert row.price >= 0, row
        assert math.isfinite(row.price), row
        assert 0 <= row.tier_from < row.tier_to, row


def test_names_are_short_and_stable() -> None:
    for row in ROWS:
        for name in (row.region, row.item, row.engine, row.instance_class, row.deployment, row.term):
            assert not name or NAME.match(name), row


def test_a_price_of_zero_is_said_to_be_free() -> None:
    free = [row for row in ROWS if row.price == 0]
    assert free
    for row in free:
        assert row.term == "free_tier" or row.item in ("internet_in", "ttl_delete"), row


def test_one_price_at_a_time() -> None:
    spans = defaultdict(list)
    for row in ROWS:
        spans[row.key].append(row)
    for rows in spans.values():
        for tier in {row.tier_from for row in rows}:
            dated = sorted((row for row in rows if row.tier_from == tier), key=lambda row: row.valid_from or date.min)
            for earlier, later in pairwise(dated):
                assert earlier.valid_to is not None, later
                assert earlier.valid_to <= (later.valid_from or date.min), later


def test_tiers_follow_on_from_one_another() -> None:
    tiers = defaultdict(list)
    for row in ROWS:
        tiers[row.key, row.valid_from].append(row)
    for rows in tiers.values():
        ordered = sorted(rows, key=lambda row: row.tier_from)
        assert ordered[0].tier_from == 0
        for lower, upper in pairwise(ordered):
            assert lower.tier_to == upper.tier_from, upper


def test_row_names_are_unique() -> None:
    assert max(Counter(row.name for row in ROWS).values()) == 1


def test_every_instance_class_has_its_hardware_and_every_source_is_used() -> None:
    book = price_book()
    for name in {row.instance_class for row in ROWS if row.instance_class}:
        hardware = book.instance_class(name)
        assert hardware.vcpu > 0, name
        assert hardware.memory_gib > 0, name
    with resources.path("data/prices/sources.csv").open(encoding="utf-8", newline="") as file:
        titles = {line["title"] for line in csv.DictReader(file)}
    assert titles == {row.source for row in ROWS}


def test_an_aurora_instance_costs_the_same_for_either_engine() -> None:
    # The platform relies on it where a bill does not state the engine.
    prices = defaultdict(set)
    for row in ROWS:
        if row.item == "instance" and row.engine.startswith("aurora") and row.term == "on_demand":
            prices[row.region, row.instance_class, row.deployment].add(row.price)
    assert prices
    assert all(len(found) == 1 for found in prices.values())


def test_multi_az_is_a_price_of_its_own_of_about_twice_the_single_one() -> None:
    # RDS publishes both; 1.95 to 2.06 is what was observed of prices in whole tenths of a cent, so a row far off would
    # be a slip in the table.
    single, double = {}, {}
    for row in ROWS:
        if row.service == "AmazonRDS" and row.item == "instance" and row.term == "on_demand":
            place = (row.region, row.instance_class, row.engine)
            if row.deployment in ("single_az", "multi_az"):
                (single if row.deployment == "single_az" else double)[place] = row.price
    assert double
    assert all(1.94 <= double[place] / single[place] < 2.065 for place in double)


@pytest.mark.parametrize("name", platform_names())
def test_every_platform_has_prices(name: str) -> None:
    assert platform(name).service in {row.service for row in ROWS}


def test_a_price_depends_on_the_day() -> None:
    # DynamoDB halved its on-demand prices on 2024-11-01: 1.25 to 0.625 USD per million write units in us-east-1.
    book = price_book()

    def write_units(day: date) -> float:
        return book.find("AmazonDynamoDB", "write_request_unit", "us-east-1", as_of=day).price

    assert write_units(date(2015, 1, 1)) == 1.25  # the start of the older row is unknown, so it reaches back
    assert write_units(date(2024, 10, 31)) == 1.25
    assert write_units(PRICE_CUT) == 0.625
    assert write_units(TODAY) == 0.625


def test_a_day_before_the_first_known_price_is_an_error() -> None:
    # eu-west-1 has no row of the time before the cut, and doubling the later one would be a guess.
    with pytest.raises(UnknownPrice, match="2024-10-31; known from 2024-11-01 to today"):
        price_book().find("AmazonDynamoDB", "write_request_unit", "eu-west-1", as_of=date(2024, 10, 31))


INSTANCE = {
    "service": "AmazonRDS",
    "item": "instance",
    "region": "us-east-1",
    "engine": "mysql",
    "instance_class": "db.r6g.large",
    "deployment": "single_az",
}


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("service", "AmazonRSD", "AmazonRDS"),
        ("region", "us-eest-1", "us-east-1"),
        ("item", "instanse", "instance"),
        ("engine", "myqsl", "mysql"),
        ("instance_class", "db.r6g.lagre", "db.r6g.large"),
        ("deployment", "multi_za", "multi_az"),
        ("term", "1yr_no_upfrnt", "on_demand"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(field: str, wrong: str, named: str) -> None:
    with pytest.raises(UnknownPrice, match=re.escape(named)):
        price_book().find(**{**INSTANCE, field: wrong}, as_of=TODAY)


def test_a_price_known_elsewhere_names_the_regions_that_have_it() -> None:
    with pytest.raises(UnknownPrice, match="known in ap-northeast-1, ap-southeast-1, eu-central-1, eu-west-1, us"):
        price_book().find("AmazonEC2-EBS", "storage_gp2", "ap-south-1", as_of=TODAY)


def test_tiers_are_given_from_the_lowest() -> None:
    tiers = price_book().find_tiers("AWSDataTransfer", "internet_out", "us-east-1", as_of=TODAY)
    # 10 TB, 40 TB and 100 TB, then the rest
    assert [(low.item(), price.item(), high.item()) for price, _, low, high in tiers] == [
        (0, 0.09, 10240),
        (10240, 0.085, 51200),
        (51200, 0.07, 153600),
        (153600, 0.05, float("inf")),
    ]


def test_many_look_ups_are_the_single_ones() -> None:
    book = price_book()
    regions = np.array(["us-east-1", "eu-west-1", "us-east-1", "ap-south-1"])
    engines = np.array(["mysql", "postgresql", "mariadb", "mysql"])
    ((prices, rows, _, _),) = book.find_tiers(
        "AmazonRDS",
        "instance",
        regions,
        engine=engines,
        instance_class="db.m5.large",
        deployment="single_az",
        as_of=TODAY,
    )
    for place, (region, engine) in enumerate(zip(regions, engines, strict=True)):
        row = book.find(
            "AmazonRDS",
            "instance",
            region,
            engine=engine,
            instance_class="db.m5.large",
            deployment="single_az",
            as_of=TODAY,
        )
        assert prices[place] == row.price
        assert book.rows[rows[place]] == row


def test_what_is_not_wanted_is_not_looked_up() -> None:
    ((prices, rows, _, _),) = price_book().find_tiers(
        "AmazonEC2-EBS",
        "storage_gp3",
        np.array(["us-east-1", "nowhere-1"]),
        as_of=TODAY,
        where=np.array([[True, False], [False, False]]),
    )
    assert prices.tolist() == [0.08, 0.0]
    assert rows[1] == -1


OWN = {**INSTANCE, "unit": "instance hour", "price": 0.2, "source": {"title": "Our agreement", "as_of": "2026-09-01"}}


def test_an_own_price_takes_precedence_while_it_holds() -> None:
    book = price_book().with_prices([{**OWN, "valid_from": "2026-10-01", "valid_to": "2027-10-01"}])

    def row(day: date) -> PriceRow:
        return book.find(**INSTANCE, as_of=day)

    assert row(date(2026, 9, 30)).price == 0.215
    assert row(date(2026, 10, 1)).price == 0.2
    assert row(date(2026, 10, 1)).source == "Our agreement"
    assert row(date(2026, 10, 1)).observed_on == date(2026, 9, 1)
    assert row(date(2027, 10, 1)).price == 0.215
    assert price_book().find(**INSTANCE, as_of=TODAY).price == 0.215


def test_an_own_price_may_fill_a_gap() -> None:
    # Multi-AZ cluster instances are not in the packaged tables.
    cluster = {**INSTANCE, "deployment": "multi_az_cluster"}
    with pytest.raises(UnknownPrice, match="multi_az_cluster"):
        price_book().find(**cluster, as_of=TODAY)
    book = price_book().with_prices([{**cluster, "price": 0.7, "source": "Price list of today"}])
    assert book.find(**cluster, as_of=TODAY).unit == "instance hour"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prise": 1.0}, "unknown field 'prise'; did you mean 'price'"),
        ({"price": -0.1}, "prices.0.price: must be a number that is not negative"),
        ({"price": math.nan}, "prices.0.price: must be a number that is not negative"),
        ({"price": math.inf}, "prices.0.price: must be finite"),
        ({"price": "cheap"}, "prices.0.price"),
        ({"source": ""}, "prices.0.source: an own price must state this"),
        ({"unit": "GB-month"}, "priced per instance hour"),
        ({"item": "unheard_of", "unit": "instance our"}, "did you mean 'instance hour'"),
        ({"valid_from": "soon"}, "must be a date"),
        ({"valid_from": "2026-10-01", "valid_to": "2026-10-01"}, "must be later than valid_from"),
    ],
)
def test_a_faulty_own_price_is_an_error_at_its_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        price_book().with_prices([{**OWN, **change}])


def test_the_tables_load_quickly() -> None:
    times = []
    for _ in range(3):
        started = time.process_time()  # what other work on the machine takes is left out
        book: PriceBook = read_book.__wrapped__("")
        times.append(time.process_time() - started)
        assert book.rows
    assert min(times) < 0.2


def test_rows_are_found_by_their_names_an_own_one_before_the_packaged_one_of_that_name() -> None:
    packaged = price_book()
    first, second = packaged.rows[7], packaged.rows[3]
    assert packaged.named([first.name, "nothing of that name", second.name]) == [second, first]
    own = packaged.with_prices([{**OWN, "valid_from": "2026-10-01"}])
    named = packaged.find(**INSTANCE, as_of=TODAY).name
    mine = own.find(**INSTANCE, as_of=date(2026, 10, 1))
    assert own.named([mine.name, named]) == [packaged.find(**INSTANCE, as_of=TODAY), mine]

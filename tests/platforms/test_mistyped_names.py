"""A name with a letter too few, too many or swapped is an error that names the one that was meant."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from platforms.offers import BY_INSTANCE, instances, regions

import tco
from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.evaluation.ledger_line import Line
from tco.platforms import platform, platform_names


def slips(name: str) -> Iterator[str]:
    """The name with its middle letter missing, doubled, and swapped with the next."""
    middle = len(name) // 2
    yield name[:middle] + name[middle + 1 :]
    yield name[:middle] + name[middle] + name[middle:]
    yield name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


def check(meant: str, known: typing.Iterable[str], ask: typing.Callable[[str], object]) -> None:
    for written in slips(meant):
        if written not in known:
            with pytest.raises(tco.InputError) as caught:
                ask(written)
            assert repr(meant) in str(caught.value)


@pytest.mark.parametrize("name", platform_names())
def test_fields_values_and_regions_are_named(name: str) -> None:
    fields = platform(name).usage.model_fields
    places = regions(name)
    check(name, platform_names(), lambda written: tco.price(written, {}, region=places[0]))
    for field, info in fields.items():
        check(field, fields, lambda written: tco.price(name, {written: 1}, region=places[0]))
        if typing.get_origin(info.annotation) is typing.Literal:
            values = typing.get_args(info.annotation)
            for value in values:
                if value:
                    check(value, values, lambda written, field=field: tco.price(name, {field: written}, places[0]))
    for region in places:
        check(region, price_book().known("region"), lambda written: tco.price(name, {}, region=written))


@pytest.mark.parametrize("name", BY_INSTANCE)
def test_instance_classes_are_named(name: str) -> None:
    known = price_book().known("instance_class", service=platform(name).service)
    offers = instances(name)
    for sold in (offers[0], offers[len(offers) // 2], offers[-1]):
        usage = {"engine": sold.engine} if sold.engine else {}
        check(
            sold.instance_class,
            known,
            lambda written: tco.price(name, {**usage, "instance_class": written}, region=sold.region),  # noqa: B023
        )


@pytest.mark.parametrize("written", ["US-EAST-1", "us_east_1", "useast1"])
def test_another_way_of_writing_is_understood_in_the_answer(written: str) -> None:
    with pytest.raises(tco.UnknownPrice, match="did you mean 'us-east-1'"):
        tco.price("rds", {}, region=written)


def test_a_mistyped_class_in_one_row_of_many_names_the_row() -> None:
    usage = [{"engine": "mysql", "instance_class": "db.r6g.large", "storage_gb": 10} for _ in range(300)]
    usage[211]["instance_class"] = "db.r6g.larg"
    with pytest.raises(tco.UnknownPrice, match=r"'db\.r6g\.larg'; did you mean 'db\.r6g\.large'.*\(bill 211\)"):
        tco.price("rds", usage, region="us-east-1")
    usage[17]["instance_class"] = "db.x"
    with pytest.raises(tco.UnknownPrice, match=r"\(bill 17\)$"):
        tco.price("rds", usage, region="us-east-1")
    with pytest.raises(tco.UnknownPrice, match=r"\(AmazonRDS us-east-1 instance mysql\)$"):
        tco.price("rds", usage[17], region="us-east-1")


def test_prices_are_of_days_on_which_there_were_some() -> None:
    for day in ("1999-12-31", "9999-12-31"):
        with pytest.raises(tco.InputError, match="as_of: must be a day from 2006-01-01 to"):
            tco.price("dynamodb", {"writes_per_month": 1e6, "item_bytes": 100}, region="us-east-1", as_of=day)


def test_a_mistyped_capacity_model_of_a_platform_names_the_module() -> None:
    with pytest.raises(InputError) as caught:
        replace(platform("rds"), capacity_model="instance")  # type: ignore[arg-type]
    message = (
        "tco/platforms/rds.py: PLATFORM.capacity_model: unknown capacity_model 'instance'; did you mean 'instances'"
    )
    assert str(caught.value).startswith(message)


def test_an_item_that_the_record_of_a_platform_leaves_out_is_told_when_it_is_billed() -> None:
    """200 TB to the internet are billed in tiers, which are the same item."""
    record = platform("dynamodb")
    usage = {"region": np.array(["us-east-1"]), "storage_gb": np.array([100.0]), "transfer_gb": np.array([200e3])}
    assert len(record.bill(usage, price_book(), date(2026, 11, 1))) > len(usage) - 1
    short = replace(record, items=tuple(item for item in record.items if item != "Table storage"))
    message = "tco/platforms/dynamodb.py: PLATFORM.items: misses an item that `charge` puts on bills: 'Table storage'"
    with pytest.raises(InputError, match=re.escape(message)):
        short.bill(usage, price_book(), date(2026, 11, 1))


def test_a_line_outside_the_list_is_told_in_words() -> None:
    with pytest.raises(
        InputError, match="CATALOGUE: unknown ledger line 'major upgrade'; did you mean 'major upgrades'"
    ):
        Line("major upgrade", "USD", (), (), np.array([0]))

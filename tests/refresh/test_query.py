"""Refreshing from the query API, told by a client in miniature that answers in the published form."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tco.catalog.price_rows import PriceTables
from tco.errors import InputError

pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import QueryClient, json_offer, price_list_server, product, query_pages

from tco.refresh.download import Downloader
from tco.refresh.prices import refresh_prices

REQUESTS = "Amazon DynamoDB PayPerRequest Throughput"
HEAVY = ("1yr", "Heavy Utilization", "standard")
DYNAMODB = [
    product("READ", REQUESTS, [("0.0000001415", "ReadRequestUnits")], usagetype="EU-ReadRequestUnits"),
    product("WRITE", REQUESTS, [("0.0000007050", "WriteRequestUnits")], usagetype="EU-WriteRequestUnits"),
    product("RCU", "Provisioned IOPS", [
        ("0.0000000000", "ReadCapacityUnit-Hrs", "0", "18600"),
        ("0.0001470000", "ReadCapacityUnit-Hrs", "18600", "Inf"),
        ("0.339", "Quantity", "0", "Inf", HEAVY),
        ("0.0000290000", "ReadCapacityUnit-Hrs", "0", "Inf", HEAVY),
    ], usagetype="EU-ReadCapacityUnit-Hrs"),
    product("OTHER", "Something new", [("1.0", "Hrs")], usagetype="EU-SomethingNew"),
]  # fmt: skip


class NoCredentials(Exception):
    """As botocore raises it."""


NoCredentials.__module__ = "botocore.exceptions"


def ask(client: QueryClient, out: Path, service: str = "AmazonDynamoDB", region: str = "eu-west-1") -> Any:
    return refresh_prices(service, region, out, form="api", client=client)


@pytest.mark.server
def test_the_api_and_the_file_give_the_same_rows(tmp_path: Path) -> None:
    client = QueryClient(query_pages("AmazonDynamoDB", DYNAMODB))
    queried = ask(client, tmp_path / "queried")
    with price_list_server() as server:
        server.offer("AmazonDynamoDB", DYNAMODB)
        read = refresh_prices(
            "AmazonDynamoDB", "eu-west-1", tmp_path / "read", form="json", downloader=Downloader(server.address)
        )
    assert queried.rows == read.rows == 6
    kept = [(row.key, row.tier_from, row.price, row.unit, row.valid_from) for row in PriceTables(queried.folder).rows()]
    assert kept == [
        (row.key, row.tier_from, row.price, row.unit, row.valid_from) for row in PriceTables(read.folder).rows()
    ]
    assert queried.folder.name == read.folder.name == "AmazonDynamoDB-eu-west-1-2026-10-05"
    assert client.asked == [
        {
            "ServiceCode": "AmazonDynamoDB", "FormatVersion": "aws_v1", "PaginationConfig": {"PageSize": 100},
            "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ([], "has no price of AmazonDynamoDB in eu-west-1"),
        ([{"PriceList": []}], "has no price of AmazonDynamoDB in eu-west-1"),
        (query_pages("AmazonDynamoDB", DYNAMODB[-1:]), "holds no price of AmazonDynamoDB in eu-west-1"),
        ([{"PriceList": ["{"]}], "PriceList.0: the query API answered with something else"),
        ([{"PriceList": ["[]"]}], "something else than a price"),
        ([{"PriceList": [json.dumps({"product": {"sku": "A"}})]}], "something else than a price"),
        ([*query_pages("AmazonDynamoDB", DYNAMODB), NoCredentials("Unable to locate credentials")],
         "cannot be asked .NoCredentials: Unable to locate credentials"),
    ],
)  # fmt: skip
def test_trouble_is_one_error_and_leaves_nothing(tmp_path: Path, pages: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ask(QueryClient(pages), tmp_path / "prices")
    assert not (tmp_path / "prices").exists()


def test_an_error_of_our_own_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(QueryClient([ZeroDivisionError()]), tmp_path)


def test_prices_of_another_region_are_refused(tmp_path: Path) -> None:
    pages = json.loads(json.dumps(query_pages("AmazonDynamoDB", DYNAMODB)).replace("eu-west-1", "eu-west-2"))
    with pytest.raises(InputError, match="holds prices of eu-west-2, not of eu-west-1"):
        ask(QueryClient(pages), tmp_path)


def test_without_boto3_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InputError, match="pip install"):
        refresh_prices("AmazonDynamoDB", "eu-west-1", tmp_path, form="api")


def test_the_answer_is_that_of_the_published_form() -> None:
    """One level higher than in the files: the terms of a product stand under `OnDemand` without its number."""
    offer = json.loads(json_offer("AmazonDynamoDB", DYNAMODB))
    first = json.loads(query_pages("AmazonDynamoDB", DYNAMODB)[0]["PriceList"][0])
    assert first["terms"]["OnDemand"] == offer["terms"]["OnDemand"]["READ"]

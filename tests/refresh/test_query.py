"""Refreshing from the query API, told by a client in miniature that answers in the published form."""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tco.catalog.price_rows import PriceTables
from tco.errors import InputError

pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import Answer, QueryClient, json_offer, price_list_server, product, query_pages

from tco.refresh import query
from tco.refresh.download import Downloader
from tco.refresh.prices import refresh_prices
from tco.refresh.products import product_of
from tco.refresh.query import Query

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


def changed(**changes: str) -> list[dict[str, Any]]:
    """The answer with some values of its prices replaced."""
    pages = query_pages("AmazonDynamoDB", DYNAMODB)
    return [{"PriceList": [json.dumps(json.loads(text) | changes) for text in page["PriceList"]]} for page in pages]


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
        ([{}], "something else than a list of prices"),
        ([{"PriceList": None}], "something else than a list of prices"),
        ([{"PriceList": 5}], "something else than a list of prices"),
        ([["PriceList"]], "something else than a list of prices"),
        ([AttributeError("'list' object\nhas no attribute 'get'")],  # of botocore, at an answer that is a list
         "answers oddly .AttributeError: 'list' object has no attribute 'get'"),
        (changed(publicationDate="9999-12-31T00:00:00Z"), "was published on 9999-12-31: must be a day from"),
        (changed(publicationDate="soon"), "dates its prices 'soon', which is no day"),
        (changed(serviceCode="AmazonRDS"), "answered with a price of AmazonRDS, not of AmazonDynamoDB"),
        ([*query_pages("AmazonDynamoDB", DYNAMODB), NoCredentials("Unable to locate credentials")],
         "cannot be asked, .*NoCredentials: Unable to locate credentials"),
    ],
)  # fmt: skip
def test_trouble_is_one_error_and_leaves_nothing(tmp_path: Path, pages: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        ask(QueryClient(pages), tmp_path / "prices")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "prices").exists()


def test_pages_without_an_end_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MOST_PAGES", 7)
    client = QueryClient(itertools.repeat({"PriceList": []}))
    with pytest.raises(InputError, match="has more than 7 pages of AmazonDynamoDB in eu-west-1"):
        ask(client, tmp_path / "prices")


def test_a_page_that_does_not_come_is_given_up() -> None:
    def pages() -> Iterator[dict[str, Any]]:
        yield from query_pages("AmazonDynamoDB", DYNAMODB)
        threading.Event().wait()

    asked = Query("AmazonDynamoDB", "eu-west-1", QueryClient(pages()), total_seconds=0.3)
    started = time.monotonic()
    with pytest.raises(InputError, match="did not answer in whole within"):
        list(asked.prices(product_of("AmazonDynamoDB")))
    assert time.monotonic() - started < 3


@pytest.mark.server
def test_a_page_has_the_size_limit_of_other_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 MB are offered where 1 MB is allowed: the client of boto3 hangs up, and holds no more than that."""
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    page = json.dumps(query_pages("AmazonDynamoDB", DYNAMODB, page=9)[0]).encode()
    with price_list_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", server.address)
        server.answers["/"] = [Answer(page)]
        read = refresh_prices("AmazonDynamoDB", "eu-west-1", tmp_path / "read", form="api")
        assert read.rows == 6
        server.answers["/"] = [Answer(page.ljust(300_000_000))]
        client = query.pricing_client(largest=1_000_000)
        tracemalloc.start()
        try:
            with pytest.raises(InputError, match=r"a page that is longer than 1,000,000 bytes$"):
                refresh_prices("AmazonDynamoDB", "eu-west-1", tmp_path / "prices", form="api", client=client)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
        assert len(server.asked) == 2  # it is not asked again for what is too long
    assert not (tmp_path / "prices").exists()


@pytest.mark.server
def test_a_page_cut_off_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    page = json.dumps(query_pages("AmazonDynamoDB", DYNAMODB, page=9)[0]).encode()
    with price_list_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", server.address)
        packed = f"{len(page):x}\r\n".encode() + page + b"\r\n0\r\n\r\n"
        chunked = {"announced": False, "headers": {"Transfer-Encoding": "chunked"}}
        server.answers["/"] = [Answer(packed, cut=100, **chunked), Answer(packed, **chunked)]
        assert refresh_prices("AmazonDynamoDB", "eu-west-1", tmp_path, form="api").rows == 6
        assert len(server.asked) == 2


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

"""A server that means ill, or is broken, costs a bounded time and memory, one line, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tco.catalog.prices import read_book
from tco.cli import main
from tco.errors import InputError

httpx = pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import Answer, PriceListServer, csv_offer, json_offer, product  # noqa: E402

from tco.refresh.download import Downloader  # noqa: E402
from tco.refresh.prices import Refresh, refresh_prices  # noqa: E402

pytestmark = pytest.mark.server
INDEX = "/offers/v1.0/aws/index.json"
READ = product("READ", "", [("0.0000001500", "ReadRequestUnits")], usagetype="EU-ReadRequestUnits")
STORE = product("STORE", "", [("0.2830000000", "GB-Mo")], usagetype="EU-TimedStorage-ByteHrs")
CSV, JSON = csv_offer("AmazonDynamoDB", [READ, STORE]), json_offer("AmazonDynamoDB", [READ, STORE])
PACKED = {"Content-Encoding": "gzip"}


def refresh(server: PriceListServer, out: Path, form: Any = "csv", accept: bool = False, **bounds: Any) -> Refresh:
    files = Downloader(server.address, httpx.Timeout(5.0), wait=lambda seconds: None, **bounds)
    return refresh_prices("AmazonDynamoDB", "eu-west-1", out, form=form, downloader=files, accept=accept)


def refused(server: PriceListServer, out: Path, message: str, form: Any = "csv", **bounds: Any) -> None:
    """A refresh ends with one line that says so, and leaves no file."""
    with pytest.raises(InputError, match=message) as caught:
        refresh(server, out / "prices", form, **bounds)
    assert len(str(caught.value).splitlines()) == 1
    assert list(out.rglob("*")) in ([], [out / "prices"])


def json_with(**replaced: Any) -> bytes:
    return json.dumps({**json.loads(JSON), **replaced}).encode()


@pytest.mark.parametrize(
    "written", ["NaN", "Infinity", "-5", "1e999", "-0.0000001", "sNaN", "", "0x10", "1_0_", "a lot"]
)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_price_that_cannot_be_is_refused_with_its_product(
    server: PriceListServer, tmp_path: Path, form: str, written: str
) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    whole = CSV if form == "csv" else JSON
    server.answers[f"{folder}.{form}"] = [Answer(whole.replace(b"0.2830000000", written.encode()))]
    refused(server, tmp_path, rf"index\.{form}: priceperunit of product STORE must be a number from 0", form)


@pytest.mark.parametrize("written", ["parsec", "Hrs", "GB", "Quantity", "", None])
def test_a_price_by_another_unit_is_refused_with_its_product(
    server: PriceListServer, tmp_path: Path, written: str | None
) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    assert b'"GB-Mo"' in JSON
    server.answers[f"{folder}.json"] = [Answer(JSON.replace(b'"GB-Mo"', json.dumps(written).encode()))]
    refused(server, tmp_path, r"index\.json: unit of product STORE must be like 'GB-month'", "json")


@pytest.mark.parametrize("day", ["9999-12-31", "1980-01-01", "2026-02-30"])
def test_a_day_that_cannot_be_is_refused(server: PriceListServer, tmp_path: Path, day: str) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[f"{folder}.json"] = [Answer(json_with(publicationDate=f"{day}T00:00:00Z"))]
    refused(
        server, tmp_path, rf"index\.json: (was published on {day}: must be a day from|is not an offer file)", "json"
    )


def test_a_price_far_from_the_packaged_one_is_taken_where_it_is_accepted(
    server: PriceListServer, tmp_path: Path
) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[f"{folder}.csv"] = [Answer(CSV.replace(b"0.2830000000", b"28.3000000000"))]
    refused(server, tmp_path, "storage.*: 28.3 USD is 100 times 0.283 USD, the price that it replaces; .*--accept")
    assert refresh(server, tmp_path / "prices", accept=True).rows == 2
    book = read_book.__wrapped__(str(tmp_path / "prices"))  # which a book takes without asking again
    assert "AmazonDynamoDB" in book.known("service")


def test_a_server_that_drips_is_given_up(server: PriceListServer, tmp_path: Path) -> None:
    server.answers[INDEX] = [Answer(b"{}" * 100, drip=0.2)]
    started = time.monotonic()
    refused(server, tmp_path, "could not be fetched within 0.5 seconds", total_seconds=0.5)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("where", ["index", "file"])
def test_a_bomb_is_not_unpacked(server: PriceListServer, tmp_path: Path, where: str) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    bomb = Answer(gzip.compress(b" " * 50_000_000, 1), headers=PACKED)
    server.answers[INDEX if where == "index" else f"{folder}.csv"] = [bomb]
    tracemalloc.start()
    try:
        refused(server, tmp_path, "is longer than 1,000,000 bytes", largest=(1_000_000, 1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_endless_file_ends(server: PriceListServer, tmp_path: Path) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[f"{folder}.csv"] = [Answer(b"x" * 2_000_000, announced=False)]
    refused(server, tmp_path, "is longer than 1,000,000 bytes", largest=(1_000_000, 1_000_000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x1f\x8b\x08 this is not gzip", "is not what gzip packs"),
        (gzip.compress(CSV)[:-20], "ends in the middle of what gzip packs"),
        (CSV, "is not what gzip packs"),
    ],
)
def test_broken_gzip_is_told(server: PriceListServer, tmp_path: Path, content: bytes, message: str) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[f"{folder}.csv"] = [Answer(content, headers=PACKED)]
    refused(server, tmp_path, message)


def test_gzip_that_is_whole_is_unpacked_in_one_part_or_several(server: PriceListServer, tmp_path: Path) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[f"{folder}.csv"] = [Answer(gzip.compress(CSV[:500]) + gzip.compress(CSV[500:]), headers=PACKED)]
    assert refresh(server, tmp_path).rows == 2


@pytest.mark.parametrize("target", [INDEX, "file:///etc/passwd", "http://[::1", "ftp://example.com/x"])
def test_a_redirect_that_leads_nowhere_is_told(server: PriceListServer, tmp_path: Path, target: str) -> None:
    server.answers[INDEX] = [Answer(status=302, headers={"Location": target})]
    refused(server, tmp_path, r"index\.json: (leads nowhere|could not be fetched)")


NESTED = b"[" * 200_000


@pytest.mark.parametrize("body", [NESTED, b'{"offers":' + NESTED, b"[]", b"null", b'{"offers": 5}', b'{"offers": {}}',
                                  b'{"offers": {"AmazonDynamoDB": 7}}', b'{"offers": {"AmazonDynamoDB": {}}}', b"\xff",
                                  b'{"offers": {"AmazonDynamoDB": {"currentRegionIndexUrl": [1]}}}'])  # fmt: skip
def test_an_index_of_odd_types_is_told(server: PriceListServer, tmp_path: Path, body: bytes) -> None:
    server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers[INDEX] = [Answer(body)]
    refused(server, tmp_path, "is not the JSON document|has no |the server answered 404|is no address")


@pytest.mark.parametrize("address", [5, ["/a"], None, "", "/a\r\nHost: b", "/" + "a" * 100_000])
def test_an_address_that_an_index_cannot_mean_is_told_in_a_line(
    server: PriceListServer, tmp_path: Path, address: object
) -> None:
    """`5` was asked for as `5.csv`."""
    index = {"offers": {"AmazonDynamoDB": {"currentRegionIndexUrl": address}}}
    server.answers[INDEX] = [Answer(json.dumps(index).encode())]
    server.answers["/5.csv"] = server.answers["/5"] = [Answer(CSV)]
    with pytest.raises(InputError, match=r"index\.json: has no address of AmazonDynamoDB") as caught:
        refresh(server, tmp_path)
    assert len(str(caught.value)) < 200
    assert len(str(caught.value).splitlines()) == 1


ODD = [None, 5, "x", [], [1], {}, {"a": 1}, {"READ": 5}, {"READ": []}, {"READ": {"attributes": 7}}, True]


@pytest.mark.parametrize("part", ["products", "terms", "publicationDate", "offerCode", "version"])
def test_an_offer_of_odd_types_is_told(server: PriceListServer, tmp_path: Path, part: str) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    for odd in ODD:
        if not (part == "version" and odd == "x"):
            server.answers[f"{folder}.json"] = [Answer(json_with(**{part: odd}))]
            refused(server, tmp_path, "is not an offer file|holds no price|is the offer file of x", "json")


def test_an_offer_nested_deeply_is_told(server: PriceListServer, tmp_path: Path) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    deep = JSON.replace(b'"EU-ReadRequestUnits"', NESTED + b"]" * len(NESTED))
    server.answers[f"{folder}.json"] = [Answer(deep)]
    refused(server, tmp_path, "is nested too deeply|is not an offer file", "json")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2001-05-01"])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_price_that_holds_from_no_day_of_a_cloud_is_told(
    server: PriceListServer, tmp_path: Path, form: str, day: str
) -> None:
    folder = server.offer("AmazonDynamoDB", [READ])
    whole = (csv_offer if form == "csv" else json_offer)("AmazonDynamoDB", [READ])
    server.answers[f"{folder}.{form}"] = [Answer(whole.replace(b"2026-10-01", day.encode()))]
    refused(server, tmp_path, rf"index\.{form}: line 2: valid_from: must be a day from 2006-01-01", form)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_names_and_tiers_that_cannot_be_are_told(server: PriceListServer, tmp_path: Path, form: str) -> None:
    for sku in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "A\nB", "../x"):
        folder = server.offer("AmazonDynamoDB", [product(sku, "", STORE["prices"], **STORE["attributes"])])
        refused(server, tmp_path, rf"index\.{form}: is no name of a product", form)
    for begin, end in (("10", "5"), ("7", "7")):
        of_tier = product("STORE", "", [("0.2830000000", "GB-Mo", begin, end)], **STORE["attributes"])
        folder = server.offer("AmazonDynamoDB", [of_tier])
        refused(server, tmp_path, rf"{folder}\.{form}: a tier of product STORE ends where it begins", form)
    large = {"databaseEngine": "MySQL", "deploymentOption": "Single-AZ", "instanceType": "=db.r6g.large",
             "usagetype": "EU-InstanceUsage:db.r6g.large"}  # fmt: skip
    server.offer("AmazonRDS", [product("LARGE", "Database Instance", [("0.24", "Hrs")], **large)])
    files = Downloader(server.address, httpx.Timeout(5.0), wait=lambda seconds: None)
    with pytest.raises(InputError, match=r"is no name of a product.*=db\.r6g\.large"):
        refresh_prices("AmazonRDS", "eu-west-1", tmp_path, form=form, downloader=files)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["9" * 10_000, "-" + "9" * 10_000, "0." + "9" * 10_000, "1e" + "9" * 10_000])
def test_a_number_without_end_is_told(server: PriceListServer, tmp_path: Path, number: str) -> None:
    folder = server.offer("AmazonDynamoDB", [READ, STORE])
    for before in (b'"version"', b'"publicationDate"'):
        server.answers[f"{folder}.json"] = [Answer(JSON.replace(before, f'"more": {number}, '.encode() + before))]
        refused(server, tmp_path, r"index\.json: is not an offer file .*a number of a thousand digits", "json")


def test_a_mirror_may_lie_below_a_path(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", [READ, STORE])
    server.answers = {f"/mirror{path}": answers for path, answers in server.answers.items()}
    server.address += "/mirror/"
    assert refresh(server, tmp_path).rows == 2
    assert all(path.startswith("/mirror/offers/") for path in server.asked)


@pytest.mark.parametrize("address", ["nonsense", "ftp://example.com", "http://", "http://[::1", "file:///etc"])
def test_an_address_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    asked = ["prices", "refresh", "--service", "AmazonDynamoDB", "--region", "eu-west-1", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, [*asked, "--address", address])
    assert done.exit_code == 1
    assert "is no address" in done.stderr


@pytest.fixture
def price_set(server: PriceListServer, tmp_path: Path) -> Path:
    server.offer("AmazonDynamoDB", [READ, STORE])
    return refresh(server, tmp_path / "prices").folder


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("rates.csv", ",0.15,", ",NaN,", "NaN,.*: is not a price: should be a number"),
        ("rates.csv", ",0.15,", ",-1,", r"rates\.csv: line 2: price: must be a number that is not negative"),
        ("rates.csv", ",0.15,", ",1e999,", r"rates\.csv: line 2: price: must be finite"),
        ("rates.csv", ",0.283,", ",283,", r"rates\.csv: line 3: .* 283 USD is 1e\+03 times 0.283 USD"),
        ("rates.csv", ",0.15,", ",cheap,", "cheap,.*: is not a price: should be a number"),
        ("rates.csv", "2026-10-05", "9999-12-31", "observed_on: must be a day from"),
        ("rates.csv", "2026-10-01", "2026-02-30", "is not a price: .*"),
        ("rates.csv", "million requests", "billion requests", "unknown unit"),
        ("rates.csv", ",price,", ",prize,", "its columns must be"),
        ("rates.csv", ",high,", ",", r"line 2 must have 18 cells"),
        (
            "rates.csv",
            "storage,,,,on_demand,GB-month",
            "read_request_unit,,,,on_demand,million requests",
            "given twice",
        ),
        ("sources.csv", "aws_price_list", "another", "unknown source"),
        ("instances.csv", "service", "servis", "its columns must be"),
        ("classes.csv", "basis\n", "basis\ndb.x9.large,x9,two,16,listed\n", "vcpu and memory_gib are numbers"),
        ("classes.csv", "basis\n", "basis\ndb.x9.large,x9,nan,16,listed\n", "finite and above 0"),
    ],
)
def test_a_set_that_was_tampered_with_is_refused_with_file_and_line(
    price_set: Path, file: str, before: str, after: str, message: str
) -> None:
    path = price_set / file
    content = path.read_text("utf-8")
    assert before in content
    path.write_text(content.replace(before, after, 1), "utf-8")
    with pytest.raises(InputError, match=message):
        read_book.__wrapped__(str(price_set.parent))


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"", b'"open'])
@pytest.mark.parametrize("file", ["rates.csv", "sources.csv", "classes.csv"])
def test_a_set_that_is_no_text_is_refused(price_set: Path, file: str, content: bytes) -> None:
    (price_set / file).write_bytes(content)
    with pytest.raises(InputError, match=file):
        read_book.__wrapped__(str(price_set.parent))

"""Refreshing prices from a server on this machine that hands out files of the published form, and makes trouble."""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tco
from tco.catalog.price_rows import PriceTables
from tco.catalog.prices import read_book
from tco.cli import main
from tco.errors import InputError

httpx = pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import (  # noqa: E402
    OFFER_INDEX,
    Answer,
    PriceListServer,
    csv_offer,
    json_offer,
    price_list_server,
    product,
)

from tco.refresh import download  # noqa: E402
from tco.refresh.download import TRIES, Downloader  # noqa: E402
from tco.refresh.price_list import read_head, read_prices  # noqa: E402
from tco.refresh.prices import Refresh, refresh_prices  # noqa: E402
from tco.refresh.products import product_of  # noqa: E402

pytestmark = pytest.mark.server

REQUESTS = "Amazon DynamoDB PayPerRequest Throughput"
HEAVY = ("1yr", "Heavy Utilization", "standard")
DYNAMODB = [
    product("READ", REQUESTS, [("0.0000001500", "ReadRequestUnits")], usagetype="EU-ReadRequestUnits"),
    product("WRITE", REQUESTS, [("0.0000007050", "WriteRequestUnits")], usagetype="EU-WriteRequestUnits"),
    product("WRITEIA", REQUESTS, [("0.0000008850", "WriteRequestUnits")], usagetype="EU-IA-WriteRequestUnits"),
    product("REPLICA", "DDB-Operation-ReplicatedWrite", [("0.0000007050", "ReplicatedWriteRequestUnits")],
            usagetype="EU-ReplWriteRequestUnits"),
    product("RCU", "Provisioned IOPS", [
        ("0.0001470000", "ReadCapacityUnit-Hrs", "18600", "Inf"),  # the free tier comes second in this file
        ("0.0000000000", "ReadCapacityUnit-Hrs", "0", "18600"),
        ("0.339", "Quantity", "0", "Inf", HEAVY),
        ("0.0000290000", "ReadCapacityUnit-Hrs", "0", "Inf", HEAVY),
    ], usagetype="EU-ReadCapacityUnit-Hrs"),
    product("STORE", "Database Storage", [("0.0000000000", "GB-Mo", "0", "25"), ("0.2830000000", "GB-Mo", "25", "Inf")],
            usagetype="EU-TimedStorage-ByteHrs", volumeType="Amazon DynamoDB - Indexed DataStore"),
    product("STREAM", "API Request", [
        ("0.0000000000", "Requests", "0", "2500000"), ("0.0000002260", "Requests", "2500000", "Inf"),
    ], usagetype="EU-Streams-RequestsCount"),
    product("UNKNOWN", "Something new", [("1.0", "Hrs")], usagetype="EU-SomethingNew"),
]  # fmt: skip


def refresh(server: PriceListServer, out: Path, service: str = "AmazonDynamoDB", **more: Any) -> Refresh:
    timeout = more.pop("timeout", 5.0)
    downloader = Downloader(server.address, httpx.Timeout(timeout), wait=lambda seconds: None)
    return refresh_prices(service, more.pop("region", "eu-west-1"), out, downloader=downloader, **more)


def rows_of(folder: Path) -> dict[tuple[str, str], tuple[float, str, float, float]]:
    return {
        (row.item, row.term): (row.price, row.unit, row.tier_from, row.tier_to) for row in PriceTables(folder).rows()
    }


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_set_holds_the_prices_of_the_file(server: PriceListServer, tmp_path: Path, form: str) -> None:
    folder = server.offer("AmazonDynamoDB", DYNAMODB)
    made = refresh(server, tmp_path / "prices", form=form)
    endless = float("inf")
    assert server.asked[-1] == f"{folder}.{form}"
    assert made.folder.name == "AmazonDynamoDB-eu-west-1-2026-10-05"
    assert made.published == date(2026, 10, 5)
    assert made.rows == 12
    assert rows_of(made.folder) == {
        ("read_request_unit", "on_demand"): (0.15, "million requests", 0, endless),
        ("write_request_unit", "on_demand"): (0.705, "million requests", 0, endless),
        ("write_request_unit_ia", "on_demand"): (0.885, "million requests", 0, endless),
        ("replicated_write_request_unit", "on_demand"): (0.705, "million requests", 0, endless),
        ("read_capacity_unit", "on_demand"): (0.000147, "capacity-unit hour", 0, endless),
        ("read_capacity_unit", "free_tier"): (0.0, "capacity-unit hour", 0, 18600),
        ("reserved_read_capacity_unit", "1yr_partial_upfront"): (0.000029, "capacity-unit hour", 0, endless),
        ("reserved_read_capacity_unit_upfront", "1yr_partial_upfront"): (0.339, "capacity unit", 0, endless),
        ("storage", "on_demand"): (0.283, "GB-month", 0, endless),
        ("storage", "free_tier"): (0.0, "GB-month", 0, 25),
        ("stream_read_unit", "on_demand"): (0.226, "million requests", 0, endless),
        ("stream_read_unit", "free_tier"): (0.0, "million requests", 0, 2.5),
    }


def test_what_changed_is_told(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    changes = refresh(server, tmp_path).changes.set_index("name")
    dearer = changes.loc["AmazonDynamoDB eu-west-1 read_request_unit"]
    assert (dearer["change"], dearer["before"], dearer["after"]) == ("dearer", 0.1415, 0.15)
    # the packaged rows also have three years, which this file leaves out
    gone = changes.loc["AmazonDynamoDB eu-west-1 reserved_read_capacity_unit 3yr_partial_upfront"]
    assert gone["change"] == "gone"
    assert "AmazonDynamoDB eu-west-1 write_request_unit" not in changes.index


def test_a_set_counts_from_the_day_its_prices_hold(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    refresh(server, tmp_path)
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))

    def bill(day: str, region: str = "eu-west-1") -> Any:
        return tco.price("dynamodb", {"reads_per_month": 10e6}, region=region, as_of=day)

    assert bill("2026-09-30")["cost"].tolist() == pytest.approx([1.415])
    newer = bill("2026-10-01")
    assert newer["cost"].tolist() == pytest.approx([1.5])
    assert "AWS Price List of AmazonDynamoDB, version 20261005124422, read 2026-10-05" in newer["source"][0]
    assert bill("2026-10-01", "us-east-1")["cost"].tolist() == pytest.approx([1.25])


def test_a_folder_without_sets_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    with pytest.raises(InputError, match="TCO_PRICES: holds no price sets"):
        tco.price("dynamodb", {}, region="eu-west-1")


def test_a_set_that_names_a_source_it_does_not_list_is_an_error(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    listed = refresh(server, tmp_path).folder / "sources.csv"
    listed.write_text(listed.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    with pytest.raises(InputError, match=r"sources\.csv: unknown source"):
        tco.price("dynamodb", {"reads_per_month": 10e6}, region="eu-west-1", as_of="2026-10-05")


def test_the_newest_set_takes_precedence(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    newest = refresh(server, tmp_path).folder
    older = newest.with_name("AmazonDynamoDB-eu-west-1-2026-10-02")
    older.mkdir()
    for file in newest.iterdir():
        (older / file.name).write_text(file.read_text("utf-8").replace(",0.15,", ",0.16,"), "utf-8")
    row = read_book.__wrapped__(str(tmp_path)).find(
        "AmazonDynamoDB", "read_request_unit", "eu-west-1", as_of=date(2026, 10, 6)
    )
    assert row.price == 0.15


def test_a_set_of_the_same_day_is_replaced_whole(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    first = refresh(server, tmp_path).folder
    server.offer("AmazonDynamoDB", DYNAMODB[:1])
    second = refresh(server, tmp_path)
    assert second.folder == first
    assert len(list(PriceTables(first).rows())) == 1
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_passing_trouble_is_waited_out(server: PriceListServer, tmp_path: Path) -> None:
    folder = server.offer("AmazonDynamoDB", DYNAMODB)
    whole = server.answers[f"{folder}.csv"][0]
    server.answers[f"{folder}.csv"] = [Answer(status=503), Answer(whole.body, cut=100), whole]
    assert refresh(server, tmp_path).rows
    assert server.asked.count(f"{folder}.csv") == 3


WHOLE_CSV, WHOLE_JSON = csv_offer("AmazonDynamoDB", DYNAMODB), json_offer("AmazonDynamoDB", DYNAMODB)


@pytest.mark.parametrize(
    ("form", "answer", "message"),
    [
        ("csv", Answer(b"gone", 404), "the server answered 404"),
        ("csv", Answer(status=503), f"could not be fetched in {TRIES} tries .the server answered 503"),
        ("csv", Answer(WHOLE_CSV, cut=50), "could not be fetched in .* tries"),
        ("csv", Answer(WHOLE_CSV[:-50], announced=False), "ends in the middle"),
        ("json", Answer(WHOLE_JSON[:-50], announced=False), "ends in the middle"),
        ("csv", Answer(b""), "is empty"),
        ("csv", Answer(b"<html><body>Sign in</body></html>"), "is not an offer file"),
        ("json", Answer(b"<html><body>Sign in</body></html>"), "is not an offer file"),
        ("json", Answer(b'{"products": {}}'), "is not an offer file"),
        ("json", Answer(b'{"offerCode": ["AmazonDynamoDB"]}'), "is not an offer file"),
        ("csv", Answer(csv_offer("AmazonRDS", DYNAMODB)), "is the offer file of AmazonRDS, not of AmazonDynamoDB"),
        ("csv", Answer(csv_offer("AmazonDynamoDB", DYNAMODB[-1:])), "holds no price of AmazonDynamoDB in eu-west-1"),
        ("json", Answer(json_offer("AmazonDynamoDB", [])), "holds no price of AmazonDynamoDB in eu-west-1"),
        ("csv", Answer(WHOLE_CSV.replace(b"eu-west-1", b"eu-west-2")), "holds prices of eu-west-2, not of"),
        ("csv", Answer(WHOLE_CSV.replace(b'"0.2830000000"', b'"a lot"')), "priceperunit of product STORE must be"),
    ],
)  # fmt: skip
def test_lasting_trouble_is_one_error_and_leaves_nothing(
    server: PriceListServer, tmp_path: Path, form: str, answer: Answer, message: str
) -> None:
    folder = server.offer("AmazonDynamoDB", DYNAMODB)
    server.answers[f"{folder}.{form}"] = [answer]
    with pytest.raises(InputError, match=message):
        refresh(server, tmp_path / "prices", form=form)
    assert not (tmp_path / "prices").exists()


def test_a_server_that_does_not_speak_is_given_up(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    server.answers["/offers/v1.0/aws/index.json"] = [Answer(b"{}", wait=0.5)]
    with pytest.raises(InputError, match="ReadTimeout"):
        refresh(server, tmp_path, timeout=0.05)


def test_a_server_that_is_not_there_is_given_up(tmp_path: Path) -> None:
    with price_list_server() as gone:
        pass
    with pytest.raises(InputError, match="ConnectError"):
        refresh(gone, tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"service": "AmazonDynmoDB"}, "unknown service 'AmazonDynmoDB'; did you mean 'AmazonDynamoDB'"),
        ({"service": "AmazonRDS"}, "unknown service 'AmazonRDS'"),  # not among those offered there
        ({"region": "eu-wset-1"}, "unknown Region 'eu-wset-1'; did you mean 'eu-west-1'"),
    ],
)
def test_unknown_names_are_errors(
    server: PriceListServer, tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    with pytest.raises(InputError, match=message):
        refresh(server, tmp_path, **changed)


def test_an_index_without_offers_is_an_error(server: PriceListServer, tmp_path: Path) -> None:
    server.answers["/offers/v1.0/aws/index.json"] = [Answer(b'{"formatVersion": "v1.0"}')]
    with pytest.raises(InputError, match="has no 'offers'"):
        refresh(server, tmp_path)


INSTANCE = {"instanceType": "db.r6gd.large", "vcpu": "2", "memory": "16 GiB", "databaseEngine": "MySQL"}
CLUSTER = {"deploymentOption": "Multi-AZ (readable standbys)"}
RDS = [
    product("ONE", "Database Instance", [
        ("0.2400000000", "Hrs"),
        ("648", "Quantity", "0", "Inf", ("1yr", "Partial Upfront", "standard")),
        ("0.1120000000", "Hrs", "0", "Inf", ("1yr", "Partial Upfront", "standard")),
        ("1200", "Quantity", "0", "Inf", ("1yr", "All Upfront", "standard")),
        ("0.0000000000", "Hrs", "0", "Inf", ("1yr", "All Upfront", "standard")),
    ], usagetype="EU-InstanceUsage:db.r6gd.large", deploymentOption="Single-AZ", **INSTANCE),
    product("CLUSTER", "Database Instance", [("0.7000000000", "Hrs")],
            usagetype="EU-Multi-AZClusterUsage:db.r6gd.large", **CLUSTER, **INSTANCE),
    product("SUPPORT57", "RDS Extended Support", [("0.112", "vCPU-hour")],
            usagetype="EU-ExtendedSupport:Yr1-Yr2:MySQL5.7"),
    product("SUPPORT80", "RDS Extended Support", [("0.112", "vCPU-hour")],
            usagetype="EU-ExtendedSupport:Yr1-Yr2:MySQL8.0"),
    product("IO", "System Operation", [("0.0000002200", "IOs")], usagetype="EU-Aurora:StorageIOUsage"),
    product("GP3A", "Database Storage", [("0.1270000000", "GB-Mo")], usagetype="EU-RDS:GP3-Storage",
            deploymentOption="Single-AZ", databaseEngine="MySQL"),
    product("GP3B", "Database Storage", [("0.1280000000", "GB-Mo")], usagetype="EU-RDS:GP3-Storage",
            deploymentOption="Single-AZ", databaseEngine="PostgreSQL"),
]  # fmt: skip


def test_a_refresh_brings_terms_with_fees_and_classes_that_were_not_there(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offer("AmazonRDS", RDS)
    made = refresh(server, tmp_path, "AmazonRDS")
    assert made.unclear == 1  # two prices of gp3 storage: none of them is taken
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    usage = {"engine": "mysql", "instance_class": "db.r6gd.large"}

    def bill(**more: object) -> dict[str, float]:
        lines = tco.price("rds", {**usage, **more}, region="eu-west-1", as_of="2026-10-05")
        return dict(zip(lines["item"], lines["cost"], strict=True))

    assert bill(term="1yr_partial_upfront") == {
        "Instance hours": pytest.approx(0.112 * 730),
        "Instance hours upfront": 648.0,
    }
    assert bill(term="1yr_all_upfront") == {"Instance hours upfront": 1200.0}
    assert bill(deployment="multi_az_cluster", extended_support_year=1) == {
        "Instance hours": pytest.approx(0.70 * 730),
        "Extended Support year 1": pytest.approx(3 * 2 * 730 * 0.112),  # three copies of 2 vCPU
    }


@pytest.mark.parametrize(
    ("usage", "engine", "deployment", "expected"),
    [
        (
            "InstanceUsageIOOptimized:db.r6g.large",
            "Aurora MySQL",
            "Single-AZ",
            ("instance", "aurora_mysql", "io_optimized"),
        ),
        (
            "EU-InstanceUsage:db.r6g.large",
            "Aurora PostgreSQL",
            "Single-AZ",
            ("instance", "aurora_postgresql", "standard"),
        ),
        ("USE1-RDS:Multi-AZ-GP3-Storage", "Any", "Multi-AZ", ("storage_gp3", "", "multi_az")),
        ("RDS:GP3-Storage", "SQL Server", "Single-AZ", None),
        ("InstanceUsage:db.x", "Oracle", "Single-AZ", None),  # of no edition that is in the tables
        ("ExtendedSupport:Yr3:AuroraPostgreSQL11", "", "", ("extended_support_year_3", "aurora_postgresql", "")),
        ("RDS:PIOPS", "PostgreSQL", "Single-AZ", ("iops_io1", "", "single_az")),
    ],
)
def test_products_of_rds_are_told_apart(
    usage: str, engine: str, deployment: str, expected: tuple[str, str, str] | None
) -> None:
    family = "Database Instance" if "InstanceUsage" in usage else ""
    found = product_of("AmazonRDS")({
        "usagetype": usage, "databaseengine": engine, "deploymentoption": deployment, "productfamily": family,
        "instancetype": "db.x",
    })  # fmt: skip
    assert (found and (found.item, found.engine, found.deployment)) == expected


def test_products_of_ec2_are_plain_linux_and_volumes() -> None:
    ec2_product = product_of("AmazonEC2")
    linux = {
        "usagetype": "EU-BoxUsage:m5.large", "instancetype": "m5.large", "operatingsystem": "Linux",
        "tenancy": "Shared", "preinstalledsw": "NA", "capacitystatus": "Used", "operation": "RunInstances",
    }  # fmt: skip
    found = ec2_product(linux)
    assert found is not None
    assert (found.item, found.instance_class) == ("instance", "m5.large")
    for name, value in (("operatingsystem", "Windows"), ("tenancy", "Dedicated"), ("preinstalledsw", "SQL Web"),
                        ("capacitystatus", "UnusedCapacityReservation")):  # fmt: skip
        assert ec2_product({**linux, name: value}) is None
    throughput = ec2_product({"usagetype": "EU-EBS:VolumeP-Throughput.gp3"})
    assert throughput is not None
    assert float(throughput.factor) * 40.96 == pytest.approx(0.04)  # 40.96 USD a GiB/s are 0.04 USD a MB/s


def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "offer.csv"
    head, _, rows = WHOLE_CSV.partition(b'"READ"')
    other = next(line for line in rows.splitlines() if b"SomethingNew" in line)
    with file.open("wb") as opened:
        opened.write(head)
        for _ in range(20_000):
            opened.write(other + b"\n")
    assert file.stat().st_size > 3_000_000
    tracemalloc.start()
    try:
        assert read_head(file).service == "AmazonDynamoDB"
        assert not list(read_prices(file, lambda attributes: None))
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_a_file_saved_again_by_a_spreadsheet_can_be_read(tmp_path: Path) -> None:
    # a first line `sep=,`, no quotes, dates in another order, and a stray line behind the heading
    lines = list(csv.reader(WHOLE_CSV.decode().splitlines()))
    file = tmp_path / "offer.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.write("sep=,\n")
        writer = csv.writer(opened)
        for line in lines:
            writer.writerow(["01/10/2026" if cell == "2026-10-01" else cell for cell in line])
            if line[0] == "SKU":
                writer.writerow(["INVALID"])
    prices = list(read_prices(file, product_of("AmazonDynamoDB")))
    assert len(prices) == 12  # one product is none of the tables
    assert {price.effective for price in prices} == {None}


def test_the_command_prints_what_changed_and_where_the_set_is(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDynamoDB", DYNAMODB)
    asked = ["prices", "refresh", "--service", "AmazonDynamoDB", "--out", str(tmp_path), "--address", server.address]
    done = CliRunner().invoke(main, [*asked, "--region", "eu-west-1"])
    assert done.exit_code == 0
    assert "dearer" in done.output
    assert done.stdout.startswith(f"12 prices of 2026-10-05: {tmp_path}/AmazonDynamoDB-eu-west-1-2026-10-05\n")
    wrong = CliRunner().invoke(main, [*asked, "--region", "eu-wset-1"])
    assert wrong.exit_code == 1
    assert "did you mean 'eu-west-1'" in wrong.stderr
    assert "Traceback" not in wrong.output


STAYS = """\
name: stays
start: 2027-01
months: 12
prices_as_of: 2026-11-01
reference: stay
fleet:
  sessions: {clusters: 2, engine: dynamodb, region: eu-west-1, storage_gb: 40,
             workload: {reads_per_second: 100, writes_per_second: 10, item_bytes: 900}}
  orders: {clusters: 1, engine: mysql, version: "8.4", platform: rds, region: eu-west-1, storage_gb: 50,
           instance_class: db.r6g.large, workload: {reads_per_second: 1, writes_per_second: 1, item_bytes: 900}}
options:
  stay: {platform: rds, policy: newest, groups: {sessions: {platform: dynamodb}}}
  same: {platform: rds, policy: never, groups: {sessions: {platform: dynamodb}}}
"""


def refreshed_for(path: Path, address: str, *more: str) -> Any:
    scenario = path / "stays.yaml"
    scenario.write_text(STAYS, encoding="utf-8")
    asked = ["prices", "refresh", "--used", str(scenario), "--out", str(path / "sets"), "--address", address]
    return CliRunner().invoke(main, [*asked, *more])


def test_a_scenario_is_refreshed_and_what_it_reads_is_told(server: PriceListServer, tmp_path: Path) -> None:
    """Read requests: 0.15 USD a million, was 0.1415. The class that the file brings is not the scenario's."""
    server.offer("AmazonDynamoDB", DYNAMODB)
    hour = {
        "usagetype": "EU-InstanceUsage:db.r6g.large",
        "instanceType": "db.r6g.large",
        "deploymentOption": "Single-AZ",
    }
    server.offer("AmazonRDS", [
        product("MYSQL", "Database Instance", [("0.2500000000", "Hrs")], databaseEngine="MySQL", **hour),
        product("LARGE", "Database Instance", [("9.9900000000", "Hrs")], databaseEngine="MySQL",
                **{**hour, "instanceType": "db.r6g.16xlarge", "usagetype": "EU-InstanceUsage:db.r6g.16xlarge"}),
    ])  # fmt: skip
    done = refreshed_for(tmp_path, server.address, "--format", "csv")
    assert done.exit_code == 0, done.stderr
    lines = [line.split(",") for line in done.stdout.splitlines()[1:]]
    assert [(name, float(before), float(after)) for _, name, _, before, after in lines] == [
        ("AmazonDynamoDB eu-west-1 read_request_unit", 0.1415, pytest.approx(0.15)),
        ("AmazonRDS eu-west-1 db.r6g.large mysql single_az on_demand", 0.237, 0.25),
    ]
    assert f"fetching AmazonRDS eu-west-1 from {server.address}" in done.stderr
    compared = ["packaged", str(tmp_path / "sets"), str(tmp_path / "stays.yaml")]
    found = CliRunner().invoke(main, ["prices", "diff", *compared, "--format", "json"])
    paid = {row["item"]: row["difference"] for row in json.loads(found.stdout)}
    assert paid["AmazonRDS eu-west-1 db.r6g.large mysql single_az on_demand"] == pytest.approx(730 * (0.25 - 0.237))


def test_no_server_is_told_once_and_where_it_was_sought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    with price_list_server() as gone:
        pass
    done = refreshed_for(tmp_path, gone.address)
    assert done.exit_code == 1
    assert waits == [1, 2, 4]  # of the first place alone
    assert done.stderr.count(f"from {gone.address}") == 1
    assert "trying again in 4 s" in done.stderr
    assert "not refreshed: AmazonRDS eu-west-1: not tried" in done.stderr
    assert not (tmp_path / "sets").exists()


def test_what_the_file_cannot_hold_is_not_gone(server: PriceListServer, tmp_path: Path) -> None:
    """A file with MySQL alone: no other engine is gone, and nothing that was derived."""
    server.offer("AmazonRDS", [
        product("MYSQL", "Database Instance", [("0.2500000000", "Hrs")], databaseEngine="MySQL",
                usagetype="EU-InstanceUsage:db.r6g.large", instanceType="db.r6g.large", deploymentOption="Single-AZ"),
    ])  # fmt: skip
    changes = refresh(server, tmp_path, "AmazonRDS").changes
    gone = changes.loc[changes["change"] == "gone", "name"]
    assert len(gone) > 100
    assert gone.str.contains(" mysql ").all()
    assert "AmazonRDS eu-west-1 db.m4.large mysql single_az 1yr_no_upfront" in [*gone]  # read
    assert "AmazonRDS eu-west-1 db.m4.large mysql multi_az 1yr_no_upfront" not in [*gone]  # twice that


def test_a_server_that_drips_is_asked_for_one_place(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each place might take half an hour: a scenario of 20 took ten hours."""
    monkeypatch.setattr(download, "Downloader", partial(Downloader, total_seconds=0.5))
    server.answers[OFFER_INDEX] = [Answer(b"{}" * 100, drip=0.2)]
    done = refreshed_for(tmp_path, server.address)
    assert done.exit_code == 1
    assert done.stderr.count(f"from {server.address}") == 1
    assert "not refreshed: AmazonDynamoDB eu-west-1: " in done.stderr
    assert "could not be fetched within 0.5 seconds" in done.stderr
    assert "not refreshed: AmazonRDS eu-west-1: not tried, since no server answers there in time" in done.stderr

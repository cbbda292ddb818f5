"""Which products of the Price List become which rows, for services beside DynamoDB, RDS and EC2."""

from __future__ import annotations

from pathlib import Path

import pytest

import tco
from tco.catalog.price_rows import REFRESHED, PriceTables
from tco.catalog.prices import price_book
from tco.errors import InputError

httpx = pytest.importorskip("httpx")
pytest.importorskip("ijson")

from refresh.offers import PriceListServer, product  # noqa: E402

from tco.refresh.download import Downloader  # noqa: E402
from tco.refresh.prices import Refresh, refresh_prices  # noqa: E402
from tco.refresh.products import offer_code  # noqa: E402

pytestmark = pytest.mark.server

NODE = {"vcpu": "2", "memory": "13.07 GiB", "instanceType": "cache.r6g.large"}
CACHES = [
    product("REDIS", "Cache Instance", [("0.2300000000", "Hrs")], usagetype="EU-NodeUsage:cache.r6g.large",
            cacheEngine="Redis", **NODE),
    product("VALKEY", "Cache Instance", [("0.1840000000", "Hrs")], usagetype="EU-NodeUsage:cache.r6g.large",
            cacheEngine="Valkey", **NODE),
    product("SERVERLESS", "ElastiCache Serverless", [("0.0000000025", "ECPU")], cacheEngine="Valkey",
            usagetype="EU-ElastiCacheProcessingUnits"),
]  # fmt: skip
DOCDB = [
    product("PLAIN", "Database Instance", [("0.2900000000", "Hrs")], usagetype="EU-InstanceUsage:db.r6g.large",
            instanceType="db.r6g.large", vcpu="2", memory="16 GiB"),
    product("OPTIMIZED", "Database Instance", [("0.3190000000", "Hrs")],
            usagetype="EU-InstanceUsageIOOptimized:db.r6g.large", instanceType="db.r6g.large", vcpu="2",
            memory="16 GiB"),
    product("STORE", "Database Storage", [("0.1100000000", "GB-Mo")], usagetype="EU-StorageUsage"),
    product("STOREIO", "Database Storage", [("0.3300000000", "GB-Mo")], usagetype="EU-IO-OptimizedStorageUsage"),
    product("IO", "System Operation", [("0.0000002200", "IOs")], usagetype="EU-StorageIOUsage"),
    product("BACKUP", "Storage Snapshot", [("0.0210000000", "GB-Mo")], usagetype="EU-BackupUsage"),
    product("ELASTIC", "Database Storage", [("0.3300000000", "GB-Mo")], usagetype="EU-ElasticClusterStorageUsage"),
]  # fmt: skip
DAX = [product("DAX", "DAX", [("0.2830000000", "Hrs")], usagetype="EU-NodeUsage:dax.r5.large", instanceType="r5.large",
               vcpu="2", memory="16 GiB")]  # fmt: skip
TRANSFER = [
    product("OUT", "Data Transfer", [("0.0000000000", "GB", "0", "1"), ("0.0900000000", "GB", "1", "10240"),
                                     ("0.0850000000", "GB", "10240", "Inf")],
            usagetype="EU-DataTransfer-Out-Bytes", transferType="AWS Outbound", fromRegionCode="eu-west-1"),
    product("ZONES", "Data Transfer", [("0.0100000000", "GB")], usagetype="EU-DataTransfer-Regional-Bytes",
            transferType="IntraRegion", fromRegionCode="eu-west-1", toRegionCode="eu-west-1"),
    product("OREGON", "Data Transfer", [("0.0200000000", "GB")], usagetype="EU-USW2-AWS-Out-Bytes",
            transferType="InterRegion Outbound", fromRegionCode="eu-west-1", toRegionCode="us-west-2"),
    product("FREE", "Data Transfer", [("0.0000000000", "GB", "0", "100")], usagetype="Global-DataTransfer-Out-Bytes",
            transferType="AWS Outbound"),
]  # fmt: skip
KEYSPACES = [
    product("READ", "MCS", [("0.0000001400", "ReadRequestUnits")], usagetype="EU-ReadRequestUnits"),
    product("WCU", "MCS", [("0.0007350000", "WriteCapacityUnit-Hrs")], usagetype="EU-WriteCapacityUnit-Hrs"),
    product("STORE", "MCS", [("0.2750000000", "GB-Mo")], usagetype="EU-TimedStorage-ByteHrs"),
]  # fmt: skip
OPENSEARCH = [
    product("NODE", "Amazon OpenSearch Service Instance", [("0.1860000000", "Hrs")],
            usagetype="EU-ESInstance:r6g.large", instanceType="r6g.large.search", operation="ESDomain"),
    product("GP3", "Amazon OpenSearch Service Volume", [("0.1343000000", "GB-Mo")], usagetype="EU-ES:GP3-Storage"),
    product("OCU", "Amazon OpenSearch Service Serverless", [("0.2400000000", "OCU-hours")], usagetype="EU-SearchOCU"),
]  # fmt: skip
ORACLE = {"databaseEngine": "Oracle", "databaseEdition": "Standard Two", "instanceType": "db.r5.large",
          "deploymentOption": "Single-AZ", "usagetype": "EU-InstanceUsage:db.r5.large"}  # fmt: skip
FEES = ("1yr", "Partial Upfront", "standard")
LICENSED = [
    product("SE2", "Database Instance", [("0.5300000000", "Hrs"), ("0.2000000000", "Hrs", "0", "Inf", FEES),
                                         ("2000", "Quantity", "0", "Inf", FEES)],
            licenseModel="License included", **ORACLE),
    product("SE2BYOL", "Database Instance", [("0.2600000000", "Hrs"), ("0.1000000000", "Hrs", "0", "Inf", FEES),
                                             ("900", "Quantity", "0", "Inf", FEES)],
            licenseModel="Bring your own license", **ORACLE),
    product("SE", "Database Instance", [("0.2500000000", "Hrs")], licenseModel="Bring your own license",
            **{**ORACLE, "databaseEdition": "Standard"}),
    product("MIRROR", "Database Instance", [("2.1000000000", "Hrs")], licenseModel="License included",
            databaseEngine="SQL Server", databaseEdition="Web", instanceType="db.r5.large",
            deploymentOption="Multi-AZ (SQL Server Mirror)", usagetype="EU-MirrorUsage:db.r5.large"),
]  # fmt: skip


def refresh(server: PriceListServer, out: Path, service: str) -> Refresh:
    return refresh_prices(service, "eu-west-1", out, downloader=Downloader(server.address))


def rows(made: Refresh) -> dict[tuple[str, str, str, float], float]:
    return {
        (row.item, row.engine or row.deployment, row.instance_class, row.tier_from): row.price
        for row in PriceTables(made.folder).rows()
    }


def test_nodes_of_caches_are_told_apart_by_engine(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonElastiCache", CACHES)
    assert rows(refresh(server, tmp_path, "AmazonElastiCache")) == {
        ("instance", "redis", "cache.r6g.large", 0): 0.23,
        ("instance", "valkey", "cache.r6g.large", 0): 0.184,
    }


def test_documentdb_has_two_configurations(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offer("AmazonDocDB", DOCDB)
    assert rows(refresh(server, tmp_path, "AmazonDocDB")) == {
        ("instance", "standard", "db.r6g.large", 0): 0.29,
        ("instance", "io_optimized", "db.r6g.large", 0): 0.319,
        ("storage", "standard", "", 0): 0.11,
        ("storage", "io_optimized", "", 0): 0.33,
        ("io_requests", "", "", 0): 0.22,
        ("backup", "", "", 0): 0.021,
    }
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    usage = {"instance_class": "r6g.large", "storage_gb": 100, "io_requests": 1e6, "backup_gb": 10}
    bill = tco.price("documentdb", usage, region="eu-west-1", as_of="2026-10-05")
    assert bill["cost"].tolist() == pytest.approx([0.29 * 730, 11, 0.22, 0.21])


def test_a_dax_node_has_its_whole_name_in_the_usage_type(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonDAX", DAX)
    assert rows(refresh(server, tmp_path, "AmazonDAX")) == {("instance", "", "dax.r5.large", 0): 0.283}


def test_the_services_that_hints_offer_to_refresh_are_those_whose_products_are_known() -> None:
    def is_known(service: str) -> bool:
        try:
            return bool(offer_code(service))
        except InputError:
            return False

    assert {service for service in price_book().known("service") if is_known(service)} == REFRESHED


def test_traffic_has_tiers_from_the_first_unit_and_a_price_for_each_other_region(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offer("AWSDataTransfer", TRANSFER)
    made = refresh(server, tmp_path, "AWSDataTransfer")
    paid = {name: price for name, price in rows(made).items() if price}
    assert paid == {
        ("internet_out", "", "", 0): 0.09,
        ("internet_out", "", "", 10240): 0.085,
        ("cross_az", "", "", 0): 0.01,
        ("inter_region_out_us_west_2", "", "", 0): 0.02,
    }
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    traffic = tco.price("ec2", {"internet_gb": 20_000}, region="eu-west-1", as_of="2026-10-05")
    assert traffic["cost"].sum() == pytest.approx(10240 * 0.09 + 9760 * 0.085)
    table = tco.price(
        "dynamodb", {"transfer_gb": 100, "replica_regions": ["us-west-2"]}, region="eu-west-1", as_of="2026-10-05"
    )
    assert table["cost"].tolist() == pytest.approx([2.0])


@pytest.mark.parametrize("service", ["AmazonMCS", "AmazonKeyspaces"])
def test_keyspaces_is_found_under_both_its_names(server: PriceListServer, tmp_path: Path, service: str) -> None:
    server.offer("AmazonMCS", KEYSPACES)
    made = refresh(server, tmp_path, service)
    assert {row.service for row in PriceTables(made.folder).rows()} == {"AmazonKeyspaces"}
    assert rows(made) == {
        ("read_request_unit", "", "", 0): 0.14,
        ("write_capacity_unit", "", "", 0): 0.000735,
        ("storage", "", "", 0): 0.275,
    }


def test_nodes_and_volumes_of_opensearch_service(server: PriceListServer, tmp_path: Path) -> None:
    server.offer("AmazonES", OPENSEARCH)
    assert rows(refresh(server, tmp_path, "AmazonES")) == {
        ("instance", "", "r6g.large.search", 0): 0.186,
        ("storage_gp3", "", "", 0): 0.1343,
    }


def test_oracle_and_sql_server_are_told_apart_by_edition_and_licence(
    server: PriceListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fee of a term is that of its licence: 0.10 x 730 hours and 900 USD with one's own, 0.20 and 2,000 with one
    in the price."""
    server.offer("AmazonRDS", LICENSED)
    refresh(server, tmp_path, "AmazonRDS")
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))

    def bill(**more: str) -> list[float]:
        usage = {"engine": "oracle-se2", "instance_class": "db.r5.large", **more}
        return [*tco.price("rds", usage, region="eu-west-1", as_of="2026-10-05")["cost"]]

    assert bill(licence="license_included") == pytest.approx([0.53 * 730])
    assert bill(licence="bring_your_own_license") == pytest.approx([0.26 * 730])
    term = {"term": "1yr_partial_upfront"}
    assert bill(licence="license_included", **term) == pytest.approx([0.2 * 730, 2000])
    assert bill(licence="bring_your_own_license", **term) == pytest.approx([0.1 * 730, 900])
    assert bill(engine="sqlserver-web", deployment="multi_az") == pytest.approx([2.1 * 730])

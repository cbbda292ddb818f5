"""Bills of platforms billed by the instance: what each field adds, by sums a reader can do by hand (us-east-1
prices).
"""

from __future__ import annotations

from typing import ClassVar

import pytest

import tco
from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.platforms.cloud_sql import hardware

DAY = "2026-10-01"
HOURS = 730


def costs(platform: str, usage: dict[str, object], region: str = "us-east-1") -> dict[str, float]:
    bill = tco.price(platform, usage, region=region, as_of=DAY)
    return dict(zip(bill["item"], bill["cost"], strict=True))


class TestRds:
    MYSQL: ClassVar = {"engine": "mysql", "instance_class": "db.r6g.large"}

    @pytest.mark.parametrize("name", ["db.r6g.large", "r6g.large"])
    def test_the_class_is_known_with_or_without_its_prefix(self, name: str) -> None:
        assert costs("rds", {**self.MYSQL, "instance_class": name}) == {"Instance hours": pytest.approx(0.215 * HOURS)}

    def test_a_reader_is_a_whole_instance_with_a_volume_of_its_own(self) -> None:
        bill = costs("rds", {**self.MYSQL, "instances": 3, "storage_gb": 100})
        assert bill["Instance hours"] == pytest.approx(0.215 * HOURS)
        assert bill["Replica instance hours"] == pytest.approx(2 * 0.215 * HOURS)
        assert bill["Storage (gp3)"] == pytest.approx(3 * 100 * 0.115)

    def test_multi_az_is_billed_by_its_own_rows(self) -> None:
        bill = costs("rds", {**self.MYSQL, "deployment": "multi_az", "storage_gb": 100, "iops": 4000})
        assert bill["Instance hours"] == pytest.approx(0.43 * HOURS)
        assert bill["Storage (gp3)"] == pytest.approx(100 * 0.23)
        assert bill["IOPS above those included (gp3)"] == pytest.approx(1000 * 0.04)

    def test_storage_has_the_price_of_its_engine_where_there_is_one(self) -> None:
        """In London two copies of magnetic storage cost 0.231 USD, of Oracle 0.232 (AWS, June 2025)."""
        usage = {"deployment": "multi_az", "storage_type": "magnetic", "storage_gb": 100}
        for engine, price in (("mysql", 0.231), ("oracle-ee", 0.232), ("sqlserver-ee", 0.232)):
            found = tco.price("rds", {**usage, "engine": engine}, region="eu-west-2").set_index("item")["cost"]
            assert found["Storage (magnetic)"] == pytest.approx(100 * price)

    def test_readers_have_no_standbys_beside_a_first_instance_that_has(self) -> None:
        usage = {**self.MYSQL, "deployment": "multi_az", "instances": 3, "storage_gb": 100, "iops": 4000}
        bill = costs("rds", usage | {"extended_support_year": 1})
        assert bill["Instance hours"] == pytest.approx(0.43 * HOURS)
        assert bill["Replica instance hours"] == pytest.approx(2 * 0.215 * HOURS)
        assert bill["Storage (gp3)"] == pytest.approx(100 * 0.23)
        assert bill["Storage (gp3), readers"] == pytest.approx(2 * 100 * 0.115)
        assert bill["IOPS above those included (gp3), readers"] == pytest.approx(2 * 1000 * 0.02)
        assert bill["Extended Support year 1"] == pytest.approx((2 + 2) * 2 * 0.1 * HOURS)  # two copies and two readers
        assert costs("rds", usage) == costs("rds", usage | {"reader_deployment": "single_az"})
        three = costs("rds", usage | {"reader_deployment": "multi_az"})
        assert three["Instance hours"] + three["Replica instance hours"] == pytest.approx(3 * 0.43 * HOURS)
        assert three["Storage (gp3)"] == pytest.approx(3 * 100 * 0.23)
        supported = costs("rds", usage | {"reader_deployment": "multi_az", "extended_support_year": 1})
        assert supported["Extended Support year 1"] == pytest.approx(3 * 2 * 2 * 0.1 * HOURS)

    @pytest.mark.parametrize(
        ("size", "iops", "throughput", "billed_iops", "billed_throughput"),
        [
            (399, 3000, 125, 0, 0),
            (399, 5000, 225, 2000, 100),
            (400, 12000, 500, 0, 0),  # from 400 GB on gp3 spreads over four volumes
            (400, 14000, 700, 2000, 200),
        ],
    )
    def test_what_gp3_includes_is_free(
        self, size: float, iops: float, throughput: float, billed_iops: float, billed_throughput: float
    ) -> None:
        bill = costs("rds", {"storage_gb": size, "iops": iops, "throughput": throughput})
        assert bill.get("IOPS above those included (gp3)", 0.0) == pytest.approx(billed_iops * 0.02)
        assert bill.get("Throughput above that included (gp3)", 0.0) == pytest.approx(billed_throughput * 0.08)

    def test_io1_and_io2_bill_a_least_size_and_a_least_speed(self) -> None:
        for kind in ("io1", "io2"):
            least = costs("rds", {"storage_type": kind, "storage_gb": 100, "iops": 1000})
            assert costs("rds", {"storage_type": kind, "storage_gb": 20}) == least

    def test_gp2_comes_with_its_iops(self) -> None:
        assert costs("rds", {"storage_type": "gp2", "storage_gb": 100, "iops": 5000}) == {"Storage (gp2)": 11.5}

    def test_extended_support_counts_every_virtual_cpu(self) -> None:
        # 2 vCPU x (primary + standby + reader) x 730 hours x 0.10, twice that in the third year
        usage = {**self.MYSQL, "deployment": "multi_az", "instances": 2}
        for year, rate in ((1, 0.10), (2, 0.10), (3, 0.20)):
            bill = costs("rds", {**usage, "extended_support_year": year})
            assert bill[f"Extended Support year {year}"] == pytest.approx(2 * 3 * HOURS * rate)

    def test_a_term_does_not_make_extended_support_cheaper(self) -> None:
        usage = {"engine": "mysql", "instance_class": "db.t3.large", "extended_support_year": 1}
        reserved = costs("rds", {**usage, "term": "1yr_no_upfront"})
        assert reserved["Extended Support year 1"] == costs("rds", usage)["Extended Support year 1"]

    @pytest.mark.parametrize(("vcpu", "billed"), [(1, 2), (2, 2), (8, 8)])
    def test_a_proxy_is_billed_for_two_virtual_cpus_at_least(self, vcpu: float, billed: float) -> None:
        assert costs("rds", {"proxy_vcpu": vcpu}) == {"RDS Proxy": pytest.approx(billed * 0.015 * HOURS)}

    def test_backups_are_given_as_billed(self) -> None:
        assert costs("rds", {"backup_gb": 100}) == {"Backup storage": pytest.approx(9.5)}


class TestAurora:
    POSTGRESQL: ClassVar = {"engine": "postgresql", "instance_class": "db.r6g.large"}

    def test_storage_is_billed_once_however_many_instances(self) -> None:
        bill = costs("aurora", {**self.POSTGRESQL, "instances": 3, "storage_gb": 100})
        assert bill["Storage (standard)"] == pytest.approx(10.0)
        assert bill["Replica instance hours"] == pytest.approx(2 * bill["Instance hours"])

    def test_io_optimized_has_no_requests_on_the_bill(self) -> None:
        usage = {**self.POSTGRESQL, "storage_gb": 100, "io_requests": 50e6}
        assert costs("aurora", usage)["I/O requests"] == pytest.approx(50 * 0.2)
        optimized = costs("aurora", {**usage, "storage_config": "io_optimized"})
        assert optimized == {
            "Instance hours": pytest.approx(0.338 * HOURS),
            "Storage (I/O-Optimized)": pytest.approx(22.5),
        }

    def test_the_engine_may_be_left_out_because_the_price_is_the_same(self) -> None:
        assert costs("aurora", {"instance_class": "db.r6g.large"}) == costs("aurora", self.POSTGRESQL)
        assert costs("aurora", {"instance_class": "db.t3.small"}) == costs(
            "aurora", {"instance_class": "db.t3.small", "engine": "mysql"}
        )  # a class that Aurora MySQL alone has
        assert costs("aurora", {"instance_class": "db.r6gd.xlarge"}) == costs(
            "aurora", {"instance_class": "db.r6gd.xlarge", "engine": "postgresql"}
        )  # and one that Aurora PostgreSQL alone has

    def test_an_engine_that_is_stated_counts_beside_bills_that_leave_it_out(self) -> None:
        usage = {"instance_class": ["db.r6gd.xlarge", "db.r6gd.xlarge"], "engine": ["", "mysql"]}
        with pytest.raises(tco.UnknownPrice, match="aurora_mysql"):
            tco.price("aurora", usage, region="us-east-1", as_of="2026-11-01")

    def test_extended_support_counts_every_instance(self) -> None:
        usage = {"instance_class": "db.r6g.large", "engine": "mysql", "extended_support_year": 1}
        for instances in (1, 3):
            bill = costs("aurora", {**usage, "instances": instances})
            assert bill["Extended Support year 1"] == pytest.approx(instances * 2 * HOURS * 0.10)

    def test_a_third_year_without_a_published_price_keeps_the_last_and_says_so(self) -> None:
        usage = {"instance_class": "db.r6g.large", "extended_support_year": 3}
        (line,) = (item for item in costs("aurora", {**usage, "engine": "mysql"}) if "Extended Support" in item)
        assert "no published rate" in line
        assert costs("aurora", {**usage, "engine": "mysql"})[line] == pytest.approx(2 * HOURS * 0.10)
        published = costs("aurora", {**usage, "engine": "postgresql"})
        assert published["Extended Support year 3"] == pytest.approx(2 * HOURS * 0.20)

    def test_extended_support_needs_the_engine(self) -> None:
        with pytest.raises(tco.InputError, match="Extended Support needs engine and instance_class"):
            costs("aurora", {"instance_class": "db.r6g.large", "extended_support_year": 1})


class TestAuroraServerless:
    def test_capacity_is_billed_by_the_average(self) -> None:
        # 5 ACU x 730 hours = 3,650 ACU-hours x 0.12 = 438.00, as published by Infracost
        assert costs("aurora_serverless", {"engine": "postgresql", "acu": 5})[
            "Serverless v2 capacity"
        ] == pytest.approx(438)
        assert costs("aurora_serverless", {"acu": 5, "storage_config": "io_optimized"}) == {
            "Serverless v2 capacity": pytest.approx(5 * HOURS * 0.16)
        }

    @pytest.mark.parametrize(("acu", "billed"), [(2, 8), (8, 8), (20, 20)])
    def test_a_proxy_is_billed_for_eight_capacity_units_at_least(self, acu: float, billed: float) -> None:
        assert costs("aurora_serverless", {"proxy_vcpu": acu}) == {"RDS Proxy": pytest.approx(billed * 0.015 * HOURS)}

    @pytest.mark.parametrize(("year", "rate"), [(1, 0.085), (2, 0.085), (3, 0.17)])
    def test_extended_support_is_billed_by_the_capacity_unit(self, year: int, rate: float) -> None:
        bill = costs("aurora_serverless", {"engine": "mysql", "acu": 4, "extended_support_year": year})
        assert bill[f"Extended Support year {year}"] == pytest.approx(4 * HOURS * rate)

    def test_instances_are_no_field_of_it(self) -> None:
        with pytest.raises(tco.InputError, match="unknown field 'instances'"):
            costs("aurora_serverless", {"instances": 2})

    def test_the_first_generation_has_no_io_optimized_storage(self) -> None:
        with pytest.raises(tco.InputError, match="v1 has no I/O-Optimized"):
            costs("aurora_serverless", {"acu": 2, "generation": "v1", "storage_config": "io_optimized"})


class TestEc2:
    def test_traffic_between_zones_is_charged_both_ways(self) -> None:
        # Infracost bills 1,000 GB inside a Region as 2,000 GB: 20.00 USD
        assert costs("ec2", {"cross_az_gb": 1000}) == {"Traffic between zones": pytest.approx(20.0)}

    def test_traffic_to_the_internet_falls_in_tiers(self) -> None:
        # Infracost, us-east-1: 921.60 for the first 10 TB, 3,481.60 for the next 40 TB, 406.00 for 5,800 GB beyond
        assert costs("ec2", {"internet_gb": 57000}) == {
            "Traffic to the internet": pytest.approx(921.60),
            "Traffic to the internet (from 10,240)": pytest.approx(3481.60),
            "Traffic to the internet (from 51,200)": pytest.approx(406.00),
        }

    def test_a_gp3_volume_includes_the_same_at_any_size(self) -> None:
        # Infracost, us-west-2: 40 GB 3.20, 1,000 IOPS above 3,000 5.00, 5 MB/s above 125 0.20
        small = costs("ec2", {"volume_gb": 40, "iops": 4000, "throughput": 130}, "us-west-2")
        assert small == {
            "Storage (gp3)": pytest.approx(3.20),
            "IOPS above those included (gp3)": pytest.approx(5.00),
            "Throughput above that included (gp3)": pytest.approx(0.20),
        }
        large = costs("ec2", {"volume_gb": 4000, "iops": 4000, "throughput": 130}, "us-west-2")
        assert large["IOPS above those included (gp3)"] == small["IOPS above those included (gp3)"]

    def test_the_tiers_of_io2_are_those_of_one_volume(self) -> None:
        # 40,000 IOPS: 32,000 x 0.065 + 8,000 x 0.0455; two such volumes cost twice that, not the tiers of 80,000
        one = costs("ec2", {"volume_type": "io2", "iops": 40000, "volume_gb": 100})
        assert one["IOPS (io2)"] == pytest.approx(32000 * 0.065)
        assert one["IOPS (io2) (from 32,000)"] == pytest.approx(8000 * 0.0455)
        two = costs(
            "ec2", {"volume_type": "io2", "iops": 40000, "volume_gb": 100, "instance_class": "m5.large", "instances": 2}
        )
        for item in one:
            assert two[item] == pytest.approx(2 * one[item])

    def test_replicas_are_instances_with_volumes(self) -> None:
        bill = costs("ec2", {"instance_class": "r6g.large", "instances": 3, "volume_gb": 100, "snapshot_gb": 100})
        assert bill["Replica instance hours"] == pytest.approx(2 * bill["Instance hours"])
        assert bill["Storage (gp3)"] == pytest.approx(3 * 100 * 0.08)
        assert bill["Snapshots"] == pytest.approx(100 * 0.05)


class TestDocumentDB:
    def test_instances_storage_and_requests(self) -> None:
        # Infracost: db.r5.4xlarge 1,617.68; 1,000 GB 100.00; 10 M requests 2.00
        assert costs("documentdb", {"instance_class": "db.r5.4xlarge", "storage_gb": 1000, "io_requests": 10e6}) == {
            "Instance hours": pytest.approx(1617.68, abs=0.01),
            "Storage (standard)": pytest.approx(100.0),
            "I/O requests": pytest.approx(2.0),
        }

    def test_the_storage_configuration_has_prices_of_its_own(self) -> None:
        usage = {
            "instance_class": "db.r6g.large",
            "storage_config": "io_optimized",
            "storage_gb": 10,
            "io_requests": 1e6,
        }
        assert costs("documentdb", usage) == {
            "Instance hours": pytest.approx(0.2895 * HOURS),
            "Storage (I/O-Optimized)": pytest.approx(3.0),
        }


class TestElastiCache:
    def test_the_price_is_that_of_the_engine(self) -> None:
        # Infracost: three cache.r5.4xlarge nodes of Redis 3,775.56; Valkey is 20 % cheaper
        usage = {"instance_class": "cache.r5.4xlarge", "instances": 3}
        redis = sum(costs("elasticache", {**usage, "engine": "redis"}).values())
        assert redis == pytest.approx(3775.56, abs=0.01)
        assert sum(costs("elasticache", {**usage, "engine": "valkey"}).values()) == pytest.approx(
            0.8 * redis, rel=0.001
        )

    def test_the_engine_must_be_stated(self) -> None:
        with pytest.raises(tco.InputError, match="depends on its engine: redis, valkey, memcached"):
            costs("elasticache", {"instance_class": "cache.r5.large"})


@pytest.mark.parametrize(
    ("platform", "service", "said"),
    [("elasticache", "AmazonElastiCache", "backup storage"), ("opensearch", "AmazonES", "manual snapshots")],
)
def test_backups_without_a_packaged_price_have_the_one_that_a_user_gives(
    platform: str, service: str, said: str
) -> None:
    usage = {"backup_gb": 200}
    with pytest.raises(tco.UnknownPrice, match=f"backup_gb: the price of {said} has no row"):
        costs(platform, usage)
    own = {"service": service, "region": "us-east-1", "item": "backup", "unit": "GB-month", "price": 0.085}
    bill = tco.price(platform, usage, "us-east-1", DAY, prices=[own | {"source": "Our bill"}])
    assert bill["cost"].sum() == pytest.approx(17)


class TestLicences:
    def test_the_only_way_that_has_a_price_need_not_be_stated(self) -> None:
        usage = {"instance_class": "db.r5.large"}
        assert costs("rds", {**usage, "engine": "oracle-ee"}) == {"Instance hours": pytest.approx(0.233 * HOURS)}
        assert costs("rds", {**usage, "engine": "sqlserver-se"}) == {"Instance hours": pytest.approx(1.02 * HOURS)}

    def test_a_licence_is_in_the_price_of_the_engine_that_needs_one(self) -> None:
        usage = {"engine": ["mysql", "oracle-ee"], "instance_class": "db.r5.large"}
        bills = tco.price("rds", usage, region="us-east-1", as_of=DAY)
        assert bills["cost"].tolist() == pytest.approx([0.24 * HOURS, 0.233 * HOURS])

    def test_of_two_ways_one_is_stated(self) -> None:
        usage = {"engine": "oracle-se2", "instance_class": "db.r5.large"}
        with pytest.raises(tco.InputError, match="both ways; state one of license_included, bring_your_own_license"):
            costs("rds", usage)
        with_licence = costs("rds", {**usage, "licence": "license_included"})["Instance hours"]
        without = costs("rds", {**usage, "licence": "bring_your_own_license"})["Instance hours"]
        assert (with_licence, without) == (pytest.approx(0.482 * HOURS), pytest.approx(0.233 * HOURS))

    def test_a_way_that_is_not_sold_is_an_error_with_a_way_out(self) -> None:
        usage = {"engine": "sqlserver-se", "instance_class": "db.r5.large", "licence": "bring_your_own_license"}
        with pytest.raises(tco.UnknownPrice, match="an own price may be given"):
            costs("rds", usage)
        own = {"service": "AmazonRDS", "region": "us-east-1", "item": "instance_own_licence", "price": 0.3}
        own |= {"engine": "sqlserver-se", "instance_class": "db.r5.large", "deployment": "single_az", "source": "ours"}
        bill = tco.price("rds", usage, region="us-east-1", as_of=DAY, prices=[own])
        assert bill["cost"].tolist() == [pytest.approx(0.3 * HOURS)]

    def test_an_engine_without_a_licence_has_none(self) -> None:
        with pytest.raises(tco.InputError, match="licence: this engine needs no licence"):
            costs("rds", {"engine": "mysql", "instance_class": "db.r5.large", "licence": "license_included"})

    @pytest.mark.parametrize(("engine", "included"), [("oracle-ee", 12000), ("sqlserver-ee", 3000), ("mysql", 3000)])
    def test_what_gp3_includes_depends_on_the_engine(self, engine: str, included: float) -> None:
        bill = costs("rds", {"engine": engine, "storage_gb": 300, "iops": 15000, "throughput": 125})
        assert bill["IOPS above those included (gp3)"] == pytest.approx((15000 - included) * 0.02)


class TestOpenSearch:
    NODES: ClassVar = {"instance_class": "r6g.large.search", "instances": 3}

    @pytest.mark.parametrize("name", ["r6g.large", "r6g.large.elasticsearch"])
    def test_the_class_is_known_with_or_without_its_ending(self, name: str) -> None:
        assert costs("opensearch", {**self.NODES, "instance_class": name}) == costs("opensearch", self.NODES)

    def test_each_node_has_a_volume_and_masters_have_none(self) -> None:
        usage = {**self.NODES, "storage_gb": 100, "masters": 3, "master_class": "m6g.large.search"}
        bill = costs("opensearch", usage)
        assert bill["Storage (gp3)"] == pytest.approx(3 * 100 * 0.122)
        assert bill["Dedicated masters"] == pytest.approx(3 * 0.128 * HOURS)

    @pytest.mark.parametrize(("size", "units"), [("large", 4), ("xlarge", 8), ("2xlarge", 16), ("12xlarge", 96)])
    def test_extended_support_counts_instances_by_their_size(self, size: str, units: int) -> None:
        usage = {"instance_class": f"r6g.{size}.search", "instances": 2, "extended_support_year": 2}
        bill = costs("opensearch", {**usage, "masters": 3, "master_class": "m6g.large.search"})
        assert bill["Extended Support year 2"] == pytest.approx((2 * units + 3 * 4) * HOURS * 0.0065)
        alone = costs("opensearch", {**usage, "instances": 1})
        assert alone["Extended Support year 2"] == pytest.approx(units * HOURS * 0.0065)

    def test_a_reservation_is_paid_for_masters_too(self) -> None:
        usage = {**self.NODES, "masters": 3, "master_class": "r6g.large", "term": "1yr_all_upfront"}
        assert sum(costs("opensearch", usage).values()) == pytest.approx(6 * 950.898)
        later = tco.price("opensearch", usage, region="us-east-1", as_of=DAY, first_month=False)
        assert later["cost"].sum() == 0

    @pytest.mark.parametrize(
        ("masters", "said"),
        [
            ({"masters": 1}, "masters need their master_class"),
            ({"master_class": "m6g.large.search"}, "how many `masters`"),
        ],
    )
    def test_masters_are_stated_with_class_and_number(self, masters: dict[str, object], said: str) -> None:
        with pytest.raises(tco.InputError, match=said):
            costs("opensearch", {**self.NODES, **masters})

    def test_nodes_with_disks_take_no_volume(self) -> None:
        with pytest.raises(tco.InputError, match="storage_gb: nodes of this class have disks of their own"):
            costs("opensearch", {"instance_class": "i3.large", "storage_gb": 1})

    def test_extended_support_of_a_size_without_a_factor_is_refused(self) -> None:
        own = {"service": "AmazonES", "region": "us-east-1", "item": "instance", "price": 3, "source": "ours"}
        usage = {"instance_class": "m9g.metal.search", "extended_support_year": 1}
        with pytest.raises(InputError, match=r"no normalised size .* sizes: micro, .* and multiples of xlarge"):
            tco.price("opensearch", usage, "us-east-1", DAY, prices=[own | {"instance_class": "m9g.metal.search"}])


class TestSeveralBills:
    def test_instances_need_a_class_beside_bills_that_have_one(self) -> None:
        usage = {"engine": "mysql", "storage_gb": 100, "instance_class": ["db.r6g.large", ""]}
        with pytest.raises(InputError, match="instances need an instance_class"):
            costs("rds", usage | {"instances": [1, 2]})
        bill = tco.price("rds", usage | {"instances": [2, 1]}, region="us-east-1", as_of=DAY)
        assert set(bill[bill["bill"] == 1]["item"]) == {"Storage (gp3)"}
        of_google = {"engine": "mysql", "instance_class": ["db-custom-2-8192", ""], "instances": [1, 2]}
        with pytest.raises(InputError, match="instances need an instance_class"):
            tco.price("cloud_sql", of_google, region="us-east1", as_of=DAY)


class TestVolumes:
    @pytest.mark.parametrize("kind", ["io1", "io2"])
    def test_instances_without_storage_have_no_iops(self, kind: str) -> None:
        usage = {"engine": "mysql", "instance_class": "db.r6g.large", "storage_type": kind}
        assert set(costs("rds", usage)) == {"Instance hours"}


class TestCloudSQL:
    def test_readers_are_in_extended_support_like_the_first(self) -> None:
        # 3 instances of 2 virtual CPU, the first of them with a standby
        usage = {"engine": "mysql", "instance_class": "db-custom-2-8192", "instances": 3, "extended_support_year": 1}
        bill = costs("cloud_sql", usage | {"deployment": "multi_az"}, "us-central1")
        assert bill["Extended Support year 1"] == pytest.approx((3 + 1) * 2 * HOURS * 0.07)

    def test_storage_alone_has_no_instance(self) -> None:
        assert costs("cloud_sql", {"engine": "mysql", "storage_gb": 100}, "us-central1") == {
            "Storage": pytest.approx(17.00)
        }

    @pytest.mark.parametrize("name", ["db.r6g.large", "standard_d4s_v3"])
    def test_a_class_of_another_provider_is_refused(self, name: str) -> None:
        with pytest.raises(InputError, match=f"'{name}' is no class of Cloud SQL; valid: db-n1-standard-1"):
            costs("cloud_sql", {"engine": "mysql", "instance_class": name}, "us-central1")

    def test_backups_are_billed_by_the_gigabyte(self) -> None:
        assert costs("cloud_sql", {"engine": "mysql", "backup_gb": 50}, "us-central1") == {
            "Backup storage": pytest.approx(50 * 0.08)
        }


class TestAzureFlexible:
    def test_storage_alone_is_that_of_one_server(self) -> None:
        alone = costs("azure_flexible", {"engine": "mysql", "storage_gb": 10, "iops": 100}, "westus")
        twice = costs("azure_flexible", {"engine": "mysql", "storage_gb": 20, "iops": 200}, "westus")
        assert set(alone) == {"Storage", "Additional IOPS"}
        assert twice == pytest.approx({item: 2 * cost for item, cost in alone.items()})

    @pytest.mark.parametrize(
        "usage",
        [
            {"instance_class": "B_Standard_B1ms"},
            {"storage_gb": 10},
            {"iops": 1},
            {"storage_gb": [10, 10], "engine": ["mysql", ""]},
        ],
    )
    def test_whatever_a_server_uses_needs_its_engine(self, usage: dict[str, object]) -> None:
        with pytest.raises(InputError, match="depends on its engine"):
            costs("azure_flexible", usage, "westus")

    def test_backups_cost_the_same_for_both_engines(self) -> None:
        assert costs("azure_flexible", {"backup_gb": 100}, "westus") == {"Backup storage": pytest.approx(100 * 0.095)}

    def test_extended_support_is_billed_by_the_virtual_cpu(self) -> None:
        # 3 servers of 1 virtual CPU
        usage = {
            "engine": "postgresql",
            "instance_class": "B_Standard_B1ms",
            "instances": 3,
            "extended_support_year": 1,
        }
        bill = costs("azure_flexible", usage, "eastus")
        assert bill["Extended Support year 1"] == pytest.approx(3 * 1 * HOURS * 0.07)
        usage["instance_class"] = "Standard_D4s_v3"  # 4 virtual CPUs; its price in this Region is not packaged
        own = {"service": "AzureFlexible", "region": "eastus", "item": "instance", "engine": "postgresql", "price": 0.3}
        own |= {"instance_class": "standard_d4s_v3", "source": "ours"}
        larger = tco.price("azure_flexible", usage, "eastus", DAY, prices=[own]).set_index("item")["cost"]
        assert larger["Extended Support year 1"] == pytest.approx(3 * 4 * HOURS * 0.07)


@pytest.mark.parametrize("platform", ["rds", "aurora", "documentdb", "elasticache", "aurora_serverless"])
def test_data_out_to_the_internet_is_billed_by_its_tiers(platform: str) -> None:
    # the first 10,240 GB at 0.09 USD
    assert costs(platform, {"internet_gb": 1000}) == {"Traffic to the internet": pytest.approx(90.0)}


@pytest.mark.parametrize(
    ("vcpu", "memory", "sold"),
    [(1, 3840, True), (1, 3584, False), (2, 3840, True), (2, 3900, False), (2, 13312, True), (2, 13568, False),
     (6, 5632, True), (6, 5376, False), (3, 7680, False), (0, 3840, False), (1, 6656, True), (1, 6912, False),
     (96, 98304, True), (98, 98304, False)],
)  # fmt: skip
def test_custom_classes_of_cloud_sql_are_those_that_google_sells(vcpu: int, memory: int, sold: bool) -> None:
    """1 or an even number of vCPU; steps of 256 MB from 3,840 MB on; 0.9 to 6.5 GB for each vCPU: 5,530 MB for 6."""
    if sold:
        assert hardware(price_book(), f"db-custom-{vcpu}-{memory}") == (vcpu, memory / 1024)
    else:
        with pytest.raises(InputError, match="a custom class has 1 or an even number of vCPU"):
            hardware(price_book(), f"db-custom-{vcpu}-{memory}")

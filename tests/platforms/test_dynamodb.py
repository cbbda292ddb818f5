"""Bills of DynamoDB tables: each mode, each rule, and what is refused. Prices are those of us-east-1 unless said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tco
from tco.errors import InputError, UnknownPrice

AFTER_THE_CUT = "2025-06-01"


def bill(region="us-east-1", as_of=AFTER_THE_CUT, first_month=True, **usage):
    return tco.price("dynamodb", usage, region=region, as_of=as_of, first_month=first_month)


def total(**usage):
    return bill(**usage)["cost"].sum()


def line(item, **usage):
    found = bill(**usage)
    return found.loc[found["item"] == item, "cost"].sum()


def quantity(item, **usage):
    found = bill(**usage)
    return found.loc[found["item"] == item, "quantity"].sum()


class TestRequests:
    def test_deletes_by_time_to_live_are_billed_for_replicas_by_the_size_of_the_item(self):
        # 2,500 bytes are 3 KB begun: a million deletes are 3 million units in the one replica, none in the table
        usage = {"item_bytes": 2500, "ttl_deletes_per_month": 1e6}
        assert quantity("Replica write requests", replica_regions=["us-west-2"], **usage) == pytest.approx(3)
        assert total(**usage) == 0

    def test_units_of_a_call_follow_item_size_and_consistency(self):
        # 5 KB: 2 read units; 60 % eventual at 1, 10 % transactional at 4, 30 % strong at 2: 0.6 + 0.4 + 0.6 = 1.6
        million = quantity(
            "On-demand read requests",
            reads_per_month=1e6,
            item_bytes=5120,
            eventual_read_share=0.6,
            transactional_read_share=0.1,
        )
        assert million == pytest.approx(1.6)

    def test_transactions_double_the_table_but_not_its_indexes(self):
        # 1.5 KB: 2 units; all transactional 4; 0.5 entries x 2 units = 1
        million = quantity(
            "On-demand write requests",
            writes_per_month=1e6,
            item_bytes=1536,
            transactional_write_share=1,
            index_writes_per_write=0.5,
        )
        assert million == pytest.approx(5)

    def test_an_item_of_unknown_size_takes_one_unit(self):
        assert total(reads_per_month=1e6) == pytest.approx(0.125)
        assert total(writes_per_month=1e6) == pytest.approx(0.625)

    def test_a_peak_replaces_the_base_for_its_hours(self):
        # 6 of 24 hours at 40 a second and 18 at 10: 17.5 on average; x 3600 x 730 = 45.99 million
        million = quantity(
            "On-demand read requests", reads_per_second=10, peak_reads_per_second=40, peak_hours_per_day=6
        )
        assert million == pytest.approx(17.5 * 3600 * 730 / 1e6)

    def test_a_peak_may_be_slow(self):
        # 4 of 24 hours at 0.9 a second and 20 at 0.3: 0.4 on average
        usage = {"reads_per_second": 0.3, "peak_reads_per_second": 0.9, "peak_hours_per_day": 4}
        assert quantity("On-demand read requests", **usage) == pytest.approx(0.4 * 3600 * 730 / 1e6)

    def test_index_entries_have_the_peak_of_their_writes(self):
        # a unit for the table and one for the index, at 17.5 writes a second on average
        peak = {"writes_per_second": 10, "peak_writes_per_second": 40, "peak_hours_per_day": 6}
        indexed = {**peak, "index_writes_per_write": 1}
        assert quantity("On-demand write requests", **indexed) == pytest.approx(2 * 17.5 * 3600 * 730 / 1e6)
        provisioned = quantity("Provisioned write capacity", capacity="provisioned", **indexed)
        assert provisioned == pytest.approx(2 * 17.5 * 730)

    def test_a_load_shape_does_not_change_what_is_requested(self):
        even = total(reads_per_second=100, writes_per_second=10)
        assert total(reads_per_second=100, writes_per_second=10, load="spiky") == pytest.approx(even)

    def test_standard_ia_has_dearer_requests_and_cheaper_storage(self):
        # 1 million x 0.78; 100 x 0.10
        assert total(writes_per_month=1e6, table_class="standard_ia") == pytest.approx(0.78)
        assert total(storage_gb=100, table_class="standard_ia") == pytest.approx(10)

    def test_the_price_cut_of_november_2024(self):
        assert total(writes_per_month=1e6, as_of="2024-10-31") == pytest.approx(1.25)
        assert total(writes_per_month=1e6, as_of="2024-11-01") == pytest.approx(0.625)

    def test_before_the_cut_only_sourced_regions_have_a_price(self):
        with pytest.raises(UnknownPrice, match="2024-11-01"):
            total(writes_per_month=1e6, region="eu-west-1", as_of="2024-10-31")


class TestProvisioned:
    def test_each_mode_follows_from_the_fields_where_none_is_named(self):
        assert total(rcu=100) == total(rcu=100, capacity="provisioned") == pytest.approx(100 * 730 * 0.00013)

    def test_auto_scaling_keeps_to_its_target(self):
        # 100 writes a second of 2 KB at 70 %: 200 / 0.7 = 285.7, provisioned 286
        hours = quantity(
            "Provisioned write capacity",
            capacity="provisioned",
            writes_per_second=100,
            item_bytes=2048,
            target_utilization=0.7,
        )
        assert hours == 286 * 730

    def test_index_entries_need_capacity_too(self):
        hours = quantity(
            "Provisioned write capacity", capacity="provisioned", writes_per_second=100, index_writes_per_write=1.5
        )
        assert hours == 250 * 730

    def test_a_peak_has_its_own_capacity(self):
        # 18 hours at 10 and 6 at 40: 17.5 units on average
        hours = quantity(
            "Provisioned read capacity",
            capacity="provisioned",
            reads_per_second=10,
            peak_reads_per_second=40,
            peak_hours_per_day=6,
        )
        assert hours == pytest.approx(17.5 * 730)

    def test_a_load_shape_is_followed_with_a_target_and_bought_at_its_peak_without(self):
        # nightly_batch: 4 hours at 4 and 20 hours at 0.4 times the mean of 100 a second
        shaped = {"capacity": "provisioned", "reads_per_second": 100, "load": "nightly_batch"}
        followed = quantity("Provisioned read capacity", **shaped, target_utilization=0.5)
        assert followed == pytest.approx((4 * 800 + 20 * 80) / 24 * 730)
        assert quantity("Provisioned read capacity", **shaped) == 400 * 730

    def test_own_hourly_values_may_be_a_list_or_text(self):
        values = [1] * 12 + [3] * 12
        shaped = {"capacity": "provisioned", "reads_per_second": 100}
        as_list, as_text = total(**shaped, load=values), total(**shaped, load=",".join(map(str, values)))
        assert as_list == as_text == pytest.approx(150 * 730 * 0.00013)

    def test_requests_of_a_month_are_provisioned_at_their_average_rate(self):
        hours = quantity("Provisioned read capacity", capacity="provisioned", reads_per_month=3.6e6)
        assert hours == pytest.approx(1000)
        # a target of half is reached with twice the units
        half = quantity(
            "Provisioned read capacity", capacity="provisioned", reads_per_month=3.6e6, target_utilization=0.5
        )
        assert half == pytest.approx(2000)
        # a peak is one of writes if reads are given by the month
        peak = {"writes_per_second": 1, "peak_writes_per_second": 5, "peak_hours_per_day": 6}
        beside = quantity("Provisioned read capacity", capacity="provisioned", reads_per_month=3.6e6, **peak)
        assert beside == pytest.approx(1000)

    def test_fixed_capacity_stands_whatever_the_load(self):
        fixed = {"capacity": "provisioned", "rcu": 50, "reads_per_second": 400, "load": "spiky"}
        assert quantity("Provisioned read capacity", **fixed) == 50 * 730

    def test_a_single_unit_is_provisioned_capacity(self):
        for unit, hourly in (("rcu", 0.00013), ("wcu", 0.00065)):
            assert total(**{unit: 1}) == pytest.approx(730 * hourly)


class TestReserved:
    def test_reserved_units_are_billed_for_every_hour_and_the_rest_at_the_provisioned_rate(self):
        # 200 of 300 WCU reserved for a year: 200 x 1.50 once; 200 x 730 x 0.000128 + 100 x 730 x 0.00065 a month
        usage = {"capacity": "reserved", "wcu": 300, "reserved_wcu": 200, "reserved_term": "1yr"}
        assert line("Reserved write capacity upfront", **usage) == pytest.approx(300)
        assert total(**usage, first_month=False) == pytest.approx(200 * 730 * 0.000128 + 100 * 730 * 0.00065)

    def test_unused_reserved_units_cost_the_same(self):
        usage = {"capacity": "reserved", "reserved_rcu": 500, "reserved_term": "3yr"}
        assert total(**usage, rcu=100, first_month=False) == pytest.approx(500 * 730 * 0.000016)

    def test_units_are_sold_in_blocks_of_100(self):
        usage = {"capacity": "reserved", "reserved_rcu": 101, "reserved_term": "1yr"}
        assert line("Reserved read capacity upfront", **usage) == pytest.approx(200 * 0.30)

    def test_reserved_units_serve_the_quiet_hours_only_as_far_as_they_are_needed(self):
        # 400 units for 4 hours, 40 for 20; 100 reserved: 300 for 4 hours are left
        usage = {"capacity": "reserved", "reserved_rcu": 100, "reserved_term": "1yr", "target_utilization": 1,
                 "reads_per_second": 100, "load": "nightly_batch"}  # fmt: skip
        assert quantity("Provisioned read capacity", **usage) == pytest.approx(300 * 4 / 24 * 730)

    def test_a_region_without_the_term_is_an_error(self):
        with pytest.raises(UnknownPrice, match=r"eu-west-3 .*3yr_partial_upfront"):
            total(capacity="reserved", reserved_rcu=100, reserved_term="3yr", region="eu-west-3")


class TestGlobalTables:
    def test_every_region_pays_replicated_writes_and_its_own_storage(self):
        # us-east-1 and us-west-2 0.625, eu-west-1 0.705 a million; storage 0.25, 0.25, 0.283
        usage = {"writes_per_month": 1e6, "storage_gb": 10, "replica_regions": ["us-west-2", "eu-west-1"]}
        assert total(**usage) == pytest.approx(0.625 + 0.625 + 0.705 + 2.5 + 2.5 + 2.83)

    def test_index_entries_are_ordinary_writes_in_every_region(self):
        usage = {"writes_per_month": 1e6, "index_writes_per_write": 2, "replica_regions": ["us-west-2"]}
        assert line("On-demand write requests", **usage, as_of="2024-06-01") == pytest.approx(2 * 1.25)
        assert line("Replica index write requests", **usage, as_of="2024-06-01") == pytest.approx(2 * 1.25)
        assert line("Replicated write requests", **usage, as_of="2024-06-01") == pytest.approx(1.875)

    def test_provisioned_index_entries_stand_beside_replicated_capacity(self):
        usage = {"capacity": "provisioned", "writes_per_second": 100, "index_writes_per_write": 0.5,
                 "replica_regions": "us-west-2"}  # fmt: skip
        assert quantity("Replicated write capacity", **usage) == 100 * 730
        assert quantity("Provisioned write capacity", **usage) == 50 * 730
        assert quantity("Replica index write capacity", **usage) == 50 * 730

    def test_provisioned_replicas_take_what_expires_too(self):
        # 5 writes a second here; there 10 deletes a second as well
        usage = {"capacity": "provisioned", "writes_per_second": 5, "ttl_deletes_per_month": 10 * 3600 * 730,
                 "replica_regions": ["us-west-2"]}  # fmt: skip
        assert quantity("Replicated write capacity", **usage) == pytest.approx(5 * 730)
        assert quantity("Replica write capacity", **usage) == pytest.approx(15 * 730)

    def test_regions_may_be_one_text(self):
        usage = {"writes_per_month": 1e6, "storage_gb": 10}
        expected = bill(**usage, replica_regions=["us-west-2", "eu-west-1"])
        assert bill(**usage, replica_regions="us-west-2, eu-west-1,").equals(expected)

    def test_capacity_that_is_stated_holds_in_every_region_and_leaves_nothing_to_indexes(self):
        usage = {"capacity": "provisioned", "wcu": 10, "writes_per_second": 5, "index_writes_per_write": 1,
                 "replica_regions": ["us-west-2"]}  # fmt: skip
        assert bill(**usage).set_index("item")["quantity"].to_dict() == {
            "Replicated write capacity": 10 * 730, "Replica write capacity": 10 * 730,
        }  # fmt: skip

    def test_transfer_and_restore_are_billed_only_where_stated(self):
        assert total(storage_gb=1, replica_regions=["us-west-2"]) == pytest.approx(0.5)
        # 0.02 a GB to another Region, 0.01 to Ohio, in equal parts; 0.09 to the internet
        assert total(transfer_gb=100, replica_regions=["us-west-2"]) == pytest.approx(2)
        assert total(transfer_gb=100, replica_regions=["us-east-2", "us-west-2"]) == pytest.approx(0.5 + 1)
        assert total(transfer_gb=100) == pytest.approx(9)

    def test_replicas_of_one_bill_leave_the_others_alone(self):
        usages = pd.DataFrame({"writes_per_month": [1e6, 1e6], "replica_regions": [["us-west-2"], []]})
        bills = tco.price("dynamodb", usages, region="us-east-1", as_of=AFTER_THE_CUT)
        assert bills.groupby("bill")["cost"].sum().tolist() == pytest.approx([1.25, 0.625])


class TestFreeTier:
    def test_it_is_off_unless_switched_on(self):
        assert total(storage_gb=25) == pytest.approx(6.25)
        assert total(storage_gb=25, free_tier=True) == 0

    def test_25_units_are_free_in_every_hour_of_the_month(self):
        usage = {"rcu": 26, "wcu": 25, "free_tier": True}
        for hours in (720, 730, 744):
            assert total(**usage, hours_per_month=hours) == pytest.approx(hours * 0.00013)

    def test_on_demand_requests_and_standard_ia_have_none(self):
        assert total(reads_per_month=1e6, free_tier=True) == pytest.approx(0.125)
        assert total(storage_gb=25, table_class="standard_ia", free_tier=True) == pytest.approx(2.5)

    def test_replicated_capacity_had_none_before_the_price_cut(self):
        # 30 units in two Regions at 0.000975; since then 25 of them are free in each
        usage = {"wcu": 30, "replica_regions": ["us-west-2"], "free_tier": True}
        assert total(**usage, as_of="2024-10-31") == pytest.approx(2 * 30 * 730 * 0.000975)
        assert total(**usage, as_of="2024-11-01") == pytest.approx(2 * 5 * 730 * 0.00065)

    def test_less_than_a_unit_is_free_too(self):
        assert total(storage_gb=0.5, stream_reads=500_000, free_tier=True) == 0

    def test_stream_reads(self):
        # one read a second for 30 days: 2,592,000, of which 92,000 are billed at 0.20 a million
        assert total(stream_reads=2_592_000, free_tier=True) == pytest.approx(0.092 * 0.20)


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"read_per_second": 5}, "reads_per_second"),
        ({"capacity": "ondemand"}, "on_demand"),
        ({"table_class": "standard-ia"}, "standard_ia"),
        ({"reads_per_second": -1}, "greater than or equal to 0"),
        ({"reads_per_second": math.nan}, "finite"),
        ({"reads_per_second": math.inf}, "finite|less than"),
        ({"reads_per_second": "many"}, "reads_per_second"),
        ({"item_bytes": 409_601}, "409600"),
        ({"eventual_read_share": 1.1}, "less than or equal to 1"),
        ({"eventual_read_share": 0.6, "transactional_read_share": 0.6}, "more than all reads"),
        ({"reads_per_second": 1, "reads_per_month": 1}, "reads_per_second or reads_per_month"),
        ({"peak_reads_per_second": 5}, "peak_hours_per_day"),
        ({"peak_reads_per_second": 5, "peak_hours_per_day": 25}, "24"),
        ({"reads_per_second": 5, "peak_hours_per_day": 4}, "a peak has peak_reads_per_second or"),
        ({"reads_per_month": 1, "peak_reads_per_second": 1, "peak_hours_per_day": 2}, "goes with reads_per_second"),
        ({"peak_reads_per_second": 1, "peak_hours_per_day": 2, "load": "diurnal"}, "holds the peak"),
        ({"capacity": "on_demand", "rcu": 1}, "capacity: provisioned"),
        ({"capacity": "on_demand", "reserved_wcu": 1, "reserved_term": "1yr"}, "capacity: reserved"),
        ({"reserved_wcu": 100}, "1yr or 3yr"),
        ({"reserved_wcu": 100, "reserved_term": "2yr"}, "1yr"),
        ({"capacity": "reserved", "rcu": 100}, "reserved_rcu or reserved_wcu"),
        ({"reserved_rcu": 100, "reserved_term": "1yr", "table_class": "standard_ia"}, "standard class"),
        ({"reserved_wcu": 1, "reserved_term": "1yr", "replica_regions": ["us-west-2"]}, "global table"),
        ({"replica_regions": ["us-west-22"], "reads_per_month": 1}, "us-west-2"),
        ({"replica_regions": ["us-east-1"], "writes_per_month": 1}, "own Region"),
        ({"replica_regions": ["us-west-2", "us-west-2"]}, "twice"),
        ({"dax_node_type": "dax.r5.large"}, "dax_nodes"),
        ({"dax_nodes": 3}, "dax_node_type"),
        ({"dax_nodes": 3, "dax_node_type": "dax.r5.lerge"}, "dax.r5.large"),
        ({"dax_nodes": 1.5, "dax_node_type": "dax.r5.large"}, "integer|whole"),
        ({"load": "diurnl", "capacity": "provisioned", "reads_per_second": 1}, "diurnal"),
        ({"load": "diurnl"}, "diurnal"),
        ({"load": [1, 2]}, "24 or 168"),
        ({"hours_per_month": 0}, "greater than 0"),
    ],
)
def test_a_wrong_usage_is_refused_and_told_what_would_be_right(usage, said):
    with pytest.raises(InputError, match=said):
        bill(**usage)
    with pytest.raises(InputError, match=said):  # a right one beside it hides nothing
        tco.price("dynamodb", [{"storage_gb": 1}, usage], region="us-east-1", as_of=AFTER_THE_CUT)


def test_a_wrong_bill_among_many_is_named():
    usages = [{"reads_per_month": 1}, {"reads_per_month": 1, "reads_per_second": 1}]
    with pytest.raises(InputError, match="bill 1"):
        tco.price("dynamodb", usages, region="us-east-1", as_of=AFTER_THE_CUT)


def test_an_unknown_region_is_told_the_nearest():
    with pytest.raises(InputError, match="us-east-1"):
        bill(region="us-eats-1", reads_per_month=1)


AMOUNTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e9))
ALWAYS = {
    "table_class": st.sampled_from(["standard", "standard_ia"]),
    "item_bytes": st.floats(0, 409_600),
    "eventual_read_share": st.floats(0, 0.5),
    "transactional_read_share": st.floats(0, 0.5),
    "transactional_write_share": st.floats(0, 1),
    "index_writes_per_write": st.floats(0, 20),
    "storage_gb": AMOUNTS, "pitr_gb": AMOUNTS, "backup_gb": AMOUNTS, "restore_gb": AMOUNTS, "export_gb": AMOUNTS,
    "import_gb": AMOUNTS, "stream_reads": AMOUNTS, "cdc_units": AMOUNTS, "transfer_gb": AMOUNTS,
    "hours_per_month": st.floats(1, 744),
    "free_tier": st.booleans(),
    "replica_regions": st.sampled_from([[], ["us-west-2"], ["eu-west-1", "us-west-2"]]),
}  # fmt: skip
RATES = {"reads_per_second": st.floats(0, 1e6), "writes_per_second": st.floats(0, 1e6)}
PEAKS = {"peak_reads_per_second": st.floats(1e6, 2e6), "peak_writes_per_second": st.floats(1e6, 2e6),
         "peak_hours_per_day": st.floats(0.5, 24)}  # fmt: skip
TARGET = {"target_utilization": st.floats(0.1, 1)}
MODES = st.one_of(
    st.fixed_dictionaries({"reads_per_month": AMOUNTS, "writes_per_month": AMOUNTS}, optional=ALWAYS),
    st.fixed_dictionaries(RATES | PEAKS, optional=ALWAYS),
    st.fixed_dictionaries({"capacity": st.just("provisioned")} | RATES | PEAKS, optional=ALWAYS | TARGET),
    st.fixed_dictionaries(
        {"capacity": st.just("provisioned"), "load": st.sampled_from(["diurnal", "spiky", "office_hours"])} | RATES,
        optional=ALWAYS | TARGET,
    ),
    st.fixed_dictionaries({"rcu": st.floats(1, 1e6), "wcu": st.floats(1, 1e6)}, optional=ALWAYS),
    st.fixed_dictionaries(
        {"reserved_rcu": st.integers(1, 10**6), "reserved_wcu": st.integers(1, 10**6),
         "reserved_term": st.sampled_from(["1yr", "3yr"])} | RATES,
        optional={name: values for name, values in ALWAYS.items() if name not in ("replica_regions", "table_class")},
    ),
)  # fmt: skip
QUANTITIES = ("_gb", "_month", "_second", "_units", "_bytes", "_hours_per_day", "rcu", "wcu", "stream_reads",
              "index_writes_per_write", "transactional_write_share")  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(MODES, st.data())
def test_any_bill_is_the_sum_of_its_lines_and_grows_with_every_quantity(usage, data):
    lines = bill(**usage)
    assert np.isfinite(lines[["quantity", "unit_price", "cost"]].to_numpy()).all()
    assert (lines["quantity"] > 0).all()
    assert (lines["cost"] >= 0).all()
    assert np.allclose(lines["cost"], lines["quantity"] * lines["unit_price"])
    grown = [name for name in usage if name.endswith(QUANTITIES)]
    field = data.draw(st.sampled_from(grown))
    limit = {"item_bytes": 409_600, "hours_per_month": 8784, "peak_hours_per_day": 24, "transactional_write_share": 1,
             "index_writes_per_write": 1000}.get(field, math.inf)  # fmt: skip
    more = usage | {field: min(usage[field] * 1.7 + 1, limit)}
    assert bill(**more)["cost"].sum() >= lines["cost"].sum() * (1 - 1e-12)


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(1, 3))
def test_on_demand_requests_are_proportional_to_the_load(reads, writes, times):
    once = total(reads_per_second=reads, writes_per_second=writes, item_bytes=3000)
    assert total(reads_per_second=reads * times, writes_per_second=writes * times, item_bytes=3000) == pytest.approx(
        once * times
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 50), st.floats(1, 5), st.sampled_from(["1yr", "3yr"]))
def test_capacity_that_is_always_used_is_cheaper_reserved(blocks, times, term):
    units = 100 * blocks
    provisioned = total(rcu=units * times, wcu=units * times)
    reserved = bill(rcu=units * times, wcu=units * times, reserved_rcu=units, reserved_wcu=units, reserved_term=term)
    months = {"1yr": 12, "3yr": 36}[term]
    fee = reserved["item"].str.endswith("upfront")
    assert reserved["cost"].where(~fee, reserved["cost"] / months).sum() < provisioned


def test_many_bills_are_the_single_bills():
    rng = np.random.default_rng(5)
    usages = pd.DataFrame({
        "capacity": rng.choice(["on_demand", "provisioned"], 60),
        "table_class": rng.choice(["standard", "standard_ia"], 60),
        "reads_per_second": rng.uniform(0, 1e4, 60),
        "writes_per_second": rng.uniform(0, 1e3, 60),
        "item_bytes": rng.uniform(0, 2e4, 60),
        "load": rng.choice(["", "diurnal", "office_hours"], 60),
        "target_utilization": rng.choice([0, 0.5, 0.7], 60),
        "storage_gb": rng.uniform(0, 1e3, 60),
        "free_tier": rng.choice([True, False], 60),
    })  # fmt: skip
    regions = rng.choice(["us-east-1", "eu-west-1", "ap-south-1"], 60)
    many = tco.price("dynamodb", usages, region=list(regions), as_of=AFTER_THE_CUT)
    totals = many.groupby("bill")["cost"].sum()
    for number, usage in enumerate(usages.to_dict("records")):
        alone = tco.price("dynamodb", usage, region=regions[number], as_of=AFTER_THE_CUT)["cost"].sum()
        assert totals[number] == pytest.approx(alone)


def test_items_on_a_bill_are_listed():
    usage = {"writes_per_month": 1, "replica_regions": ["us-west-2"], "storage_gb": 1, "index_writes_per_write": 1}
    cache = {"dax_nodes": 1, "dax_node_type": "dax.r5.large"}
    assert set(bill(**usage, **cache, transfer_gb=1)["item"]) <= set(tco.price_items("dynamodb"))


def test_a_provisioned_table_with_reserved_units_is_a_reserved_one():
    usage = {"rcu": 300, "wcu": 100, "reserved_rcu": 200, "reserved_term": "1yr"}
    assert bill(capacity="provisioned", **usage).equals(bill(capacity="reserved", **usage))


def test_what_is_stated_as_zero_is_not_missing():
    usage = {"capacity": "provisioned", "reads_per_second": 10}
    without = bill(**usage)
    assert bill(**usage, peak_reads_per_second=20, peak_hours_per_day=0).equals(without)
    assert bill(**usage, dax_node_type="dax.r5.large", dax_nodes=0).equals(without)


def test_stream_reads_are_free_for_both_table_classes_and_storage_is_not():
    usage = {"free_tier": True, "stream_reads": 2_500_000, "storage_gb": 25}
    assert bill(**usage).empty
    assert bill(**usage, table_class="standard_ia")["item"].tolist() == ["Table storage"]

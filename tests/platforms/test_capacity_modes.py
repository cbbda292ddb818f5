"""Provisioned capacity for a load, and where it crosses on-demand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.catalog.prices import price_book
from tco.errors import InputError, UnknownPrice
from tco.platforms.capacity_modes import hourly_capacity, on_demand_crossing, provisioned_units
from tco.platforms.load_shapes import LoadShape, load_shape

BEFORE_THE_CUT, AFTER_THE_CUT = date(2024, 6, 1), date(2025, 1, 1)


@pytest.mark.parametrize(
    ("rate", "target", "units"),
    [
        (80, 0.7, 114),  # the AWS pricing page: 80 / 0.70 = 114.3
        (200, 0.7, 286),  # 285.7
        (80.2, 1.0, 81),  # without headroom never below the rate
        (0.01, 0.7, 1),
        (0, 0.7, 0),
        (1000 * (0.7 * 0.5 + 0.3), 1.0, 650),  # 649.9999... and 650.0000...1 are both 650
    ],
)
def test_provisioned_units_are_whole(rate, target, units):
    assert provisioned_units(rate, target) == units


@given(st.floats(0, 1e7), st.floats(0.05, 1))
def test_capacity_carries_the_rate_and_keeps_to_the_target_within_one_unit(rate, target):
    units = float(provisioned_units(rate, target))
    assert units >= rate * (1 - 1e-8) - 1e-8
    assert units <= rate / target + 1
    assert units == int(units)


def test_capacity_follows_the_load_or_stays_at_its_peak():
    # nightly_batch: 20 hours at 0.4 and 4 hours at 4 times the mean; 100 units a second are 40 and 400
    shape = load_shape("nightly_batch")
    fixed = hourly_capacity(100, shape, "reads")
    assert fixed.tolist() == [400] * 24
    scaled = hourly_capacity(100, shape, "reads", 0.5)
    assert scaled.sum() == 20 * 80 + 4 * 800


def test_reads_and_writes_have_hours_of_their_own():
    shape = LoadShape("", "", None, reads=np.array([2.0, 0.0] * 12), writes=np.array([0.5, 1.5] * 12))
    assert hourly_capacity(100, shape, "reads").tolist() == [200] * 24
    assert hourly_capacity(100, shape, "writes", 0.5).tolist() == [100, 300] * 12
    assert shape.peak_to_mean == 2
    assert LoadShape("", "", None, reads=shape.writes, writes=shape.reads).peak_to_mean == 2


def test_a_table_in_use_never_has_less_than_a_unit():
    assert hourly_capacity(0.1, load_shape("diurnal"), "writes", 0.7).min() == 1


def test_crossing_in_us_east_1_by_hand():
    # a write unit costs 0.00065 an hour; 3,600 write requests cost 3600 x 0.625 / 1e6 = 0.00225: 0.2889
    after = on_demand_crossing("us-east-1", AFTER_THE_CUT)
    assert after.writes == pytest.approx(0.00065 / 0.00225)
    assert after.reads == pytest.approx(0.00013 / 0.00045)
    # before the cut of November 2024 a request cost twice as much and on-demand paid off half as long
    assert on_demand_crossing("us-east-1", BEFORE_THE_CUT).writes == pytest.approx(after.writes / 2)


def test_a_reservation_lowers_the_crossing():
    # reserved for a year: 0.000128 + 1.50 / 8760 = 0.00029923 an hour against 0.00225 on demand
    reserved = on_demand_crossing("us-east-1", AFTER_THE_CUT, reserved_term="1yr")
    assert reserved.writes == pytest.approx((0.000128 + 1.5 / 8760) / 0.00225)
    # for three: 0.000081 + 1.80 / (3 x 8760)
    longer = on_demand_crossing("us-east-1", AFTER_THE_CUT, reserved_term="3yr")
    assert longer.writes == pytest.approx((0.000081 + 1.8 / (3 * 8760)) / 0.00225)


def test_replicated_writes_cross_higher_before_the_cut():
    # rWCU 0.000975 against 3600 x 1.875 / 1e6 = 0.00675
    crossing = on_demand_crossing("us-east-1", BEFORE_THE_CUT, replicated=True)
    assert crossing.writes == pytest.approx(0.000975 / 0.00675)


def test_own_prices_move_the_crossing():
    # a million replicated writes at 1.25 instead of 0.625, and so half the utilisation; others as above
    source = {"title": "Worked case", "as_of": "2024-11-01", "kind": "judgement"}
    own = {"service": "AmazonDynamoDB", "region": "us-east-1", "item": "replicated_write_request_unit",
           "unit": "million requests", "price": 1.25, "source": source}  # fmt: skip
    book = price_book().with_prices([own], [], ())
    listed = on_demand_crossing("us-east-1", AFTER_THE_CUT, replicated=True)
    dear = on_demand_crossing("us-east-1", AFTER_THE_CUT, replicated=True, book=book)
    assert dear.writes == pytest.approx(listed.writes / 2)
    assert on_demand_crossing("us-east-1", AFTER_THE_CUT, book=book) == on_demand_crossing("us-east-1", AFTER_THE_CUT)


def test_the_crossing_is_where_the_two_bills_are_equal():
    crossing = on_demand_crossing("eu-west-1", AFTER_THE_CUT)
    capacity, hours = 1000.0, 730.0
    provisioned = capacity * hours * 0.000735
    on_demand = capacity * crossing.writes * 3600 * hours * 0.705 / 1e6
    assert on_demand == pytest.approx(provisioned)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"region": "us-east-9"}, UnknownPrice, "us-east-1"),
        ({"table_class": "standard_aa"}, InputError, "standard_ia"),
        ({"reserved_term": "2yr"}, InputError, "1yr"),
        ({"reserved_term": "1yr", "table_class": "standard_ia"}, InputError, "Standard class"),
        ({"reserved_term": "1yr", "replicated": True}, InputError, "one Region"),
    ],
)
def test_wrong_questions_are_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        on_demand_crossing(**{"region": "us-east-1", "as_of": AFTER_THE_CUT} | arguments)


def test_capacity_of_arrays():
    assert provisioned_units(np.array([[10.0, 20], [30, 40]]), 0.5).tolist() == [[20, 40], [60, 80]]

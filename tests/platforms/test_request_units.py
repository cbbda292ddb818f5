"""Units of single DynamoDB calls, after the examples of the AWS developer guide."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.errors import InputError
from tco.platforms.request_units import (
    MAX_ITEM_BYTES,
    READ_UNIT_BYTES,
    READS,
    WRITE_UNIT_BYTES,
    WRITES,
    dynamodb_units,
    mean_units,
    read_units,
    write_units,
)
from tco.resources import yaml_content

KB = 1024
sizes = st.integers(min_value=0, max_value=MAX_ITEM_BYTES)


PUBLISHED = yaml_content(Path(__file__).parents[1] / "cases" / "dynamodb_units.yaml")


@pytest.mark.parametrize("case", PUBLISHED, ids=[case["id"] for case in PUBLISHED])
def test_units_are_those_of_the_developer_guide(case):
    sizes = [size * KB for size in case["kb"]] if isinstance(case["kb"], list) else case["kb"] * KB
    one = dynamodb_units(case["operation"], sizes, case.get("consistency", "strong"), case.get("found", True))
    assert one * case.get("calls", 1) == case["units"]


@pytest.mark.parametrize(
    ("operation", "item_bytes", "consistency", "units"),
    [
        ("get", 8 * KB, "strong", 2),
        ("get", 8 * KB, "eventual", 1),
        ("get", 10 * KB, "strong", 3),  # rounded up to 12 KB
        ("get", 3 * KB, "eventual", 0.5),
        ("transact_get", 8 * KB, "strong", 4),
        ("transact_get", 8 * KB, "eventual", 4),  # transactions know one consistency
        ("batch_get", [1.5 * KB, 6.5 * KB], "strong", 3),  # 4 KB + 8 KB, not the sum of 8 KB
        ("query", [1.5 * KB, 6.5 * KB], "strong", 2),  # the sum of 8 KB
        ("query", 40.8 * KB, "strong", 11),  # rounded up to 44 KB
        ("query", 80 * KB, "eventual", 10),
        ("scan", 1024 * KB, "strong", 256),  # one full page
        ("scan", [], "eventual", 0.5),  # nothing to evaluate
        ("put", 500, "strong", 1),
        ("put", 0, "strong", 1),
        ("put", 2 * KB, "strong", 2),
        ("put", 2 * KB + 1, "strong", 3),
        ("update", 3 * KB, "eventual", 3),  # writes know no consistency
        ("delete", 3 * KB, "strong", 3),
        ("batch_write", [0.5 * KB, 3.5 * KB], "strong", 5),  # 1 + 4, not 4
        ("transact_write", 3 * KB, "strong", 6),
        ("transact_write", [500, 1500], "strong", 6),  # (1 + 2) x 2
        ("put", 400 * KB, "strong", 400),
    ],
)
def test_each_rounding_rule(operation, item_bytes, consistency, units):
    assert dynamodb_units(operation, item_bytes, consistency) == units


@pytest.mark.parametrize(
    ("operation", "consistency", "units"),
    [
        ("get", "strong", 1),
        ("get", "eventual", 0.5),
        ("query", "eventual", 0.5),
        ("transact_get", "strong", 2),
        ("delete", "strong", 1),
        ("put", "strong", 3),  # nothing was there: the put creates the item, which has its size
        ("update", "strong", 3),
    ],
)
def test_an_item_that_is_not_there(operation, consistency, units):
    assert dynamodb_units(operation, 3 * KB, consistency, found=False) == units


def test_each_missing_item_of_a_batch_costs_the_minimum():
    assert dynamodb_units("batch_get", [9 * KB, 9 * KB, 9 * KB], "eventual", found=False) == 1.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gett", 100), "did you mean 'get'"),
        (("putt", 100), "did you mean 'put'"),
        (("get", 100, "strongly"), "did you mean 'strong'"),
        (("get", -1), "0 or more"),
        (("get", math.nan), "0 or more"),
        (("get", math.inf), "0 or more"),
        (("get", "100"), "number of bytes"),
        (("get", True), "number of bytes"),
        (("get", None), "number of bytes"),
        (("get", [100, None]), "item_bytes.1"),
        (("put", 400 * KB + 1), "400 KB"),
        (("query", [400 * KB + 1]), "400 KB"),
        (("batch_write", []), "at least one item"),
        (("get", 100, "strong", 1), "True or False"),
    ],
)
def test_wrong_calls_say_what_would_be_right(arguments, said):
    with pytest.raises(InputError, match=said):
        dynamodb_units(*arguments)


@given(st.sampled_from([*READS, *WRITES]), st.lists(sizes, min_size=1, max_size=20), st.booleans())
def test_units_grow_with_every_item(operation, items, eventual):
    consistency = "eventual" if eventual else "strong"
    units = dynamodb_units(operation, items, consistency)
    larger = [min(size + 700, MAX_ITEM_BYTES) for size in items]
    assert dynamodb_units(operation, larger, consistency) >= units >= 0.5
    assert dynamodb_units(operation, [*items, 1], consistency) >= units


@given(st.lists(sizes, min_size=1, max_size=20))
def test_a_query_never_costs_more_than_the_gets_and_a_transaction_costs_twice_the_batch(items):
    assert dynamodb_units("query", items) <= dynamodb_units("batch_get", items)
    assert dynamodb_units("transact_get", items) == 2 * dynamodb_units("batch_get", items)
    assert dynamodb_units("batch_get", items, "eventual") == dynamodb_units("batch_get", items) / 2
    assert dynamodb_units("transact_write", items) == 2 * dynamodb_units("batch_write", items)


@given(sizes)
def test_arrays_count_as_single_calls(size):
    assert read_units(np.array([size]))[0] == dynamodb_units("get", size)
    assert write_units(np.array([size]))[0] == dynamodb_units("put", size)


def test_without_spread_the_mean_is_the_rounded_size():
    means = np.array([1.0, 1000, 1024, 1025, 5000, 100_000])
    assert mean_units(means, 0.0, WRITE_UNIT_BYTES).tolist() == [1, 1, 1, 2, 5, 98]
    assert mean_units(means, 0.0, READ_UNIT_BYTES).tolist() == [1, 1, 1, 1, 2, 25]


@pytest.mark.parametrize("spread", [0.2, 0.6, 1.0, 1.5])
@pytest.mark.parametrize("mean", [300, 1000, 5000, 40_000])
def test_the_mean_of_rounded_sizes_is_that_of_drawn_items(mean, spread):
    sigma = math.sqrt(math.log1p(spread**2))
    draws = np.random.default_rng(7).lognormal(math.log(mean) - sigma**2 / 2, sigma, 400_000)
    drawn = write_units(draws).mean()
    assert mean_units(mean, spread, WRITE_UNIT_BYTES) == pytest.approx(drawn, rel=0.01)


def test_mean_units_serve_draws_and_groups_at_once():
    groups = np.array([500.0, 1000, 4000])
    spreads = np.linspace(0.1, 1.4, 500)[:, None]
    table = mean_units(groups, spreads, WRITE_UNIT_BYTES)
    assert table.shape == (500, 3)
    for draw in (0, 250, 499):
        alone = mean_units(groups, spreads[draw], WRITE_UNIT_BYTES)
        assert table[draw] == pytest.approx(alone, rel=1e-3)


def test_draws_of_a_wide_spread_are_as_exact_as_single_ones():
    """A lognormal size has sigma**2 = ln(1 + spread**2); more than 64 spreads are read from a table up to sigma 2."""
    sigma = np.array([*np.linspace(0.05, 2.2, 70), 1.989, 1.991])
    spreads = np.sqrt(np.expm1(sigma**2))[:, None]
    groups = np.array([500.0, 1000, 4000])
    alone = np.concatenate([mean_units(groups, one[None], WRITE_UNIT_BYTES) for one in spreads])
    assert mean_units(groups, spreads, WRITE_UNIT_BYTES) == pytest.approx(alone, rel=1e-6)

"""The names that other people's code relies on."""

import tco

NAMES = [
    "InputError",
    "Ledger",
    "Scenario",
    "UnknownPrice",
    "calendar",
    "compare",
    "crossings",
    "crossings_by_draw",
    "dynamodb_units",
    "evaluate",
    "explain",
    "explore",
    "load_scenario",
    "monte_carlo",
    "one_at_a_time",
    "point",
    "price",
    "price_items",
    "read_upgrade_log",
    "replay",
    "results",
    "reversals",
    "saltelli",
    "sobol_indices",
    "sweep",
    "tornado",
    "two_way_map",
    "worth_of_knowing",
]


def test_the_public_names_are_these_and_sorted() -> None:
    assert tco.__all__ == NAMES == sorted(NAMES)


def test_every_public_name_leads_to_something_documented() -> None:
    for name in tco.__all__:
        assert getattr(tco, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(tco, "monte_carlos")
    assert set(tco.__all__) <= set(dir(tco))

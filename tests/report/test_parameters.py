"""Parameters arrive typed from Python and as text from `papermill -p`."""

from __future__ import annotations

from datetime import date

import pytest

from tco.errors import InputError
from tco.report.parameters import changes, day_text, own_size_first, whole_sizes


@pytest.mark.parametrize("value", [[100, 10, 10], "[10, 100]", "10,100", (10, 100)])
def test_fleet_sizes_come_ascending_and_once(value: object) -> None:
    assert whole_sizes(value) == [10, 100]


@pytest.mark.parametrize("value", ["ten", [1.5], [-1], [True], {"a": 1}, "[10", None])
def test_what_is_no_fleet_size_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="fleet_sizes"):
        whole_sizes(value)


def test_one_size_and_none_at_all_are_fleet_sizes() -> None:
    assert whole_sizes(7) == [7]
    assert whole_sizes([0]) == [0]
    assert whole_sizes("[]") == whole_sizes([]) == []


def test_the_size_of_the_scenario_comes_first_and_once() -> None:
    assert own_size_first(37, "[100, 10, 37]") == [37, 10, 100]
    assert own_size_first(37, []) == [37]


def test_changes_come_from_a_mapping_or_its_text() -> None:
    expected = {"labour.engineer_rate": 120}
    assert changes(expected) == changes("{labour.engineer_rate: 120}") == expected
    assert changes("") == changes(None) == {}
    with pytest.raises(InputError, match="set"):
        changes("[1, 2]")


def test_a_date_is_written_in_one_way() -> None:
    assert day_text("2026-11-23") == day_text(date(2026, 11, 23)) == "2026-11-23"
    assert len(day_text("")) == len("2026-11-23")
    with pytest.raises(InputError, match="today"):
        day_text("23.11.2026")

"""Parameters arrive typed from Python and as text from `papermill -p`."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner

from tco.cli import main
from tco.errors import InputError
from tco.report.parameters import changes, check_kind, day_text, own_size_first, whole_sizes


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


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("draws", None, "int"), ("draws", -1, "int"), ("draws", "many", "int"), ("draws", 1.5, "int"),
        ("seed", True, "int"), ("days", 2.5, "int"), ("growth", "x", "float"), ("growth", None, "float"),
        ("load", None, "str"), ("load", 5, "str"),
    ],
)  # fmt: skip
def test_a_parameter_is_of_the_kind_that_its_cell_states(name: str, value: object, kind: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: is a "):
        check_kind(name, value, kind)


def test_one_draw_is_no_distribution() -> None:
    with pytest.raises(InputError, match=r"^draws: one draw has no distribution: at least 2, or 0 "):
        check_kind("draws", 1, "int")


def test_what_a_cell_leaves_open_is_left_open() -> None:
    check_kind("draws", 0, "int")
    check_kind("days", -3, "int")
    check_kind("growth", 1, "float")
    check_kind("scenario", {"name": "own"}, "str")
    check_kind("today", date(2026, 11, 1), "str")
    check_kind("policies", None, "list[str]")


@pytest.mark.parametrize("day", ["0001-01-01", "2005-12-31", "9999-12-31"])
def test_a_day_that_no_report_can_have_is_refused(day: str) -> None:
    with pytest.raises(InputError, match=f"today: must be a day from 2006-01-01 to .*{day}"):
        day_text(day)
    for command in ("prices", "coverage", "lifecycle", "report quickstart"):
        done = CliRunner().invoke(main, [*command.split(), "--today", day])
        assert (done.exit_code, "today: must be a day from 2006-01-01" in done.stderr) == (1, True), command

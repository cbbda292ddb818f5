"""Parameters arrive typed from Python and as text from `papermill -p`."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import nbformat
import pytest
import yaml
from click.testing import CliRunner

import tco
from tco.cli import main
from tco.errors import InputError
from tco.report.notebook_run import known_parameters
from tco.report.parameters import (
    changes,
    check_kind,
    day_text,
    lists,
    numbers,
    own_size_first,
    packed,
    texts,
    whole_sizes,
)


@pytest.mark.parametrize("value", [[100, 10, 10], "[10, 100]", "10,100", (10, 100)])
def test_fleet_sizes_come_ascending_and_once(value: object) -> None:
    assert whole_sizes(value) == [10, 100]


@pytest.mark.parametrize("value", ["ten", [1.5], [-1], [True], {"a": 1}, "[10", None])
def test_what_is_no_fleet_size_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="fleet_sizes"):
        whole_sizes(value)


def test_lists_come_as_such_or_as_their_text() -> None:
    assert lists(freeze="2027-11..2028-01, 2028-12", before='[["a", "b"]]', files=("x",), policies="") == [
        ["2027-11..2028-01", "2028-12"], [["a", "b"]], ["x"], []]  # fmt: skip
    for value in (None, 3, 1e300, True, {"a": 1}, {"a"}):
        with pytest.raises(InputError, match="freeze: is a list, such as"):
            lists(files=["x"], freeze=value)


def test_texts_are_texts() -> None:
    assert texts(option=None, out="fleet.yaml") == ["", "fleet.yaml"]
    for value in (3, True, ["a"], {"a": 1}, 1e300):
        with pytest.raises(InputError, match="out: is a text"):
            texts(option="", out=value)


@pytest.mark.parametrize("value", [None, "", "1", True, [], float("nan"), float("inf"), -1e300, 10**30])
def test_what_is_no_number_is_told(value: object) -> None:
    assert numbers(growth=1.5, hours=0) == [1.5, 0]
    with pytest.raises(InputError, match="growth: is a number, up to"):
        numbers(hours=1, growth=value)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_papermill_knows_each_parameter_of_a_notebook(path: Path) -> None:
    """It does not know one whose kind stands on several lines."""
    notebook = nbformat.read(path, 4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    stated = [line.target.id for line in ast.parse(cell.source).body if isinstance(line, ast.AnnAssign)]
    assert stated == list(known_parameters(notebook, path.name))


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


def test_a_scenario_that_is_based_on_others_is_packed_whole(tmp_path: Path) -> None:
    """Texts stay texts, whatever they look like."""
    first = {"based_on": "quickstart", "set": {"name": "1e9", "description": "010", "months": 30}}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "first.yaml").write_text(yaml.safe_dump(first).replace("1e9", "'1e9'"), "utf-8")
    (tmp_path / "second.yaml").write_text("based_on: deep/first.yaml\nset: {fleet.orders.version: '8.0'}\n", "utf-8")
    parameters, texts = packed({"scenario": "second.yaml"}, [tmp_path])
    (tmp_path / "alone.yaml").write_text(texts[parameters["scenario"]], "utf-8")
    packed_whole, stated = (tco.load_scenario(tmp_path / name) for name in ("alone.yaml", "second.yaml"))
    assert packed_whole == stated
    assert (stated.name, stated.description, stated.fleet["orders"].version) == ("1e9", "010", "8.0")


def test_a_day_among_parameters_becomes_its_text() -> None:
    """As `-p start=2024-01-01` is read; a notebook keeps its parameters as JSON."""
    stated = {"start": date(2024, 1, 1), "created": [date(2025, 1, 1)], "set": {"prices_as_of": date(2026, 11, 1)}}
    plain, _ = packed(stated)
    assert plain == {"start": "2024-01-01", "created": ["2025-01-01"], "set": {"prices_as_of": "2026-11-01"}}

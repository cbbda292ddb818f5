"""The table of a fleet: what is typed in it is the scenario, and nothing that the scenario says gets lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from small_fleets import instance, saved

import tco
from tco.errors import InputError
from tco.exploring.scenario_files import as_mapping
from tco.inventory.editor import COLUMNS, table_of, with_table

PACKAGED = ("backup_metadata_store", "enterprise_mixed", "quickstart", "startup_small", "steady_high_throughput")


@pytest.fixture
def editor() -> Any:
    return tco.edit_fleet("quickstart")


def typed(editor: Any, row: int, column: str, text: str) -> str:
    """Type into a cell as the page does; what the page says then."""
    rows = [{**one, "cells": list(one["cells"])} for one in editor.rows]
    rows[row]["cells"][COLUMNS.index(column)] = text
    return sent(editor, {"ask": "check", "rows": rows})


def sent(editor: Any, content: dict[str, Any], *buffers: bytes) -> str:
    """Send a message as the page does; what the page says then."""
    editor._received(editor, content, list(buffers))
    return str(editor.message["text"])


@pytest.mark.parametrize("name", PACKAGED)
def test_a_table_that_nobody_changed_is_the_same_scenario(name: str) -> None:
    scenario = tco.load_scenario(name)
    document = as_mapping(scenario)
    assert tco.load_scenario(with_table(document, table_of(document), list(document["fleet"]))) == scenario


def test_hourly_loads_and_assumptions_of_groups_are_kept() -> None:
    changes = {
        "fleet.orders.workload.load": list(range(1, 25)),
        "fleet.orders.assumptions": {
            "upgrades.plan_hours": {"value": 8, "source": {"title": "ours", "as_of": "2026-11-01", "kind": "measured"}}
        },
    }
    scenario = tco.load_scenario("quickstart", changes)
    editor = tco.edit_fleet(scenario)
    typed(editor, 0, "clusters", "7")
    assert editor.scenario.fleet["orders"].workload == scenario.fleet["orders"].workload
    assert editor.scenario.fleet["orders"].assumptions == scenario.fleet["orders"].assumptions


def test_a_cell_changes_the_answer(editor: Any) -> None:
    before = editor.message["text"]
    after = typed(editor, 0, "clusters", "60")
    assert editor.scenario.fleet["orders"].clusters == 60
    assert after != before
    assert (
        tco.compare(tco.evaluate(editor.scenario)).npv.min()
        > tco.compare(tco.evaluate(tco.load_scenario("quickstart"))).npv.min()
    )


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("clusters", "six", "fleet.orders.clusters"),
        ("clusters", "", "fleet.orders.clusters: is missing"),
        ("version", "8.7", "8.4"),
        ("instance_class", "db.r6g.xlage", "db.r6g.xlarge"),
        ("environment", "prod", "production"),
        ("extended_support", "maybe", "fleet.orders.extended_support"),
        ("workload.item_bytes", "-1", "fleet.orders.workload.item_bytes"),
        ("group", "catalogue", "appears in two rows"),
        ("group", " ", "names no group"),
    ],
)
def test_a_faulty_cell_is_said_and_no_scenario_is_given(editor: Any, column: str, text: str, said: str) -> None:
    assert said in typed(editor, 0, column, text)
    with pytest.raises(InputError):
        _ = editor.scenario


def test_a_table_from_the_page_is_not_sent_back_to_it(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page may have gone on meanwhile; what Python sets, it has to be told."""
    told: list[str] = []
    monkeypatch.setattr(editor, "_send", lambda message, buffers=None: told.extend(message["state"]))
    typed(editor, 0, "clusters", "60")
    assert told == ["message"]
    editor.rows = editor.rows[:2]
    assert sorted(told[1:]) == ["message", "rows"]


def test_versions_stay_text_and_flags_are_read(editor: Any) -> None:
    typed(editor, 1, "version", "8.0")
    typed(editor, 1, "extended_support", "False")
    group = editor.scenario.fleet["catalogue"]
    assert (group.version, group.extended_support) == ("8.0", False)


def test_options_follow_a_renamed_group(editor: Any) -> None:
    typed(editor, 0, "group", "shop")
    options = editor.scenario.options
    assert options["right_sized"].groups["shop"].instance_class == "db.r6g.large"
    assert "orders" not in options["right_sized"].groups


def test_groups_are_added_and_removed(editor: Any) -> None:
    """A further row is a group of its own: what options say of the row that it was copied from is not its own."""
    editor.rows = [*editor.rows, {"before": "", "cells": ["staging_2", *editor.rows[4]["cells"][1:]]}]
    assert editor.scenario.fleet["staging_2"] == editor.scenario.fleet["staging"]
    assert "staging_2" not in editor.scenario.options["stay"].groups
    editor.rows = editor.rows[:1]
    assert list(editor.scenario.fleet) == ["orders"]
    assert set(editor.scenario.options["right_sized"].groups) == {"orders"}


def test_files_of_databases_take_the_place_of_the_fleet(editor: Any) -> None:
    content = json.dumps({"DBInstances": [instance("a"), instance("b", DBInstanceClass="db.r99.large")]}).encode()
    said = sent(editor, {"ask": "read", "names": ["../rds.json"]}, content)
    assert "1 refused" in said
    assert "b is refused" in said
    assert "db.r99.large" in said
    assert editor.scenario.fleet_size == 1


def test_files_without_a_usable_database_change_nothing(editor: Any) -> None:
    before = editor.table
    assert "stays as it was" in sent(editor, {"ask": "read", "names": ["x.json"]}, b'{"DBInstances": []}')
    assert sent(editor, {"ask": "read", "names": ["y.json"]}, b"{").startswith("y.json")
    assert editor.table.equals(before)


def test_a_fleet_without_a_usable_database_is_refused_with_the_reason(tmp_path: Path) -> None:
    files = {"rows.csv": "identifier,engine\norders,mysql\n", "none.json": '{"a": 1}'}
    fleets = {name: tco.read_fleet(saved(tmp_path, name, text)) for name, text in files.items()}
    with pytest.raises(InputError, match="no database could be used; the coverage says why"):
        tco.edit_fleet(fleets["rows.csv"])
    with pytest.raises(InputError, match="no database was found"):
        tco.edit_fleet(fleets["none.json"])


def test_what_is_saved_is_read_again(editor: Any, tmp_path: Path) -> None:
    typed(editor, 0, "clusters", "9")
    target = str(tmp_path / "ours.yaml")
    assert "ours.yaml" in sent(editor, {"ask": "save", "name": target})
    assert tco.load_scenario(target).fleet["orders"].clusters == 9
    assert "is there already" in sent(editor, {"ask": "save", "name": target})


def test_the_script_of_the_table_defines_the_constants_that_it_uses() -> None:
    """It shares a module with the explorer, whose other modules it does not have."""
    code = re.sub(r"//.*|\"[^\"]*\"|`[^`]*`", "", str(vars(tco.edit_fleet())["_trait_values"]["_esm"]))
    assert set(re.findall(r"\b[A-Z][A-Z_]+\b", code)) <= set(re.findall(r"const ([A-Z_]+) =", code))

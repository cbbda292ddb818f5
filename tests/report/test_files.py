"""Files of a report have safe names and are all there or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_scenarios import scenario

from tco.errors import InputError
from tco.report import report
from tco.report.files import LONGEST_NAME, reserved, safe_name, write_together


@given(st.text())
def test_any_name_becomes_one_plain_file_name(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= LONGEST_NAME
    assert all(letter.isalnum() or letter in "-_" for letter in safe)
    assert safe_name(safe) == safe


def test_ordinary_names_stay_as_they_are() -> None:
    assert safe_name("backup_metadata_store") == "backup_metadata_store"
    assert safe_name("日本 fleet") == "日本-fleet"


def test_files_are_written_whole_and_replace_older_ones(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "one"
    write_together(folder, {"a.csv": "old", "manifest.json": "old"})
    write_together(folder, {"a.csv": "new", "manifest.json": "new"})
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a.csv": "new", "manifest.json": "new"}


def test_after_an_error_nothing_is_there_that_was_not_before(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_together(tmp_path / "reports" / "one", {"a.csv": "text", "b.csv": 1})
    assert list(tmp_path.iterdir()) == []


def test_after_an_error_the_earlier_report_is_untouched(tmp_path: Path) -> None:
    write_together(tmp_path, {"a.csv": "old"})
    with pytest.raises(TypeError):
        write_together(tmp_path, {"a.csv": "new", "b.csv": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(InputError, match="cannot write reports"):
        write_together(tmp_path / "reports" / "one", {"a.csv": "text"})


def test_tables_that_an_older_report_left_are_removed(tmp_path: Path) -> None:
    write_together(
        tmp_path, {"gone.csv": "x", "a.csv": "x", "manifest.json": '{"files": {"gone.csv": "", "a.csv": ""}}'}
    )
    (tmp_path / "notes.txt").write_text("mine")
    write_together(tmp_path, {"a.csv": "y", "manifest.json": '{"files": {"a.csv": ""}}'})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "manifest.json", "notes.txt"]


def test_a_folder_takes_one_report_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "shop"
    with reserved(folder):
        with pytest.raises(InputError, match=r"another run is writing to .*shop"), reserved(folder):
            pytest.fail("it was taken twice")
        with pytest.raises(InputError, match="another run is writing to"):
            report(
                [scenario(name="shop")],
                fleet_sizes=[4],
                parameters={"draws": 0},
                out=tmp_path / "reports",
                progress=False,
            )
    assert not folder.exists()  # nothing came of it
    with reserved(folder):
        (folder / "page.html").write_text("made", "utf-8")
    assert [file.name for file in folder.iterdir()] == ["page.html"]

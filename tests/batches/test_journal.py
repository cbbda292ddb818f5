"""The journal says what is done, whatever a crash left of it."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_batches import plan_of

from tco.batches.journal import Journal, ReportResult, entry_line, read_journal

ROW = {"fleet_size": 10, "option": "stay", "npv_mean": 1 / 3, "payback_months": None}
MADE = ReportResult("a", "1" * 64, "made", files={"a.html": "2" * 64}, rows=(ROW,))
FAILED = ReportResult("b", "3" * 64, "failed", "cell 3 failed: Ä\nno", {"b.failed.ipynb": "4" * 64})
WHOLE = Journal("some", "2026-11-23", False, {"a": MADE, "b": FAILED})
TEXT = "\n".join(WHOLE.lines(["a", "b"])) + "\n"


def test_what_is_written_is_read_again() -> None:
    assert read_journal(TEXT.splitlines()) == WHOLE


def test_the_last_entry_of_a_report_holds() -> None:
    again = ReportResult("b", "5" * 64, "made")
    assert read_journal([*TEXT.splitlines(), entry_line(again)]).results["b"] == again


def test_nothing_that_differs_from_run_to_run_is_written() -> None:
    slow = ReportResult("a", "1" * 64, "made", seconds=12.5, stop="full")
    quick = ReportResult("a", "1" * 64, "made", seconds=0.5)
    assert entry_line(slow) == entry_line(quick)


@given(st.integers(0, len(TEXT.encode())))
def test_a_journal_cut_anywhere_loses_no_whole_line(length: int) -> None:
    cut = TEXT.encode()[:length].decode(errors="replace")
    whole = [name for name in ("a", "b") if entry_line(WHOLE.results[name]) in cut.split("\n")]
    assert list(read_journal(cut.splitlines()).results) == whole


def test_a_line_that_was_edited_is_passed_over_so_that_its_report_is_made_again() -> None:
    """Its numbers would be in the table of results, and in no report."""
    line = entry_line(MADE)
    read = read_journal([WHOLE.header, line.replace('"fleet_size":10', '"fleet_size":11')])
    assert (read.results, read.unread) == ({}, 1)
    assert read_journal([json.dumps(json.loads(line), indent=1).replace("\n", " ")]).results == {"a": MADE}


@pytest.mark.parametrize("line", ["null", "[]", "{}", '{"name": "x"}', "\x00\x00", '{"name": 1, "key": 2}'])
def test_a_line_that_says_nothing_is_passed_over(line: str) -> None:
    assert read_journal([line, ""]) == Journal("", unread=1)


def test_the_key_of_a_task_follows_its_inputs_and_nothing_else() -> None:
    plan = plan_of(parameters={"draws": 50, "seed": 7})
    first, second = plan.reports
    key = plan.task(first, "2026-11-23").key
    assert plan.task(first, "2026-11-23").key == key
    assert plan.task(first, "2026-11-24").key == key, "the day of the run is no input"
    others = [
        plan.task(second, "2026-11-23"),
        plan_of(parameters={"draws": 50, "seed": 8}).task(first, ""),
        plan_of(parameters={"draws": 51, "seed": 7}).task(first, ""),
        plan_of(parameters={"draws": 50, "seed": 7}, fleet_sizes=[10]).task(first, ""),
        plan_of(parameters={"draws": 50, "seed": 7}, keep_draws=True).task(first, ""),
        plan_of(parameters={"draws": 50, "seed": 7}, set={"months": 36}).task(first, ""),
    ]
    keys = [key, *(task.key for task in others)]
    assert len(set(keys)) == len(keys)


def test_a_day_that_was_asked_for_is_an_input() -> None:
    plan = plan_of()
    task = plan.task(plan.reports[0], "")
    keys = set()
    for day in ("2026-11-23", "2026-11-24"):
        dated = plan_of(today=date.fromisoformat(day))
        keys.add(dated.task(dated.reports[0], "").key)
        assert dated.task(dated.reports[0], "").parameters["today"] == day
    assert len({task.key, *keys}) == 3


def test_entries_are_one_json_object_a_line() -> None:
    assert all(isinstance(json.loads(line), dict) for line in TEXT.splitlines())
    assert "\n" not in entry_line(FAILED)


@pytest.mark.parametrize(
    "line", ["5", "null", '"batch"', "[]", '["batch"]', "true", '{"name": []}', '{"batch": 1}', "[" * 100_000]
)
def test_a_line_of_another_type_is_passed_over(line: str) -> None:
    written = Journal("fleets", "2026-11-01", results={"one": ReportResult("one", "key", "made")})
    read = read_journal([line, *written.lines(["one"]), line])
    assert read.results == written.results
    assert read.unread == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 7}, {"key": None}, {"status": "done"}, {"files": {"a": 5}}, {"files": ["a"]}, {"rows": "x"},
        {"rows": ["x"]}, {"rows": [{"option": "stay"}]}, {"rows": [{"fleet_size": 10}]},
        {"rows": [{"option": "stay", "fleet_size": "ten"}]},
        {"rows": [{"option": "stay", "fleet_size": 10, "npv_point": [1]}]},
        {"rows": [{"option": "stay", "fleet_size": 10, "npv_point": math.nan}]},
    ],
)  # fmt: skip
def test_a_report_that_is_told_in_another_way_counts_for_nothing(changes: dict[str, Any]) -> None:
    line = json.loads(entry_line(ReportResult("one", "key", "made", files={"a": "b"}, rows=(ROW,))))
    assert read_journal([json.dumps(line)]).results["one"].rows == (ROW,)
    read = read_journal([json.dumps(line | changes)])
    assert (read.results, read.unread) == ({}, 1)

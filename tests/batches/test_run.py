"""A batch that is stopped at any moment goes on with the same command, and ends as one that ran through."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from process_table import started
from small_batches import Pretending, contents, plan_of

from tco.batches import LocalFolder
from tco.batches.journal import BatchResult
from tco.batches.progress import Progress, TextProgress, print_json, summary_lines
from tco.batches.run import run_batch
from tco.errors import InputError

RATES = [60, 80, 100, 120, 140]
SWEEP = {"labour.engineer_rate": RATES}
NAMES = [f"quickstart__engineer_rate-{rate}" for rate in RATES]


class Killed(BaseException):
    """Ends a run as nothing in it can catch."""


def after(count: int) -> Callable[[str], None]:
    """Ends the run after so many reports."""
    seen: list[str] = []

    def count_down(name: str) -> None:
        seen.append(name)
        if len(seen) == count:
            raise Killed

    return count_down


def made(folder: Path, executor: Pretending | None = None, today: str = "2026-11-23", **options: Any) -> BatchResult:
    fresh = options.pop("fresh", False)
    plan = plan_of(sweep=options.pop("sweep", SWEEP), **options)
    return run_batch(
        plan,
        LocalFolder(folder),
        executor or Pretending(),
        TextProgress(StringIO(), quiet=True),
        today=today,
        fresh=fresh,
    )


def test_a_whole_run_leaves_reports_page_results_and_journal(tmp_path: Path) -> None:
    finished = made(tmp_path / "out")
    assert (finished.made, finished.kept, finished.failures, finished.whole) == (5, 0, {}, True)
    files = contents(tmp_path / "out")
    reports = {f"{name}/{file}" for name in NAMES for file in (f"{name}.html", "manifest.json")}
    assert set(files) == {*reports, "index.html", "results.csv", "results.parquet", "journal.jsonl"}


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_run_that_is_stopped_goes_on_and_ends_as_one_that_ran_through(tmp_path: Path, count: int) -> None:
    made(tmp_path / "whole")
    with pytest.raises(Killed):
        made(tmp_path / "stopped", Pretending(after=after(count)))
    again = Pretending()
    finished = made(tmp_path / "stopped", again)
    assert again.made == NAMES[count:]
    assert (finished.made, finished.kept) == (5 - count, count)
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


def test_a_run_that_is_stopped_keeps_its_day(tmp_path: Path) -> None:
    made(tmp_path / "whole")
    with pytest.raises(Killed):
        made(tmp_path / "stopped", Pretending(after=after(2)))
    made(tmp_path / "stopped", today="")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


def test_a_run_that_ended_is_done(tmp_path: Path) -> None:
    made(tmp_path)
    before = contents(tmp_path)
    again = Pretending()
    finished = made(tmp_path, again)
    assert (again.made, finished.made, finished.kept) == ([], 0, 5)
    assert contents(tmp_path) == before


def test_fresh_makes_every_report_again(tmp_path: Path) -> None:
    made(tmp_path)
    again = Pretending()
    made(tmp_path, again, fresh=True)
    assert again.made == NAMES


@pytest.mark.parametrize("harm", ["gone", "changed", "folder gone"])
def test_a_report_whose_files_are_lost_is_made_again(tmp_path: Path, harm: str) -> None:
    made(tmp_path)
    before = contents(tmp_path)
    page = tmp_path / NAMES[2] / f"{NAMES[2]}.html"
    if harm == "changed":
        page.write_text("half of a pa")
    else:
        page.unlink()
    if harm == "folder gone":
        (page.parent / "manifest.json").unlink()
        page.parent.rmdir()
    again = Pretending()
    made(tmp_path, again)
    assert again.made == [NAMES[2]]
    assert contents(tmp_path) == before


def test_a_changed_input_makes_its_reports_again_and_no_others(tmp_path: Path) -> None:
    made(tmp_path)
    again = Pretending()
    made(tmp_path, again, sweep={"labour.engineer_rate": [*RATES, 160]})
    assert again.made == ["quickstart__engineer_rate-160"]
    again = Pretending()
    made(tmp_path, again, parameters={"seed": 1})
    assert again.made == NAMES


def test_a_failure_is_listed_and_the_others_are_made(tmp_path: Path) -> None:
    finished = made(tmp_path, Pretending({NAMES[1]: "cell 3 failed: no"}))
    assert finished.failures == {NAMES[1]: "cell 3 failed: no"}
    assert (finished.made, finished.whole) == (4, False)
    assert (tmp_path / f"{NAMES[1]}.failed.ipynb").exists()
    assert not (tmp_path / NAMES[1]).exists()
    page = (tmp_path / "index.html").read_text("utf-8")
    assert f'href="{NAMES[1]}.failed.ipynb"' in page
    assert "cell 3 failed: no" in page


def test_what_failed_is_tried_again_and_its_partial_notebook_goes(tmp_path: Path) -> None:
    made(tmp_path / "whole")
    made(tmp_path / "mended", Pretending({NAMES[1]: "no"}))
    again = Pretending()
    assert made(tmp_path / "mended", again).whole
    assert again.made == [NAMES[1]]
    assert contents(tmp_path / "mended") == contents(tmp_path / "whole")


def test_where_nothing_more_can_be_written_the_run_stops_at_once(tmp_path: Path) -> None:
    finished = made(tmp_path, Pretending(stop="No space left on device"))
    assert (finished.made, finished.stopped, finished.whole) == (0, "No space left on device", False)
    assert not (tmp_path / "index.html").exists()
    assert made(tmp_path).whole


def test_a_wrong_input_touches_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean"):
        made(tmp_path / "out", sweep={"labour.enginer_rate": [1]})
    assert list(tmp_path.iterdir()) == []


def test_a_combination_that_cannot_be_priced_is_found_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in Region 'eu-central-1'"):
        made(tmp_path / "out", scenarios=["startup_small"], sweep={"fleet.*.region": ["us-east-1", "eu-central-1"]})
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_interrupted_leaves_nothing_unfinished(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)

    def interrupted() -> None:
        with folder.opened():
            (folder.staging() / "half").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    made(tmp_path / "whole")
    rest = tmp_path / "killed" / ".unfinished" / ".writing-abc"
    rest.mkdir(parents=True)
    (rest / "half.html").write_text("half")
    made(tmp_path / "killed")
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert not rest.parent.exists()


HOLDING = """
import sys
from pathlib import Path
from tco.batches import LocalFolder
with LocalFolder(Path(sys.argv[1])).opened():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    with started(
        [sys.executable, "-c", HOLDING, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another run is writing to"):
            made(tmp_path)
    assert made(tmp_path).whole


def test_a_line_goes_below_what_a_crash_left_of_another(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    folder.append_to_journal("whole")
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write("hal")
    folder.append_to_journal("next")
    assert folder.read_journal() == ["whole", "hal", "next"]


def told(progress: Progress, tmp_path: Path, executor: Pretending) -> None:
    run_batch(plan_of(sweep=SWEEP), LocalFolder(tmp_path), executor, progress, today="2026-11-23")


def test_lines_that_no_run_has_written_are_told_and_the_folder_stays_of_use(tmp_path: Path) -> None:
    made(tmp_path)
    whole = contents(tmp_path)
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write(f'null\n{{"report": 7}}\n"x"\n{{"name": "{NAMES[0]}", "rows": [7]}}\n')
    shown = StringIO()
    finished = run_batch(
        plan_of(sweep=SWEEP), LocalFolder(tmp_path), Pretending(), TextProgress(shown), today="2026-11-23"
    )
    assert (finished.made, finished.kept) == (0, 5)
    assert "4 lines of journal.jsonl cannot be read and counted for nothing\n" in shown.getvalue()
    assert contents(tmp_path) == whole


def test_lines_say_where_the_batch_is(tmp_path: Path) -> None:
    text = StringIO()
    told(TextProgress(text), tmp_path, Pretending({NAMES[4]: "cell 3 failed: no\n  and why"}))
    lines = text.getvalue().splitlines()
    assert lines[0] == "5 reports"
    assert lines[1].startswith(f"[1/5] {NAMES[0]}: done in 0.0 s, ")
    assert lines[1].endswith(" left")
    assert lines[5].startswith(f"[5/5] {NAMES[4]}: failed (cell 3 failed: no) in")
    assert lines[6:8] == [f"{NAMES[4]}: cell 3 failed: no", "  and why"]
    assert lines[8].startswith("4 reports made in ")
    assert lines[8].endswith(", 1 failed")


def test_events_are_json_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(print_json, tmp_path, Pretending({NAMES[4]: "no"}))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0] == {"event": "planned", "reports": 5, "to_make": 5}
    assert events[1:3] == [
        {"event": "started", "name": NAMES[0]},
        {"event": "finished", "name": NAMES[0], "seconds": 0},
    ]
    assert events[-2]["event"] == "failed"
    assert events[-2]["reason"] == "no"
    assert {key: events[-1][key] for key in ("event", "made", "kept", "failures", "stopped")} == {
        "event": "summary",
        "made": 4,
        "kept": 0,
        "failures": [{"name": NAMES[4], "reason": "no"}],
        "stopped": "",
    }


def test_reports_of_combinations_that_are_no_more_are_named_and_left(tmp_path: Path) -> None:
    """Whether anything is made or not; the index and the results do not list them, and nobody fails for it."""
    made(tmp_path, sweep={"labour.engineer_rate": RATES})
    (tmp_path / "notes").mkdir()  # no report: it has no manifest
    before = contents(tmp_path)
    for executor in (Pretending(), Pretending()):
        text = StringIO()
        fewer = plan_of(sweep={"labour.engineer_rate": RATES[:2]})
        finished = run_batch(fewer, LocalFolder(tmp_path), executor, TextProgress(text), today="2026-11-23")
        assert finished.others == tuple(sorted(NAMES[2:]))
        assert finished.whole
        assert f"not in this batch, left unchanged: 3 reports ({', '.join(sorted(NAMES[2:]))})" in text.getvalue()
    after = contents(tmp_path)
    for name in NAMES[2:]:
        assert after[f"{name}/{name}.html"] == before[f"{name}/{name}.html"]
        assert name not in after["index.html"].decode() + after["results.csv"].decode()
    assert made(tmp_path).others == ()


def test_other_reports_are_told_to_programs_and_beyond_a_few_only_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path, sweep={"labour.engineer_rate": list(range(60, 68))})
    told(print_json, tmp_path, Pretending())
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["others"] == [f"quickstart__engineer_rate-{rate}" for rate in range(61, 68)]
    line, _ = summary_lines(summary)
    assert line.endswith("7 reports (" + ", ".join(summary["others"][:5]) + " and 2 more)")


def test_quiet_says_what_failed_alone(tmp_path: Path) -> None:
    text = StringIO()
    told(TextProgress(text, quiet=True), tmp_path, Pretending({NAMES[4]: "no"}))
    assert text.getvalue() == f"{NAMES[4]}: no\n"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_how_many_are_done(tmp_path: Path) -> None:
    text = Terminal()
    told(TextProgress(text), tmp_path, Pretending())
    assert "5/5" in text.getvalue()
    assert "reports/s" in text.getvalue()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    longer_than_names_may_be = "x" * 300
    with pytest.raises(InputError, match="cannot write reports to"):
        made(tmp_path / longer_than_names_may_be)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot write reports to"):
        made(tmp_path / "out")


def test_a_folder_stays_where_it_was_when_the_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = LocalFolder(Path("out"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    folder.write_file("page.html", b"page")
    assert (tmp_path / "out" / "page.html").read_bytes() == b"page"
    assert folder.place == "out"

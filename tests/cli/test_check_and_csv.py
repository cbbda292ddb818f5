"""`tco check` of batch files, and cells of CSV files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

from tco.cli import main
from tco.report.outputs import as_csv


def batch(folder: Path, **changes: object) -> str:
    (folder / "small.yaml").write_text(yaml.safe_dump(scenario()), "utf-8")
    content = {"name": "some", "scenarios": ["small.yaml"], "fleet_sizes": [4], "parameters": {"draws": 0}, **changes}
    (folder / "batch.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return str(folder / "batch.yaml")


def test_a_batch_is_checked_in_every_combination(tmp_path: Path) -> None:
    sweep = {"fleet.shop.instance_class": ["db.r6g.large", "db.r6g.xlarge"], "months": [12, 24]}
    done = CliRunner().invoke(main, ["check", batch(tmp_path, sweep=sweep)])
    assert done.exit_code == 0, done.stderr
    assert "batch.yaml: good (4 reports, each combination evaluated)" in done.stdout


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep": {"fleet.shop.instance_class": ["db.r6g.large", "db.r6g.lagre"]}}, "did you mean 'db.r6g.large'"),
        ({"sweep": {"fleet.shop.clusters": [1, -1]}}, "fleet.shop.clusters"),
        ({"parameters": {"drws": 0}}, "drws"),
        ({"scenarios": ["missing.yaml"]}, "missing.yaml"),
        ({"sceanrios": []}, "did you mean 'scenarios'"),
    ],
)
def test_a_fault_of_one_combination_is_told(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    done = CliRunner().invoke(main, ["check", batch(tmp_path, **changes)])
    assert done.exit_code == 1
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_warnings_of_all_combinations_are_told_once_and_the_first_ten_of_a_kind(tmp_path: Path) -> None:
    loads = [20_000 + step for step in range(0, 1_200, 100)]
    sweep = {"fleet.shop.workload.reads_per_second": loads, "labour.engineer_rate": [80, 120]}
    done = CliRunner().invoke(main, ["check", batch(tmp_path, sweep=sweep)], env={"COLUMNS": "1000"})
    assert done.exit_code == 0
    told = done.stderr.splitlines()
    assert len(told) == len(set(told)) == 11
    assert "small.yaml: warning: fleet.shop.workload: the busiest hour of a cluster takes" in told[0]
    assert told[-1] == "small.yaml: warning: and 2 more like these, of other combinations"


@pytest.mark.parametrize("stated", [{"what_ifs": {"none": {}}}, {"plan": {"before": [["shop", "shpo"]]}}])
def test_what_no_report_can_be_made_of_is_told_by_the_check_of_a_batch(
    tmp_path: Path, stated: dict[str, object]
) -> None:
    file = batch(tmp_path)
    (tmp_path / "small.yaml").write_text(yaml.safe_dump({**scenario(), **stated}), "utf-8")
    for source in (file, str(tmp_path / "small.yaml")):
        done = CliRunner().invoke(main, ["check", source])
        assert done.exit_code == 1
        assert next(iter(stated)) in done.stderr


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("command", ["compare", "ledger"])
def test_a_name_that_is_a_formula_is_text_in_a_csv(tmp_path: Path, command: str, name: str) -> None:
    file = tmp_path / "small.yaml"
    options = {name: STAY, "dynamodb": DYNAMODB}
    raw = scenario(fleet={name: group()}, options=options, reference=name)
    file.write_text(yaml.safe_dump(raw), "utf-8")
    done = CliRunner().invoke(main, [command, str(file), "--format", "csv"])
    assert done.exit_code == 0, done.stderr
    cells = {cell for row in csv.reader(io.StringIO(done.stdout)) for cell in row}
    assert f"'{name}" in cells
    texts = [cell for cell in cells if cell[:1] in "=+@" and cell]
    assert texts == []


def test_tables_of_a_report_hold_no_formulas() -> None:
    written = as_csv({"columns": ["option", "=a"], "rows": [["=1+1", -2.5], ["plain", None]]})
    assert written == "option,'=a\n'=1+1,-2.5\nplain,\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unbuffered", "words"),
    [
        ("", ("ledger", "startup_small")),
        ("1", ("ledger", "startup_small")),  # as in many containers
        ("", ("ledger", "startup_small", "--out", "out")),
        ("", ("plan", "startup_small", "--ics", "out")),
        ("", ("workbook", "startup_small", "--out", "out")),
    ],
    ids=["printed", "printed unbuffered", "file", "calendar file", "workbook"],
)
def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path: Path, unbuffered: str, words: tuple[str, ...]) -> None:
    """No file may be longer than 2,048 bytes, as if the disk had no more room."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)); import tco.cli; tco.cli.main()"
    environment, folder = {**os.environ, "PYTHONUNBUFFERED": unbuffered}, tmp_path / "work"
    folder.mkdir()
    with (tmp_path / "printed" if len(words) == 2 else Path(os.devnull)).open("wb") as printed:
        done = subprocess.run(
            [sys.executable, "-c", limited, *words],
            stdout=printed, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment, check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "File too large" in done.stderr
    assert list(folder.iterdir()) == []


def test_what_is_no_file_is_written_to_and_links_stay(tmp_path: Path) -> None:
    pipe, link, file = tmp_path / "pipe", tmp_path / "link.csv", tmp_path / "file.csv"
    os.mkfifo(pipe)
    link.symlink_to(file)
    line = ["ledger", "startup_small", "--set", "months=1", "--out"]
    with ThreadPoolExecutor(1) as threads:
        read = threads.submit(pipe.read_text)
        assert CliRunner().invoke(main, [*line, str(pipe)]).exit_code == 0
        piped = read.result(60)
    assert pipe.is_fifo()
    assert CliRunner().invoke(main, [*line, str(link)]).exit_code == 0
    assert link.is_symlink()
    assert file.read_text("utf-8") == piped
    assert {*tmp_path.iterdir()} == {pipe, link, file}


def test_a_calendar_without_events_is_a_heading_in_a_csv() -> None:
    asked = "calendar --engine mysql --version 8.4 --from 2025-01-01 --to 2025-02-01 --policy newest --format csv"
    done = CliRunner().invoke(main, asked.split())
    assert (done.exit_code, done.stdout) == (0, "date,from_version,to_version,path,reason,projected\n")

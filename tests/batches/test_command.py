"""`tco report` on a batch as a user runs it: killed, interrupted, out of room, with notebooks that misbehave."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from small_batches import contents

import tco
from tco.batches.progress import counted
from tco.cli import main

REPORTS = 6
PATIENCE = 300.0
"""Seconds after which something that should happen has not happened."""
MARK = "TCO_TEST_MARK"
BODY = "if n == 99:\n    raise RuntimeError('no')\nprint('report', n)"


class Command:
    """`tco report` of an installed wheel; its processes are told from all others by a mark in their environment."""

    def __init__(self, *words: str, installed: Path, folder: Path, **options: Any):
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tco", "report", *words],
            cwd=folder,
            env={**os.environ, MARK: self.mark, "PYTHONPATH": str(installed)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def ended(self) -> tuple[int, str, str]:
        """Exit code, output and messages, once it has ended."""
        output, messages = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, messages

    def is_gone(self) -> None:
        """Wait until none of its processes is left."""
        until(lambda: not self.left(), "its processes to end")

    def left(self) -> list[int]:
        """Its processes that are still there."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and f"{MARK}={self.mark}" in (folder / "environ").read_text(errors="replace"):
                    found.append(int(folder.name))
            except OSError:  # it has just ended
                continue
        return found


def until(condition: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def done(out: Path) -> int:
    """How many reports the journal lists."""
    try:
        return (out / "journal.jsonl").read_text("utf-8").count('"status":"made"')
    except FileNotFoundError:
        return 0


@pytest.fixture
def batch(tmp_path: Path, notebook: Callable[..., Path]) -> Path:
    """A batch of reports that take no time."""
    notebook(BODY)
    return written(tmp_path / "batch.yaml", list(range(REPORTS)))


def written(path: Path, numbers: list[int], **fields: Any) -> Path:
    sweep = {"parameters.n": numbers}
    described = {"name": "counted", "scenarios": ["quickstart"], "notebooks": ["small.ipynb"], "sweep": sweep, **fields}
    path.write_text(yaml.safe_dump(described), "utf-8")
    return path


@pytest.fixture(scope="session")
def start(installed: Path) -> Callable[..., Command]:
    """Starts `tco report` with these words."""
    return partial(Command, installed=installed)


def whole_run(batch: Path, start: Callable[..., Command], out: str = "whole") -> dict[str, bytes]:
    """The files of a run that nothing disturbed."""
    code, output, messages = start(str(batch), "--out", out, "--today", "2026-11-23", folder=batch.parent).ended()
    assert code == 0, messages
    assert output == f"{out}/index.html\n"
    return contents(batch.parent / out)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_batch_that_is_killed_and_interrupted_goes_on_and_ends_as_if_nothing_had_happened(
    batch: Path, notebook: Callable[..., Path], start: Callable[..., Command]
) -> None:
    """Each report waits until a file of its number is there, so that the batch stands still where it is stopped."""
    gates = batch.parent / "gates"
    gates.mkdir()
    notebook(
        f"import pathlib, time\nwhile not pathlib.Path({str(gates)!r}, str(n)).exists():\n  time.sleep(0.01)", BODY
    )

    def begun(*numbers: int) -> Command:
        """The batch, once exactly these reports are made and two others wait."""
        for gate in gates.iterdir():
            gate.unlink()
        for number in numbers:
            (gates / str(number)).touch()
        command = start(*words, folder=batch.parent)
        until(lambda: done(out) == len(numbers) or command.process.poll() is not None, f"{len(numbers)} reports")
        return command

    out = batch.parent / "broken"
    words = (str(batch), "--out", "broken", "--today", "2026-11-23")
    command = begun(0, 1)
    command.process.send_signal(signal.SIGKILL)
    assert command.ended()[0] == -signal.SIGKILL
    command.is_gone()
    command = begun(*range(4))
    command.process.send_signal(signal.SIGINT)
    code, _, messages = command.ended()
    assert code == 130, messages
    assert "the same command goes on from here" in messages
    command.is_gone()
    assert done(out) == 4
    command = begun(*range(5))
    command.process.send_signal(signal.SIGTERM)
    assert command.ended()[0] == 128 + signal.SIGTERM
    command.is_gone()
    assert not (out / ".unfinished").exists()
    code, _, messages = begun(*range(REPORTS)).ended()
    assert code == 0, messages
    assert f"{counted(REPORTS - 5)} made" in messages
    assert contents(out) == whole_run(batch, start)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_where_there_is_no_room_the_batch_stops_and_goes_on_once_there_is(
    batch: Path, start: Callable[..., Command]
) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # a page is larger

    out = batch.parent / "whole"
    words = (str(batch), "--out", "whole", "--today", "2026-11-23")
    code, output, messages = start(*words, folder=batch.parent, preexec_fn=little_room).ended()
    assert (code, output) == (1, "")
    assert "File too large" in messages
    assert "the same command goes on from here" in messages
    assert set(contents(out)) <= {"journal.jsonl"}
    files = whole_run(batch, start)
    assert sum(name.endswith(".html") for name in files) == REPORTS + 1


HOSTILE = {
    1: ("import os; os._exit(3)", "cell 2 of 3 ended its process with exit code 3"),
    2: ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "cell 2 of 3 was ended by SIGSEGV"),
    3: ("while True: pass", "cell 2 took longer than 2 s"),
    4: ("1 / 0", "cell 2 failed: ZeroDivisionError: division by zero"),
    5: ("import warnings; warnings.warn('careful')", "cell 2 printed a warning"),
    6: ("import tco; tco.load_scenario('quikstart')", "did you mean 'quickstart'"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_reports_that_fail_are_listed_with_their_reason_and_the_others_are_made(
    tmp_path: Path, notebook: Callable[..., Path], start: Callable[..., Command]
) -> None:
    cases = "\n".join(f"if n == {number}:\n    {source}" for number, (source, _) in HOSTILE.items())
    notebook(cases, "print('the end')")
    numbers = [0, *HOSTILE, 7]
    batch = written(tmp_path / "batch.yaml", numbers, timeout=2)
    code, output, messages = start(str(batch), "--json", "--out", "out", "--jobs", "2", folder=tmp_path).ended()
    assert (code, messages) == (1, "")
    events = [json.loads(line) for line in output.splitlines()]
    assert [event["event"] for event in (events[0], events[-1])] == ["planned", "summary"]
    failures = {failure["name"]: failure["reason"] for failure in events[-1]["failures"]}
    assert set(failures) == {f"quickstart__n-{number}" for number in HOSTILE}
    for number, (_, reason) in HOSTILE.items():
        name = f"quickstart__n-{number}"
        assert reason in failures[name]
        kept = nbformat.read(tmp_path / "out" / f"{name}.failed.ipynb", as_version=4)
        said = str([cell.outputs for cell in kept.cells if cell.cell_type == "code"])
        assert "the end" not in said or number == 5
        assert not (tmp_path / "out" / name).exists()
    assert {f"quickstart__n-{number}" for number in (0, 7)} < {path.name for path in (tmp_path / "out").iterdir()}


@pytest.fixture(scope="session")
def rates(tmp_path_factory: pytest.TempPathFactory, start: Callable[..., Command]) -> Path:
    """The packaged batch on engineers' rates, with few draws, for the fleet as written and one further size."""
    folder = tmp_path_factory.mktemp("rates")
    words = ("engineer_rates", "--draws", "64", "--fleet-sizes", "10", "--quiet", "--today", "2026-11-23")
    code, output, messages = start(*words, folder=folder).ended()
    assert (code, messages) == (0, "")
    assert output == "reports/engineer_rates/index.html\n"
    return folder / "reports" / "engineer_rates"


@pytest.mark.slow
def test_the_results_are_what_evaluating_gives(rates: Path) -> None:
    results = pd.read_csv(rates / "results.csv")
    assert results["labour.engineer_rate"].unique().tolist() == [80, 120, 160]
    for (rate, size), found in results.groupby(["labour.engineer_rate", "fleet_size"]):
        scenario = tco.load_scenario("quickstart", set={"labour.engineer_rate": rate}, fleet_size=size)
        ledger = tco.evaluate(scenario, tco.monte_carlo(scenario, 64, 7))
        expected = tco.results(ledger).set_index("option")
        for row in found.to_dict("records"):
            assert row["npv_mean"] == pytest.approx(expected.loc[row["option"], "mean"], rel=1e-12)
            assert row["npv_p90"] == pytest.approx(expected.loc[row["option"], "p90"], rel=1e-12)
        assert found["probability_cheapest"].sum() == pytest.approx(1)
        assert found.query("option == 'stay'")["difference_point"].tolist() == [0]


@pytest.mark.slow
def test_the_draws_are_told_instead_of_kept(rates: Path) -> None:
    manifest = json.loads((rates / "quickstart__engineer_rate-80" / "manifest.json").read_text("utf-8"))
    assert "design.csv.gz" not in manifest["files"]
    assert manifest["swept"] == {"labour.engineer_rate": 80}
    recipe = manifest["draws"]
    assert recipe["method"] == "tco.monte_carlo"
    scenario = tco.load_scenario("quickstart", set=recipe["set"], fleet_size=10)
    again = tco.results(tco.evaluate(scenario, tco.monte_carlo(scenario, recipe["draws"], recipe["seed"])))
    written = rates / "quickstart__engineer_rate-80" / "tables" / "uncertainty.csv"
    with written.open(encoding="utf-8", newline="") as lines:
        means = [float(row["mean"]) for row in csv.DictReader(lines) if row["fleet_size"] == "10"]
    assert means == pytest.approx(again["mean"].tolist(), rel=1e-12)


def refusal(*words: str) -> str:
    ran = CliRunner().invoke(main, ["report", *words])
    assert ran.exit_code in (1, 2)
    assert ran.stdout == ""
    return ran.stderr


def test_a_batch_and_a_scenario_do_not_go_together() -> None:
    assert "name one batch file, or scenarios" in refusal("engineer_rates", "quickstart")


def test_a_wrong_batch_writes_nothing(tmp_path: Path) -> None:
    written(tmp_path / "bad.yaml", [1], notebooks=["nothing.ipynb"], sweep={"labour.rate": [1]})
    told = refusal(str(tmp_path / "bad.yaml"), "--out", str(tmp_path / "out"))
    assert "unknown packaged notebook 'nothing.ipynb'" in told
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]


def test_what_the_command_line_states_holds_instead_of_what_the_file_says(tmp_path: Path) -> None:
    batch = written(tmp_path / "batch.yaml", [1], notebooks=["fleet_comparison"], sweep={"months": [36]})
    told = refusal(str(batch), "--out", str(tmp_path / "out"), "--set", "months=24")
    assert "months: is changed twice" in told
    assert "labour.enginer_rate" in refusal(str(batch), "--set", "labour.enginer_rate=24")
    swept = written(tmp_path / "swept.yaml", [1], notebooks=["fleet_comparison"], sweep={"parameters.draws": [20, 30]})
    told = refusal(str(swept), "--draws", "50")
    assert "sweep.parameters.draws: is swept, and stated under `parameters` or by an option: state it once" in told


def test_draws_of_the_command_line_hold_for_a_notebook_with_draws_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("tco.cli.reports._run", lambda batch, *_, **__: asked.append(batch) or 0)
    batch = written(tmp_path / "batch.yaml", [1], notebooks={"fleet_comparison": {"draws": 50, "seed": 3}})
    assert CliRunner().invoke(main, ["report", str(batch), "--draws", "20"]).exit_code == 0
    assert (asked[0].parameters["draws"], dict(asked[0].notebooks)) == (20, {"fleet_comparison": {"seed": 3}})

"""Every command and every block of Python or YAML that a page tells its reader to run or write does what it should.

Commands of `tco` and `papermill`, and Python, run in a folder that has what the pages speak of. What needs a network, a
server or another program is not run: the command line parses such a command of `tco`, and of the others the target, the
extra or the program is looked up.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import small_fleets

import tco
from tco.batches.batch_file import is_batch
from tco.cli import main
from tco.cli.fleets import import_account

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "params/README.md", "notebooks/README.md")
PAGES = [
    *(ROOT / name for name in NAMES),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "extending.md"),
]
"""Without the page that `tests/extending` follows step by step."""
BLOCK = re.compile(r"^[ ]*```(\w+)\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}(?:\$ )?((?:tco|papermill) .*)$|^\d[\d *]+ cd \S+ && (?:\S+/)?(tco .*)$", re.MULTILINE)
OTHERS = {"aws", "dask", "jupyter", "make", "pip", "python", "git"}
"""Programs besides `tco` and `papermill` that pages name in commands."""
ELSEWHERE = re.compile(r"^tco (?:import aws|lifecycle refresh|prices refresh)|s3://|tcp://|\barn:")
"""Commands that need a network, an account or a server."""
PLACES = {
    "OLD": "2025-01-01",
    "NEW": "2026-11-01",
    "exports/": "focus.csv",
    "params/before.yaml": "before.yaml",
    "params/after.yaml": "proposed.yaml",
}
SMALLER = {"tco report": " --draws 20", "papermill": " -p draws 20"}
"""Fewer draws than readers take."""


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of a page in one of these languages."""
    return [text for language, text in BLOCK.findall(page.read_text("utf-8")) if language in languages]


def commands(page: Path) -> list[str]:
    """The commands of a page, one a line, without their comments."""
    lines = [line for block in blocks(page, "sh", "bash", "console") for line in block.splitlines()]
    lines += ["".join(found) for found in INDENTED.findall(page.read_text("utf-8"))]
    plain = [re.sub(r"(^|\s)#.*$", "", line).strip() for line in lines]
    return [part.strip() for line in plain for part in re.split(r"; (?=tco )", line) if part.strip()]


ALL = list(dict.fromkeys(command for page in PAGES for command in commands(page)))
RUN = [command for command in ALL if command.split()[0] in ("tco", "papermill") and not ELSEWHERE.search(command)]


@pytest.mark.parametrize("command", [command for command in ALL if command.startswith("tco ")])
def test_every_command_is_read(command: str) -> None:
    words = shlex.split(re.sub(r" > \S+| \d?>&\d", "", command))[1:]
    context = click.Context(main)
    found: click.Command = main
    while isinstance(found, click.Group) and words:
        name, found, words = found.resolve_command(context, words)
        assert found is not None, name
        context = click.Context(found, parent=context)
    if words[:1] == ["aws"]:
        found, words = import_account, words[1:]
    found.make_parser(context).parse_args([word for word in words if word != "--help"])


@pytest.mark.parametrize("command", [command for command in ALL if command.split()[0] not in ("tco", "papermill")])
def test_other_programs_are_told_what_they_know(command: str) -> None:
    program, *words = shlex.split(command)
    assert program in OTHERS
    if program == "make":
        assert all(re.search(rf"^{word}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE) for word in words)
    if program == "pip":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        stated = [extra for word in words for extras in re.findall(r"tco\[(.+)\]", word) for extra in extras.split(",")]
        assert set(stated) <= set(project["optional-dependencies"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages speak of: the packaged folders, the scenario of the README, answers, a bill."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("params", "notebooks", "data"):
        (folder / name).symlink_to(ROOT / name)
    ours, batch = blocks(ROOT / "README.md", "yaml")
    (folder / "ours.yaml").write_text(ours, "utf-8")
    (folder / "batch.yaml").write_text(batch, "utf-8")
    (folder / "proposed.yaml").write_text(ours.replace("clusters: 6", "clusters: 8"), "utf-8")
    (folder / "fleet.yaml").write_text(ours, "utf-8")
    for name in ("before.yaml", "after.yaml", "our_fleet.yaml", "billed.yaml"):
        (folder / name).write_text(ours, "utf-8")
    small_fleets.as_answers(folder)
    small_fleets.as_terraform(folder)[0].rename(folder / "terraform.tfstate")
    (folder / "plan.json").write_text((folder / "terraform.tfstate").read_text("utf-8"), "utf-8")
    (folder / "upgrades.csv").write_text((ROOT / "params/upgrade_log_example.csv").read_text("utf-8"), "utf-8")
    (folder / "focus.csv").write_text(done(folder, "tco ledger ours.yaml --set months=6 --format focus"), "utf-8")
    return folder


def done(folder: Path, command: str) -> str:
    """What a command prints; its own failure is one of the test."""
    programs = Path(sys.executable).parent
    unreachable = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    environment = {**os.environ, **unreachable, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": ""}
    result = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    return result.stdout


def small(command: str) -> str:
    """A command on what is at hand, with few draws."""
    for written, at_hand in PLACES.items():
        command = re.sub(rf"(?<= ){re.escape(written)}(?= |$)", at_hand, command)
    more = next((draws for start, draws in SMALLER.items() if command.startswith(start)), "")
    if "draws" in command or "batch" in command or "--notebook" in command or "-help" in command:
        more = ""
    if command.startswith(("tco import", "tco calibrate")) and "--out" in command:
        more = " --force"
    return command.replace("--draws 50000", "--draws 500") + more


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN)
def test_every_command_does_its_work(desk: Path, command: str) -> None:
    if "--since" in command:
        done(desk, small("tco report ours.yaml"))
    done(desk, small(command))


@pytest.mark.slow
def test_every_block_of_python_runs(desk: Path) -> None:
    for page in PAGES:
        for number, block in enumerate(blocks(page, "python")):
            if "tcp://" in block:
                compile(block, f"{page.name} {number}", "exec")
                continue
            script = desk / "block.py"
            script.write_text(block.replace("10_000", "200"), "utf-8")
            done(desk, "python -W error block.py")


def test_every_block_of_yaml_is_valid(tmp_path: Path) -> None:
    """A scenario loads, a batch is one, a claim is checked, and a part of a scenario changes one that loads."""
    import yaml

    first = yaml.safe_load(blocks(ROOT / "README.md", "yaml")[0])
    for page in PAGES:
        for block in blocks(page, "yaml"):
            content = yaml.safe_load(block)
            if {"fleet", "options"} <= set(content):
                tco.load_scenario(content)
            elif "sweep" in content:
                (tmp_path / "batch.yaml").write_text(block, "utf-8")
                assert is_batch(str(tmp_path / "batch.yaml"))
            elif "claimed" in content:
                assert tco.check_claim(content)["verdict"] in ("confirmed", "wrong", "not checkable")
            elif "jobs" in content:
                assert "tco diff" in block
            elif set(content) <= set(tco.Scenario.model_fields):
                fleet = {
                    name: {**group, **content.get("fleet", {}).get(name, {})} for name, group in first["fleet"].items()
                }
                rest = {name: value for name, value in content.items() if name != "fleet"}
                tco.load_scenario({**first, **rest, "fleet": fleet})
            else:  # an assumption as a file of the baseline has it
                assert {"label", "unit", "value", "source"} <= set(next(iter(content.values())))

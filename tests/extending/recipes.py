"""Applies the recipes of `docs/extending.md` to a copy of the project, and runs their commands and tests there.

A recipe is a folder beside this module. Its files have the paths that they get in the project: a file that the project
has already is continued by the recipe's, any other is new. `steps.yaml` holds the lines to insert into files of code,
the commands that must succeed afterwards, and the arguments of the tests to run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
COPIED = ("tco", "params", "notebooks", "docs", "tests", "benchmarks", "pyproject.toml")
STEPS = "steps.yaml"
NAMES = sorted(path.parent.name for path in HERE.glob(f"*/{STEPS}"))
RUN = """
import shlex, sys
from click.testing import CliRunner
from tco.cli import main
import pytest, tco
assert tco.__file__.startswith(sys.argv[1]), tco.__file__
for command in sys.argv[3:]:
    program, *words = shlex.split(command)
    if program == "python":
        exec(words[-1], {})
        continue
    words, file = (words[: words.index(">")], words[-1]) if ">" in words else (words, "")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, f"{command}: {done.output} {done.exception!r}"
    if file:
        open(file, "w").write(done.stdout)
    else:
        print(done.stdout)
tests, _, chosen = sys.argv[2].partition(" -k ")
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *tests.split(), *(["-k", chosen] if chosen else [])]))
"""
SCHEMA = "tco schema > params/scenario.schema.json"
"""What `make schema` does."""


@cache
def steps(name: str) -> dict[str, Any]:
    """The `edits`, `commands` and `tests` of a recipe."""
    return dict(yaml.safe_load((HERE / name / STEPS).read_text("utf-8")))


def files(name: str) -> list[Path]:
    """The recipe's files, by their paths in the project."""
    found = (path.relative_to(HERE / name) for path in (HERE / name).rglob("*") if path.is_file())
    return sorted(path for path in found if path.name != STEPS and "__pycache__" not in path.parts)


def copy_project(folder: Path) -> Path:
    """A copy of all that the toolkit and its tests need, below `folder`; its data are links to the project's."""
    shutil.copytree(PROJECT / "data", folder / "data", copy_function=os.symlink)
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder / name)
    return folder


def apply(name: str, project: Path) -> None:
    """Put a recipe's files and lines into a project."""
    for path in files(name):
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text("utf-8") if target.exists() else ""
        target.unlink(missing_ok=True)  # a link, maybe, to a file that must not change
        target.write_text(before + (HERE / name / path).read_text("utf-8"), "utf-8")
    for edit in steps(name).get("edits", ()):
        target = project / edit["file"]
        lines = target.read_text("utf-8").splitlines(keepends=True)
        anchor = edit.get("before") or edit["after"]
        (place,) = (number for number, line in enumerate(lines) if line.startswith(anchor))
        lines.insert(place + ("after" in edit), edit["insert"])
        target.write_text("".join(lines), "utf-8")


def run(project: Path, commands: list[str], tests: str) -> subprocess.CompletedProcess[str]:
    """Run commands, and pytest with the arguments `tests`, in a project of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, str(project), tests, *commands],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
    )

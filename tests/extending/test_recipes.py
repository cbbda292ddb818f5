"""The recipes of docs/extending.md work as written, and are all that has to be done."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from extending.recipes import HERE, NAMES, PROJECT, SCHEMA, apply, copy_project, files, run, steps

PAGE = (PROJECT / "docs" / "extending.md").read_text("utf-8")
BLOCK = re.compile(r"^( *)```\w*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "name", [name if name == "platform" else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_a_recipe_is_all_that_has_to_be_done(name: str, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    apply(name, project)
    done = run(project, [SCHEMA, *steps(name)["commands"]], steps(name)["tests"])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def section(name: str) -> str:
    """The recipe's part of the page."""
    heading = f"## A {name.replace('_', ' ')}".replace("A engine", "An engine").replace("A analysis", "An analysis")
    found = re.search(rf"^{heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_files_of_the_recipe(name: str) -> None:
    contents = [(HERE / name / path).read_text("utf-8") for path in files(name)]
    contents += [edit["insert"] for edit in steps(name).get("edits", ())] + ["\n".join(steps(name)["commands"])]
    known = [textwrap.dedent(line) for text in contents for line in text.splitlines()]
    for _, block in BLOCK.findall(section(name)):
        lines = [textwrap.dedent(line) for line in block.splitlines()]
        places = [start for start in range(len(known)) if known[start : start + len(lines)] == lines]
        assert places, f"no file of the recipe holds: {lines[:3]}"


def test_the_page_has_a_recipe_a_folder() -> None:
    assert len(re.findall(r"^## ", PAGE, re.MULTILINE)) == len(NAMES)

"""The page of the method names every line of the ledger and every assumption, and none that does not exist."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tco.evaluation.ledger_line import CATALOGUE
from tco.loading.loading import baseline

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "method.md").read_text("utf-8")
SUBJECTS = sorted({path.partition(".")[0] for path in baseline()})
NAMED = frozenset(re.findall(rf"(?<![\w./])(?:{'|'.join(SUBJECTS)})\.[a-z][a-z0-9_]*\*?", PAGE))
"""Paths of assumptions on the page; a `*` at the end stands for all that begin so."""


def section(category: str) -> str:
    """The text under the heading of a category; fails where there is none."""
    found = re.search(rf"^### {re.escape(category)}$(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no heading '### {category}'"
    return found[1]


@pytest.mark.parametrize("category", CATALOGUE)
def test_the_lines_of_a_category_are_those_of_the_ledger(category: str) -> None:
    described = re.findall(r"^- \*\*(.+?)\*\* \((.+?)[,;)]", section(category), re.MULTILINE)
    assert [line for line, _ in described] == list(CATALOGUE[category])
    for line, units in described:
        unit = CATALOGUE[category][line]
        assert units.split(" and ")[0] == unit, f"{line} is in {unit}"


@pytest.mark.parametrize("category", CATALOGUE)
def test_every_line_says_what_it_leaves_out(category: str) -> None:
    entries = re.split(r"^- (?=\*\*)", section(category), flags=re.MULTILINE)[1:]
    assert [entry.splitlines()[0] for entry in entries if "Left out:" not in " ".join(entry.split())] == []


def test_no_category_is_described_that_the_ledger_does_not_have() -> None:
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == list(CATALOGUE)


def test_every_path_on_the_page_exists() -> None:
    assert [name for name in sorted(NAMED) if not any(fnmatchcase(path, name) for path in baseline())] == []


def test_every_assumption_is_on_the_page() -> None:
    assert [path for path in baseline() if not any(fnmatchcase(path, name) for name in NAMED)] == []


def test_every_file_on_the_page_exists() -> None:
    files = re.findall(r"`((?:data|docs|params|tco)/[^`]*)`", PAGE)
    assert [name for name in files if not (ROOT / name).exists()] == []

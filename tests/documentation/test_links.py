"""Relative links of the pages lead to files and headings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "params/README.md", "notebooks/README.md")
PAGES = [path for path in (*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").glob("*.md"))) if path.exists()]
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
WORDS_OF_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)


def links(text: str) -> list[str]:
    """The targets of a page's relative links, code left out."""
    targets = [inline or reference for inline, reference in LINK.findall(WORDS_OF_CODE.sub("", BLOCK.sub("", text)))]
    return [target for target in targets if not re.match(r"[a-z][a-z+.-]*:", target)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; a heading that repeats gets a number."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", BLOCK.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found[name] = found.get(name, -1) + 1
        if found[name]:
            found[f"{name}-{found[name]}"] = 0
    return set(found)


def broken(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    found = []
    for target in links(page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# The way, twice\n## The way, twice\n[up](#the-way-twice) [again](#the-way-twice-1) [web](https://example.org)\n"
        "`[code](none.md)`\n```\n[code](none.md)\n```\n[gone](gone.md) [heading](page.md#no-such) [file](page.md)\n"
        "[reference]: missing.md\n",
        "utf-8",
    )
    assert broken(page) == ["gone.md", "page.md#no-such", "missing.md"]

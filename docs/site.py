"""Pages of the site that are not files in this folder: those of other folders, and those made from facts and code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files

import tco
from tco import formats
from tco.analysis.validation import badge, validation
from tco.evidence.cases import cases as published_cases
from tco.evidence.efforts import published_priors

ROOT = Path(__file__).parent.parent
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "params/README.md": "scenarios.md",
    "notebooks/README.md": "notebooks.md",
}
"""Files of the project that are pages, too."""
EXAMPLES = (
    '\n\n## Examples\n\n<a href="reports/index.html">Reports on the five packaged scenarios</a>, made with this site.\n'
)
PRIORS = (
    "The rows of `data/efforts.csv` with minutes of a major upgrade, method by method, and what they would make of\n"
    "each range (5th to 95th percentile of another fleet; methods lean on each other). Rows that a range was made\n"
    "from count apart. Published upgrades are no random sample, so a range with few of them stays as it is stated.\n\n"
)
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not files of the documentation folder."""
    pages = {page: (ROOT / source).read_text(encoding="utf-8") for source, page in ELSEWHERE.items()}
    pages["index.md"] += EXAMPLES
    pages |= {"assumptions.md": assumptions(), "cases.md": cases(), "python.md": public_names()}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(text: str, page: Any, **_: Any) -> str:
    """Let links between files of the project lead to their pages; a file without a page is named without a link."""
    own = {page: source for source, page in ELSEWHERE.items()}.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    folder = PurePosixPath(own).parent

    def led(found: re.Match[str]) -> str:
        words, target, anchor = found.group(1), found.group(2), found.group(3) or ""
        place = _normal(folder / target)
        name = ELSEWHERE.get(place, place.removeprefix("docs/") if place.startswith("docs/") else "")
        return f"[{words}]({name}{anchor})" if name else words

    return LINK.sub(led, text)


def on_post_page(html: str, **_: Any) -> str:
    """Name the dialog of the search, which the theme leaves without a name."""
    dialog = 'data-md-component="search" role="dialog"'
    return html.replace(dialog, f'{dialog} aria-label="Search"')


on_post_template = on_post_page
"""The page of an address that does not exist."""


def _normal(path: PurePosixPath) -> str:
    """A path without its `..`."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def assumptions() -> str:
    """Every assumption of the baseline with its range, unit and source."""
    entries = tco.load_scenario("quickstart").assumptions
    lines = [
        f"| `{path}` | {_cell(entry.label)} | {formats.number(entry.mean)} | {_range(entry)} | {_cell(entry.unit)} | "
        f"{_cell(entry.source.kind)} | {_linked(entry.source.title, entry.source.link)} |"
        for path, entry in entries.items()
    ]
    head = "| path | what it is | mean | low to high | unit | kind | source |\n|---|---|---|---|---|---|---|\n"
    text = (
        "# Assumptions\n\nThe baseline that every scenario starts from. A scenario changes any of them by its path.\n\n"
    )
    return text + head + "\n".join(lines) + "\n"


def cases() -> str:
    """The published cases that the model is held against, with what it misses."""
    checks, published = validation(), published_cases()
    lines = [
        f"| {_linked(row['title'], published[row['case']].sources[0].link)} | {_cell(row['figure'])} | "
        f"{_cell(row['observed'])} | {_cell(row['outcome'])} | {_cell(row['reason'])} |"
        for row in checks.to_dict("records")
    ]
    head = "| case | figure | observed | outcome | reason |\n|---|---|---|---|---|\n"
    text = f"# Published cases\n\n**{badge(checks)}.**\n\n" + head + "\n".join(lines) + "\n\n"
    return text + "## What published upgrades say of the ranges\n\n" + PRIORS + _published_priors()


def _published_priors() -> str:
    """Each range that published upgrades speak of, before and after them."""

    def span(low: float, median: float, high: float) -> str:
        return f"{formats.number(low)} to {formats.number(high)}, median {formats.number(median)}" if low == low else ""

    lines = [
        f"| {_cell(row['label'])} ({_cell(row['unit'])}) | {row['rows']} | {row['limits']} | {row['left_out']} | "
        f"{span(row['low'], row['median'], row['high'])} | "
        f"{span(row['posterior_low'], row['posterior_median'], row['posterior_high'])} | {_cell(row['standing'])} |"
        for row in published_priors().to_dict("records")
    ]
    head = "| range | rows | limits | sources | stated | after the rows | standing |\n|---|---|---|---|---|---|---|\n"
    return head + "\n".join(lines) + "\n"


def public_names() -> str:
    """Every public name of the module, from its docstring."""
    parts = ["# Python\n\nThe names of the module `tco`. `tco.charts`, `tco.tables` and `tco.analysis` hold more.\n"]
    for name in sorted(tco.__all__, key=str.casefold):
        value = getattr(tco, name)
        if not callable(value):
            continue
        parts.append(f"## `tco.{name}`\n")
        if not inspect.isclass(value):
            parts.append(f"```python\n{name}{inspect.signature(value)}\n```\n")
        parts.append(f"{inspect.getdoc(value) or ''}\n")
    return "\n".join(parts)


def _linked(title: str, link: str | None) -> str:
    return f"[{_cell(title)}]({link})" if link else _cell(title)


def _range(entry: Any) -> str:
    return "" if entry.low is None else f"{formats.number(entry.low)} to {formats.number(entry.high)}"


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")

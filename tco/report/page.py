"""An executed notebook as one HTML file that needs nothing else: text, tables, charts, and its code behind a toggle.

The page draws its charts itself when it opens. A policy in its head lets only this module's two scripts run and
forbids every request, so that neither a name in the data nor a forgotten link can reach out. `print_page` prints it to
a PDF file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from tco.charts.display import CHART_TYPE
from tco.display import tables, words
from tco.errors import InputError
from tco.report import files, outputs
from tco.report.manifest import MANIFEST_TYPE

TEMPLATE = Path(__file__).parent / "template"
"""Folder of the template, style and script of a report's page."""
BUNDLING = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle(sys.argv[1]).encode())"
BUNDLE_EXPORTS = "window.vegaEmbed = vegaEmbed;"
NOTEBOOK_ONLY = "notebook-only"
"""Tag of cells that make sense in a notebook and not on a page."""
FULL_WIDTH = "full-width"
"""Tag of cells whose charts stand below one another even where the page is wide."""
FOLDED = "folded"
"""Tag of a cell that begins with a second-level heading: what follows, up to the next one, opens at a click on it."""
FINDING = "finding"
"""Tag of a cell whose text says what its section finds; it is shown beside the heading, folded or not."""
SOURCE = "what-it-rests-on"
"""Anchor of the section that lists what every number comes from."""
SAME_TEXTS = 256
"""Texts and cells whose HTML is kept: reports of one notebook share most of them."""
IMAGE_TYPES = ("image/png", "image/jpeg")
PAIRED = (2, 4)
"""Numbers of charts that stand two in a row; others stand three in a row where the page is wide."""
AMOUNT = re.compile(r"(?:± )?[\d.,]+ (?:(?:k|M|bn|tn)(?: USD)?|USD|h|min)\b")
TERM = "|".join(map(re.escape, words.GLOSSARY))
TERMS = re.compile(rf"(?P<tag></?)(?:a|code|h[1-6])\b[^>]*>|<[^>]*>|(?<![\w-])(?P<term>{TERM})(?![\w-])")
"""Tags, of which headings, links and code keep their words as they are, and terms of the glossary."""
SECTION_HEADING = re.compile(r"\s*<h2 .*?</h2>")
NO_FILES: Mapping[str, str] = {}
PARAGRAPH = re.compile(r"</?p>")
HEADING = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)


def page(notebook: Any, title: str, pictures: Sequence[str] = (), beside: Mapping[str, str] = NO_FILES) -> str:
    """The executed `notebook` as a self-contained HTML document called `title`.

    pictures: an SVG element of each chart, in order, for where scripts are off. beside: the files beside the page that
    it links to, by the words of the link.
    """
    scripts = [javascript_bundle(), (TEMPLATE / "page.js").read_text(encoding="utf-8")]
    shown = [cell for cell in notebook.cells if NOTEBOOK_ONLY not in cell.metadata.get("tags", [])]
    held, drawn = set(outputs.tables(notebook)), iter(pictures)
    cells = [_cell(cell, number, held, drawn) for number, cell in enumerate(shown)]
    sections = [section for section in _sections(cells) if _says_something(section)]
    contents = _contents(notebook, sections)
    return str(
        template(TEMPLATE / "page.html.j2").render(
            title=title,
            language="en",
            policy=policy(scripts),
            style=(TEMPLATE / "page.css").read_text(encoding="utf-8"),
            scripts=scripts,
            sections=sections,
            has_folds=any(section["folded"] for section in sections),
            contents=contents,
            has_charts=any(output["kind"] == "chart" for cell in cells for output in cell["outputs"]) and not pictures,
            source=SOURCE in {anchor for anchor, _ in contents} and SOURCE,
            version=importlib.metadata.version("tco"),
            beside=beside,
        )
    )


def _sections(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells by section: what comes before the first heading, then one section for each second-level heading."""
    sections: list[dict[str, Any]] = [{"folded": False, "heading": "", "finding": "", "cells": []}]
    for cell in cells:
        heading, rest = _heading_apart(cell["html"]) if cell["kind"] == "text" else ("", "")
        if heading:
            sections.append({"folded": FOLDED in cell["tags"], "heading": heading, "finding": "", "cells": []})
            cell = {**cell, "html": rest}
        elif FINDING in cell["tags"]:
            texts = [output for output in cell["outputs"] if output["kind"] == "text"]
            sections[-1]["finding"] = " ".join(PARAGRAPH.sub("", output["html"]).strip() for output in texts)
            cell = {**cell, "outputs": [output for output in cell["outputs"] if output not in texts]}
        sections[-1]["cells"].append(cell)
    return sections


def _says_something(section: dict[str, Any]) -> bool:
    """Whether a folded section shows anything below its heading."""
    return not section["folded"] or bool(
        section["finding"]
        or any(cell["outputs"] or (cell["kind"] == "text" and cell["html"]) for cell in section["cells"])
    )


def _heading_apart(text: str) -> tuple[str, str]:
    """The second-level heading that HTML begins with, and what follows it; nothing where it begins otherwise."""
    found = SECTION_HEADING.match(text)
    return (found.group(), text[found.end() :].strip()) if found else ("", text)


def slug(heading: str) -> str:
    """The anchor of a heading: `What is not counted` -> `what-is-not-counted`."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or "section"


def _cell(cell: Any, number: int, held: Collection[str], pictures: Iterator[str]) -> dict[str, Any]:
    """One cell as the template needs it: its kind, text or code, outputs and tags.

    held: the names of all tables of the notebook. pictures: of the charts from this cell on.
    """
    tags = set(cell.metadata.get("tags", []))
    if cell.cell_type == "markdown":
        return {"kind": "text", "html": markdown(cell.source), "outputs": [], "tags": sorted(tags)}
    if cell.cell_type != "code":
        return {"kind": "other", "html": "", "outputs": [], "tags": sorted(tags)}
    shown = [found for place, output in enumerate(cell.outputs) if (found := _output(output, f"{number}-{place}"))]
    charts = [output for output in shown if output["kind"] == "chart"]
    named = [
        output["data"][tables.DATA_TYPE]["name"]
        for output in cell.outputs
        if tables.DATA_TYPE in output.get("data", {})
    ]
    for chart in charts:
        chart["picture"] = next(pictures, "")
        chart["table"] = files.safe_name(chart["table"]) if chart["table"] in held else next(iter(named), "")
    return {
        "kind": "code",
        "html": _highlighted(cell.source),
        "outputs": shown,
        "tags": sorted(tags),
        "arrangement": ""
        if len(charts) < 2 or FULL_WIDTH in tags
        else "in-pairs"
        if len(charts) in PAIRED
        else "side-by-side",
    }


def _output(output: Any, place: str) -> dict[str, Any] | None:
    """One output of a cell: a chart, or HTML that is safe to place in the page; None where it shows nothing."""
    if output.output_type == "stream":
        return {"kind": "plain", "html": output.text} if output.text.strip() else None
    data: Mapping[str, Any] = output.get("data", {})
    if CHART_TYPE in data:
        return {"kind": "chart", "id": f"chart-{place}"} | chart_parts(data[CHART_TYPE])
    for image in IMAGE_TYPES:
        if image in data:
            return {
                "kind": "image",
                "source": f"data:{image};base64,{data[image].strip()}",
                "text": data.get("text/plain", ""),
            }
    if "text/html" in data:
        return {"kind": "html", "html": data["text/html"].replace(tables.STYLE, "")}
    if "text/markdown" in data:
        if not data["text/markdown"].strip():
            return None
        return {"kind": "text", "html": explained(markdown(data["text/markdown"]))}
    if "text/plain" in data and MANIFEST_TYPE not in data:
        return {"kind": "plain", "html": data["text/plain"]}
    return None


def chart_parts(specification: Mapping[str, Any]) -> dict[str, Any]:
    """A chart taken apart for a page: its title as text that wraps, its description, the rest as JSON in a script."""
    title = specification.get("title") or {}
    if not isinstance(title, Mapping):
        title = {"text": title}
    drawn = {key: value for key, value in specification.items() if key not in ("title", "$schema")}
    notes = (specification.get("usermeta") or {}).get("tco") or {}
    return {
        "title": glued(_joined(title.get("text", ""))),
        "subtitle": glued(_joined(title.get("subtitle", ""))),
        "description": specification.get("description", ""),
        "definition": notes.get("definition", ""),
        "table": notes.get("table", ""),
        "specification": json_in_script(drawn),
    }


def explained(text: str) -> str:
    """HTML in which the first use of each term of the glossary says its meaning when it is pointed at."""
    found: set[str] = set()
    inside = 0

    def marked(match: re.Match[str]) -> str:
        nonlocal inside
        tag, term = match["tag"], match["term"]
        if tag:
            inside += 1 if tag == "<" else -1
        if not term or inside or term in found:
            return match.group()
        found.add(term)
        return f'<abbr title="{html.escape(words.GLOSSARY[term])}">{term}</abbr>'

    return TERMS.sub(marked, text)


def json_in_script(value: Any) -> str:
    """`value` as JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@lru_cache(SAME_TEXTS)
def markdown(text: str) -> str:
    """Markdown as HTML; HTML inside the text is shown, not obeyed."""
    return glued(_markdown_renderer()(text))


def glued(text: str) -> str:
    """`text` with amounts that do not break over lines: `1.2 M USD`, `34 min`."""
    return AMOUNT.sub(lambda found: found.group().replace(" ", "\u00a0"), text)


@lru_cache(SAME_TEXTS)
def _highlighted(source: str) -> str:
    from nbconvert.filters import Highlight2HTML

    return str(Highlight2HTML(pygments_lexer="python3")(source))  # type: ignore[no-untyped-call]


def _contents(notebook: Any, sections: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Anchor and text of each second-level heading that is shown."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = [(slug(text), text) for source in sources for text in HEADING.findall(source)]
    shown = "".join(section["heading"] + "".join(cell["html"] for cell in section["cells"]) for section in sections)
    return [(anchor, text) for anchor, text in headings if f'id="{anchor}"' in shown]


def _joined(lines: Any) -> str:
    return lines if isinstance(lines, str) else " ".join(lines)


@cache
def _markdown_renderer() -> Any:
    from mistune.util import safe_entity
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Anchored(IPythonRenderer):
        """Headings that can be linked to; an entity stays one, so that an escaped name is not escaped twice."""

        def heading(self, text: str, level: int, **_: Any) -> str:
            plain = html.unescape(re.sub(r"<[^>]+>", "", text))
            return f'<h{level} id="{slug(plain)}">{text}</h{level}>\n'

        def text(self, text: str) -> str:
            return str(safe_entity(text))

    return MarkdownWithMath(renderer=Anchored(escape=True)).render


@cache
def template(path: Path) -> Any:
    """The Jinja template in a file, which escapes what it is given and refuses names that it is not given."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def policy(scripts: Sequence[str]) -> str:
    """The content security policy: these scripts by their hashes, inline styles, images in the file, no requests."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def javascript_bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script; made once per version and kept in the user's cache folder."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tco"
    cached = folder / f"vega-embed-{importlib.metadata.version('vl-convert-python')}.js"
    try:
        return cached.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    bundle = "(() => {" + _bundled().replace("</script", "<\\/script") + "\n})();"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as temporary:
            temporary.write(bundle)
        Path(temporary.name).replace(cached)
    except OSError:  # a cache that cannot be written is only slower
        pass
    return bundle


@cache
def _bundled() -> str:
    """The script as vl-convert makes it, in a process of its own: making it leaves threads behind."""
    bundling = subprocess.run([sys.executable, "-c", BUNDLING, BUNDLE_EXPORTS], stdout=subprocess.PIPE, check=True)  # noqa: S603 - no input of anybody
    return bundling.stdout.decode()


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FIRST_PAGE, WHOLE = "first-page", "whole"
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--virtual-time-budget=30000",
)
"""The time is virtual: it passes as fast as the page's scripts have drawn all charts."""
SECONDS = 120
"""After so long a print counts as failed."""


def print_page(page: Path, pdf: Path, part: str = FIRST_PAGE) -> Path:
    """Print the HTML file `page` to the file `pdf`, and return that. part: `first-page` or `whole`, with page numbers.

    Raises InputError where no Chromium is installed, or where it prints nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise InputError(
            f"printing needs an installed Chromium or Chrome ({', '.join(BROWSERS)} on the PATH): install one, or "
            f"print {page.name} from any browser",
            path="--pdf",
        )
    with tempfile.TemporaryDirectory(prefix="tco-pdf-") as folder:
        source, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        text = page.read_text(encoding="utf-8")
        source.write_text(text.replace("<html ", f'<html class="print-{part}" ', 1), encoding="utf-8")
        root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        arguments = [*FLAGS, *root, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.as_uri()]
        try:
            subprocess.run(  # noqa: S603 - an installed browser and a page of our own
                [browser, *arguments], capture_output=True, timeout=SECONDS, check=True
            )
            content = printed.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise InputError(f"{browser} could not print {page.name}: {error}", path="--pdf") from error
    pdf.write_bytes(content)
    return pdf

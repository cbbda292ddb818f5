"""The page is one file that needs nothing else and obeys nothing in its data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from tco import charts
from tco.charts import display
from tco.display import tables
from tco.report.chart_check import Pictures
from tco.report.page import explained, glued, javascript_bundle, json_in_script, markdown, page, slug

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"q\" 'q' <!--"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.in_script = tag == "script"
        if self.in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script:
            self.scripts[-1] += data


def output(bundle: dict[str, Any]) -> Any:
    return nbformat.v4.new_output("display_data", data=bundle)


@pytest.fixture(scope="module")
def made() -> str:
    frame = pd.DataFrame({"option": [HOSTILE], "year": [2027], "cost": [1.0]})
    chart = output(display.rendered(charts.cost_by_year(frame).to_dict()))
    table = output(tables.table(frame, "costs", caption=HOSTILE, folded=True)._repr_mimebundle_())
    text = output({"text/markdown": "**" + HOSTILE + "**", "text/plain": "x"})
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\n## A part & more"),
        nbformat.v4.new_markdown_cell("Only for the notebook", metadata={"tags": ["notebook-only"]}),
        nbformat.v4.new_code_cell(f"x = '''{HOSTILE}'''", outputs=[chart, table, text]),
        nbformat.v4.new_code_cell("print()", outputs=[nbformat.v4.new_output("stream", text=HOSTILE)]),
    ]
    return page(nbformat.v4.new_notebook(cells=cells), HOSTILE)


@pytest.fixture(scope="module")
def elements(made: str) -> Elements:
    found = Elements()
    found.feed(made)
    return found


def test_a_workbook_beside_the_page_is_linked() -> None:
    notebook = nbformat.v4.new_notebook(cells=[])
    assert 'href="fleet.xlsx" download' in page(notebook, "t", beside={"All tables": "fleet.xlsx"})
    assert "bar-link" not in page(notebook, "t").split("</style>")[1]


def test_nothing_is_fetched(elements: Elements) -> None:
    for tag, attributes in elements.found:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not {"src", "srcset"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag


def test_only_the_two_scripts_of_the_page_may_run(elements: Elements) -> None:
    (policy,) = [held["content"] for tag, held in elements.found if held.get("http-equiv") == "Content-Security-Policy"]
    allowed = set(re.findall(r"'sha256-([^']+)'", policy or ""))
    kinds = [held.get("type") for tag, held in elements.found if tag == "script"]
    running = [text for text, kind in zip(elements.scripts, kinds, strict=True) if kind is None]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running}
    assert len(running) == 2
    assert hashes == allowed
    assert (policy or "").startswith("default-src 'none'; ")
    assert "unsafe-eval" not in (policy or "")


def test_the_chart_arrives_whole(elements: Elements) -> None:
    kinds = [held.get("type") for tag, held in elements.found if tag == "script"]
    (data,) = [text for text, kind in zip(elements.scripts, kinds, strict=True) if kind == "application/json"]
    specification = json.loads(data)
    (rows,) = specification["datasets"].values()
    assert rows[0]["option"] == HOSTILE
    assert "title" not in specification


def test_a_table_is_behind_the_chart(elements: Elements) -> None:
    kinds = [held.get("class") or tag for tag, held in elements.found]
    assert kinds.index("chart") < kinds.index("tco-details") < kinds.index("tco-table")


def test_a_picture_stands_in_for_scripts_and_the_numbers_can_be_had_as_a_file() -> None:
    frame = pd.DataFrame({"option": ["a", HOSTILE], "year": [2027, 2027], "cost": [1_160_000.0, 2_000_000.0]})
    chart = charts.cost_by_category(frame.assign(category="downtime"))
    bundle = display.rendered(chart.to_dict())
    held = output(tables.table(frame, "cost_by_category", folded=True)._repr_mimebundle_())
    cells = [nbformat.v4.new_code_cell("1", outputs=[output(bundle), held])]
    with ThreadPoolExecutor(1) as thread:
        (picture,) = Pictures(thread).drawn([bundle[display.CHART_TYPE]])
    text = page(nbformat.v4.new_notebook(cells=cells), "t", [picture])
    (off,) = re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL)
    assert off == picture
    assert off.startswith("<svg ")
    assert "1.16 M USD" in off
    assert "<script" not in off
    assert '<a href="tables/cost_by_category.csv" download>CSV</a>' in text
    assert "Cost of the whole horizon" in text


def test_a_term_is_explained_once_and_not_inside_links_or_names() -> None:
    text = explained("<p>The P90, again P90, <a href='#P10'>P10</a>, my_draws, <b>draws</b></p>")
    assert text.count("<abbr ") == 2
    assert '<abbr title="Nine draws in ten lie below this number.">P90</abbr>, again P90' in text
    assert "<a href='#P10'>P10</a>, my_draws, <b><abbr" in text


def test_pictures_on_one_page_share_no_names() -> None:
    frame = pd.DataFrame({"option": ["a"], "year": [2027], "cost": [1.0]})
    specification = display.rendered(charts.cost_by_year(frame).to_dict())
    with ThreadPoolExecutor(1) as thread:
        drawn = Pictures(thread).drawn([specification[display.CHART_TYPE]] * 2)
    found = [set(re.findall(r'id="([^"]+)"', one)) for one in drawn]
    assert not found[0] & found[1]


def test_a_chart_that_is_replaced_after_its_cell_is_shown_as_replaced() -> None:
    first, second = (
        display.rendered(charts.cost_by_year(pd.DataFrame({"option": ["a"], "year": [year], "cost": [1.0]})).to_dict())
        for year in (2027, 2031)
    )
    with ThreadPoolExecutor(1) as thread:
        begun = Pictures(thread)
        begun.begin([first[display.CHART_TYPE]])
        (picture,) = begun.drawn([second[display.CHART_TYPE]])
    assert "2031" in picture
    assert "2027" not in picture


def test_code_is_behind_a_button(made: str, elements: Elements) -> None:
    (button,) = [held for tag, held in elements.found if tag == "button"]
    assert button["type"] == "button"
    assert button["aria-pressed"] == "false"
    assert ".code { display: none;" in made


def test_headings_can_be_reached_from_the_contents(made: str) -> None:
    assert '<a href="#a-part-more">A part &amp; more</a>' in made
    assert f'<h2 id="{slug("A part & more")}">' in made


def test_a_folded_section_that_says_nothing_is_left_out() -> None:
    silent = nbformat.v4.new_code_cell("f()", metadata={"tags": ["finding"]}, outputs=[output({"text/markdown": ""})])
    cells = [
        nbformat.v4.new_markdown_cell("## Kept\n\nA paragraph.", metadata={"tags": ["folded"]}),
        nbformat.v4.new_markdown_cell("## Nothing to say", metadata={"tags": ["folded"]}),
        silent,
        nbformat.v4.new_markdown_cell("## Open"),
    ]
    made = page(nbformat.v4.new_notebook(cells=cells), "x")
    assert "nothing-to-say" not in made
    assert "Nothing to say" not in made
    assert made.count('href="#kept"') == made.count('href="#open"') == 1


def test_a_section_is_folded_where_its_heading_says_so_and_shows_what_it_finds() -> None:
    finding = output({"text/markdown": "**stay** costs 1 M USD", "text/plain": "x"})
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_markdown_cell("## Folded & more\n\nA paragraph.", metadata={"tags": ["folded"]}),
        nbformat.v4.new_code_cell("1", outputs=[finding], metadata={"tags": ["finding"]}),
        nbformat.v4.new_markdown_cell("## Open"),
        nbformat.v4.new_code_cell("2", outputs=[finding], metadata={"tags": ["finding"]}),
    ]
    text = page(nbformat.v4.new_notebook(cells=cells), "t")
    summary = re.search(r'<details class="section">\s*<summary>(.*?)</summary>\s*(.*?)</details>', text, re.DOTALL)
    assert summary
    said = '<span class="finding"><strong>stay</strong> costs 1\u00a0M\u00a0USD</span>'
    assert summary.group(1) == f'<h2 id="folded-more">Folded &amp; more</h2>{said}'
    assert "A paragraph." in summary.group(2)
    assert text.count('<details class="section">') == 1
    assert text.count('class="finding"') == 2
    assert 'id="fold-toggle"' in text
    assert 'id="fold-toggle"' not in page(nbformat.v4.new_notebook(cells=cells[3:]), "t")


def test_what_is_for_notebooks_only_stays_there(made: str) -> None:
    assert "Only for the notebook" not in made


def test_text_of_cells_is_escaped_once() -> None:
    assert "<script" not in markdown("<script>alert(1)</script>")
    assert markdown("a &lt;b&gt; c") == "<p>a &lt;b&gt; c</p>\n"
    assert "javascript" not in re.sub(r"<[^>]*>", "", markdown("[x](javascript:alert(1))").replace("#harmful-link", ""))


def test_json_cannot_leave_its_script() -> None:
    text = json_in_script({"a": HOSTILE})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": HOSTILE}


def test_amounts_do_not_break_over_lines() -> None:
    assert glued("costs 1.2 M USD or 34 min") == "costs 1.2\u00a0M\u00a0USD or 34\u00a0min"


def test_the_script_is_kept_for_the_next_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = javascript_bundle()
    (kept,) = (tmp_path / "tco").iterdir()
    assert kept.read_text(encoding="utf-8") == first == javascript_bundle()
    assert "vegaEmbed" in first
    assert "</script" not in first


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tco").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "vegaEmbed" in javascript_bundle()

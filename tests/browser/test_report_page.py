"""The report as a reader meets it: on a screen, on a phone, by keyboard and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tco.display import palette
from tco.report.page import print_page

pytestmark = pytest.mark.browser

WIDTHS = [1280, 400]
FIRST_SCREEN = 900
OPEN_ALL = "document.querySelectorAll('details:not(.menu)').forEach(details => { details.open = true; })"
PAPER_WIDTH = 695
"""CSS pixels between the margins of an A4 page."""
MARKS = "figure => figure.querySelectorAll('svg .role-mark path, svg .role-mark line, svg .role-mark text').length"
OUTSIDE = """() => [...document.querySelectorAll('main *')].filter(element => {
  if (element.closest('svg')) return false;
  if (getComputedStyle(element).display === 'none' || !element.getClientRects().length) return false;
  const scroller = element.closest('.tco-scroll');
  if (scroller && getComputedStyle(scroller).overflowX === 'auto') return false;
  return element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map(element => element.tagName + ' ' + element.textContent.slice(0, 40))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn(opened: Callable[[int], Any], width: int) -> None:
    page = opened(width)
    figures = page.query_selector_all("figure.chart")
    assert len(figures) >= 6
    assert all(figure.evaluate(MARKS) > 0 for figure in figures)
    assert page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert page.query_selector(".failed") is None


def test_a_chart_in_a_folded_section_fits_when_it_opens(opened: Callable[[int], Any]) -> None:
    page = opened(400)
    assert page.evaluate("document.querySelectorAll('details.section:not([open]) figure.chart[data-drawn]').length") > 6
    everything_open(page)
    wider = "figure => Number(figure.querySelector('svg').getAttribute('width')) - figure.clientWidth"
    assert max(figure.evaluate(wider) for figure in page.query_selector_all("figure.chart")) <= 1


def everything_open(page: Any) -> None:
    """Open all sections and tables, and wait until charts have the width that they then have."""
    page.evaluate(OPEN_ALL)
    page.wait_for_function(
        "[...document.querySelectorAll('figure.chart')].every(figure =>"
        " Math.abs(figure.drawnWidth - figure.querySelector('.drawing').clientWidth) < 8)"
    )


def test_the_first_screen_answers(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    for seen in (
        ".tag-answer .text",
        ".tag-answer table tbody tr:last-child",
        ".tag-answer figure svg",
        ".tag-answer li",
    ):
        box = page.locator(seen).first.bounding_box()
        assert box["y"] + box["height"] <= FIRST_SCREEN, seen
    answer = page.locator(".tag-answer").inner_text()
    assert re.search(r"costs? (least|about the same).* present value over \d+ years for 4 clusters", answer)
    for said in ("People.", "Due by 20", "What decides between", "Measure next"):
        assert said in answer
    assert re.search(r"published figures: \d+ inside, \d+ missed, \d+ not testable", answer)


def test_the_first_page_prints_on_one_sheet_and_the_whole_on_more(reported: Path, tmp_path: Path) -> None:
    first, whole = (print_page(reported, tmp_path / f"{part}.pdf", part) for part in ("first-page", "whole"))
    sheets = [len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) for file in (first, whole)]
    assert sheets[0] == 1, sheets
    assert 4 <= sheets[1] <= 12, sheets


def test_every_folded_section_says_what_it_finds(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    sections = page.locator("details.section")
    assert sections.count() >= 10
    assert all(len(words) > 10 for words in page.locator("details.section > summary > .finding").all_inner_texts())
    assert page.locator("details.section > summary > .finding").count() == sections.count()


def test_sections_open_by_button_by_keyboard_and_by_a_link_into_them(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    opened_now = "document.querySelectorAll('details.section[open]').length"
    button = page.get_by_role("button", name="Open all")
    button.click()
    assert page.evaluate(opened_now) == page.locator("details.section").count()
    page.get_by_role("button", name="Close all").click()
    assert page.evaluate(opened_now) == 0
    page.locator("details.section > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(opened_now) == 1
    page.get_by_role("link", name="published figures").click()
    page.wait_for_selector("details.section[open] #held-against-published-cases")
    page.goto(page.url.split("#")[0] + "#downtime")
    page.wait_for_selector("details.section[open] #downtime")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_serious_barrier(
    opened: Callable[..., Any], width: int, scheme: str, serious_findings: Callable[..., list[str]]
) -> None:
    page = opened(width, scheme)
    everything_open(page)
    assert serious_findings(page) == []


def test_charts_follow_the_colour_scheme_and_are_light_on_paper(opened: Callable[..., Any]) -> None:
    page = opened(1280, "dark")
    label = "document.querySelector('figure.chart svg .role-axis-label text').getAttribute('fill')"
    assert page.evaluate(label) == palette.ON_DARK[palette.FAINT]
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"{label} === '{palette.FAINT}'")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out(opened: Callable[[int], Any], width: int) -> None:
    page = opened(width)
    everything_open(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(OUTSIDE) == []
    wider = page.evaluate(
        "[...document.querySelectorAll('figure.chart')]"
        ".filter(figure => Number(figure.querySelector('svg').getAttribute('width')) > figure.clientWidth + 1)"
        ".map(figure => figure.querySelector('figcaption').textContent)"
    )
    assert wider == []


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_of_a_chart_are_inside_the_picture(opened: Callable[[int], Any], width: int) -> None:
    page = opened(width)
    everything_open(page)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('figure.chart svg text')].filter(text => {
          const svg = text.closest('svg').getBoundingClientRect(), box = text.getBoundingClientRect();
          const clipped = text.closest('[clip-path]');
          const out = box.left < svg.left - 3 || box.right > svg.right + 3 || box.top < svg.top - 3;
          return box.width && !clipped && out;
        }).map(text => text.textContent)"""
    )
    assert cut == []


def test_charts_follow_the_width(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_function("Number(document.querySelector('figure.chart svg').getAttribute('width')) < 400")
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_charts_are_there_without_scripts(browser: Any, reported: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reported.as_uri())
    assert page.locator(".tag-answer figure.chart svg").first.is_visible()
    assert page.locator("figure.chart").count() == page.locator("figure.chart noscript svg").count()
    context.close()


def test_a_chart_is_kept_as_svg_png_and_csv(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    figure = page.locator("figure.chart").first
    for form, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as waiting:
            figure.get_by_role("link", name=f"{form} of this chart").click()
        assert waiting.value.suggested_filename == f"at_a_glance.{form.lower()}"
        assert Path(waiting.value.path()).read_bytes().startswith(begin)
    assert figure.get_by_role("link", name="CSV").get_attribute("href") == "tables/at_a_glance.csv"


def test_the_contents_stay_on_a_phone(opened: Callable[[int], Any]) -> None:
    page = opened(400)
    page.locator(".menu > summary").click()
    box = page.locator(".menu nav").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 400
    assert page.locator(".menu nav a").first.is_visible()


def test_charts_have_a_text_alternative(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    labels = page.eval_on_selector_all("figure.chart svg", "all => all.map(svg => svg.getAttribute('aria-label'))")
    assert all(label and len(label) > 40 for label in labels)


def test_code_is_shown_and_hidden_by_keyboard(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    code, toggle = page.locator(".code").first, page.locator("#code-toggle")
    assert not code.is_visible()
    for _ in ("skip to the report", "contents", "all tables", "open all", "show code"):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "code-toggle"
    page.keyboard.press("Enter")
    assert code.is_visible()
    assert toggle.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    assert not code.is_visible()


def test_a_table_behind_a_chart_opens_by_keyboard(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    page.get_by_role("button", name="Open all").click()
    summary = page.locator("details.tco-details > summary").first
    table = page.locator("details.tco-details table").first
    assert not table.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert table.is_visible()


def test_on_paper_nothing_is_cut_off_and_tables_are_open(opened: Callable[[int], Any]) -> None:
    page = opened(PAPER_WIDTH)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(
        "[...document.querySelectorAll('figure.chart')].every(figure => figure.drawnOn === '#ffffff')"
    )
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER_WIDTH
    assert page.evaluate("[...document.querySelectorAll('details')].every(details => details.open)")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("[...document.querySelectorAll('details')].some(details => details.open)")


def test_the_printed_document_holds_the_tables(opened: Callable[[int], Any], tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    page = opened(1280)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    printed = pypdf.PdfReader(tmp_path / "report.pdf")
    text = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
    assert "Show code" not in text
    assert re.search(r"Judgement cost \((k |M )?USD\)", text)
    assert "Discounted payback" not in text  # the last column that is shown is the payback in months
    assert "Pays back after (months)" in text
    for heading in ("The verdict", "What it rests on", "How this report was made"):
        assert heading in text
    widths = {round(float(one.mediabox.width)) for one in printed.pages}
    assert widths == {595}  # A4 is 595 points wide


def test_names_stay_text(opened: Callable[[int], Any]) -> None:
    page = opened(1280)
    assert page.evaluate("document.querySelectorAll('main script:not([type]), img, [onload], [onerror]').length") == 0
    assert 'fleet "one" <script>alert(1)</script>' in page.title()
    assert "<svg onload=alert(4)>" in page.evaluate("document.querySelector('main').textContent")

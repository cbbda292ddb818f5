"""The page of a batch in a real browser: sorted, filtered, looked at in the dark and on a phone, by hand and by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_batches import plan_of

from tco.batches.index_page import index_html
from tco.batches.journal import Journal, ReportResult
from tco.report.outputs import COLUMNS

pytestmark = pytest.mark.browser

RATES = range(60, 560, 5)
STARTS = ("2027-01", "2028-01")
SIZES = (10, 100, 1000)
WIDTHS = (1280, 400)


def rows(rate: int, late: bool) -> tuple[dict[str, Any], ...]:
    """Moving is cheaper at high rates, the more so the more clusters there are; all costs are positive."""
    found = []
    for size in SIZES:
        staying, moving = rate * size * 10.0, (300.0 - size / 10 + 20 * late) * size * 10
        chance = staying / (staying + moving)
        for option, amount, sure in (('stay "put" <b>', staying, 1 - chance), ("move", moving, chance)):
            found.append(
                dict.fromkeys(COLUMNS)
                | {"fleet_size": size, "option": option, "npv_mean": amount, "probability_cheapest": sure}
                | {"difference_point": 0.0 if option != "move" else moving - staying, "labour_hours": amount / 100}
            )
    return tuple(found)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a batch of 200 reports, of which one failed."""
    plan = plan_of(sweep={"labour.engineer_rate": list(RATES), "start": list(STARTS)}, fleet_sizes=list(SIZES))
    results = {}
    for number, report in enumerate(plan.reports):
        rate, start = report.labels.values()
        made = rows(int(rate), start == STARTS[1])
        results[report.name] = ReportResult(report.name, "", "made", rows=made)
        if number == 100:
            results[report.name] = ReportResult(
                report.name, "", "failed", "cell 3 failed: <i>no</i>" + " and why" * 200
            )
    path = tmp_path_factory.mktemp("batch") / "index.html"
    path.write_text(index_html(plan, Journal("some", results=results), ["results.csv", "results.parquet"]), "utf-8")
    return path


@pytest.fixture
def opened(browser: Any, written: Path) -> Iterator[Callable[..., Any]]:
    """Opens the page at a width; in the end nothing was fetched and nothing complained."""
    pages: list[Any] = []
    faults: list[str] = []

    def open_at(width: int = 1280, **options: Any) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url) if request.url != written.as_uri() else None)
        page.goto(written.as_uri())
        return page

    yield open_at
    for page in pages:
        page.close()
    assert faults == []


def column(page: Any, key: str) -> list[str]:
    """What the visible rows say in a column, in order."""
    return list(
        page.eval_on_selector_all(
            f'#portfolio tbody tr:not([hidden]) [data-k="{key}"]',
            "cells => cells.filter(cell => cell.offsetParent !== null).map(cell => cell.dataset.value)",
        )
    )


def shown(page: Any) -> int:
    return int(page.text_content("#shown").replace(",", ""))


def test_a_click_sorts_by_a_number_and_another_turns_it_round(opened: Callable[..., Any]) -> None:
    page = opened()
    button = page.get_by_role("button", name="Probability")
    button.click()
    chances = [float(value) for value in column(page, "sure")]
    assert len(chances) == 199
    assert chances == sorted(chances)
    assert page.get_attribute("th:has([data-key=sure])", "aria-sort") == "ascending"
    button.click()
    assert [float(value) for value in column(page, "sure")] == sorted(chances, reverse=True)
    assert page.get_attribute("th:has([data-key=sure])", "aria-sort") == "descending"


def test_filters_narrow_the_table_and_the_counts(opened: Callable[..., Any]) -> None:
    page = opened()
    page.locator("[name=winner]").select_option("move")
    moving = shown(page)
    assert 0 < moving < 199
    assert set(column(page, "winner")) == {"move"}
    page.locator("[name=axis1]").select_option("2028-01")
    assert 0 < shown(page) < moving
    counted = page.eval_on_selector_all(".wins tbody tr", "rows => rows.map(row => row.cells[2].textContent)")
    assert counted == ["0", str(shown(page))]
    page.get_by_label("Search").fill("engineer_rate-5")
    shown_links = page.eval_on_selector_all(
        "#portfolio tbody tr:not([hidden]) a", "links => links.map(a => a.textContent)"
    )
    assert shown_links
    assert all(name.startswith("engineer rate 5") for name in shown_links)
    page.get_by_role("button", name="Show all").click()
    page.locator("#shown", has_text="199").wait_for()


def test_another_fleet_size_shows_other_winners(opened: Callable[..., Any]) -> None:
    page = opened()
    page.locator("[name=winner]").select_option("move")
    at_hundred = shown(page)
    page.get_by_label("1,000", exact=True).check()
    assert shown(page) > at_hundred
    assert set(column(page, "winner")) == {"move"}


def test_rows_that_are_sure_enough_remain(opened: Callable[..., Any]) -> None:
    page = opened()
    page.locator("[name=sure]").select_option("at least 50%")
    assert all(float(value) >= 0.5 for value in column(page, "sure"))
    page.locator("[name=sure]").select_option("below 80%")
    assert all(float(value) < 0.8 for value in column(page, "sure"))


def test_it_can_be_used_by_key_alone(opened: Callable[..., Any]) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.key ?? document.activeElement.name ?? ''"))
    assert reached[:6] == ["size", "search", "axis0", "axis1", "winner", "sure"]
    page.focus("[data-key=npv]")
    page.keyboard.press("Enter")
    assert page.get_attribute("th:has([data-key=npv])", "aria-sort") == "ascending"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_reading(
    opened: Callable[..., Any], serious_findings: Callable[..., list[str]], width: int, scheme: str
) -> None:
    page = opened(width, color_scheme=scheme, bypass_csp=True)
    page.get_by_label("Search").fill("engineer_rate-55")
    cells = page.eval_on_selector_all(
        "#portfolio tbody tr:not([hidden]) :is(td, th)",
        "cells => cells.map(cell => cell.getBoundingClientRect()).filter(box => box.width).map(box => box.right)",
    )
    assert cells
    assert max(cells) <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_findings(page) == []


def test_without_scripts_every_report_is_there(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#portfolio tbody tr").count() == 199
    assert page.get_by_text("cell 3 failed: <i>no</i>").count() == 1

"""Charts and tables in a notebook of somebody else's, on pandas alone, in JupyterLab's light and dark theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from measuring.lab import Lab, run_all

from tco.display import palette

pytestmark = [pytest.mark.browser, pytest.mark.server]

NOTEBOOK = "own_frames.ipynb"
CHART = """import pandas as pd
from tco import charts, tables
frame = pd.DataFrame({"option": ["a", "b"], "year": 2027, "cost": [2e6, 1e6]})
charts.cost_by_year(frame)"""
TABLE = """tables.table(frame, caption="Costs")"""
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
CORNER = """() => [...document.querySelector(".vega-embed canvas").getContext("2d").getImageData(2, 2, 1, 1).data]"""
DRAWN = f"() => ({CORNER})()[3] === 255"
TEXT_AND_GROUND = """() => {
  const cell = document.querySelector(".tco-table td"), grounds = [];
  for (let part = cell; part; part = part.parentElement) grounds.push(getComputedStyle(part).backgroundColor);
  return [getComputedStyle(cell).color, grounds.find((ground) => !/, 0\\)|transparent/.test(ground))];
}"""


@pytest.mark.parametrize(("theme", "ground"), [("JupyterLab Light", "#ffffff"), ("JupyterLab Dark", "#333333")])
def test_charts_and_tables_follow_the_theme(
    browser: Any, lab: Lab, watching: Callable[[str], Any], theme: str, ground: str
) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in (CHART, TABLE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), lab.folder / NOTEBOOK)
    lab.choose_theme(theme)
    page, watched = browser.new_page(viewport={"width": 1300, "height": 900}), watching(lab.address)
    watched.follow(page)
    page.goto(lab.link(NOTEBOOK))
    run_all(page, ".tco-table")
    page.wait_for_selector(".vega-embed canvas")
    page.wait_for_function(DRAWN)  # the canvas is there before anything is drawn on it
    assert colour(page.evaluate(CORNER)[:3]) == ground
    text, behind = (colour(parts(written)) for written in page.evaluate(TEXT_AND_GROUND))
    assert palette.contrast(text, behind) >= 4.5
    assert page.locator(".Toastify__toast").count() == 0  # JupyterLab asks nobody whether it may fetch news
    page.close()
    assert watched.errors == []
    assert watched.requests == []


def parts(written: str) -> list[int]:
    """Red, green and blue of `rgb(17, 17, 17)` or of `rgba(0, 0, 0, 0.87)`."""
    return [int(part.strip(" )")) for part in written.split("(")[1].split(",")[:3]]


def colour(channels: list[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)

"""The table of a fleet in JupyterLab as a person uses it: typing, copying, dropping a file, saving."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest
from measuring.lab import run_all
from small_fleets import instance

import tco

pytestmark = [pytest.mark.browser, pytest.mark.server]

DROP = """([selector, name, text]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([text], name));
  const drop = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(drop);
}"""

AT_ONCE = """() => {
  const root = document.querySelector(".tco-editor");
  const labelled = (label) => root.querySelector(`[aria-label="${label}"]`);
  for (const clusters of ["7", "8", "9"]) {
    labelled("orders: clusters").value = clusters;
    labelled("orders: clusters").dispatchEvent(new Event("change", { bubbles: true }));
  }
  labelled("Add a group like billing").click();
  labelled("Remove catalogue").click();
  [...root.querySelectorAll("button")].find((button) => button.textContent === "Save").click();
}"""
"""A person who is quicker than the kernel: it has answered none of this when the fleet is saved."""


@pytest.fixture
def page(browser: Any, lab: Any, watching: Callable[[str], Any]) -> Iterator[Any]:
    """A notebook that shows the table of the quickstart."""
    cells = [nbformat.v4.new_code_cell("import tco\neditor = tco.edit_fleet()\neditor")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, lab.folder / "edit.ipynb")
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    watched = watching(lab.address)
    watched.follow(page)
    page.goto(lab.link("edit.ipynb"))
    run_all(page, ".tco-editor td input")
    yield page
    page.close()
    assert not watched.requests


def test_a_fleet_is_edited_and_saved(page: Any, lab: Any) -> None:
    message = page.locator(".tco-editor .message")
    clusters = page.get_by_label("orders: clusters")
    before = message.inner_text()
    clusters.fill("60")
    clusters.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('.tco-editor .message').textContent !== before", arg=before
    )

    clusters.fill("six")
    clusters.press("Tab")
    page.wait_for_selector(".tco-editor input[aria-invalid=true]")
    assert "fleet.orders.clusters" in message.inner_text()
    assert page.locator("[aria-invalid=true]").get_attribute("aria-label") == "orders: clusters"
    for key in ("a", "b", "d", "d", "m", "ArrowDown", "Escape"):
        clusters.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1
    clusters.fill("7")

    # The click also ends the typing in the cell, so that the table changes between press and release.
    page.get_by_role("button", name="Add a group like billing").click()
    page.get_by_role("button", name="Remove catalogue").click()
    page.get_by_label("billing_2: clusters").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_function("() => document.querySelector('.tco-editor .message').textContent.startsWith('Saved')")
    saved = tco.load_scenario(lab.folder / "fleet.yaml")
    assert list(saved.fleet) == ["orders", "billing", "notifications", "staging", "billing_2"]
    assert saved.fleet["orders"].clusters == 7

    page.evaluate(DROP, [".tco-editor", "rds.json", json.dumps({"DBInstances": [instance("shop"), instance("mail")]})])
    page.wait_for_function("() => document.querySelector('.tco-editor .message').textContent.startsWith('Databases')")
    assert "2 used" in message.inner_text()


def test_what_is_saved_is_what_the_table_shows_however_slow_the_kernel(page: Any, lab: Any) -> None:
    page.get_by_label("File to save the scenario in").fill("quick.yaml")
    page.evaluate(AT_ONCE)
    page.wait_for_function("() => document.querySelector('.tco-editor .message').textContent.startsWith('Saved')")
    saved = tco.load_scenario(lab.folder / "quick.yaml")
    assert list(saved.fleet) == ["orders", "billing", "notifications", "staging", "billing_2"]
    assert saved.fleet["orders"].clusters == 9
    assert page.get_by_label("orders: clusters").input_value() == "9"
    assert page.get_by_role("button", name="Remove billing_2").count() == 1

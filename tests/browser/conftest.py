"""A real browser on a real report: Chromium as installed, driven by Playwright, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tco.report import report

GROUP = {
    "engine": "mysql",
    "version": "8.0",
    "region": "us-east-1",
    "instance_class": "db.r6g.large",
    "storage_gb": 100.0,
    "workload": {"reads_per_second": 100.0, "writes_per_second": 20.0, "item_bytes": 800.0},
}
STAY = {"platform": "rds", "deployment": "multi_az", "policy": "settled", "method": "in_place"}
SCENARIO: dict[str, Any] = {
    "name": 'fleet "one" <script>alert(1)</script>',
    "description": "<img src=x onerror=alert(2)> </script><script>alert(3)</script>",
    "start": "2027-01",
    "months": 36,
    "prices_as_of": "2026-11-01",
    "fleet": {
        "<svg onload=alert(4)>": GROUP | {"clusters": 3},
        "a" * 80: GROUP | {"clusters": 1, "engine": "postgresql", "version": "16"},
    },
    "options": {
        'stay "put" </script><b>': STAY,
        "a_very_long_option_name_with_" + "x" * 40: STAY | {"method": "blue_green"},
        "serverless": {"platform": "dynamodb", "capacity": "on_demand"},
    },
}
"""A fleet whose names would like to be markup, and are too long for a phone."""


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML page of a report on that fleet."""
    out = tmp_path_factory.mktemp("reports")
    (made,) = report([SCENARIO], fleet_sizes=[2, 20, 200], out=out, parameters={"draws": 500}, progress=False)
    return Path(made.html)


@pytest.fixture
def opened(browser: Any, reported: Path) -> Iterator[Callable[..., Any]]:
    """Opens the report at a width, in a colour scheme; in the end nothing was fetched, complained or popped up."""
    pages: list[Any] = []
    faults: list[str] = []

    def open_at(width: int, scheme: str = "light") -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True, color_scheme=scheme)
        pages.append(page)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(reported.as_uri()) or faults.append(request.url))
        page.goto(reported.as_uri())
        page.wait_for_selector("html[data-charts]", state="attached")  # the page forbids strings as code
        return page

    yield open_at
    for page in pages:
        page.close()
    assert faults == []

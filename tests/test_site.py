"""The documentation site: links lead somewhere, every public name is there, and no page asks anything of a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import tco

ROOT = Path(__file__).parent.parent
FETCHED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]+", re.IGNORECASE)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    out = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(out), strict=True))  # raises for a link that leads nowhere
    return out


def test_every_page_of_the_contents_is_built_and_fetches_nothing_from_other_servers(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}
    assert {"index.html", "method/index.html", "assumptions/index.html", "cases/index.html"} < set(pages)
    assert {name: found for name, text in pages.items() if (found := FETCHED.findall(text))} == {}


def test_every_public_function_stands_with_its_docstring(site: Path) -> None:
    text = (site / "python" / "index.html").read_text("utf-8")
    functions = [name for name in tco.__all__ if callable(getattr(tco, name))]
    assert [name for name in functions if f"<code>tco.{name}</code>" not in text] == []


def test_every_assumption_of_the_baseline_stands_with_its_source(site: Path) -> None:
    text = (site / "assumptions" / "index.html").read_text("utf-8")
    entries = tco.load_scenario("quickstart").assumptions
    assert [path for path in entries if f"<code>{path}</code>" not in text] == []


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(site))) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(
    site: Path, address: str, browser: Any, scheme: str, serious_findings: Callable[..., list[str]]
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    found = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        page.goto(f"{address}/{name.removesuffix('index.html')}")
        page.wait_for_timeout(300)  # the theme puts tables into boxes that scroll after it has started
        found[name] = serious_findings(page)
    page.close()
    assert {name: barriers for name, barriers in found.items() if barriers} == {}


@pytest.mark.browser
def test_the_search_finds_pages(address: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address}/")
    page.keyboard.press("/")
    page.keyboard.type("extended support")
    page.wait_for_selector(".md-search-result__item")
    page.close()

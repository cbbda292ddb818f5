"""The explorer of a scenario: a page in a notebook whose controls answer at once, and the kernel behind it.

The page holds the amounts at every fleet size and load and sums them itself, so that moving a slider needs no
kernel. What needs the model (another policy, horizon or scenario, charts, the verdict, a bar's lines) it asks for by
message. Where no kernel answers, nbconvert and papermill keep a headline, a picture and the comparison (`still`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from IPython.display import display

import tco
from tco import formats
from tco.analysis.comparison import compare, cost_by_category
from tco.analysis.verdict import verdict
from tco.display.palette import CATEGORY_COLOURS
from tco.display.summaries import compared
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.exploring.choices import Choices, chosen, command, controls, packaged
from tco.exploring.responses import Responses, responses
from tco.exploring.scenario_files import save_scenario
from tco.report.page import javascript_bundle
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from tco.evaluation.ledger import Ledger

BROWSER = Path(__file__).parent / "browser"
SCRIPTS = (
    *("numbers.js", "amounts.js", "elements.js", "focus.js", "panels.js", "controls.js", "rows.js", "charts.js"),
    *("kernel.js", "explorer.js"),
)
MAX_LEDGERS = 4
FILE = "FILE.yaml"
"""In a command, a scenario that no file holds."""
FAILED = "The kernel could not answer; its log says why."
SAVED_BY = "Saved from the explorer: {name} with what was set there. `tco report` takes this file."


class Explorer(anywidget.AnyWidget):
    """A scenario to play with. `scenario` is what the controls say at present, `choices` how it differs."""

    _css = (BROWSER / "explorer.css").read_text(encoding="utf-8")
    setup = traitlets.Dict().tag(sync=True)
    first = traitlets.Dict().tag(sync=True)
    moved = traitlets.Dict().tag(sync=True)

    def __init__(self, scenario: Scenario, source: str = ""):
        """source: the file or packaged name that the scenario was read from, for the line that a terminal takes."""
        super().__init__(_esm=_page_script())
        self._sources = packaged(scenario)
        self._files = {scenario.name: source or FILE}
        self._open(scenario.name)
        self.on_msg(self._received)

    @property
    def choices(self) -> Choices:
        """What the controls say, as far as it differs from the scenario."""
        return Choices.of(self.moved)

    @property
    def scenario(self) -> Scenario:
        """The scenario as the controls have it now."""
        return chosen(self._opened, self.choices).by_label

    def command(self, choices: Choices | None = None) -> str:
        """The line for a terminal that compares the options under these choices, by default those of the controls."""
        return command(self._opened.by_label, self.choices if choices is None else choices, self._source)

    def _ipython_display_(self) -> None:
        """Show the answer and the comparison as they are, then the page, which hides these where it can run."""
        shown: Callable[..., None] = display
        shown(
            {
                "text/html": still(self._ledger(json.dumps({"assumptions": {}}))),
                "text/plain": f"Explorer of {self._opened.name}",
            },
            raw=True,
        )
        shown(*(self._repr_mimebundle_() or ())[:1], raw=True)

    def _open(self, name: str) -> None:
        """Explore the scenario of this name, from its own settings."""
        if name not in self._sources:
            raise InputError("is none of the scenarios to choose from", path="scenario", value=name)
        source = self._sources[name]
        self._opened = (source if isinstance(source, Scenario) else tco.load_scenario(source)).by_label
        self._source = self._files.get(name, name)
        self._chosen = lru_cache(MAX_LEDGERS)(lambda choices: chosen(self._opened, Choices.of(json.loads(choices))))
        self._ledger = lru_cache(MAX_LEDGERS)(lambda choices: tco.evaluate(self._chosen(choices)))
        meta, buffers = packed(responses(self._opened, [(self._opened.fleet_size, 1.0, {})]))
        with self.hold_sync():
            self.moved = {}
            self.first = {"meta": meta, "buffers": buffers}
            self.setup = controls(self._opened, name, list(self._sources))

    def _received(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        """Answer one message of the page, whatever happens: it waits for each answer before it asks again."""
        reply: dict[str, Any] = {"problem": FAILED}
        buffers: list[bytes] = []
        try:
            reply, buffers = self._answer(message)
        except InputError as error:
            reply = {"problem": str(error)}
        finally:
            self.send({"id": message.get("id"), "ask": message.get("ask"), **reply}, buffers)

    def _answer(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """The reply to a message, and its binary part. Raises InputError for an unknown question or a faulty one."""
        ask, choices = message.get("ask"), dict(message.get("choices") or {})
        if ask == "amounts":
            whole = choices.get("assumptions", {})
            places = [
                (int(size), float(load), {path: value for path, value in values.items() if path not in whole})
                for size, load, values in message["places"]
            ]
            meta, buffers = packed(responses(self._chosen(json.dumps(choices)), places))
            return {"meta": {**meta, "places": message["places"]}}, buffers
        if ask == "open":
            self._open(str(message["name"]))
            return {}, []
        if ask == "save":
            opening = SAVED_BY.format(name=self._opened.name)
            saved = save_scenario(self._chosen(json.dumps(choices)).by_label, str(message["name"]), opening)
            return {"saved": str(saved)}, []
        return self._answer_about(self._ledger(json.dumps(choices)), str(ask), message)

    def _answer_about(self, ledger: Ledger, ask: str, message: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """As `_answer`, for questions about a ledger."""
        from tco.exploring import answers  # with altair, which the first picture of the page does not wait for

        options, rival = list(self._opened.options), str(message.get("rival") or "")
        if ask == "export":
            name, data = answers.chart_file(ledger, str(message["view"]), str(message["form"]), options, rival)
            return {"name": name}, [data]
        if ask == "charts":
            return {"answer": answers.page_charts(ledger, str(message["view"]), options, rival)}, []
        if ask == "verdict":
            line = self.command(Choices.of(message.get("choices") or {}))
            return {"answer": {"sentences": answers.point_verdict(ledger), "command": line}}, []
        if ask == "lines":
            return {"answer": answers.lines_behind(ledger, str(message["option"]), str(message["category"]))}, []
        if ask == "assumption":
            return {"answer": answers.assumption(ledger.scenario, str(message["row"]))}, []
        if ask == "probable":
            return {"answer": answers.probable(ledger, int(message["draws"]))}, []
        raise InputError("is no question", path="ask", value=ask)


def _page_script() -> str:
    """The script of the page: Vega, so that charts need no network, the templates and the modules in `browser`."""
    templates, *scripts = ((BROWSER / name).read_text(encoding="utf-8") for name in ("page.html", *SCRIPTS))
    return "\n".join([javascript_bundle(), f"const TEMPLATES = {json.dumps(templates)};", *scripts])


def packed(answer: Responses) -> tuple[dict[str, Any], list[bytes]]:
    """Responses as a message: the names in JSON, the amounts as the bytes of 64-bit numbers in C order."""
    names = ("cost", "at_start", "hours", "minutes", "unfinished")
    blocks = {name: getattr(answer, name) for name in names}
    present = {name: block for name, block in blocks.items() if block is not None}
    meta = {
        "places": [list(place) for place in answer.places],
        "months": answer.cost.shape[-1],
        "roles": list(answer.roles),
        "parts": list(answer.parts),
        "options": list(answer.options),
        "categories": len(answer.categories),
        "blocks": list(present),
    }
    return meta, [block.astype("<f8").tobytes() for block in present.values()]


NOTICE = "A point estimate, every assumption at its mean. The controls of the explorer need a running kernel."
BARS, RIGHT, ROW, NAME, BAR = 580, 90, 42, 16, 18
"""Of the picture, in pixels: room for bars and amounts; the height of a row, of the name in it and of its bar."""


def still(ledger: Ledger) -> str:
    """The answer of a ledger as HTML that needs no script."""
    headline = escape(verdict(ledger, with_reversals=False).headline)
    picture, table = bars(cost_by_category(ledger, "npv")), compared(compare(ledger)).html()
    return f'<div class="tco-still"><p><b>{headline}</b></p>{picture}{table}<p>{NOTICE}</p></div>'


def bars(frame: pd.DataFrame) -> str:
    """An SVG with a bar an option, of its costs by category. frame: option, category, cost (USD)."""
    positive = frame[frame["cost"] > 0]
    totals = frame.groupby("option", sort=False)["cost"].sum()
    scale = BARS / max(float(positive.groupby("option")["cost"].sum().max()), 1.0) if len(positive) else 0.0
    categories = [name for name in CATEGORY_COLOURS if name in set(positive["category"])]
    parts = []
    for row, (option, total) in enumerate(totals.items()):
        top, left = row * ROW + NAME, 0.0
        parts.append(f'<text x="0" y="{top - 4}">{escape(str(option))}</text>')
        own = positive[positive["option"] == option].set_index("category")["cost"]
        for category in categories:
            if width := float(own.get(category, 0.0)) * scale:
                fill = CATEGORY_COLOURS[category]
                parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{fill}"/>')
                left += width
        parts.append(f'<text x="{left + 6:.1f}" y="{top + BAR - 4}">{formats.money(total)}</text>')
    key, top = 0, len(totals) * ROW + 4
    for category in categories:
        parts.append(f'<rect x="{key}" y="{top}" width="10" height="10" fill="{CATEGORY_COLOURS[category]}"/>')
        parts.append(f'<text x="{key + 14}" y="{top + 9}">{category}</text>')
        key += 30 + 7 * len(category)
    width, height = BARS + RIGHT, top + 16
    description = escape(
        "Present value by category: " + "; ".join(f"{name} {formats.money(cost)}" for name, cost in totals.items())
    )
    size = f'viewBox="0 0 {width} {height}" style="max-width:{width}px;width:100%"'
    look = f'role="img" aria-label="{description}" font-family="sans-serif" font-size="12" fill="currentColor"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>{"".join(parts)}</svg>'

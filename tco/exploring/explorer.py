"""The explorer of a scenario: a page in a notebook whose controls answer at once, and the kernel behind it.

The page holds the amounts at every fleet size and load and sums them itself, so that moving a slider needs no
kernel. What needs the model (another policy, horizon or scenario, the verdict, a bar's lines) it asks for by message.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import anywidget
import traitlets

import tco
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.exploring import answers
from tco.exploring.choices import Choices, chosen
from tco.exploring.controls import LARGEST_FLEET, SMALLEST_FLEET, controls, packaged
from tco.exploring.exports import drawn_as
from tco.exploring.responses import Responses, axis, is_queued, responses
from tco.exploring.scenario_files import save_scenario
from tco.scenario.scenario import Scenario

BROWSER = Path(__file__).parent / "browser"
SCRIPTS = ("numbers.js", "amounts.js", "drawing.js", "charts.js", "timelines.js", "panels.js", "explorer.js")
CURVE_POINTS = axis(SMALLEST_FLEET, LARGEST_FLEET)
FEWER = 5
KEPT_LEDGERS = 4
Kept = TypeVar("Kept")
FAILED = "The kernel could not answer; its log says why."
SAVED_BY = "Saved from the explorer: {name} with what was set there. `tco report` takes this file."


class Explorer(anywidget.AnyWidget):
    """A scenario to play with. `scenario` is what the controls say at present, `choices` how it differs."""

    _esm = "\n".join((BROWSER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (BROWSER / "explorer.css").read_text(encoding="utf-8")
    setup = traitlets.Dict().tag(sync=True)
    first = traitlets.Dict().tag(sync=True)
    moved = traitlets.Dict().tag(sync=True)

    def __init__(self, scenario: Scenario):
        super().__init__()
        self._sources = packaged(scenario)
        self._open(scenario.name)
        self.on_msg(self._received)

    @property
    def choices(self) -> Choices:
        """What the controls say, as far as it differs from the scenario."""
        return Choices.of(self.moved)

    @property
    def scenario(self) -> Scenario:
        """The scenario as the controls have it now."""
        return chosen(self._given, self.choices)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(bundle, tuple) and bundle:
            bundle[0]["text/plain"] = f"Explorer of {self._given.name} (needs a running kernel in JupyterLab)"
        return bundle

    def _open(self, name: str) -> None:
        """Explore the scenario of this name, from its own settings."""
        if name not in self._sources:
            raise InputError("is none of the scenarios to choose from", path="scenario", value=name)
        source = self._sources[name]
        self._given = source if isinstance(source, Scenario) else tco.load_scenario(source)
        self._structures: OrderedDict[str, Scenario] = OrderedDict()
        self._ledgers: OrderedDict[str, Ledger] = OrderedDict()
        size = self._given.fleet_size
        meta, buffers = packed(responses(self._given, [(size, 1.0)], self._curve_points()))
        with self.hold_sync():
            self.moved = {}
            self.first = {"meta": meta, "buffers": buffers}
            self.setup = controls(self._given, name, self._sources)

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
        ask, choices = message.get("ask"), Choices.of(message.get("choices") or {})
        if ask == "amounts":
            places = [(int(size), float(load)) for size, load in message["places"]]
            curve = self._curve_points() if message.get("curve") else ()
            meta, buffers = packed(responses(self._structure(choices), places, curve, choices.load))
            return {"meta": meta}, buffers
        if ask == "open":
            self._open(str(message["name"]))
            return {}, []
        if ask == "save":
            opening = SAVED_BY.format(name=self._given.name)
            saved = save_scenario(chosen(self._given, choices), str(message["name"]), opening)
            return {"saved": str(saved)}, []
        if ask == "export":
            name, data = drawn_as(self._ledger(choices), str(message["view"]), str(message["form"]))
            return {"name": name}, [data]
        return {"answer": self._told(str(ask), choices, message)}, []

    def _told(self, ask: str, choices: Choices, message: Mapping[str, Any]) -> Any:
        """What JSON holds of an answer. Raises InputError for a question that nobody answers."""
        if ask == "verdict":
            return answers.told(self._ledger(choices))
        if ask == "behind":
            return answers.behind(self._ledger(choices), str(message["option"]), str(message["category"]))
        if ask == "upgrades":
            return answers.upgrades(chosen(self._given, choices))
        if ask == "flips":
            return answers.flips(chosen(self._given, choices), SMALLEST_FLEET, LARGEST_FLEET)
        if ask == "matters":
            return answers.what_matters(chosen(self._given, choices))
        if ask == "probable":
            return answers.probable(self._ledger(choices), int(message["draws"]))
        raise InputError("is no question", path="ask", value=ask)

    def _curve_points(self) -> tuple[float, ...]:
        """Fleet sizes of the curve: fewer where each takes an evaluation of its own, none without a fleet to scale."""
        if not self._given.fleet_size:
            return ()
        return CURVE_POINTS[::FEWER] if is_queued(self._given) else CURVE_POINTS

    def _structure(self, choices: Choices) -> Scenario:
        """The scenario with all choices that the model cannot answer side by side."""
        structure = choices.structure()
        return _kept(self._structures, repr(structure), lambda: chosen(self._given, structure))

    def _ledger(self, choices: Choices) -> Ledger:
        return _kept(self._ledgers, repr(choices), lambda: tco.evaluate(chosen(self._given, choices)))


def _kept(store: OrderedDict[str, Kept], key: str, make: Callable[[], Kept]) -> Kept:
    """What `store` has under `key`, made where it is missing; the oldest entries are let go."""
    if key not in store:
        store[key] = make()
        while len(store) > KEPT_LEDGERS:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]


def packed(answer: Responses) -> tuple[dict[str, Any], list[bytes]]:
    """Responses as a message: the names in JSON, the amounts as the bytes of 64-bit numbers in C order."""
    blocks = {
        name: getattr(answer, name) for name in ("cost", "at_start", "hours", "minutes", "curve", "curve_at_start")
    }
    present = {name: block for name, block in blocks.items() if block is not None}
    meta = {
        "places": [list(place) for place in answer.places],
        "curve_sizes": list(answer.curve_sizes),
        "roles": list(answer.roles),
        "parts": [list(part) for part in answer.parts],
        "options": list(answer.options),
        "blocks": {name: list(block.shape) for name, block in present.items()},
    }
    return meta, [block.astype("<f8").tobytes() for block in present.values()]

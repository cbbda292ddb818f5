"""The fleet of a scenario as a table to edit in a notebook: `tco.edit_fleet`.

Every cell is text, as a person types it: a blank cell is a key that the group does not state. After each change the
whole table is a scenario again, so that `load_scenario` alone decides what is valid.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import anywidget
import pandas as pd
import traitlets

from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.exploring.explorer import BROWSER
from tco.exploring.scenario_files import as_mapping, save_scenario
from tco.inventory.fleet import read_fleet
from tco.loading.loading import load_scenario
from tco.platforms import platform, platform_names
from tco.platforms.load_shapes import named_load_shapes
from tco.scenario.scenario import NEW, Environment, Group, Licence, Scenario, Workload

HERE = Path(__file__).parent
SCRIPTS = (BROWSER / "elements.js", HERE / "editor.js")
TEXTS = ("engine", "version", "region", "environment", "platform", "instance_class", "licence", "design_of", "created")
"""Columns whose cells are text even where they look like a number, such as version 8.0."""
LOAD = "workload."
NOT_IN_TABLE = ("assumptions", "workload")
FIRST = (
    "group", "clusters", "engine", "version", "environment", "region", "instance_class", "instances", "storage_gb",
    *(f"{LOAD}{name}" for name in Workload.model_fields),
)  # fmt: skip
COLUMNS = (*FIRST, *(name for name in Group.model_fields if name not in (*FIRST, *NOT_IN_TABLE)))
FLAGS = {"true": True, "false": False}
SAVED_BY = "Saved from the table of tco.edit_fleet."
REFUSALS_SHOWN = 10


def table_of(document: Mapping[str, Any]) -> pd.DataFrame:
    """The groups of a scenario's mapping, one row each, every cell a text; the columns are `COLUMNS`."""
    rows = []
    for name, group in document["fleet"].items():
        load = {f"{LOAD}{key}": value for key, value in (group.get("workload") or {}).items()}
        rows.append([_text(({"group": name} | dict(group) | load).get(column)) for column in COLUMNS])
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def with_table(document: Mapping[str, Any], table: pd.DataFrame, before: Sequence[str]) -> dict[str, Any]:
    """The mapping with the groups of a table. before: the name that each row's group had in the mapping, or "".

    What options say of a group, and `design_of`, follow a group that is renamed; of a group that is gone they say
    nothing any more. Raises InputError for a row without a name and for a name that appears twice.
    """
    names = [str(name).strip() for name in table["group"]]
    for name in names:
        if not name or names.count(name) > 1:
            reason = "appears in two rows of the table" if name else "a row of the table names no group"
            raise InputError(reason, path="fleet", value=name or None)
    renamed = {old: name for old, name in zip(before, names, strict=True) if old}
    fleet = {}
    for name, old, (_, row) in zip(names, before, table.iterrows(), strict=True):
        kept = {key: value for key, value in document["fleet"].get(old, {}).items() if key in NOT_IN_TABLE}
        fleet[name] = _group(row, kept)
        if (design_of := fleet[name].get("design_of")) in renamed and design_of not in names:
            fleet[name]["design_of"] = renamed[design_of]
    options = {}
    for option, settings in document["options"].items():
        groups = {renamed[name]: chosen for name, chosen in settings.get("groups", {}).items() if name in renamed}
        options[option] = {key: value for key, value in settings.items() if key != "groups"}
        options[option] |= {"groups": groups} if groups else {}
    return {**document, "fleet": fleet, "options": options}


def _group(row: pd.Series[Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """A group as a scenario file has it. kept: its assumptions, and the hourly load that no cell can hold."""
    stated = {column: _value(column, text) for column, text in row.items() if column != "group" and str(text).strip()}
    group = {str(key): value for key, value in stated.items() if not str(key).startswith(LOAD)}
    load = {str(key).removeprefix(LOAD): value for key, value in stated.items() if str(key).startswith(LOAD)}
    hours = (kept.get("workload") or {}).get("load")
    if load and not isinstance(hours, str | None) and load.get("load") == _text(hours):
        load["load"] = hours
    return group | ({"workload": load} if load else {}) | {k: v for k, v in kept.items() if k == "assumptions"}


def _value(column: object, text: object) -> Any:
    """What a cell says, as YAML would have it; a text that is no number stays one, for the loader to refuse."""
    word = str(text).strip()
    if column in TEXTS or word.lower() in FLAGS:
        return word if column in TEXTS else FLAGS[word.lower()]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, list | tuple):
        return f"{len(value)} hourly values"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


class FleetEditor(anywidget.AnyWidget):
    """The table, what is wrong with it or what it leads to; made by `edit_fleet`.

    rows: the cells of each group as texts, in the order of `COLUMNS`, each with the name that the group had when the
    scenario was opened, or "". The page and Python both may set them; either way they are checked at once. What comes
    from the page is not sent back to it: it may have gone on meanwhile.
    """

    _css = (HERE / "editor.css").read_text(encoding="utf-8")
    columns: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True, echo_update=False)
    message = traitlets.Dict().tag(sync=True)

    def __init__(self, scenario: Scenario):
        super().__init__(_esm="\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS))
        self.columns = [{"name": name, "choices": _choices(name)} for name in COLUMNS]
        self._open(as_mapping(scenario))
        self._tell(self._verdict)
        self.observe(lambda _: self._tell(self._verdict), "rows")
        self.on_msg(self._received)

    @property
    def table(self) -> pd.DataFrame:
        """The groups as the page has them, one row each, every cell a text; the columns are `COLUMNS`."""
        return pd.DataFrame([row["cells"] for row in self.rows], columns=list(COLUMNS), dtype=object)

    @property
    def scenario(self) -> Scenario:
        """The scenario with the fleet of the table. Raises InputError with every fault of the table."""
        return load_scenario(with_table(self._document, self.table, [row["before"] for row in self.rows]))

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(bundle, tuple) and bundle:
            bundle[0]["text/plain"] = f"{self.table.to_string(index=False)}\n\n{self.message['text']}"
        return bundle

    def _open(self, document: Mapping[str, Any]) -> None:
        self._document = document
        names = list(document["fleet"])
        cells = table_of(document).to_numpy().tolist()
        self.rows = [{"before": name, "cells": row} for name, row in zip(names, cells, strict=True)]

    def _received(self, _: Any, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        if content.get("ask") == "check":
            self.set_state({"rows": content["rows"]})
        elif content.get("ask") == "save":
            self._tell(lambda: f"Saved as {save_scenario(self.scenario, str(content['name']), SAVED_BY)}")
        elif content.get("ask") == "read":
            self._tell(lambda: self._read(dict(zip(content["names"], buffers, strict=True))))

    def _tell(self, action: Callable[[], str]) -> None:
        """Do what the page asks, and say what came of it or what is wrong, and where."""
        try:
            self.message = {"text": action(), "faults": []}
        except InputError as error:
            self.message = {"text": str(error), "faults": [problem.path for problem in error.problems]}

    def _verdict(self) -> str:
        from tco.analysis.verdict import verdict
        from tco.model.lines import evaluate

        answer = verdict(evaluate(self.scenario), with_reversals=False)
        return "\n".join([answer.headline, *answer.sentences[:1]])

    def _read(self, files: Mapping[str, bytes | memoryview]) -> str:
        """Open the fleet that files of databases tell of, in place of the present one."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / Path(name).name for name in files]
            for path, content in zip(paths, files.values(), strict=True):
                path.write_bytes(content)
            try:
                fleet = read_fleet(paths)
            except InputError as error:
                raise InputError(str(error).replace(f"{folder}/", "")) from None
        outcomes = fleet.coverage["outcome"].value_counts()
        read = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) or "none was found"
        refused = fleet.coverage[fleet.coverage["outcome"] == "refused"].head(REFUSALS_SHOWN)
        reasons = [f"{row.resource} is refused: {row.reason}" for row in refused.itertuples()]
        summary = "\n".join([f"Databases in the files: {read}.", *reasons])
        if not fleet["fleet"]:
            raise InputError(f"{summary}\nThe table stays as it was.")
        self._open(fleet)
        return f"{summary}\n{self._verdict()}"


def _choices(column: str) -> list[str]:
    """What a cell may hold, as far as there is a short list of it."""
    if column == "engine":
        return sorted({engine for name in platform_names() for engine in platform(name).hosts or ()})
    lists: Mapping[str, Sequence[str]] = {
        "environment": get_args(Environment),
        "licence": get_args(Licence),
        "platform": (*platform_names(), NEW),
        "region": price_book().known("region"),
        "extended_support": tuple(FLAGS),
        f"{LOAD}load": tuple(named_load_shapes()),
    }
    return list(lists.get(column, ()))

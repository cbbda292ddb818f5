"""What a report was made from: inputs and their hash, facts and their dates, versions, and the numbers of the verdict.

The notebook displays a `Manifest`; the report writer saves the same content as `manifest.json`.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import io
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from tco import formats, resources, tables
from tco.catalog.prices import SETS_FOLDER

MANIFEST_TYPE = "application/vnd.tco.manifest+json"
"""MIME type under which a notebook output carries the manifest."""
PACKAGES = ("tco", "numpy", "pandas", "pydantic", "altair", "vl-convert-python", "papermill", "nbconvert", "ipykernel")
LOAD_SHAPES = "params/load_shapes.yaml"
FACT_SUFFIXES = (".csv", ".yaml")
MOST_FILES = 256
"""Files of facts whose newest date is kept, as long as not a byte of them changes: reading all rows takes long."""
DATE_COLUMNS = ("observed_on", "as_of")


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`; in a notebook it shows as a table."""

    content: Mapping[str, Any]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        made, files = _flat(self.content)
        shown = tables.table(pd.DataFrame(made, columns=["entry", "value"]))
        facts = tables.table(
            pd.DataFrame(files, columns=["file", "newest row", "sha256"]), caption="Facts and assumptions", folded=True
        )
        return {
            "text/html": shown.html() + facts.html(),
            "text/plain": json.dumps(self.content, indent=1, ensure_ascii=False),
            MANIFEST_TYPE: dict(self.content),
        }


def report_manifest(
    scenario: Any,
    *,
    parameters: Mapping[str, Any],
    today: str,
    verdict: pd.DataFrame,
    prices: pd.DataFrame | None = None,
) -> Manifest:
    """The manifest of a report on `scenario`.

    parameters: what the notebook was run with. today: the report's date. verdict: the comparison of all options, at
    all fleet sizes. prices: the price rows used, with `observed_on`.
    """
    described = scenario.model_dump(mode="json")
    described["changed"] = sorted(scenario.changed)  # a set, whose order differs from process to process
    facts = data_files()
    content: dict[str, Any] = {
        "scenario": described.get("name", ""),
        "input_hash": input_hash(described, parameters, facts),
        "today": today,
        "prices_as_of": str(described.get("prices_as_of", "")),
        "parameters": json.loads(json.dumps(dict(parameters), default=str)),
        "data": facts,
        "versions": versions(),
        "verdict": verdict.astype(object).where(verdict.notna(), None).to_dict("records"),
    }
    if prices is not None and len(prices) and "observed_on" in prices:
        observed = sorted(str(day)[:10] for day in prices["observed_on"].dropna() if str(day))
        if observed:
            content["prices_observed"] = {"oldest": observed[0], "newest": observed[-1]}
    return Manifest(content)


def input_hash(scenario: Mapping[str, Any], parameters: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """SHA-256 of everything that the numbers follow from: scenario with all assumptions, parameters, facts."""
    relevant = {key: value for key, value in parameters.items() if key != "today"}
    text = json.dumps([_ordered(scenario), relevant, facts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def data_files() -> dict[str, dict[str, str]]:
    """Every file of facts and assumptions in force: `sha256` and, where its rows are dated, the `newest` date.

    Those that come with the toolkit, and below `TCO_PRICES/` the newer price sets that this variable names.
    """
    found = {}
    for name, file in sorted(_fact_files()):
        content = file.read_bytes()
        newest = _newest_date(content) if file.suffix == ".csv" else ""
        found[name] = {"sha256": hashlib.sha256(content).hexdigest()} | ({"newest": newest} if newest else {})
    return found


def _fact_files() -> Iterator[tuple[str, Path]]:
    """The files of facts and assumptions, each with the name that it has in a manifest."""
    folders = {top: resources.path(top) for top in ("data", "params/baseline")}
    if sets := os.environ.get(SETS_FOLDER, ""):
        folders[SETS_FOLDER] = Path(sets)
    for top, root in folders.items():
        yield from (
            (f"{top}/{file.relative_to(root).as_posix()}", file)
            for file in root.rglob("*")
            if file.suffix in FACT_SUFFIXES
        )
    yield LOAD_SHAPES, resources.path(LOAD_SHAPES)


def versions() -> dict[str, str]:
    """Python and the packages that numbers and pictures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


@lru_cache(MOST_FILES)
def _newest_date(content: bytes) -> str:
    reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
    columns = [name for name in DATE_COLUMNS if name in (reader.fieldnames or [])]
    return max((row[name] for row in reader for name in columns if row[name]), default="")


def _ordered(value: Any) -> Any:
    """Sets as sorted lists, all the way down: their own order differs from process to process."""
    if isinstance(value, Mapping):
        return {str(key): _ordered(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    return value


def _flat(content: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """The manifest as lines a person reads: what the report was made from, and the files of facts behind it."""
    made = []
    files = [(file, entry.get("newest", ""), entry["sha256"]) for file, entry in content["data"].items()]
    for key, value in content.items():
        name = key.replace("_", " ")
        if key in ("verdict", "data"):
            continue
        if isinstance(value, Mapping):
            made.append((name, ", ".join(f"{inner} {_text(held)}" for inner, held in value.items())))
        else:
            made.append((name, _text(value)))
    return made, files


def _text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
        if value is not None
        else formats.MISSING
    )

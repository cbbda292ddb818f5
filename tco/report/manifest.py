"""What a report was made from: inputs and their hash, facts and their dates, versions, and the numbers of the verdict.

The notebook displays a `Manifest`; the report writer saves the same content as `manifest.json`. A later report reads it
back to say what has moved since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tco import formats
from tco.display import tables
from tco.errors import InputError
from tco.report.basis import CODE, basis, data_files, versions
from tco.report.files import MANIFEST

MANIFEST_TYPE = "application/vnd.tco.manifest+json"
"""MIME type under which a notebook output carries the manifest."""
NUMBERS = ("shape", "value", "low", "high", "parts", "at_least", "at_most")
"""Fields of an assumption that results depend on."""
UNSHOWN = ("verdict", "point", "data", "inputs", "prices")
PAGE = ".html"


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`; in a notebook it shows as a table."""

    content: Mapping[str, Any]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        entries, files = _flat(self.content)
        shown = tables.table(pd.DataFrame(entries, columns=["entry", "value"]))
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
    point: pd.DataFrame | None = None,
    prices: pd.DataFrame | None = None,
) -> Manifest:
    """The manifest of a report on `scenario`.

    parameters: what the notebook was run with. today: the report's date. verdict: the comparison of all options, at
    all fleet sizes. point: the same at the means of all assumptions, where `verdict` is of draws. prices: the price
    rows used, with `observed_on`.
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
        "code": basis()[CODE],
        "inputs": inputs_of(scenario),
        "verdict": _records(verdict),
    }
    if point is not None:
        content["point"] = _records(point)
    if prices is not None and len(prices) and "observed_on" in prices:
        observed = sorted(str(day)[:10] for day in prices["observed_on"].dropna() if str(day))
        if observed:
            content["prices_observed"] = {"oldest": observed[0], "newest": observed[-1]}
    if prices is not None and {"name", "price"} <= set(prices):
        content["prices"] = dict(zip(prices["name"], prices["price"].astype(float), strict=True))
    return Manifest(content)


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def inputs_of(scenario: Any) -> dict[str, Any]:
    """The scenario as it can be loaded again, and the numbers of every assumption by path."""
    left_out = {"assumptions", "changed"}
    stated = scenario.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    return {
        "scenario": stated,
        "changed": sorted(scenario.changed),
        "assumptions": {path: numbers_of(entry) for path, entry in scenario.assumptions.items()},
    }


def numbers_of(entry: Any) -> dict[str, Any]:
    """What results depend on in an assumption."""
    return dict(entry.model_dump(mode="json", include=set(NUMBERS), exclude_defaults=True))


def manifest_file(place: str | Path) -> Path:
    """The manifest of a report: in its folder, beside its page, or the file itself. Raises InputError without one."""
    path = Path(place)
    file = path / MANIFEST if path.is_dir() else path.with_name(MANIFEST) if path.suffix == PAGE else path
    if not path.exists():
        raise InputError("is no report: name the folder of one, its page, or its manifest.json", value=str(place))
    if not file.is_file():
        raise InputError(f"has no {MANIFEST} beside it, which a report writes with its page", file=str(place))
    return file


def read_manifest(place: str | Path) -> dict[str, Any]:
    """The content of a report's manifest. Raises InputError where it is none."""
    file = manifest_file(place)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError("cannot be read as a manifest", file=str(file)) from None
    if not isinstance(content, dict) or not {"parameters", "verdict", "data"} <= set(content):
        raise InputError("is not the manifest of a report on one scenario", file=str(file))
    return content


def input_hash(scenario: Mapping[str, Any], parameters: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """SHA-256 of everything that the numbers follow from: scenario with all assumptions, parameters, facts."""
    relevant = {key: value for key, value in parameters.items() if key != "today"}
    text = json.dumps([scenario, relevant, facts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _flat(content: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """The manifest as lines a person reads: what the report was made from, and the files of facts behind it."""
    entries = []
    files = [(file, entry.get("newest", ""), entry["sha256"]) for file, entry in content["data"].items()]
    for key, value in content.items():
        name = key.replace("_", " ")
        if key in UNSHOWN:
            continue
        if isinstance(value, Mapping):
            parts = (
                f"{inner.replace('_', ' ')} {_text(held)}" for inner, held in value.items() if held not in ("", {})
            )
            entries.append((name, ", ".join(parts)))
        else:
            entries.append((name, _text(value)))
    return entries, files


def _text(value: Any) -> str:
    if value is None:
        return formats.MISSING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

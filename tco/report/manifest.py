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
from typing import Annotated, Any, NotRequired

import pandas as pd
from pydantic import Field, FiniteFloat, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from tco import formats, resources
from tco.display import tables
from tco.errors import InputError
from tco.report.basis import CODE, basis, data_files, versions
from tco.report.files import MANIFEST, OWN_HASH, own_hash
from tco.scenario.assumptions import Number

MANIFEST_TYPE = "application/vnd.tco.manifest+json"
"""MIME type under which a notebook output carries the manifest."""
NUMBERS = ("shape", "value", "low", "high", "parts", "at_least", "at_most")
"""Fields of an assumption that results depend on."""
UNSHOWN = ("verdict", "point", "data", "inputs", "prices")
PAGE = ".html"
NONE = "is not the manifest of a report on one scenario"


class _Result(TypedDict):
    option: str
    fleet_size: int
    total: FiniteFloat
    npv: FiniteFloat


class _Inputs(TypedDict):
    scenario: dict[str, Any]
    changed: list[str]
    assumptions: dict[str, dict[str, Any]]


class _Content(TypedDict):
    """What later reports read of a manifest."""

    scenario: str
    today: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    parameters: dict[str, Any]
    data: dict[str, dict[str, str]]
    verdict: list[_Result]
    point: NotRequired[list[_Result]]
    prices: NotRequired[dict[str, Number]]
    inputs: NotRequired[_Inputs]
    versions: NotRequired[dict[str, str]]
    code: NotRequired[str]


_CONTENT = TypeAdapter(_Content)


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
    """The content of a report's manifest. Raises InputError where it is none, or was changed after its report."""
    file = manifest_file(place)
    text = resources.text(file)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("cannot be read as a manifest", file=str(file)) from None
    try:
        if not isinstance(content, dict) or not {"parameters", "verdict", "data"} <= set(content):
            raise InputError(NONE)
        if content.get(OWN_HASH, own_hash(content)) != own_hash(content):
            raise InputError("has been changed since its report was made: take a copy of it, or make the report again")
        check_manifest(content)
    except InputError as error:
        raise error.located(file=str(file)) from None
    return content


def check_manifest(content: Mapping[str, Any]) -> None:
    """Raise InputError for what is no manifest of a report on one scenario, by the place in it."""
    try:
        _CONTENT.validate_python(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place, said = ".".join(map(str, first["loc"])), first["msg"].lower()
        raise InputError(f"{NONE}: {said}", path=place, value=first["input"]) from None


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

"""What a batch is: scenarios, swept values and notebooks, of which every combination becomes one report.

`read_batch` reads the YAML file, or one that comes with the toolkit by its name. Everything that the file alone can
tell is checked here; `tco.batches.plan` holds it against the scenarios and notebooks that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from tco import resources
from tco.errors import InputError, Problem, shown, unknown
from tco.loading.loading import read_mapping
from tco.scenario.assumptions import IsoDate
from tco.scenario.scenario import LONGEST_NAME, Strict

USUAL_NOTEBOOK = "fleet_comparison"
USUAL_FLEET_SIZES = (10, 100, 1000)
GIVEN = ("scenario", "fleet_sizes", "set", "today")
"""Parameters of a notebook that have a place of their own in a batch file."""
FEW_KEYS = "name, scenarios, sweep"
FOLDER = "params/batches"

Size = Annotated[int, Field(ge=0)]


class Batch(Strict):
    """A batch file.

    scenarios: files, patterns such as `fleets/*.yaml` (both relative to the batch file) or packaged names. sweep: by
    path of a scenario (`labour.engineer_rate`), of all groups or options that state it (`fleet.*.region`) or of a
    notebook (`parameters.draws`), the values to try: a list, or a mapping of names to values. Under a word that is no
    path: names of cases, each a mapping of paths to values that change together. exclude: combinations left out, each
    a mapping of axes to a value or a list of values; `scenario` and `notebook` are axes too. notebooks: files or
    packaged names, or a mapping of them to parameters of their own. parameters: of every notebook. fleet_sizes:
    numbers of clusters side by side in each report. set: changes by path in every report. today: the day the reports
    bear; default: the day the batch is begun. timeout: seconds that a cell may take. keep_draws: save the draws
    beside each report; otherwise its manifest says how to draw them again.
    """

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    description: str = ""
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    notebooks: Mapping[str, Mapping[str, Any]] = Field(default_factory=lambda: {USUAL_NOTEBOOK: {}}, min_length=1)
    fleet_sizes: Annotated[tuple[Size, ...], Field(min_length=1)] = USUAL_FLEET_SIZES
    set: Mapping[str, Any] = Field(default_factory=dict)
    sweep: Mapping[str, Any] = Field(default_factory=dict)
    exclude: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    today: IsoDate | None = None
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    keep_draws: bool = False

    @field_validator("scenarios", "fleet_sizes", "exclude", mode="before")
    @classmethod
    def _tuples(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("notebooks", mode="before")
    @classmethod
    def _own_parameters(cls, value: object) -> object:
        if isinstance(value, list):
            if len(set(map(str, value))) < len(value):
                raise ValueError("a notebook stands twice")
            return {name: {} for name in value}
        return {name: own or {} for name, own in value.items()} if isinstance(value, dict) else value

    @field_validator("set", "sweep", "parameters", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("parameters")
    @classmethod
    def _no_given(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in GIVEN:
            if name in value:
                place = "scenarios" if name == "scenario" else name
                raise ValueError(f"{name!r} has its own place in a batch file: the key {place!r} beside this one")
        return value


def is_batch(source: str) -> bool:
    """Whether `source` names a batch file, rather than a scenario; also of one that is faulty."""
    path = batch_path(source)
    if path is None:
        return False
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError):
        return False
    own = set(Batch.model_fields) - {"name", "description", "set"}
    return isinstance(raw, dict) and "fleet" not in raw and bool(own & set(map(str, raw)))


def batch_names() -> tuple[str, ...]:
    """The names of the batches that come with the toolkit, sorted."""
    return tuple(sorted(path.stem for path in resources.path(FOLDER).glob("*.yaml")))


def batch_path(source: str) -> Path | None:
    """The file that `source` names: a path, or a packaged name; None where there is none."""
    path = Path(source)
    if not path.exists() and source in batch_names():
        path = resources.path(f"{FOLDER}/{source}.yaml")
    return path if path.is_file() else None


def read_batch(source: str, changes: Mapping[str, Any] | None = None) -> Batch:
    """The batch in a file or of a packaged name. changes: fields that replace those of the file.

    Raises InputError listing every fault.
    """
    path = batch_path(source)
    if path is None:
        raise InputError("no such file, and " + unknown("packaged batch", source, batch_names()), file=source)
    return checked_batch({**read_mapping(path, source, "a batch", FEW_KEYS), **(changes or {})}, source)


def checked_batch(raw: Mapping[str, Any], file: str = "") -> Batch:
    """The batch that a mapping describes. Raises InputError listing every fault, with `file` as their place."""
    try:
        return Batch(**{str(key): value for key, value in raw.items()})
    except ValidationError as error:
        details = error.errors()
        faulty = {detail["loc"][:-1] for detail in details}  # a list of faulty entries is not also too short
        problems = dict.fromkeys(_problem(detail, file) for detail in details if detail["loc"] not in faulty)
        raise InputError(problems) from None


def _problem(detail: ErrorDetails, file: str) -> Problem:
    """One fault as a sentence, with the nearest valid key where one is unknown."""
    place = [str(part) for part in detail["loc"]]
    path = ".".join(place)
    if detail["type"] == "extra_forbidden":
        return Problem(unknown("key", place[-1], tuple(Batch.model_fields)), path=path, file=file)
    if detail["type"] == "missing":
        return Problem("is missing", path=path, file=file)
    if detail["type"] == "value_error":
        return Problem(str(detail.get("ctx", {}).get("error", detail["msg"])), path=path, file=file)
    message = detail["msg"].replace("Input should be", "should be").replace("a valid tuple", "a list")
    message = message.replace("Tuple should", "should").replace(" after validation", "")
    message = message.replace("a valid mapping", "a mapping").replace("Mapping", "mapping")
    return Problem(message, path=path, file=file, value=shown(detail.get("input")))

"""A batch file: scenarios, swept values and notebooks, of which every combination becomes one report.

`read_batch` reads a YAML file or a packaged one by its name, and checks what the file alone shows; `tco.batches.plan`
checks it against the scenarios and notebooks that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from tco import resources
from tco.errors import InputError, unknown
from tco.loading.loading import problem_of, read_mapping
from tco.loading.yaml_text import with_lines, yaml_value
from tco.scenario.assumptions import IsoDate, Strict
from tco.scenario.scenario import LONGEST_NAME

DEFAULT_NOTEBOOK = "fleet_comparison"
RESERVED = ("scenario", "fleet_sizes", "set", "today")
"""Parameters of a notebook that a batch file states by a key of its own."""
PARAMETERS = "parameters."
"""Prefix of a path that sweeps a notebook's parameter."""
FEW_KEYS = "name, scenarios, sweep"
FOLDER = "params/batches"

Size = Annotated[int, Field(ge=0)]


class Batch(Strict):
    """A batch file.

    scenarios: files, patterns such as `fleets/*.yaml` (both relative to the batch file) or packaged names. sweep: by
    path of a scenario (`labour.engineer_rate`), of all groups or options that state it (`fleet.*.region`) or of a
    notebook (`parameters.draws`), the values to try: a list, or a mapping of names to values. By a word that is no
    path: names of cases, each a mapping of paths to values that change together. exclude: combinations left out, each
    a mapping of axes to a value or a list of values; `scenario` and `notebook` are axes too. notebooks: files or
    packaged names, or a mapping of them to parameters of their own, which go before `parameters`, those of every
    notebook. fleet_sizes:
    further numbers of clusters, in each report beside the size that its scenario states. set: changes by path in every
    report. today: the date printed on the reports; default: the day on which the batch is started. timeout: seconds
    that a cell may take. keep_draws: save the draws beside each report; otherwise its manifest says how to repeat them.
    """

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    description: str = ""
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    notebooks: Mapping[str, Mapping[str, Any]] = Field(default_factory=lambda: {DEFAULT_NOTEBOOK: {}}, min_length=1)
    fleet_sizes: tuple[Size, ...] = ()
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
                raise ValueError("a notebook is listed twice")
            return {name: {} for name in value}
        return {name: own or {} for name, own in value.items()} if isinstance(value, dict) else value

    @field_validator("set", "sweep", "parameters", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("parameters")
    @classmethod
    def _none_reserved(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        not_reserved(value)
        return value

    @field_validator("notebooks")
    @classmethod
    def _own_ones_not_reserved(cls, value: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        for own in value.values():
            not_reserved(own)
        return value

    @field_validator("exclude")
    @classmethod
    def _each_names_something(cls, value: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
        if any(not entry for entry in value):
            raise ValueError("an entry without a value would leave every combination out")
        return value

    @field_validator("set")
    @classmethod
    def _of_scenarios(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        for path in value:
            if path.startswith(PARAMETERS):
                raise ValueError(f"{path} is no path of a scenario: a notebook's stand under the key 'parameters'")
        return value


def not_reserved(parameters: Collection[str | None]) -> None:
    """Raises InputError for the name of a notebook's parameter that a batch file states by a key of its own."""
    for name in RESERVED:
        if name in parameters:
            place = "scenarios" if name == "scenario" else name
            raise InputError(f"{name!r} has its own place in a batch file: the key {place!r}")


def is_batch(source: str) -> bool:
    """Whether `source` names a batch file, even a faulty one, rather than a scenario."""
    path = batch_path(source)
    if path is None:
        return False
    try:
        raw = yaml_value(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    own = set(Batch.model_fields) - {"name", "description", "set"}
    return isinstance(raw, dict) and "fleet" not in raw and bool(own & set(map(str, raw)))


def batch_names() -> tuple[str, ...]:
    """The names of the packaged batches, sorted."""
    return tuple(sorted(path.stem for path in resources.path(FOLDER).glob("*.yaml")))


def batch_path(source: str) -> Path | None:
    """The file that `source` names, a path or a packaged name; None if there is none."""
    path = Path(source)
    if not path.is_file() and source in batch_names():
        path = resources.path(f"{FOLDER}/{source}.yaml")
    return path if path.is_file() else None


def read_batch(source: str) -> Batch:
    """The batch in a file or of a packaged name. Raises InputError listing every fault."""
    path = batch_path(source)
    if path is None:
        raise InputError("no such file, and " + unknown("packaged batch", source, batch_names()), file=source)
    raw = read_mapping(path, source, "a batch", FEW_KEYS)
    try:
        return checked_batch(raw, source)
    except InputError as error:
        raise with_lines(error, path.read_text(encoding="utf-8")) from None


def checked_batch(raw: Mapping[str, Any], file: str = "") -> Batch:
    """The batch that a mapping describes. Raises InputError listing every fault, with `file` as their place."""
    try:
        return Batch(**{str(key): value for key, value in raw.items()})
    except ValidationError as error:
        details = error.errors()
        faulty = {detail["loc"][:-1] for detail in details}  # a list of faulty entries is not also too short
        problems = dict.fromkeys(
            problem_of(detail, Batch, file=file) for detail in details if detail["loc"] not in faulty
        )
        raise InputError(problems) from None

"""The sides of a comparison: a scenario, its ledger, a folder of a report, or files of a real fleet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tco import resources
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.inventory.fleet import read_fleet
from tco.loading.loading import load_scenario
from tco.report.files import MANIFEST
from tco.report.manifest import NUMBERS, check_manifest, numbers_of, read_manifest
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario

Source = Scenario | Ledger | str | Path | Mapping[str, Any]
YAML = (".yaml", ".yml")
OF_A_DAY = ("start", "months", "prices_as_of")
"""What a fleet read from files does not tell: the scenario on the other side says it."""


def scenarios_of(a: Source, b: Source) -> tuple[Scenario, Scenario]:
    """The scenarios of two sides. Raises InputError.

    A scenario is a `Scenario`, a file, a packaged name or a dict; a ledger means its scenario, and a report's
    folder for the scenario, fleet size and settings in its manifest. Anything else is read as a fleet: a Terraform
    plan, say. Where one side alone is a fleet, it has the options that `tco.read_fleet`
    proposes, and the other gives it dates, assumptions and prices.
    """
    known = [_scenario(side) for side in (a, b)]
    first, second = known
    if first is None:
        return (load_scenario(_fleet(a)), load_scenario(_fleet(b))) if second is None else (_put(a, second), second)
    return first, second or _put(b, first)


def _scenario(side: Source) -> Scenario | None:
    """The scenario of a side; None for files of a fleet."""
    if isinstance(side, Scenario):
        return side
    if isinstance(side, Ledger):
        return side.scenario
    if isinstance(side, Mapping):
        return load_scenario(side)
    path = Path(side)
    if path.name == MANIFEST or (path.is_dir() and (path / MANIFEST).is_file()):
        return remembered(read_manifest(path))
    if str(side) in resources.scenario_names() or path.suffix.lower() in YAML or not path.exists():
        return load_scenario(side)
    return None


def remembered(manifest: Mapping[str, Any]) -> Scenario:
    """The scenario of a report as it was then, in the terms of today's baseline.

    Assumptions that the baseline has got since have its values; those that it has lost are passed over.
    """
    inputs = manifest.get("inputs")
    try:
        check_manifest(manifest)
        if inputs is None:  # a report that did not keep them: its scenario as the file has it today
            parameters = manifest["parameters"]
            sizes = parameters.get("fleet_sizes") or [None]
            return load_scenario(parameters["scenario"], set=parameters.get("set") or {}, fleet_size=sizes[0])
        today = load_scenario(inputs["scenario"])
        numbers = inputs["assumptions"]
        then = {path: _as_then(path, entry, numbers.get(path)) for path, entry in today.assumptions.items()}
        return today.model_copy(update={"assumptions": then, "changed": frozenset(inputs["changed"])})
    except InputError as error:
        raise error.located(file=MANIFEST) from None
    except (KeyError, TypeError, AttributeError):
        raise InputError("is not the manifest of a report on one scenario", file=MANIFEST) from None


def _as_then(path: str, entry: Assumption, numbers: Mapping[str, Any] | None) -> Assumption:
    """An assumption with the numbers that it had. Raises InputError where they are none."""
    if numbers is None or numbers == numbers_of(entry):
        return entry
    fields = {name: getattr(entry, name) for name in Assumption.model_fields}
    fields |= {name: Assumption.model_fields[name].default for name in NUMBERS} | dict(numbers)
    try:
        return Assumption.model_validate(fields)
    except ValidationError as error:
        said = f"cannot be read: {error.errors()[0]['msg']}"
        raise InputError(said, path=f"inputs.assumptions.{path}", value=numbers) from None


def _fleet(side: Any) -> dict[str, Any]:
    """What files of a real fleet say, as a scenario."""
    fleet = read_fleet(side)
    if not fleet["fleet"]:
        raise InputError("holds no database that can be priced; tco import says why", file=str(side))
    return fleet


def _put(side: Any, other: Scenario) -> Scenario:
    """The fleet and options that files say, with dates, assumptions and prices of the other scenario."""
    read = load_scenario({**_fleet(side), **{name: _plain(getattr(other, name)) for name in OF_A_DAY}})
    kept = {name: getattr(other, name) for name in ("assumptions", "changed", "prices", "correlations")}
    return read.model_copy(update=kept)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)

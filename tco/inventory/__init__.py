"""Real fleets as scenarios: from files and accounts (`tco.read_fleet`), and as a table to edit (`tco.edit_fleet`)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tco.errors import InputError
from tco.loading.loading import load_scenario
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.inventory.editor import FleetEditor

__all__ = ["edit_fleet"]


def edit_fleet(scenario: Scenario | str | Path | Mapping[str, Any] = "quickstart") -> FleetEditor:
    """The groups of a scenario as a table to edit in JupyterLab, shown by being the last line of a cell.

    scenario: a Scenario, or what `load_scenario` takes, a fleet of `read_fleet` among them. The result's `scenario` is
    what the table says at present, its `table` a DataFrame of it. Files of databases may be dropped on the page, which
    also saves a scenario file. Raises InputError for a faulty scenario, and where the libraries for notebooks are
    missing.
    """
    if find_spec("anywidget") is None:
        raise InputError('editing a fleet needs optional libraries: pip install "tco[lab]"')
    from tco.inventory.editor import FleetEditor
    from tco.inventory.fleet import Fleet

    if isinstance(scenario, Fleet):
        scenario.check_used()
    return FleetEditor(scenario if isinstance(scenario, Scenario) else load_scenario(scenario))

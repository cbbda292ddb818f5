"""Exploring a scenario in a notebook: `tco.explore(scenario)` shows its controls and views, and answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tco.errors import InputError
from tco.loading.loading import load_scenario
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.exploring.explorer import Explorer

__all__ = ["explore"]


def explore(scenario: Scenario | str | Path | Mapping[str, Any] = "quickstart") -> Explorer:
    """Sliders and linked views of a scenario, to show in JupyterLab by being the last line of a cell.

    scenario: a Scenario, or what `load_scenario` takes. The result's `scenario` is what its controls say at present.
    Raises InputError for a faulty scenario, and where the optional libraries for notebooks are missing.
    """
    if find_spec("anywidget") is None:
        raise InputError('exploring needs optional libraries: pip install "tco[lab]"')
    from tco.exploring.explorer import Explorer

    if isinstance(scenario, Scenario):
        return Explorer(scenario)
    return Explorer(load_scenario(scenario), "" if isinstance(scenario, Mapping) else str(scenario))

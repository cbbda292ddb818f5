"""What every report needs, loaded and computed once in the process that reports are forked from."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator
from contextlib import suppress

from tco.notebook_repr import PICTURES

PRELOAD = ("tco.execution.kernel:preload", f"{__name__}:preload")
"""What a pool of reports is to preload."""
ENVIRONMENT = {PICTURES: "no"}
"""Variables of a pool of reports; a picture would also start threads in the process that is to be forked."""
PACKAGES = ("tco.analysis", "tco.charts", "tco.planning", __package__)
"""Packages that notebooks import parts of."""
MODULES = (
    "altair",
    "scipy.optimize",
    "scipy.special",
    "tco.execution.engine",
    "tco.evidence.posteriors",
    "tco.evidence.upgrade_log",
)
"""Modules that these and the run of a notebook come to need when they are first used."""
SCENARIO = "quickstart"
NOTEBOOK = "notebooks/fleet_comparison.ipynb"
DRAWS = 16


def preload() -> None:
    """Import what notebooks import, and fill the caches of facts, tables of random numbers and pages.

    Nothing of it depends on a scenario or starts a thread.
    """
    os.environ.update(ENVIRONMENT)
    for module in (*MODULES, *(name for package in PACKAGES for name in _parts(package))):
        importlib.import_module(module)
    from tco.errors import InputError
    from tco.planning.constraint_solver import solver_missing

    if not solver_missing():
        importlib.import_module("ortools.sat.python.cp_model")
    with suppress(InputError):  # the report that reads a faulty fact tells it
        _fill_caches()


def _fill_caches() -> None:
    from tco.analysis.assumption_register import prices_read
    from tco.analysis.validation import validation
    from tco.loading.loading import load_scenario
    from tco.model.lines import evaluate
    from tco.report.basis import basis, data_files
    from tco.sampling.monte_carlo import monte_carlo

    scenario = load_scenario(SCENARIO)
    prices_read(evaluate(scenario, monte_carlo(scenario, draws=DRAWS, seed=0)))
    validation()
    basis()
    data_files()
    _rehearse()


def _rehearse() -> None:
    """Make a page of the packaged notebook without its outputs, a table and a chart, and forget all but the caches."""
    import pandas as pd

    from tco import charts, resources
    from tco.display import tables
    from tco.report.notebook_run import notebook_text, prepared
    from tco.report.page import page

    frame = pd.DataFrame({"option": ["warm"], "year": [2027], "cost": [1.0]})
    for shown in (tables.table(frame, "warm"), charts.cost_by_year(frame)):
        shown._repr_mimebundle_()
    notebook = prepared(resources.path(NOTEBOOK), {"draws": DRAWS})
    page(notebook, "warm")
    notebook_text(notebook)


def _parts(package: str) -> Iterator[str]:
    """The names of a package and of all modules inside it."""
    yield package
    found = importlib.import_module(package)
    yield from (part.name for part in pkgutil.walk_packages(found.__path__, f"{package}."))

"""What every report needs, loaded and computed once in the process that reports are forked from."""

from __future__ import annotations

import importlib

WARM = ("tco.execution.kernel:prepare", "tco.execution.cells", f"{__name__}:warm_up")
"""What a nursery of reports is to be warmed with."""
MODULES = (
    "altair",
    "scipy.special",
    "scipy.stats",
    "tco.analysis",
    "tco.charts",
    "tco.report.making",
    "tco.report.narrative",
    "tco.report.parameters",
)
SCENARIO = "quickstart"
DRAWS = 16


def warm_up() -> None:
    """Import what notebooks import, and fill the caches of facts, tables of random numbers and pages.

    Nothing of it depends on a scenario or starts a thread.
    """
    for module in MODULES:
        importlib.import_module(module)
    from tco.analysis.register import price_rows
    from tco.analysis.validation import validation
    from tco.draws import monte_carlo
    from tco.loading import load_scenario
    from tco.model import evaluate
    from tco.report import drawing, page
    from tco.report.basis import basis

    scenario = load_scenario(SCENARIO)
    price_rows(evaluate(scenario, monte_carlo(scenario, draws=DRAWS, seed=0)))
    validation()
    basis()
    drawing.javascript_bundle()
    page.markdown("warm")

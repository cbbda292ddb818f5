"""Run functions and notebooks in processes forked from a preloaded one, each alone, none left behind.

`pool` starts, watches and ends the processes, in which `worker` runs; `kernel` makes Jupyter kernels of them, on which
`engine` runs notebooks for papermill. Nothing here knows of reports.
"""

from __future__ import annotations

import os
from typing import Literal

from tco.errors import InputError

VARIABLE = "TCO_ENGINE"
Engine = Literal["forked", "papermill"]
"""What runs notebooks: forked processes, or papermill's stock engine with a Jupyter kernel."""


def forks(engine: Engine | None = None) -> bool:
    """Whether `engine` runs notebooks in forked processes here.

    Without one, the variable TCO_ENGINE (`tco` or `papermill`) chooses; without that, forked processes where the system
    has them, which is Linux. Raises InputError for an unknown name in the variable.
    """
    from tco.execution.worker import available

    chosen = os.environ.get(VARIABLE, "tco")
    if engine is None and chosen not in ("tco", "papermill"):
        raise InputError("valid are 'tco' and 'papermill'", path=VARIABLE, value=chosen)
    return (engine or chosen) != "papermill" and available()

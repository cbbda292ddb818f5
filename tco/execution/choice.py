"""Which engine runs notebooks: forked processes, or papermill's stock engine where these are not to be had."""

from __future__ import annotations

import os
from typing import Literal

from tco.execution.nursery import available

NAME = "tco"
CHOICE = "TCO_ENGINE"
STOCK = "papermill"
Engine = Literal["forked", "papermill"]
"""What a caller can ask for."""


def forks(engine: Engine | None) -> bool:
    """Whether `engine`, or where None is asked for the best there is, runs notebooks in forked processes."""
    return usable() if engine is None else engine == "forked" and usable(asked=False)


def usable(*, asked: bool = True) -> bool:
    """Whether notebooks can be forked here and, where the environment is `asked`, it does not choose papermill's."""
    choice = os.environ.get(CHOICE, NAME) if asked else NAME
    if choice not in (NAME, STOCK):
        raise ValueError(f"{CHOICE} is {choice!r}; valid are {NAME!r} and {STOCK!r}")
    return choice == NAME and available()

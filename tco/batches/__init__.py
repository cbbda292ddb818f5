"""Batches: scenarios × swept values × notebooks, one report each, with a page and a table over all of them.

A batch can be stopped at any moment: the same command goes on where it ended.
"""

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import SerialExecutor
from tco.batches.outcomes import Executor, Outcome, Started
from tco.report.making import Made, Task, make

__all__ = ["Destination", "Executor", "LocalFolder", "Made", "Outcome", "SerialExecutor", "Started", "Task", "make"]

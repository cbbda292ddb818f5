"""Batches: scenarios × swept values × notebooks, one report each, with a page and a table over all of them.

A batch can be stopped at any moment: the same command goes on where it ended.
"""

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import Executor, SerialExecutor, Started
from tco.batches.journal import ReportResult
from tco.report.task import Task

__all__ = ["Destination", "Executor", "LocalFolder", "ReportResult", "SerialExecutor", "Started", "Task"]

"""Reports: papermill runs of a notebook, each turned into one self-contained HTML page with its tables beside it.

`report(...)` is the main job. `tco.report.prose.narrative` and `tco.report.manifest` are what the notebooks
themselves use.
"""

from typing import TYPE_CHECKING, Any

from tco.report.notebook_run import ReportError

if TYPE_CHECKING:
    from tco.report.api import Report, report

__all__ = ["Report", "ReportError", "report"]


def __getattr__(name: str) -> Any:
    """`Report` and `report`, loaded when they are first used: to plan reports takes less than to make them."""
    if name not in __all__:
        raise AttributeError(f"module 'tco.report' has no attribute {name!r}")
    from tco.report import api

    return getattr(api, name)

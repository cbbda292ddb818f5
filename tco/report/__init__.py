"""Reports: papermill runs of a notebook, each turned into one self-contained HTML page with its tables beside it.

`report(...)` is the main job. `tco.report.narrative` and `tco.report.manifest` are what the notebooks themselves use.
"""

from tco.report.running import ReportError
from tco.report.writing import Report, report

__all__ = ["Report", "ReportError", "report"]

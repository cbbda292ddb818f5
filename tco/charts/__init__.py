"""Tidy DataFrame in, altair chart out: the charts of the reports, usable in any notebook.

Charts know nothing of the model; a frame with the columns named in a function's docstring is enough, wherever it comes
from. Each says its finding in its title (`title` replaces it, `heading` goes before it), carries a text alternative and
fits the width it is given. `show_offline()` makes charts show in JupyterLab and in reports without a network,
`save()` writes one to an SVG, PNG or PDF file.
"""

import sys

_modules: dict[str, object] = sys.modules  # type: ignore[assignment]
_modules.setdefault("rfc3987_syntax", None)  # altair's jsonschema would take a second to import it

from tco.charts.costs import cost_by_category, cost_by_year, cost_over_time, difference_by_category
from tco.charts.display import save, show_offline
from tco.charts.effort import downtime_by_line, labour_by_quarter, upgrade_timeline
from tco.charts.uncertainty import cost_bands, exceedance, tornado
from tco.charts.unit_costs import cost_by_fleet_size, cost_by_utilisation
from tco.charts.winners import chance_by_value, cheapest_map

if _modules["rfc3987_syntax"] is None:
    del _modules["rfc3987_syntax"]

__all__ = [
    "chance_by_value",
    "cheapest_map",
    "cost_bands",
    "cost_by_category",
    "cost_by_fleet_size",
    "cost_by_utilisation",
    "cost_by_year",
    "cost_over_time",
    "difference_by_category",
    "downtime_by_line",
    "exceedance",
    "labour_by_quarter",
    "save",
    "show_offline",
    "tornado",
    "upgrade_timeline",
]

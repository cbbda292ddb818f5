"""Tidy DataFrame in, altair chart out: the charts of the reports, usable in any notebook.

Charts know nothing of the model; a frame with the columns named in a function's docstring is enough, wherever it comes
from. Each says its finding in its title (`title` replaces it, `heading` goes before it), carries a text alternative and
fits the width it is given. `show_offline()` makes charts show in JupyterLab and in reports without a network,
`save()` writes one to an SVG, PNG or PDF file.
"""

import sys

_modules: dict[str, object] = sys.modules  # type: ignore[assignment]
_modules.setdefault("rfc3987_syntax", None)  # altair's jsonschema would take a second to import it

from tco.charts.costs import cost_by_category as cost_by_category
from tco.charts.costs import cost_by_line as cost_by_line
from tco.charts.costs import cost_by_year as cost_by_year
from tco.charts.costs import cost_over_time as cost_over_time
from tco.charts.costs import difference_by_category as difference_by_category
from tco.charts.display import save as save
from tco.charts.display import show_offline as show_offline
from tco.charts.effort import downtime_by_line as downtime_by_line
from tco.charts.effort import labour_by_quarter as labour_by_quarter
from tco.charts.effort import upgrade_timeline as upgrade_timeline
from tco.charts.planning import load_against_capacity as load_against_capacity
from tco.charts.planning import savings_by_group as savings_by_group
from tco.charts.planning import upgrade_plan as upgrade_plan
from tco.charts.planning import what_ifs as what_ifs
from tco.charts.uncertainty import cost_bands as cost_bands
from tco.charts.uncertainty import exceedance as exceedance
from tco.charts.uncertainty import intervals as intervals
from tco.charts.uncertainty import tornado as tornado
from tco.charts.unit_costs import cost_by_fleet_size as cost_by_fleet_size
from tco.charts.unit_costs import cost_by_utilisation as cost_by_utilisation
from tco.charts.winners import chance_by_value as chance_by_value
from tco.charts.winners import cheapest_map as cheapest_map

if _modules["rfc3987_syntax"] is None:
    del _modules["rfc3987_syntax"]

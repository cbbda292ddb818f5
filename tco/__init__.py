"""What a database fleet costs in money, engineering hours and downtime.

`load_scenario`, `evaluate` and `compare` are the way through; the other names are for looking closer. Each is
imported from its module when it is first used, so that `import tco` itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what editors and type checkers see
    from tco.analysis.break_even import crossings
    from tco.analysis.cheapest_map import two_way_map
    from tco.analysis.comparison import compare
    from tco.analysis.crossing_draws import crossings_by_draw
    from tco.analysis.explanation import explain
    from tco.analysis.reversal import reversals
    from tco.analysis.schedule import calendar
    from tco.analysis.sensitivity import sobol_indices, tornado
    from tco.analysis.uncertainty import results
    from tco.analysis.value_of_information import worth_of_knowing
    from tco.designs import one_at_a_time, point, sweep
    from tco.draws import monte_carlo, replay, saltelli
    from tco.errors import InputError, UnknownPrice
    from tco.exploring import explore
    from tco.ledger import Ledger
    from tco.loading import load_scenario
    from tco.model import evaluate
    from tco.pricing import price, price_items
    from tco.request_units import dynamodb_units
    from tco.scenario import Scenario
    from tco.upgrade_log import read_upgrade_log

_MODULES = {
    "InputError": "tco.errors",
    "Ledger": "tco.ledger",
    "Scenario": "tco.scenario",
    "UnknownPrice": "tco.errors",
    "calendar": "tco.analysis.schedule",
    "compare": "tco.analysis.comparison",
    "crossings": "tco.analysis.break_even",
    "crossings_by_draw": "tco.analysis.crossing_draws",
    "dynamodb_units": "tco.request_units",
    "evaluate": "tco.model",
    "explain": "tco.analysis.explanation",
    "explore": "tco.exploring",
    "load_scenario": "tco.loading",
    "monte_carlo": "tco.draws",
    "one_at_a_time": "tco.designs",
    "point": "tco.designs",
    "price": "tco.pricing",
    "price_items": "tco.pricing",
    "read_upgrade_log": "tco.upgrade_log",
    "replay": "tco.draws",
    "results": "tco.analysis.uncertainty",
    "reversals": "tco.analysis.reversal",
    "saltelli": "tco.draws",
    "sobol_indices": "tco.analysis.sensitivity",
    "sweep": "tco.designs",
    "tornado": "tco.analysis.sensitivity",
    "two_way_map": "tco.analysis.cheapest_map",
    "worth_of_knowing": "tco.analysis.value_of_information",
}

__all__ = [
    "InputError",
    "Ledger",
    "Scenario",
    "UnknownPrice",
    "calendar",
    "compare",
    "crossings",
    "crossings_by_draw",
    "dynamodb_units",
    "evaluate",
    "explain",
    "explore",
    "load_scenario",
    "monte_carlo",
    "one_at_a_time",
    "point",
    "price",
    "price_items",
    "read_upgrade_log",
    "replay",
    "results",
    "reversals",
    "saltelli",
    "sobol_indices",
    "sweep",
    "tornado",
    "two_way_map",
    "worth_of_knowing",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'tco' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What a database fleet costs in money, engineering hours and downtime.

`load_scenario`, `evaluate` and `compare` are the way through; the other names are for looking closer. Each is
imported from its module when it is first used, so that `import tco` itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what editors and type checkers see
    from tco.analysis.comparison import compare
    from tco.analysis.explanation import explain
    from tco.analysis.schedule import calendar
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

_MODULES = {
    "InputError": "tco.errors",
    "Ledger": "tco.ledger",
    "Scenario": "tco.scenario",
    "UnknownPrice": "tco.errors",
    "calendar": "tco.analysis.schedule",
    "compare": "tco.analysis.comparison",
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
    "replay": "tco.draws",
    "saltelli": "tco.draws",
    "sweep": "tco.designs",
}

__all__ = [
    "InputError",
    "Ledger",
    "Scenario",
    "UnknownPrice",
    "calendar",
    "compare",
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
    "replay",
    "saltelli",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'tco' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

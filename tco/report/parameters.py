"""A notebook's parameters as they arrive: typed values, or the text that papermill's `-p name value` hands over.

`papermill -p fleet_sizes '[10,100]'` gives the notebook a string; from JupyterLab and `tco report` it gets a
list. These functions take either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import yaml

from tco.errors import InputError


def whole_sizes(value: Sequence[int] | int | str) -> list[int]:
    """Fleet sizes ascending, each once, from a list, a number, or text such as `[10, 100]` or `10,100`.

    Raises InputError unless every size is a whole number, 0 or more, and there is at least one.
    """
    if isinstance(value, str):
        value = _parsed("fleet_sizes", value if value.strip().startswith("[") else f"[{value}]")
    sizes: list[Any] = list(value) if isinstance(value, Sequence) else [value]
    for size in sizes:
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise InputError("a fleet size is a whole number of clusters, 0 or more", path="fleet_sizes", value=size)
    if not sizes:
        raise InputError("name at least one fleet size, such as 10,100,1000", path="fleet_sizes")
    return sorted(dict.fromkeys(sizes))


def changes(value: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Changes to a scenario by path, from a mapping or its text such as `{labour.engineer_rate: 120}`.

    Raises InputError when it is no mapping.
    """
    if isinstance(value, str):
        value = _parsed("set", value) if value.strip() else {}
    if not isinstance(value or {}, Mapping):
        raise InputError("changes are a mapping of paths to values", path="set", value=value)
    return {str(path): changed for path, changed in (value or {}).items()}


def day_text(value: date | str | None) -> str:
    """The report's date as YYYY-MM-DD; today's where none is given. Raises InputError when it is no date."""
    if value is None or value == "":
        return datetime.now().astimezone().date().isoformat()
    try:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
    except (TypeError, ValueError):
        raise InputError("a date is written YYYY-MM-DD", path="today", value=value) from None


def _parsed(name: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError("cannot be read as a list or mapping", path=name, value=text) from None

"""A notebook's parameters: typed from what arrives, and packed with the files that they name.

`papermill -p fleet_sizes '[10,100]'` gives the notebook a string; from JupyterLab and `tco report` it gets a list.
`whole_sizes`, `changes` and `day_text` take either. `packed` prepares parameters for a run elsewhere: a scenario file,
a log of requests inside it, an upgrade log are read once, and the notebook finds each in its own working folder under
the path that the parameters then say. A relative path below the current folder stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from tco import resources
from tco.catalog.row_checks import checked_day
from tco.errors import InputError
from tco.loading.loading import scenario_text
from tco.loading.yaml_text import yaml_value
from tco.sampling.monte_carlo import ONE_DRAW

SCENARIO = "scenario"
"""The parameter that may also be the name of a packaged scenario."""
NO_SCENARIO = "the notebook has no parameter 'scenario', so its report is on none and needs none"
LOG_SUFFIX = ".csv"
LARGEST = 1e15
"""No number of a notebook is larger."""
COUNTS = ("draws", "seed", "oldest_prices_days")
"""Parameters that count, in whatever notebook."""


def whole_number(name: str, value: object) -> int:
    """A notebook's number of draws, of days, a seed. Raises InputError unless it is a whole number, 0 or more.

    One draw is refused, too.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError("is a whole number, 0 or more", path=name, value=str(value))
    if name == "draws" and value == 1:
        raise InputError(ONE_DRAW, path=name, value=value)
    return value


def check_kind(name: str, value: object, kind: str) -> None:
    """Raise InputError for a value of another kind than the cell of parameters states: `int`, `float` or `str`."""
    if name in COUNTS:
        whole_number(name, value)
    elif kind == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        raise InputError("is a whole number", path=name, value=str(value))
    elif kind == "float" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise InputError("is a number", path=name, value=str(value))
    elif kind == "str" and not isinstance(value, str | date | Mapping):
        raise InputError("is a text", path=name, value=str(value))


def lists(**stated: Any) -> list[list[Any]]:
    """A notebook's lists by their names, each from a list or its text: `[a, b]` or `a, b`. Raises InputError."""
    found = {name: _list(name, value) if isinstance(value, str) else value for name, value in stated.items()}
    for name, value in found.items():
        if not isinstance(value, list | tuple):
            raise InputError("is a list, such as [a, b]", path=name, value="None" if value is None else value)
    return [list(value) for value in found.values()]


def texts(**stated: Any) -> list[str]:
    """A notebook's texts by their names; none is an empty one. Raises InputError for what is no text."""
    for name, value in stated.items():
        if not isinstance(value, str | None):
            raise InputError("is a text", path=name, value=value)
    return [value or "" for value in stated.values()]


def numbers(**stated: Any) -> list[float]:
    """A notebook's numbers by their names. Raises InputError for what is no finite number."""
    for name, value in stated.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise InputError(f"is a number, up to {LARGEST:g}", path=name, value="None" if value is None else value)
    return [*stated.values()]


def whole_sizes(value: Sequence[int] | int | str) -> list[int]:
    """Fleet sizes ascending, each once, from a list, a number, or text such as `[10, 100]` or `10,100`.

    Raises InputError unless every size is a whole number, 0 or more.
    """
    if isinstance(value, str):
        value = _list("fleet_sizes", value)
    sizes: list[Any] = list(value) if isinstance(value, Sequence) else [value]
    for size in sizes:
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise InputError("a fleet size is a whole number of clusters, 0 or more", path="fleet_sizes", value=size)
    return sorted(dict.fromkeys(sizes))


def own_size_first(own: int, further: Sequence[int] | int | str) -> list[int]:
    """The fleet size that a scenario states, then the further ones ascending, each once. Raises InputError."""
    return list(dict.fromkeys([own, *whole_sizes(further)]))


def changes(value: Mapping[str, Any] | str | None, name: str = "set") -> dict[str, Any]:
    """Changes to a scenario by path, from a mapping or its text such as `{labour.engineer_rate: 120}`.

    name: of the parameter. Raises InputError when it is no mapping.
    """
    if isinstance(value, str):
        value = _parsed(name, value) if value.strip() else {}
    if not isinstance({} if value is None else value, Mapping):
        raise InputError("is a mapping, such as {path: value}", path=name, value=value)
    return {str(path): changed for path, changed in (value or {}).items()}


def day_text(value: date | str | None, name: str = "today") -> str:
    """A day as YYYY-MM-DD; today's where none is given. Raises InputError for one that no price has."""
    if value is None or value == "":
        return datetime.now().astimezone().date().isoformat()
    try:
        return checked_day(value if isinstance(value, date) else date.fromisoformat(value), name).isoformat()
    except InputError:
        raise
    except (TypeError, ValueError):
        raise InputError("a date is written YYYY-MM-DD", path=name, value=value) from None


def _list(name: str, text: str) -> Any:
    return _parsed(name, text if text.strip().startswith("[") else f"[{text}]")


def _parsed(name: str, text: str) -> Any:
    try:
        return yaml_value(text)
    except InputError:
        raise InputError("cannot be read as a list or mapping", path=name, value=text) from None


def packed(parameters: Mapping[str, Any], folders: Sequence[Path] = (Path(),)) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters as they hold in a working folder, and the texts of its files by relative path.

    A day becomes its text. Every text among the parameters that names a file is taken to be that file; so is a text
    ending in `.csv` inside a scenario file. folders: where relative paths are looked up, in order. Raises InputError
    for a file that is no text in UTF-8.
    """
    bag = _Bag(folders)
    return {name: bag.parameter(name, value) for name, value in parameters.items()}, bag.texts


class _Bag:
    """Files by the path they have in the working folder."""

    def __init__(self, folders: Sequence[Path]):
        self.folders = folders
        self.texts: dict[str, str] = {}
        self._sources: dict[str, Path] = {}

    def parameter(self, name: str, value: Any) -> Any:
        """The value as the notebook sees it."""
        if isinstance(value, Path):
            value = str(value)
        if name != SCENARIO or not isinstance(value, str):
            return self._replaced(value)
        found = self._found(value)
        if found is None and value in resources.scenario_names():
            found = resources.path(f"params/{value}.yaml")
        if found is None:
            return value
        place = self._placed(value, found)
        self.texts[place] = self._with_logs(scenario_text(found))
        return place

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, date):  # as YAML reads 2026-11-01; a notebook keeps its parameters as JSON
            return value.isoformat()
        if isinstance(value, str):
            found = self._found(value)
            return value if found is None else self._placed(value, found)
        if isinstance(value, Mapping):
            return {key: self._replaced(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._replaced(inner) for inner in value]
        return value

    def _with_logs(self, text: str) -> str:
        """The scenario's text with the files that it names packed too."""
        if LOG_SUFFIX not in text.lower():
            return text
        for named in sorted(_texts(yaml_value(text)), key=len, reverse=True):
            if named.lower().endswith(LOG_SUFFIX) and (found := self._found(named)) is not None:
                text = text.replace(named, self._placed(named, found))
        return text

    def _found(self, named: str) -> Path | None:
        if not named.strip() or "\n" in named:
            return None
        try:
            return next((path for folder in self.folders if (path := folder / named).is_file()), None)
        except (OSError, ValueError):  # too long, or holding what no path may hold
            return None

    def _placed(self, named: str, found: Path) -> str:
        """The path in the working folder of the file that is called `named`."""
        pure = PurePosixPath(named)
        plain = not pure.is_absolute() and ".." not in pure.parts
        place, number = named if plain else pure.name, 1
        while self._sources.setdefault(place, found) != found:
            number += 1
            place = f"{number}-{pure.name}"
        if place not in self.texts:
            self.texts[place] = resources.text(found)
        return place


def _texts(value: Any) -> set[str]:
    """Every text inside a nested value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        return set().union(*(_texts(inner) for inner in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_texts(inner) for inner in value))
    return set()

"""The files that a notebook's parameters name, packed so that they can travel with a task.

A scenario file, a log of requests inside it, an upgrade log: each is read once, and found by the notebook in its own
working folder under the path that the parameters then say. A relative path below the current folder stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tco import resources
from tco.errors import InputError

SCENARIO = "scenario"
"""The parameter that may also be the name of a packaged scenario."""
LOG_SUFFIX = ".csv"


def packed(parameters: Mapping[str, Any], folders: Sequence[Path] = (Path(),)) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters as they hold in a working folder, and the texts of its files by relative path.

    Every text among the parameters that names a file is taken to be that file; so is a text ending in `.csv` inside
    a scenario file. folders: where relative paths are looked up, in order. Raises InputError for a file that is no
    text in UTF-8.
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
        self.texts[place] = self._with_logs(self.texts[place])
        return place

    def _replaced(self, value: Any) -> Any:
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
        import yaml

        for named in sorted(_texts(yaml.safe_load(text)), key=len, reverse=True):
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
            self.texts[place] = text_of(found)
        return place


def text_of(path: Path) -> str:
    """The text of an input file. Raises InputError where it cannot be read."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not a text file in UTF-8", file=str(path)) from None


def _texts(value: Any) -> set[str]:
    """Every text inside a nested value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        return set().union(*(_texts(inner) for inner in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_texts(inner) for inner in value))
    return set()

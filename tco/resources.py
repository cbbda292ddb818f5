"""Where the files that come with the toolkit are: `data/`, `params/` and `notebooks/`; and how any file is read whole.

In a checkout they stand beside the package; an installed wheel carries them inside it, under `tco/_resources`.
Callers give a path relative to either, such as `data/sla.csv`.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

from tco.errors import InputError

LONGEST_FILE = 50_000_000
"""Bytes of a file that is read whole."""
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""A number as files of tables write it; Python reads 1_000 and digits of other scripts as numbers, too."""
_FLEET = re.compile(r"^(fleet|based_on)\s*:", re.MULTILINE)


def path(relative: str) -> Path:
    """The file or folder at `relative`, which starts with `data/`, `params/` or `notebooks/`.

    Raises FileNotFoundError when the toolkit does not carry it.

    >>> path("params/baseline").name
    'baseline'
    """
    absolute = _root() / relative
    if not absolute.exists():
        raise FileNotFoundError(f"the toolkit carries no {relative!r} (looked in {_root()})")
    return absolute


def table(relative: str) -> tuple[dict[str, str], ...]:
    """The rows of the CSV file at `relative`, cells as text by its headings.

    Raises InputError for a line with too few or too many cells.
    """
    with path(relative).open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    for number, cells in enumerate(lines, 2):
        if len(cells) != len(headings):
            message = f"must have {len(headings)} cells as the headings, and has {len(cells)}"
            raise InputError(message, file=str(path(relative)), path=f"line {number}")
    return tuple(dict(zip(headings, cells, strict=True)) for cells in lines)


def scenario_names() -> tuple[str, ...]:
    """The names under which `load_scenario` finds the packaged scenarios, sorted.

    A packaged scenario is a YAML file of `params/` that describes a fleet.
    """
    return tuple(sorted(file.stem for file in (_root() / "params").glob("*.yaml") if describes_fleet(file)))


def describes_fleet(file: Path) -> bool:
    """Whether a YAML file looks like a scenario: a text with a key `fleet` or `based_on` at its top."""
    try:
        return _FLEET.search(file.read_text("utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


def yaml_content(file: Path) -> Any:
    """What a YAML file holds, as plain values. Raises OSError, and yaml.YAMLError where it is none."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time where libyaml is there
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader


def content(file: Path, name: str = "", longest: int = LONGEST_FILE) -> bytes:
    """The bytes of a file of a caller's. name: the file in messages.

    Raises InputError where it cannot be read, or holds more than `longest` bytes: a device has no size, and no end.
    """
    try:
        with file.open("rb") as opened:
            found = opened.read(longest + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=name or str(file)) from None
    except ValueError:
        raise InputError("is no name of a file", file=repr(name or str(file))) from None
    if len(found) > longest:
        raise InputError(f"the file is larger than {longest:,} bytes", file=name or str(file))
    return found


def text(file: Path, name: str = "", encoding: str = "utf-8") -> str:
    """The text of a file of a caller's. name: the file in messages. Raises InputError as `content` does."""
    try:
        return content(file, name).decode(encoding)
    except UnicodeDecodeError:
        raise InputError("is not a text file in UTF-8", file=name or str(file)) from None


def number(text: str) -> float:
    """The number in a cell of a table; blanks around it do not count. Raises ValueError for any other spelling.

    >>> number(" 1.5 "), number("2e3")
    (1.5, 2000.0)
    """
    if not _NUMBER.fullmatch(stripped := text.strip()):
        raise ValueError("should be a number")
    return float(stripped)


@cache
def _root() -> Path:
    package = Path(__file__).parent
    carried = package / "_resources"
    return carried if carried.is_dir() else package.parent

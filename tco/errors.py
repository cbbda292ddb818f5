"""What is wrong with an input, said so that its author can mend it.

Every check of the toolkit raises `InputError` (or its subclass `UnknownPrice`). An error holds one `Problem` or
several, so that a scenario file is checked whole and all its faults are shown at once.
"""

from __future__ import annotations

import builtins
import difflib
import inspect
import reprlib
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cache, wraps
from itertools import islice
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_SHOWN_VALUE = 80
NEAR = 40
"""Names of similar spelling among which the fewest slips decide."""
_brief = reprlib.Repr()
_brief.maxlevel, _brief.maxlong, _brief.maxstring, _brief.maxother = 3, LONGEST_SHOWN_VALUE, LONGEST_SHOWN_VALUE, 200
"""Writes out no more of a nested value than a message shows, however large it is."""


@dataclass(frozen=True)
class Problem:
    """One fault of an input.

    message: what is wrong and what would be valid, as a sentence without a full stop.
    path: dotted place inside the file, such as `fleet.orders.clusters`; empty where there is none.
    file: the file as the user named it; empty for a dict or a call from Python.
    value: the offending value as text; empty where there is none.
    line: of the file, where it is known; 0 where it is not.
    """

    message: str
    path: str = ""
    file: str = ""
    value: str = ""
    line: int = 0

    def __str__(self) -> str:
        file = f"{self.file}:{self.line}" if self.file and self.line else self.file
        place = ": ".join(part for part in (file, self.path) if part)
        shown = f" (got {self.value})" if self.value else ""
        return f"{place}: {self.message}{shown}" if place else f"{self.message}{shown}"


class InputError(ValueError):
    """An input is wrong; `problems` lists every fault found. `str()` gives one line a fault."""

    def __init__(
        self, problems: str | Problem | Iterable[Problem], *, path: str = "", file: str = "", value: object = None
    ):
        if isinstance(problems, str):
            problems = Problem(problems, path=path, file=file, value=shown(value))
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def located(self, *, file: str = "", path: str = "") -> InputError:
        """The same error with the file and an outer path filled in, for callers that know them."""
        placed = [
            replace(
                problem,
                file=problem.file or file,
                path=".".join(part for part in (path, problem.path) if part),
            )
            for problem in self.problems
        ]
        return type(self)(placed)


class UnknownPrice(InputError, LookupError):
    """No price row answers the question; the message names the nearest known values."""


def shown(value: object) -> str:
    """A value as text short enough for an error message; empty for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = repr(value[:LONGEST_SHOWN_VALUE]) if len(value) > LONGEST_SHOWN_VALUE else repr(value)
    else:
        try:
            text = _brief.repr(value)
        except ValueError:  # Python does not write out integers of thousands of digits
            text = "a number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN_VALUE else text[: LONGEST_SHOWN_VALUE - 1] + "…"


def nearest(value: object, valid: Iterable[object], count: int = 3) -> list[str]:
    """Up to `count` valid names closest in spelling to `value`, best first: by slips of the pen, whatever the case."""
    names = {str(name).casefold(): str(name) for name in sorted({str(name) for name in valid}, reverse=True)}
    written = str(value)[:LONGEST_SHOWN_VALUE].casefold()
    alike = difflib.get_close_matches(written, sorted(names), n=NEAR, cutoff=0.4)
    return [names[name] for name in sorted(alike, key=lambda name: _slips(written, name))[:count]]


def _slips(written: str, meant: str) -> int:
    """How many letters are too many, missing, wrong or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(written):
        older, before, row = before, row, [i + 1]
        for j, other in enumerate(meant):
            slips = min(before[j] + (letter != other), before[j + 1] + 1, row[j] + 1)
            if i and j and letter == meant[j - 1] and written[i - 1] == other:
                slips = min(slips, older[j - 1] + 1)
            row.append(slips)
    return row[-1]


FORMER = {
    "aurora_serverless.units_per_vcpu": ("sizing.serverless_units_per_vcpu",),
    "operations.standby_hours_per_year": ("operations.standby_pay_per_week",),
    "operations.standby_pay_share": ("operations.standby_pay_per_week",),
    "transition.developer_share": ("labour.upgrade_team", "labour.migration_team"),
    "upgrades.engineers_per_cluster": ("labour.upgrade_team",),
    "upgrades.throughput_per_engineer_month": ("labour.upgrade_team",),
}
"""Settings that are gone, and what is stated in their place: something else, so that no value carries over."""


def unknown(kind: str, value: object, valid: Sequence[object] | Iterable[object]) -> str:
    """The sentence for a name that is not known: names the nearest, or else lists what is valid."""
    names = sorted({str(name) for name in valid})
    wrong = shown(str(value))
    if instead := [name for name in FORMER.get(str(value), ()) if name in names]:
        return f"unknown {kind} {wrong}: it is gone, and {' and '.join(instead)} came in its place: mind the unit"
    close = nearest(value, names)
    if close:
        return f"unknown {kind} {wrong}; did you mean {' or '.join(repr(name) for name in close)}?"
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"unknown {kind} {wrong}; valid: {listed or 'none'}"


KINDS = {
    "Scenario": "a scenario: give what tco.load_scenario returns",
    "Ledger": "a ledger: give what tco.evaluate returns",
    "Design": "a design: give what tco.point, tco.sweep or tco.monte_carlo returns",
    "str": "text", "float": "a number", "int": "a whole number", "bool": "True or False", "NoneType": "None",
    "Path": "a path", "PathLike": "a path", "date": "a date", "Mapping": "a mapping", "DataFrame": "a DataFrame",
    "ndarray": "an array",
}  # fmt: skip
"""How messages name the kinds of arguments; others are called as their class is."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A public function that refuses arguments of another kind than its annotations say, by the parameter's name.

    Raises InputError. Values are the function's own to check, and the entries of mappings.
    """
    parameters = inspect.signature(function)

    @cache
    def kinds() -> dict[str, Any]:
        names = _Names(vars(builtins) | getattr(function, "__globals__", {}))
        stated = {name: parameter.annotation for name, parameter in parameters.parameters.items()}
        return {name: eval(kind, {}, names) if isinstance(kind, str) else kind for name, kind in stated.items()}  # noqa: S307

    @wraps(function)
    def refusing(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            arguments = parameters.bind(*args, **kwargs).arguments
        except TypeError:  # of which Python's own message tells more
            arguments = {}
        wrong = [
            Problem(f"is not {_named(kind)}", path=name, value=shown(value) or "None")
            for name, value in arguments.items()
            if (kind := kinds()[name]) is not inspect.Parameter.empty and not _is_of(value, kind)
        ]
        if wrong:
            raise InputError(wrong)
        return function(*args, **kwargs)

    return refusing


class _Names(dict[str, Any]):
    """Names of annotations; one that is imported for type checkers alone means any class of that name."""

    def __missing__(self, name: str) -> Any:
        if name == "pd":
            import pandas as pd

            return pd
        return type(name, (), {"by_name": True})


def _is_of(value: object, kind: Any) -> bool:
    """Whether a value is of an annotation's kind; all items of a list are looked at, the first of others."""
    origin, parts = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return any(_is_of(value, part) for part in parts)
    if origin is typing.Literal:
        return any(isinstance(value, type(part)) for part in parts)
    if kind is None or not isinstance(origin, type) or origin is typing.Any:
        return value is None if kind is None else True
    truth = type(value).__name__ in ("bool", "bool_")
    if origin is bool:
        return truth
    if origin in (int, float):
        return isinstance(value, Integral if origin is int else Real) and not truth
    if getattr(origin, "by_name", False):
        return any(base.__name__ == origin.__name__ for base in type(value).__mro__)
    if not issubclass(origin, Iterable) or origin is str or issubclass(origin, Mapping) or not parts:
        return isinstance(value, origin)
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable) or hasattr(value, "columns"):
        return False
    if not isinstance(value, Sized):
        return isinstance(value, Iterator)
    looked_at = None if type(value).__name__ in ("list", "tuple") else 1
    return all(_is_of(item, parts[0]) for item in islice(iter(value), looked_at))


def _named(kind: Any) -> str:
    """A kind of arguments in words."""
    origin, parts = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_named(part) for part in parts if part is not types.NoneType))
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, parts))}"
    name = getattr(origin, "__name__", str(origin))
    listed = isinstance(origin, type) and issubclass(origin, Iterable) and origin is not str and name not in KINDS
    return f"a list (each item: {_named(parts[0])})" if listed and parts else KINDS.get(name, f"a {name}")

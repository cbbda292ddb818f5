"""Results of formulas, each computed once: they are kept by the function and its arguments.

`cached` marks a function of inputs whose result follows from its arguments alone. Arguments are compared as objects,
so two options share a result where they pass equal values, or the same object: `unique` makes equal parts one object.
What a result was made of is kept beside it, so that every use counts as reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(slots=True)
class Reads:
    """What a result was made of.

    assumptions: paths, in the order of first use. dated: inputs that dates or sizes follow. varies: whether anything
    that was read differs between blocks of draws.
    """

    assumptions: dict[str, None] = field(default_factory=dict)
    dated: dict[str, None] = field(default_factory=dict)
    varies: bool = False

    def add(self, other: Reads) -> None:
        """Count what something else was made of, too."""
        if other.assumptions:
            self.assumptions.update(other.assumptions)
        if other.dated:
            self.dated.update(other.dated)
        if other.varies:
            self.varies = True


class Cache:
    """Results of one scenario under one design. Those that do not vary between blocks are shared by all blocks."""

    def __init__(self) -> None:
        self._of_block: dict[Hashable, tuple[Any, Reads]] = {}
        self._of_all_blocks: dict[Hashable, tuple[Any, Reads]] = {}

    def for_block(self) -> Cache:
        """A cache for another block of the design."""
        cache = Cache()
        cache._of_all_blocks = self._of_all_blocks
        return cache

    def __reduce__(self) -> tuple[type[Cache], tuple[()]]:
        """Another process starts with an empty cache."""
        return Cache, ()

    def find(self, key: Hashable) -> tuple[Any, Reads] | None:
        """A result and what it was made of, if it is known."""
        return self._of_block.get(key) or self._of_all_blocks.get(key)

    def keep(self, key: Hashable, result: Any, reads: Reads) -> None:
        """Keep a result, for all blocks unless it varies."""
        (self._of_block if reads.varies else self._of_all_blocks)[key] = result, reads


class Cached(Protocol):
    """What a cached function takes as its first argument: it has a cache, and notes what is read."""

    cache: Cache
    reads: Reads


Source = TypeVar("Source", bound=Cached)


def cached(
    function: Callable[Concatenate[Source, Parameters], Result],
) -> Callable[Concatenate[Source, Parameters], Result]:
    """The function, computed once for each of its (hashable) arguments after the first, the inputs.

    An argument by name that equals its default is the same as none.
    """
    defaults = {name: parameter.default for name, parameter in signature(function).parameters.items()}

    @wraps(function)
    def once(inputs: Source, /, *arguments: Parameters.args, **names: Parameters.kwargs) -> Result:
        key: Hashable = (function, arguments)
        if names:  # a generator for none would cost more than most look-ups
            key = (function, arguments, *(item for item in names.items() if item[1] != defaults[item[0]]))
        known = inputs.cache.find(key)
        if known is None:
            outer, inputs.reads = inputs.reads, Reads()
            try:
                known = function(inputs, *arguments, **names), inputs.reads
            finally:
                inputs.reads = outer
            inputs.cache.keep(key, *known)
        inputs.reads.add(known[1])
        result: Result = known[0]
        return result

    return once


@cached
def unique(_inputs: Cached, kind: Callable[..., Result], *parts: Any) -> Result:
    """The one object of a kind that is made of these (hashable) parts: equal parts give the same object."""
    return kind(*parts)

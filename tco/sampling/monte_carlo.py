"""Designs made of draws: Monte Carlo, the rows that Sobol' indices need, and saved designs that are replayed.

A draw gives every uncertain assumption one value for the whole fleet and all options, and every kind of event a
uniform number. Values follow from uniform numbers by the inverse distribution function of each assumption, after the
scenario's correlations are applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tco.errors import InputError, checked, unknown
from tco.sampling.designs import Design, point
from tco.sampling.events import PREFIX, event_columns
from tco.sampling.uniforms import MAX_ROWS, ColumnSource, Correlated, Independent, LatinHypercube, SobolSequence, copula
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Correlation, Scenario, parted
from tco.scenario.shapes import Array

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["sobol", "latin_hypercube", "random"]

METHODS = ("sobol", "latin_hypercube", "random")
DEFAULT_DRAWS = 10_000
ONE_DRAW = "one draw has no distribution: at least 2, or 0 for the point estimate"
CACHED_ROWS = 4096
"""Columns of at most this many rows are cached: designs derived from one another share most of them."""
SIZING = "sizing."
"""Assumptions that are read only if an instance class is fitted to a load (`tco.model.fleet.sizing`)."""


@dataclass(frozen=True, eq=False)
class Draws(ColumnSource):
    """The source of the columns of draws.

    entries: uncertain assumptions by path. uniform, events: uniform numbers for them and for chance events. A group's
    assumption is drawn with the uniform numbers of the scenario's.
    """

    entries: Mapping[str, Assumption]
    uniform: ColumnSource
    events: ColumnSource
    _cached: dict[str | tuple[str, ...], tuple[int, Array]] = field(default_factory=dict, repr=False)

    def column(self, path: str, first: int, rows: int) -> Array:
        """The values of an assumption, or the uniform numbers of a kind of event, (rows,); read-only."""

        def computed() -> Array:
            if path.startswith(PREFIX):
                return self.events.column(path, first, rows)
            return self.entries[path].quantile(self.uniform.column(parted(path)[1], first, rows))

        return self._once(path, first, rows, computed)

    def together(self, names: tuple[str, ...], first: int, rows: int) -> Array:
        """The uniform numbers of some kinds of event, (names, rows); read-only."""
        return self._once(names, first, rows, lambda: self.events.together(names, first, rows))

    def _once(self, key: str | tuple[str, ...], first: int, rows: int, computed: Callable[[], Array]) -> Array:
        known_first, known = self._cached.get(key, (-1, None))
        if known is not None and known_first == first and known.shape[-1] == rows:
            return known
        values = computed()
        values.flags.writeable = False
        if rows <= CACHED_ROWS:
            self._cached[key] = first, values
        return values


@checked
def monte_carlo(
    scenario: Scenario, draws: int = DEFAULT_DRAWS, seed: int = 0, method: Method = "sobol", luck: bool = True
) -> Design:
    """`draws` rows of values of the uncertain assumptions and of chance events.

    method: `sobol` (scrambled, for assumptions; events are then a Latin hypercube), `latin_hypercube` or `random`.
    luck: False leaves events at their expectation. The same seed gives the same numbers on every machine. Raises
    InputError for an unknown method, numbers out of range, and correlations that cannot hold together.
    """
    if method not in METHODS:
        raise InputError(unknown("method", method, METHODS), path="method")
    rows, seed = _whole(draws, "draws", 1, MAX_ROWS), _whole(seed, "seed", 0, 2**64 - 1)
    entries = uncertain(scenario)
    recipe = _recipe(tuple(entries.items()), tuple(scenario.assumptions), scenario.correlations, rows, seed, method)
    generated = (*entries, *(event_columns(scenario) if luck else ()))
    return Design("monte_carlo", rows, recipe=recipe, generated=generated, low_discrepancy=method == "sobol")


def design_of_draws(scenario: Scenario, draws: int | None, seed: int) -> Design:
    """The point design without draws, else Monte Carlo. Raises InputError for a single draw."""
    if draws == 1:
        raise InputError(ONE_DRAW, path="draws", value=1)
    return monte_carlo(scenario, draws, seed) if draws else point(scenario)


@lru_cache(maxsize=2)
def _recipe(
    entries: tuple[tuple[str, Assumption], ...],
    all_paths: tuple[str, ...],
    correlations: tuple[Correlation, ...],
    rows: int,
    seed: int,
    method: Method,
) -> Draws:
    """The recipe of draws, shared by all fleet sizes of a scenario together with its cached columns.

    all_paths: all assumptions in their order, so that one that becomes certain does not change the draws of the others.
    """
    paths = tuple(drawn_together(path for path, _ in entries))
    events: ColumnSource = Independent(seed) if method == "random" else LatinHypercube(rows, seed)
    chance = SobolSequence(all_paths, rows, seed) if method == "sobol" else events
    return Draws(dict(entries), Correlated(copula(correlations, paths), chance), events)


def uncertain(scenario: Scenario) -> dict[str, Assumption]:
    """The uncertain assumptions by path, the scenario's before those of groups.

    Those on sizing are included only if instance classes are fitted to a load.
    """
    sized = scenario.fits_classes
    return {
        path: entry
        for path, entry in scenario.every_assumption.items()
        if entry.is_uncertain and (sized or not parted(path)[1].startswith(SIZING))
    }


def drawn_together(paths: Iterable[str]) -> list[str]:
    """The scenario's assumptions behind paths, each once: those of groups use the same uniform numbers."""
    return list(dict.fromkeys(parted(path)[1] for path in paths))


@dataclass(frozen=True)
class Crossed(ColumnSource):
    """The rows of a Saltelli design over two independent sets of points, A and B.

    For each point in turn: its row of A, that row with one column after the other taken from B, and its row of B.
    """

    names: tuple[str, ...]
    points: ColumnSource

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,)."""
        turns = len(self.names) + 2
        begin, end = first // turns, (first + rows - 1) // turns + 1
        of_a, of_b = (self.points.column(part + name, begin, end - begin) for part in ("A ", "B "))
        numbers = np.repeat(of_a, turns).reshape(-1, turns)
        numbers[:, self.names.index(name) + 1] = numbers[:, -1] = of_b
        return numbers.ravel()[first - begin * turns :][:rows]


@checked
def saltelli(scenario: Scenario, draws: int = 1024, seed: int = 0, paths: Sequence[str] = ()) -> Design:
    """The rows from which first-order and total Sobol' indices follow: `draws` x (columns + 2), in SALib's order.

    draws: a power of two. paths: the assumptions to vary; default: all uncertain ones. The others, and all events, are
    at their means. If assumptions correlate, an input means the part of its assumption that is independent of
    those before it. Raises InputError for what cannot be sampled.

    Source: A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics Communications
    181 (2010) 259-270.
    """
    entries = uncertain(scenario)
    every = drawn_together(entries)
    for path in paths:
        if path not in every:
            raise InputError(unknown("uncertain assumption", path, every), path=path)
    chosen = tuple(dict.fromkeys(paths)) or tuple(every)
    if not chosen:
        raise InputError("no assumption of the scenario is uncertain", path="assumptions")
    base = _whole(draws, "draws", 2, MAX_ROWS)
    if base & (base - 1):
        raise InputError("the draws of a Saltelli design are a power of two, such as 1024", path="draws", value=draws)
    both = tuple(part + path for part in ("A ", "B ") for path in chosen)
    crossed = Crossed(chosen, SobolSequence(both, base, _whole(seed, "seed", 0, 2**64 - 1)))
    own = [path for path in scenario.own_assumptions if parted(path)[1] in chosen]
    varied = {path: entries[path] for path in (*chosen, *own) if path in entries}
    recipe = Draws(varied, Correlated(copula(scenario.correlations, chosen), crossed), crossed)
    return Design("saltelli", base * (len(chosen) + 2), recipe=recipe, generated=tuple(varied))


@checked
def replay(saved: pd.DataFrame | str | PathLike[str]) -> Design:
    """A design from a saved frame: a DataFrame, or the path of a CSV or Parquet file, with the same values exactly.

    Its columns are checked against a scenario when that is evaluated. Raises InputError for a file that cannot be read,
    a table without rows, and a cell that is not a finite number.
    """
    import pandas as pd

    frame = saved if isinstance(saved, pd.DataFrame) else _read(Path(saved))
    if not len(frame):
        raise InputError("a design has at least one row", path="rows", value=0)
    columns = {}
    for path in frame.columns:
        cells = frame[path].to_numpy(dtype=object)
        try:
            values = cells.astype(float)  # numpy reads text to the last bit
        except (ValueError, TypeError):
            values = pd.to_numeric(frame[path], errors="coerce").to_numpy(dtype=float)
        odd = [isinstance(cell, str) and ("_" in cell or not cell.isascii()) for cell in cells]
        values = np.where(odd, np.nan, values)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise InputError(f"row {row} is not a finite number", path=str(path), value=frame[path].iloc[row])
        columns[str(path)] = np.ascontiguousarray(values)
    return Design("replay", len(frame), columns)


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"the design cannot be read: {error}", file=str(path)) from error
    if path.suffix != ".parquet" and not isinstance(frame.index, pd.RangeIndex):
        raise InputError("rows have more cells than the heading", file=str(path))
    return frame.drop(columns="draw", errors="ignore")


def _whole(value: Any, name: str, smallest: int, largest: int) -> int:
    """A whole number within bounds. Raises InputError."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not smallest <= value <= largest:
        raise InputError(f"a whole number from {smallest:,} to {largest:,}", path=name, value=value)
    return int(value)

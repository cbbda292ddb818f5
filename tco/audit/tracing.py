"""Arrays that remember the formula of every number in them, so that a run of the model can be written out as cells.

A `Traced` array holds values and, for each of them, the number of a cell of its `Graph`. Arithmetic on it makes new
cells; moving, choosing and joining elements moves cell numbers alone. What reads a value without a formula (an index, a
branch of the code) is noted: as a guard where a truth was asked for, as an escape where a number was.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

Cells = NDArray[np.intp]
OPERATIONS = {
    "add", "subtract", "multiply", "true_divide", "divide", "power", "maximum", "minimum", "negative", "exp", "log",
    "log2", "floor", "ceil", "absolute", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
    "logical_and", "logical_or", "logical_not", "bitwise_and", "bitwise_or", "invert",
}  # fmt: skip
"""What becomes a formula; anything else reads the values."""
MOVES: tuple[Callable[..., Any], ...] = (
    np.concatenate, np.stack, np.broadcast_to, np.reshape, np.atleast_2d, np.transpose, np.repeat, np.ravel, np.copy,
)  # fmt: skip
ENDLESS = 1e300
"""In place of infinity, which a sheet does not have."""
MOST_REPETITIONS = 3000
"""Longer learning curves are no formulas."""
SUM, IF, POWERS = "sum", "if", "powers"


@dataclass(frozen=True)
class Step:
    """One formula for all cells of an array. operation: a ufunc's name, or sum, if, powers. made: the new cells.

    XX
    """

    operation: str
    made: Cells
    read: tuple[Cells, ...]
    place: str = ""


@dataclass(frozen=True)
class Guard:
    """A truth that the code asked for, and that a formula has to keep: whether any, or all, of some cells are not 0."""

    cells: Cells
    every: bool
    truth: bool


@dataclass
class Graph:
    """All cells, in the order in which they were made.

    numbers: of the cells. named: inputs by the number of their cell. constants: arrays of cells that hold numbers.
    """

    numbers: list[float | bool] = field(default_factory=list)
    named: dict[int, str] = field(default_factory=dict)
    constants: list[Cells] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    escapes: list[Cells] = field(default_factory=list)
    _known: dict[Any, Cells] = field(default_factory=dict)

    def add(self, values: Any) -> Cells:
        """New cells with these values."""
        array = np.asarray(values)
        first = len(self.numbers)
        self.numbers += array.ravel().tolist()
        return np.arange(first, len(self.numbers), dtype=np.intp).reshape(array.shape)

    def input(self, name: str, value: float) -> Traced:
        """An input as an array of no axes; one cell for each name."""
        key = ("input", name)
        if key not in self._known:
            self._known[key] = self.add(float(value))
            self.named[int(self._known[key])] = name
        return self.array(self._known[key])

    def constant(self, values: Any) -> Traced:
        """Numbers as an array; equal arrays have the same cells."""
        array = np.asarray(values)
        array = array if array.dtype == np.bool_ else np.clip(array.astype(float), -ENDLESS, ENDLESS)
        key = ("constant", array.dtype.kind, array.shape if array.size > 1 else (), array.tobytes())
        if key not in self._known:
            self._known[key] = self.add(array)
            self.constants.append(self._known[key])
        return self.array(self._known[key].reshape(array.shape))

    def array(self, cells: Cells) -> Traced:
        """The array of some cells."""
        values = np.array([self.numbers[cell] for cell in cells.ravel().tolist()]).reshape(cells.shape)
        return Traced(self, cells, values)

    def of(self, value: Any) -> Traced:
        """A number or array as one of this graph."""
        return value if isinstance(value, Traced) else self.constant(value)

    def step(self, operation: str, result: Any, read: Sequence[Cells]) -> Traced:
        """The cells of a formula; the same formula of the same cells is made once."""
        key = (operation, *((cells.shape, cells.tobytes()) for cells in read))
        if key not in self._known:
            cell = self.add(result)
            self._known[key] = cell
            self.steps.append(Step(operation, cell, tuple(read), _place()))
        return Traced(self, self._known[key], np.asarray(result))

    def behind(self, cells: Iterable[int]) -> set[str]:
        """The names of all inputs that some cells depend on."""
        wanted = np.zeros(len(self.numbers), dtype=bool)
        wanted[list(cells)] = True
        for step in reversed(self.steps):
            if wanted[step.made].any():
                for read in step.read:
                    wanted[read] = True
        return {name for cell, name in self.named.items() if wanted[cell]}


def _place() -> str:
    """The function of the model that is being run, such as `cut_over (effort)`."""
    frame: Any = inspect.currentframe()
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("tco.") and not module.startswith("tco.audit"):
            return f"{frame.f_code.co_name.strip('_')} ({module.rpartition('.')[2]})"
        frame = frame.f_back
    return "amount"


class Traced(NDArrayOperatorsMixin):
    """An array whose every element is a cell of a graph."""

    def __init__(self, graph: Graph, cells: Cells, values: NDArray[Any]):
        self.graph, self.cells, self.numbers = graph, cells, values

    shape = property(lambda self: self.cells.shape)
    ndim = property(lambda self: self.cells.ndim)
    size = property(lambda self: self.cells.size)
    dtype = property(lambda self: self.numbers.dtype)

    def __len__(self) -> int:
        return len(self.cells)

    def _moved(self, cells: Cells) -> Traced:
        return self.graph.array(cells)

    def __getitem__(self, key: Any) -> Traced:
        return self._moved(self.cells[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.cells, self.numbers = self.cells.copy(), self.numbers.copy()
        new = self.graph.of(value)
        self.cells[key], self.numbers[key] = new.cells, new.numbers

    def reshape(self, *shape: Any) -> Traced:
        """The same in another shape."""
        return self._moved(self.cells.reshape(*shape))

    def transpose(self, *axes: Any) -> Traced:
        """The same with its axes in another order."""
        return self._moved(self.cells.transpose(*axes))

    def copy(self) -> Traced:
        """The same; the copy may change."""
        return self._moved(self.cells.copy())

    def astype(self, _: Any) -> Traced:
        """The same: truths count as 0 and 1 in formulas, too."""
        return self if self.dtype != np.bool_ else self.graph.of(1.0) * self

    view = astype

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Traced:
        """The sum over an axis, or over all elements."""
        return np.add.reduce(self, axis=axis, keepdims=keepdims)  # type: ignore[call-overload, no-any-return]

    def any(self) -> bool:
        """Whether anything is not 0; a guard."""
        return self._guard(False, bool(self.numbers.any()))

    def all(self) -> bool:
        """Whether nothing is 0; a guard."""
        return self._guard(True, bool(self.numbers.all()))

    def _guard(self, every: bool, truth: bool) -> bool:
        self.graph.guards.append(Guard(self.cells.ravel(), every, truth))
        return truth

    def __bool__(self) -> bool:
        return self._guard(True, bool(self.numbers))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        self.graph.escapes.append(self.cells.ravel())
        return np.array(self.numbers, dtype=dtype)

    def __float__(self) -> float:
        return float(self.__array__().item())

    def item(self) -> float:
        """The number, which then has no formula."""
        return float(self)

    def tolist(self) -> list[Any]:
        """The numbers, which then have no formula."""
        return self.__array__().tolist()  # type: ignore[no-any-return]

    def powers(self, count: Any) -> Traced:
        """Sum of i**exponent up to a count, of a learning curve with this exponent."""
        from tco.model.fleet.learning_curve import LearningCurve

        counted = self.graph.of(count)
        if counted.numbers.max(initial=0.0) > MOST_REPETITIONS:
            return self.graph.constant(LearningCurve(np.asarray(self)).powers(np.asarray(counted)))
        result = LearningCurve(self.numbers).powers(counted.numbers)
        cells = np.broadcast_arrays(counted.cells, self.cells)
        return self.graph.step(POWERS, np.broadcast_to(result, cells[0].shape), cells)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)
        graph = self.graph
        if method == "reduce" and ufunc is np.add:
            (summed,), axis = inputs, options.get("axis", 0)
            return self._summed(summed, axis, options.get("keepdims", False))
        if method != "__call__" or ufunc.__name__ not in OPERATIONS or options:
            return getattr(ufunc, method)(*(np.asarray(value) for value in inputs), **options)
        parts = [graph.of(value) for value in inputs]
        simple = _unchanged(ufunc.__name__, parts)
        if simple is not None:
            return simple
        result = ufunc(*(part.numbers for part in parts))
        if ufunc.__name__ == "log2":
            parts.append(graph.constant(2.0))
        cells = np.broadcast_arrays(*(part.cells for part in parts))
        return graph.step(ufunc.__name__, result, cells)

    def _summed(self, summed: Traced, axis: int | None, keepdims: bool) -> Traced:
        cells = summed.cells.reshape(-1) if axis is None else np.moveaxis(summed.cells, axis, -1)
        if cells.shape[-1] == 1:
            return self._moved(summed.cells if keepdims else cells[..., 0])
        total = self.graph.step(SUM, summed.numbers.sum(axis=axis), [cells])
        if not keepdims:
            return total
        return total.reshape(np.sum(summed.numbers, axis=axis, keepdims=True).shape)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        graph = self.graph
        if function is np.where:
            return _where(graph, *arguments)
        if function is np.clip:
            array, low, high = (*arguments, *(options[name] for name in ("a_min", "a_max") if name in options))[:3]
            return np.minimum(np.maximum(array, low), high)
        if function is np.zeros_like:
            return np.zeros(self.shape)
        if function in MOVES:
            first, *rest = arguments
            if isinstance(first, Sequence):
                return self._moved(function([graph.of(part).cells for part in first], *rest, **options))
            return self._moved(function(first.cells, *rest, **options))
        if function is np.broadcast_arrays:
            cells = np.broadcast_arrays(*(graph.of(part).cells for part in arguments))
            return tuple(graph.array(part) for part in cells)
        plain = [np.asarray(value) if isinstance(value, Traced) else value for value in arguments]
        return function(*plain, **options)


def _unchanged(name: str, parts: Sequence[Traced]) -> Traced | None:
    """The other factor of a constant 1, and the other summand of a constant 0, in the shape that both have together."""
    neutral = {"multiply": 1.0, "add": 0.0}.get(name)
    if neutral is None or any(part.dtype == np.bool_ for part in parts):
        return None
    graph, (one, other) = parts[0].graph, parts
    shape = np.broadcast_shapes(one.shape, other.shape)
    for constant, kept in ((one, other), (other, one)):
        if constant.size == 1 and constant.cells.item() == graph.constant(neutral).cells.item():
            return kept if kept.shape == shape else graph.array(np.broadcast_to(kept.cells, shape))
    return None


def _where(graph: Graph, condition: Any, one: Any, other: Any) -> Any:
    """A choice: of cells where the condition is no formula, else a formula."""
    parts = [graph.of(value) for value in (one, other)]
    if not isinstance(condition, Traced):
        return graph.array(np.where(condition, parts[0].cells, parts[1].cells))
    result = np.where(condition.numbers, parts[0].numbers, parts[1].numbers)
    cells = np.broadcast_arrays(condition.cells, parts[0].cells, parts[1].cells)
    return graph.step(IF, result, cells)

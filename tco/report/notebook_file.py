"""An executed notebook as the text of its file: what `nbformat.writes` gives, in half the time.

nbformat copies a notebook node by node and has Python indent each number of each table. Here only what nbformat changes
is copied, and lists and objects that hold no others, such as the rows of tables, are written in one go.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

NESTED = (dict, list, tuple)


def notebook_text(notebook: Any) -> str:
    """A notebook as the text of its file."""
    import nbformat
    from nbformat.v4.rwbase import split_lines, strip_transient

    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError:  # which nbformat logs, and writes the notebook
        return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]
    return indented(strip_transient(split_lines(_copy(notebook)))) + "\n"  # type: ignore[no-untyped-call]


def indented(value: Any, depth: int = 1) -> str:
    """`json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)`, for text as keys.

    depth: the number of spaces before what `value` holds.
    """
    if not isinstance(value, NESTED):
        return _written(0)(value)
    inside, before = (value.values(), "{}") if isinstance(value, dict) else (value, "[]")
    if not value:
        return before
    line = "\n" + " " * depth
    if not any(isinstance(one, NESTED) for one in inside):
        held = _written(depth)(value)[1:-1]
    elif isinstance(value, dict):
        held = f",{line}".join(f"{_written(0)(key)}: {indented(value[key], depth + 1)}" for key in sorted(value))
    else:
        held = f",{line}".join(indented(one, depth + 1) for one in value)
    return f"{before[0]}{line}{held}{line[:-1]}{before[1]}"


@cache
def _written(depth: int) -> Callable[[Any], str]:
    """Writes a list or object that holds no others, all but its first entry on a line of its own."""
    return json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",\n" + " " * depth, ": ")).encode


def _copy(notebook: Any) -> Any:
    """A copy down to where nbformat splits texts into lines and leaves out what does not belong into a file."""
    cells = []
    for cell in notebook.cells:
        kept = _with_own(cell, "metadata")
        if "outputs" in cell:
            kept["outputs"] = [_with_own(output, "data") for output in cell.outputs]
        if "attachments" in cell:
            kept["attachments"] = copy.deepcopy(cell.attachments)
        cells.append(kept)
    whole = _with_own(notebook, "metadata")
    whole["cells"] = cells
    return whole


def _with_own(node: Any, name: str) -> Any:
    """A copy of a node that shares all but what it holds as `name`."""
    kept = type(node)(node)
    if name in node:
        kept[name] = type(node)(node[name])
    return kept

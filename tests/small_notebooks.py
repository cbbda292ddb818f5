"""Notebooks of a few code cells, and what their outputs say in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nbformat

KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}


def notebook_of(*cells: str, tags: Sequence[Sequence[str]] = ()) -> Any:
    """A Python notebook with these code cells, the first ones with these tags."""
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    for cell, several in zip(made, tags, strict=False):
        cell.metadata["tags"] = list(several)
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": dict(KERNEL)})


def texts(cell: Any) -> list[str]:
    """Each output of a cell: a stream's text, an error's name, or the plain text of what is shown."""
    return [
        output.get("text") or output.get("ename") or output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    ]

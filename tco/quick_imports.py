"""Spare the second that the import of jsonschema takes where JupyterLab is installed.

JupyterLab brings a package that checks internationalised addresses. jsonschema imports it when it is there, whereupon
it compiles a grammar, in every process that imports altair, nbformat or papermill. Nothing here checks such addresses.
"""

from __future__ import annotations

import contextlib
import importlib
import sys

GRAMMAR = "rfc3987_syntax"


def spare_grammar() -> None:
    """Let nothing in this process import the grammar; for a process that runs nobody else's code."""
    sys.modules.setdefault(GRAMMAR, None)  # type: ignore[arg-type]


def import_jsonschema() -> None:
    """Import jsonschema without the grammar, which can be imported as ever afterwards."""
    if "jsonschema" in sys.modules or GRAMMAR in sys.modules:
        return
    spare_grammar()
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module("jsonschema")
    finally:
        del sys.modules[GRAMMAR]

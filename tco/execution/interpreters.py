"""Commands that start a function of this package in a new interpreter, whatever the working folder holds."""

from __future__ import annotations

import sys
from pathlib import Path

import tco

PACKAGE_FOLDER = Path(tco.__file__).parent.parent
START = """
import sys
del sys.path[0]  # the working folder, from which nothing is imported until a notebook runs there
folder, function = sys.argv[1:3]
del sys.argv[1:3]
if folder not in sys.path:
    sys.path.append(folder)
module, name = function.split(":")
import importlib
getattr(importlib.import_module(module), name)(sys.argv[1:])
"""


def command(function: str, *arguments: str) -> list[str]:
    """The command that calls `function` ("module:name") with the list of `arguments` in this interpreter's like."""
    return [sys.executable, "-c", START, str(PACKAGE_FOLDER), function, *arguments]


def kernel(arguments: list[str]) -> None:
    """Be ipykernel, quickly started; the arguments are those of `ipykernel_launcher`."""
    from tco.quick_imports import import_jsonschema

    import_jsonschema()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = [str(Path(sys.executable).parent / "ipykernel_launcher.py"), *arguments]
    IPKernelApp.launch_instance()

"""How a call travels to a worker: a small function by value and bytes, so that nothing on the way has to know `tco`.

Dask's scheduler unpickles what it is sent. It gets a function that is written out in full and arguments that are
bytes; only a worker turns them into a call, after it has compared its versions with those of who sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DONE, REFUSED = "done", "refused"


def carried() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two functions that Dask sends by value, since they have no name to be imported by.

    The first runs `function` ("module:name") on a pickled argument, preceded by the bytes `shared` if there are any,
    and returns (DONE, address of the worker, pickled result) or (REFUSED, address, what differs). The second returns
    its argument, so that bytes shared by many calls become a result that workers pass on to each other.
    """

    def run(function: str, argument: bytes, shared: bytes | None, expected: Mapping[str, str]) -> tuple[str, str, Any]:
        import importlib
        import importlib.metadata
        import pickle

        from distributed import get_worker

        try:
            address = get_worker().address
        except ValueError:  # asked by Client.run, outside any task
            address = ""
        try:
            differences = importlib.import_module("tco.report.basis").differences(expected)
        except ImportError as error:
            try:
                version = f"tco {importlib.metadata.version('tco')}"
            except importlib.metadata.PackageNotFoundError:
                version = "no tco"
            differences = f"it has {version} where {expected['tco']} is needed ({error})"
        if differences:
            return "refused", address, differences
        module, name = function.split(":")
        work = getattr(importlib.import_module(module), name)
        given = () if shared is None else (shared,)
        result = work(*given, pickle.loads(argument))  # noqa: S301 - from who asks this worker
        return "done", address, pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)

    def shared(content: bytes) -> bytes:
        return content

    return run, shared

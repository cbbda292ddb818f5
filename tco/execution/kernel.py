"""Jupyter kernels in forked processes: ipykernel's own, with all that it needs imported already.

`jupyter_client` manages them like any other kernel, so papermill runs notebooks on them with the same outputs.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import atexit
import builtins
import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from tco.execution import worker
from tco.execution.pool import Pool, how_ended

PRELOAD = (f"{__name__}:preload",)
"""What a pool preloads whose jobs are kernels or fork them."""
MODULES = "ipykernel.kernelapp ipykernel.debugger papermill.execute jupyter_client.asynchronous pandas altair".split()
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
"""Folders before which a kernel looks for modules in the working folder."""


def preload() -> None:
    """Import what kernels and their clients need, and libraries that take long, as they are imported in a kernel.

    pandas shows as many columns as fit a terminal, unless there is a kernel when it is imported.
    """
    vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=None)
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # kernels start quicker without a debugger
    for module in MODULES:
        importlib.import_module(module)
    del vars(builtins)["get_ipython"], sys.modules["debugpy"]


def serve(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Be a kernel in this process until its client shuts it down. arguments: as of `ipykernel_launcher`."""
    from ipykernel.kernelapp import IPKernelApp

    worker.leave_job()
    os.environ.clear()
    os.environ.update({**environment, "JPY_PARENT_PID": str(os.getppid())})
    if "" not in sys.path and not os.environ.get("PYTHONSAFEPATH"):
        packages = [place for place, path in enumerate(sys.path) if Path(path).name in PACKAGE_FOLDERS]
        sys.path.insert(packages[0] if packages else 0, "")
    sys.argv = [str(Path(sys.executable).parent / "ipykernel_launcher.py"), *arguments]
    for name in ("tqdm.auto", "tqdm.autonotebook"):  # which look for a kernel when they are imported
        sys.modules.pop(name, None)
    atexit._clear()  # noqa: SLF001 - what was registered before the fork is the other process's
    asyncio.set_event_loop(asyncio.new_event_loop())
    IPKernelApp.launch_instance(list(arguments))
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way, and this process ends without them
    IPKernelApp.instance().kernel.shell.user_ns.clear()  # which closes files
    gc.collect()


class _Process:
    """A kernel's process as `jupyter_client` sees it. failure: how it ended, in words."""

    stdin = stdout = stderr = None
    returncode: int | None = None
    failure, pid = "", 0

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        raise NotImplementedError

    def wait(self) -> int | None:
        """The exit code; `jupyter_client` waits until there is one."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        raise NotImplementedError


class _Child(_Process):
    """A kernel forked from this process, which is a job of a pool."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:  # noqa: ARG002 - it is in the job's
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid:
            return
        code = 1
        try:
            os.setsid()
            worker.die_with_parent(parent)
            worker.use_default_signals()
            worker.open_nothing(2)  # where ipykernel repeats what is not the notebook's alone
            serve(arguments, environment)
            code = 0
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
                self.failure = self.failure or how_ended(self.returncode)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:  # else its number may be another process's by now
            os.kill(self.pid, number)


class _Pooled(_Process):
    """A kernel that is the job of a pool. folder: that of its connection, removed when it has ended."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
        self._pool = _pool(os.getpid(), threading.get_ident())
        self._pool.submit("kernel", serve, arguments, environment, tries=1, folder=folder)
        self.poll()

    def poll(self) -> int | None:
        for outcome in self._pool.ended(0):
            self.failure = self.failure or outcome.failure or ""
            self.returncode = int(outcome.kind != "done")
        return self.returncode

    def send_signal(self, number: int) -> None:
        if number != signal.SIGINT:
            self._pool.end_jobs()


@cache
def _pool(process: int, thread: int) -> Pool:  # noqa: ARG001 - each has its own
    """The pool of a thread, kept for its next kernel."""
    pool = Pool(1, preload=PRELOAD)
    atexit.register(pool.close)
    return pool


class _Provisioner(LocalProvisioner):
    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Have the kernel forked."""
        manager: Any = self.parent
        self.process = manager.process = manager.process_class(cmd[1:], options["env"], manager.folder)
        return self.connection_info


class PooledKernelManager(AsyncKernelManager):
    """Manages a kernel that is the job of a pool, which ends with all that it has started."""

    process: _Process
    process_class: type[_Process] = _Pooled

    def __init__(self, **options: Any) -> None:
        self.folder = tempfile.mkdtemp(prefix="tco-kernel-")
        super().__init__(transport="ipc", connection_file=str(Path(self.folder, "kernel.json")), **options)

    @property
    def kernel_spec(self) -> Any:
        """The kernel in this very interpreter."""
        argv = ["ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        self.provisioner = _Provisioner(parent=self, kernel_spec=self.kernel_spec)
        return await super()._async_pre_start_kernel(**options)

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]  # as its parent's is
        """Remove the folder of the connection, too."""
        await self._async_cleanup_resources(restart)
        shutil.rmtree(self.folder, ignore_errors=True)


class ForkedKernelManager(PooledKernelManager):
    """Manages a kernel that is forked from this process, a job of a pool, and ends with it."""

    process_class = _Child

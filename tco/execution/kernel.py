"""An IPython kernel that runs in the calling process: ipykernel's own, with its sockets and threads left out.

`prepare()` makes it, which may happen before a fork; `Kernel.begin(...)` starts a session in the process that runs the
cells. `Client` stands in for the client that nbclient talks through, so that nbclient itself turns what the kernel
says into outputs, as it does for a kernel in another process.
"""

# mypy: disable-error-code="no-untyped-call, union-attr"

from __future__ import annotations

import asyncio
import atexit
import builtins
import contextvars
import gc
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from tco.execution.streams import Stream

PUBLIC, REPLIES = "iopub", "shell"
"""The two channels: what every client sees, and answers to who asked."""
PACKAGES = ("site-packages", "dist-packages")
"""Folders before which a kernel looks for modules in the working folder."""
ARGUMENTS = ["-f", "kernel.json", "--HistoryManager.hist_file=:memory:"]


class RecordedSession(Session):
    """Keeps messages, as they would arrive on the other side, instead of sending them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(key=b"unsigned", **options)  # to have no key from the start would be warned about
        self.key = b""
        self.channels: dict[str, deque[dict[str, Any]]] = {PUBLIC: deque(), REPLIES: deque()}
        self.put_out: Callable[[int], None] = lambda _: None

    def send(
        self,
        stream: Any,
        msg_or_type: dict[str, Any] | str,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,  # noqa: ARG002 - there is one client
        buffers: Any = None,
        track: bool = False,  # noqa: ARG002 - the parent's signature
        header: Any = None,
        metadata: Any = None,
    ) -> dict[str, Any]:
        """Keep one message for its channel."""
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        else:
            message = msg_or_type
            buffers = buffers or message.get("buffers", [])
        packed = self.serialize(message)[-1]
        if stream in self.channels:
            self.put_out(len(packed) if stream == PUBLIC else 0)
            held = [bytes(part) for part in buffers or []]
            self.channels[stream].append({**message, "content": self.unpack(packed), "buffers": held})
        return message

    def publish_stream(self, name: str, text: str, parent: dict[str, Any]) -> None:
        """Keep a piece of a stream's text."""
        self.send(PUBLIC, "stream", {"name": name, "text": text}, parent)


class Application(IPKernelApp):
    """ipykernel's application, which reads IPython's configuration, without anything that listens."""

    def _nothing(self, **_: Any) -> None:
        """There is no connection, and the signals are the job's."""

    init_connection_file = write_connection_file = log_connection_info = _nothing
    init_poller = init_heartbeat = init_signal = init_blackhole = init_crash_handler = _nothing

    def init_sockets(self) -> None:
        """A session that keeps what is sent."""
        self.session = RecordedSession(parent=self)
        self.iopub_socket = PUBLIC

    def init_io(self) -> None:
        """The notebook's streams in place of the process's own."""
        self.streams = (
            Stream("stdout", self.session.publish_stream),
            Stream("stderr", self.session.publish_stream),
        )
        for stream in self.streams:
            stream.neighbours = self.streams
        sys.stdout, sys.stderr = self.streams
        self.patch_io()

    def init_kernel(self) -> None:
        """The kernel with its shell."""
        self.kernel = Kernel.instance(
            parent=self,
            session=self.session,
            iopub_socket=PUBLIC,
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )


class Kernel(IPythonKernel):
    """ipykernel's kernel, asked by calls."""

    session: RecordedSession

    def begin(self, put_out: Callable[[int], None]) -> None:
        """Start a session in this process. put_out: called with the size of each output, in bytes."""
        vars(builtins).pop("get_ipython", None)
        atexit._clear()  # noqa: SLF001 - what was registered before the fork is the other process's
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        sys.argv = [str(Path(sys.executable).parent / "ipykernel_launcher.py"), *ARGUMENTS]
        if "" not in sys.path and not os.environ.get("PYTHONSAFEPATH"):  # as IPython does, unless told to leave it out
            packages = [place for place, path in enumerate(sys.path) if Path(path).name in PACKAGES]
            sys.path.insert(packages[0] if packages else 0, "")
        for channel in self.session.channels.values():
            channel.clear()
        self.session.put_out = put_out
        self.process = os.getpid()
        for stream in self.parent.streams:
            stream.begin(put_out)

    def end(self) -> None:
        """Leave as a kernel does: call what cells registered for the exit, and let go of what they hold open."""
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way, and this process will not exit by itself
        self.shell.user_ns.clear()
        gc.collect()

    async def answer(self, message: dict[str, Any]) -> None:
        """Do what a client's request asks; the answers are then in the session's channels."""
        self.set_parent([], message, channel="shell")
        self._publish_status("busy", "shell")
        self.pre_handler_hook()
        try:
            answer = self.shell_handlers[message["msg_type"]](REPLIES, [], message)
            if answer is not None:
                await answer
        finally:
            if os.getpid() != self.process:
                os._exit(0)  # a process that the cell forked, and that ran on to here
            self.post_handler_hook()
        sys.stdout.flush()
        sys.stderr.flush()
        self._publish_status("idle", "shell")

    @property
    def _supports_kernel_subshells(self) -> bool:
        return False

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Nothing waits in a queue."""


class Channel:
    """One channel of a client: what the kernel has said there and nobody has read yet."""

    def __init__(self, client: Client, messages: deque[dict[str, Any]]) -> None:
        self._client = client
        self._messages = messages

    def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002 - nothing more comes
        """The next message. Raises queue.Empty when there is none."""
        if not self._messages:
            raise queue.Empty
        return self._messages.popleft()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, such as a widget's new state; the kernel reads it before its next cell."""
        self._client.waiting.append(message)


class Client:
    """What nbclient needs of a kernel's client."""

    allow_stdin = False

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.session = kernel.session
        self.waiting: deque[dict[str, Any]] = deque()
        self._context = contextvars.copy_context()  # what a cell sets there holds for the next one
        self.iopub_channel = Channel(self, kernel.session.channels[PUBLIC])
        self.shell_channel = Channel(self, kernel.session.channels[REPLIES])

    async def execute(self, code: str, *, store_history: bool = True, stop_on_error: bool = True) -> str:
        """Run a cell; returns the request's id once it has run."""
        while self.waiting:
            await self._kernel.answer(self.waiting.popleft())
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        request = self.session.msg("execute_request", content)
        await asyncio.get_running_loop().create_task(self._kernel.answer(request), context=self._context)
        return str(request["header"]["msg_id"])

    def kernel_info(self) -> str:
        """Ask for the kernel's language; returns the request's id."""
        request = self.session.msg("kernel_info_request")
        self.session.send(REPLIES, "kernel_info_reply", self._kernel.kernel_info, request)
        return str(request["header"]["msg_id"])

    def is_alive(self) -> bool:
        """As alive as this process."""
        return True


_kernel: Kernel | None = None


def prepare() -> Kernel:
    """The kernel of this process, made on the first call; from then on modules are imported as they are in a notebook.

    pandas, for one, shows as many columns as fit a terminal unless IPython is there when it is imported.
    """
    global _kernel  # noqa: PLW0603 - a process has one kernel, as it has one stdout
    if _kernel is None:
        application = Application.instance()
        application.initialize(list(ARGUMENTS))
        _kernel = application.kernel
        vars(builtins)["get_ipython"] = _kernel.shell.get_ipython
    return _kernel

"""A notebook's stdout and stderr: what Python writes and what goes straight to the descriptors 1 and 2.

The pieces that a stream's text is published in are those of ipykernel: all that was written before something is
shown, before the cell ends, and before 0.2 s have passed since the first unpublished character.
"""

from __future__ import annotations

import codecs
import contextlib
import contextvars
import io
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ipykernel.iostream import OutStream

READ_BYTES = 1 << 16
SETTLING_SECONDS = 5.0
"""How long a flush waits for what was written to the descriptor to come through."""


class Stream(OutStream):
    """`sys.stdout` or `sys.stderr` of a notebook; publishes text by `publish(name, text, parent)`.

    It is ipykernel's own stream, which libraries know, without its thread and its sockets. `parent` is the header of
    the request that the text belongs to: the running cell, or the cell that started the task which writes.
    """

    def __init__(self, name: str, publish: Callable[[str, str, dict[str, Any]], None]) -> None:
        # The parent's initialiser would start sockets and threads, after which no process could be forked.
        self.name = name
        self.topic = b"stream." + name.encode()
        self.echo = None
        self.pub_thread = self
        self._publish = publish
        self._isatty = False
        self._should_watch = False
        self._local = threading.local()
        self._lock = threading.RLock()
        self._written: list[tuple[dict[str, Any], str]] = []
        self._since = 0.0
        self._parent_header = contextvars.ContextVar("parent_header")
        self._parent_header_global: dict[str, Any] = {}
        self._process = os.getpid()
        self._descriptor = 1 if name == "stdout" else 2
        self._watched: _Watched | None = None
        self.neighbours: Sequence[Stream] = (self,)

    def begin(self, arrived: Callable[[int], None]) -> None:
        """Belong to this process, and take in what is written to the descriptor.

        arrived: called with the sizes of what comes from the descriptor, in bytes.
        """
        self._lock = threading.RLock()
        self._written = []
        self._process = os.getpid()
        self._watched = _Watched(self._descriptor, self.write, arrived)

    def write(self, string: str) -> int:
        """Take in `string`; a process that the notebook forked writes to the descriptor, and so ends up here too."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        if os.getpid() != self._process:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, string.encode("utf-8", "replace"))
            return len(string)
        now = time.monotonic()
        for stream in sorted(self.neighbours, key=lambda one: one._since):  # noqa: SLF001 - of the same class
            if stream._written and now - stream._since >= self.flush_interval:  # noqa: SLF001
                stream._publish_written()  # noqa: SLF001
        with self._lock:
            if not self._written:
                self._since = now
            self._written.append((self.parent_header, string))
        return len(string)

    def flush(self) -> None:
        """Publish what was written since the last time, to the descriptor too."""
        if os.getpid() == self._process:
            if self._watched is not None:
                self._watched.settle()
            self._publish_written()

    def fileno(self) -> int:
        """The descriptor that a subprocess may write to."""
        if os.getpid() == self._process:
            return self._descriptor
        raise io.UnsupportedOperation("fileno")

    @property
    def closed(self) -> bool:
        """Never: there is no thread to lose."""
        return False

    def close(self) -> None:
        """Publish what is left; the stream stays open."""
        self.flush()

    def _publish_written(self) -> None:
        with self._lock:
            written, self._written = self._written, []
        by_parent: dict[str, list[tuple[dict[str, Any], str]]] = {}
        for parent, string in written:
            by_parent.setdefault(parent.get("msg_id", ""), []).append((parent, string))
        for pieces in by_parent.values():
            if text := "".join(string for _, string in pieces):
                self._publish(self.name, text, pieces[0][0])


class _Watched:
    """Descriptor 1 or 2 of this process, turned into a pipe whose text a thread hands to `write`."""

    def __init__(self, descriptor: int, write: Callable[[str], Any], arrived: Callable[[int], None]) -> None:
        self._write = write
        self._arrived = arrived
        self._mark = b"\xff" + secrets.token_bytes(15)  # no text in UTF-8 holds its first byte, and so waits for more
        self._settling = threading.Lock()
        self._settled = threading.Event()
        self._reading, self._writing = os.pipe()
        os.dup2(self._writing, descriptor)
        threading.Thread(target=self._watch, daemon=True).start()

    def settle(self) -> None:
        """Wait until everything that stands in the pipe by now has been handed on."""
        with self._settling:
            self._settled.clear()
            os.write(self._writing, self._mark)
            self._settled.wait(SETTLING_SECONDS)

    def _watch(self) -> None:
        held, decoder = b"", codecs.getincrementaldecoder("utf-8")(errors="replace")
        while read := os.read(self._reading, READ_BYTES):
            self._arrived(len(read))
            held += read
            settled = self._mark in held
            held = held.replace(self._mark, b"")
            kept = 0 if settled else _begun(self._mark, held)
            if text := decoder.decode(held[: len(held) - kept]):
                self._write(text)
            held = held[len(held) - kept :]
            if settled:
                self._settled.set()


def _begun(mark: bytes, held: bytes) -> int:
    """How many of the last bytes of `held` may be the beginning of the mark."""
    return next((length for length in range(len(mark) - 1, 0, -1) if held.endswith(mark[:length])), 0)

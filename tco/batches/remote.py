"""Batches written to an object store or another machine: `s3://bucket/prefix`, and whatever else fsspec knows.

An object is there whole or not at all, and the manifest of a report is written last. Objects cannot be appended to,
so the journal is a row of parts: lines that end at about the same time share one, and when a run ends its whole
journal takes their place. There is no lock: two runs of one batch write the same objects.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from queue import Queue
from typing import Any
from urllib.parse import unquote, urlsplit

from tco.batches.destinations import JOURNAL, Destination, LocalFolder
from tco.batches.executors import Events, Executor, Started, no_room, partial_name, said
from tco.batches.journal import ReportResult
from tco.errors import InputError
from tco.report.files import MANIFEST
from tco.report.task import Task

PARTS = ".journal"
"""Folder of the parts of a journal whose run has not ended."""
PAUSE = 0.5
"""Seconds between two parts: at most this much of a killed run is made again."""
AT_A_TIME = 500
"""Manifests asked for together."""
EXTRAS = {"s3": "s3", "s3a": "s3"}
"""The extra of `tco` that a kind of address needs."""
PAGE = ".html"


def destination_at(out: str | Path) -> Destination:
    """Where `out` says: a folder, or an address such as `s3://bucket/prefix`.

    Raises InputError for an address that nothing installed can write to.
    """
    kind, separator, rest = str(out).partition("://")
    if not separator or isinstance(out, Path):
        return LocalFolder(Path(out))
    if kind in ("file", "local"):
        return LocalFolder(Path(unquote(urlsplit(str(out)).path)))
    if kind == "memory":
        raise InputError("memory ends with the process; name a folder or s3://bucket/prefix", path="--out", value=out)
    if not rest.strip("/"):
        raise InputError(f"names no place to write to, such as {kind}://bucket/prefix", path="--out", value=out)
    found = RemoteFolder(str(out).rstrip("/"))
    found.files  # noqa: B018 - shows at once whether it can be had
    return found


class RemoteFolder:
    """A place that fsspec writes to. It can be pickled, and is then the same place.

    url: its address, such as `s3://bucket/prefix`, without a slash at the end.
    """

    def __init__(self, url: str):
        self.url = url
        self._parts: _Parts | None = None

    def __reduce__(self) -> tuple[type[RemoteFolder], tuple[str]]:
        return RemoteFolder, (self.url,)

    @property
    def shared(self) -> bool:
        """A worker anywhere can write to it."""
        return True

    @property
    def place(self) -> str:
        """The address."""
        return self.url

    @cached_property
    def files(self) -> Any:
        """The file system of fsspec. Raises InputError where it is not installed, or nobody knows its kind."""
        kind = self.url.partition("://")[0]
        extra = EXTRAS.get(kind)
        try:
            import fsspec

            return fsspec.filesystem(kind, use_listings_cache=False)
        except ImportError as error:
            needs = (
                f"needs the `{extra}` extra: pip install 'tco[{extra}]'" if extra else f"cannot be written to: {error}"
            )
            raise InputError(needs, path="--out", value=self.url) from None
        except ValueError as error:
            raise InputError(f"cannot be written to: {error}", path="--out", value=self.url) from None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Write a first, empty part of the journal, which shows whether one may; have all written at the end."""
        self.__dict__.pop("_held", None)
        parts = _Parts(self)
        try:
            parts.write([])
        except OSError as error:
            raise InputError(str(error.strerror), path="--out", value=self.url) from None
        self._parts = parts
        try:
            yield
        finally:
            self._parts = None
            parts.close()

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write the report's files, the manifest after all others; then remove what an earlier one had besides."""
        before = self._listed(name)
        *others, last = contents
        self._write({f"{name}/{file}": contents[file] for file in others})
        self._write({f"{name}/{last}": contents[last]})
        for file in before - set(contents):
            self.remove_file(f"{name}/{file}")

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the files are there, and the manifest is the one with this hash, which vouches for the others.

        All names and all manifests are asked for at the first question.
        """
        files, manifest = self._held.get(name, (frozenset(), ""))
        return hashes.keys() <= files and manifest == hashes.get(MANIFEST, "")

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`."""
        root = self._path("").rstrip("/")
        with self._told():
            entries = self.files.ls(root, detail=True)
            there = {PurePosixPath(entry["name"]).name for entry in entries if entry["type"] == "directory"}
            return sorted(name for name in there - set(names) if self.files.exists(self._path(f"{name}/{MANIFEST}")))

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file beside the reports; a whole journal takes the place of its parts."""
        if name == JOURNAL and self._parts is not None:
            self._parts.finish()
        outdated = self._found(PARTS) if name == JOURNAL else []
        self._write({name: content})
        if outdated:
            with self._told():
                self.files.rm(outdated)

    def remove_file(self, name: str) -> None:
        """Remove a file where it is there."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self._path(name))

    def read_journal(self) -> Sequence[str]:
        """The lines of the last whole journal and then of all parts."""
        lines: list[str] = []
        with self._told():
            with contextlib.suppress(FileNotFoundError):
                lines += _lines(self.files.cat_file(self._path(JOURNAL)))
            parts = sorted(self._found(PARTS))
            contents = self.files.cat(parts) if parts else {}
            for part in parts:
                lines += _lines(contents[part])
        return lines

    def append_to_journal(self, line: str) -> None:
        """Have the line written with the next part, within a second. Raises OSError where an earlier part failed."""
        if self._parts is None:
            raise ValueError("a journal is written while its destination is open")
        self._parts.append(line)

    def _write(self, contents: Mapping[str, bytes]) -> None:
        """Write objects at the same time, pages as such so that a browser shows them."""
        pages = {self._path(name): content for name, content in contents.items() if name.endswith(PAGE)}
        others = {self._path(name): content for name, content in contents.items() if not name.endswith(PAGE)}
        with self._told():
            if pages:
                as_page = {"ContentType": "text/html; charset=utf-8"} if self.url.startswith("s3") else {}
                self.files.pipe(pages, **as_page)
            if others:
                self.files.pipe(others)

    def _listed(self, name: str) -> set[str]:
        """The files that the report's manifest lists, if there is one."""
        with self._told(), contextlib.suppress(FileNotFoundError, ValueError):
            return {MANIFEST, *json.loads(self.files.cat_file(self._path(f"{name}/{MANIFEST}"))).get("files", {})}
        return set()

    @cached_property
    def _held(self) -> Mapping[str, tuple[frozenset[str], str]]:
        """By report: its files, and the SHA-256 of its manifest."""
        root = PurePosixPath(self._path(""))
        names: dict[str, set[str]] = {}
        with self._told():
            for path in self._found(""):
                parts = PurePosixPath(path).relative_to(root).parts
                if len(parts) == 2:  # a report's file
                    names.setdefault(parts[0], set()).add(parts[1])
            manifests = {}
            vouched = [name for name, files in names.items() if MANIFEST in files]
            for first in range(0, len(vouched), AT_A_TIME):
                paths = {self._path(f"{name}/{MANIFEST}"): name for name in vouched[first : first + AT_A_TIME]}
                for path, content in self.files.cat(list(paths), on_error="omit").items():
                    manifests[paths[path]] = hashlib.sha256(content).hexdigest()
        return {name: (frozenset(files), manifests.get(name, "")) for name, files in names.items()}

    def _found(self, name: str) -> list[str]:
        """All objects below a folder."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            return list(self.files.find(self._path(name).rstrip("/")))
        return []

    def _path(self, name: str) -> str:
        """The path of `name` as the file system has it."""
        return f"{self.files._strip_protocol(self.url)}/{name}"  # noqa: SLF001 - what fsspec offers for this

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the store as one OSError that says what cannot be done, after which no report can be written."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EIO and error.filename == self.url:
                raise  # told already
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise OSError(errno.EIO, f"cannot be read or written: {reason}", self.url) from error


class _Parts:
    """The parts of a journal that this run writes, on a thread of its own, with the lines that have come meanwhile."""

    def __init__(self, folder: RemoteFolder):
        self._folder = folder
        self._run, self._number = time.time_ns(), 0
        self._lines: Queue[str | None] = Queue()
        self._error: OSError | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def append(self, line: str) -> None:
        """Have a line written. Raises OSError where an earlier one could not be."""
        if self._error is not None:
            raise self._error
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._lines.put(line)

    def finish(self) -> None:
        """Wait until all lines are written. Raises OSError where they could not be."""
        self._ending.set()
        self._lines.join()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Finish and end the thread."""
        if self._thread is not None:
            self._ending.set()
            self._lines.put(None)
            self._thread.join()

    def write(self, lines: Sequence[str]) -> None:
        """Write one part."""
        name = f"{PARTS}/{self._run:020d}-{self._number:08d}.jsonl"
        self._folder._write({name: "".join(f"{line}\n" for line in lines).encode()})  # noqa: SLF001 - its own parts
        self._number += 1

    def _work(self) -> None:
        going_on = True
        while going_on:
            taken = [self._lines.get()]
            while not self._lines.empty():
                taken.append(self._lines.get())
            going_on = None not in taken
            if lines := [line for line in taken if line is not None]:
                try:
                    self.write(lines)
                except OSError as error:
                    self._error = error
            for _ in taken:
                self._lines.task_done()
            self._ending.wait(PAUSE)


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").splitlines()


UPLOADS = 4
"""Reports that are written at the same time, while others are made."""


class Delivering:
    """Makes reports here with another executor and writes each to a destination elsewhere as soon as it is made."""

    def __init__(self, executor: Executor):
        self.executor = executor

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and deliver them."""
        with tempfile.TemporaryDirectory(prefix="tco-delivering-") as temporary, ThreadPoolExecutor(UPLOADS) as pool:
            folder = Path(temporary)
            under_way: deque[Future[ReportResult]] = deque()
            for event in self.executor.run(tasks, LocalFolder(folder)):
                if isinstance(event, Started):
                    yield event
                else:
                    under_way.append(pool.submit(_moved, event, folder, destination))
                while under_way and (under_way[0].done() or len(under_way) > UPLOADS):
                    yield under_way.popleft().result()
            for delivering in under_way:
                yield delivering.result()


def taken(outcome: ReportResult, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an outcome that was made in `folder`, with their contents, in the order they are to be written."""
    place = folder / outcome.name if outcome.made else folder
    for name in outcome.files:
        yield name, (place / name).read_bytes()


def delivered(outcome: ReportResult, contents: Mapping[str, bytes], destination: Destination) -> ReportResult:
    """Write what was made elsewhere; gives the outcome, or that of a report that could not be written."""
    began = time.monotonic()
    partial = partial_name(outcome.name)
    try:
        if outcome.made:
            destination.write_report(outcome.name, contents)
            destination.remove_file(partial)
        elif partial in contents:
            destination.write_file(partial, contents[partial])
    except Exception as error:  # noqa: BLE001 - what the destination says of this report is this report's failure
        return ReportResult(outcome.name, outcome.key, "failed", said(error), stop=no_room(error))
    return replace(outcome, seconds=outcome.seconds + time.monotonic() - began)


def _moved(outcome: ReportResult, folder: Path, destination: Destination) -> ReportResult:
    """Deliver an outcome from the folder where it was made, and clear it away there."""
    try:
        return delivered(outcome, dict(taken(outcome, folder)), destination)
    finally:
        shutil.rmtree(folder / outcome.name, ignore_errors=True)
        (folder / partial_name(outcome.name)).unlink(missing_ok=True)

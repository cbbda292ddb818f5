"""Batches in an object store or on another machine: `s3://bucket/prefix`, and whatever else fsspec can write to.

An object is written whole or not at all, and the manifest of a report is written last. Objects cannot be appended to,
so the journal of a run is a series of objects with some lines each, which the complete journal replaces when the run
ends. There is no lock: two runs must not write to the same place at once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

from tco.batches.destinations import JOURNAL, Destination, LocalFolder
from tco.batches.executors import Events, Executor, Started, no_room, partial_name, said
from tco.batches.journal import ReportResult
from tco.errors import InputError
from tco.report.files import MANIFEST
from tco.report.task import Task

JOURNAL_PARTS = ".journal"
"""Folder of the journal's objects while a run has not ended."""
EXTRAS = {"s3": "s3", "s3a": "s3"}
"""The extra of `tco` that an address needs, by its scheme."""
UPLOADS = 4
"""Reports that are uploaded at the same time, while others are made."""


def destination_at(out: str | Path) -> Destination:
    """The destination of `--out`: a folder, or an address such as `s3://bucket/prefix`.

    Raises InputError for an address that no installed package can write to.
    """
    scheme, separator, rest = str(out).partition("://")
    if not separator or isinstance(out, Path):
        return LocalFolder(Path(out))
    if scheme in ("file", "local"):
        return LocalFolder(Path(unquote(urlsplit(str(out)).path)))
    if scheme == "memory":
        raise InputError("memory ends with the process; name a folder or s3://bucket/prefix", path="--out", value=out)
    if not rest.strip("/"):
        raise InputError(f"names no place to write to, such as {scheme}://bucket/prefix", path="--out", value=out)
    found = RemoteFolder(str(out).rstrip("/"))
    found.files  # noqa: B018 - raises if it cannot be written to
    return found


class RemoteFolder:
    """A destination that fsspec writes to. It can be pickled.

    url: its address, such as `s3://bucket/prefix`, without a slash at the end.
    """

    shared = True

    def __init__(self, url: str):
        self.url = self.place = url
        self._parts: _JournalParts | None = None

    def __reduce__(self) -> tuple[type[RemoteFolder], tuple[str]]:
        return RemoteFolder, (self.url,)

    @cached_property
    def files(self) -> Any:
        """The folder as a file system of fsspec. Raises InputError if no installed package knows the scheme."""
        scheme = self.url.partition("://")[0]
        try:
            import fsspec
            from fsspec.implementations.dirfs import DirFileSystem

            return DirFileSystem(self.url, fsspec.filesystem(scheme, use_listings_cache=False))
        except ImportError as error:
            extra = EXTRAS.get(scheme)
            install = f"needs the `{extra}` extra: pip install 'tco[{extra}]'"
            reason = install if extra else f"cannot be written to: {error}"
        except ValueError as error:
            reason = f"cannot be written to: {error}"
        raise InputError(reason, path="--out", value=self.url)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Write an empty part of the journal first, to show whether that is allowed, and all its lines at the end."""
        self.__dict__.pop("_existing", None)
        try:
            self._parts = _JournalParts(self)
        except OSError as error:
            raise InputError(str(error.strerror), path="--out", value=self.url) from None
        try:
            yield
        finally:
            self._parts.close()
            self._parts = None

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write the report's files, the manifest after all others; then remove those that only an earlier one had."""
        before: set[str] = set()
        with self._one_error(), contextlib.suppress(FileNotFoundError, ValueError):
            before = set(json.loads(self.files.cat_file(f"{name}/{MANIFEST}")).get("files", {}))
        *others, last = contents
        self._write({f"{name}/{file}": contents[file] for file in others})
        self._write({f"{name}/{last}": contents[last]})
        for file in before - set(contents):
            self.remove_file(f"{name}/{file}")

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the files exist and the manifest has this hash; it lists the hashes of the others.

        The first call requests all names and all manifests.
        """
        files, manifest = self._existing.get(name, (frozenset(), ""))
        return hashes.keys() <= files and manifest == hashes.get(MANIFEST, "")

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`."""
        with self._one_error():
            entries = self.files.ls("", detail=True)
            folders = {PurePosixPath(entry["name"]).name for entry in entries if entry["type"] == "directory"}
            return sorted(name for name in folders - set(names) if self.files.exists(f"{name}/{MANIFEST}"))

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file beside the reports; the complete journal replaces its parts."""
        parts: list[str] = []
        if name == JOURNAL:
            if self._parts is not None:
                self._parts.flush()
            parts = self._found(JOURNAL_PARTS)
        self._write({name: content})
        if parts:
            with self._one_error():
                self.files.rm(parts)

    def remove_file(self, name: str) -> None:
        """Remove a file if it exists."""
        with self._one_error(), contextlib.suppress(FileNotFoundError):
            self.files.rm_file(name)

    def read_journal(self) -> Sequence[str]:
        """The lines of the last complete journal, then of all parts."""
        parts = sorted(self._found(JOURNAL_PARTS))
        with self._one_error():
            contents = self.files.cat([JOURNAL, *parts], on_error="omit")
        texts = (contents[name].decode(errors="replace") for name in (JOURNAL, *parts) if name in contents)
        return [line for text in texts for line in text.splitlines()]

    def append_to_journal(self, line: str) -> None:
        """Write the line with the next part, as soon as the last one is written. Raises OSError if one failed."""
        if self._parts is None:
            raise ValueError("a journal is written while its destination is open")
        self._parts.append(line)

    def _write(self, contents: Mapping[str, bytes]) -> None:
        """Write objects at the same time, pages with the content type that makes a browser show them."""
        as_page = {"ContentType": "text/html; charset=utf-8"} if self.url.startswith("s3") else {}
        for are_pages, options in ((True, as_page), (False, {})):
            chosen = {name: content for name, content in contents.items() if name.endswith(".html") == are_pages}
            if chosen:
                with self._one_error():
                    self.files.pipe(chosen, **options)

    @cached_property
    def _existing(self) -> Mapping[str, tuple[frozenset[str], str]]:
        """By report: the names of its files, and the SHA-256 of its manifest."""
        names: dict[str, set[str]] = {}
        for path in self._found(""):
            report, _, file = path.partition("/")
            names.setdefault(report, set()).add(file)
        manifests = {f"{name}/{MANIFEST}": name for name, files in names.items() if MANIFEST in files}
        with self._one_error():
            contents = self.files.cat(list(manifests), on_error="omit") if manifests else {}
        hashes = {manifests[path]: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
        return {name: (frozenset(files), hashes.get(name, "")) for name, files in names.items()}

    def _found(self, folder: str) -> list[str]:
        """All objects below a folder."""
        with self._one_error(), contextlib.suppress(FileNotFoundError):
            return list(self.files.find(folder))
        return []

    @contextmanager
    def _one_error(self) -> Iterator[None]:
        """Raise any error of the store as an OSError that says what failed; no report can be written after it."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EIO and error.filename == self.url:
                raise  # raised here before
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise OSError(errno.EIO, f"cannot be read or written: {reason}", self.url) from error


class _JournalParts:
    """Writes a run's journal on a thread; each object holds the lines that came while the last was written.

    Raises OSError if the first, empty one cannot be written.
    """

    def __init__(self, folder: RemoteFolder):
        self._folder = folder
        self._run, self._number = time.time_ns(), 0
        self._lines = SimpleQueue[str]()
        self._error: OSError | None = None
        self._write([])
        self._thread = ThreadPoolExecutor(1, "journal")

    def append(self, line: str) -> None:
        """Have a line written soon. Raises OSError if an earlier one could not be written."""
        if self._error is not None:
            raise self._error
        self._lines.put(line)
        self._thread.submit(self._write_waiting)

    def flush(self) -> None:
        """Wait until all lines are written. Raises OSError if they could not be."""
        self._thread.submit(self._write_waiting).result()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Write all lines and end the thread."""
        self._thread.shutdown()

    def _write_waiting(self) -> None:
        lines: list[str] = []
        with contextlib.suppress(Empty):
            while True:
                lines.append(self._lines.get_nowait())
        if lines and self._error is None:
            try:
                self._write(lines)
            except OSError as error:
                self._error = error

    def _write(self, lines: Sequence[str]) -> None:
        name = f"{JOURNAL_PARTS}/{self._run:020d}-{self._number:08d}.jsonl"
        self._folder._write({name: "".join(f"{line}\n" for line in lines).encode()})  # noqa: SLF001 - its own part
        self._number += 1


class Delivering:
    """Makes reports in a local folder with another executor, and uploads each as soon as it is made."""

    def __init__(self, executor: Executor):
        self.executor = executor

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and write them to the destination."""
        with tempfile.TemporaryDirectory(prefix="tco-delivering-") as temporary, ThreadPoolExecutor(UPLOADS) as pool:
            folder = Path(temporary)
            uploads: deque[Future[ReportResult]] = deque()
            for event in self.executor.run(tasks, LocalFolder(folder)):
                if isinstance(event, Started):
                    yield event
                else:
                    uploads.append(pool.submit(_moved, event, folder, destination))
                while uploads and (uploads[0].done() or len(uploads) > UPLOADS):
                    yield uploads.popleft().result()
            for upload in uploads:
                yield upload.result()


def _moved(result: ReportResult, folder: Path, destination: Destination) -> ReportResult:
    """Write a report made in `folder` to the destination, and remove it here."""
    try:
        return delivered(result, dict(taken(result, folder)), destination)
    finally:
        shutil.rmtree(folder / result.name, ignore_errors=True)
        (folder / partial_name(result.name)).unlink(missing_ok=True)


def taken(result: ReportResult, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a report made in `folder`, in the order in which they must be written."""
    place = folder / result.name if result.made else folder
    for name in result.files:
        yield name, (place / name).read_bytes()


def delivered(result: ReportResult, contents: Mapping[str, bytes], destination: Destination) -> ReportResult:
    """Write a report's files to the destination; returns its result, or that of a report that could not be written."""
    began = time.monotonic()
    partial = partial_name(result.name)
    try:
        if result.made:
            destination.write_report(result.name, contents)
            destination.remove_file(partial)
        elif partial in contents:
            destination.write_file(partial, contents[partial])
    except Exception as error:  # noqa: BLE001 - the failure of this report, whatever the destination raised
        return ReportResult(result.name, result.key, "failed", said(error), stop=no_room(error))
    return replace(result, seconds=result.seconds + time.monotonic() - began)

"""Where reports are written: a folder of this machine, or an object store that fsspec can write to.

A destination holds one folder for each report, the files of the batch, and its journal. It can be pickled, so the
process that makes a report can write it.

In an object store, an object is written whole or not at all, and the manifest of a report is written last. Objects
cannot be appended to, so the journal of a run is a series of objects with some lines each, which the complete journal
replaces when the run ends. There is no lock: two runs must not write to the same place at once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

from tco.errors import InputError
from tco.report.files import MANIFEST, lock, write_together

JOURNAL, JOURNAL_PARTS = "journal.jsonl", ".journal"
"""The journal; in an object store, the folder of its objects while a run has not ended."""
UNFINISHED = ".unfinished"
"""Folder of files that are being written, in a local folder."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
"""Errors of a destination after which no further report can be written."""
STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "tos")
"""Schemes of object stores, which write an object whole or not at all; fsspec knows many that are none."""
EXTRAS = {"s3": "s3", "s3a": "s3"}
"""The extra of `tco` that an address needs, by its scheme."""


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine. A relative one stays the same if the process changes its working folder later.

    place: the folder as its user names it. shared: whether other machines can write to it.
    """

    folder: Path
    root: Path = field(init=False, repr=False)
    shared = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.folder.absolute())

    @property
    def place(self) -> str:
        """The folder's path as given."""
        return str(self.folder)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Exclude other runs while a batch is written, and remove unfinished files of a stopped one.

        The system releases the lock when this process ends, even if it is killed. Raises InputError if the folder
        cannot be written to, or another run is writing there.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"cannot write reports to {self.place!r}: {error.strerror or error}") from None
        try:
            lock(handle, self.place)
            shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)
        finally:
            os.close(handle)

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report `name`, the last of `contents` (its manifest) last; all or none."""
        write_together(self.root / name, contents, staged_in=self.staging())

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the report's files all exist, with these SHA-256 hashes."""
        try:
            return all(_hash(self.root / name / file) == digest for file, digest in hashes.items())
        except OSError:
            return False

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`, sorted."""
        return sorted(
            path.name for path in self.root.iterdir() if path.name not in names and (path / MANIFEST).is_file()
        )

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the batch completely, or not at all."""
        temporary = self.staging() / name
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.root / name)
        finally:
            temporary.unlink(missing_ok=True)

    def remove_file(self, name: str) -> None:
        """Remove a file of the batch if it exists."""
        (self.root / name).unlink(missing_ok=True)

    def read_journal(self) -> Sequence[str]:
        """The journal's lines, oldest first; none if it cannot be read. Bytes that are no text are replaced."""
        try:
            return (self.root / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ()

    def append_to_journal(self, line: str) -> None:
        """Add one line, below what a crash left of another, and wait until the disk has it."""
        handle = os.open(self.root / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with open(handle, "r+b", buffering=0) as journal:  # noqa: PTH123 - of a descriptor
            length = journal.seek(0, os.SEEK_END)
            is_cut = length and os.pread(handle, 1, length - 1) != b"\n"
            content = (b"\n" if is_cut else b"") + line.encode() + b"\n"
            if os.write(handle, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.root / JOURNAL))
            os.fsync(handle)

    def staging(self) -> Path:
        """A folder for files that are not complete; the next run removes what is left there."""
        folder = self.root / UNFINISHED
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RemoteFolder:
    """An object store or another machine; methods as of `LocalFolder`.

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
        except (ImportError, ValueError) as error:
            reason = f"cannot be written to: {error}"
            if isinstance(error, ImportError) and (extra := EXTRAS.get(scheme)):
                reason = f"needs the `{extra}` extra: pip install 'tco[{extra}]'"
            raise InputError(reason, path="--out", value=self.url) from None

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
        """The folders with a manifest that are not among `names`, sorted."""
        with self._one_error():
            entries = self.files.ls("", detail=True)
            folders = {PurePosixPath(entry["name"]).name for entry in entries if entry["type"] == "directory"}
            return sorted(name for name in folders - set(names) if self.files.exists(f"{name}/{MANIFEST}"))

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file beside the reports; the complete journal replaces its parts."""
        if name == JOURNAL and self._parts is not None:
            self._parts.close()
        self._write({name: content})
        if name == JOURNAL and (parts := self._found(JOURNAL_PARTS)):
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

    def close(self) -> None:
        """Wait until all lines are written, and end the thread. Raises OSError if a line could not be written."""
        self._thread.shutdown()
        if self._error is not None:
            raise self._error

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


Destination = LocalFolder | RemoteFolder


def destination_at(out: str | Path) -> Destination:
    """The destination of `--out`: a folder, or an address such as `s3://bucket/prefix`.

    Raises InputError for an address that no installed package can write to.
    """
    scheme, separator, rest = str(out).partition("://")
    if not separator or isinstance(out, Path):
        return LocalFolder(Path(out))
    if scheme in ("file", "local"):
        return LocalFolder(Path(unquote(urlsplit(str(out)).path)))
    if scheme not in STORES:
        valid = f"name a folder, or an address that begins with one of {', '.join(STORES)}"
        raise InputError(f"{scheme} is no object store that is known; {valid}", path="--out", value=out)
    if not rest.strip("/"):
        raise InputError(f"names no place to write to, such as {scheme}://bucket/prefix", path="--out", value=out)
    folder = RemoteFolder(str(out).rstrip("/"))
    folder.files  # noqa: B018 - raises if it cannot be written to
    return folder

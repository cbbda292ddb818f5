"""Where reports are written. A destination holds one folder for each report, the files of the batch, and its journal.

`LocalFolder` is a folder of this machine, `tco.batches.remote.RemoteFolder` an object store. Destinations can be
pickled, so the process that makes a report can write it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tco.errors import InputError
from tco.report import files

JOURNAL = "journal.jsonl"
UNFINISHED = ".unfinished"
"""Folder of files that are being written."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
"""Errors of a destination after which no further report can be written."""


class Destination(Protocol):
    """Where a batch is written."""

    @property
    def shared(self) -> bool:
        """Whether other machines can write to it."""
        ...

    @property
    def place(self) -> str:
        """The destination as its user names it."""
        ...

    def opened(self) -> AbstractContextManager[None]:
        """Exclude other runs while a batch is written, and remove unfinished files of a stopped one.

        Raises InputError if the destination cannot be written to, or another run is writing there.
        """
        ...

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report `name`, the last of `contents` (its manifest) last; all or none."""

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the report's files all exist, with these SHA-256 hashes."""
        ...

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`, sorted."""
        ...

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the batch completely, or not at all."""

    def remove_file(self, name: str) -> None:
        """Remove a file of the batch if it exists."""

    def read_journal(self) -> Sequence[str]:
        """The journal's lines, oldest first; none if there is no journal."""
        ...

    def append_to_journal(self, line: str) -> None:
        """Add a line to the journal."""


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine. A relative one stays the same if the process changes its working folder later."""

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
        """Lock the folder; the system releases the lock when this process ends, even if it is killed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"cannot write reports to {self.place!r}: {error.strerror or error}") from None
        try:
            _lock(handle, self.place)
            shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)
            yield
            shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)
        finally:
            os.close(handle)

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report, or none."""
        files.write_together(self.root / name, contents, staged_in=self._unfinished())

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the files exist with these hashes."""
        try:
            return all(_hash(self.root / name / file) == digest for file, digest in hashes.items())
        except OSError:
            return False

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`."""
        return sorted(
            path.name for path in self.root.iterdir() if path.name not in names and (path / files.MANIFEST).is_file()
        )

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file beside the reports."""
        temporary = self._unfinished() / name
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.root / name)
        finally:
            temporary.unlink(missing_ok=True)

    def remove_file(self, name: str) -> None:
        """Remove one file beside the reports."""
        (self.root / name).unlink(missing_ok=True)

    def read_journal(self) -> Sequence[str]:
        """The journal's lines; bytes that are no text are replaced, and such a line is skipped later."""
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

    def _unfinished(self) -> Path:
        unfinished = self.root / UNFINISHED
        unfinished.mkdir(parents=True, exist_ok=True)
        return unfinished


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lock(handle: int, place: str) -> None:
    """Lock the open folder for this process. Raises InputError if another process holds the lock."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return
    with contextlib.suppress(OSError):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is writing to {place!r}; wait for it, or name another folder") from None

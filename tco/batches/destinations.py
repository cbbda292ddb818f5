"""Where reports go. A destination holds one folder per report, the files of the whole batch, and the journal.

`LocalFolder` is a folder of this machine. A destination is plain data and can be pickled, so that the process that made
a report can write it.
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
"""Folder of what is not whole yet."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
"""Errors of a destination after which no further report can be written."""


class Destination(Protocol):
    """Where a batch is written."""

    @property
    def shared(self) -> bool:
        """Whether a worker on another machine can write to it."""
        ...

    @property
    def place(self) -> str:
        """The destination as its user names it."""
        ...

    def opened(self) -> AbstractContextManager[None]:
        """Keep other runs out while a batch writes, and clear away what a stopped one left unfinished.

        Raises InputError when the destination cannot be written to, or another run is writing there.
        """
        ...

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report `name`, the last of `contents` (its manifest) last; all or none."""

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the report's files are all there, with these SHA-256 hashes."""
        ...

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The reports that are there and not among `names`, sorted: of an earlier batch file, or of something else."""
        ...

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the whole batch, whole or not at all."""

    def remove_file(self, name: str) -> None:
        """Remove a file of the whole batch where it is there."""

    def read_journal(self) -> Sequence[str]:
        """The journal's lines, oldest first; none where there is no journal."""
        ...

    def append_to_journal(self, line: str) -> None:
        """Add a line to the journal; it is there for good when this returns."""


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine, the same one wherever a process that writes to it has gone since."""

    folder: Path
    root: Path = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.folder.absolute())

    @property
    def shared(self) -> bool:
        """Other machines do not see it."""
        return False

    @property
    def place(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the folder's lock, which the system lets go of when this process ends in whatever way."""
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
        """Whether the files are there with these hashes."""
        try:
            return all(_hash(self.root / name / file) == digest for file, digest in hashes.items())
        except OSError:
            return False

    def other_reports(self, names: Collection[str]) -> Sequence[str]:
        """The folders with a manifest that are not among `names`."""
        with os.scandir(self.root) as entries:
            others = [entry.name for entry in entries if entry.name not in names]
        return sorted(name for name in others if (self.root / name / files.MANIFEST).is_file())

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
        """The journal's lines; what is no text is replaced and so makes a line that cannot be read."""
        try:
            return (self.root / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ()

    def append_to_journal(self, line: str) -> None:
        """Add one line, on a line of its own whatever a crash left before it."""
        handle = os.open(self.root / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with open(handle, "r+b", buffering=0) as journal:  # noqa: PTH123 - of a descriptor
            length = journal.seek(0, os.SEEK_END)
            begun = length and os.pread(handle, 1, length - 1) != b"\n"
            content = (b"\n" if begun else b"") + line.encode() + b"\n"
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
    """Lock the open folder for this process; InputError where another one has it."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return
    with contextlib.suppress(OSError):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is writing to {place!r}; wait for it, or name another folder") from None

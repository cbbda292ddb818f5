"""Where reports go. A destination holds one folder per report, the files of the whole batch, and the journal.

`LocalFolder` is a folder of this machine. A destination is plain data and can be pickled, so that the process that made
a report can write it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tco.report import files

JOURNAL = "journal.jsonl"


class Destination(Protocol):
    """Where a batch is written."""

    shared: bool
    """Whether a worker on another machine can write to it."""

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report `name`, the last of `contents` (its manifest) last; all or none."""

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the report's files are all there, with these SHA-256 hashes."""
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
    """A folder of this machine."""

    folder: Path
    shared: bool = False

    def write_report(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write all files of the report, or none."""
        files.write_together(self.folder / name, contents)

    def holds_report(self, name: str, hashes: Mapping[str, str]) -> bool:
        """Whether the files are there with these hashes."""
        try:
            return all(
                hashlib.sha256((self.folder / name / file).read_bytes()).hexdigest() == digest
                for file, digest in hashes.items()
            )
        except OSError:
            return False

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file beside the reports."""
        temporary = self.folder / f".{name}.writing"
        temporary.write_bytes(content)
        temporary.replace(self.folder / name)

    def remove_file(self, name: str) -> None:
        """Remove one file beside the reports."""
        (self.folder / name).unlink(missing_ok=True)

    def read_journal(self) -> Sequence[str]:
        """The journal's lines."""
        try:
            return (self.folder / JOURNAL).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()

    def append_to_journal(self, line: str) -> None:
        """Add one line to the journal."""
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")

"""Files of a report: safe names, and all of them in place or none.

Everything is first written into a hidden folder beside its destination and then moved, file by file, the manifest
last; after an error nothing of the report is there that was not there before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tco.errors import InputError

MANIFEST = "manifest.json"
TABLES = "tables"
"""The folder of a report's CSV files, beside its page."""
OWN_HASH = "sha256"
"""The entry of a manifest, and of a line of a batch's journal, with the hash of its other entries."""
LONGEST_NAME = 80


def safe_name(text: str) -> str:
    """A file name for a scenario called `text`: letters, digits, `-` and `_` only, whatever the name holds.

    >>> safe_name("<script>alert(1)</script>")
    'script-alert-1-script'
    >>> safe_name("../..")
    'scenario'
    """
    flat = unicodedata.normalize("NFKC", text)
    return re.sub(r"[^\w]+", "-", flat).strip("-_")[:LONGEST_NAME].rstrip("-_") or "scenario"


def partial_name(name: str) -> str:
    """The file name of the notebook of the report `name` that failed, with the cells that have run."""
    return f"{name}.failed.ipynb"


def as_bytes(content: str | bytes) -> bytes:
    """The content of a file: text in UTF-8, anything else as it is."""
    return content.encode() if isinstance(content, str) else content


def write_together(folder: Path, contents: Mapping[str, str | bytes], staged_in: Path | None = None) -> None:
    """Write `contents` (name -> text or bytes) into `folder`, all or, after an error before the moves, none.

    A name is that of a file, or of one in the folder `TABLES`. Files are moved in the order given, so that the last
    one, once there, vouches for the others. Files that the folder's earlier manifest lists and that are no longer made
    are removed; anything else in the folder stays. staged_in: the folder, of the same file system, for what is not
    whole yet; default: `folder` itself.
    Raises InputError when the folder cannot be written to, and OSError when the file system is full.
    """
    with _staging(folder, staged_in or folder) as staging:
        for name, content in contents.items():
            (staging / name).parent.mkdir(exist_ok=True)
            (staging / name).write_bytes(as_bytes(content))
        outdated = _listed(folder / MANIFEST) - set(contents)
        for name in contents:
            (folder / name).parent.mkdir(exist_ok=True)
            (staging / name).replace(folder / name)
        for name in outdated:
            (folder / name).unlink(missing_ok=True)


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Keep other runs from writing a report into `folder` meanwhile; it goes again where nothing came of it.

    The system releases the lock when this process ends, even if it is killed. Raises InputError where another run
    holds it, or the folder cannot be written to.
    """
    new_folders = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise InputError(f"cannot write reports to {str(folder)!r}: {error.strerror or error}") from error
    try:
        lock(handle, str(folder))
        yield
    finally:
        os.close(handle)
        for parent in new_folders:
            with suppress(OSError):  # it holds a report by now, or another run's folder
                parent.rmdir()


def lock(handle: int, place: str) -> None:
    """Lock the open folder for this process. Raises InputError if another one holds the lock."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return
    with suppress(OSError):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is writing to {place!r}; wait for it, or name another folder") from None


def _listed(manifest: Path) -> set[str]:
    """The names of files in the folder that an earlier manifest lists; none where it cannot be read."""
    try:
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        return {name for name in files if Path(name).name == name or Path(name).parts == (TABLES, Path(name).name)}
    except (OSError, ValueError, LookupError, TypeError):
        return set()


@contextmanager
def _staging(folder: Path, parent: Path) -> Iterator[Path]:
    """A temporary folder in `parent`; `folder` is made where missing and removed again if nothing came of it."""
    new_folders = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    except OSError as error:
        raise InputError(f"cannot write reports to {str(folder)!r}: {error.strerror or error}") from error
    try:
        yield staging
    except BaseException as error:
        shutil.rmtree(staging, ignore_errors=True)
        for parent in new_folders:
            if not any(parent.iterdir()):
                parent.rmdir()
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not say which file it was
            raise OSError(error.errno, error.strerror, str(folder)) from error
        raise
    shutil.rmtree(staging, ignore_errors=True)


def hashes(contents: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file's content."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def own_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the entries of a mapping but for this hash itself, however its file is laid out."""
    entries = {name: value for name, value in content.items() if name != OWN_HASH}
    return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()

"""Files that commands write: all of a command's files, each whole, or none (see `tco.execution.interruptions`)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import click

from tco.errors import InputError
from tco.execution.interruptions import locked, remove_left, uninterrupted

INPUTS = ("scenario", "before", "after", "bill", "files", "upgrade_log")
"""Parameters of commands that name files which they read."""
ENDING = ".partial"
MODE = 0o644


def write_text(target: Path, text: str) -> None:
    """Write a text to a file, as `write_files`; line ends stay as they are."""
    write_texts({target: text})


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write texts to files by their paths, as `write_files`."""
    write_contents({target: text.encode() for target, text in texts.items()})


def write_contents(contents: Mapping[Path, bytes]) -> None:
    """Write contents to files by their paths, as `write_files`."""
    write_files({target: lambda partial, content=content: partial.write_bytes(content)  # type: ignore[misc]
                 for target, content in contents.items()})  # fmt: skip


def write_file(target: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file, as `write_files`."""
    write_files({target: write})


def write_files(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Let each writer fill a file beside its target, and rename all once they are complete, so that none sees half.

    What is no file, such as a device or a pipe, is written to; a link stays, and what it names is replaced.
    Raises InputError where it cannot, and where a target is a file that the command reads.
    """
    with ExitStack() as stack:
        partials = {}
        for target, write in writers.items():
            _refuse_inputs(target)
            with told(target):
                partials[target] = _partial(target, stack)
            with told(target, partials[target]):
                write(partials[target])
        with uninterrupted():
            for target, partial in sorted(partials.items(), key=lambda both: _is_file(both[0])):
                with told(target, partial):
                    if _is_file(target):
                        partial.chmod(MODE)
                        partial.replace(target.resolve())
                    else:  # first: a device may not take it
                        target.write_bytes(partial.read_bytes())


def _is_file(target: Path) -> bool:
    return target.is_file() or not target.exists()


def _refuse_inputs(target: Path) -> None:
    """Raise InputError where the command reads `target`."""
    context = click.get_current_context(silent=True)
    stated = context.params if context else {}
    for source in (stated.get(name) or () for name in INPUTS):
        for file in [source] if isinstance(source, str | Path) else source:
            if target.exists() and Path(file).exists() and target.samefile(file):
                raise InputError("is read by this command: write to another file", file=str(target))


def _partial(target: Path, stack: ExitStack) -> Path:
    """A file beside `target` for what is not whole yet, which goes when `stack` closes."""
    beside = target.resolve().parent if _is_file(target) else Path(tempfile.gettempdir())
    prefix = f".{target.name}."
    remove_left(beside, prefix, ENDING)
    with uninterrupted():
        handle, name = tempfile.mkstemp(dir=beside, prefix=prefix, suffix=ENDING)
        stack.callback(Path(name).unlink, missing_ok=True)
        stack.callback(os.close, handle)
        locked(handle)
    return Path(name)


@contextmanager
def told(target: Path, partial: Path | None = None) -> Iterator[None]:
    """Raise what goes wrong as an InputError on `target`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=str(target)) from None
    except InputError as error:
        problems = (replace(one, file=str(target)) if one.file == str(partial) else one for one in error.problems)
        raise type(error)(problems) from None

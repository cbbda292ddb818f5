"""Files of one command are written together or not at all."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tco.cli import main, writing
from tco.errors import InputError


def test_an_interrupt_between_two_files_leaves_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writing.write_texts({tmp_path / "a": "1", tmp_path / "b": "2"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1", "b": "2"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
def test_a_device_that_is_full_keeps_files_beside_it_from_being_written(tmp_path: Path) -> None:
    for targets in ((Path("/dev/full"), tmp_path / "a"), (tmp_path / "a", Path("/dev/full"))):
        with pytest.raises(InputError, match="/dev/full: cannot be written: No space left on device"):
            writing.write_texts(dict.fromkeys(targets, "text"))
        assert not list(tmp_path.iterdir())


def test_where_there_is_no_room_for_all_notebooks_none_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, write = [], Path.write_bytes

    def write_some(self: Path, content: bytes) -> int:
        written.append(self)
        if len(written) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", write_some)
    done = CliRunner().invoke(main, ["notebooks", "copy", str(tmp_path / "mine")])
    assert done.exit_code == 1
    assert "reuse.ipynb: cannot be written: No space left on device" in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_has_left_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".a.csv.k2j4h5l6.partial").write_text("half")
    (tmp_path / ".a.csv.swp").write_text("an editor's")
    writing.write_text(tmp_path / "a.csv", "whole")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.csv": "whole",
        ".a.csv.swp": "an editor's",
    }

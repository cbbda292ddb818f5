"""What Ctrl-C, SIGTERM and kills leave: all of what was to be renamed together, and nothing for good that is half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tco.cli import interrupt
from tco.execution.interruptions import locked, made_folder, remove_left, uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_end_of_the_block(number: int) -> None:
    earlier, done = signal.signal(number, interrupt), []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(number)
            done.append("the rest")

    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, earlier)
    assert done == ["the rest"]


def test_what_a_killed_process_has_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    for name in (".a.csv.one.partial", ".a.csv.two.partial", ".a.csv.notes", ".b.csv.one.partial"):
        (tmp_path / name).write_text("half")
    (tmp_path / ".a.csv.three.partial").mkdir()
    (tmp_path / ".a.csv.three.partial" / "rates.csv").write_text("half")
    handle = os.open(tmp_path / ".a.csv.two.partial", os.O_RDONLY)
    assert locked(handle)
    remove_left(tmp_path, ".a.csv.", ".partial")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".a.csv.notes", ".a.csv.two.partial", ".b.csv.one.partial"
    ]  # fmt: skip
    os.close(handle)
    remove_left(tmp_path, ".a.csv.", ".partial")
    assert not (tmp_path / ".a.csv.two.partial").exists()


def test_a_new_folder_goes_again_where_nothing_came_to_be_in_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), made_folder(tmp_path / "a" / "b"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    with made_folder(tmp_path / "a" / "b"):
        (tmp_path / "a" / "file").touch()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]


NOTEBOOKS = 11
"""With their README."""
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod")
KILLED_AT = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
step, number = int(sys.argv.pop(1)), int(sys.argv.pop(1))
def hook(event, args):
    global step
    if event in {STEPS} and str(args[0]).startswith(os.getcwd()) and (event != "open" or (args[2] or 0) & os.O_CREAT):
        step -= 1
        if step == 0:
            os.kill(os.getpid(), number)
sys.argv[0] = "tco"
from tco.cli import main
sys.addaudithook(hook)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("step", [2, 5, 20, 40, 45, 55])
def test_notebooks_are_copied_all_or_none_wherever_the_command_ends(tmp_path: Path, step: int, number: int) -> None:
    """A kill may leave files under hidden names, which the next run removes, or end the renaming half way."""
    target = tmp_path / "mine"
    words = [sys.executable, "-c", KILLED_AT, str(step), str(int(number)), "notebooks", "copy", str(target)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (128 + number, -number)
    assert (done.stdout, done.stderr) == ("", "")
    names = {path.name for path in target.iterdir()} if target.exists() else set()
    if number != signal.SIGKILL:
        assert len(names) in (0, NOTEBOOKS)
    words[3] = "0"
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert len(list(target.iterdir())) == NOTEBOOKS

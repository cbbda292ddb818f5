"""Other processes that share the work on a large design, each with a lock of its own on Python.

A worker is a fresh interpreter that is told its job, and then block after block, over its standard input, and answers
over its standard output. It is not forked, so that it is safe where other threads run (as in a Jupyter kernel), and
nothing of the caller's own script is run again, whatever the operating system. What a worker cannot do is done here:
results do not depend on it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Generic, TypeVar, cast

from tco.errors import InputError

Part = TypeVar("Part")
Result = TypeVar("Result")

VARIABLE = "TCO_PROCESSES"
"""How many processes share a large design; 1 for none but the own one."""
MOST_PROCESSES = 4
"""Without the variable there are no more than this, whatever the processors: each takes some 200 MB."""
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
"""The C library keeps memory that is let go of for the next array (a tenth of the time), where it knows these."""
PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from tco.evaluation.workers import serve; serve()"
)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes() -> int:
    """How many processes share a large design: TCO_PROCESSES, else one a processor. Raises InputError for nonsense."""
    stated = os.environ.get(VARIABLE, "").strip()
    if not stated:
        return min(processors(), MOST_PROCESSES)
    if not stated.isdecimal() or int(stated) < 1:
        raise InputError("the number of processes is a whole number from 1 up", path=VARIABLE, value=stated)
    return int(stated)


class Worker(Generic[Part, Result]):
    """Does `work` for one part after another in a process of its own, or here if that process gives no answer."""

    def __init__(self, work: Callable[[Part], Result], job: bytes):
        """Work: what to do. job: the same, pickled."""
        self._work, self._job = work, job
        self._process: subprocess.Popen[bytes] | None = None
        self._lost = not sys.executable

    def __call__(self, part: Part) -> Result:
        """The result of `work` for a part; what it raises is raised here."""
        if not self._lost:
            try:
                done, result = self._asked(part)
            except (OSError, EOFError, pickle.PickleError, AttributeError, TypeError):
                self._lost = True
            else:
                if done:
                    return result
        return self._work(part)

    def _asked(self, part: Part) -> tuple[bool, Result]:
        """Whether the process has done a part, and its result."""
        if self._process is None:
            command = [sys.executable, "-P", "-c", PROGRAM]
            self._process = subprocess.Popen(  # noqa: S603 - ours
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ALLOCATION | os.environ
            )
        asked, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        if self._job:
            pickle.dump(sys.path, asked)
            asked.write(self._job)
            self._job = b""
        pickle.dump(part, asked, protocol=pickle.HIGHEST_PROTOCOL)
        asked.flush()
        answer: tuple[bool, Result] = pickle.load(answers)  # noqa: S301 - what our own process wrote
        return answer

    def close(self) -> None:
        """End the process, in the middle of a part, too."""
        self._lost = True
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def serve() -> None:
    """Be a worker: read a job and parts from standard input until it ends, write results to standard output.

    A part that fails is answered as not done, so that its error is raised where it is seen.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    parts, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    work = pickle.load(parts)  # noqa: S301 - what the process that started this one wrote
    while True:
        try:
            part = pickle.load(parts)  # noqa: S301
        except EOFError:
            return
        try:
            answer = True, work(part)
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again by who asked
            answer = False, None
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()

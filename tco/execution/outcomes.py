"""How a job ended, in words."""

from __future__ import annotations

import pickle
import signal
from dataclasses import dataclass
from typing import Any, Literal

from tco.execution.keeper import Ending

Kind = Literal["done", "raised", "exited", "killed", "timeout", "output", "lost"]


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    key: the name it was submitted under. kind: `done` (then `result` is what the function returned), `raised` (then
    `error` is the exception, where it can travel), `exited` (the process left by itself), `killed` (by a signal),
    `timeout`, `output` (more than its limit) or `lost` (the process that watched over it ended, twice). failure: the
    reason in words; None when done. stage: what the job said it was doing last. seconds: its duration. peak_bytes:
    the largest memory of its process.
    """

    key: str
    kind: Kind
    result: Any = None
    failure: str | None = None
    error: BaseException | None = None
    stage: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0


def outcome(key: str, ending: Ending) -> Outcome:
    """What a job's `ending` means, in words too."""
    kind: Kind
    result, error, failure = None, None, None
    if ending.result is not None:
        kind, result = "done", pickle.loads(ending.result)  # noqa: S301 - from a job of ours
    elif ending.error is not None:
        text, error = pickle.loads(ending.error)  # noqa: S301 - from a job of ours
        kind, failure = "raised", text
    elif ending.too_much:
        kind, failure = "output", "put out more than its limit"
    elif ending.timed_out is not None:
        kind, failure = "timeout", f"took longer than {ending.timed_out:g} s"
    elif ending.signal is not None:
        kind, failure = "killed", f"was ended by {signal.Signals(ending.signal).name}"
        if ending.signal == signal.SIGKILL:
            failure += ", as happens when memory runs out"
    else:
        kind, failure = "exited", f"ended its process with exit code {ending.exit_code}"
    if failure is not None and kind != "raised" and ending.stage:
        failure = f"{ending.stage} {failure}"
    return Outcome(key, kind, result, failure, error, ending.stage, ending.seconds, ending.peak_bytes)

"""A kernel that is a child of the process: signals reach it only while it runs."""

from __future__ import annotations

import os
import signal

import pytest

from tco.execution.kernel import _Child
from tco.execution.worker import available


@pytest.mark.skipif(not available(), reason="needs fork and process descriptors")
def test_no_signal_is_sent_to_the_number_of_a_kernel_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = object.__new__(_Child)
    kernel.pid = os.fork()
    if not kernel.pid:
        os._exit(3)
    os.waitid(os.P_PID, kernel.pid, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(os, "kill", lambda *sent: pytest.fail(f"sent {sent}"))
    kernel.send_signal(signal.SIGKILL)
    assert kernel.returncode == 3

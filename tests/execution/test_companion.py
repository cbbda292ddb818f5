"""The companion of a nursery answers each job its own question, whatever others ask, and ends with the nursery."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_table import alive, all_end, children, descendants, written

from tco.execution import companion
from tco.execution.companions import KEEPERS_TO_ONE, Companions
from tco.execution.nursery import Nursery, available

pytestmark = pytest.mark.skipif(not available(), reason="needs fork and process descriptors")


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nurseries import what tests do."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with Nursery(2, warm=["companions"], companion="companions:ready") as started:
        yield started


def answer(nursery: Nursery, question: bytes, function: str = "asked") -> object:
    nursery.submit("asks", f"companions:{function}", question)
    (outcome,) = nursery.outcomes()
    assert outcome.kind == "done", outcome.failure
    return outcome.result


def test_each_job_has_the_answer_to_its_own_question(nursery: Nursery) -> None:
    questions = [bytes([number]) * 300_000 for number in range(20)]
    for number, question in enumerate(questions):
        nursery.submit(str(number), "companions:asked", question)
    answers = {outcome.key: outcome.result for outcome in nursery.outcomes()}
    assert answers == {str(number): question[:100] for number, question in enumerate(questions)}


def test_one_companion_answers_all_jobs(nursery: Nursery) -> None:
    assert len({answer(nursery, b"process") for _ in range(4)}) == 1


def test_many_jobs_at_a_time_share_several_companions() -> None:
    keepers = KEEPERS_TO_ONE + 1
    with Nursery(keepers, warm=["companions"], companion="companions:ready") as nursery:
        for number in range(keepers):
            nursery.submit(str(number), "companions:asked", b"process")
        answers = [outcome.result for outcome in nursery.outcomes()]
    assert None not in answers
    assert len(set(answers)) == 2


@pytest.mark.parametrize("question", [b"crash", b"hang"])
def test_a_question_that_ends_the_companion_has_no_answer_and_the_next_asks_a_fresh_one(
    nursery: Nursery, question: bytes
) -> None:
    before = answer(nursery, b"process")
    assert answer(nursery, question) is None
    after = answer(nursery, b"process")
    assert after not in (None, before)


def test_who_does_not_ask_properly_disturbs_nobody(nursery: Nursery) -> None:
    """Neither nonsense, nor half a question, nor a crowd, nor an answer that is not listened to."""
    before = answer(nursery, b"process")
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100, b"q", b"", companion.frames.HEADER.pack(b"z", 0)):
        assert answer(nursery, nonsense, "talked_nonsense") == b""
    assert answer(nursery, b"fail") is None
    assert answer(nursery, b"long") is None
    assert answer(nursery, b"", "crowded_out") == b"in all this"
    nursery.submit("dies", "companions:died_while_asking")
    assert [outcome.kind for outcome in nursery.outcomes()] == ["killed"]
    assert answer(nursery, b"process") == before


def test_where_too_many_wait_a_job_waits_for_its_turn_to_do_so(nursery: Nursery) -> None:
    assert answer(nursery, b"", "asked_with_many_waiting") == b"at last"


def test_a_job_without_descriptors_can_still_ask(nursery: Nursery) -> None:
    assert answer(nursery, b"still", "asked_without_descriptors") == b"still"


def test_no_job_can_answer_in_the_place_of_the_companion(nursery: Nursery) -> None:
    assert answer(nursery, b"", "listening") == []


def test_a_companion_that_has_answered_enough_is_replaced() -> None:
    with Nursery(2, warm=["companions"], companion="companions:ready_for_three") as nursery:
        answers = [answer(nursery, b"process") for _ in range(7)]
    assert [answers.count(process) for process in dict.fromkeys(answers)] == [3, 3, 1]


@pytest.mark.parametrize("name", ["", "companions:never_ready", "companions:not_ready", "companions:nothing_of_it"])
def test_without_a_companion_there_is_no_answer(name: str) -> None:
    with Nursery(1, warm=["companions"], companion=name) as nursery:
        assert answer(nursery, b"anybody") is None
        assert answer(nursery, b"anybody") is None


def test_where_no_companion_can_listen_jobs_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: socket.socket, address: object) -> None:
        raise PermissionError(address)

    monkeypatch.setattr(socket.socket, "bind", refused)
    with selectors.DefaultSelector() as selector:
        companions = Companions("companions:ready", selector, lambda _: 0)
        assert companions.address_for_one_more(keepers=0) is None
        assert not companions.processes


def test_outside_of_a_nursery_there_is_no_answer() -> None:
    assert companion.ask(b"anybody", 1.0) is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_companion_that_is_killed_or_stopped_is_replaced(nursery: Nursery, number: int) -> None:
    before = answer(nursery, b"process")
    assert isinstance(before, bytes)
    os.kill(int(before), number)
    answers = [answer(nursery, b"process") for _ in range(2)]
    assert answers[-1] not in (None, before)


def test_it_ends_with_its_nursery() -> None:
    with Nursery(1, warm=["companions"], companion="companions:ready") as nursery:
        process = answer(nursery, b"process")
        assert isinstance(process, bytes)
        assert alive(int(process))
    assert not alive(int(process))


SCRIPT = """
    import sys, time
    from pathlib import Path
    from tco.execution.nursery import Nursery
    with Nursery(1, warm=["companions"], companion="companions:ready") as nursery:
        nursery.submit("asks", "companions:asked", b"process")
        (outcome,) = nursery.outcomes()
        Path(sys.argv[1]).write_text(outcome.result.decode() + "\\n")
        time.sleep(1000)
"""


@pytest.mark.parametrize("victim", ["caller", "server"])
def test_it_does_not_outlive_a_killed_caller_or_server(tmp_path: Path, victim: str) -> None:
    script = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path / "process")]
    with subprocess.Popen(script, stderr=subprocess.DEVNULL) as caller:
        try:
            process = int(written(tmp_path / "process"))
            below = descendants(caller.pid)
            assert process in below
            if victim == "server":
                os.kill(children(caller.pid).pop(), signal.SIGKILL)
                assert all_end(below)
        finally:
            caller.kill()
    assert all_end(below)

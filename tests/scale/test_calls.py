"""How calls are handed out, against workers that are played: bounded, in order where asked, none to who is not fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from tco.cluster import Call, Cluster, connection
from tco.cluster import calls as handing_out
from tco.cluster.calls import results
from tco.cluster.carrying import DONE, REFUSED
from tco.errors import InputError


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_out, "PATIENCE", 0.01)


class Played:
    """A future that is done when the test says so."""

    def __init__(self, call: Call):
        self.call, self.cancelled = call, False

    def add_done_callback(self, told: Callable[[Any], None]) -> None:
        self.told = told

    def cancel(self) -> None:
        self.cancelled = True


class PlayedWorkers:
    """Two threads; the call that `next_done` chooses among those under way is done at each look."""

    chosen = None

    def __init__(self, next_done: Callable[[list[Played]], Played], refusals: int = 0):
        self.next_done, self.refusals, self.most = next_done, refusals, 4
        self.under_way: list[Played] = []
        self.sent: list[Any] = []
        self.most_under_way = 0

    def look(self) -> None:
        if self.under_way:
            done = self.next_done(self.under_way)
            self.under_way.remove(done)
            done.told(done)

    def stranded(self, only: Any) -> bool:
        return False

    def submitted(self, call: Call, shares: Any, only: Any) -> Played:
        self.under_way.append(future := Played(call))
        self.sent.append(call.name)
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        return future

    def answer(self, future: Played) -> tuple[str, Any]:
        if self.refusals:
            self.refusals -= 1
            return REFUSED, None
        return DONE, future.call.argument * 10


def calls(count: int, drawn: list[int]) -> Iterator[Call]:
    for number in range(count):
        drawn.append(number)
        yield Call(f"call {number}", "module:name", number)


def last(under_way: list[Played]) -> Played:
    return under_way[-1]


def test_no_more_calls_are_drawn_than_there_is_room_for() -> None:
    workers, drawn = PlayedWorkers(last), list[int]()
    found = results(workers, calls(1_000_000, drawn))
    first = list(islice(found, 10))
    assert len(drawn) <= 10 + workers.most
    assert workers.most_under_way == workers.most
    under_way = list(workers.under_way)
    found.close()
    assert under_way
    assert all(future.cancelled for future in under_way), "what has not begun is taken back"
    assert dict(first) == {f"call {number}": number * 10 for number in (int(name.split()[1]) for name, _ in first)}


def test_results_come_in_order_where_asked_and_wait_in_bounded_number() -> None:
    workers, drawn = PlayedWorkers(last), list[int]()
    found = results(workers, calls(50, drawn), in_order=True)
    assert [name for name, _ in found] == [f"call {number}" for number in range(50)]


def test_a_refused_call_is_sent_again_and_answered_once() -> None:
    workers, drawn = PlayedWorkers(lambda under_way: under_way[0], refusals=3), list[int]()
    found = dict(results(workers, calls(6, drawn)))
    assert sorted(found.values()) == [0, 10, 20, 30, 40, 50]
    assert len(workers.sent) == 6 + 3


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"needs the `dask` extra: pip install 'tco\[dask\]'"):
        Cluster("tcp://127.0.0.1:8786").__enter__()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://here", "tcp://"])
def test_an_address_without_a_scheduler_is_said_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECTING", 0.3)
    with pytest.raises(InputError, match="--dask: no Dask scheduler answers there"):
        Cluster(address).__enter__()

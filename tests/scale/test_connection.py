"""Calls on a Dask cluster: bounded in number, in order on request, refused if a worker would give other results."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tco import cluster as connection
from tco.cluster import Cluster, ClusterLost
from tco.errors import InputError
from tco.report.basis import PRICE_SETS, basis

THREADS = 2


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler and a worker of two threads, in this process."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=THREADS, processes=False, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


release = threading.Event()


def slow_if_first(number: int) -> int:
    if number == 0:
        release.wait(10)
    return number * 10


def tenfold(number: int) -> int:
    if number == 13:
        raise ValueError("no such floor")
    return number * 10


def counted(taken: list[int], stop: int = 1_000_000) -> Iterator[int]:
    for number in range(stop):
        taken.append(number)
        yield number


def test_only_as_many_arguments_are_taken_as_keep_the_workers_busy(address: str) -> None:
    taken = list[int]()
    with Cluster(address) as cluster:
        results = cluster.results(slow_if_first, counted(taken))
        first = dict(islice(results, 10))
        results.close()
        release.set()
    assert len(taken) <= 10 + THREADS * connection.CALLS_PER_THREAD
    assert first == {number: number * 10 for number in first}
    assert 0 not in first, "results come as they are done"


def test_results_come_in_order_on_request(address: str) -> None:
    with Cluster(address) as cluster:
        found = list(cluster.results(tenfold, range(10), draws=True))
    assert found == [(number, number * 10) for number in range(10)]


def test_an_exception_is_the_result_of_its_call_alone(address: str) -> None:
    with Cluster(address) as cluster:
        found = dict(cluster.results(tenfold, [12, 13, 14]))
    assert (found[12], found[14]) == (120, 140)
    assert repr(found[13]) == "ValueError('no such floor')"


def test_draws_need_the_price_sets_of_this_process(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What calls a worker that has other ones, as a thread of this process cannot: expect other ones of it."""
    others = {**basis(), PRICE_SETS: "others"}
    monkeypatch.setattr(connection, "basis", lambda: others)
    with Cluster(address) as cluster:
        assert dict(cluster.results(tenfold, [1])) == {1: 10}
        with pytest.raises(ClusterLost, match="has price sets none instead of others"):
            list(cluster.results(tenfold, [1], draws=True))


def test_a_worker_with_other_facts_is_named_at_the_start_and_ends_a_run_later(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Cluster(address) as cluster:
        cluster._expected["facts"] = "other"  # as if the worker had changed
        with pytest.raises(ClusterLost, match=r"results would differ: .* has facts .* instead of other"):
            list(cluster.results(tenfold, [1]))
    monkeypatch.setattr(connection, "needed", lambda: {"facts": "other"})
    with pytest.raises(InputError, match=r"results of some workers would differ:\n  inproc://\S+: .* instead of other"):
        Cluster(address).__enter__()


def test_a_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(connection, "JOINING", 0.2)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(InputError, match="the scheduler has no worker"),
    ):
        Cluster(empty.scheduler_address).__enter__()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"needs the `dask` extra: pip install 'tco\[dask\]'"):
        Cluster("tcp://127.0.0.1:8786").__enter__()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://here", "tcp://"])
def test_an_address_without_a_scheduler_is_said_so(address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECTING", 0.3)
    with pytest.raises(InputError, match="--dask: no Dask scheduler answers there"):
        Cluster(address).__enter__()

"""Draws that are counted on a Dask cluster: equal to the last bit, whoever dies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.server

PROGRAM = """
import os, signal, sys
import pandas as pd
import tco
from tco.cluster import Cluster, evaluate_on

address, worker = sys.argv[1], int(sys.argv[2])
scenario = tco.load_scenario("quickstart", fleet_size=100)
design = tco.monte_carlo(scenario, draws=80_000, seed=5)
sizes = tco.sweep(scenario, "fleet_size", range(1, 1_500))

with Cluster(address) as cluster:
    assert len(cluster.workers) == 2
    results = cluster.results

    def killing_one(*arguments, **how):
        for number, result in enumerate(results(*arguments, **how)):
            if number == 1:
                os.kill(worker, signal.SIGKILL)
            yield result

    cluster.results = killing_one
    there = evaluate_on(cluster, scenario, design)
    costs = there.total(["option", "category"])
    cluster.results = results
    hours, comparison = there.mean("option", "labour hour"), tco.compare(there)
    swept = evaluate_on(cluster, scenario, sizes).total()
    assert len(cluster.workers) == 1, "one of them was killed on the way"

here = tco.evaluate(scenario, design)
pd.testing.assert_frame_equal(costs, here.total(["option", "category"]), check_exact=True)
pd.testing.assert_series_equal(hours, here.mean("option", "labour hour"), check_exact=True)
pd.testing.assert_frame_equal(comparison, tco.compare(here), check_exact=True)
pd.testing.assert_frame_equal(swept, tco.evaluate(scenario, sizes).total(), check_exact=True)
print("equal")
"""


def test_totals_are_equal_to_the_last_bit_though_a_worker_is_killed(cluster: Any, installed: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, cluster.address, str(cluster.workers[0].process.pid)],
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        cwd=installed,
    )
    assert (found.stdout, found.returncode) == ("equal\n", 0), found.stderr

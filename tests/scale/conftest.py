"""A Dask cluster and an object store on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import DaskCluster, ObjectStore, Program


@pytest.fixture
def cluster(tmp_path: Path, installed: Path) -> Iterator[DaskCluster]:
    """A scheduler and two workers that have the wheel."""
    folder = tmp_path / "dask"
    folder.mkdir()
    cluster = DaskCluster(folder, {"PYTHONPATH": str(installed)})
    with cluster.ending:
        cluster.add_worker()
        cluster.add_worker()
        yield cluster


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """moto's server, with a bucket `reports`."""
    program = Program(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], tmp_path_factory.mktemp("s3") / "log", {})
    try:
        program.says("Running on http://")
        store = ObjectStore("http://" + program.said.split("Running on http://")[1].split()[0])
        store.files.mkdir("reports")
        yield store
    finally:
        program.end()

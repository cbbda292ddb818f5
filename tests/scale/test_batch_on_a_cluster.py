"""A batch on a Dask cluster: the same files as here, whether a worker is killed or the scheduler is lost."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from programs import DaskCluster, Program, until

from tco.catalog.prices import price_book
from tco.refresh.price_list import OfferHead
from tco.refresh.price_tables import Tables

pytestmark = pytest.mark.server

CELLS = """
import os, time
from pathlib import Path
import pandas as pd
from tco import load_scenario, price
from tco.display.tables import table
made = load_scenario(scenario, set=set)
signs = Path(os.environ["SIGNS"])
with (signs / "runs").open("a") as runs:
    runs.write(f"{number} {os.environ['WORKER']}\\n")
while number == waits_for and not (signs / "go on").exists():
    time.sleep(0.05)
if number == fails:
    raise ValueError("seven is no number")
bill = price("dynamodb", {"reads_per_month": 10e6}, region="us-east-1", as_of="2026-11-01")["cost"].sum()
table(pd.DataFrame({"number": [number], "rate": [made.assumptions["labour.engineer_rate"].value], "bill": [bill]}))
"""
"""A report that says where it runs; one of them waits, another fails."""


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A batch of eight small reports, of which number 2 waits until it may go on and number 7 fails."""
    parameters = [
        *("scenario = 'quickstart'", "fleet_sizes = [10]", "set = {}", "today = ''", "seed = 0"),
        *("number = 0", "waits_for = 2", "fails = 7"),
    ]
    tagged = new_code_cell("\n".join(parameters), id="parameters", metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[tagged, new_code_cell(CELLS, id="work")])
    nbformat.write(notebook, tmp_path / "small.ipynb")
    file = tmp_path / "small.yaml"
    file.write_text(
        "name: small\nscenarios: [quickstart]\nnotebooks: [small.ipynb]\nfleet_sizes: [10]\ntoday: 2026-11-01\n"
        "sweep: {parameters.number: [1, 2, 3, 4, 5, 6, 7, 8]}\n"
    )
    (tmp_path / "signs").mkdir()
    return file


def price_set(folder: Path, read_price: float) -> Path:
    """A folder with a price set in which a million reads of DynamoDB in Virginia cost this since October 2026."""
    read = price_book().find("AmazonDynamoDB", "read_request_unit", "us-east-1", as_of=date(2026, 11, 20))
    tables = Tables(OfferHead(read.service, "1", date(2026, 11, 20)), read.region, read.link)
    row = {**asdict(read), "price": str(read_price), "tier_from": "", "tier_to": "", "source": tables.source}
    tables.rows[read.key] = {**row, "valid_from": "2026-10-01", "valid_to": "", "observed_on": "2026-10-01"}
    tables.write(folder / "aws-2026-11-20", lambda _: None)
    return folder


def environment(batch: Path, installed: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(installed), "SIGNS": str(batch.parent / "signs"), "WORKER": "none"}


def started(batch: Path, installed: Path, out: str | Path, *options: str, **more: str) -> Program:
    arguments = ["-m", "tco", "report", str(batch), "--out", str(out), *options]
    log = batch.parent / f"{Path(out).name}-{len(list(batch.parent.iterdir()))}.log"
    return Program(arguments, log, environment(batch, installed) | more)


def ended(program: Program) -> int:
    try:
        return program.process.wait(240)
    finally:
        program.end()


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def runs(batch: Path) -> list[tuple[int, str]]:
    """Each time a report's notebook was begun: its number, and who began it."""
    file = batch.parent / "signs" / "runs"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(number), who) for number, who in map(str.split, lines)]


def go_on(batch: Path) -> None:
    (batch.parent / "signs" / "go on").touch()


@pytest.fixture
def workers(tmp_path: Path, installed: Path, batch: Path) -> Any:
    """A cluster without workers yet; each is named by its variable WORKER."""
    folder = tmp_path / "dask"
    folder.mkdir()
    cluster = DaskCluster(folder, environment(batch, installed))
    with cluster.ending:
        yield cluster


def of_worker(name: str) -> list[str]:
    """The processes that have the environment of a worker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"WORKER={name}".encode() in variables:
            found.append(process.name)
    return found


def test_a_killed_workers_reports_are_made_by_another_and_all_files_are_as_made_here(
    workers: DaskCluster, batch: Path, installed: Path
) -> None:
    """With the price sets that are in force here, of which one worker has none and the other another one."""
    price_set(batch.parent / "newer", 2.0)
    prices = {"TCO_PRICES": "newer"}  # of the folder in which the command runs
    others = {"TCO_PRICES": str(price_set(batch.parent / "others", 1.5))}
    go_on(batch)
    here = batch.parent / "here"
    assert ended(started(batch, installed, here, **prices)) == 1
    page = (here / "quickstart__number-1" / "quickstart__number-1.html").read_text("utf-8")
    assert '<td class="n">105</td><td class="n">20</td>' in page, "10 million reads at 2 USD a million"
    for sign in (batch.parent / "signs").iterdir():
        sign.unlink()

    programs = {
        name: workers.add_worker(WORKER=name, **own)
        for name, own in ((uuid.uuid4().hex, others), (uuid.uuid4().hex, {"TCO_PRICES": ""}))
    }
    running = started(batch, installed, there := batch.parent / "there", "--dask", workers.address, **prices)
    (busy,) = until(lambda: [who for number, who in runs(batch) if number == 2], "the report that waits", running)
    until(lambda: len(runs(batch)) >= 5, "other reports", running)
    programs[busy].kill()
    until(lambda: not of_worker(busy), "the end of all that the killed worker had started")
    go_on(batch)
    assert ended(running) == 1, running.said

    assert "seven is no number" in running.said
    assert contents(there) == contents(here)
    assert len(list(there.glob("*/*.html"))) == 7
    assert (there / "quickstart__number-7.failed.ipynb").exists()
    times = Counter(number for number, _ in runs(batch))
    assert times[2] == 2, "begun again by the worker that was left"
    assert set(times) == set(range(1, 9))
    assert sum(times.values()) <= 8 + 2, "and nothing else but what the killed worker had under way"
    names = [json.loads(line).get("name") for line in (there / "journal.jsonl").read_text().splitlines()]
    assert len(names) == len(set(names)) == 9, "a header and each report once"


def other_version(installed: Path, folder: Path) -> str:
    """The wheel's contents with one more file of facts, as a newer worker may have them."""
    shutil.copytree(installed, folder)
    (folder / "tco" / "_resources" / "data" / "more.csv").write_text("number\n1\n", encoding="utf-8")
    return str(folder)


def written_down(store: Any, out: str) -> list[str]:
    """The names of reports in the parts of the journal."""
    parts = store.files.cat(store.files.find(f"{out}/.journal")).values()
    return re.findall(r'"name":"([^"]+)"', b"".join(parts).decode())


def test_a_worker_with_other_facts_is_refused_and_a_lost_scheduler_loses_nothing(
    workers: DaskCluster, batch: Path, installed: Path, object_store: Any
) -> None:
    older = workers.add_worker(PYTHONPATH=other_version(installed, batch.parent / "older"), WORKER="older")
    out, store = f"s3://reports/{uuid.uuid4().hex}", object_store.environment
    refused = started(batch, installed, out, "--dask", workers.address, **store)
    assert ended(refused) == 1
    assert "the results of some workers would differ" in refused.said
    assert re.search(r"tcp://\S+: \S+ has facts \w{12} instead of \w{12}", refused.said)
    assert runs(batch) == []

    older.end()
    workers.environment |= store
    for _ in range(2):
        workers.add_worker(WORKER="good")
    running = started(batch, installed, out, "--dask", workers.address, **store)
    until(lambda: 2 in dict(runs(batch)), "the report that waits", running)
    until(lambda: len(written_down(object_store, out)) >= 2, "reports in the journal", running)
    workers.scheduler.kill()
    assert ended(running) == 1
    assert "no longer answers; the same command resumes where it stopped" in running.said
    assert "Traceback" not in running.said

    go_on(batch)
    resumed = started(batch, installed, out, **store)
    assert ended(resumed) == 1, resumed.said
    assert re.search(r"8 reports, [2-6] of them there already", resumed.said)
    assert {who for _, who in runs(batch)} == {"good", "none"}
    assert {number for number, _ in runs(batch)} == set(range(1, 9))
    found = object_store.files.find(out)
    assert sum(name.endswith("manifest.json") for name in found) == 7
    assert not [name for name in found if "/.journal/" in name]

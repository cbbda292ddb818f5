"""What a run of many reports is planned with (docs/scale.md): processor time, memory, bytes, and what Dask adds.

Processor time is measured, not time on the clock, so that another program on the machine spoils little. Needs the
`dask` extra. Run with `python benchmarks/scale.py`, or all benchmarks with `make bench`.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from measuring import report

BATCH = """
name: rates
scenarios: [quickstart]
fleet_sizes: [10, 100, 1000]
parameters: {{draws: 1000}}
sweep: {{labour.engineer_rate: {rates}}}
"""
FEW, MANY = 2, 8
CALLS = 3_000
TICKS = os.sysconf("SC_CLK_TCK")
PROGRAM = f"""
import sys, time
import operator
from tco.cluster import Cluster
with Cluster(sys.argv[1]) as cluster:
    for _ in cluster.results(operator.neg, [0]): pass
    print("ready", flush=True); sys.stdin.readline()
    before = time.process_time()
    for _ in cluster.results(operator.neg, range({CALLS})): pass
    print(time.process_time() - before, flush=True); sys.stdin.readline()
"""


def processor_seconds(process: int) -> float:
    """Processor time of a running process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(session: int) -> int:
    """Bytes of memory that the processes of a tree have, what they share counted once."""
    found, parents = 0, {session}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if int(process.name) in parents or parent in parents:
                parents.add(int(process.name))
                rollup = (process / "smaps_rollup").read_text()
                found += 1024 * int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
        except (OSError, StopIteration):
            continue
    return found


def batch(folder: Path, reports: int) -> tuple[float, int]:
    """Processor seconds and most memory of `tco report` on so many reports, one at a time, into `folder`."""
    file = folder.with_suffix(".yaml")
    file.write_text(BATCH.format(rates=[80 + number for number in range(reports)]), "utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = ["report", str(file), "--out", str(folder), "--jobs", "1", "--quiet"]
    process = subprocess.Popen([sys.executable, "-m", "tco", *arguments], stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        time.sleep(0.2)
    assert process.returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def dask_seconds(folder: Path) -> dict[str, float]:
    """Processor milliseconds of client, scheduler and worker for each call that does nothing."""
    with ExitStack() as ending:

        def started(*arguments: str, **options: object) -> subprocess.Popen[str]:
            process = subprocess.Popen([sys.executable, *arguments], text=True, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
            ending.callback(process.wait)
            ending.callback(process.terminate)
            return process

        file = folder / "scheduler.json"
        common = ("--no-dashboard", "--scheduler-file", str(file), "--host", "127.0.0.1")
        scheduler = started("-m", "dask", "scheduler", *common, "--port", "0")
        worker = started("-m", "dask", "worker", *common, "--no-nanny", "--nthreads", "64")
        while not file.exists() or not file.stat().st_size:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        client = started("-c", PROGRAM, address, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        client.stdout.readline()
        before = [processor_seconds(process.pid) for process in (scheduler, worker)]
        client.stdin.write("\n")
        client.stdin.flush()
        own = float(client.stdout.readline())
        after = [processor_seconds(process.pid) for process in (scheduler, worker)]
        used = [own, *(late - early for early, late in zip(before, after, strict=True))]
        names = ("client", "scheduler", "worker")
        return {name: 1000 * seconds / CALLS for name, seconds in zip(names, used, strict=True)}


def main() -> int:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        few, _ = batch(folder / "few", FEW)
        many, peak = batch(folder / "many", MANY)
        texts = [file.read_bytes() for file in (folder / "many").glob("*/*")]
        journal = (folder / "many" / "journal.jsonl").stat().st_size
        page = (folder / "many" / "index.html").stat().st_size - (folder / "few" / "index.html").stat().st_size
        dask = dask_seconds(folder)
    seconds = (many - few) / (MANY - FEW)
    measured = {
        "processor seconds a report": seconds,
        "reports a minute and core": 60 / seconds,
        "processor seconds to start": few - FEW * seconds,
        "most memory of a run, one report at a time, MB": peak / 1e6,
        "files a report": len(texts) / MANY,
        "MB a report": sum(map(len, texts)) / MANY / 1e6,
        "MB a report, compressed": sum(len(gzip.compress(text, 6)) for text in texts) / MANY / 1e6,
        "KB a report in the journal": journal / MANY / 1e3,
        "KB a report in the index page": page / (MANY - FEW) / 1e3,
        **{f"ms a call, Dask's {name}": value for name, value in dask.items()},
    }
    return report("scale", measured, {}, unit="")


if __name__ == "__main__":
    sys.exit(main())

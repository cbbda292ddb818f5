"""Metrics of a database from CloudWatch over a window: load, size, peak, and the course of the load over the day.

A metric without a point in the window tells nothing, but for consumed capacity, which is then zero.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any

from tco.inventory.databases import Database
from tco.platforms.base import BYTES_PER_GB
from tco.platforms.request_units import READ_UNIT_BYTES, WRITE_UNIT_BYTES
from tco.units import HOURS_PER_DAY, SECONDS_PER_HOUR

QUERIES_A_CALL = 500
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
READS, WRITES = "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"
VOLUME, CAPACITY, PROCESSOR = "VolumeBytesUsed", "ServerlessDatabaseCapacity", "CPUUtilization"
METRICS: Mapping[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    "table": ("AWS/DynamoDB", "TableName", ((READS, "Sum"), (WRITES, "Sum"))),
    "db cluster": ("AWS/RDS", "DBClusterIdentifier", ((VOLUME, "Average"), (CAPACITY, "Average"))),
    "instance": (
        "AWS/RDS", "DBInstanceIdentifier",
        ((PROCESSOR, "Maximum"), ("DatabaseConnections", "Average"), ("ReadIOPS", "Average"), ("WriteIOPS", "Average")),
    ),
    "cache cluster": ("AWS/ElastiCache", "CacheClusterId", ((PROCESSOR, "Maximum"),)),
}  # fmt: skip
"""The metrics of each kind of resource: namespace, dimension, names and statistics."""
Points = Mapping[str, Mapping[datetime, float]]
"""The hourly values of each metric of one database."""


def measure(client: Any, databases: Sequence[Database], days: int) -> None:
    """Fill in load, storage, capacity and peak of databases of one Region, over whole hours of the last days."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(days=days)
    asked = [(database, name, query) for database in databases for name, query in _queries(database)]
    points: dict[int, dict[str, dict[datetime, float]]] = defaultdict(lambda: defaultdict(dict))
    for first in range(0, len(asked), QUERIES_A_CALL):
        part = asked[first : first + QUERIES_A_CALL]
        queries = [{**query, "Id": f"q{number}"} for number, (_, _, query) in enumerate(part)]
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                database, name, _ = part[int(result["Id"][1:])]
                points[id(database)][name] |= dict(zip(result["Timestamps"], result["Values"], strict=True))
    for database in databases:
        _fill(database, points[id(database)], days)


def _queries(database: Database) -> Iterator[tuple[str, dict[str, Any]]]:
    if database.kind not in METRICS or not database.identifier:
        return
    namespace, dimension, names = METRICS[database.kind]
    for name, statistic in names:
        metric = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": dimension, "Value": database.identifier}],
        }
        yield name, {"MetricStat": {"Metric": metric, "Period": SECONDS_PER_HOUR, "Stat": statistic}}


def _fill(database: Database, points: Points, days: int) -> None:
    if database.kind == "table":
        _load(database, points, days)
    if values := _values(points, VOLUME):
        database.storage_gb = values[-1] / BYTES_PER_GB
    if values := _values(points, CAPACITY):
        database.acu = fmean(values)
    if values := _values(points, PROCESSOR):
        database.cpu_peak = max(values)
        figures = [f"CPU up to {max(values):.0f} %"]
        figures += [f"{fmean(numbers):.0f} {word}" for name, word in (
            ("DatabaseConnections", "connections"), ("ReadIOPS", "reads/s of the volume"),
            ("WriteIOPS", "writes/s of the volume"),
        ) if (numbers := _values(points, name))]  # fmt: skip
        database.notes.append(f"over {days} days: {', '.join(figures)}")


def _load(table: Database, points: Points, days: int) -> None:
    """Calls a second from consumed units: a call takes the units of an item of the table's mean size."""
    seconds = days * HOURS_PER_DAY * SECONDS_PER_HOUR
    size = table.item_bytes or WRITE_UNIT_BYTES
    table.item_bytes = size
    table.reads_per_second = sum(_values(points, READS)) / seconds / math.ceil(size / READ_UNIT_BYTES)
    table.writes_per_second = sum(_values(points, WRITES)) / seconds / math.ceil(size / WRITE_UNIT_BYTES)
    table.load = day_shape(points.get(name, {}) for name in (READS, WRITES))
    table.notes.append(f"its load is what it consumed over {days} days")


def day_shape(metrics: Iterable[Mapping[datetime, float]]) -> tuple[float, ...]:
    """The mean of a day's 24 hours (UTC), as shares of the day's mean; empty without a load."""
    sums = [0.0] * HOURS_PER_DAY
    for values in metrics:
        for time, value in values.items():
            sums[time.astimezone(UTC).hour] += value
    mean = fmean(sums)
    return tuple(round(value / mean, 3) for value in sums) if mean else ()


def _values(points: Points, name: str) -> list[float]:
    return [value for _, value in sorted(points.get(name, {}).items())]

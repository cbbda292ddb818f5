"""What a report says of instance classes that were fitted to a load, and of capacity modes."""

from __future__ import annotations

import pandas as pd

from tco.report import sizes


def test_fitted_classes_are_told_with_the_load_they_bear() -> None:
    sized = pd.DataFrame(
        [
            ("fit", "or_ders", "db.r6g.large", 1200.0, 150.0, 12.0),
            ("leaves", "or_ders", "db.r6g.large", 1200.0, 150.0, 12.0),
        ],
        columns=[
            "option",
            "group",
            "instance_class",
            "peak_reads_per_second",
            "peak_writes_per_second",
            "needed_memory_gib",
        ],
    )
    told = str(sizes.fitted(sized, 0.6))
    assert "60% of its processors" in told
    assert told.endswith(r"db.r6g.large for or\_ders (1,200 reads and 150 writes a second, 12 GiB).")
    assert str(sizes.fitted(sized.head(0), 0.6)) == ""


def test_capacity_modes_are_told_by_where_they_cost_the_same() -> None:
    rows = [("orders", "reads", 0.29, 0.56, "provisioned"), ("orders", "writes", 0.29, 0.56, "provisioned")]
    rows += [("jobs", "reads", 0.31, 0.28, "on_demand"), ("jobs", "writes", 0.29, 0.28, "on_demand")]
    crossings = pd.DataFrame(rows, columns=["group", "kind", "crossing", "utilisation", "cheaper"])
    told = str(sizes.capacity_modes(pd.concat([crossings, crossings])))
    assert "where 29% to 31% of it is in use" in told
    assert told.endswith(
        "keeps 28% to 56% in use, which by itself favours provisioned for 1 group and on demand for 1 group."
    )
    assert str(sizes.capacity_modes(crossings.head(0))) == ""

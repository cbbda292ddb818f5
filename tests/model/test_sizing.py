"""An instance class of `fit`: the class, or the capacity units, that a group's load needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_scenarios import DYNAMODB, STAY, group
from small_scenarios import scenario as stated

import tco
from tco.analysis.break_even import cost_by, two_way_map
from tco.analysis.capacity import fitted

KNOWN = {
    "sizing.database_reads_per_vcpu": 1000,
    "sizing.database_writes_per_vcpu": 100,
    "sizing.database_memory_per_storage": 0.02,
    "sizing.cache_calls_per_vcpu": 50_000,
    "sizing.cache_memory_per_storage": 1.5,
    "sizing.peak_utilization": 0.5,
    "sizing.serverless_units_per_vcpu": 4,
}
"""Round numbers in place of the baseline's, so that sums can be made by hand."""


def scenario(options: dict[str, Any], **changes: Any) -> tco.Scenario:
    """The shop with 2,300 reads and 23 writes a second in 23 even hours and one of twice the load, 500 GB."""
    workload = {"reads_per_second": 2300, "writes_per_second": 23, "item_bytes": 1000, "load": [1] * 23 + [2]}
    shop = group(**{"workload": workload, "storage_gb": 500, **changes})
    return tco.load_scenario(stated(fleet={"shop": shop}, options=options, assumptions=KNOWN, reference=""))


def test_the_smallest_class_that_bears_the_busiest_hour_is_chosen() -> None:
    # the busiest hour has 48 / 25 of the average: 4,416 reads and 44.16 writes a second, 4.416 + 0.4416 vCPU when they
    # are fully busy, 9.72 at 50 %; 500 GB x 0.02 = 10 GiB
    (row,) = fitted(scenario({"stay": STAY, "fitted": STAY | {"instance_class": "fit"}})).to_dict("records")
    assert (row["option"], row["group"], row["instance_class"]) == ("fitted", "shop", "db.r6g.4xlarge")
    assert row["peak_reads_per_second"] == pytest.approx(4416)
    assert row["peak_writes_per_second"] == pytest.approx(44.16)
    assert row["needed_vcpu"] == pytest.approx(2 * (4.416 + 0.4416))
    assert row["needed_memory_gib"] == pytest.approx(10)


def test_memory_decides_where_processors_would_do_with_less() -> None:
    # 901 pages of 16 KiB a second are 49 GiB an hour, more than the 2,000 GB x 0.02 in use
    workload = {"reads_per_second": 900, "writes_per_second": 1, "item_bytes": 1000}
    (row,) = fitted(
        scenario({"stay": STAY, "fitted": STAY | {"instance_class": "fit"}}, workload=workload, storage_gb=2000)
    ).to_dict("records")
    assert row["needed_memory_gib"] == pytest.approx(40)  # 32 GiB of an xlarge are too little
    assert row["instance_class"] == "db.r6g.2xlarge"


@pytest.mark.parametrize(("engine", "version", "kib"), [("mysql", "8.4", 16), ("postgresql", "17", 8)])
def test_a_large_database_that_is_asked_little_is_fitted_to_what_an_hour_touches(
    engine: str, version: str, kib: int
) -> None:
    """4,000 GB x 0.02 are 80 GiB, of which 100 calls a second touch 5.5 or 2.7 in an hour; `tco check` asks no more."""
    idle = {"reads_per_second": 90, "writes_per_second": 10, "item_bytes": 1000}
    raw = stated(
        fleet={"shop": group(engine=engine, version=version, workload=idle, storage_gb=4000, clusters=1)},
        options={
            "fit": STAY | {"instance_class": "fit"},
            "serverless": {"platform": "aurora_serverless", "instance_class": "fit", "instances": 1},
        },
        assumptions=KNOWN | {"transition.start_lag_months": 0},
        reference="",
    )
    loaded = tco.load_scenario(raw)
    row, _ = fitted(loaded).to_dict("records")
    touched = 100 * 3600 * kib / 1024**2
    assert row["needed_memory_gib"] == pytest.approx(touched)
    assert row["instance_class"] == "db.r6g.large"
    table = tco.evaluate(loaded).table()
    month = table.query("option == 'serverless' and line == 'requests or capacity' and period == '2028-12'")
    assert month["quantity"].sum() == pytest.approx(max(touched / 2, 2 * (0.09 + 0.1) * 4) * 730)


def test_a_class_that_is_just_large_enough_is_large_enough() -> None:
    # 16 GiB of a db.r6g.large for 800 GB x 0.02; 24 / 24 hours of 900 reads and 10 writes take 1 vCPU, 2 at 50 %
    workload = {"reads_per_second": 900, "writes_per_second": 10, "item_bytes": 1000}
    (row,) = fitted(
        scenario({"stay": STAY, "fitted": STAY | {"instance_class": "fit"}}, workload=workload, storage_gb=800)
    ).to_dict("records")
    assert (row["needed_vcpu"], row["needed_memory_gib"]) == (2, 16)
    assert row["instance_class"] == "db.r6g.large"


def test_shards_share_the_load_and_its_memory() -> None:
    """Six nodes with three copies are two shards; with six copies each node may have to serve all of it."""
    cache = {"engine": "valkey", "version": "8.0", "platform": "elasticache", "instance_class": "cache.r7g.large"}
    options = {"stay": {"platform": "elasticache"}, "fitted": {"platform": "elasticache", "instance_class": "fit"}}
    needs = []
    for copies in (6, 3, 2):
        (row,) = fitted(scenario(options, **cache, instances=6, copies=copies, storage_gb=60)).to_dict("records")
        needs.append((row["needed_memory_gib"], row["needed_vcpu"]))
    assert [memory for memory, _ in needs] == pytest.approx([90, 45, 30])
    assert [vcpu / needs[0][1] for _, vcpu in needs] == pytest.approx([1, 1 / 2, 1 / 3])


def test_a_fitted_class_costs_what_it_costs_when_stated() -> None:
    options = {"fitted": STAY | {"instance_class": "fit"}, "stated": STAY | {"instance_class": "db.r6g.4xlarge"}}
    chosen = scenario(options)
    design = tco.monte_carlo(chosen, draws=64, seed=3)
    totals = tco.evaluate(chosen, design).total("option")
    pd.testing.assert_series_equal(totals["fitted"], totals["stated"], check_names=False)


def test_a_family_is_named_before_fit_and_any_platform_of_instances_has_it() -> None:
    options = {
        "stay": STAY,
        "newer": STAY | {"instance_class": "db.r7g.fit"},
        "aurora": {"platform": "aurora", "instance_class": "r7g.fit"},
        "own": {"platform": "ec2", "instance_class": "fit"},
    }
    found = fitted(scenario(options)).set_index("option")["instance_class"]
    assert found.to_dict() == {"newer": "db.r7g.4xlarge", "aurora": "db.r7g.4xlarge", "own": "r6g.4xlarge"}


def test_a_group_that_is_to_be_fitted_is_so_under_every_option() -> None:
    found = fitted(scenario({"stay": STAY, "dynamodb": DYNAMODB}, instance_class="r6g.fit"))
    assert found[["option", "platform", "instance_class"]].to_numpy().tolist() == [
        ["stay", "rds", "db.r6g.4xlarge"],
        ["dynamodb", "rds", "db.r6g.4xlarge"],  # until the move is done
    ]


def test_a_cache_holds_all_of_its_data() -> None:
    # 20 GB x 1.5 = 30 GiB; 2 x 4,416 + 44 calls over 50,000 are nothing
    cache = {"platform": "elasticache", "instance_class": "r6g.fit"}
    shop = {"engine": "redis", "version": "7.1", "platform": "elasticache", "storage_gb": 20}
    (row, _) = fitted(scenario({"stay": cache, "again": cache}, **shop)).to_dict("records")
    assert row["needed_memory_gib"] == pytest.approx(30)
    assert row["needed_vcpu"] == pytest.approx(2 * 4460.16 / 50_000)
    assert row["instance_class"] == "cache.r6g.2xlarge"  # a cache.r6g.xlarge has less than 32 GiB, and needs them


def test_serverless_capacity_follows_the_load_hour_by_hour() -> None:
    # a vCPU is 4 units; quiet hours take half of the peak's 9.7152 vCPU: (23 x 4.8576 + 9.7152) / 24 x 4 units,
    # more in every hour than the 5 units that hold 10 GiB; writer and one reader
    serverless = {"platform": "aurora_serverless", "instance_class": "fit", "instances": 2}
    ledger = tco.evaluate(
        scenario({"serverless": serverless, "again": serverless}, platform="aurora_serverless", version="newest")
    )
    table = ledger.table()
    month = table.query("option == 'serverless' and line == 'requests or capacity' and period == '2028-01'")
    units = 2 * 4 * (23 * 4.8576 + 9.7152) / 24
    assert month["quantity"].sum() == pytest.approx(4 * units * 730)  # four clusters
    assert "sizing.database_reads_per_vcpu" in month["assumptions"].iloc[0]
    assert "capacity_share" not in month["assumptions"].iloc[0]


def test_serverless_capacity_grows_with_the_load() -> None:
    """By half a year: what is used in the 13th and the last month over the first, (1 + 0.5) ** (months / 12)."""
    serverless = {"platform": "aurora_serverless", "instance_class": "fit"}
    workload = {"reads_per_second": 23_000, "writes_per_second": 230, "item_bytes": 1000}
    raw = stated(
        fleet={"shop": group(workload=workload, platform="aurora_serverless", version="newest")},
        options={"serverless": serverless, "again": serverless},
        assumptions=KNOWN | {"growth.load_per_year": 0.5},
        reference="",
    )
    used = tco.evaluate(tco.load_scenario(raw)).total(["option", "line", "period"]).iloc[0]
    months = used["serverless"]["requests or capacity"].to_numpy()
    assert months[[12, 23]] / months[0] == pytest.approx([1.5, 1.5 ** (23 / 12)])


def test_what_a_class_was_fitted_by_stands_behind_its_cost() -> None:
    ledger = tco.evaluate(scenario({"stay": STAY, "fitted": STAY | {"instance_class": "fit"}}))
    explained = tco.explain(ledger, option="fitted", category="infrastructure")
    compute = set(explained.loc[explained["line"] == "compute", "name"])
    assert {"sizing.database_reads_per_vcpu", "sizing.peak_utilization"} <= compute
    assert any("db.r6g.4xlarge" in name for name in compute)
    plain = tco.explain(ledger, option="stay", category="infrastructure")
    assert not any(str(name).startswith("sizing.") for name in plain["name"])


def test_a_sweep_fits_anew_and_draws_do_not() -> None:
    options = {"stay": STAY, "fitted": STAY | {"instance_class": "fit"}}
    chosen = scenario(options)
    path = "fleet.shop.workload.reads_per_second"
    swept = cost_by(chosen, path, [100, 2300, 9000]).pivot_table(index="value", columns="option", values="total")
    assert swept["stay"].to_numpy() == pytest.approx(swept["stay"].iloc[0])
    assert swept["fitted"].is_monotonic_increasing
    assert len(set(swept["fitted"])) == 3
    for reads in (100, 9000):
        workload = {"reads_per_second": reads, "writes_per_second": 23, "item_bytes": 1000, "load": [1] * 23 + [2]}
        alone = tco.evaluate(scenario(options, workload=workload)).total("option")["fitted"].iloc[0]
        assert swept["fitted"][reads] == pytest.approx(alone)
    beyond = cost_by(chosen, path, [90_000, 900_000]).pivot_table(index="value", columns="option", values="total")
    assert beyond["fitted"][90_000] == beyond["fitted"][900_000]  # the largest class; nothing larger is sold
    largest = scenario({"stay": STAY | {"instance_class": "db.r6g.16xlarge"}, "other": STAY})
    assert beyond["fitted"][90_000] == pytest.approx(tco.evaluate(largest).total("option")["stay"].iloc[0])
    larger = scenario(options | {"stay": STAY | {"instance_class": "db.r6g.8xlarge"}})
    mapped = two_way_map(larger, path, "fleet.shop.storage_gb", [100, 9000], [10, 100])
    assert mapped.groupby("x")["cheapest"].unique().map(list).to_dict() == {100: ["fitted"], 9000: ["stay"]}


def test_what_sizes_are_made_of_is_drawn_only_where_a_class_is_fitted() -> None:
    """So that the draws of a seed are those that they would be without these assumptions."""
    for size, drawn in (({}, False), ({"instance_class": "fit"}, True)):
        design = tco.monte_carlo(tco.load_scenario(stated(options={"stay": STAY, "other": STAY | size})), 4)
        assert any(path.startswith("sizing.") for path in design.paths) is drawn


def test_what_cannot_be_fitted_is_an_error_at_its_place() -> None:
    fit = STAY | {"instance_class": "fit"}
    busy = {"reads_per_second": 30_000, "writes_per_second": 0, "item_bytes": 1000}
    for options, changes, message in (
        ({"stay": STAY, "fit": STAY | {"instance_class": "r66g.fit"}}, {}, "instance family 'r66g'"),
        ({"stay": fit, "fit": fit}, {"instance_class": "fit"}, "within a family"),
        ({"stay": STAY, "fit": fit}, {"workload": None}, "workload, which is not stated"),
        (
            {"stay": STAY, "fit": fit},
            {"storage_gb": 60_000, "workload": busy},
            "no class of r6g .* 1200 GiB; the largest, db.r6g.16xl",
        ),
    ):
        with pytest.raises(tco.InputError, match=message) as error:
            scenario(options, **changes)
        assert np.all([problem.path for problem in error.value.problems])

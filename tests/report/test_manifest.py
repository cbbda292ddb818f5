"""The manifest names what a report was made from, and its hash changes with the inputs and with nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tco
from tco.report import manifest
from tco.report.basis import data_files
from tco.report.manifest import report_manifest

COMPARED = pd.DataFrame({"fleet_size": [10], "option": ["stay"], "npv": [1 / 3], "payback_months": [float("nan")]})


def made(today: str = "2026-11-23", **parameters: Any) -> dict[str, Any]:
    scenario = tco.load_scenario("quickstart", set=parameters.get("set"))
    return dict(report_manifest(scenario, parameters=parameters, today=today, verdict=COMPARED).content)


def test_it_holds_inputs_dates_versions_and_the_verdict_unrounded() -> None:
    content = made(fleet_sizes=[10])
    assert content["scenario"] == "quickstart"
    assert content["today"] == "2026-11-23"
    assert content["prices_as_of"] == "2026-11-01"
    assert content["parameters"] == {"fleet_sizes": [10]}
    assert content["data"]["data/lifecycle/releases.csv"]["newest"] >= "2026-08-22"
    assert {"python", "tco", "numpy", "altair"} <= set(content["versions"])
    assert content["verdict"] == [{"fleet_size": 10, "option": "stay", "npv": 1 / 3, "payback_months": None}]


def test_the_hash_follows_the_inputs_only() -> None:
    first = made(fleet_sizes=[10])["input_hash"]
    assert made(fleet_sizes=[10])["input_hash"] == first
    assert made(today="2027-01-01", fleet_sizes=[10])["input_hash"] == first
    assert made(fleet_sizes=[11])["input_hash"] != first
    assert made(fleet_sizes=[10], set={"labour.engineer_rate": 120})["input_hash"] != first


def test_a_fact_that_changes_changes_the_hash(monkeypatch: Any) -> None:
    first = made()["input_hash"]
    facts = data_files()
    monkeypatch.setattr(manifest, "data_files", lambda: facts | {"data/new.csv": {"sha256": "0"}})
    assert made()["input_hash"] != first


def test_every_fact_file_is_listed() -> None:
    files = data_files()
    assert {"data/sla.csv", "params/baseline/labour.yaml", "params/load_shapes.yaml"} <= set(files)
    assert all(len(entry["sha256"]) == 64 for entry in files.values())


def test_the_prices_of_a_service_are_one_entry() -> None:
    files = data_files()
    assert "newest" in files["data/prices/AmazonRDS"]
    assert not any(name.startswith("data/prices/AmazonRDS/") for name in files)


def test_newer_prices_in_force_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aws-2026-12-01").mkdir()
    (tmp_path / "aws-2026-12-01" / "rates.csv").write_text("service,observed_on\nAmazonRDS,2026-12-01\n", "utf-8")
    monkeypatch.setenv("TCO_PRICES", str(tmp_path))
    assert data_files()["TCO_PRICES/aws-2026-12-01/rates.csv"]["newest"] == "2026-12-01"

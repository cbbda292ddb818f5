"""What facts cover, what newer prices change for a fleet, and how old prices are said to be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import small_scenarios as small
import yaml
from click.testing import CliRunner

import tco
from tco.analysis.assumption_register import prices_read
from tco.analysis.price_differences import price_differences
from tco.cli import main

CUT = ("2024-10-31", "2024-11-01")
"""DynamoDB halved its prices of requests on 1 November 2024."""


def test_a_cut_of_requests_is_a_cut_of_the_option_that_buys_them() -> None:
    options = {"stay": small.STAY, "there": small.DYNAMODB}
    scenario = tco.load_scenario(small.scenario(months=36, options=options))
    found = price_differences(scenario, *CUT)
    requests = found[found["item"].str.contains("request_unit")]
    assert {*requests["option"]} == {"there"}
    assert (requests["after"] / requests["before"]).to_numpy() == pytest.approx(0.5)
    assert (requests["price_after"] / requests["price_before"]).to_numpy() == pytest.approx(0.5)
    assert (found["difference"] == found["after"] - found["before"]).all()
    assert price_differences(scenario, "packaged", "packaged").empty
    with pytest.raises(tco.InputError, match="packaged"):
        price_differences(scenario, "yesterday", "packaged")


def test_coverage_is_services_by_regions_with_gaps() -> None:
    found = tco.coverage(date(2026, 11, 28))
    assert not found.duplicated(["service", "region"]).any()
    places = {name: {*rows["region"]} - {"all"} for name, rows in found.groupby("service")}
    assert places["AmazonRDS"] == places["AmazonKeyspaces"]
    lacking = found[found["rows"] == 0]
    assert (lacking["gaps"] == "all").all()
    assert lacking["as_of"].isna().all()
    priced = found[found["rows"] > 0]
    assert (priced["age_days"] == [(date(2026, 11, 28) - day).days for day in priced["as_of"]]).all()
    assert priced.set_index(["service", "region"]).loc[("AmazonRDS", "eu-west-1"), "gaps"] == ""


def test_old_prices_are_said_with_compare_and_price_alike() -> None:
    compared = CliRunner().invoke(main, ["compare", "quickstart", "--draws", "0", "--set", "months=1"])
    assert "last looked up more than 365 days ago, the oldest on 2025" in compared.stderr
    bill = ["price", "rds", "instance_class=db.r6g.large", "engine=mysql", "--region", "us-east-1"]
    priced = CliRunner().invoke(main, bill)
    assert "The price was last looked up more than 365 days ago" in priced.stderr
    assert "warning" not in priced.stdout


def test_what_a_scenario_reads_is_refreshed_and_failures_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ijson")
    pytest.importorskip("httpx")
    from tco.refresh import prices

    stated = tco.load_scenario(small.scenario(months=3))
    read = next(name for name in prices_read(tco.evaluate(stated))["name"] if "AmazonRDS" in name)
    asked = []

    def refreshed(service: str, region: str, *_: Any, **__: Any) -> Any:
        asked.append((service, region))
        if service == "AmazonDynamoDB":
            raise tco.InputError("no answer")
        rows = [("dearer", read, "GB-month", 1.0, 2.0), ("cheaper", "what no bill reads", "GB-month", 2.0, 1.0)]
        changes = pd.DataFrame(rows, columns=["change", "name", "unit", "before", "after"])
        return SimpleNamespace(changes=changes, rows=1, published=date(2026, 11, 1), unclear=0, folder="set")

    monkeypatch.setattr(prices, "refresh_prices", refreshed)
    file = tmp_path / "fleet.yaml"
    file.write_text(yaml.safe_dump(small.scenario(months=3)), "utf-8")
    done = CliRunner().invoke(main, ["prices", "refresh", "--used", str(file)])
    assert {*asked} == {("AmazonRDS", "us-east-1"), ("AmazonDynamoDB", "us-east-1")}
    assert done.exit_code == 1
    assert "dearer" in done.stdout
    assert "cheaper" not in done.stdout
    assert "not refreshed: AmazonDynamoDB us-east-1: no answer" in done.stderr
    assert CliRunner().invoke(main, ["prices", "refresh", "--service", "AmazonRDS"]).exit_code == 2

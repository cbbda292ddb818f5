"""`tco price`: own prices from a file and a negotiated discount, as in `tco.price`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import tco
from tco.cli import main

CLUSTER = """
prices:
  - {service: AmazonRDS, region: us-east-1, item: instance, engine: mysql, instance_class: db.m6g.large,
     deployment: multi_az_cluster, unit: instance hour, price: 0.522, source: {title: The console, as_of: 2026-10-01}}
"""
ASKED = ["price", "rds", "engine=mysql", "instance_class=db.m6g.large", "deployment=multi_az_cluster"]
PLACE = ["--region", "us-east-1", "--as-of", "2026-10-01", "--format", "json"]


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [*arguments])
    return done.exit_code, done.stdout, done.stderr


def test_a_deployment_without_packaged_prices_is_billed_at_own_ones(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(CLUSTER, encoding="utf-8")
    code, printed, _ = run(*ASKED, *PLACE, "--prices", str(file))
    assert code == 0
    (line,) = json.loads(printed)
    assert line["cost"] == pytest.approx(0.522 * 730)
    assert "The console, read 2026-10-01" in line["source"]
    code, _, said = run(*ASKED, *PLACE)
    assert code == 1
    assert "db.m6g.large" in said


@pytest.mark.parametrize("content", ["7", "prices: 7", "- {service: AmazonRDS}", "[", "- 5"])
def test_a_file_that_holds_no_prices_is_an_error_without_a_traceback(tmp_path: Path, content: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(content, encoding="utf-8")
    code, _, said = run(*ASKED, *PLACE, "--prices", str(file))
    assert code == 1
    assert "prices" in said
    assert "Traceback" not in said


def test_a_negotiated_discount_is_off_every_price_and_said_in_the_source() -> None:
    code, printed, _ = run("price", "dynamodb", "storage_gb=100", *PLACE, "--discount", "0.12")
    assert code == 0
    (line,) = json.loads(printed)
    assert line["unit_price"] == pytest.approx(0.22)
    assert line["cost"] == pytest.approx(22)
    assert line["source"].endswith(", less 12% negotiated")
    assert run("price", "dynamodb", "storage_gb=100", *PLACE, "--discount", "1.2")[0] == 1


@pytest.mark.parametrize("discount", [-0.1, 1.1, float("nan"), "0.1", True])
def test_a_discount_is_a_share(discount: object) -> None:
    with pytest.raises(tco.InputError, match=r"discount: (a discount is a share from 0 to 1|is not a number)"):
        tco.price("dynamodb", {"storage_gb": 1}, region="us-east-1", discount=discount)


def test_a_fraction_of_a_percent_is_written_out() -> None:
    bill = tco.price("dynamodb", {"storage_gb": 1}, region="us-east-1", discount=0.125)
    assert bill["source"][0].endswith(", less 12.5% negotiated")

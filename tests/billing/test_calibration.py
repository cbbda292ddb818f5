"""A scenario beside bills: known bills to the cent, formats that say the same, and why the sides differ."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_scenarios as small
import yaml
from click.testing import CliRunner

import tco
from tco.billing import export
from tco.cli import main

SEOUL = "ap-northeast-2"
SUPPORT, HOURS, VOLUME = (
    f"{item}, {SEOUL}" for item in ("Extended Support years 1-2", "instance hours db.t3.micro", "storage gp2")
)
USAGE = [
    ("APN2-ExtendedSupport:Yr1-Yr2:MySQL8.0", 1223.1, 0.12),
    ("APN2-InstanceUsage:db.t3.micro", 611.55, 0.026),
    ("APN2-RDS:GP2-Storage", 16.4, 0.131),
]
"""A published bill of August 2026: 611.55 hours of two virtual CPUs, 164.82 USD before credits of 114.90."""
HEADING = "ServiceName,ChargeCategory,ChargePeriodStart,BilledCost,BillingCurrency"
AUGUST = ("2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z")


def micro(**changes: Any) -> dict[str, Any]:
    """The fleet of that bill: MySQL 8.0, whose Extended Support began on 1 August."""
    group = small.group(clusters=1, region=SEOUL, instance_class="db.t3.micro", storage_gb=20)
    stay = {**small.STAY, "deployment": "single_az", "storage_type": "gp2"}
    options = {"stay": stay, "later": {**stay, "policy": "never"}}
    return small.scenario(start="2026-12", prices_as_of="2026-12-01", fleet={"db": group}, options=options, **changes)


def report(path: Path, usage: Sequence[tuple[str, float, float]] = USAGE, *more: Mapping[str, Any]) -> Path:
    """A Cost and Usage Report, with the headings of its CSV."""
    rows = [
        {"lineItem/LineItemType": "Usage", "lineItem/UsageStartDate": AUGUST[0], "lineItem/UsageEndDate": AUGUST[1],
         "lineItem/ProductCode": "AmazonRDS", "lineItem/UsageType": kind, "lineItem/UsageAmount": quantity,
         "lineItem/UnblendedCost": quantity * price, "lineItem/CurrencyCode": "USD", "product/region": SEOUL,
         "pricing/publicOnDemandCost": quantity * price}
        for kind, quantity, price in usage
    ]  # fmt: skip
    return written(path, [*rows, *({**rows[0], "lineItem/UsageAmount": 0, **row} for row in more)])


def focus(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A FOCUS export of lines of RDS in August."""
    usual = {"ServiceName": "Amazon Relational Database Service", "ChargeCategory": "Usage", "BillingCurrency": "USD",
             "ChargePeriodStart": AUGUST[0], "ChargePeriodEnd": AUGUST[1], "RegionId": SEOUL, "BilledCost": 0,
             "EffectiveCost": 0, "ListCost": 0, "PricingQuantity": 0, "CommitmentDiscountStatus": "NULL"}  # fmt: skip
    return written(path, [{**usual, **row} for row in rows])


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def by_item(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("item")


def test_a_published_bill_is_reproduced_to_the_cent(tmp_path: Path) -> None:
    credit = {"lineItem/LineItemType": "Credit", "lineItem/UnblendedCost": -114.90, "pricing/publicOnDemandCost": 0}
    frame = tco.calibrate(micro(), report(tmp_path / "bill.csv", USAGE, credit))
    items = by_item(frame)
    assert items["billed"].round(2).to_dict() == {SUPPORT: 146.77, HOURS: 15.90, VOLUME: 2.15, "credits": -114.90}
    assert items["modelled"].round(2).to_dict() == {SUPPORT: 178.56, HOURS: 19.34, VOLUME: 2.62, "credits": 0}
    assert list(items["label"]) == ["list", "list", "list", "billed"]
    assert items.loc[SUPPORT, "reason"] == "1,223.1 of 1,488 modelled vCPU hours: -31.79"
    assert frame["difference"].sum() == pytest.approx(frame["billed"].sum() - frame["modelled"].sum())
    assert "credits of 114.90 USD hide charges: gross 164.82, net 49.92" in frame.attrs["notes"]


def test_a_day_of_extended_support_of_two_cpus_is_5_76_usd(tmp_path: Path) -> None:
    day = {"ChargePeriodStart": "2026-08-11T00:00:00Z", "ChargePeriodEnd": "2026-08-12T00:00:00Z",
           "ChargeDescription": "USD 0.12 per hour per vCPU running RDS Extended Support for MySQL 8.0 in Year 1",
           "BilledCost": 5.76, "ListCost": 5.76, "EffectiveCost": 5.76, "PricingQuantity": 48}  # fmt: skip
    frame = tco.calibrate(micro(), focus(tmp_path / "focus.csv", [day]))
    line = by_item(frame).loc[SUPPORT]
    assert (line["modelled"], line["billed"], line["label"]) == (pytest.approx(5.76), 5.76, "list")
    assert (line["reason"], line["difference"]) == ("as modelled", 0)
    assert "2026-08: the bill covers 24 of 744 hours, and so does the model" in frame.attrs["notes"]


def test_reports_and_focus_as_csv_gzip_parquet_and_folder_say_the_same(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    plain = report(tmp_path / "bill.csv")
    packed = report(tmp_path / "bill.csv.gz")
    table = pd.read_csv(plain)
    table.columns = pd.Index([
        "line_item_line_item_type", "line_item_usage_start_date", "line_item_usage_end_date", "line_item_product_code",
        "line_item_usage_type", "line_item_usage_amount", "line_item_unblended_cost", "line_item_currency_code",
        "product_region_code", "pricing_public_on_demand_cost",
    ])  # fmt: skip
    table["line_item_usage_start_date"] = pd.to_datetime(table["line_item_usage_start_date"])
    folder = tmp_path / "exports" / "BILLING_PERIOD=2026-08"
    folder.mkdir(parents=True)
    table.to_parquet(folder / "part.snappy.parquet")
    rows = [
        {"x_UsageType": kind, "PricingQuantity": amount} | dict.fromkeys(("BilledCost", "ListCost"), amount * price)
        for kind, amount, price in USAGE
    ]
    bills = [plain, packed, folder.parent, focus(tmp_path / "focus.csv", rows)]
    first, *others = (tco.calibrate(micro(), bill) for bill in bills)
    for other in others:
        pd.testing.assert_frame_equal(first, other)


def test_an_effective_cost_of_zero_is_said_and_not_used(tmp_path: Path) -> None:
    rows = [{"x_UsageType": kind, "PricingQuantity": quantity, "BilledCost": quantity * price * 0.9,
             "ListCost": quantity * price} for kind, quantity, price in USAGE]  # fmt: skip
    frame = tco.calibrate(micro(), focus(tmp_path / "focus.csv", rows))
    assert any(note.startswith("EffectiveCost is 0 on 3 of 3 lines") for note in frame.attrs["notes"])
    assert set(frame["label"]) == {"billed"}
    assert frame["reason"].str.contains("negotiated: 10.0% less").all()
    assert frame.attrs["overlay"]["discount.rds"]["value"] == pytest.approx(0.1)


def test_reservations_are_told_from_discounts(tmp_path: Path) -> None:
    hours = {"x_UsageType": "APN2-InstanceUsage:db.t3.micro", "PricingQuantity": 744, "ListCost": 744 * 0.026,
             "EffectiveCost": 744 * 0.018, "CommitmentDiscountStatus": "Used"}  # fmt: skip
    fee = {"ChargeCategory": "Purchase", "BilledCost": 800 * 0.018, "PricingQuantity": 800}
    idle = {"CommitmentDiscountStatus": "Unused", "EffectiveCost": 56 * 0.018, "PricingQuantity": 56}
    items = by_item(tco.calibrate(micro(), focus(tmp_path / "focus.csv", [hours, fee, idle])))
    assert (items.loc[HOURS, "billed"], items.loc[HOURS, "label"]) == (0, "billed")
    assert "744 instance hours covered by reservations or plans" in items.loc[HOURS, "reason"]
    assert items.loc["commitments", "billed"] == pytest.approx(14.4)
    assert "1.01 USD with the fees spread" in items.loc["idle commitments", "reason"]


def test_what_only_one_side_has_is_listed_with_its_reason(tmp_path: Path) -> None:
    odd = {"lineItem/UsageType": "APN2-InstanceUsage:db.m5.large", "lineItem/UsageAmount": 10,
           "lineItem/UnblendedCost": 2.0}  # fmt: skip
    other = {"lineItem/ProductCode": "AmazonS3", "lineItem/UsageType": "Requests-Tier1", "lineItem/UnblendedCost": 7.0}
    items = by_item(tco.calibrate(micro(), report(tmp_path / "bill.csv", USAGE[:1], odd, other)))
    assert items.loc[HOURS, "label"] == "estimated"
    lacking = items.loc[f"instance hours db.m5.large, {SEOUL}"]
    assert (lacking["label"], lacking["reason"]) == ("not priced", "resources that the scenario lacks: 10")
    assert items.loc["all items", ["service", "billed"]].tolist() == ["other services", 7.0]


def test_the_overlay_is_a_scenario_with_discount_and_usage(tmp_path: Path) -> None:
    scenario, out = tmp_path / "fleet.yaml", tmp_path / "billed.yaml"
    scenario.write_text(yaml.safe_dump(micro()), "utf-8")
    cheaper = [(kind, quantity, price * 0.8) for kind, quantity, price in USAGE]
    bill = report(tmp_path / "bill.csv", cheaper)
    bill.write_text(bill.read_text().replace("/publicOnDemandCost", "/other"))
    arguments = ["calibrate", str(scenario), "--bill", str(bill), "--out", str(out)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    billed = tco.load_scenario(out)
    assert billed.fleet["db"].storage_gb == pytest.approx(16.4)
    assert billed.assumptions["discount.rds"].value == pytest.approx(0.2)
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert CliRunner().invoke(main, [*arguments, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no cost export that is known"),
        *((f'{HEADING}\nAmazonRDS,Usage,2026-08-01,"{cost}",USD\n', f"1 line whose cost is no number.*got '{cost}'")
          for cost in ("lots", "nan", "1e999", "1e300", "=1", "1,234", "1_000")),
        (f"{HEADING}\nAmazonRDS,Usage,2026-08-01,1,USD\nAmazonRDS,Usa", "fields than the heading.*whole"),
        *((f"{HEADING}\nAmazonRDS,Usage,{day},1,USD\n", f"1 line whose start is no day from .*got '{day}'")
          for day in ("soon", "", "infinity", "epoch", "2005-12-31", "2099-01-01", "9999-12-31", "290000-01-01")),
        *((f"{HEADING},{column}\nRDS,Usage,2026-08-01,1,USD,x\n", f"1 line whose {name} is no")
          for column, name in {"PricingQuantity": "quantity", "ListCost": "list cost", "ChargePeriodEnd": "end",
                               "EffectiveCost": "effective cost"}.items()),
        (f"{HEADING},ChargePeriodEnd\nAmazonRDS,Usage,2026-08-02,1,USD,2026-08-01\n", "end is no day after its start"),
        (f"{HEADING},ChargePeriodEnd\nAmazonRDS,Usage,2026-08-02,1,USD,infinity\n", "end is no day after its start"),
        (f"{HEADING}\nAmazonRDS,Usage,2026-08-01,1,EUR\n", "EUR"),
        ("", "bill.csv"),
    ],
)  # fmt: skip
def test_what_is_no_bill_is_one_message(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bill.csv").write_text(text)
    with pytest.raises(tco.InputError, match=message):
        tco.calibrate(micro(), tmp_path / "bill.csv")
    with pytest.raises(tco.InputError, match="no such file"):
        tco.calibrate(micro(), tmp_path / "none.csv")


def test_a_folder_that_is_no_export_and_a_copy_in_one_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of a copy would count twice; a whole disk is not searched for exports."""
    (tmp_path / "again").mkdir()
    for place in (tmp_path, tmp_path / "again"):
        report(place / "bill.csv")
    with pytest.raises(tco.InputError, match=r"bill\.csv: is a copy of .*bill\.csv"):
        tco.calibrate(micro(), tmp_path)
    monkeypatch.setattr(export, "MOST_FILES", 2)
    with pytest.raises(
        tco.InputError, match=r"more than 2 files; name that of one cost export: files that end in \.csv"
    ):
        tco.calibrate(micro(), tmp_path)


def test_a_moment_in_another_zone_is_taken_to_utc(tmp_path: Path) -> None:
    rows = "AmazonRDS,Usage,2026-07-31T20:00:00-05:00,7,USD\nAmazonRDS,Usage,2026-08-01T01:00:00.000Z,2,USD\n"
    (tmp_path / "bill.csv").write_text(f"{HEADING}\n{rows}AmazonRDS,Usage,2026-08-01T05:00:00+09:00,1,USD\n")
    billed = tco.calibrate(micro(), tmp_path / "bill.csv").groupby("month")["billed"].sum()
    assert billed.to_dict() == {"2026-07": 1, "2026-08": 9}


def test_what_a_bill_does_not_say_is_noted(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text(f"{HEADING}\nAmazonRDS,Usaeg,2026-08-01,7,\nAmazonRDS,Tax,2026-08-01,1,USD\n")
    notes = tco.calibrate(micro(), tmp_path / "bill.csv").attrs["notes"]
    assert "no export has charges of the category 'Usaeg': 1 line counted as corrections" in notes
    assert "1 line without a currency: taken to be in USD" in notes


def test_a_bill_in_a_store_is_read_by_its_address(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe("/bills/2026-08/bill.csv", report(tmp_path / "bill.csv").read_bytes())
    stored = tco.calibrate(micro(), "memory://bills")
    pd.testing.assert_frame_equal(stored, tco.calibrate(micro(), tmp_path / "bill.csv"))
    with pytest.raises(tco.InputError, match="none"):
        tco.calibrate(micro(), "memory://none")


@pytest.mark.slow
def test_a_large_bill_is_summed_in_little_memory(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    small_bill = report(tmp_path / "bill.csv", USAGE * 4000)
    heading, _, lines = small_bill.read_text().partition("\n")
    with small_bill.open("w") as file:
        file.write(f"{heading}\n")
        for _ in range(200):  # some 300 MB
            file.write(lines)
    scenario = tmp_path / "fleet.yaml"
    scenario.write_text(yaml.safe_dump(micro()), "utf-8")
    program = (
        "import resource, sys, tco; frame = tco.calibrate(sys.argv[1], sys.argv[2]); "
        "print(frame['billed'].sum(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", program, str(scenario), str(small_bill)]
    billed, kilobytes = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert billed == pytest.approx(4000 * 200 * sum(quantity * price for _, quantity, price in USAGE))
    assert kilobytes < 2**20


def test_a_file_based_on_another_changes_it_by_path(tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text("based_on: quickstart\nset: {fleet.orders.clusters: 9, labour.engineer_rate: 70}\n", "utf-8")
    loaded = tco.load_scenario(changed, set={"fleet.orders.clusters": 11})
    assert (loaded.fleet["orders"].clusters, loaded.assumptions["labour.engineer_rate"].value) == (11, 70)
    changed.write_text("based_on: quickstart\nmonths: 12\n", "utf-8")
    with pytest.raises(tco.InputError, match="months"):
        tco.load_scenario(changed)
    changed.write_text("based_on: changed.yaml\n", "utf-8")
    with pytest.raises(tco.InputError, match="leads back to the file itself"):
        tco.load_scenario(changed)

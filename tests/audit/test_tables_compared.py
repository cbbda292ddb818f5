"""Differences of ledgers as files, and of sets of prices."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import tco
from tco.audit.pull_request import exceeded, markdown, totals
from tco.catalog.price_rows import RATES
from tco.cli import main
from tests.small_scenarios import scenario


def ledger_file(folder: Path, name: str, **changes: float) -> Path:
    """The ledger of the small scenario as `tco ledger` prints it."""
    stated = tco.load_scenario(scenario(), set={path.replace("__", "."): value for path, value in changes.items()})
    file = folder / f"{name}.csv"
    tco.evaluate(stated).table().to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("ledgers")
    return ledger_file(folder, "before"), ledger_file(folder, "after", labour__engineer_rate=150)


def price_set(folder: Path, prices: dict[str, float]) -> Path:
    """A set with prices of DynamoDB items in one Region."""
    folder.mkdir()
    rows = [
        dict.fromkeys(RATES, "")
        | {"service": "AmazonDynamoDB", "region": "eu-west-1", "item": item, "term": "on_demand", "unit": "GB-month"}
        | {"price": price, "valid_from": "2026-11-01", "source": "list", "confidence": "high"}
        for item, price in prices.items()
    ]
    pd.DataFrame(rows, columns=list(RATES)).to_csv(folder / "rates.csv", index=False)
    (folder / "sources.csv").write_text("id,title,link\nlist,Price list,https://example.org\n", encoding="utf-8")
    return folder


def test_two_ledgers_are_bridged_line_by_line(ledgers: tuple[Path, Path]) -> None:
    found = tco.diff(*ledgers)
    ends = totals(found).set_index(["measure", "option"])
    for option in ("stay", "dynamodb"):
        for column, file in zip(("before", "after"), ledgers, strict=True):
            table = pd.read_csv(file).query("option == @option")
            assert ends.loc[("total", option), column] == pytest.approx(table["cost"].sum())
            hours = table.loc[table["unit"] == "labour hour", "quantity"].sum()
            assert ends.loc[("labour_hours", option), column] == pytest.approx(hours)
    moved = found[found["difference"] != 0]
    assert set(moved["measure"]) == {"total"}, "a rate moves no hours"
    assert not moved["cause"].str.startswith("infrastructure").any()
    for _, bridge in found.groupby(["measure", "option"]):
        assert (bridge["before"] + bridge["difference"]).to_numpy() == pytest.approx(bridge["after"].to_numpy())


def test_a_ledger_is_compared_with_a_scenario_too(ledgers: tuple[Path, Path]) -> None:
    assert not tco.diff(ledgers[0], scenario())["difference"].any()


def test_an_option_of_one_ledger_has_no_difference(ledgers: tuple[Path, Path], tmp_path: Path) -> None:
    alone = tmp_path / "alone.csv"
    pd.read_csv(ledgers[0]).query("option == 'stay'").to_csv(alone, index=False)
    found = tco.diff(ledgers[0], alone).query("option == 'dynamodb' and measure == 'total'")
    assert found["cause"].item() == "the option is gone"
    assert found["after"].isna().all()


def test_a_ledger_with_words_for_numbers_is_refused(ledgers: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    first, *rest = ledgers[0].read_text("utf-8").splitlines()
    row = rest[0].split(",")
    row[first.split(",").index("cost")] = "much"
    broken.write_text("\n".join([first, ",".join(row)]), encoding="utf-8")
    with pytest.raises(tco.InputError, match=r"broken\.csv: line 2: cost is no number \(got 'much'\)"):
        tco.diff(ledgers[0], broken)


def test_two_sets_of_prices_are_compared_price_by_price(tmp_path: Path) -> None:
    before = price_set(tmp_path / "before", {"storage": 0.25, "backup": 0.1, "export": 0.1})
    after = price_set(tmp_path / "after", {"storage": 0.30, "backup": 0.1, "restore": 0.15})
    found = tco.diff(before, after).set_index("option")
    moved = found.loc["AmazonDynamoDB eu-west-1 storage on_demand"]
    assert (moved["before"], moved["after"]) == (0.25, 0.3)
    assert set(found["cause"]) == {"it moved", "the price is gone", "the price is new"}
    assert len(found) == 3
    assert exceeded(found.reset_index(), ["price>10%"])
    assert not exceeded(found.reset_index(), ["price>25%"])
    assert markdown(found.reset_index()).startswith("**Prices**: ")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[5].update(cost=""), "line 7: cost is no number"),
        (lambda rows: rows[5].update(cost="1,5"), "line 7: cost is no number .*'1,5'"),
        (lambda rows: rows[5].update(quantity="nan"), "line 7: quantity is no number"),
        (lambda rows: rows[5].update(option=""), "line 7: option is a blank cell"),
        (lambda rows: rows.append(dict(rows[5])), "repeats a line above it"),
        (lambda rows: rows.clear(), "is a ledger without a line"),
        (lambda rows: [row.pop("unit") for row in rows], "is no ledger, as the other side is"),
    ],
)
def test_a_ledger_that_was_edited_into_none_is_told_by_its_line(
    ledgers: tuple[Path, Path], tmp_path: Path, spoil: Callable[[list[dict[str, str]]], object], message: str
) -> None:
    """A blank or doubled amount would be a difference that nobody made."""
    with ledgers[0].open(newline="") as file:
        rows = list(csv.DictReader(file))
    heading = [*rows[0]]
    spoil(rows)
    with (tmp_path / "edited.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [name for name in heading if not rows or name in rows[0]])
        table.writeheader()
        table.writerows(rows)
    with pytest.raises(tco.InputError, match=message):
        tco.diff(ledgers[0], tmp_path / "edited.csv")


def test_a_ledger_as_a_spreadsheet_saves_it_is_the_same(ledgers: tuple[Path, Path], tmp_path: Path) -> None:
    """With a byte order mark, CRLF and quotes around all cells."""
    with ledgers[0].open(newline="") as file:
        rows = list(csv.reader(file))
    with (tmp_path / "saved.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert set(tco.diff(ledgers[0], tmp_path / "saved.csv")["cause"]) == {"nothing differs"}


def test_a_set_of_prices_is_compared_with_the_packaged_ones(tmp_path: Path) -> None:
    packaged = tco.price("dynamodb", {"storage_gb": 1000}, region="eu-west-1", as_of="2026-11-01")
    assert len(packaged)
    own = price_set(tmp_path / "own", {"storage_standard": 9.0})
    found = tco.diff("packaged", own)
    assert (found["option"].str.startswith("AmazonDynamoDB eu-west-1")).all(), "other places are in one set alone"


@pytest.mark.parametrize(
    ("price", "message"),
    [
        (-1, r"rates\.csv: line 2: price: must be a number that is not negative"),
        ("nan", "is not a price: should be a number"),
        ("1_000", "is not a price: should be a number"),
        ("", "is not a price: should be a number"),
        ("1e999", "price: must be finite"),
    ],
)
def test_a_set_with_a_price_that_is_none_is_not_compared(tmp_path: Path, price: Any, message: str) -> None:
    with pytest.raises(tco.InputError, match=message):
        tco.diff("packaged", price_set(tmp_path / "own", {"storage": price}))


def test_sets_without_a_common_place_are_told(tmp_path: Path) -> None:
    with pytest.raises(tco.InputError, match="no service and Region in common"):
        tco.diff("packaged", price_set(tmp_path / "own", {}))


def test_prices_are_not_compared_with_a_scenario(tmp_path: Path) -> None:
    own = price_set(tmp_path / "own", {"storage": 0.25})
    with pytest.raises(tco.InputError, match="is no set of prices"):
        tco.diff(own, scenario())


def test_the_command_fails_beyond_a_limit(ledgers: tuple[Path, Path]) -> None:
    arguments = ["diff", *map(str, ledgers), "--fail-if"]
    assert CliRunner().invoke(main, [*arguments, "total>1%"]).exit_code == 1
    assert CliRunner().invoke(main, [*arguments, "total>500%"]).exit_code == 0
    wrong = CliRunner().invoke(main, [*arguments, "npv>1%"])
    assert wrong.exit_code == 1
    assert "of total, labour_hours, downtime_minutes" in wrong.output

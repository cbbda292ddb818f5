"""Newer price sets travel with reports, and not with draws that are counted elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tco.cli import main
from tco.refresh.price_list import OfferHead
from tco.refresh.price_tables import Tables
from tco.report.basis import PRICE_SETS, basis, needed
from tco.report.task import packed_price_sets, unpacked_price_sets


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of price sets with one that changes nothing, in force."""
    folder = tmp_path / "newer" / "aws-2026-12-01"
    Tables(OfferHead("AmazonRDS", "1", date(2026, 12, 1)), "us-east-1", "nowhere").write(folder, lambda _: None)
    monkeypatch.setenv("TCO_PRICES", str(folder.parent))
    basis.cache_clear()
    yield folder.parent
    monkeypatch.delenv("TCO_PRICES")
    basis.cache_clear()


def test_what_is_laid_out_is_what_was_packed(newer: Path) -> None:
    """To the byte, in one folder for the same files, until the process ends."""
    packed = packed_price_sets()
    there = Path(unpacked_price_sets(packed))
    assert there != newer
    assert {str(file.relative_to(there)): file.read_bytes() for file in there.rglob("*.csv")} == {
        str(file.relative_to(newer)): file.read_bytes() for file in newer.rglob("*.csv")
    }
    assert unpacked_price_sets(packed_price_sets()) == str(there)


def test_without_sets_nothing_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TCO_PRICES", raising=False)
    assert unpacked_price_sets(packed_price_sets()) == ""


def test_a_worker_needs_the_same_facts_and_no_price_sets(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other sets make another report, though: they are part of the basis that its key rests on."""
    with_sets, asked = dict(basis()), dict(needed())
    monkeypatch.setenv("TCO_PRICES", "")
    basis.cache_clear()
    assert needed() == asked
    assert basis()[PRICE_SETS] == ""
    assert basis() != with_sets


@pytest.mark.slow
def test_sets_named_by_a_relative_path_are_found_from_a_reports_own_folder(
    newer: Path, notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook runs in a working folder of its own; its manifest is to list the sets that its prices came from."""
    notebook(
        "from tco.report.basis import data_files",
        "assert [name for name in data_files() if name.startswith('TCO_PRICES/')]",
    )
    described = {"name": "one", "scenarios": ["quickstart"], "notebooks": ["small.ipynb"]}
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(described), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TCO_PRICES", "newer")
    ran = CliRunner().invoke(main, ["report", "one.yaml", "--out", "out", "-q"])
    assert ran.exit_code == 0, ran.stderr

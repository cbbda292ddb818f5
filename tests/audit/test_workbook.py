"""Workbooks recalculated by others than the model: the same results, as written and after changes of inputs."""

from __future__ import annotations

import random
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import tco
from tco.audit.result_sheets import name_of
from tco.audit.traced_model import TracedModel, traced_model
from tco.audit.tracing import IF, POWERS, SUM, Graph
from tco.model.fleet.learning_curve import LearningCurve
from tests.small_scenarios import scenario

RESULTS = ("total", "npv", "labour_hours", "downtime_minutes")
CLOSE = 0.01


@pytest.fixture(scope="module")
def model() -> TracedModel:
    return traced_model(tco.load_scenario(scenario()))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tco.workbook(tco.load_scenario(scenario()), tmp_path_factory.mktemp("book") / "small.xlsx", draws=8)


def recalculated(graph: Graph, changes: dict[str, float]) -> np.ndarray[Any, Any]:
    """All cells of a graph after changes of inputs, by its formulas alone."""
    numbers = np.array(graph.numbers, dtype=float)
    for cell, name in graph.named.items():
        numbers[cell] = changes.get(name, numbers[cell])
    for step in graph.steps:
        read = [numbers[cells] for cells in step.read]
        if step.operation == SUM:
            result = read[0].sum(axis=-1)
        elif step.operation == IF:
            result = np.where(read[0] != 0, read[1], read[2])
        elif step.operation == POWERS:
            result = np.vectorize(lambda n, e: float(LearningCurve(np.full(1, e)).powers(n).item()))(*read)
        elif step.operation == "log2":
            result = np.log2(read[0])
        else:
            name = step.operation.replace("bitwise", "logical").replace("invert", "logical_not")
            result = getattr(np, name)(*read)
        numbers[step.made] = result
    return numbers


def changed(model: TracedModel, count: int, seed: int) -> dict[str, float]:
    """Some live assumptions with other values."""
    drawn = random.Random(seed)
    paths = [path for path in model.live if path in model.scenario.assumptions]
    entries = {path: model.scenario.assumptions[path] for path in drawn.sample(paths, count)}
    return {path: min(entry.mean * drawn.choice([0.8, 0.9, 1.1]), entry.largest) for path, entry in entries.items()}


def results(changes: dict[str, float]) -> pd.DataFrame:
    return tco.compare(tco.evaluate(tco.load_scenario(scenario(), set=changes))).set_index("option")


@pytest.mark.parametrize("seed", [1, 2])
def test_formulas_give_the_models_results_after_any_change(model: TracedModel, seed: int) -> None:
    changes = changed(model, 20, seed)
    numbers, expected = recalculated(model.graph, changes), results(changes)
    for option in expected.index:
        cost = sum(numbers[one.cost.cells].sum() for one in model.lines if one.line.option == option)
        assert cost == pytest.approx(expected.loc[option, "total"], abs=CLOSE)


def test_a_share_of_nothing_may_be_changed_to_some_and_every_check_holds(model: TracedModel) -> None:
    changes = {"infrastructure.vendor_support_share": 0.1}
    numbers, expected = recalculated(model.graph, changes), results(changes)
    for option in expected.index:
        cost = sum(numbers[one.cost.cells].sum() for one in model.lines if one.line.option == option)
        assert cost == pytest.approx(expected.loc[option, "total"], abs=CLOSE)
    for guard in model.graph.guards:
        held = numbers[guard.cells].all() if guard.every else numbers[guard.cells].any()
        assert bool(held) == guard.truth


def test_prices_are_live(model: TracedModel) -> None:
    """Ten per cent on every price row raise the bills by ten per cent, and what is bought by the hour by nothing."""
    prices = {name: 1.1 * row.price for name, row in model.rows.items()}
    numbers, before = recalculated(model.graph, prices), np.array(model.graph.numbers, dtype=float)
    bills = [one for one in model.lines if one.line.category == "infrastructure"]
    ratio = sum(numbers[one.cost.cells].sum() for one in bills) / sum(before[one.cost.cells].sum() for one in bills)
    assert ratio == pytest.approx(1.1)


def test_an_input_is_live_or_fixed_for_a_reason(model: TracedModel) -> None:
    assert not set(model.live) & set(model.fixed)
    assert {"labour.engineer_rate", "downtime.value_per_minute", "finance.discount_rate"} <= set(model.live)
    assert "dates" in model.fixed["upgrades.preparation_months"]
    assert "nothing stated" in model.fixed["downtime.business_value_per_minute"]
    read = {path for line in tco.evaluate(model.scenario).lines() for path in line.assumptions}
    assert read <= set(model.live) | set(model.fixed)


def test_the_layout_is_an_auditors(written: Path) -> None:
    """No number inside a formula, a unit and a source beside each input, one formula a row, names, no macros."""
    book = openpyxl.load_workbook(written)
    assert {"Inputs", "Calculations", "Outputs", "Checks"} <= set(book.sheetnames)
    for path in ("labour.engineer_rate", "finance.discount_rate"):
        assert name_of(path) in book.defined_names
    assert {f"{kind}_{option}" for kind in ("total", "npv") for option in ("stay", "dynamodb")} <= set(
        book.defined_names
    )
    assert all(row[3] and row[6] for row in book["Inputs"].iter_rows(min_row=5, values_only=True))
    names = sorted(book.defined_names, key=len, reverse=True)
    for sheet in ("Calculations", "Quantities", "Costs", "Outputs", "Checks", "Learning"):
        for row in book[sheet].iter_rows(min_row=5):
            texts = [(cell.column, str(cell.value)) for cell in row if str(cell.value).startswith("=")]
            for _, text in texts:
                bare = re.sub(r"\$?[A-Z]{1,3}\$?\d+", "", text)
                for name in names:
                    bare = bare.replace(name, "") if name in bare else bare
                assert not re.search(r"\d", bare), text
            by_month = {re.sub(r"(?<![$A-Z])[A-Z]{1,2}(?=\$?\d)", "#", text) for column, text in texts if column > 7}
            assert sheet != "Outputs" or len(by_month) <= 1
    with zipfile.ZipFile(written) as parts:
        assert not [name for name in parts.namelist() if "vba" in name.lower()]
    assert written.stat().st_size < 5_000_000


def test_cached_values_are_the_models(written: Path) -> None:
    book, expected = openpyxl.load_workbook(written, data_only=True), results({})
    for option in expected.index:
        for measure in RESULTS:
            assert value_of(book, f"{measure}_{option}") == pytest.approx(expected.loc[option, measure], abs=CLOSE)
    assert value_of(book, "all_checks")
    assert book["Draws (values)"].max_row > 5


def test_options_whose_names_differ_little_have_names_of_their_own(tmp_path: Path) -> None:
    """Excel repairs a file in which two cells have the same name, whatever its capitals."""
    raw = scenario(months=2)
    raw["options"] = {
        name: raw["options"]["stay"] | {"platform": "rds"} for name in ("on demand", "on_demand", "On_Demand")
    }
    raw["reference"] = "on demand"
    path = tco.workbook(tco.load_scenario(raw), tmp_path / "alike.xlsx", draws=0)
    with zipfile.ZipFile(path) as parts:
        names = re.findall(r'definedName name="([^"]+)"', parts.read("xl/workbook.xml").decode())
    assert len({name.lower() for name in names}) == len(names)
    assert {"npv_on_demand", "npv_on_demand_2", "npv_On_Demand_3"} <= set(names)


def value_of(book: Any, name: str) -> Any:
    """The value of a named cell."""
    sheet, place = next(iter(book.defined_names[name].destinations))
    return book[sheet][place.replace("$", "")].value


def with_inputs(written: Path, changes: dict[str, float]) -> Any:
    """The workbook with other numbers in its cells of inputs, without any cached value."""
    book = openpyxl.load_workbook(written)
    for row in book["Inputs"].iter_rows(min_row=5):
        if row[1].value in changes:
            row[2].value = changes[row[1].value]
    return book


@pytest.mark.slow
def test_another_engine_computes_the_same_results_after_changes(tmp_path: Path) -> None:
    """The package `formulas` knows Excel's functions from Excel's own description, and reads no cached value."""
    import formulas

    stated = tco.load_scenario(scenario(months=4))
    written, model = tco.workbook(stated, tmp_path / "small.xlsx", draws=0), traced_model(stated)
    changes, place = changed(model, 20, 5), tmp_path / "bare.xlsx"
    book = with_inputs(written, changes)
    book.save(place)
    cells = formulas.ExcelModel().loads(str(place)).finish().calculate()
    found = {key.upper(): cell.value[0, 0] for key, cell in cells.items() if isinstance(key, str) and ":" not in key}
    expected = tco.compare(tco.evaluate(tco.load_scenario(scenario(months=4), set=changes))).set_index("option")
    for option in expected.index:
        for measure in RESULTS:
            sheet, cell = next(iter(book.defined_names[f"{measure}_{option}"].destinations))
            value = found[f"'[BARE.XLSX]{sheet.upper()}'!{cell.replace('$', '')}"]
            assert float(value) == pytest.approx(expected.loc[option, measure], abs=CLOSE), (option, measure)


@pytest.mark.office
@pytest.mark.parametrize("count", [0, 20])
def test_libreoffice_recalculates_the_same_results(
    written: Path, model: TracedModel, tmp_path: Path, count: int
) -> None:
    """Openpyxl saves without cached values, so that everything has to be recalculated."""
    changes = changed(model, count, 3)
    with_inputs(written, changes).save(tmp_path / "bare.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    form = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out")]
    subprocess.run(
        ["soffice", profile, *form, str(tmp_path / "bare.xlsx")], check=True, capture_output=True, timeout=300
    )
    found, expected = openpyxl.load_workbook(tmp_path / "out" / "bare.xlsx", data_only=True), results(changes)
    for option in expected.index:
        for measure in RESULTS:
            assert value_of(found, f"{measure}_{option}") == pytest.approx(expected.loc[option, measure], abs=CLOSE)
    assert value_of(found, "all_checks")


def test_growth_and_inflation_are_traced(tmp_path: Path) -> None:
    stated = {"growth.load_per_year": 0.2, "growth.clusters_per_year": 0.1, "finance.labour_inflation": 0.03}
    grown = tco.load_scenario(scenario(months=13), set=stated)
    model, expected = traced_model(grown), tco.compare(tco.evaluate(grown)).set_index("option")
    for option in expected.index:
        cost = sum(one.cost.numbers.sum() for one in model.lines if one.line.option == option)
        assert cost == pytest.approx(expected.loc[option, "total"], abs=CLOSE)
    assert "finance.labour_inflation" in model.live
    assert tco.workbook(grown, tmp_path / "grown.xlsx", draws=0).is_file()

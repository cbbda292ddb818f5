"""Ledger lines of small scenarios come out as the sums done by hand beside them in tests/cases/lines_*.yaml."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tco
from tco.evaluation.ledger import Ledger
from tco.loading.loading import baseline
from tco.resources import yaml_content

CASES = Path(__file__).parents[1] / "cases"
SKELETON = yaml_content(CASES / "skeleton.yaml")
NOTHING = {path: entry.at_least for path, entry in baseline().items()}
"""The baseline of worked cases: every assumption at 0, or at the least it may be, so that no default changes a case."""
LABELS = ("option", "group", "category", "line", "phase", "role", "release", "unit", "period")
CENT = 0.01
SPLIT_OF_RELEASED_HOURS = {"labour.cashable_share", "labour.redeployed_share"}
"""They divide hours into three kinds whose sum does not depend on them."""


def laid_over(below: Any, above: Any) -> Any:
    """Two nested mappings merged; lists are joined, anything else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}
    return [*below, *above] if isinstance(below, list) and isinstance(above, list) else above


def read() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for file in sorted(CASES.glob("lines_*.yaml")):
        content = yaml_content(file)
        assert set(content) <= {"scenario", "cases"}, file.name
        for case in content["cases"]:
            assert set(case) <= {"name", "scenario", "lines", "compare"}, (file.name, case["name"])
            shared = laid_over(copy.deepcopy(SKELETON), content.get("scenario", {}))
            scenario = laid_over(shared, case.get("scenario", {}))
            stated = set(scenario["assumptions"])
            scenario["assumptions"] = NOTHING | scenario["assumptions"]
            name = f"{file.stem.removeprefix('lines_')}: {case['name']}"
            found.append((name, {**case, "scenario": scenario, "stated": stated}))
    return found


READ = read()


@pytest.mark.parametrize("case", [case for _, case in READ], ids=[name for name, _ in READ])
def test_lines_are_the_sums_done_by_hand(case: dict[str, Any]) -> None:
    ledger = tco.evaluate(tco.load_scenario(case["scenario"]))
    table = ledger.table()
    assert case.get("lines") or case.get("compare")
    for expected in case.get("lines", ()):
        check_line(ledger, table, expected, case["stated"])
    for expected in case.get("compare", ()):
        row = tco.compare(ledger).set_index("option").loc[expected["option"]]
        for column, amount in expected.items():
            if column != "option":
                wanted = float("nan") if amount is None else amount
                assert row[column] == pytest.approx(wanted, abs=CENT, nan_ok=True), column


def check_line(ledger: Ledger, table: pd.DataFrame, expected: dict[str, Any], stated: set[str]) -> None:
    names = {label: expected[label] for label in LABELS if label in expected}
    assert set(expected) <= {*LABELS, "quantity", "cost", "within"}
    assert {"option", "line"} <= set(names)
    assert {"quantity", "cost"} & set(expected)
    chosen = table
    for label, value in names.items():
        chosen = chosen[chosen[label] == value]
    for column in {"quantity", "cost"} & set(expected):
        amount = float(chosen[column].sum())
        assert amount == pytest.approx(expected[column], rel=1e-9, abs=expected.get("within", 1e-9)), (names, column)
    known = ledger.scenario.assumptions
    read = {name for names in chosen["assumptions"] for name in names.split("; ") if name in known and known[name].mean}
    hidden = read - stated - SPLIT_OF_RELEASED_HOURS
    assert not hidden, f"{names}: the sum rests on {sorted(hidden)}, which the case does not state"


def test_each_line_of_the_ledger_has_a_case() -> None:
    from tco.evaluation.ledger_line import CATALOGUE

    worked = {expected["line"] for _, case in READ for expected in case.get("lines", ())}
    assert worked == {line for lines in CATALOGUE.values() for line in lines}

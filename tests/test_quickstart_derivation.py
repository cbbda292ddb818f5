"""The quickstart's ledger is the one derived without `tco`, line by line to the cent, also where inputs change."""

from __future__ import annotations

import ast
import math
import random
import sys
from pathlib import Path

import pytest
from derivation.facts import means
from derivation.quickstart import Derivation

import tco

CENT = 0.01
OPTIONS = ("stay", "automated", "right_sized", "dynamodb_on_demand", "dynamodb_provisioned")
LABELS = ["option", "category", "line", "phase", "unit"]
LIBRARIES = {*sys.stdlib_module_names, "yaml", "derivation"} - {"importlib", "runpy"}
LOWER = random.Random(7)
UNLIMITED = {"labour.upgrade_team": 1e9}
"""So many people that no upgrade waits: queues are compared with a simulation in tests/analysis/test_schedule.py."""
CHANGES = {
    "as written": {},
    "another fleet": {"fleet.orders.clusters": 11, "fleet.billing.instances": 2, "fleet.catalogue.storage_gb": 350},
    "a preparation of a year and few designs": {
        "upgrades.preparation_months": 13.0,
        "upgrades.designs_per_cluster": 0.02,
        "upgrades.learning_rate": 0.7,
    },
    "a dear engineer, and a move so slow that the vendor forces upgrades": {
        "labour.engineer_rate": 180.0,
        "labour.migration_team": 0.7,
    },
    "every assumption up to a tenth lower": {path: mean * LOWER.uniform(0.9, 1) for path, mean in means().items()},
}


def same(amount: float) -> object:
    return pytest.approx(amount, rel=0, abs=CENT)


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_every_line_of_every_option_is_the_derived_one(changes: dict[str, float]) -> None:
    changes = {**changes, **UNLIMITED}
    ledger = tco.evaluate(tco.load_scenario("quickstart", set=changes))
    costs, hours, minutes = (ledger.total(LABELS, of).iloc[0] for of in ("cost", "labour hour", "downtime minute"))
    totals, values = ledger.total().iloc[0], ledger.total(measure="npv").iloc[0]
    assert list(totals.index) == list(OPTIONS)
    for option in OPTIONS:
        derived = Derivation(option, changes)
        found = {key[1:]: cost for key, cost in costs.items() if key[0] == option}
        assert {key[:2] for key in derived.lines} == {key[:2] for key in found}
        for key in {*derived.lines, *found}:
            quantity, monthly = derived.lines.get(key, (0.0, []))
            assert math.fsum(monthly) == same(found.get(key, 0.0)), (option, key)
            if key[-1] in {"labour hour", "downtime minute"}:
                of_ledger = (hours if key[-1] == "labour hour" else minutes).get((option, *key), 0.0)
                assert quantity == pytest.approx(of_ledger, rel=1e-6), (option, key)
        assert math.fsum(cost for _, monthly in derived.lines.values() for cost in monthly) == same(totals[option])
        assert derived.present_value() == same(values[option])


def test_every_quantity_is_the_derived_one() -> None:
    """Instance hours, gigabytes, requests and what has no price, too."""
    table = tco.evaluate(tco.load_scenario("quickstart", set=UNLIMITED)).table()
    found = table.groupby(LABELS)["quantity"].sum()
    for option in OPTIONS:
        derived = {key: quantity for key, (quantity, _) in Derivation(option, UNLIMITED).lines.items()}
        for key in {*derived, *found[option].index}:
            assert derived.get(key, 0.0) == pytest.approx(found[option].get(key, 0.0), rel=1e-6, abs=1e-6), (
                option,
                key,
            )


def test_the_derivation_imports_nothing_of_tco() -> None:
    imported = set()
    for path in (Path(__file__).parent / "derivation").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(node, ast.Name) or node.id not in {"__import__", "exec", "eval"}
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported |= {name.split(".")[0] for name in names}
    assert imported
    assert imported <= LIBRARIES

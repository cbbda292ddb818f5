"""The packaged quickstart gives the amounts of tests/golden/quickstart.csv, so that a change shows which numbers moved.

When they are meant to move, `python tests/test_golden_ledger.py` writes the file again; CHANGELOG.md then says which
numbers moved, and why.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import tco

GOLDEN = Path(__file__).parent / "golden" / "quickstart.csv"
LABELS = ["option", "category", "line"]
MEASURES = {"cost": "cost", "labour_hours": "labour hour", "downtime_minutes": "downtime minute"}
HOW = "If the numbers are meant to move: python tests/test_golden_ledger.py, and a line in CHANGELOG.md"


def amounts() -> pd.DataFrame:
    """Every line of every option at the point design: USD, labour hours and cluster-minutes over the horizon."""
    ledger = tco.evaluate(tco.load_scenario("quickstart"))
    columns = {name: ledger.total(LABELS, measure).iloc[0] for name, measure in MEASURES.items()}
    return pd.DataFrame(columns).reset_index().round(2)


def test_the_ledger_of_quickstart_is_the_golden_one() -> None:
    golden, found = pd.read_csv(GOLDEN), amounts()
    assert found[LABELS].to_numpy().tolist() == golden[LABELS].to_numpy().tolist(), HOW
    for name in MEASURES:
        apart = (found[name] - golden[name]).abs() > 0.011 + 1e-9 * golden[name].abs()
        moved = found[apart][LABELS].assign(golden=golden[apart][name], found=found[apart][name])
        assert moved.empty, f"{name}\n{moved.to_string(index=False)}\n{HOW}"


if __name__ == "__main__":
    amounts().to_csv(GOLDEN, index=False, lineterminator="\n")

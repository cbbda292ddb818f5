"""The draws behind a report: saved beside it so that any of them can be replayed, or how to draw them again."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tco.loading.loading import load_scenario
from tco.sampling.monte_carlo import monte_carlo

if TYPE_CHECKING:
    import pandas as pd

DESIGN = "design.csv.gz"
"""One row a draw, one column an uncertain assumption or kind of luck; the same for every fleet size."""
FAST = 1


def drawn_from(scenario: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the draws of a notebook run with `parameters` follow from; None where it drew none.

    `tco.monte_carlo(tco.load_scenario(scenario, set=set), draws, seed)` gives them again, to the last bit.
    """
    draws, seed = parameters.get("draws"), parameters.get("seed")
    if not isinstance(draws, int) or not isinstance(seed, int) or draws < 1:
        return None
    return {
        "method": "tco.monte_carlo",
        "scenario": scenario,
        "set": dict(parameters.get("set") or {}),
        "draws": draws,
        "seed": seed,
    }


def drawn_design(recipe: Mapping[str, Any]) -> bytes:
    """The compressed CSV of the draws that `drawn_from` describes.

    `tco.replay` reads it; row 731 is draw 731, and evaluating it gives the report's totals to the last bit.
    """
    stated = load_scenario(recipe["scenario"], set=recipe["set"])
    text = as_csv(monte_carlo(stated, recipe["draws"], recipe["seed"]).frame())
    return gzip.compress(text.encode(), compresslevel=FAST, mtime=0)


def as_csv(frame: pd.DataFrame) -> str:
    """A frame of finite numbers with a plain index as CSV, every digit kept: `frame.to_csv()` in half the time."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([frame.index.name, *frame.columns])
    written = json.JSONEncoder(separators=(",", ":")).encode  # which writes numbers as Python does, a list at a time
    rows = zip(frame.index, frame.to_numpy(float).tolist(), strict=True)
    text.writelines(f"{index},{written(row)[1:-1]}\n" for index, row in rows)
    return text.getvalue()

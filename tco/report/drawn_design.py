"""The draws behind a report, saved beside it so that any of them can be replayed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tco.draws import monte_carlo
from tco.loading import load_scenario

DESIGN = "design.csv.gz"
"""One row a draw, one column an uncertain assumption or kind of luck; the same for every fleet size."""
FAST = 1


def drawn_design(scenario: str | Path | Mapping[str, Any], parameters: Mapping[str, Any]) -> bytes | None:
    """The compressed CSV of a report's draws; None where its notebook drew none.

    parameters: what the notebook was run with, `draws`, `seed` and `set` among them. `tco.replay` reads the file;
    row 731 is draw 731, and evaluating it gives the report's totals to the last bit.
    """
    draws, seed = parameters.get("draws"), parameters.get("seed")
    if not isinstance(draws, int) or not isinstance(seed, int) or draws < 1:
        return None
    stated = load_scenario(scenario, set=parameters.get("set") or {})
    text = monte_carlo(stated, draws, seed).frame().to_csv(lineterminator="\n")
    return gzip.compress(text.encode(), compresslevel=FAST, mtime=0)

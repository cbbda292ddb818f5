"""A chart leaves a notebook as an image file, made without a browser."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import tco
from tco import charts
from tco.charts.display import image

FRAME = pd.DataFrame({"option": ["a", "b"] * 2, "year": [2027, 2027, 2028, 2028], "cost": [1e6, 2e6, 3e6, 1e6]})
STARTS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("form", STARTS)
def test_a_chart_is_saved_in_the_form_its_ending_says(form: str, tmp_path: Path) -> None:
    saved = charts.save(charts.cost_by_year(FRAME), tmp_path / f"years.{form}")
    assert saved.read_bytes().startswith(STARTS[form])


def test_a_file_is_as_wide_as_asked() -> None:
    chart = charts.cost_by_year(FRAME)
    narrow, wide = (len(image(chart, "png", width)) for width in (300, 900))
    assert narrow < wide


def test_another_ending_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(tco.InputError, match="svg"):
        charts.save(charts.cost_by_year(FRAME), tmp_path / "years.svgz")
    assert not list(tmp_path.iterdir())

"""What a chart is given: a frame from anywhere, checked and made ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tco.errors import InputError


def given(
    frame: pd.DataFrame, names: Sequence[str], numbers: Sequence[str] = (), *, some: bool = False
) -> pd.DataFrame:
    """`frame` with a plain index and its names as text.

    names: columns that name things. numbers: the other columns that a chart needs. some: whether it needs a row.
    Raises InputError for what is no DataFrame, for a missing column, and for a missing row.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a chart takes a DataFrame, not {type(frame).__name__}", path="frame")
    wanted = [*names, *numbers]
    kept = {name for name in frame.index.names if name in wanted and name not in frame.columns}
    plain = frame.reset_index(drop=not kept)
    missing = [name for name in wanted if name not in plain.columns]
    if missing:
        raise InputError(
            f"the columns {', '.join(missing)} are missing; there are {', '.join(map(str, plain.columns)) or 'none'}",
            path="frame",
        )
    if some and plain.empty:
        raise InputError("there are no rows to draw", path="frame")
    text = [name for name in names if not pd.api.types.is_string_dtype(plain[name].dtype)]
    return plain.assign(**{name: plain[name].map(str) for name in text}) if text else plain

"""A DataFrame in, a table for a person out: numbers grouped, units in the headings, every text escaped.

`table(frame, ...)` gives a `Table`. A notebook shows it as HTML; beside that, its output carries the frame
unrounded, so that a report can write the same numbers to a CSV file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from tco import formats
from tco.display import words
from tco.display.known_tables import KNOWN, MEANINGS

DATA_TYPE = "application/vnd.tco.table+json"
"""MIME type under which a notebook output carries a table's own data."""
PIECES = re.compile(r"[\s_/-]|(?<=[a-z])\.(?=[a-z])")
UNIT = re.compile(r"\([^()]{1,12}\)$")
BREAKS = re.compile(r"(_|/|(?<=[a-z])\.(?=[a-z]))")
LONGEST_WHOLE_WORD = 16
"""Longer words may break inside, so that a table never leaves its page."""
LONGEST_ON_ONE_LINE = 24
"""Columns of shorter texts have each on one line, where the page is wide."""
MOST_ROWS = 400
"""More rows than these are counted and not shown: a page must open and print."""
IN_CURRENCY = f"({formats.CURRENCY})"
PRICE_DIGITS = 6
"""A price is shown as it is billed, without noise."""
MONEY = ("money", "signed money")
HIGHLIGHT = ' class="highlight"'
STYLE = """<style>.tco-scroll{overflow-x:auto}.tco-caption{font-weight:600;margin:8px 0 4px}
.tco-scroll>table.tco-table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px;margin:0}
.tco-scroll>table.tco-table :is(th,td){padding:4px 10px;text-align:left;vertical-align:top;font-weight:400;
max-width:36em;border:0;border-bottom:1px solid #8886}
.tco-scroll>table.tco-table thead th{border-bottom:2px solid #888;vertical-align:bottom;font-weight:600}
.tco-scroll>table.tco-table .n{text-align:right}.tco-scroll>table.tco-table :is(td.n,.d){white-space:nowrap}
.tco-scroll>table.tco-table .highlight>*{font-weight:700}
.tco-scroll>table.tco-table .long{overflow-wrap:anywhere}</style>"""
"""How a table looks in a notebook: greys that are seen on a light and on a dark page, text in the page's own colour.

The rules weigh more than those of JupyterLab for tables, which set everything flush right.
"""


@dataclass(frozen=True)
class Column:
    """How one column is shown: its heading (units inside) and what kind of values it holds.

    kind: `text`, `date`, `link`, a column of `words.BY_COLUMN` (said in words), `count` (whole and exact), `shared
    count` (a count of which another row may have a part), `money`, `hours`, `minutes`, `number`, `share`, `price` or
    `signed money`. Amounts of money of a table share one unit, which replaces `(USD)` in its headings.
    """

    heading: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        """Whether values are set flush right."""
        return self.kind not in ("text", "link", "label", "date", *words.BY_COLUMN)


@dataclass(frozen=True)
class Table:
    """A frame and how it is shown. `name` becomes the CSV file's name; `folded` hides it behind a summary line.

    frame: the data in full. wide: the same for reading, where another arrangement is shorter; default: the frame.
    """

    frame: pd.DataFrame
    name: str = ""
    caption: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)
    folded: bool = False
    wide: pd.DataFrame | None = None
    highlighted: frozenset[int] = frozenset()

    @property
    def shown(self) -> pd.DataFrame:
        """The frame that a reader sees."""
        return self.frame if self.wide is None else self.wide

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        cells = self._cells()
        bundle: dict[str, Any] = {"text/html": self._html(cells), "text/plain": self._text(cells)}
        if self.name:
            bundle[DATA_TYPE] = self.data()
        return bundle

    def data(self) -> dict[str, Any]:
        """The table unrounded: `name, caption, columns, rows`, as JSON can hold it."""
        return {
            "name": self.name,
            "caption": self.caption,
            "columns": [str(column) for column in self.frame.columns],
            "rows": rows(self.frame),
        }

    def text(self) -> str:
        """The table for a terminal."""
        return self._text(self._cells())

    def html(self) -> str:
        """The table as HTML; whatever the cells hold appears as text."""
        return self._html(self._cells())

    def _text(self, cells: Sequence[tuple[Column, list[str]]]) -> str:
        columns = {column.heading: texts for column, texts in cells}
        body = formats.flush_right(columns) if len(self.shown) else "(no rows)"
        return f"{self.said}\n{body}" if self.said else body

    def _html(self, cells: Sequence[tuple[Column, list[str]]]) -> str:
        classes = [_css(column, [column.heading, *texts]) for column, texts in cells]
        heads = "".join(
            f'<th scope="col"{css}>{_breakable(column.heading)}</th>'
            for (column, _), css in zip(cells, classes, strict=True)
        )
        lines = []
        for row in range(min(len(self.shown), MOST_ROWS)):
            texts = [
                _cell(column, texts[row], css, row_heading=not place)
                for place, ((column, texts), css) in enumerate(zip(cells, classes, strict=True))
            ]
            lines.append(f"<tr{HIGHLIGHT if row in self.highlighted else ''}>{''.join(texts)}</tr>")
        if len(self.shown) > MOST_ROWS:
            where = f" in tables/{self.name}.csv" if self.name else ""
            more = formats.plain(f"… and {formats.grouped(len(self.shown) - MOST_ROWS)} more rows{where}")
            lines.append(f'<tr><td colspan="{len(cells)}">{more}</td></tr>')
        body = "".join(lines) or f'<tr><td colspan="{len(cells) or 1}">none</td></tr>'
        caption = formats.plain(self.said)
        label = caption or formats.plain(self.name.replace("_", " ")) or "Table"
        visible_caption = f'<p class="tco-caption">{caption}</p>' if caption and not self.folded else ""
        table = (
            f'{STYLE}{visible_caption}<div class="tco-scroll" tabindex="0" role="region" '
            f'aria-label="{label}"><table class="tco-table"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
        if not self.folded:
            return table
        return f'<details class="tco-details"><summary>Table: {caption or "the numbers"}</summary>{table}</details>'

    def _cells(self) -> list[tuple[Column, list[str]]]:
        """Each shown column with its cells as text."""
        factor, unit = self._scale
        cells = []
        for name, column in self.columns.items():
            values = self.shown[name].tolist()
            if column.kind in MONEY and factor != 1:
                values = [value if is_missing(value) else value / factor for value in values]
                column = replace(column, heading=column.heading.replace(IN_CURRENCY, f"({unit})"))
            cells.append((column, [written(value, column.kind) for value in values]))
        return cells

    @cached_property
    def _scale(self) -> tuple[float, str]:
        """By what amounts of money are divided, and the unit that they are shown in."""
        columns = [name for name, column in self.columns.items() if column.kind in MONEY]
        amounts = [value for name in columns for value in self.shown[name].tolist() if not is_missing(value)]
        return formats.common_scale(amounts)

    @property
    def said(self) -> str:
        """The caption, with the unit of the amounts whose headings do not say it."""
        bare = [one for one in self.columns.values() if one.kind in MONEY and formats.CURRENCY not in one.heading]
        if not bare or not self.caption:
            return self.caption
        unit = f"({self._scale[1]})"
        replaced = self.caption.replace(IN_CURRENCY, unit)
        return replaced if unit in replaced else f"{self.caption} {unit}"


def table(
    frame: pd.DataFrame,
    name: str = "",
    *,
    caption: str = "",
    columns: Mapping[str, str | tuple[str, str] | Column] | Sequence[str] | None = None,
    folded: bool = False,
    wide: pd.DataFrame | None = None,
    kind: str = "",
    highlight: Iterable[bool] = (),
) -> Table:
    """A table of `frame`.

    columns: which columns are shown, in order, each with a heading or `(heading, kind)`; default: all, headed by their
    names in words, or, where no caption is stated either, what `known_tables` has for this name. The CSV of a report
    holds every column of the frame, shown or not. wide: a frame to show instead, such as `across` gives; kind: of its
    columns that `frame` does not have, which keep their names as headings; `columns` then says how those are headed
    that it has.
    highlight: for each row whether it is set in bold.
    """
    shown = frame if wide is None else wide
    if name in KNOWN and columns is None and wide is None and not caption:
        caption, known = KNOWN[name]
        columns = {key: wanted for key, wanted in known.items() if key in frame.columns} or None
    if columns is None or kind:
        own = columns if isinstance(columns, Mapping) else {}
        headings: Mapping[str, str | tuple[str, str] | Column] = {
            str(name): own.get(name, "") if name in frame.columns or not kind else (_heading(name), kind)
            for name in shown.columns
        }
    else:
        headings = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, "")
    shown = shown.rename(columns=str)
    chosen = {}
    for key, wanted in headings.items():
        default = default_column(key, shown[key])
        if isinstance(wanted, Column):
            chosen[key] = wanted
        elif isinstance(wanted, tuple):
            chosen[key] = Column(*wanted)
        else:
            chosen[key] = Column(wanted or default.heading, default.kind)
    if "fleet_size" in shown and len(chosen) > 1 and len(set(shown["fleet_size"])) == 1:
        chosen.pop("fleet_size", None)  # the same in every row
    rows = frozenset(row for row, bold in enumerate(highlight) if bold)
    return Table(frame, name, caption, chosen, folded, None if wide is None else shown, rows)


def bill(frame: pd.DataFrame, name: str = "bill") -> Table:
    """A bill as of `tco.price`: each line with price, cost and what its quantity counts. name: as of `table`."""
    return table(frame.assign(meaning=frame["item"].map(MEANINGS).fillna("")), name)


def _heading(name: object) -> str:
    """A column's own name as its heading; a number as numbers are written elsewhere."""
    return formats.number(name) if isinstance(name, float) else str(name)


def across(
    frame: pd.DataFrame, *, rows: Sequence[str], columns: str, values: str, order: Sequence[str] | None = None
) -> pd.DataFrame:
    """`frame` for reading: a column for every value of `columns`, holding the sum of `values` for each of `rows`.

    order: which columns, in which order; default: as they first appear. Rows that hold nothing but 0 are left out.
    """
    wide = frame.pivot_table(index=list(rows), columns=columns, values=values, aggfunc="sum", sort=False)
    wide = wide.reindex(columns=list(order or dict.fromkeys(frame[columns])))
    if pd.api.types.is_numeric_dtype(frame[values]):
        wide = wide[(wide.fillna(0) != 0).any(axis=1)]
    return wide.rename_axis(columns=None).reset_index()


def default_column(name: str, values: pd.Series[Any]) -> Column:
    """Heading and kind of a column by its name and type: `labour_hours` -> `Labour (hours)`."""
    spaced = name.replace("_", " ")
    heading = spaced[:1].upper() + spaced[1:]
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        own = name if name in ("link", "date", *words.BY_COLUMN) else "date" if name == "as_of" else "text"
        return Column(heading, own)
    if name.endswith("_share") or name == "share":
        return Column(heading, "share")
    if name.endswith("difference"):
        return Column(f"{heading} (USD)".replace("Npv", "Present value"), "signed money")
    if {"cost", "total", "npv", "cumulative"} & set(name.split("_")):
        return Column(f"{heading} (USD)".replace("Npv", "Present value"), "money")
    if name.endswith("_gb"):
        return Column(f"{heading.removesuffix(' gb')} (GB)", "number")
    if "hours" in name:
        return Column(heading, "hours")
    if "minutes" in name:
        return Column(heading, "minutes")
    if name == "year" or (pd.api.types.is_integer_dtype(values) and name.endswith("id")):
        return Column(heading, "label")
    return Column(heading, "count" if pd.api.types.is_integer_dtype(values) else "number")


def written(value: Any, kind: str) -> str:
    """A cell's text, not yet escaped."""
    if is_missing(value):
        return formats.MISSING
    if isinstance(value, list | tuple):
        return " > ".join(str(part) for part in value)
    if isinstance(value, bool):
        return words.setting(value)
    if kind in words.BY_COLUMN:
        return words.said(words.BY_COLUMN[kind], str(value))
    if kind in ("text", "link", "label", "date"):
        return str(value)[:10] if isinstance(value, pd.Timestamp) else str(value)
    return _NUMBERS[kind](float(value))


def _signed_money(value: float) -> str:
    text = formats.significant(value)
    return f"+{text}" if value > 0 else text


_NUMBERS: dict[str, Callable[[float], str]] = {
    "count": formats.grouped,
    "shared count": lambda value: formats.grouped(value) if value.is_integer() else formats.significant(value),
    "money": formats.significant,
    "signed money": _signed_money,
    "hours": lambda value: formats.hours(value).removesuffix(" h"),
    "minutes": lambda value: formats.minutes(value).removesuffix(" min"),
    "share": formats.share,
    "number": formats.significant,
    "price": lambda value: formats.significant(value, PRICE_DIGITS),
}


def _cell(column: Column, text: str, css: str, row_heading: bool) -> str:
    shown = _breakable(text)
    if column.kind == "link" and text.startswith(("https://", "http://")):
        shown = f'<a href="{formats.plain(text)}" rel="noopener noreferrer">{shown}</a>'
    if row_heading and not column.is_number:
        return f'<th scope="row"{css}>{shown}</th>'
    return f"<td{css}>{shown}</td>"


def _css(column: Column, texts: Sequence[str]) -> str:
    """The class of a column's cells: numbers, dates, short text, or text whose words may break, being too long for a
    page.
    """
    if column.is_number or column.kind == "date":
        return ' class="n"' if column.is_number else ' class="d"'
    if max(map(len, texts)) <= LONGEST_ON_ONE_LINE:
        return ' class="s"'
    longest = max(len(piece) for text in texts for piece in PIECES.split(text))
    return ' class="long"' if longest > LONGEST_WHOLE_WORD else ""


def _breakable(text: str) -> str:
    """`text` escaped: a line may break inside names such as `on_demand`, and not inside a unit such as `(k USD)`."""
    return BREAKS.sub(
        r"\1<wbr>", UNIT.sub(lambda unit: unit[0].replace(" ", "\N{NO-BREAK SPACE}"), formats.plain(text))
    )


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The frame's rows: no digit lost, what is missing or infinite None, a day its ISO text, a list joined by ` > `."""
    columns = [[_json_value(value) for value in frame.iloc[:, place].tolist()] for place in range(frame.shape[1])]
    return [list(row) for row in zip(*columns, strict=True)] or [[] for _ in frame.index]


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    kind = type(value)
    if kind is float:
        return math.isnan(value)
    if kind is str or kind is int:
        return False
    return value is None or (not isinstance(value, str | list | tuple) and bool(pd.isna(value)))


def _json_value(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is str or kind is int or kind is bool:
        return value
    if isinstance(value, list | tuple):
        return " > ".join(str(part) for part in value)
    if is_missing(value):
        return None
    if hasattr(value, "item"):
        return _json_value(value.item())
    return json.loads(json.dumps(value)) if isinstance(value, str | int) else str(value)[:10]

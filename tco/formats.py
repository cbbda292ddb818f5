"""How numbers and names are written in sentences, tables and chart labels.

One style for the report, the terminal and other people's notebooks: amounts of money have an SI prefix and their
currency (`1.24 M USD`), hours and minutes their unit, a minus is a real minus sign and a missing value is an en dash.
Text on a page goes through `plain` or `markdown`, so that no name can contain markup.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence

MISSING = "–"
MINUS = "−"
CURRENCY = "USD"
PREFIXES = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
DIGITS = 3
"""Significant digits that readers are shown; files for programs hold all."""
SCALED_FROM = 100
"""Amounts that share a unit are written in its thousands once the largest would be this many of them."""
IRREGULAR = {"person": "people", "1": "", "ratio": "", "USD": "USD"}
"""Units that have no plural in s; a plain share or ratio needs no unit."""
ON_ONE_LINE = str.maketrans({"\t": r"\t", "\n": r"\n", "\r": r"\r"})
NOT_ZERO = re.compile(r"[1-9]")
MARKDOWN_SPECIALS = re.compile(r"([\\`*_{}\[\]()#+!|~$^=-])")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula."""


def significant(value: float | None, digits: int = DIGITS) -> str:
    """`value` in full with `digits` significant digits: 1234567 -> `1,230,000`, 0.0833333 -> `0.0833`, 1e-7 too."""
    if value is None or not math.isfinite(value):
        return MISSING
    return _signed(value, _significant(float(f"{abs(value):.{digits}g}"), digits))


def common_scale(amounts: Iterable[float]) -> tuple[float, str]:
    """By what the amounts of a table are divided, and the unit they are then in.

    >>> common_scale([1_160_209.0, 930_000.0]), common_scale([80_002.0])
    ((1000.0, 'k USD'), (1.0, 'USD'))
    """
    largest = max((abs(amount) for amount in amounts if math.isfinite(amount)), default=0.0)
    for factor, prefix in PREFIXES:
        if largest >= SCALED_FROM * factor:
            return factor, f"{prefix} {CURRENCY}"
    return 1.0, CURRENCY


def unit(name: str) -> str:
    """A unit in words, in the plural: `labour hour/(cluster x month)` -> `labour hours per cluster and month`.

    Empty for a plain number: a share or a ratio.
    """
    what, slash, per = name.partition("/")
    plural = IRREGULAR.get(what, f"{what}s")
    rate = f"per {per.strip('()').replace(' x ', ' and ')}" if slash else ""
    return f"{plural} {rate}".strip()


def quantity(value: float, unit_name: str) -> str:
    """A value with its unit in words: (1858, `labour hour/design`) -> `1,860 labour hours per design`."""
    return f"{significant(value)} {unit(unit_name)}".strip()


def number(value: float | None, digits: int = DIGITS) -> str:
    """`value` with an SI prefix and `digits` significant digits: 1234567 -> `1.23 M`, 950 -> `950`."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = float(f"{abs(value):.{digits}g}")
    for factor, prefix in PREFIXES:
        if size >= factor:
            return _signed(value, f"{_significant(size / factor, digits)} {prefix}")
    return _signed(value, _significant(size, digits))


def money(value: float | None, digits: int = DIGITS, signed: bool = False) -> str:
    """An amount in the report's currency: 1234567 -> `1.23 M USD`; with `signed`, a plus before a gain."""
    text = number(value, digits)
    if text == MISSING:
        return text
    plus = "+" if signed and text != "0" and not text.startswith(MINUS) else ""
    return f"{plus}{text} {CURRENCY}"


def saving(amount: float) -> str:
    """What is saved, in words where it is a loss: `5.36 k USD`, `a loss of 5.36 k USD`."""
    return money(amount) if amount >= 0 else f"a loss of {money(-amount)}"


def hours(value: float | None) -> str:
    """Labour hours in three digits: `1,240 h`, and `3.5 h` where a whole number would hide the point."""
    return _with_unit(value, "h")


def minutes(value: float | None) -> str:
    """Minutes: `34 min`."""
    return _with_unit(value, "min")


def share(value: float | None, decimals: int = 0) -> str:
    """A share of one as per cent: 0.371 -> `37%`; only none of it is written as 0% and only all of it as 100%."""
    if value is None or not math.isfinite(value):
        return MISSING
    smallest = 10.0**-decimals
    percent = value * 100
    if 0 < percent < smallest:
        return f"under {smallest:.{decimals}f}%"
    if 100 - smallest < percent < 100 and f"{percent:.{decimals}f}" == f"{100:.{decimals}f}":
        return f"over {100 - smallest:.{decimals}f}%"
    return _signed(value, f"{abs(percent):,.{decimals}f}%")


def grouped(value: float | None, decimals: int = 0) -> str:
    """A number in full with thousands separators: 1234567 -> `1,234,567`."""
    if value is None or not math.isfinite(value):
        return MISSING
    return _signed(value, f"{abs(value):,.{decimals}f}")


def share_range(shares: Iterable[float]) -> str:
    """The lowest and the highest of some shares: `29% to 41%`, or `29%` where both read the same."""
    listed_shares = list(shares)
    low, high = share(min(listed_shares)), share(max(listed_shares))
    return low if low == high else f"{low} to {high}"


def count(number: float, noun: str) -> str:
    """A whole number with its noun: `1 cluster`, `1,000 clusters`."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def plain(text: object) -> str:
    """`text` safe inside HTML, in an element and in a quoted attribute."""
    return html.escape(str(text), quote=True)


def markdown(text: object) -> str:
    """`text` escaped for a Markdown sentence: without markup of its own, neither Markdown nor HTML.

    Line breaks become spaces, so that a name cannot open a heading or a list.
    """
    flat = re.sub(r"\s+", " ", str(text)).strip()
    return MARKDOWN_SPECIALS.sub(r"\\\1", html.escape(flat, quote=False))


def spreadsheet_cell(value: object) -> object:
    """A cell of a CSV file that no spreadsheet runs: a text that would begin a formula gets an apostrophe before it.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("plain"), spreadsheet_cell(-2.5)
    ("'=1+1", 'plain', -2.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def listed(words: list[str]) -> str:
    """Words as an English list: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def is_number(value: object) -> bool:
    """Whether a value is a number, rather than a text or a switch."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def flush_right(columns: Mapping[str, Sequence[str]]) -> str:
    """Columns of text below their headings, each flush right: a table for a terminal.

    >>> print(flush_right({"option": ["stay", "move"], "cost": ["1,200", "900"]}))
    option  cost
      stay 1,200
      move   900
    """
    cells = [[text.translate(ON_ONE_LINE) for text in (heading, *texts)] for heading, texts in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    aligned = [[text.rjust(width) for text in column] for column, width in zip(cells, widths, strict=True)]
    return "\n".join(map(" ".join, zip(*aligned, strict=True)))


def _significant(size: float, digits: int) -> str:
    decimals = max(0, digits - 1 - (math.floor(math.log10(size)) if size else 0))
    text = f"{size:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(value: float | None, unit: str) -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    decimals = 0 if value == 0 or abs(value) >= 10 else 1 if abs(value) >= 0.1 else 2
    return f"{grouped(float(f'{value:.{DIGITS}g}'), decimals)} {unit}"


def _signed(value: float, text: str) -> str:
    return f"{MINUS}{text}" if value < 0 and NOT_ZERO.search(text) else text

"""Text in a terminal: how wide it is, tables and sentences that fit it, and colour where it is wanted.

Nothing is cut or folded where standard output is a file or a pipe, unless COLUMNS says how wide it is.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import click

NARROW = 40
"""A column of text is not made narrower than this for a word that is longer."""
UNBROKEN = "\N{NO-BREAK SPACE}"
"""A space at which nothing is folded."""
AMOUNT = re.compile(r"\d (?:k|M|bn|%|h|min|USD)(?: USD)?(?!\w)")
"""A number and its unit, which stay together."""
NAMES = 2
"""So many columns of text, from the left, name a row; they are repeated where further columns follow below."""
FEW = 2
"""A table of no more rows keeps every column, also one with the same text in all rows."""


@dataclass(frozen=True)
class Column:
    """A heading and its cells; numbers are flush right."""

    heading: str
    cells: Sequence[str]
    numeric: bool = False

    @property
    def width(self) -> int:
        """The width in which no cell is folded; the heading may be, between its words."""
        return max(_longest(self.heading), *map(len, self.cells), 1)

    @property
    def least(self) -> int:
        """The least width: numbers and words of the heading stay whole, words of a text up to `NARROW` letters."""
        longest = max(map(_longest, self.cells), default=0)
        return self.width if self.numeric else max(_longest(self.heading), min(longest, NARROW))

    def lines(self, text: str, width: int) -> list[str]:
        """A cell or the heading as lines of `width`."""
        parts = [part.replace(UNBROKEN, " ") for part in textwrap.wrap(text, width, break_on_hyphens=False) or [""]]
        return [part.rjust(width) if self.numeric else part.ljust(width) for part in parts]


def room(*, err: bool = False) -> int | None:
    """The columns of the terminal that standard output (or error) goes to, or COLUMNS; None for a file or a pipe."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated):
        return int(stated)
    stream = sys.stderr if err else sys.stdout
    return shutil.get_terminal_size().columns if stream.isatty() else None


def coloured() -> bool:
    """Whether to colour: not where NO_COLOR is set. click leaves colours out where output is no terminal."""
    return not os.environ.get("NO_COLOR")


def sentence(text: str, *, err: bool = False, hang: int = 0) -> str:
    """Each line of `text` folded between words to the width of the terminal, further lines indented like the first, and
    by `hang` columns more.
    """
    width = room(err=err)
    return "\n".join(line if width is None else _folded(line, width, hang) for line in text.split("\n"))


def say(text: str, *, err: bool = False, hang: int = 0) -> None:
    """Print sentences on standard output, or on standard error, folded as by `sentence`."""
    click.echo(sentence(text, err=err, hang=hang), err=err)


def table(
    columns: Sequence[Column], *, between: str = " ", rule: bool = True, strong: int | None = None, names: int = NAMES
) -> str:
    """Columns side by side. rule: a line below the headings. strong: the row that is bold. names: how many columns of
    text, from the left, name a row.

    Where the terminal is too narrow, headings are folded, then texts. Where that is not enough, a column with the same
    text in all rows becomes a sentence below, and columns without room follow below, beside the names of the rows.
    """
    width = room()
    plain = [max(len(column.heading), column.width) for column in columns]
    if width is None or _total(plain, between) <= width:
        return _lines(columns, plain, between, rule, strong)
    between, rows = " ", len(columns[0].cells)
    if _total([column.least for column in columns], between) > width and rows > FEW:
        shared = [column for column in columns[1:] if len(set(column.cells)) == 1]
        if shared:
            left = [column for column in columns if column not in shared]
            values = ", ".join(f"{column.heading} {column.cells[0]}" for column in shared)
            return table(left, rule=rule, strong=strong, names=names) + sentence(f"In every row: {values}.") + "\n"
    texts = [place for place, column in enumerate(columns) if not column.numeric]
    named = [place for place, other in zip(range(names), texts, strict=False) if place == other] or [0]
    repeated, parts = [columns[place] for place in named], [[]]  # type: tuple[list[Column], list[list[Column]]]
    for column in columns[len(named) :]:
        if parts[-1] and _total([one.least for one in (*repeated, *parts[-1], column)], between) > width:
            parts.append([])
        parts[-1].append(column)
    shown = []
    for part in parts:
        together = [*repeated, *part]
        shown.append(_lines(together, _fitted(together, width, between), between, rule, strong))
    return "\n".join(shown)


def _folded(line: str, width: int, hang: int) -> str:
    indent = line[: len(line) - len(line.lstrip())] + " " * hang
    kept = AMOUNT.sub(lambda amount: amount[0].replace(" ", UNBROKEN), line)
    return textwrap.fill(kept, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False).replace(
        UNBROKEN, " "
    )


def _fitted(columns: Sequence[Column], width: int, between: str) -> list[int]:
    """The width of each column: the widest texts are narrowed until all fit, or nothing more can be narrowed."""
    widths = [column.width for column in columns]
    while _total(widths, between) > width:
        spare = [place for place, column in enumerate(columns) if widths[place] > column.least]
        if not spare:
            break
        widths[max(spare, key=widths.__getitem__)] -= 1
    left = width - _total(widths, between)
    for place, column in enumerate(columns):
        wanted = min(len(column.heading) - widths[place], left) if len(column.heading) > widths[place] else 0
        if wanted == len(column.heading) - widths[place]:  # a heading that fits whole needs no second line
            widths[place] += wanted
            left -= wanted
    return widths


def _lines(columns: Sequence[Column], widths: Sequence[int], between: str, rule: bool, strong: int | None) -> str:
    head = [column.lines(column.heading, width) for column, width in zip(columns, widths, strict=True)]
    tallest = max(map(len, head))
    head = [[*[" " * width] * (tallest - len(lines)), *lines] for lines, width in zip(head, widths, strict=True)]
    found = [between.join(parts).rstrip() for parts in zip(*head, strict=True)]
    if rule:
        found.append(between.join("-" * width for width in widths))
    for number in range(len(columns[0].cells)):
        cells = [column.lines(column.cells[number], width) for column, width in zip(columns, widths, strict=True)]
        blanks = [" " * width for width in widths]
        for parts in zip_longest(*cells):
            text = [blank if part is None else part for part, blank in zip(parts, blanks, strict=True)]
            line = between.join(text).rstrip()
            found.append(click.style(line, bold=True) if number == strong and coloured() else line)
    return "\n".join(found) + "\n"


def _total(widths: Sequence[int], between: str) -> int:
    return sum(widths) + len(between) * (len(widths) - 1)


def _longest(text: str) -> int:
    return max(map(len, text.split(" ")))

"""Tables on the command line: aligned text for people, CSV, JSON or Parquet for programs.

The formats for programs have every digit that the module returns; the text shortens numbers and long cells.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from tco import formats
from tco.cli import terminal
from tco.display import words
from tco.errors import InputError
from tco.formats import spreadsheet_cell

if TYPE_CHECKING:
    import pandas as pd

LONGEST_CELL = 60
NAMES_OF_UPGRADES = ("option", "group", "date")
UNTOLD = ("from_version", "to_version", "engine", "projected")
"""Columns of a calendar that its path and dates tell."""
PROJECTED = "* is expected from the engine's past releases, not announced."
PATH_SEPARATOR = " > "
PRICE_DIGITS = 4
CENTS = 2
NOISE = 1e-9
"""A number so small beside the largest of its column is what rounding has left of zero."""
CHEAPEST = "* is the cheapest."
IN_TODAYS_MONEY = "Present value: what is spent later counts less."
COMPARED_NOTE = f"{CHEAPEST} Cost is present value: what is spent later counts less. Payback is in months.\n"
AMOUNTS = (
    "cost", "cost_at_best", "cost_at_team_date", "cost_of_missing", "cumulative_saving", "margin", "npv", "npv_change",
    "npv_difference", "saving", "saving_p10", "saving_p90", "slip_cost", "staging_cost", "total", "unit_price",
    "upgrade_cost",
)  # fmt: skip
"""Columns of money, whose headings say so; those of a table share a unit."""
UNSCALED = (1.0, formats.CURRENCY)
HEADINGS = {
    "downtime_minutes": "minutes down",
    "npv": "present value",
    "npv_change": "against as written",
    "npv_difference": "against reference",
    "payback_months": "payback, months",
    "usd_per_day": f"{formats.CURRENCY} a day",
    "usd_per_day_later": f"{formats.CURRENCY} a day later on",
}
"""The heading of a column, where that is more than its name in words."""
SAID = ("reason", "outcome", "method")
"""Columns whose codes are said in words; others hold values that commands and files take as they are."""
SHARES = ("chance", "unfinished")
"""Columns that are shares of 1, besides those whose name ends so."""


def format_option(*formats: str, default: str = "table") -> Callable[[FC], FC]:
    """The option `--format` with the formats that a command knows."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats or ("table", "csv", "json")),
        default=default,
        show_default=True,
        help="How to print the result.",
    )


def force_option() -> Callable[[FC], FC]:
    """The option `--force` of commands that write one file."""
    return click.option("--force", is_flag=True, help="Replace a file that is there.")


def refuse_existing(target: Path, force: bool) -> None:
    """Raise InputError where a file that is there would be lost."""
    if target.exists() and not force:
        raise InputError("is there already: --force replaces it, another --out keeps both", file=str(target))


def print_frame(frame: pd.DataFrame, form: str, whole: Sequence[str] = (), names: int = terminal.NAMES) -> None:
    """Print `frame` on standard output as `form`: table, csv or json. whole: columns whose texts are not cut, and whose
    amounts are told to the cent. names: how many columns of text name a row of a table.
    """
    text, raw = text_of(frame, form, whole, names), getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase):  # unbuffered output drops without a word what a full disk does not take
        writer = io.BufferedWriter(raw)
        writer.write(text.encode(sys.stdout.encoding, "backslashreplace"))
        writer.flush()
        writer.detach()
    else:
        click.echo(text, nl=False)


def text_of(frame: pd.DataFrame, form: str, whole: Sequence[str] = (), names: int = terminal.NAMES) -> str:
    """`frame` as text in `form`, ending with a line break; whole, names: as above."""
    if form == "csv":
        return _without_formulas(_with_joined_lists(frame)).to_csv(index=False, lineterminator="\n")
    if form == "json":
        return json.dumps(records(frame), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return aligned(frame, whole, names)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict per row, of JSON values: None for a missing value, ISO text for a date, every digit of a number."""
    names = [str(name) for name in frame.columns]
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def require_parquet() -> None:
    """Raise InputError where the optional library that writes Parquet is missing."""
    if find_spec("pyarrow") is None:
        raise InputError('Parquet needs the optional library pyarrow: pip install "tco[parquet]"')


def overlay_text(scenario: str, target: Path, changes: Mapping[str, Any]) -> str:
    """A scenario file at `target` that is a scenario, named or in a file, with values by path."""
    from tco.loading.yaml_text import yaml_text

    base = os.path.relpath(scenario, target.parent) if Path(scenario).is_file() else scenario
    return yaml_text({"based_on": base, "set": dict(changes)})


def aligned(frame: pd.DataFrame, whole: Sequence[str] = (), names: int = terminal.NAMES) -> str:
    """`frame` as columns of text that fit the terminal: numbers to the right with thousands separators, words to the
    left, cut or `whole`. Columns without any value are left out.
    """
    if frame.empty:
        return "(nothing)\n"
    scaled = [name for name in frame.columns if name in AMOUNTS and name not in whole and name != "unit_price"]
    amounts = [value for name in scaled for value in map(_plain, frame[name].tolist()) if formats.is_number(value)]
    scale = formats.common_scale(amounts)
    columns = [
        _column(str(name), frame[name].tolist(), name in whole, scale if name in scaled else UNSCALED)
        for name in frame.columns
    ]
    return terminal.table([column for column in columns if any(column.cells)] or columns, names=names)


def explained(frame: pd.DataFrame) -> str:
    """`tco.explain` for a terminal: each line with what it comes to and rests on, then each value and source once."""
    parts, zeros = [], []
    numbers: dict[str, int] = {}
    values: dict[str, tuple[str, int]] = {}
    for (line, unit), rows in frame.groupby(["line", "unit"], sort=False):
        cost, quantity = float(rows["cost"].iloc[0]), float(rows["quantity"].iloc[0])
        if not quantity and not cost:
            zeros.append(str(line))
            continue
        amount = "" if unit == formats.CURRENCY else f", {formats.quantity(quantity, str(unit))}"
        parts.append(f"{line}: {formats.money(cost)}{amount}\n")
        behind = rows[rows["name"].notna() & (rows["name"] != "")].to_dict("records")
        if behind:
            parts.append(terminal.sentence(f"  rests on {', '.join(str(row['name']) for row in behind)}") + "\n")
        for row in behind:
            source = f"{row['source']} ({', '.join(str(row[key]) for key in ('source_kind', 'as_of') if row[key])})"
            value = formats.quantity(row["value"], str(row["value_unit"]))
            values.setdefault(str(row["name"]), (value, numbers.setdefault(source, len(numbers) + 1)))
    if zeros:
        parts.append(terminal.sentence(f"Nothing for {formats.listed(zeros)}.") + "\n")
    if values:
        cells = {
            "rests on": list(values),
            "value": [value for value, _ in values.values()],
            "source": [f"[{number}]" for _, number in values.values()],
        }
        parts.append("\n" + terminal.table([terminal.Column(name, column) for name, column in cells.items()]) + "\n")
        parts.extend(terminal.sentence(f"[{number}] {source}", hang=4) + "\n" for source, number in numbers.items())
    return "".join(parts).rstrip("\n") + "\n"


def compared(frame: pd.DataFrame) -> str:
    """`tco.compare` for a terminal: three digits, a unit a column, the cheapest marked and bold; csv has all."""
    from tco.analysis.comparison import FINISHED

    best = frame["npv"].argmin()
    blank = terminal.UNBROKEN
    names = [("*" if place == best else blank) + blank + str(option) for place, option in enumerate(frame["option"])]
    reference = str(frame["option"][frame["npv_difference"] == 0].iloc[0])
    factor, unit = formats.common_scale(frame["npv"])
    gaps = [formats.significant(difference / factor) for difference in frame["npv_difference"]]
    columns = {
        f"cost, {unit.replace(' ', terminal.UNBROKEN)}": [formats.significant(npv / factor) for npv in frame["npv"]],
        f"against {reference}": [
            "" if text == "0" else text if text.startswith(formats.MINUS) else f"+{text}" for text in gaps
        ],
        "labour h": [formats.significant(hours) for hours in frame["labour_hours"]],
        "minutes down": [formats.significant(minutes) for minutes in frame["downtime_minutes"]],
        "payback": [f"{months:.0f}" if months > 0 else "" for months in frame["payback_months"]],
    }
    if "chance_cheapest" in frame:
        columns["cheapest in"] = list(map(formats.share, frame["chance_cheapest"]))
    if (frame["unfinished"] > FINISHED).any():
        columns["unfinished"] = list(map(formats.share, frame["unfinished"]))
    shown = [terminal.Column(f"{blank}{blank}option", names)]
    shown += [terminal.Column(name, cells, numeric=True) for name, cells in columns.items()]
    return terminal.table(shown, between="  ", rule=False, strong=int(best))


def learnt(frame: pd.DataFrame) -> pd.DataFrame:
    """Ranges before and after an upgrade log, each as one text."""
    kept = frame.drop(
        columns=["label", *(name for name in map(str, frame) if name.startswith(("prior_", "posterior_")))]
    )
    for when, prefix in (("before", "prior"), ("after", "posterior")):
        numbers = frame[[f"{prefix}_{bound}" for bound in ("low", "mean", "high")]].to_numpy()
        kept[when] = [" / ".join(map(formats.significant, row)) for row in numbers]
    return kept


def dated(calendar: pd.DataFrame) -> pd.DataFrame:
    """`tco.calendar` for a terminal: who upgrades when by which path and why, in words."""
    projected = calendar["projected"] if "projected" in calendar else [False] * len(calendar)
    upgrades = calendar.assign(
        date=[f"{day}"[:10] + ("*" if guess else "") for day, guess in zip(calendar["date"], projected, strict=True)],
    )
    first = [name for name in NAMES_OF_UPGRADES if name in upgrades]
    return upgrades[first + [name for name in upgrades if name not in (*first, *UNTOLD)]]


def _column(name: str, values: Sequence[Any], whole: bool, scale: tuple[float, str]) -> terminal.Column:
    plain = [_plain(value) for value in values]
    numbers = [value for value in plain if value is not None]
    heading = HEADINGS.get(name, name if "." in name else name.replace("_", " "))  # a path stays as it is stated
    if not numbers or not all(formats.is_number(value) for value in numbers):
        translations = words.BY_COLUMN[name] if name in SAID else {}
        said = [
            words.said(translations, value) if translations and isinstance(value, str) else value for value in plain
        ]
        return terminal.Column(heading, [_words(value, whole) for value in said])
    factor, unit = scale
    if name in AMOUNTS:
        heading += f", {unit.replace(' ', terminal.UNBROKEN)}"
    scaled = [None if value is None else value / factor for value in plain]
    write = _written(name, [value for value in scaled if value is not None], whole)
    return terminal.Column(heading, ["" if value is None else write(value) for value in scaled], numeric=True)


def _written(name: str, numbers: Sequence[float], whole: bool) -> Callable[[float], str]:
    """How the numbers of a column are written: whole ones and cents in full, others with three digits, and with as many
    decimals as the largest where that leaves each of them two digits.
    """
    if name in SHARES or name.endswith("_share"):
        return formats.share
    if name.endswith("price"):  # as it is billed: 0.115, 0.000125
        return lambda value: formats.significant(value, PRICE_DIGITS)
    if whole:
        return lambda value: formats.grouped(value, CENTS)
    if all(number == round(number) for number in numbers) and name not in AMOUNTS:
        return formats.grouped
    largest = max(map(abs, numbers))
    least = min((abs(number) for number in numbers if abs(number) > NOISE * largest), default=largest)
    decimals = max(0, formats.DIGITS - 1 - math.floor(math.log10(largest))) if largest else 0
    if name == "clusters" or least < 10 ** (1 - decimals):  # a share of a cluster beside whole ones
        return formats.significant
    return lambda value: formats.grouped(float(f"{value:.{formats.DIGITS}g}"), decimals)


def _words(value: object, whole: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return words.setting(value)
    text = PATH_SEPARATOR.join(map(str, value)) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if whole or len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "isoformat"):
        return None if value != value else value.isoformat()[:10]  # NaT is not equal to itself
    return None if value != value else str(value)


def _with_joined_lists(frame: pd.DataFrame) -> pd.DataFrame:
    joined = {
        name: [
            PATH_SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else value for value in frame[name]
        ]
        for name in frame.columns
        if any(isinstance(value, list | tuple) for value in frame[name])
    }
    return frame.assign(**joined)


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that a spreadsheet would run made plain, headings too."""
    for name in frame.columns:
        if frame[name].dtype.kind not in "bifM":
            plain = {value: spreadsheet_cell(value) for value in frame[name].dropna().unique().tolist()}
            if any(value is not cell for value, cell in plain.items()):
                cells: Any = [plain.get(value, value) for value in frame[name].tolist()]
                frame = frame.assign(**{name: cells})
    return frame.rename(columns=spreadsheet_cell)

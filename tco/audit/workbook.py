"""A workbook whose formulas are those of the model: inputs, calculations, outputs and checks on sheets of their own.

The model runs once on arrays that remember their formulas (`tracing`), and every formula is written out as it was
computed, so that the sheets cannot differ from the model by hand. The layout is that of the FAST standard: time across,
one formula a row, no number inside a formula, label, unit and source beside each input, no macros.
"""

from __future__ import annotations

import io
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tco.analysis.comparison import compare
from tco.analysis.schedule import calendar
from tco.audit.result_sheets import (
    CALENDAR,
    CHECKS,
    COSTS,
    COVER,
    DRAWS,
    FIXED,
    LEARNING,
    OUTPUTS,
    QUANTITIES,
    WIDE,
    ResultSheets,
)
from tco.audit.sheets import (
    CALCULATIONS,
    CONSTANTS,
    FIRST_MONTH,
    FIRST_ROW,
    INPUTS,
    Spot,
    column_name,
)
from tco.audit.traced_model import TracedLine, traced_model
from tco.audit.tracing import POWERS
from tco.errors import InputError, checked
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.formats import spreadsheet_cell
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.sampling.monte_carlo import monte_carlo
from tco.scenario.scenario import Scenario

ABOUT_INPUTS = tuple("label,name,value,unit,low,high,source,as of,kind,sponsor,link,note".split(","))
USUAL_DRAWS = 1000
PERCENTILES = (10, 50, 90)


@checked
def workbook(scenario: Scenario | str | Path, path: str | Path, draws: int = USUAL_DRAWS, seed: int = 0) -> Path:
    """Write the workbook of a scenario; returns its path.

    Sheets: Inputs (each live one with label, unit, range, source and a name: `labour_engineer_rate`), Fixed inputs
    (what is not live, and why), Calendar, Constants, Learning, Calculations, Costs, Quantities, Outputs (names
    `total_<option>`, `npv_<option>`, `labour_hours_<option>`, `downtime_minutes_<option>`), Checks, Draws (values).
    The numbers are those of the point estimate. draws, seed: of the percentiles, which are values; 0: without them.
    Needs the extra `excel`. Raises InputError.
    """
    target = Path(path)
    content = workbook_content(scenario if isinstance(scenario, Scenario) else load_scenario(scenario), draws, seed)
    partial = Path(f"{target}.partial")
    try:
        if target.exists() and not target.is_file():  # a device or a pipe
            target.write_bytes(content)
        else:
            partial.write_bytes(content)
            partial.replace(target.resolve())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=str(target)) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return target


def workbook_content(stated: Scenario, draws: int = USUAL_DRAWS, seed: int = 0) -> bytes:
    """The content of the file of `workbook`. Raises InputError."""
    if find_spec("xlsxwriter") is None:
        raise InputError('a workbook needs the optional library XlsxWriter: pip install "tco[excel]"')
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    class Page(Worksheet):  # type: ignore[misc]
        """A sheet whose formulas are written as they are: the library looks for new functions in each, for a minute."""

        def _prepare_formula(self, formula: str, *_: Any) -> str:
            return formula.removeprefix("=")

    ledger = evaluate(stated)
    model = traced_model(stated)
    content, options = io.BytesIO(), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_calc_mode("auto")
        writer = _Writer(book, Page, model)
        writer.write(compare(ledger), calendar(stated), _percentiles(stated, draws, seed))
    return content.getvalue()


def _percentiles(scenario: Scenario, draws: int, seed: int) -> pd.DataFrame:
    """Option, measure, and the percentiles of draws; empty without draws."""
    if not draws:
        return pd.DataFrame()
    ledger = evaluate(scenario, monte_carlo(scenario, draws, seed))
    rows = []
    for measure in ("cost", "npv", LABOUR, DOWNTIME):
        values = ledger.total("option", measure)
        for option in ledger.options:
            numbers = np.percentile(values[option].to_numpy(float), PERCENTILES).tolist()
            rows.append([option, measure, *numbers])
    return pd.DataFrame(rows, columns=["option", "measure", *(f"P{share}" for share in PERCENTILES)])


class _Writer(ResultSheets):
    """Writes the sheets of one workbook, in the order in which formulas need their precedents' places."""

    def write(self, frame: pd.DataFrame, events: pd.DataFrame, percentiles: pd.DataFrame) -> None:
        """All sheets."""
        self._inputs()
        self._constants()
        tables = self._learning()
        self._calculations(tables)
        outputs = self._outputs()
        self._checks(frame, outputs)
        self._fixed()
        self._table(CALENDAR, "Calendar events, which are no live inputs: upgrades by option and group", events)
        note = "Values, not formulas: percentiles of Monte Carlo draws made by the engine, at the inputs as written"
        self._table(DRAWS, note, percentiles)
        self._cover()

    def _inputs(self) -> None:
        page = self._head(
            INPUTS, f"Live inputs of {self.scenario.name}: change a number in a coloured cell", ABOUT_INPUTS
        )
        cells = {name: cell for cell, name in self.graph.named.items()}
        live = set(self.model.live)
        names = [name for name in self.graph.named.values() if name in live or name in self.model.rows]
        for row, name in enumerate(sorted(names, key=lambda name: (name in self.model.rows, name)), FIRST_ROW):
            defined = self._named(f"price_{name}" if name in self.model.rows else name, f"{INPUTS}!$C${row + 1}")
            self._write_row(page, row, [self._label(name), name, None, *self._facts_of(name)])
            page.write_number(row, 2, float(self.graph.numbers[cells[name]]), self.formats["input"])
            assumption = name not in self.model.rows
            self.layout.spots[cells[name]] = Spot(INPUTS, row, 2, defined if assumption else "")
        page.set_column(6, 6, WIDE)

    def _label(self, name: str) -> str:
        row = self.model.rows.get(name)
        if row is None:
            return self.scenario.assumptions[name].label
        return f"Price: {row.item.replace('_', ' ')} {row.instance_class}".rstrip()

    def _facts_of(self, name: str) -> list[Any]:
        """Unit, low, high, source, as of, kind, sponsor, link, note."""
        row = self.model.rows.get(name)
        if row:
            seen = str(row.observed_on or "")
            return [f"USD/{row.unit}", None, None, row.source, seen, "published", "", row.link, row.note]
        entry = self.scenario.assumptions[name]
        low = [part.low for _, part in entry.ranges if part.low is not None]
        high = [part.high for _, part in entry.ranges if part.high is not None]
        source = entry.source
        ends = [min(low, default=None), max(high, default=None)]
        cited = [source.title, str(source.as_of), source.kind, source.sponsor, source.link]
        return [entry.unit, *ends, *cited, entry.note]

    def _constants(self) -> None:
        page = self._head(
            CONSTANTS, "Numbers that follow from the fleet, the calendar, sizes and bills, and are not changed here",
            ("what it is", "", "", "", "", "at all times"), time=True,
        )  # fmt: skip
        unused = [cell for cell, name in self.graph.named.items() if cell not in self.layout.spots]
        for cells in (*self.graph.constants, *(np.array(cell) for cell in unused)):
            if all(cell in self.layout.spots for cell in cells.ravel().tolist()):
                continue
            for row, row_cells in self.layout.place(CONSTANTS, cells):
                name = self.graph.named.get(row_cells[0], "")
                page.write_string(row, 0, name or ("by month" if len(row_cells) > 1 else "constant"))
                for cell in row_cells:
                    spot = self.layout.spots[cell]
                    value = self.graph.numbers[cell]
                    (page.write_boolean if isinstance(value, bool) else page.write_number)(row, spot.column, value)

    def _learning(self) -> dict[int, tuple[str, str, str]]:
        """Places for the sums of powers of each learning curve: whole counts, sums up to them, the next power."""
        steps = [step for step in self.graph.steps if step.operation == POWERS]
        exponents = {int(cell): None for step in steps for cell in step.read[1].flat}
        counts = [self.graph.numbers[int(cell)] for step in steps for cell in step.read[0].flat]
        self.longest = int(2 * max(counts, default=0)) + self.scenario.fleet_size + 2
        last = FIRST_ROW + self.longest
        self.exponents = list(exponents)
        whole = f"{LEARNING}!$A${FIRST_ROW + 1}:$A${last + 1}"
        tables = {}
        for place, cell in enumerate(exponents):
            sums, powers = (
                f"{LEARNING}!${name}${FIRST_ROW + 1}:${name}${last + 1}"
                for name in (column_name(1 + 2 * place), column_name(2 + 2 * place))
            )
            tables[cell] = (whole, sums, powers)
        return tables

    def _write_learning(self) -> None:
        """The sums, row by row: sum so far, and what one more repetition adds."""
        heads = [text for _ in self.exponents for text in ("sum of i^exponent", "next one")]
        page = self._head(LEARNING, "Learning curves: sums of i^exponent over repetitions i", ("repetitions", *heads))
        for place, cell in enumerate(self.exponents):
            exponent, power = self.layout.text(cell, LEARNING), float(self.graph.numbers[cell])
            sums, column = 0.0, 1 + 2 * place
            one = self.layout.text(self.one, LEARNING)
            for count in range(self.longest + 1):
                row = FIRST_ROW + count
                page.write_number(row, 0, count)
                if count == 0:
                    page.write_formula(row, column, f"={self.layout.text(self.zero, LEARNING)}", None, 0.0)
                else:
                    above = f"{column_name(column)}{row}+{column_name(column + 1)}{row}"
                    sums += float(count) ** power
                    page.write_formula(row, column, f"={above}", None, sums)
                following = f"=(A{row + 1}+{one})^{exponent}"
                page.write_formula(row, column + 1, following, None, float(count + 1) ** power)

    def _calculations(self, tables: dict[int, tuple[str, str, str]]) -> None:
        columns = ("what it is", "operation", "", "", "", "at all times")
        title = "Calculations, in the order of the model's"
        pages = {CALCULATIONS: self._head(CALCULATIONS, title, columns, time=True)}
        about = ("line", "option", "category", "phase", "unit", "total", "paid at start of month")
        for sheet, unit in ((QUANTITIES, "in their units"), (COSTS, "in USD")):
            pages[sheet] = self._head(sheet, f"{sheet} of the ledger's lines by month, {unit}", about, time=True)
        aside: tuple[str, TracedLine | None] = (CALCULATIONS, None)
        final: dict[bytes, tuple[str, TracedLine | None]] = {}
        for one in self.model.lines:
            final.setdefault(one.cost.cells.tobytes(), (COSTS, one))
            final.setdefault(one.quantity.cells.tobytes(), (QUANTITIES, one))
        waiting = []
        self.rows_of_lines: dict[str, list[tuple[int, TracedLine]]] = {COSTS: [], QUANTITIES: []}
        written: set[tuple[str, int]] = set()
        for step in self.graph.steps:
            alone = step.made.size == self.months > 1
            sheet, line = final.get(step.made.tobytes(), aside) if alone else aside
            for row, cells in self.layout.place(sheet, step.made):
                waiting.append((step, sheet, row, cells))
                if line is not None:
                    self.rows_of_lines[sheet].append((row, line))
                    written.add((sheet, id(line)))
                else:
                    pages[sheet].write_string(row, 0, step.place)
                    pages[sheet].write_string(row, 1, step.operation.replace("_", " "))
        for step, sheet, _, cells in waiting:
            places = {int(cell): place for place, cell in enumerate(step.made.flat)}
            for cell in cells:
                self._formula(pages[sheet], cell, self.layout.formula(step, places[cell], sheet, tables))
        for one in self.model.lines:
            for sheet, amount in ((COSTS, one.cost), (QUANTITIES, one.quantity)):
                if (sheet, id(one)) not in written:
                    self._link(pages[sheet], sheet, one, amount.cells.ravel().tolist())
        for sheet, rows in self.rows_of_lines.items():
            for row, one in rows:
                self._about(pages[sheet], sheet, row, one)
        self._write_learning()

    def _formula(self, page: Any, cell: int, text: str) -> None:
        spot = self.layout.spots[cell]
        page.write_formula(spot.row, spot.column, text, self.formats["number"], self.graph.numbers[cell])

    def _link(self, page: Any, sheet: str, line: TracedLine, cells: list[int]) -> None:
        row = self.layout.next_row.setdefault(sheet, FIRST_ROW)
        self.layout.next_row[sheet] = row + 1
        for month, cell in enumerate(cells):
            text = f"={self.layout.text(cell, sheet)}"
            page.write_formula(row, FIRST_MONTH + month, text, self.formats["number"], self.graph.numbers[cell])
        self.rows_of_lines[sheet].append((row, line))

    def _about(self, page: Any, sheet: str, row: int, traced: TracedLine) -> None:
        line, amount = traced.line, traced.cost if sheet == COSTS else traced.quantity
        phase = " ".join(part for part in (line.phase, line.role, line.release) if part != "none")
        unit = "USD" if sheet == COSTS else line.unit
        self._write_row(page, row, [line.line, line.option, line.category, phase, unit])
        first, last = (column_name(FIRST_MONTH + month) for month in (0, self.months - 1))
        total = float(amount.numbers.sum()) if amount.size == self.months else 0.0
        page.write_formula(row, 5, f"=SUM({first}{row + 1}:{last}{row + 1})", self.formats["number"], total)
        page.write_number(row, 6, float(line.at_start))

    def _fixed(self) -> None:
        title = "Inputs that are not live, at the values used, and why: tco workbook --set writes them anew"
        page = self._head(FIXED, title, (*ABOUT_INPUTS, "why"))
        for row, (path, why) in enumerate(sorted(self.model.fixed.items()), FIRST_ROW):
            if path in self.scenario.assumptions:
                entry = self.scenario.assumptions[path]
                self._write_row(page, row, [entry.label, path, entry.mean, *self._facts_of(path), why])
            else:
                price = self.model.rows[path].price
                self._write_row(page, row, [self._label(path), path, price, *self._facts_of(path), why])
        page.set_column(12, 12, WIDE)

    def _table(self, sheet: str, title: str, frame: pd.DataFrame) -> None:
        page = self._head(sheet, title, [str(name) for name in frame.columns])
        for row, entries in enumerate(frame.itertuples(index=False), FIRST_ROW):
            plain = [" > ".join(map(str, entry)) if isinstance(entry, list | tuple) else entry for entry in entries]
            numbers = [isinstance(entry, int | float) and entry == entry for entry in plain]
            self._write_row(page, row, [e if number else str(e) for e, number in zip(plain, numbers, strict=True)])

    def _cover(self) -> None:
        page = self.sheets[COVER]
        page.set_column(0, 0, 110)
        scenario = self.scenario
        lines = (
            f"{scenario.name}: total cost of ownership",
            " ".join(scenario.description.split()),
            f"tco {version('tco')}; prices of {scenario.prices_as_of}; {self.months} months from {scenario.start}.",
            "The numbers are the point estimate: every assumption at its mean, events at their expected number.",
            f"{INPUTS}: coloured cells may be changed; all follows by formula. {FIXED}: what may not, and why.",
            f"{CALCULATIONS}: one formula a row, written out from the model's own run, with its function there.",
            f"{COSTS}, {QUANTITIES}: the ledger's lines by month; kinds of release of labour are added together.",
            f"{OUTPUTS}: totals, present values, hours, minutes, paybacks. {CHECKS}: all must be TRUE after a change.",
            f"{DRAWS}: the only results that do not follow from the inputs here.",
        )
        for row, text in enumerate(lines):
            page.write_string(row, 0, str(spreadsheet_cell(text)), self.formats["title" if row == 0 else "wrap"])
        page.activate()

"""A workbook whose formulas are those of the model: inputs, calculations, outputs and checks on sheets of their own.

The model runs once on arrays that remember their formulas (`tracing`), and every formula is written out as it was
computed, so that the sheets cannot differ from the model by hand. The layout is that of the FAST standard: time across,
one formula a row, no number inside a formula, label, unit and source beside each input, no macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tco.analysis.comparison import compare
from tco.analysis.schedule import calendar
from tco.audit.sheets import (
    CALCULATIONS,
    CONSTANT_COLUMN,
    CONSTANTS,
    FIRST_MONTH,
    FIRST_ROW,
    INPUTS,
    Layout,
    Spot,
    column_name,
    distinct_guards,
)
from tco.audit.traced_model import TracedLine, TracedModel, traced_model
from tco.audit.tracing import POWERS
from tco.errors import InputError
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.formats import spreadsheet_cell
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.sampling.monte_carlo import monte_carlo
from tco.scenario.scenario import Scenario
from tco.units import MONTHS_PER_YEAR

COSTS, QUANTITIES, OUTPUTS, CHECKS, LEARNING = "Costs", "Quantities", "Outputs", "Checks", "Learning"
FIXED, CALENDAR, DRAWS, COVER = "Fixed inputs", "Calendar", "Draws (values)", "Read me"
SHEETS = (
    *(COVER, INPUTS, FIXED, CALENDAR, CONSTANTS, LEARNING, CALCULATIONS),
    *(QUANTITIES, COSTS, OUTPUTS, CHECKS, DRAWS),
)
ABOUT_INPUTS = tuple("label,name,value,unit,low,high,source,as of,kind,sponsor,link,note".split(","))
USUAL_DRAWS = 1000
PERCENTILES = (10, 50, 90)
WIDE, NARROW = 44, 14
CLOSE = 0.01
"""USD: sums that differ by less are equal."""


def workbook(scenario: Scenario | str | Path, path: str | Path, draws: int = USUAL_DRAWS, seed: int = 0) -> Path:
    """Write the workbook of a scenario; returns its path.

    Sheets: Inputs (each live one with label, unit, range, source and a name: `labour_engineer_rate`), Fixed inputs
    (what is not live, and why), Calendar, Constants, Learning, Calculations, Costs, Quantities, Outputs (names
    `total_<option>`, `npv_<option>`, `labour_hours_<option>`, `downtime_minutes_<option>`), Checks, Draws (values).
    The numbers are those of the point estimate. draws, seed: of the percentiles, which are values; 0: without them.
    Needs the extra `excel`. Raises InputError.
    """
    if find_spec("xlsxwriter") is None:
        raise InputError('a workbook needs the optional library XlsxWriter: pip install "tco[excel]"')
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    class Page(Worksheet):  # type: ignore[misc]
        """A sheet whose formulas are written as they are: the library looks for new functions in each, for a minute."""

        def _prepare_formula(self, formula: str, *_: Any) -> str:
            return formula.removeprefix("=")

    stated = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    ledger = evaluate(stated)
    model = traced_model(stated)
    target = Path(path)
    with xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_calc_mode("auto")
        writer = _Writer(book, Page, model)
        writer.write(compare(ledger), calendar(stated), _percentiles(stated, draws, seed))
    return target


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


def _summed(rows: Iterable[Any], months: int) -> Any:
    """The sum of rows of months; zeros without any."""
    return sum(rows, np.zeros(months))


def name_of(path: str) -> str:
    """The defined name of an input or output.

    >>> name_of("labour.engineer_rate"), name_of("npv_on demand")
    ('labour_engineer_rate', 'npv_on_demand')
    """
    return re.sub(r"\W", "_", path)


class _Writer:
    """Writes the sheets of one workbook, in the order in which formulas need their precedents' places."""

    def __init__(self, book: Any, page_class: Any, model: TracedModel):
        self.book, self.model, self.graph = book, model, model.graph
        self.scenario = model.scenario
        self.months = self.scenario.months
        self.layout = Layout(self.graph, self.months)
        self.one, self.zero, self.twelve, self.close = (
            int(self.graph.constant(number).cells.item()) for number in (1.0, 0.0, MONTHS_PER_YEAR, CLOSE)
        )
        self.sheets = {name: book.add_worksheet(name, page_class) for name in SHEETS}
        formats = {
            "head": {"bold": True, "bg_color": "#DDE6EE"}, "title": {"bold": True, "font_size": 14},
            "input": {"font_color": "#0000CC", "bg_color": "#FFF8DC"}, "number": {"num_format": "#,##0.00"},
            "wrap": {"text_wrap": True, "valign": "top"}, "total": {"bold": True, "num_format": "#,##0.00", "top": 1},
        }  # fmt: skip
        self.formats = {name: book.add_format(entries) for name, entries in formats.items()}

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

    def _head(self, sheet: str, title: str, columns: Sequence[str], time: bool = False) -> Any:
        """The title, the names of columns and, with time, the months."""
        page = self.sheets[sheet]
        page.write_string(0, 0, title, self.formats["title"])
        for column, name in enumerate(columns):
            page.write_string(FIRST_ROW - 1, column, name, self.formats["head"])
        page.set_column(0, 0, WIDE)
        page.set_column(1, max(len(columns), CONSTANT_COLUMN), NARROW)
        if time:
            page.write_string(1, 0, "month")
            for number, period in enumerate((*self.scenario.periods, "after")):
                page.write_string(FIRST_ROW - 1, FIRST_MONTH + number, period, self.formats["head"])
                page.write_number(1, FIRST_MONTH + number, number + 1)
        page.freeze_panes(FIRST_ROW, FIRST_MONTH if time else 1)
        return page

    def _inputs(self) -> None:
        page = self._head(
            INPUTS, f"Live inputs of {self.scenario.name}: change a number in a coloured cell", ABOUT_INPUTS
        )
        cells = {name: cell for cell, name in self.graph.named.items()}
        live = set(self.model.live)
        names = [name for name in self.graph.named.values() if name in live or name in self.model.rows]
        for row, name in enumerate(sorted(names, key=lambda name: (name in self.model.rows, name)), FIRST_ROW):
            defined = name_of(f"price_{name}" if name in self.model.rows else name)
            self._write_row(page, row, [self._label(name), name, None, *self._facts_of(name)])
            page.write_number(row, 2, float(self.graph.numbers[cells[name]]), self.formats["input"])
            self.book.define_name(defined, f"={INPUTS}!$C${row + 1}")
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

    def _write_row(self, page: Any, row: int, entries: Iterable[Any]) -> None:
        for column, entry in enumerate(entries):
            if entry is None or entry == "":
                continue
            if isinstance(entry, int | float) and not isinstance(entry, bool):
                page.write_number(row, column, entry)
            else:
                page.write_string(row, column, str(spreadsheet_cell(str(entry))))

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

    def _outputs(self) -> dict[str, int]:
        """The rows of results by month and in all. Returns the row of each option's total cost."""
        columns = ("result", "option", "unit", "", "", "in all")
        page = self._head(OUTPUTS, f"Results of {self.scenario.name}", columns, time=True)
        rate_cell, rate = int(self.model.discount_rate.cells.item()), float(self.model.discount_rate.numbers.item())
        r, one, twelve = (self.layout.text(cell, OUTPUTS) for cell in (rate_cell, self.one, self.twelve))
        number = np.arange(self.months) + 1.0
        self._next = FIRST_ROW
        factors = []
        for when, exponent, elapsed in (("end", "-{0}$2", number), ("start", f"({one}-{{0}}$2)", number - 1)):
            values = (1 + rate) ** (-elapsed / MONTHS_PER_YEAR)
            text = f"=({one}+{r})^({exponent}/{twelve})"
            labels = [f"discount factor, {when} of month", "", "1"]
            factors.append((self._time_row(page, labels, text.format, values), values))
        results = {option: self._of_option(page, option, factors) for option in self.scenario.options}
        self._paybacks(page, results)
        return {option: cost for option, ((cost, _), _) in results.items()}

    def _of_option(self, page: Any, option: str, factors: Sequence[tuple[int, Any]]) -> Sequence[tuple[int, Any]]:
        """Results of an option by month: the rows of its cost and present value, with their numbers."""
        own = [line for line in self.model.lines if line.line.option == option]
        paid = []
        for when, flag, cell in (("end", False, self.zero), ("start", True, self.one)):
            values = _summed((one.cost.numbers for one in own if one.line.at_start is flag), self.months)
            conditions = {"B": f"$B{self._next + 1}", "G": self.layout.text(cell, OUTPUTS)}
            labels = [f"cost paid at the {when} of the month", option, "USD"]
            paid.append((self._time_row(page, labels, self._sumifs(COSTS, conditions), values), values))
        both = [row + 1 for row, _ in paid]
        cost = paid[0][1] + paid[1][1]
        text = f"={{0}}{both[0]}+{{0}}{both[1]}"
        found = [(self._time_row(page, ["total cost", option, "USD"], text.format, cost, f"total_{option}"), cost)]
        present = paid[0][1] * factors[0][1] + paid[1][1] * factors[1][1]
        text = f"={{0}}{both[0]}*{{0}}${factors[0][0] + 1}+{{0}}{both[1]}*{{0}}${factors[1][0] + 1}"
        labels = ["present value", option, "USD"]
        found.append((self._time_row(page, labels, text.format, present, f"npv_{option}"), present))
        for unit in (LABOUR, DOWNTIME):
            values = _summed((one.quantity.numbers for one in own if one.line.unit == unit), self.months)
            conditions = {"B": f"$B{self._next + 1}", "E": f"$C{self._next + 1}"}
            of_month = self._sumifs(QUANTITIES, conditions)
            name = {LABOUR: "labour_hours", DOWNTIME: "downtime_minutes"}[unit]
            self._time_row(page, [name.replace("_", " "), option, unit], of_month, values, f"{name}_{option}")
        return found

    def _time_row(self, page: Any, labels: list[str], text: Callable[[str], str], values: Any, name: str = "") -> int:
        """One row with the same formula in each month, and its sum under a name, where it has one."""
        row = self._next
        self._write_row(page, row, labels)
        for month in range(self.months):
            column = FIRST_MONTH + month
            page.write_formula(row, column, text(column_name(column)), self.formats["number"], float(values[month]))
        if name:
            first, last = (column_name(FIRST_MONTH + month) for month in (0, self.months - 1))
            text_of_sum = f"=SUM({first}{row + 1}:{last}{row + 1})"
            page.write_formula(row, CONSTANT_COLUMN, text_of_sum, self.formats["total"], float(np.sum(values)))
            self._define(name)
        self._next += 1
        return row

    def _sumifs(self, sheet: str, conditions: dict[str, str]) -> Callable[[str], str]:
        """The sum over a month of the rows of a sheet that fulfil conditions, by column of the month."""
        first, last = FIRST_ROW + 1, self.layout.next_row.get(sheet, FIRST_ROW) + 1
        parts = [f"{sheet}!${name}${first}:${name}${last},{value}" for name, value in conditions.items()]
        return f"=SUMIFS({sheet}!{{0}}${first}:{{0}}${last},{','.join(parts)})".format

    def _paybacks(self, page: Any, results: dict[str, Sequence[tuple[int, Any]]]) -> None:
        """What each option costs above the reference since the start, and when it has paid for itself."""
        reference = self.scenario.reference_option
        first, last = (column_name(FIRST_MONTH + month) for month in (0, self.months - 1))
        zero, one = (self.layout.text(cell, OUTPUTS) for cell in (self.zero, self.one))
        for option in self.scenario.options:
            for kind, own, base in zip(("", "discounted "), results[option], results[reference], strict=True):
                if option == reference:
                    continue
                extra, above, below = np.cumsum(own[1] - base[1]), own[0] + 1, base[0] + 1
                text = f"=SUM(${first}{above}:{{0}}{above})-SUM(${first}{below}:{{0}}{below})"
                labels = [f"{kind}cost above {reference} since the start", option, "USD"]
                total = self._time_row(page, labels, text.format, extra) + 1
                behind = np.where(extra > 0, np.arange(self.months) + 1.0, 0.0)
                text = f"=IF({{0}}{total}>{zero},{{0}}$2,{zero})"
                marks = (
                    self._time_row(page, ["month, where more has been spent", option, "month"], text.format, behind) + 1
                )
                span = f"{first}{marks}:{last}{marks}"
                never = f"OR({last}{total}>{zero},SUMSQ({first}{total}:{last}{total})={zero})"
                formula = f'=IF({never},"",IF(MAX({span})={zero},{zero},MAX({span})+{one}))'
                months = "" if extra[-1] > 0 or not extra.any() else behind.max() + 1 if behind.max() else 0.0
                self._write_row(page, self._next, [f"{kind}payback (blank: never)", option, "month"])
                page.write_formula(self._next, CONSTANT_COLUMN, formula, self.formats["total"], months)
                self._define(f"{kind.strip()}_payback_months_{option}".strip("_"))
                self._next += 1

    def _define(self, name: str) -> None:
        """Name the cell of the row that is being written."""
        self.book.define_name(name_of(name), f"={OUTPUTS}!${column_name(CONSTANT_COLUMN)}${self._next + 1}")

    def _checks(self, frame: pd.DataFrame, outputs: dict[str, int]) -> None:
        """What must be true: categories add up, no branch of the model would have been taken otherwise, no errors."""
        page = self._head(CHECKS, "Checks: each must be TRUE", ("check", "", "", "", "", "holds"))
        row = FIRST_ROW
        close, column = self.layout.text(self.close, CHECKS), column_name(CONSTANT_COLUMN)
        last = self.layout.next_row.get(COSTS, FIRST_ROW) + 1
        for option, total in outputs.items():
            whole = f"{OUTPUTS}!${column}${total + 1}"
            totals, options = (f"{COSTS}!${name}${FIRST_ROW + 1}:${name}${last}" for name in ("F", "B"))
            listed = f"SUMIFS({totals},{options},{OUTPUTS}!$B${total + 1})"
            for what, text in (
                (f"{option}: lines add up to the total", f"=ABS({whole}-{listed})<{close}"),
                (f"{option}: no error in the total", f"=NOT(ISERROR({whole}))"),
            ):
                page.write_string(row, 0, what)
                page.write_formula(row, CONSTANT_COLUMN, text, None, True)
                row += 1
        for guard in distinct_guards(self.graph, self.model.live):
            page.write_string(row, 0, "the model takes the same way with these inputs")
            page.write_formula(row, CONSTANT_COLUMN, self.layout.kept(guard, self.zero, CHECKS), None, True)
            row += 1
        spans = f"{column}{FIRST_ROW + 1}:{column}{row}"
        page.write_string(row, 0, "all of them", self.formats["head"])
        page.write_formula(row, CONSTANT_COLUMN, f"=AND({spans})", self.formats["total"], True)
        self.book.define_name("all_checks", f"={CHECKS}!${column}${row + 1}")
        page.write_string(row + 2, 0, "What the engine computed for the inputs as written (values):")
        for offset, entry in enumerate(frame.to_dict("records"), row + 3):
            page.write_string(offset, 0, f"{entry['option']}: total, present value, labour hours, downtime minutes")
            for place, measure in enumerate(("total", "npv", "labour_hours", "downtime_minutes")):
                page.write_number(offset, 1 + place, float(entry[measure]))

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

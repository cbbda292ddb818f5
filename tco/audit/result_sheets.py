"""The sheets of results of a workbook: outputs by month, paybacks, and the checks that must hold after a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tco.audit.sheets import (
    CALCULATIONS,
    CONSTANT_COLUMN,
    CONSTANTS,
    FIRST_MONTH,
    FIRST_ROW,
    INPUTS,
    Layout,
    column_name,
    distinct_guards,
)
from tco.audit.traced_model import TracedModel
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.formats import spreadsheet_cell
from tco.units import MONTHS_PER_YEAR

COSTS, QUANTITIES, OUTPUTS, CHECKS, LEARNING = "Costs", "Quantities", "Outputs", "Checks", "Learning"
FIXED, CALENDAR, DRAWS, COVER = "Fixed inputs", "Calendar", "Draws (values)", "Read me"
SHEETS = (
    *(COVER, INPUTS, FIXED, CALENDAR, CONSTANTS, LEARNING, CALCULATIONS),
    *(QUANTITIES, COSTS, OUTPUTS, CHECKS, DRAWS),
)
WIDE, NARROW = 44, 14
CLOSE = 0.01
"""USD: sums that differ by less are equal."""


def _summed(rows: Iterable[Any], months: int) -> Any:
    """The sum of rows of months; zeros without any."""
    return sum(rows, np.zeros(months))


def name_of(path: str) -> str:
    """The defined name of an input or output.

    >>> name_of("labour.engineer_rate"), name_of("npv_on demand")
    ('labour_engineer_rate', 'npv_on_demand')
    """
    return re.sub(r"\W", "_", path)


class ResultSheets:
    """The pages of a workbook, and those among them that hold results; what results follow from is written before."""

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
        self._names: set[str] = set()
        self.formats = {name: book.add_format(entries) for name, entries in formats.items()}

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

    def _write_row(self, page: Any, row: int, entries: Iterable[Any]) -> None:
        for column, entry in enumerate(entries):
            if entry is None or entry == "":
                continue
            if isinstance(entry, int | float) and not isinstance(entry, bool):
                page.write_number(row, column, entry)
            else:
                page.write_string(row, column, str(spreadsheet_cell(str(entry))))

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
        rows_of_option = [
            (self._time_row(page, ["total cost", option, "USD"], text.format, cost, f"total_{option}"), cost)
        ]
        present = paid[0][1] * factors[0][1] + paid[1][1] * factors[1][1]
        text = f"={{0}}{both[0]}*{{0}}${factors[0][0] + 1}+{{0}}{both[1]}*{{0}}${factors[1][0] + 1}"
        labels = ["present value", option, "USD"]
        rows_of_option.append((self._time_row(page, labels, text.format, present, f"npv_{option}"), present))
        for unit in (LABOUR, DOWNTIME):
            values = _summed((one.quantity.numbers for one in own if one.line.unit == unit), self.months)
            conditions = {"B": f"$B{self._next + 1}", "E": f"$C{self._next + 1}"}
            of_month = self._sumifs(QUANTITIES, conditions)
            name = {LABOUR: "labour_hours", DOWNTIME: "downtime_minutes"}[unit]
            self._time_row(page, [name.replace("_", " "), option, unit], of_month, values, f"{name}_{option}")
        return rows_of_option

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
        self._named(name, f"{OUTPUTS}!${column_name(CONSTANT_COLUMN)}${self._next + 1}")

    def _named(self, name: str, place: str) -> str:
        """Name a cell, with a number where another has the name; Excel does not tell capitals from small letters."""
        plain = unique_name = name_of(name)
        number = 1
        while unique_name.lower() in self._names:
            number += 1
            unique_name = f"{plain}_{number}"
        self._names.add(unique_name.lower())
        self.book.define_name(unique_name, f"={place}")
        return unique_name

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
        self._named("all_checks", f"{CHECKS}!${column}${row + 1}")
        page.write_string(row + 2, 0, "What the engine computed for the inputs as written (values):")
        for offset, entry in enumerate(frame.to_dict("records"), row + 3):
            page.write_string(offset, 0, f"{entry['option']}: total, present value, labour hours, downtime minutes")
            for place, measure in enumerate(("total", "npv", "labour_hours", "downtime_minutes")):
                page.write_number(offset, 1 + place, float(entry[measure]))

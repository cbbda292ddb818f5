"""The files of a whole batch, written when all its reports have been tried: page, table of results, journal."""

from __future__ import annotations

from tco.batches import results_table
from tco.batches.destinations import JOURNAL, Destination
from tco.batches.index_page import portfolio
from tco.batches.journal import Journal
from tco.batches.plan import Plan
from tco.batches.progress import Progress

INDEX = "index.html"


def write_summary(plan: Plan, journal: Journal, destination: Destination, progress: Progress) -> None:
    """Write the page, the results and last the journal in the order of the plan; the same for the same entries."""
    names = results_table.columns(plan)
    table = list(results_table.rows(plan, journal))
    destination.write_file(results_table.CSV, results_table.as_csv(names, table))
    parquet = results_table.writes_parquet()
    if parquet:
        destination.write_file(results_table.PARQUET, results_table.as_parquet(names, table))
    else:
        destination.remove_file(results_table.PARQUET)
        progress.note(f'{results_table.PARQUET} is left out: it needs pip install "tco[parquet]"')
    destination.write_file(INDEX, portfolio(plan, journal, parquet).encode())
    lines = journal.lines(report.name for report in plan.reports)
    destination.write_file(JOURNAL, ("\n".join(lines) + "\n").encode())

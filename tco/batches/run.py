"""Runs a batch: makes the missing reports, writes each result to the journal at once, and the summary files last."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

from tco.batches.destinations import JOURNAL, Destination
from tco.batches.executors import Events, Executor, Started
from tco.batches.journal import BatchResult, Journal, ReportResult, entry_line, read_journal
from tco.batches.plan import Plan, PlannedReport
from tco.batches.progress import Progress
from tco.batches.summary_files import write_summary
from tco.report.parameters import day_text
from tco.report.task import with_chart_checks


def run_batch(
    plan: Plan,
    destination: Destination,
    executor: Executor,
    progress: Progress,
    *,
    today: str = "",
    fresh: bool = False,
) -> BatchResult:
    """Make the reports of the plan that are missing, and write the summary files.

    A report is kept if the journal says that it was made from the same inputs and its files are unchanged. today: the
    date printed on the reports; default: the date on which the batch was first started. fresh: make every report again.
    Reports of combinations that are no longer in the plan stay as they are and are listed in the result.
    Raises InputError before anything is written if an input is wrong, and OSError if the journal cannot be written.
    """
    began = time.monotonic()
    journal, missing = _missing(plan, read_journal(destination.read_journal()), None, today, fresh)
    plan.check(missing)
    with destination.opened():
        read = read_journal(destination.read_journal())
        journal, missing = _missing(plan, read, destination, today, fresh)
        progress({"event": "planned", "reports": len(plan.reports), "to_make": len(missing)})
        if read.unread:
            lines = f"{read.unread:,} line{'s' * (read.unread > 1)} of {JOURNAL}"
            progress({"event": "note", "text": f"{lines} cannot be read and counted for nothing"})
        results: dict[str, ReportResult] = {}
        others: Sequence[str] = ()
        stopped = ""
        if missing:
            destination.append_to_journal(journal.header)
            tasks = with_chart_checks(plan.task(report, journal.today) for report in missing)
            with closing(executor.run(tasks, destination)) as events:
                stopped = _record(events, results, destination, progress)
            journal.results |= results
        if not stopped:
            journal.ended = True
            write_summary(plan, journal, destination, progress)
            others = destination.other_reports({report.name for report in plan.reports})
    batch_result = BatchResult(
        results=tuple(results[report.name] for report in missing if report.name in results),
        kept=len(plan.reports) - len(missing),
        stopped=stopped,
        seconds=time.monotonic() - began,
        others=tuple(others),
    )
    progress(batch_result.event())
    return batch_result


def _missing(
    plan: Plan, journal: Journal, destination: Destination | None, today: str, fresh: bool
) -> tuple[Journal, list[PlannedReport]]:
    """The journal to go on with, and the reports to make.

    If a destination is given, reports whose files are missing or changed there are included.
    """
    resumes = journal.name == plan.batch.name and not journal.ended
    day = day_text(today or (journal.today if resumes else ""))
    missing = []
    for report in plan.reports:
        result = journal.results.get(report.name)
        done = not fresh and result is not None and result.made and result.key == plan.task(report, day).key
        if done and destination is not None and result is not None:
            done = destination.holds_report(report.name, result.files)
        if not done:
            missing.append(report)
    return Journal(plan.batch.name, day, False, journal.results), missing


def _record(events: Events, results: dict[str, ReportResult], destination: Destination, progress: Progress) -> str:
    """Add each result to `results` and the journal file; returns the reason if the run must stop early."""
    for event in events:
        if isinstance(event, Started):
            progress({"event": "started", "name": event.name})
            continue
        if event.stop:
            return event.stop
        results[event.name] = event
        destination.append_to_journal(entry_line(event))
        progress(event.event())
    return ""

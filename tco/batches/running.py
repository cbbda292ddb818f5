"""Running a batch: what is missing is made, every end is written down at once, and the whole is summed up last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

from tco.batches.destinations import Destination
from tco.batches.journal import Journal, entry_line, read_journal
from tco.batches.outcomes import Executor, Started
from tco.batches.plan import Plan, Planned
from tco.batches.progress import Finished, Progress
from tco.batches.summing_up import write_summary
from tco.report.parameters import day_text
from tco.report.task import Task


def run(
    plan: Plan,
    destination: Destination,
    executor: Executor,
    progress: Progress,
    *,
    today: str = "",
    fresh: bool = False,
) -> Finished:
    """Make what is missing of the plan's reports and sum all up.

    A report is kept when the journal says that it was made of the same inputs and its files are unchanged. today:
    the day the reports bear; default: the day on which the batch was begun. fresh: make every report again. What is
    there of combinations that are no longer in the plan is left as it is, and told.
    Raises InputError before anything is written when an input is wrong, and OSError when the journal cannot be written.
    """
    began = time.monotonic()
    journal, missing = _due(plan, read_journal(destination.read_journal()), None, today, fresh)
    plan.check(missing)
    with destination.opened():
        journal, missing = _due(plan, read_journal(destination.read_journal()), destination, today, fresh)
        progress.planned(len(plan.reports), len(missing))
        stopped = ""
        others: Sequence[str] = ()
        if missing:
            destination.append_to_journal(journal.header)
            stopped = _make(missing, plan, journal, destination, executor, progress)
        if not stopped:
            journal.ended = True
            write_summary(plan, journal, destination, progress)
            others = destination.other_reports({report.name for report in plan.reports})
    finished = _finished(plan, journal, missing, stopped, others, time.monotonic() - began)
    progress.ended(finished)
    return finished


def _due(
    plan: Plan, journal: Journal, destination: Destination | None, today: str, fresh: bool
) -> tuple[Journal, list[Planned]]:
    """The journal ready to go on, and the reports that are to be made.

    Where a destination is given to look at, those whose files are lost or changed are among them.
    """
    goes_on = journal.name == plan.batch.name and not journal.ended
    day = day_text(today or (journal.today if goes_on else ""))
    missing = []
    for report in plan.reports:
        entry = journal.entries.get(report.name)
        done = not fresh and entry is not None and entry.made and entry.key == plan.task(report, day).key
        if done and destination is not None and entry is not None:
            done = destination.holds_report(report.name, entry.files)
        if not done:
            missing.append(report)
    return Journal(plan.batch.name, day, False, journal.entries), missing


def _make(
    missing: Sequence[Planned],
    plan: Plan,
    journal: Journal,
    destination: Destination,
    executor: Executor,
    progress: Progress,
) -> str:
    """Make the reports, writing each end down; gives the reason where the run had to stop early."""
    tasks: Iterator[Task] = (plan.task(report, journal.today) for report in missing)
    with closing(executor.run(tasks, destination)) as events:
        for event in events:
            if isinstance(event, Started):
                progress.started(event.name)
                continue
            if event.stop:
                return event.stop
            journal.entries[event.name] = event
            destination.append_to_journal(entry_line(event))
            progress.finished(event)
    return ""


def _finished(
    plan: Plan, journal: Journal, missing: Sequence[Planned], stopped: str, others: Sequence[str], seconds: float
) -> Finished:
    entries = [journal.entries[report.name] for report in missing if report.name in journal.entries]
    return Finished(
        made=sum(entry.made for entry in entries),
        kept=len(plan.reports) - len(missing),
        failures=tuple((entry.name, entry.reason) for entry in entries if not entry.made),
        stopped=stopped,
        seconds=seconds,
        others=tuple(others),
    )

"""An upgrade plan for other tools: a calendar file, tables for issue trackers, Markdown.

An event's identifier is made of scenario, cluster and versions, and its sequence of the time of writing, so that
importing a later plan moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pandas as pd

from tco.units import SECONDS_PER_HOUR

REMINDERS_DAYS = (7, 1)
LINE_OCTETS = 75
"""The longest line of a calendar file: https://www.rfc-editor.org/rfc/rfc5545#section-3.1"""


def as_ics(plan: pd.DataFrame, name: str, written: datetime | None = None) -> str:
    """The cut-overs as an iCalendar file, one event each, with reminders a week and a day before.

    An event lasts as long as its maintenance window, in the local time of the calendar's reader. Where no window states
    hours, it lasts all day. name: of the scenario. written: when, now unless given; calendars keep the latest.
    """
    moment = (written or datetime.now(UTC)).astimezone(UTC)
    stamp, sequence = f"{moment:%Y%m%dT%H%M%SZ}", int(moment.timestamp())
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tco//upgrade plan//EN", f"X-WR-CALNAME:{_text(name)}"]
    for row in plan.to_dict("records"):
        day: datetime = row["cut_over"]
        what = _title(row)
        details = (
            f"Work begins {row['start']:%Y-%m-%d}; free patches end {row['deadline']:%Y-%m-%d}; "
            f"{row['labour_hours']:,.0f} hours; {row['downtime_minutes']:,.0f} minutes of downtime."
        )
        lines += [
            "BEGIN:VEVENT", f"UID:{identifier(name, row)}@tco", f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}",
            f"SEQUENCE:{sequence}", *_when(day, row["window"]),
            f"SUMMARY:{_text(what + (' (forced)' if row['forced'] else ''))}", f"DESCRIPTION:{_text(details)}",
        ]  # fmt: skip
        for days in REMINDERS_DAYS:
            lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D", f"DESCRIPTION:{_text(what)}",
                      "END:VALARM"]  # fmt: skip
        lines.append("END:VEVENT")
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _when(day: datetime, window: str) -> tuple[str, str]:
    """When an event begins and ends: within hours such as `22:00-04:00`, or all day."""
    if not window:
        return f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
    begin, end = window.split("-")
    last = day if end > begin else day + timedelta(days=1)
    return f"DTSTART:{day:%Y%m%d}T{begin.replace(':', '')}00", f"DTEND:{last:%Y%m%d}T{end.replace(':', '')}00"


def identifier(name: str, row: Mapping[Any, Any]) -> str:
    """The same for the same upgrade of a cluster in every plan of a scenario."""
    key = "\0".join(map(str, (name, row["cluster"], row["from_version"], row["to_version"])))
    return sha256(key.encode()).hexdigest()[:32]


def as_issues(plan: pd.DataFrame, name: str) -> pd.DataFrame:
    """The cut-overs as a table that Jira imports: one issue each, dates as yyyy-MM-dd and estimates in seconds.

    Its importer wants headings without punctuation and a column `Summary`, and reads estimates as seconds:
    https://confluence.atlassian.com/adminjiracloud/importing-data-from-csv-776636762.html
    """
    rows = plan.to_dict("records")
    seconds = plan["labour_hours"] * SECONDS_PER_HOUR
    return pd.DataFrame(
        {
            "Summary": [_title(row) for row in rows],
            "Description": [_details(row) for row in rows],
            "Issue Type": "Task",
            "Start date": [f"{row['start']:%Y-%m-%d}" for row in rows],
            "Due date": [f"{row['cut_over']:%Y-%m-%d}" for row in rows],
            "Original estimate": seconds.round().astype(int).to_numpy(),
            "Labels": [_label(row["group"]) for row in rows],
            "External issue ID": [identifier(name, row) for row in rows],
        }
    )


def as_linear_issues(plan: pd.DataFrame) -> pd.DataFrame:
    """The cut-overs as a table with the columns of Linear's own exports, which its importer reads: one issue each.

    It reads no dates of plans and takes estimates for points, so that both are said in the description:
    https://github.com/linear/linear/tree/master/packages/import
    """
    rows = plan.to_dict("records")
    return pd.DataFrame(
        {
            "Title": [_title(row) for row in rows],
            "Description": [
                f"Work begins {row['start']:%Y-%m-%d}; cut-over {row['cut_over']:%Y-%m-%d}; "
                f"{row['labour_hours']:,.0f} hours. {_details(row)}" for row in rows
            ],
            "Priority": "No priority",
            "Status": "Todo",
            "Assignee": "",
            "Labels": [_label(row["group"]) for row in rows],
        }
    )  # fmt: skip


def _title(row: Mapping[Any, Any]) -> str:
    return f"Upgrade {row['cluster']} from {row['from_version']} to {row['to_version']}"


def _details(row: Mapping[Any, Any]) -> str:
    return (
        f"Free patches end {row['deadline']:%Y-%m-%d}; {row['downtime_minutes']:,.0f} minutes of downtime; "
        f"{'forced by the vendor' if row['forced'] else 'planned'}."
    )


def _label(group: str) -> str:
    """A group's name as one label: Jira parts labels at blanks, Linear at commas."""
    return "_".join(group.replace(",", " ").split())


def as_markdown(plan: pd.DataFrame) -> str:
    """The plan as a Markdown table."""
    lines = ["| cut-over | cluster | from | to | work begins | deadline | slack, days | hours | slip cost, USD |",
             "|---|---|---|---|---|---|--:|--:|--:|"]  # fmt: skip
    lines.extend(
        f"| {row['cut_over']:%Y-%m-%d} | {row['cluster']}{' (forced)' if row['forced'] else ''} | "
        f"{row['from_version']} | {row['to_version']} | {row['start']:%Y-%m-%d} | {row['deadline']:%Y-%m-%d} | "
        f"{row['slack_days']:,} | {row['labour_hours']:,.0f} | {row['slip_cost']:,.0f} |"
        for row in plan.to_dict("records")
    )
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """A text as a calendar file has it."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """A line in parts of at most 75 octets, each but the first after a blank."""
    parts, part = list[str](), ""
    for character in line:
        if len((part + character).encode()) > LINE_OCTETS - 1:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])

"""When a policy moves a cluster, and which of the versions within reach it moves to.

| policy | moves | to |
|---|---|---|
| `newest` | at the end of free patches | the newest release |
| `settled` | at the end of free patches | the newest that is twelve months old, else the newest |
| `smallest` | at the end of free patches | the oldest that is still patched |
| `asap:N` | N months after each release | the newest that is N months old |
| `every:N` | N months after the last upgrade | the newest |
| `extended_support` | at the end of paid support; where none is sold, when the vendor forces it | the newest |
| `never` | when the vendor forces it | what the vendor says, else the oldest that is supported for a year more |
| `successor` | as soon as work can be done, then at the end of free patches | the engine that follows (Redis: Valkey) |

Under every policy the vendor moves what has not moved when all support ends, to what it chooses. Where AWS has not said
which version that is, it is "the next supported major engine version" of
https://docs.amazonaws.cn/en_us/AmazonRDS/latest/UserGuide/extended-support.html.

A policy that moves on days of its own (`asap`, `every`) still meets the end of free patches where that comes first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from tco.catalog.releases import Release
from tco.catalog.versions import months_after
from tco.errors import InputError, unknown

SETTLED_MONTHS = 12
"""A release this old has had its first year of fixes."""
WAITING_POLICIES = frozenset({"never", "extended_support"})
"""Under these a team waits for the vendor, or for the end of what can be paid for."""
POLICIES = ("newest", "settled", "smallest", "asap:N", "every:N", "extended_support", "never", "successor")
_LONGEST_MONTHS = 1200
_WITH_MONTHS = re.compile(r"(asap|every):(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy by name; `months` is the N of `asap:N` and `every:N`, 0 for the others."""

    name: str
    months: int = 0

    def choice(self, targets: Sequence[Release], day: date) -> Release | None:
        """The one of `targets` (patched and within reach on `day`, oldest first) to move to at a deadline."""
        if not targets or self.name == "smallest":
            return targets[0] if targets else None
        months = {"settled": SETTLED_MONTHS, "asap": self.months}.get(self.name)
        return (months is not None and self._newest_aged(targets, day, months)) or targets[-1]

    def choice_on_own_day(self, targets: Sequence[Release], day: date) -> Release | None:
        """The one of `targets` that the policy moves to on a day of its own, None where there is no reason to."""
        if self.name == "asap":
            return self._newest_aged(targets, day, self.months)
        return targets[-1] if targets and self.name == "every" else None

    @staticmethod
    def _newest_aged(targets: Sequence[Release], day: date, months: int) -> Release | None:
        aged = (one for one in reversed(targets) if one.release_date and months_after(one.release_date, months) <= day)
        return next(aged, None)


@cache
def policy_named(text: str) -> Policy:
    """The policy written as `newest`, `asap:6`, ... Raises InputError for anything else, naming what is valid."""
    if text in POLICIES and not text.endswith(":N"):
        return Policy(text)
    matched = _WITH_MONTHS.fullmatch(text)
    if matched is None:
        hint = f" ({text} wants a number of months: {text}:12)" if text in {"asap", "every"} else ""
        raise InputError(unknown("policy", text, POLICIES) + hint)
    name, months = matched[1], int(matched[2])
    if months > _LONGEST_MONTHS or (name == "every" and months == 0):
        raise InputError(f"policy {text!r}: the months of {name}:N go from {int(name == 'every')} to {_LONGEST_MONTHS}")
    return Policy(name, months)

"""Upgrade policies: when a cluster is upgraded, and to which of the reachable versions.

| policy | moves | to |
|---|---|---|
| `newest` | at the end of free patches | the newest release |
| `settled` | at the end of free patches | the newest that is twelve months old, else the newest |
| `smallest` | at the end of free patches | the oldest that is still patched |
| `asap:N` | N months after each release | the newest that is N months old |
| `every:N` | N months after the last upgrade | the newest |
| `extended_support` | at the end of paid support; without it, when the vendor forces it | the newest |
| `never` | when the vendor forces it | the vendor's choice, else the oldest with a further year of support |
| `successor` | as soon as work can be done, then at the end of free patches | the engine's successor (Redis: Valkey) |

Under every policy the vendor upgrades remaining clusters when all support ends, to a version of its choice. If AWS has
not announced one, it is "the next supported major engine version" of
https://docs.amazonaws.cn/en_us/AmazonRDS/latest/UserGuide/extended-support.html.

Policies with days of their own (`asap`, `every`) also upgrade at the end of free patches if that comes first.
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
        """The target of an upgrade at a deadline. targets: those patched and reachable on `day`, oldest first."""
        if not targets or self.name == "smallest":
            return targets[0] if targets else None
        months = {"settled": SETTLED_MONTHS, "asap": self.months}.get(self.name)
        return (months is not None and self._newest_aged(targets, day, months)) or targets[-1]

    def choice_on_own_day(self, targets: Sequence[Release], day: date) -> Release | None:
        """The target of an upgrade on a day of the policy, None for no upgrade."""
        if self.name == "asap":
            return self._newest_aged(targets, day, self.months)
        return targets[-1] if targets and self.name == "every" else None

    @staticmethod
    def _newest_aged(targets: Sequence[Release], day: date, months: int) -> Release | None:
        aged = (
            target
            for target in reversed(targets)
            if target.release_date and months_after(target.release_date, months) <= day
        )
        return next(aged, None)


@cache
def policy_named(text: str) -> Policy:
    """The policy of a text such as `newest` or `asap:6`. Raises InputError that names the valid ones."""
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

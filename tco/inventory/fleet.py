"""A fleet from files: the scenario, and a coverage in which every resource read is used, merged or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, get_args

from tco.catalog.regions import check_region
from tco.errors import InputError, checked, unknown
from tco.inventory.databases import ARN, Database, of_arn
from tco.inventory.files import resources_of
from tco.inventory.grouping import groups
from tco.inventory.merging import merge
from tco.inventory.naming import Environments
from tco.inventory.shapes import By
from tco.inventory.writing import MONTHS, scenario
from tco.scenario.scenario import month_after

if TYPE_CHECKING:
    import pandas as pd

COVERAGE_COLUMNS = ("source", "row", "resource", "outcome", "into", "reason")


class Rules(TypedDict, total=False):
    """How resources become a scenario, as of `read_fleet`."""

    region: str
    environments: Mapping[str, str] | None
    environment_tags: Iterable[str]
    anonymise: bool
    today: date | None


class Fleet(dict[str, Any]):
    """A scenario as a dict, with what became of every resource.

    coverage: one row a database resource: `source, row, resource, outcome, into, reason`. Outcomes are `used` (a
    cluster; `into` is its group), `merged` (`into` is the cluster that it is a part of) and `refused`; they add up to
    the rows read. others: what else the sources hold: `source, what, count`.
    """

    coverage: pd.DataFrame
    others: pd.DataFrame

    def check_used(self) -> None:
        """Raise InputError where no database could be used."""
        if not self["fleet"]:
            raise InputError("no database could be used; the coverage says why" if len(self.coverage) else
                             "no database was found; see `tco import --help` for what is read")  # fmt: skip


@checked
def read_fleet(paths: str | Path | Iterable[str | Path], by: By = "group", **rules: Unpack[Rules]) -> Fleet:
    """The scenario of the databases in files, which are recognised by content: see `docs/import.md`.

    by: one group for clusters that are alike, or one a `cluster`. region: of resources that name none. environments:
    words of yours for an environment, such as `{"live": "production"}`. environment_tags: keys of the tags that say
    it. anonymise: replace all names. today: the day that prices are of; the scenario starts with the next month.
    Without a usable database the fleet is empty. Raises InputError for a file that cannot be read.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    databases: list[Database] = []
    others: list[tuple[str, str, int]] = []
    for number, path in enumerate(listed, 1):
        name = f"file {number}" if rules.get("anonymise") else str(path)
        of_file, counted = resources_of(Path(path), str(path))
        for database in of_file:
            database.source = name
        databases += of_file
        others += [(name, what, count) for what, count in counted.items()]
    return fleet_of(databases, others, by, **rules)


def fleet_of(
    databases: Sequence[Database],
    others: Sequence[tuple[str, str, int]],
    by: By = "group",
    **rules: Unpack[Rules],
) -> Fleet:
    """The scenario of resources that have been read, with their coverage; arguments as of `read_fleet`."""
    import pandas as pd

    if by not in get_args(By):
        raise InputError(unknown("way to group", by, get_args(By)), path="by")
    if region := rules.get("region"):
        check_region(region)
    environments = Environments(rules.get("environments"), rules.get("environment_tags", ()))
    for database in databases:
        of_name, _, database.identifier = of_arn(database.identifier)
        database.region = database.region or of_name or region or ""
        database.member_of = of_arn(database.member_of)[2]
    if rules.get("anonymise"):
        _anonymise(databases, environments)
    clusters = merge(databases)
    day = rules.get("today") or date.today()  # noqa: DTZ011  # the reader's own day is meant
    if not isinstance(day, date):
        raise InputError("is a day, such as datetime.date(2026, 11, 1)", path="today", value=day)
    dates = {"start": f"{month_after(day, 1):%Y-%m}", "prices_as_of": f"{day}"}
    groups_by_name = groups(clusters, by, environments, dates)
    _refuse_parts(databases)
    empty = {"name": "fleet", **dates, "months": MONTHS, "fleet": {}, "options": {}}
    fleet = Fleet(scenario(groups_by_name, dates) if groups_by_name else empty)
    fleet.coverage = pd.DataFrame(
        [
            (one.source, one.row, one.identifier, one.outcome, one.into, ARN.sub("an ARN", one.reason))
            for one in databases
        ],
        columns=list(COVERAGE_COLUMNS),
    )
    fleet.others = pd.DataFrame(list(others), columns=["source", "what", "count"])
    return fleet


def _refuse_parts(databases: Iterable[Database]) -> None:
    """Refuse what is a part of a refused cluster: nothing of it is in the scenario."""
    for database in databases:
        head = database.head
        while head is not None and head.head is not None:
            head = head.head
        if head is not None and head.outcome == "refused":
            database.refuse(f"part of {head.identifier}, which is refused: {head.reason}")


def _anonymise(databases: Sequence[Database], rules: Environments) -> None:
    """Replace every name, the same by the same, before anything is said of it. A name may tell the environment."""
    aliases: dict[str, str] = {}

    def alias(name: str) -> str:
        region, account, identifier = of_arn(name)
        if not identifier:
            return ""
        other = aliases.setdefault(identifier.lower(), f"database_{len(aliases) + 1:05}")
        return f"arn:aws:rds:{region}:{account}:db:{other}" if region else other

    for database in databases:
        database.environment = database.environment or rules.told(database)
        database.identifier = alias(database.identifier)
        for link in ("member_of", "replica_of", "part_of"):
            setattr(database, link, alias(getattr(database, link)))
        database.parts = tuple(map(alias, database.parts))

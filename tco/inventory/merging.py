"""Which resources are one cluster: the same one told twice, instances of a cluster, nodes of a replication group, read
replicas, and the clusters of a global one. A cluster is billed by its members, which appear again beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields

from tco.errors import InputError
from tco.inventory.databases import Database, facts, of_arn
from tco.inventory.naming import engine_of, version_of
from tco.inventory.readers import OWN_STORAGE
from tco.platforms.instances import SERVERLESS_CLASS

Key = tuple[str, str, str]
HEADS = {"instance": "db cluster", "cache cluster": "replication group", "cluster": "cluster"}
"""What a member of each kind is a part of."""
OF_EACH = ("identifier", "engine", "version", "instance_class", "instances", "member_of", "replica_of")
"""Columns of a table in which each part of a cluster may have a cell of its own; the others hold for the whole."""
STATED = ("engine", "version", "instance_class", "storage_gb")
"""Values whose difference between two tellings of one database is worth a word."""


def merge(databases: Sequence[Database]) -> list[Database]:
    """The clusters among the resources, in their order; every other resource is merged into one of them, or refused.

    A cluster takes over the class, the number and the deployment of its members, and its replicas' instances.
    """
    heads = _distinct(_nothing_billed(databases))
    heads = _with_members(heads)
    heads = _with_replicas(heads)
    return _with_global_clusters(heads)


def _nothing_billed(databases: Iterable[Database]) -> list[Database]:
    """The resources that cost something now; one that AWS does not bill is refused."""
    billed = {row["status"]: row["billed"] for row in facts("statuses")}
    kept = []
    for database in databases:
        status = database.status.lower()
        if database.outcome == "refused":
            continue
        if not database.identifier:
            database.refuse("states no identifier")
        elif billed.get(status) == "nothing":
            database.refuse(f"its status is {status}, in which AWS bills nothing; give its state again once it runs")
        else:
            kept.append(database)
    return kept


class _Index:
    """Resources by kind, Region and name. Accounts may have the same names; not every source tells its account."""

    def __init__(self, databases: Iterable[Database] = ()):
        self._found: dict[Key, list[Database]] = defaultdict(list)
        for database in databases:
            self.add(database)

    def add(self, database: Database) -> None:
        """Add a resource."""
        self._found[_key(database.kind, database.region, database.identifier)].append(database)

    def find(self, kind: str, region: str, identifier: str, account: str) -> Database | None:
        """The one of this name in the account; one of which either account is not told, where there is none."""
        alike = self._found.get(_key(kind, region, identifier), ())
        own = (one for one in alike if one.account == account)
        return next(own, None) or next((one for one in alike if not (one.account and account)), None)

    def again(self, database: Database) -> Database | None:
        """The one that a resource tells again."""
        return self.find(database.kind, database.region, database.identifier, database.account)


def _key(kind: str, region: str, identifier: str) -> Key:
    return kind, region.lower(), identifier.lower()


def _distinct(databases: Iterable[Database]) -> list[Database]:
    """The resources without those told again by another file; the first one's values hold, gaps are filled."""
    index, distinct = _Index(), []
    for database in databases:
        first = index.again(database)
        if first is None:
            index.add(database)
            distinct.append(database)
            continue
        apart = [
            f"{name} {getattr(first, name)} against {getattr(database, name)}"
            for name in STATED
            if getattr(first, name) and getattr(database, name) and getattr(first, name) != getattr(database, name)
        ]
        database.merge(first, "the same database again" + (f", told otherwise: {'; '.join(apart)}" if apart else ""))
        first.notes += [f"told otherwise in row {database.row} of {database.source}: {text}" for text in apart]
        _fill(first, database)
    return distinct


def _fill(first: Database, other: Database) -> None:
    """Take over from another telling of the same database what the first leaves open."""
    for part in fields(Database):
        if part.name not in ("outcome", "into", "reason", "head", "row", "source", "columns", "notes"):
            value = getattr(first, part.name)
            if value in ("", None, ()) or value == {}:
                setattr(first, part.name, getattr(other, part.name))
    first.notes += [note for note in other.notes if note not in first.notes]


def _with_members(databases: Sequence[Database]) -> list[Database]:
    """The resources with the members of each cluster merged into it, or into the first of them where it is missing."""
    index = _Index(databases)
    clusters: dict[object, tuple[Database | None, list[Database]]] = {}
    for database in databases:
        if database.member_of:
            named = HEADS.get(database.kind, "cluster"), database.region, database.member_of
            cluster = index.find(*named, database.account)
            key = (_key(*named), database.account) if cluster is None else id(cluster)
            clusters.setdefault(key, (cluster, []))[1].append(database)
    for cluster, members in clusters.values():
        _fold(cluster, members)
    for database in databases:
        if not database.member_of and database.outcome == "":
            if database.parts:
                _say_missing(database)
            elif database.kind == "replication group" and not database.instances:
                database.refuse("it has no nodes: give its answer again once it has, or leave it out")
    return [database for database in databases if database.outcome == ""]


def _fold(cluster: Database | None, members: list[Database]) -> None:
    """Merge members into their cluster, which takes over their class and number."""
    if cluster is not None and any(member is cluster for member in members):
        return
    head = cluster or members[0]
    writer = next((member for member in members if head.parts and member.identifier == head.parts[0]), members[0])
    if cluster is None:
        head.notes.append(f"its cluster {head.member_of} is not in the files: what only that tells is not counted")
    for member in members:
        if member is not head:
            member.merge(head, f"instance of {head.member_of or head.identifier}")
            head.notes += member.notes
    classes = {member.instance_class for member in members}
    fixed = sorted(classes - {SERVERLESS_CLASS, ""})
    first = writer.instance_class if writer.instance_class in fixed else next(iter(fixed), writer.instance_class)
    if len(classes) > 1:
        others = ", ".join(sorted(classes - {first, ""})) or "instances without a class"
        head.notes.append(f"members of other classes ({others}) are counted as {first}")
    head.engine, head.version = head.engine or writer.engine, head.version or writer.version
    head.tags = head.tags or writer.tags
    if head.engine and not head.engine.startswith(OWN_STORAGE) and writer.kind == "instance":
        head.instances, head.deployment = 1, "multi_az_cluster"
    else:
        stated = head.instances if cluster is not None and head.instances else 0
        nodes = sum(1 if member is head else member.instances or 1 for member in members)
        if stated > nodes:
            head.notes.append(f"{stated - nodes} of {stated} members are not in the files and counted like the others")
        head.instances = max(nodes, stated)
        head.deployment = "multi_az" if writer.kind == "cluster" and head.deployment == "multi_az" else ""
    head.instance_class = head.instance_class or first
    head.serverless = head.serverless or (not fixed and SERVERLESS_CLASS in classes)
    if head.extended_support is None:
        head.extended_support = writer.extended_support
    head.cpu_peak = max((one.cpu_peak for one in (head, *members) if one.cpu_peak is not None), default=None)
    for member in members:
        if member is not head:
            member.reason += _unused(member, head)
    head.member_of = ""


def _unused(part: Database, head: Database, *used: str) -> str:
    """What a row of a table says otherwise than the cluster into which it is merged, as the end of its reason."""
    own = {*OF_EACH, *used}
    told = [name for name in part.columns if name not in own and getattr(part, name) != getattr(head, name)]
    return f"; not used: {', '.join(told)}, since those of {head.identifier} hold for all of it" if told else ""


def _say_missing(cluster: Database) -> None:
    """A cluster none of whose members is in the files has no class, unless the answer states one."""
    caches = cluster.kind == "replication group"
    whole = cluster.instance_class and (cluster.version or not caches)
    if whole or cluster.serverless or cluster.kind == "global cluster":
        return
    call = "elasticache describe-cache-clusters" if caches else "rds describe-db-instances"
    cluster.refuse(
        f"its {'nodes' if caches else 'instances'} are not in the files, so that its class or version is not known: "
        f"give the answer of `aws {call}` as well"
    )


def _with_replicas(databases: Sequence[Database]) -> list[Database]:
    """The clusters with their read replicas as further instances, where they are alike and in the same Region."""
    index = _Index(databases)
    for database in databases:
        if not database.replica_of:
            continue
        region, account, identifier = of_arn(database.replica_of)
        source = index.find(database.kind, region or database.region, identifier, account or database.account)
        while source is not None and source.head is not None:
            source = source.head
        if source is None or source is database:
            database.notes.append(f"read replica of {identifier}, which is not in the files: upgraded before it")
        elif apart := _apart(database, source):
            database.notes.append(f"read replica of {source.identifier}, upgraded before it; apart, as its {apart}")
        else:
            database.merge(source, f"read replica of {source.identifier}, upgraded before it")
            database.reason += _unused(database, source, "deployment")
            source.instances = (source.instances or 1) + (database.instances or 1)
            source.reader_deployment = database.deployment
            source.notes += database.notes
    return [database for database in databases if database.outcome == ""]


def _apart(replica: Database, source: Database) -> str:
    """In what a replica differs from its source so that one group cannot hold both; empty where it can."""
    if _major(replica) != _major(source):
        return "engine version differs"
    for name in ("region", "instance_class", "storage_gb", "storage_type", "iops", "status"):
        if getattr(replica, name) != getattr(source, name):
            return name.replace("_", " ") + " differs"
    if source.reader_deployment and source.reader_deployment != replica.deployment:
        return "deployment differs"
    return ""


def _with_global_clusters(databases: Sequence[Database]) -> list[Database]:
    """The clusters without global ones, each of which is merged into the first of its clusters that is there."""
    index = _Index(databases)
    for database in databases:
        if database.kind != "global cluster":
            continue
        places = [of_arn(arn) for arn in database.parts]
        members = [index.find("db cluster", region, name, account) for region, account, name in places]
        members += [one for one in databases if one.part_of.lower() == database.identifier.lower()
                  and (one.account == database.account or not (one.account and database.account))]  # fmt: skip
        clusters = list(dict.fromkeys(cluster for cluster in members if cluster is not None))
        if not clusters:
            regions = ", ".join(sorted({region for region, _, _ in places if region})) or "its Regions"
            database.refuse(f"none of its clusters is in the files: give `aws rds describe-db-clusters` of {regions}")
            continue
        database.merge(clusters[0], "global cluster over it; each Region's cluster is billed by itself")
        for cluster in clusters:
            cluster.notes.append(f"part of global cluster {database.identifier}: its clusters are upgraded together")
    return [database for database in databases if database.outcome == ""]


def _major(database: Database) -> str:
    """The version of the upgrade calendar; the version as written where the facts do not know it."""
    try:
        written = engine_of(database)
        return version_of(written.platform, written.engine, database.version)
    except InputError:
        return database.version

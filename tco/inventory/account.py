"""The databases of AWS accounts as they are now: describe calls over Regions, profiles and assumed roles.

What one call cannot read is a failure by account, Region and call; the rest is kept. Needs the extra `aws`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tco.errors import InputError
from tco.inventory import aws, metrics
from tco.inventory.databases import Database

Progress = Callable[[str], None]

OF_ACCOUNT = re.compile(r"(\barn:[^:\s]*:[^:\s]*:[^:\s]*:)\d+")
ATTEMPTS = 10
"""Tries of one call, with the SDK's growing pauses between them, before it counts as failed."""
WORKERS = 8
DOMAINS_A_CALL = 5
"""https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html"""
ACTIONS = (
    "rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DescribeGlobalClusters", "rds:ListTagsForResource",
    "elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups", "elasticache:ListTagsForResource",
    "memorydb:DescribeClusters", "es:ListDomainNames", "es:DescribeDomains", "dynamodb:ListTables",
    "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "cloudwatch:GetMetricData",
)  # fmt: skip
"""Everything that an import asks, and nothing that changes or reads data."""


def policy(roles: Sequence[str] = ()) -> str:
    """The least IAM policy that an import needs, as JSON; with the right to assume `roles` where they are named."""
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": sorted(ACTIONS), "Resource": "*"}]
    if roles:
        statements.append({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": list(roles)})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


@dataclass(frozen=True)
class Failure:
    """A call that could not be read: where, and what AWS answered."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True)
class Place:
    """One Region of one account. label: what the account's profile or role is called."""

    session: Any
    label: str
    region: str

    def __str__(self) -> str:
        return f"{self.label} {self.region}".strip()

    def client(self, service: str) -> Any:
        """A client of a service that tries again, with growing pauses, while AWS asks for patience."""
        return _client(self.session, service, self.region)


def databases_of(
    regions: Sequence[str] = (),
    profiles: Sequence[str] = (),
    roles: Sequence[str] = (),
    days: int = 14,
    progress: Progress = lambda _: None,
) -> tuple[list[Database], list[Failure]]:
    """The database resources of every account and Region, and the calls that failed.

    regions: those of the profiles' configuration if none is named. profiles: of the AWS configuration. roles: ARNs that
    are assumed from the first profile, and then read instead. days: the window of CloudWatch metrics; 0: none are read.
    progress: told of every call that is done. Raises InputError where an account cannot be reached at all.
    """
    sessions, failures = _sessions(profiles, roles, regions)
    places = [Place(session, label, region) for label, session in sessions for region in _regions(session, regions)]
    with ThreadPoolExecutor(WORKERS) as pool:
        calls = {place: [pool.submit(_read, place, name, progress) for name in CALLS] for place in places}
        read = {place: [call.result() for call in pending] for place, pending in calls.items()}
        here = {
            place: [one for databases_here, _ in answers for one in databases_here] for place, answers in read.items()
        }
        failures += [failure for answers in read.values() for _, failed in answers for failure in failed]
        if days:
            windows = [
                pool.submit(_measure, place, databases_here, days, progress) for place, databases_here in here.items()
            ]
            failures += [failure for window in windows for failure in window.result()]
    databases = [database for databases_here in here.values() for database in databases_here]
    return databases, failures


def _sessions(
    profiles: Sequence[str], roles: Sequence[str], regions: Sequence[str]
) -> tuple[list[tuple[str, Any]], list[Failure]]:
    """A name and a session for each profile and role, and the roles that cannot be assumed; raises where none can.

    Roles of one name are numbered. A role is asked for in the profile's own Region, or else in the first that is named.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        raise InputError('reading an account needs the optional library boto3: pip install "tco[aws]"') from None
    try:
        own = [(name, boto3.Session(profile_name=name or None)) for name in profiles or ("",)]
        if not roles:
            return own, []
        _, first = own[0]
        sts = _client(first, "sts", first.region_name or _regions(first, regions)[0])
    except (BotoCoreError, ClientError) as error:
        raise InputError(f"no session with AWS: {error}") from None
    names = [role.rpartition("/")[2] for role in roles]
    sessions, failures = [], []
    for number, (role, name) in enumerate(zip(roles, names, strict=True), 1):
        label = name if names.count(name) == 1 else f"{name} {number}"
        try:
            credentials = sts.assume_role(RoleArn=role, RoleSessionName="tco-import")["Credentials"]
        except (BotoCoreError, ClientError) as error:
            failures.append(Failure(f"{label} sts assume-role", _reason(error)))
            continue
        keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        sessions.append((label, boto3.Session(*keys, region_name=first.region_name)))
    if not sessions:
        raise InputError(f"no session with AWS: {'; '.join(map(str, failures))}")
    return sessions, failures


def _regions(session: Any, regions: Sequence[str]) -> Sequence[str]:
    known = set(session.get_available_regions("rds"))
    for region in regions:
        if region not in known:
            raise InputError(f"no AWS Region: valid are {', '.join(sorted(known))}", path="--region", value=region)
    own = [session.region_name] if session.region_name else []
    if not regions and not own:
        raise InputError("name one Region or more, or configure one for the profile", path="--region")
    return list(dict.fromkeys(regions)) or own


def _client(session: Any, service: str, region: str | None = None) -> Any:
    from botocore.config import Config

    retries = Config(retries={"mode": "adaptive", "max_attempts": ATTEMPTS}, connect_timeout=10)
    return session.client(service, region_name=region, config=retries)


def _reason(error: Exception) -> str:
    """What AWS answers, in one line and without the numbers of accounts that stand in its ARNs."""
    return OF_ACCOUNT.sub(r"\1", " ".join(str(error).split()))


def _read(place: Place, name: str, progress: Progress) -> tuple[list[Database], list[Failure]]:
    """What one call tells in one Region, or that it failed."""
    from botocore.exceptions import BotoCoreError, ClientError

    service, key, items = CALLS[name]
    where = f"{place} {service} {name}"
    resources: list[Database] = []
    failures: list[Failure] = []
    try:
        for item in items(place.client(service)):
            resources += aws.resources_in({key: [item]})[0]
    except (BotoCoreError, ClientError) as error:
        failures.append(Failure(where, _reason(error)))
    for number, database in enumerate(resources, 1):
        database.source, database.row = where, number
        database.region = database.region or place.region
    progress(f"{where}: {f'failed, {failures[0].reason}' if failures else f'{len(resources):,} resources'}")
    return resources, failures


def _measure(place: Place, databases: Sequence[Database], days: int, progress: Progress) -> list[Failure]:
    """Add the metrics that CloudWatch has of the databases read from it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        metrics.measure(place.client("cloudwatch"), databases, days)
    except (BotoCoreError, ClientError) as error:
        return [Failure(f"{place} cloudwatch", _reason(error))]
    progress(f"{place} cloudwatch: {days} days of {len(databases):,} resources")
    return []


def _pages(operation: str, key: str, **arguments: bool) -> Callable[[Any], Iterator[Any]]:
    """The items of all pages of a call."""

    def items(client: Any) -> Iterator[Any]:
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])

    return items


def _with_tags(operation: str, key: str) -> Callable[[Any], Iterator[Any]]:
    """The items of all pages, each with the tags that a call of its own tells."""

    def items(client: Any) -> Iterator[Any]:
        for item in _pages(operation, key)(client):
            yield {**item, "TagList": _tags(client.list_tags_for_resource, "TagList", ResourceName=item.get("ARN", ""))}

    return items


def _tags(call: Callable[..., Any], key: str, **arguments: str) -> list[dict[str, str]]:
    """The tags of one resource; none where AWS does not give them, which costs no more than the environment."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        tags: list[dict[str, str]] = call(**arguments)[key]
    except (BotoCoreError, ClientError):
        return []
    return tags


def _tables(client: Any) -> Iterator[Any]:
    for name in _pages("list_tables", "TableNames")(client):
        table = client.describe_table(TableName=name)["Table"]
        yield {**table, "Tags": _tags(client.list_tags_of_resource, "Tags", ResourceArn=table.get("TableArn", ""))}


def _domains(client: Any) -> Iterator[Any]:
    names = [domain["DomainName"] for domain in client.list_domain_names()["DomainNames"]]
    for start in range(0, len(names), DOMAINS_A_CALL):
        yield from client.describe_domains(DomainNames=names[start : start + DOMAINS_A_CALL])["DomainStatusList"]


CALLS: dict[str, tuple[str, str, Callable[[Any], Iterator[Any]]]] = {
    "describe-db-instances": ("rds", "DBInstances", _pages("describe_db_instances", "DBInstances")),
    "describe-db-clusters": ("rds", "DBClusters", _pages("describe_db_clusters", "DBClusters")),
    "describe-global-clusters": ("rds", "GlobalClusters", _pages("describe_global_clusters", "GlobalClusters")),
    "describe-cache-clusters": ("elasticache", "CacheClusters", _with_tags("describe_cache_clusters", "CacheClusters")),
    "describe-replication-groups": (
        "elasticache", "ReplicationGroups", _with_tags("describe_replication_groups", "ReplicationGroups"),
    ),
    "describe-clusters": ("memorydb", "Clusters", _pages("describe_clusters", "Clusters", ShowShardDetails=True)),
    "describe-domains": ("opensearch", "DomainStatusList", _domains),
    "describe-table": ("dynamodb", "Table", _tables),
}  # fmt: skip
"""The calls of an import: service, the list that the answer holds, and how its items are fetched."""

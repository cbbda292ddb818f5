"""The databases of AWS accounts as they are now: describe calls over Regions, profiles and assumed roles.

What one call cannot read is a failure by account, Region and call; the rest is kept. An endpoint that does not answer
is given up for all calls at once. Needs the extra `aws`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tco.errors import InputError
from tco.inventory import aws, metrics
from tco.inventory.databases import Database

Progress = Callable[[str], None]


def _nothing(_: str) -> None:
    """The progress that is told to nobody."""


OF_ACCOUNT = re.compile(r"(\barn:[^:\s]*:[^:\s]*:[^:\s]*:)\d+")
ATTEMPTS = 10
"""Tries of one call, with the SDK's growing pauses between them, before it counts as failed."""
PATIENCE = 4
"""Tries of one call without any answer, some seconds apart, after which its endpoint is given up."""
NOT_ONE = 3
"""Endpoints given up after which, if none has answered, all are."""
ANSWER_SECONDS = 15
"""After so long without a connection or an answer a try has failed; describe calls answer within a second or two.

An endpoint that has answered nothing in all that time is given up with it.
"""
WAY_OUT = "check the network, VPN, proxy and AWS_ENDPOINT_URL, and run the command again"
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


class UnreachableError(Exception):
    """A call that was not made, or not again, since its endpoint does not answer."""


@dataclass(eq=False)
class Endpoints:
    """The endpoints of an import by host: when asked first, whether they have answered, and why they were given up."""

    asked: dict[str, float] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    given_up: dict[str, str] = field(default_factory=dict)

    def watch(self, client: Any) -> Any:
        """The client, whose calls end with `UnreachableError` once its endpoint is given up."""
        client.meta.events.register("before-send", self._refuse)
        client.meta.events.register("needs-retry", self._count)
        return client

    def _refuse(self, request: Any, **_: Any) -> None:
        host = urlsplit(request.url).netloc
        if host in self.given_up or (len(self.given_up) >= NOT_ONE and not self.answered):
            raise UnreachableError(f"{host} does not answer")
        self.asked.setdefault(host, time.monotonic())

    def _count(self, request_dict: Any, attempts: int, caught_exception: Exception | None, **_: Any) -> None:
        from botocore.exceptions import ConnectionError, HTTPClientError  # noqa: A004

        host = urlsplit(request_dict["url"]).netloc
        if caught_exception is None:
            self.answered.add(host)
            return
        silent = host not in self.answered and time.monotonic() - self.asked[host] >= ANSWER_SECONDS
        tried = silent or attempts >= min(PATIENCE, ATTEMPTS)
        if isinstance(caught_exception, ConnectionError | HTTPClientError) and tried:
            self.given_up.setdefault(host, _reason(caught_exception))
            raise UnreachableError(f"{host} does not answer") from caught_exception

    @property
    def failures(self) -> list[Failure]:
        """One for each endpoint that was given up. Raises InputError where none answered."""
        if self.given_up and not self.answered:
            raise InputError(f"AWS does not answer: {next(iter(self.given_up.values()))}; {WAY_OUT}")
        return [Failure(host, f"{reason}; {WAY_OUT}") for host, reason in self.given_up.items()]


@dataclass(frozen=True)
class Place:
    """One Region of one account. label: what the account's profile or role is called."""

    session: Any
    label: str
    region: str
    endpoints: Endpoints

    def __str__(self) -> str:
        return f"{self.label} {self.region}".strip()

    def client(self, service: str) -> Any:
        """A client of a service that tries again, with growing pauses, while AWS asks for patience."""
        return self.endpoints.watch(_client(self.session, service, self.region))


def databases_of(
    regions: Sequence[str] = (),
    profiles: Sequence[str] = (),
    roles: Sequence[str] = (),
    days: int = 14,
    progress: Progress = _nothing,
) -> tuple[list[Database], list[Failure]]:
    """The database resources of every account and Region, and the calls that failed.

    regions: those of the profiles' configuration if none is named. profiles: of the AWS configuration. roles: ARNs that
    are assumed from the first profile, and then read instead. days: the window of CloudWatch metrics; 0: none are read.
    progress: told of every call that is done. Raises InputError where an account cannot be reached at all.
    """
    endpoints = Endpoints()
    sessions, failures = _sessions(profiles, roles, regions, endpoints)
    places = [
        Place(session, label, region, endpoints) for label, session in sessions for region in _regions(session, regions)
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        calls = {place: [pool.submit(_read, place, name, progress) for name in CALLS] for place in places}
        read = {place: [call.result() for call in pending] for place, pending in calls.items()}
        here = {
            place: [one for databases_here, _ in answers for one in databases_here] for place, answers in read.items()
        }
        failures += [failure for answers in read.values() for _, failed in answers for failure in failed]
        if days:
            windows = [
                pool.submit(_measure, place, databases_here, days, progress)
                for place, databases_here in here.items()
                if databases_here
            ]
            failures += [failure for window in windows for failure in window.result()]
    databases = [database for databases_here in here.values() for database in databases_here]
    return databases, [*failures, *endpoints.failures]


def _sessions(
    profiles: Sequence[str], roles: Sequence[str], regions: Sequence[str], endpoints: Endpoints
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
        sts = endpoints.watch(_client(first, "sts", first.region_name or _regions(first, regions)[0]))
    except (BotoCoreError, ClientError) as error:
        raise InputError(f"no session with AWS: {error}") from None
    names = [role.rpartition("/")[2] for role in roles]
    sessions, failures = [], []
    for number, (role, name) in enumerate(zip(roles, names, strict=True), 1):
        label = name if names.count(name) == 1 else f"{name} {number}"
        try:
            credentials = sts.assume_role(RoleArn=role, RoleSessionName="tco-import")["Credentials"]
        except (BotoCoreError, ClientError, UnreachableError) as error:
            failures.append(Failure(f"{label} sts assume-role", _reason(error)))
            continue
        keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        sessions.append((label, boto3.Session(*keys, region_name=first.region_name)))
    if not sessions:
        failures += endpoints.failures
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

    retries = {"mode": "adaptive", "max_attempts": ATTEMPTS}
    config = Config(retries=retries, connect_timeout=ANSWER_SECONDS / 2, read_timeout=ANSWER_SECONDS)
    return session.client(service, region_name=region, config=config)


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
            if isinstance(item, Failure):
                failures.append(Failure(f"{where} {item.place}", item.reason))
            else:
                resources += aws.resources_in({key: [item]})[0]
    except UnreachableError as error:  # told once for its endpoint, not as one call that is done
        failures.append(Failure(where, str(error)))
        progress = _nothing
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
    except (BotoCoreError, ClientError, UnreachableError) as error:
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
    except (BotoCoreError, ClientError, UnreachableError):
        return []
    return tags


def _tables(client: Any) -> Iterator[Any]:
    for name in _pages("list_tables", "TableNames")(client):
        table = _described(name, client.describe_table, "Table", TableName=name)
        if not isinstance(table, Failure):
            arn = table.get("TableArn", "")
            table = {**table, "Tags": _tags(client.list_tags_of_resource, "Tags", ResourceArn=arn)}
        yield table


def _domains(client: Any) -> Iterator[Any]:
    names = [domain["DomainName"] for domain in client.list_domain_names()["DomainNames"]]
    for start in range(0, len(names), DOMAINS_A_CALL):
        asked = names[start : start + DOMAINS_A_CALL]
        found = _described(", ".join(asked), client.describe_domains, "DomainStatusList", DomainNames=asked)
        yield from [found] if isinstance(found, Failure) else found


def _described(names: str, call: Callable[..., Any], key: str, **arguments: Any) -> Any:
    """What a call on some resources tells; where AWS refuses it, a failure with their names, so that others follow."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(**arguments)[key]
    except (BotoCoreError, ClientError) as error:
        return Failure(names, _reason(error))


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

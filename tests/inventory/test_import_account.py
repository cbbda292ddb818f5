"""`tco import aws` against moto's server on this machine: an account of 500 resources in two Regions."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from programs import Program

import tco
from tco.cli import main
from tco.inventory import account
from tco.inventory.fleet import fleet_of

pytestmark = pytest.mark.server

REGIONS = ("eu-west-1", "us-east-1")
INSTANCES, TABLES, NODES, CLUSTERS = 150, 60, 20, 10
"""Of each kind in each Region; every cluster has one member: 2 x (150 + 60 + 20 + 10 + 10) = 500 resources."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = Program(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], tmp_path_factory.mktemp("aws") / "log", {})
    try:
        program.says("Running on http://")
        yield "http://" + program.said.split("Running on http://")[1].split()[0]
    finally:
        program.end()


@pytest.fixture
def credentials(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def filled(server: str) -> None:
    """The account: MySQL and PostgreSQL instances, Aurora clusters, cache nodes and tables, some with metrics."""
    with ThreadPoolExecutor(len(REGIONS)) as pool:  # moto fails now and then at two calls at once to one Region
        list(pool.map(lambda region: [_create(server, region, part) for part in range(4)], REGIONS))


def _create(server: str, region: str, part: int) -> None:
    def client(service: str) -> Any:
        return boto3.client(
            service, region_name=region, endpoint_url=server, aws_access_key_id="a", aws_secret_access_key="b"
        )

    rds, tags = client("rds"), [{"Key": "env", "Value": "dev" if part else "prod"}]
    for number in range(part, INSTANCES, 4):
        rds.create_db_instance(
            DBInstanceIdentifier=f"db-{number}", DBInstanceClass="db.r6g.xlarge", AllocatedStorage=100,
            Engine="mysql" if number % 2 else "postgres", EngineVersion="8.0.35" if number % 2 else "16.3",
            MasterUsername="admin", MasterUserPassword="hunter2hunter2", Tags=tags,
        )  # fmt: skip
    for number in range(part, CLUSTERS, 4):
        name = f"aurora-{number}"
        rds.create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-postgresql", EngineVersion="15.4", MasterUsername="admin",
            MasterUserPassword="hunter2hunter2", Tags=tags,
        )  # fmt: skip
        rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-1", DBClusterIdentifier=name, Engine="aurora-postgresql",
            DBInstanceClass="db.r6g.large",
        )  # fmt: skip
    for number in range(part, NODES, 4):
        client("elasticache").create_cache_cluster(
            CacheClusterId=f"cache-{number}", Engine="redis", EngineVersion="7.1", NumCacheNodes=1,
            CacheNodeType="cache.r6g.large",
        )  # fmt: skip
    dynamodb = client("dynamodb")
    for number in range(part, TABLES, 4):
        dynamodb.create_table(
            TableName=f"table-{number}", BillingMode="PAY_PER_REQUEST", Tags=tags,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )  # fmt: skip
    if part == 0:
        _put_metrics(client("cloudwatch"))


def _put_metrics(cloudwatch: Any) -> None:
    """One table consumes 3,600 reads and 7,200 writes in each of 24 hours; one volume holds 40 GiB; one CPU idles."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(hours=number) for number in range(1, 25)]
    for namespace, dimension, name, values in (
        ("AWS/DynamoDB", ("TableName", "table-0"), "ConsumedReadCapacityUnits", 3_600),
        ("AWS/DynamoDB", ("TableName", "table-0"), "ConsumedWriteCapacityUnits", 7_200),
        ("AWS/RDS", ("DBClusterIdentifier", "aurora-0"), "VolumeBytesUsed", 40 * 2**30),
        *(("AWS/RDS", ("DBInstanceIdentifier", f"db-{number}"), "CPUUtilization", 12) for number in range(0, 150, 4)),
    ):
        for first in range(0, len(hours), 20):
            cloudwatch.put_metric_data(
                Namespace=namespace,
                MetricData=[
                    {"MetricName": name, "Timestamp": hour, "Value": values,
                     "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}]}
                    for hour in hours[first : first + 20]
                ],
            )  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["import", "aws", *map(str, arguments)])


def regions() -> list[str]:
    return [argument for region in REGIONS for argument in ("--region", region)]


@pytest.mark.usefixtures("filled", "credentials")
def test_every_resource_of_the_account_is_read_and_the_scenario_is_good(tmp_path: Path) -> None:
    out = tmp_path / "fleet.yaml"
    done = run(*regions(), "--out", out, "--days", 1, "--format", "json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert len(rows) == 500
    outcomes = [row["outcome"] for row in rows]
    assert {one: outcomes.count(one) for one in set(outcomes)} == {"used": 480, "merged": 20}
    assert tco.load_scenario(out).fleet_size == 480
    written = out.read_text("utf-8") + out.with_suffix(".coverage.csv").read_text("utf-8")
    assert not [secret for secret in ("hunter2", "amazonaws.com", "123456789012", "MasterUser") if secret in written]
    assert "dynamodb describe-table: 60 resources" in done.stderr


@pytest.mark.usefixtures("filled", "credentials")
def test_metrics_give_load_size_and_peak() -> None:
    databases, failures = account.databases_of(REGIONS[:1], days=1)
    assert not failures
    fleet = fleet_of(databases, [], "cluster")
    busy = fleet["fleet"]["table-0"]["workload"]
    assert (busy["reads_per_second"], busy["writes_per_second"]) == (1, 2)
    assert busy["load"] == [1.0] * 24
    assert fleet["fleet"]["table-1"]["workload"]["reads_per_second"] == 0
    assert fleet["fleet"]["aurora-0"]["storage_gb"] == 40
    scenario = tco.load_scenario(fleet)
    bills = tco.evaluate(scenario).table().query("option == 'stay' and group == 'aurora-0' and line == 'storage'")
    assert set(bills["quantity"]) == {40.0}
    assert scenario.settings("right_sized", "db-0").instance_class == "db.r6g.large"
    assert scenario.settings("right_sized", "db-1").instance_class is None


@pytest.mark.usefixtures("credentials")
def test_a_call_that_fails_is_named_and_the_rest_is_kept(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ELASTICACHE", "http://127.0.0.1:1")
    monkeypatch.setattr(account, "ATTEMPTS", 1)
    done = run("--region", REGIONS[0], "--days", 0)
    assert done.exit_code == 0, done.output
    assert "not read: eu-west-1 elasticache describe-cache-clusters: " in done.stderr
    assert "used" in done.stdout


@pytest.mark.usefixtures("credentials")
def test_roles_are_assumed_and_databases_of_several_accounts_stay_apart(server: str, tmp_path: Path) -> None:
    """Two accounts, each with a database of the same name and a sharded cache of MemoryDB of six nodes."""
    roles = [f"arn:aws:iam::{number}:role/reader" for number in ("222233334444", "555566667777")]
    for role in roles:
        given = boto3.client("sts", region_name="us-west-2").assume_role(RoleArn=role, RoleSessionName="fill")
        keys = given["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-west-2")
        session.client("rds").create_db_instance(
            DBInstanceIdentifier="orders", DBInstanceClass="db.r6g.large", AllocatedStorage=100, Engine="mysql",
            EngineVersion="8.0.35", MasterUsername="admin", MasterUserPassword="hunter2hunter2",
        )  # fmt: skip
        session.client("memorydb").create_cluster(
            ClusterName="cart", NodeType="db.r6g.large", ACLName="open-access", NumShards=2, NumReplicasPerShard=2,
            Engine="redis", EngineVersion="7.1",
        )  # fmt: skip
    out = tmp_path / "fleet.yaml"
    asked = [part for role in (*roles, "no-arn") for part in ("--role", role)]
    done = run("--region", "us-west-2", *asked, "--days", 1, "--out", out, "--format", "json")
    assert done.exit_code == 0, done.output
    assert done.stderr.count("not read: no-arn sts assume-role: ") == 1
    assert [row["outcome"] for row in json.loads(done.stdout)] == ["used"] * 4
    fleet = tco.load_scenario(out).fleet.values()
    assert sorted((group.engine, group.clusters, group.instances) for group in fleet) == [
        ("mysql", 2, 1), ("redis", 2, 6),
    ]  # fmt: skip
    assert not [role for role in roles if role.split(":")[4] in out.read_text() + done.stdout]


@pytest.mark.usefixtures("credentials")
def test_an_unknown_region_and_a_missing_profile_are_told() -> None:
    assert "valid are" in run("--region", "mars-1").stderr
    assert "no session with AWS" in run("--region", REGIONS[0], "--profile", "absent").stderr
    assert "name one Region" in run().stderr
    assert "no session with AWS: no-arn sts assume-role" in run("--region", REGIONS[0], "--role", "no-arn").stderr
    assert run("--region", "mars-1").exit_code == 1


def test_the_policy_allows_reading_alone() -> None:
    statement, assume = json.loads(run("--print-policy", "--role", "arn:aws:iam::111122223333:role/reader").stdout)[
        "Statement"
    ]
    verbs = {action.split(":")[1] for action in statement["Action"]}
    assert all(verb.startswith(("Describe", "List", "Get")) for verb in verbs)
    assert assume["Resource"] == ["arn:aws:iam::111122223333:role/reader"]


@pytest.mark.parametrize("done_before", [1, 0])
def test_a_server_that_dies_midway_keeps_what_was_read(
    done_before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first call: two databases are used, each other call is named by Region and service."""
    program = Program(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], tmp_path / "log", {})
    try:
        program.says("Running on http://")
        address = "http://" + program.said.split("Running on http://")[1].split()[0]
        keys = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), "/dev/null")
        for name, value in {"AWS_ENDPOINT_URL": address, **keys, **files}.items():
            monkeypatch.setenv(name, value)
        for name in ("orders", "invoices"):
            boto3.client("rds", region_name=REGIONS[0]).create_db_instance(
                DBInstanceIdentifier=name, DBInstanceClass="db.r6g.large", AllocatedStorage=100, Engine="mysql",
                EngineVersion="8.0.35", MasterUsername="admin", MasterUserPassword="hunter2hunter2",
            )  # fmt: skip
        monkeypatch.setattr(account, "ATTEMPTS", 1)
        monkeypatch.setattr(account, "WORKERS", 1)  # one call after another, in the order of CALLS
        read, calls = account._read, itertools.count()

        def read_or_die(*arguments: Any) -> Any:
            if next(calls) == done_before:
                program.kill()
            return read(*arguments)

        monkeypatch.setattr(account, "_read", read_or_die)
        out = tmp_path / "new" / "fleet.yaml"
        out.parent.mkdir()
        done = run(*regions(), "--out", out, "--days", 1)
    finally:
        program.end()
    failed = [f"{region} {service} {call}" for region in REGIONS for call, (service, _, _) in account.CALLS.items()]
    assert "Traceback" not in done.output
    left = {file.name for file in out.parent.iterdir()}
    if done_before:
        assert all(f"not read: {where}: " in done.stderr for where in failed[done_before:])
        assert done.stderr.count("check the network") == 1
        assert done.exit_code == 0, done.output
        assert tco.load_scenario(out).fleet_size == 2
        assert f"not read: {failed[0]}: " not in done.stderr
        assert f"not read: {REGIONS[0]} cloudwatch: " in done.stderr
        assert left == {"fleet.yaml", "fleet.coverage.csv"}
    else:
        assert done.exit_code == 1
        (told,) = done.stderr.splitlines()
        assert told.startswith("AWS does not answer: ")
        assert "check the network" in told
        assert "fleet.yaml" not in left


class Tables(ThreadingHTTPServer):
    """DynamoDB with 500 tables: "gone" is deleted while it is asked for, and from `silent_after` requests on, each is
    hung up on without an answer."""

    daemon_threads = True

    def __init__(self, silent_after: int | None = None):
        super().__init__(("127.0.0.1", 0), TablesHandler)
        self.silent_after, self.asked = silent_after, 0
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()


class TablesHandler(BaseHTTPRequestHandler):
    server: Tables

    def do_POST(self) -> None:
        self.server.asked += 1
        if self.server.silent_after is not None and self.server.asked > self.server.silent_after:
            self.close_connection = True
            return
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answers: dict[str, Any] = {
            "ListTables": {"TableNames": ["gone", *(f"table-{number}" for number in range(1, 500))]},
            "DescribeTable": {
                "Table": {"TableName": asked.get("TableName"), "TableArn": "arn", "KeySchema": [], "ItemCount": 9}
            },
            "ListTagsOfResource": {"Tags": []},
        }
        status, answer = 200, answers[operation]
        if asked.get("TableName") == "gone":
            status, answer = 400, {"__type": "ResourceNotFoundException", "message": "not found"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and one call that an import makes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setattr(account, "CALLS", {"describe-table": account.CALLS["describe-table"]})


@pytest.mark.usefixtures("alone")
def test_a_resource_that_fails_costs_its_own_row_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with Tables() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{server.host}")
        databases, failures = account.databases_of(REGIONS[:1], days=0)
    assert len(databases) == 499
    (failure,) = failures
    assert failure.place == "eu-west-1 dynamodb describe-table gone"
    assert "ResourceNotFoundException" in failure.reason


@pytest.mark.usefixtures("alone")
def test_an_endpoint_that_answers_no_more_is_given_up_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 20 answers it hangs up: with two tries each, 500 tables and another Region would ask 1,000 times more."""
    monkeypatch.setattr(account, "PATIENCE", 2)
    monkeypatch.setattr(account, "WORKERS", 1)
    with Tables(silent_after=20) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{server.host}")
        databases, failures = account.databases_of(REGIONS, days=1)
    assert len(databases) == 9  # one list, one that is gone, nine times a table and its tags
    assert server.asked <= 20 + 2
    calls = [f"{region} dynamodb describe-table: {server.host} does not answer" for region in REGIONS]
    assert [str(failure) for failure in failures[1:3]] == calls
    assert str(failures[-1]).startswith(f"{server.host}: ")
    assert str(failures[-1]).endswith(account.WAY_OUT)


@pytest.mark.usefixtures("alone")
def test_nothing_that_answers_is_one_line_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(account, "PATIENCE", 2)
    done = run(*regions())
    assert done.exit_code == 1
    (told,) = done.stderr.splitlines()
    assert told.startswith("AWS does not answer: ")
    assert told.endswith(account.WAY_OUT)


@pytest.mark.usefixtures("alone")
def test_an_endpoint_that_accepts_and_never_answers_is_given_up_after_one_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection stands, so that no try is refused; ten of them would take minutes."""
    monkeypatch.setattr(account, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(account, "PATIENCE", account.ATTEMPTS)
    tries: list[str] = []
    counted = account.Endpoints._count
    monkeypatch.setattr(account.Endpoints, "_count", lambda *of, **event: (tries.append(""), counted(*of, **event)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(tco.InputError, match=r"AWS does not answer: Read timeout .*; check the network"):
            account.databases_of(REGIONS[:1], days=0)
    assert len(tries) == 1

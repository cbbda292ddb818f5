"""One invented fleet as four sources tell it, and pieces to build others of: all names and accounts are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
SECRETS = ("hunter2", "admin_of_all", "abcdefgh.eu-west-1.rds.amazonaws.com", ACCOUNT)
REGION = "eu-west-1"


def instance(name: str, engine: str = "mysql", version: str = "8.0.35", **stated: Any) -> dict[str, Any]:
    """An instance as `aws rds describe-db-instances` answers it."""
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.r6g.large",
        "Engine": engine,
        "EngineVersion": version,
        "DBInstanceStatus": "available",
        "MasterUsername": "admin_of_all",
        "Endpoint": {"Address": f"{name}.abcdefgh.eu-west-1.rds.amazonaws.com", "Port": 3306},
        "AllocatedStorage": 200,
        "StorageType": "gp3",
        "Iops": 3000,
        "MultiAZ": True,
        "AvailabilityZone": f"{REGION}b",
        "BackupRetentionPeriod": 7,
        "AutoMinorVersionUpgrade": True,
        "DBParameterGroups": [{"DBParameterGroupName": "default.mysql8.0"}],
        "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}",
        "TagList": [{"Key": "env", "Value": "prod"}],
        **stated,
    }


def member(name: str, cluster_name: str, **stated: Any) -> dict[str, Any]:
    """An instance of an Aurora MySQL cluster."""
    more = {"AllocatedStorage": 1, "StorageType": "aurora", "MultiAZ": False, "DBClusterIdentifier": cluster_name}
    return instance(name, "aurora-mysql", "8.0.mysql_aurora.3.05.2", **{**more, **stated})


def cluster(name: str, members: list[str], **stated: Any) -> dict[str, Any]:
    """An Aurora MySQL cluster as `aws rds describe-db-clusters` answers it; the first member writes."""
    return {
        "DBClusterIdentifier": name,
        "Engine": "aurora-mysql",
        "EngineVersion": "8.0.mysql_aurora.3.05.2",
        "EngineMode": "provisioned",
        "Status": "available",
        "AllocatedStorage": 1,
        "MultiAZ": True,
        "DBClusterMembers": [
            {"DBInstanceIdentifier": one, "IsClusterWriter": not number} for number, one in enumerate(members)
        ],
        "DBClusterArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{name}",
        "TagList": [{"Key": "Environment", "Value": "Production"}],
        **stated,
    }


def node(name: str, group: str, **stated: Any) -> dict[str, Any]:
    """A node of a replication group as `aws elasticache describe-cache-clusters` answers it."""
    return {
        "CacheClusterId": name,
        "Engine": "redis",
        "EngineVersion": "7.1.0",
        "CacheNodeType": "cache.r6g.large",
        "NumCacheNodes": 1,
        "CacheClusterStatus": "available",
        "PreferredAvailabilityZone": f"{REGION}a",
        "ReplicationGroupId": group,
        **stated,
    }


def replication_group(name: str, nodes: list[str], **stated: Any) -> dict[str, Any]:
    """A replication group, as older answers tell it: without engine, class and version."""
    members = [{"CacheClusterId": one, "PreferredAvailabilityZone": f"{REGION}a"} for one in nodes]
    return {
        "ReplicationGroupId": name,
        "Status": "available",
        "MemberClusters": nodes,
        "NodeGroups": [{"NodeGroupId": "0001", "NodeGroupMembers": members}],
        **stated,
    }


def dynamodb_table(name: str, **stated: Any) -> dict[str, Any]:
    """A provisioned table as `aws dynamodb describe-table` answers it, without a billing mode."""
    return {
        "TableName": name,
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 100, "WriteCapacityUnits": 20},
        "TableSizeBytes": 2**31,
        "ItemCount": 2**21,
        "TableArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
        **stated,
    }


def saved(folder: Path, name: str, content: Any) -> Path:
    """A file of JSON, or of text as it is."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


ORDERS_FIELDS = {"engine": "mysql", "engine_version": "8.0", "instance_class": "db.r6g.large", "multi_az": True,
                 "allocated_storage": 200, "storage_type": "gp3", "iops": 3000, "backup_retention_period": 7,
                 "auto_minor_version_upgrade": True, "parameter_group_name": "default.mysql8.0", "status": "available",
                 "tags_all": {"env": "prod"}, "password": "hunter2", "username": "admin_of_all"}  # fmt: skip


def as_answers(folder: Path) -> list[Path]:
    """The fleet as describe calls: two MySQL instances alike, an Aurora cluster of two."""
    shop = [member("shop-1", "shop"), member("shop-2", "shop")]
    instances = [instance("orders"), instance("invoices"), *shop]
    return [
        saved(folder, "instances.json", {"DBInstances": instances}),
        saved(folder, "clusters.json", {"DBClusters": [cluster("shop", ["shop-1", "shop-2"])]}),
    ]


def as_config(folder: Path) -> list[Path]:
    """The fleet as AWS Config holds it: JSON inside strings, fields with small first letters, tags as a list."""

    def small(fields: Any) -> Any:
        if isinstance(fields, dict):
            spelled = {"DBInstanceIdentifier": "dBInstanceIdentifier", "DBClusterIdentifier": "dbclusterIdentifier"}
            return {spelled.get(name, name[:1].lower() + name[1:]): small(value) for name, value in fields.items()}
        return [small(one) for one in fields] if isinstance(fields, list) else fields

    results = []
    for kind, one in [
        *[("AWS::RDS::DBInstance", instance(name)) for name in ("orders", "invoices")],
        *[("AWS::RDS::DBInstance", member(name, "shop")) for name in ("shop-1", "shop-2")],
        ("AWS::RDS::DBCluster", cluster("shop", ["shop-1", "shop-2"])),
    ]:
        tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in one.pop("TagList")]
        item = {"resourceType": kind, "awsRegion": REGION, "accountId": ACCOUNT, "configuration": small(one)}
        results.append(json.dumps({**item, "supplementaryConfiguration": {"Tags": tags}}))
    return [saved(folder, "config.json", {"Results": results, "QueryInfo": {"SelectFields": [{"Name": "*"}]}})]


def as_terraform(folder: Path) -> list[Path]:
    """The fleet as a state file: one resource counted twice, and instances that name their cluster."""

    def resource(kind: str, name: str, *instances: dict[str, Any]) -> dict[str, Any]:
        listed = [{"attributes": one, "index_key": number} for number, one in enumerate(instances)]
        return {"mode": "managed", "type": kind, "name": name, "instances": listed}

    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}"
    orders = [
        {**ORDERS_FIELDS, "identifier": name, "arn": f"{arn}:db:{name}", "engine_version_actual": "8.0.35"}
        for name in ("orders", "invoices")
    ]
    aurora = {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.05.2"}
    shop = {**aurora, "cluster_identifier": "shop", "arn": f"{arn}:cluster:shop", "allocated_storage": 1,
            "tags_all": {"Environment": "Production"}, "cluster_members": ["shop-1", "shop-2"]}  # fmt: skip
    members = [
        {**aurora, "identifier": f"shop-{number}", "cluster_identifier": "shop", "instance_class": "db.r6g.large",
         "arn": f"{arn}:db:shop-{number}"} for number in (1, 2)
    ]  # fmt: skip
    resources = [
        resource("aws_db_instance", "mysql", *orders),
        resource("aws_rds_cluster", "shop", shop),
        resource("aws_rds_cluster_instance", "shop", *members),
        resource("aws_s3_bucket", "logs", {"bucket": "logs"}),
    ]
    return [saved(folder, "terraform.tfstate", {"version": 4, "terraform_version": "1.9.0", "resources": resources})]


CSV_HEADING = (
    "identifier,engine,version,region,instance_class,instances,deployment,storage_gb,storage_type,iops,environment"
)


def as_csv(folder: Path) -> list[Path]:
    """The fleet as a table of clusters."""
    rows = [
        CSV_HEADING,
        "orders,mysql,8.0.35,eu-west-1,db.r6g.large,1,multi_az,200,gp3,3000,production",
        "invoices,mysql,8.0.35,eu-west-1,db.r6g.large,,multi_az,200,gp3,3000,prod",
        "shop,aurora-mysql,8.0.mysql_aurora.3.05.2,eu-west-1,db.r6g.large,2,,,,,production",
    ]
    return [saved(folder, "fleet.csv", "\n".join(rows))]

"""Products of services billed by request or capacity unit: DynamoDB and Keyspaces."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tco.refresh.price_list import Attributes
from tco.refresh.product import MILLION, Product, usage_type

DYNAMODB: Mapping[str, tuple[str, str, Decimal]] = {
    "ReadRequestUnits": ("read_request_unit", "million requests", MILLION),
    "WriteRequestUnits": ("write_request_unit", "million requests", MILLION),
    "ReplWriteRequestUnits": ("replicated_write_request_unit", "million requests", MILLION),
    "IA-ReadRequestUnits": ("read_request_unit_ia", "million requests", MILLION),
    "IA-WriteRequestUnits": ("write_request_unit_ia", "million requests", MILLION),
    "IA-ReplWriteRequestUnits": ("replicated_write_request_unit_ia", "million requests", MILLION),
    "ReadCapacityUnit-Hrs": ("read_capacity_unit", "capacity-unit hour", Decimal(1)),
    "WriteCapacityUnit-Hrs": ("write_capacity_unit", "capacity-unit hour", Decimal(1)),
    "ReplWriteCapacityUnit-Hrs": ("replicated_write_capacity_unit", "capacity-unit hour", Decimal(1)),
    "IA-ReadCapacityUnit-Hrs": ("read_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "IA-WriteCapacityUnit-Hrs": ("write_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "IA-ReplWriteCapacityUnit-Hrs": ("replicated_write_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "TimedStorage-ByteHrs": ("storage", "GB-month", Decimal(1)),
    "IA-TimedStorage-ByteHrs": ("storage_ia", "GB-month", Decimal(1)),
    "TimedPITRStorage-ByteHrs": ("pitr", "GB-month", Decimal(1)),
    "TimedBackupStorage-ByteHrs": ("backup", "GB-month", Decimal(1)),
    "RestoreDataSize-Bytes": ("restore", "GB", Decimal(1)),
    "ExportDataSize-Bytes": ("export", "GB", Decimal(1)),
    "IncrementalExportDataSize-Bytes": ("export_incremental", "GB", Decimal(1)),
    "ImportDataSize-Bytes": ("import", "GB", Decimal(1)),
    "Streams-RequestsCount": ("stream_read_unit", "million requests", MILLION),
    "ChangeDataCaptureUnits-Kinesis": ("kinesis_change_unit", "million requests", MILLION),
}

#: What Keyspaces has in common with DynamoDB, under the same names.
KEYSPACES = (
    "ReadRequestUnits", "WriteRequestUnits", "ReadCapacityUnit-Hrs", "WriteCapacityUnit-Hrs", "TimedStorage-ByteHrs",
    "TimedPITRStorage-ByteHrs", "RestoreDataSize-Bytes",
)  # fmt: skip


def dynamodb_product(attributes: Attributes) -> Product | None:
    """By the whole usage type: `ReplWriteRequestUnits` and `IA-WriteRequestUnits` end in another's name."""
    found = DYNAMODB.get(usage_type(attributes))
    return Product("AmazonDynamoDB", found[0], found[1], factor=found[2]) if found else None


def keyspaces_product(attributes: Attributes) -> Product | None:
    """Requests, capacity and storage of Cassandra tables, whose usage types are those of DynamoDB."""
    usage = usage_type(attributes)
    if usage not in KEYSPACES:
        return None
    item, unit, factor = DYNAMODB[usage]
    return Product("AmazonKeyspaces", item, unit, factor=factor)

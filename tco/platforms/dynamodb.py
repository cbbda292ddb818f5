"""Amazon DynamoDB: what a table costs in a month, in each of its capacity modes, with indexes, replicas and backups.

How calls become requests or provisioned capacity is in `dynamodb_throughput`. DynamoDB has no versions: no release
forces an upgrade. Rules: https://aws.amazon.com/dynamodb/pricing/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from tco.catalog.price_rows import FREE_TIER_HOURS
from tco.catalog.prices import Names
from tco.errors import InputError, UnknownPrice
from tco.platforms.base import MILLION, Amounts, Bill, Platform, Switches, Usage, name, quantity, refuse, share
from tco.platforms.capacity_modes import TABLE_CLASSES
from tco.platforms.dynamodb_throughput import Throughput, sizing
from tco.platforms.instances import TRANSFER_SERVICE
from tco.platforms.request_units import MAX_ITEM_BYTES

SERVICE = "AmazonDynamoDB"
DAX_SERVICE = "AmazonDAX"
OF_STANDARD_CLASS = ("storage", "read_capacity_unit", "write_capacity_unit", "replicated_write_capacity_unit")
"""What the free tier covers for tables of the Standard class only; it covers stream reads for both classes."""

ITEMS = (
    "On-demand read requests", "On-demand write requests", "Replicated write requests", "Replica write requests",
    "Replica index write requests", "Provisioned read capacity", "Provisioned write capacity",
    "Replicated write capacity", "Replica write capacity", "Replica index write capacity", "Reserved read capacity",
    "Reserved read capacity upfront", "Reserved write capacity", "Reserved write capacity upfront", "Table storage",
    "Replica storage", "Point-in-time recovery", "On-demand backup", "Table restore", "Export to S3",
    "Import from S3", "Stream reads", "Change data capture for Kinesis", "DAX nodes",
    "Data transfer to other Regions", "Data transfer to the internet",
)  # fmt: skip


def _region_names(value: object) -> object:
    """Text such as `us-west-2,eu-west-1` as names."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _hourly_values(value: object) -> object:
    """A list of hourly values as a tuple; text, which names a shape, unchanged."""
    return tuple(value) if isinstance(value, (list, np.ndarray)) else value


RegionNames = Annotated[tuple[str, ...], BeforeValidator(_region_names)]
Load = Annotated[str | tuple[float, ...], BeforeValidator(_hourly_values)]


class DynamoDBUsage(Usage):
    """One table with its indexes and replicas, one month."""

    capacity: Literal["on_demand", "provisioned", "reserved"] = name(
        "How throughput is bought; where left out, what the other fields need: reserved with reserved_rcu or "
        "reserved_wcu, provisioned with rcu or wcu, else on_demand", "on_demand",
    )  # fmt: skip
    table_class: Literal["standard", "standard_ia"] = name("Table class", "standard")
    reads_per_second: float = quantity("Reads of one item a second, on average or outside the peak", "request/second")
    writes_per_second: float = quantity("Writes of one item a second, on average or outside the peak", "request/second")
    reads_per_month: float = quantity("Reads of one item a month, in place of reads_per_second", "request")
    writes_per_month: float = quantity("Writes of one item a month, in place of writes_per_second", "request")
    item_bytes: float = quantity(
        "Size of an item: a read takes a unit per 4 KB and a write one per 1 KB, rounded up; left out, one unit",
        "byte", maximum=MAX_ITEM_BYTES,
    )  # fmt: skip
    eventual_read_share: float = share("Share of reads that are eventually consistent, at half the units")
    transactional_read_share: float = share("Share of reads in transactions, at twice the units")
    transactional_write_share: float = share("Share of writes in transactions, at twice the units")
    index_writes_per_write: float = quantity(
        "Entries of global secondary indexes written for a write of an item", "request", maximum=1000,
    )  # fmt: skip
    index_item_bytes: float = quantity(
        "Size of an index entry, by what is projected (keys only: some 100 bytes); left out, that of the item", "byte",
        maximum=MAX_ITEM_BYTES,
    )  # fmt: skip
    ttl_deletes_per_month: float = quantity(
        "Items that expire in a month: free here, a replicated write in each replica Region", "request"
    )
    rcu: float = quantity("Provisioned read capacity, fixed, in place of what the reads need", "capacity unit")
    wcu: float = quantity("Provisioned write capacity, fixed, in place of what the writes need", "capacity unit")
    target_utilization: float = share(
        "Share of provisioned capacity that auto scaling aims to have in use; left out, capacity is what the rate "
        "needs, of a load shape its highest hour"
    )
    peak_reads_per_second: float = quantity("Reads a second in the peak", "request/second")
    peak_writes_per_second: float = quantity("Writes a second in the peak", "request/second")
    peak_hours_per_day: float = quantity("Hours of each day that the peak lasts", "hour", maximum=24)
    load: Load = Field(
        "", description="How the load is spread over the hours: a name of params/load_shapes.yaml, 24 or 168 hourly "
        "values, or a .csv file of timestamped requests; left out, evenly", json_schema_extra={"unit": "name"},
    )  # fmt: skip
    reserved_rcu: float = quantity("Reserved read capacity; bought in blocks of 100, rounded up", "capacity unit")
    reserved_wcu: float = quantity("Reserved write capacity; bought in blocks of 100, rounded up", "capacity unit")
    reserved_term: Literal["", "1yr", "3yr"] = name("Term of the reserved capacity: 1yr or 3yr")
    storage_gb: float = quantity("Stored data and indexes as billed, 100 bytes an item included", "GB-month")
    pitr_gb: float = quantity("Table size under point-in-time recovery", "GB-month")
    backup_gb: float = quantity("On-demand backups kept, averaged over the month", "GB-month")
    restore_gb: float = quantity("Data restored from backups, or copied into a new replica", "GB")
    export_gb: float = quantity("Data exported to S3", "GB")
    import_gb: float = quantity("Data imported from S3, uncompressed", "GB")
    stream_reads: float = quantity("GetRecords calls on DynamoDB Streams, beyond the free ones of Lambda", "request")
    cdc_units: float = quantity("Writes of 1 KB captured for Kinesis Data Streams", "request")
    replica_regions: RegionNames = Field(
        (), description="Other Regions that hold a replica of the table (global table)",
        json_schema_extra={"unit": "name"},
    )  # fmt: skip
    dax_node_type: str = name("Node type of a DAX cluster, such as dax.r5.large")
    dax_nodes: int = quantity("Nodes of the DAX cluster", "instance", 0)
    transfer_gb: float = quantity(
        "Data transferred out: to the replica Regions where there are any, else to the internet", "GB"
    )
    free_tier: bool = Field(
        False, description="Whether this table uses up the free tier: 25 RCU, 25 WCU, 25 GB, 2.5 million stream reads",
        json_schema_extra={"unit": "switch"},
    )  # fmt: skip


def charge(bill: Bill) -> None:
    """Charge DynamoDB bills; see `DynamoDBUsage`."""
    table = _Table(bill)
    table.charge_requests()
    table.charge_read_capacity()
    table.charge_write_capacity()
    table.charge_reservations()
    table.charge_storage()
    table.charge_backups_and_copies()
    table.charge_change_capture()
    table.charge_cache()
    table.charge_transfer()


class _Table:
    """Many tables, charged subject by subject."""

    def __init__(self, bill: Bill):
        self.bill = bill
        self.throughput = Throughput(bill)
        self.ia: Switches = bill.text("table_class") == "standard_ia"
        self.free: Switches = bill.text("free_tier").astype(bool)
        self.replicas = dict(self._replicas())
        self.replicated: Switches = np.any(list(self.replicas.values()), axis=0)

    def charge_requests(self) -> None:
        """On-demand units; in a global table the writes of every Region, the source included, are replicated ones."""
        flow = self.throughput
        reads, table, index = (
            np.where(flow.on_demand, units.month / MILLION, 0.0)
            for units in (flow.reads, flow.table_writes, flow.index_writes)
        )
        ordinary, replicated = np.where(self.replicated, 0.0, table), np.where(self.replicated, table, 0.0)
        self._charge("On-demand read requests", "requests or capacity", reads, "read_request_unit")
        self._charge("On-demand write requests", "requests or capacity", ordinary + index, "write_request_unit")
        self._charge("Replicated write requests", "requests or capacity", replicated, "replicated_write_request_unit")
        for region, here in self.replicas.items():
            expired = np.where(flow.on_demand, flow.ttl_deletes.month / MILLION, 0.0)
            self._charge("Replica write requests", "replicas", np.where(here, table + expired, 0.0),
                         "replicated_write_request_unit", region)  # fmt: skip
            self._charge("Replica index write requests", "replicas", np.where(here, index, 0.0),
                         "write_request_unit", region)  # fmt: skip

    def charge_read_capacity(self) -> None:
        """Provisioned read units beyond the reserved ones, in the table's own Region."""
        flow = self.throughput
        hours = flow.capacity_hours("reads", flow.reads, fixed=self.bill.number("rcu"), reserved=flow.reserved_reads)
        self._charge_capacity("Provisioned read capacity", "requests or capacity", hours, "read_capacity_unit")

    def charge_write_capacity(self) -> None:
        """Provisioned write units beyond the reserved ones: table and indexes in one item, in two if replicated."""
        flow, fixed = self.throughput, self.bill.number("wcu")
        alone = flow.capacity_hours(
            "writes", flow.table_writes + flow.index_writes, fixed=fixed, reserved=flow.reserved_writes
        )
        if not self.replicas:
            self._charge_capacity("Provisioned write capacity", "requests or capacity", alone, "write_capacity_unit")
            return
        table = flow.capacity_hours("writes", flow.table_writes, fixed=fixed)
        index = np.where(fixed > 0, 0.0, flow.capacity_hours("writes", flow.index_writes, fixed=np.zeros(1)))
        ordinary, replicated = np.where(self.replicated, index, alone), np.where(self.replicated, table, 0.0)
        self._charge_capacity("Provisioned write capacity", "requests or capacity", ordinary, "write_capacity_unit")
        self._charge_capacity("Replicated write capacity", "requests or capacity", replicated,
                              "replicated_write_capacity_unit")  # fmt: skip
        in_replicas = flow.capacity_hours("writes", flow.table_writes + flow.ttl_deletes, fixed=fixed)
        for region, here in self.replicas.items():
            self._charge_capacity("Replica write capacity", "replicas", np.where(here, in_replicas, 0.0),
                                  "replicated_write_capacity_unit", region)  # fmt: skip
            self._charge_capacity("Replica index write capacity", "replicas", np.where(here, index, 0.0),
                                  "write_capacity_unit", region)  # fmt: skip

    def charge_reservations(self) -> None:
        """Reserved blocks: the hourly rate for every hour of the month, used or not, and the term's upfront fee."""
        flow, years = self.throughput, self.bill.text("reserved_term")
        terms = np.char.add(years.astype(str), "_partial_upfront")
        for kind, units in (("read", flow.reserved_reads), ("write", flow.reserved_writes)):
            item, price = f"Reserved {kind} capacity", f"reserved_{kind}_capacity_unit"
            self.bill.charge(item, "requests or capacity", units * flow.hours, SERVICE, price, term=terms,
                             reserved=True)  # fmt: skip
            self.bill.charge(f"{item} upfront", "commitments", units, SERVICE, f"{price}_upfront", term=terms,
                             upfront=True)  # fmt: skip

    def charge_storage(self) -> None:
        """Stored bytes in every Region that holds the table."""
        stored = self.bill.number("storage_gb")
        self._charge("Table storage", "storage", self._beyond_free(stored, "storage"), "storage")
        for region, here in self.replicas.items():
            copy = np.where(here, stored, 0.0)
            self._charge("Replica storage", "replicas", self._beyond_free(copy, "storage", region), "storage", region)

    def charge_backups_and_copies(self) -> None:
        """Backups, restores, exports and imports, in the table's own Region."""
        for item, line, field, price in (
            ("Point-in-time recovery", "backup", "pitr_gb", "pitr"),
            ("On-demand backup", "backup", "backup_gb", "backup"),
            ("Table restore", "backup", "restore_gb", "restore"),
            ("Export to S3", "data transfer", "export_gb", "export"),
            ("Import from S3", "data transfer", "import_gb", "import"),
        ):
            self.bill.charge(item, line, self.bill.number(field), SERVICE, price)

    def charge_change_capture(self) -> None:
        """Reads of the table's stream, and changes captured for Kinesis."""
        reads = self._beyond_free(self.bill.number("stream_reads") / MILLION, "stream_read_unit")
        captured = self.bill.number("cdc_units") / MILLION
        self.bill.charge("Stream reads", "requests or capacity", reads, SERVICE, "stream_read_unit")
        self.bill.charge("Change data capture for Kinesis", "requests or capacity", captured, SERVICE,
                         "kinesis_change_unit")  # fmt: skip

    def charge_cache(self) -> None:
        """Nodes of a DAX cluster, by the hour."""
        nodes, types = self.bill.number("dax_nodes"), self.bill.text("dax_node_type")
        refuse((nodes > 0) & (types == ""), "DAX nodes need their dax_node_type", "dax_node_type")
        missing = not self.bill.states("dax_nodes")
        refuse((types != "") & missing, "a DAX cluster needs its dax_nodes", "dax_nodes")
        classes = np.array([f"dax.{name.removeprefix('dax.')}" for name in types.tolist()], dtype=object)
        self.bill.charge("DAX nodes", "compute", nodes * self.throughput.hours, DAX_SERVICE, "instance",
                         instance_class=classes)  # fmt: skip

    def charge_transfer(self) -> None:
        """Data out to the replica Regions in equal parts, or to the internet if there is no replica."""
        sent = self.bill.number("transfer_gb")
        outside = np.where(self.replicated, 0.0, sent)
        self.bill.charge("Data transfer to the internet", "data transfer", outside, TRANSFER_SERVICE, "internet_out")
        for region, here in self.replicas.items():
            part = np.where(here, sent / np.maximum(sum(self.replicas.values()), 1), 0.0)
            if part.any():
                pair = f"inter_region_out_{region.replace('-', '_')}"
                known, regions = self.bill.book.known, self.bill.text("region").astype(str)
                sources = [
                    name for name in set(regions) if pair in known("item", service=TRANSFER_SERVICE, region=name)
                ]
                items = np.where(np.isin(regions, sources), pair, "inter_region_out")
                self.bill.charge("Data transfer to other Regions", "data transfer", part, TRANSFER_SERVICE, items)

    def _charge(self, item: str, line: str, amount: Amounts, price: str, region: str | None = None) -> None:
        """Charge at the price of each table's class."""
        names: Names = price
        if self.ia.any():
            names = np.where(self.ia, price + TABLE_CLASSES["standard_ia"], price)
        self.bill.charge(item, line, amount, SERVICE, names, region=region)

    def _charge_capacity(self, item: str, line: str, hours: Amounts, price: str, region: str | None = None) -> None:
        self._charge(item, line, self._beyond_free(hours, price, region, of_hours=True), price, region)

    def _beyond_free(
        self, amount: Amounts, price: str, region: str | None = None, *, of_hours: bool = False
    ) -> Amounts:
        """The part of an amount that the free tier of its Region does not cover."""
        used = self.free & (amount > 0) & ~(self.ia & (price in OF_STANDARD_CLASS))
        try:
            free = self.bill.free_amount(SERVICE, price, used, region)
        except UnknownPrice:
            if price != "replicated_write_capacity_unit":  # these had no free tier before the price cut of 2024-11-01
                raise
            return amount
        if of_hours:
            free = free / FREE_TIER_HOURS * self.throughput.hours
        return np.maximum(amount - free, 0.0)

    def _replicas(self) -> Iterator[tuple[str, Switches]]:
        """Each Region that holds replicas, with the bills whose table has one there. Raises InputError."""
        lists = self.bill.text("replica_regions").tolist()
        sources = self.bill.text("region")
        distinct = sorted({region for regions in lists for region in regions})
        for region in distinct:
            try:
                self.bill.book.find(SERVICE, "storage", region, as_of=self.bill.as_of)
            except UnknownPrice as error:
                raise error.located(path="replica_regions") from None
            here = np.array([region in regions for regions in lists])
            refuse(here & (sources == region), f"{region} is the table's own Region; list the others",
                   "replica_regions")  # fmt: skip
            yield region, here
        if any(len(set(regions)) < len(regions) for regions in lists):
            raise InputError("a Region is listed twice", path="replica_regions")


PLATFORM = Platform(
    name="dynamodb",
    title="DynamoDB",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=None,
    free_tier="Region",
    service=SERVICE,
    settings=("term", "stream_reads_per_write", "ttl_deletes_per_write"),
    usage=DynamoDBUsage,
    charge=charge,
    sizing=sizing,
    items=ITEMS,
)

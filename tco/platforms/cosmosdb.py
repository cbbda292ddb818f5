"""Azure Cosmos DB: request units bought as provisioned throughput, as autoscale throughput, or one by one (serverless).

Prices exist for the United States in general (Region `us`) and for some Regions; what a Region lacks is an error.
Autoscale throughput has a price of its own, 1.5 times the provisioned one in the United States. No release forces an
upgrade: https://learn.microsoft.com/azure/cosmos-db/understand-your-bill.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
from pydantic import Field

from tco.errors import InputError
from tco.platforms.base import MILLION, Bill, Demand, Platform, Usage, UsageColumns, as_stated, name, quantity, refuse
from tco.platforms.load_shapes import load_shape
from tco.units import SECONDS_PER_HOUR

SERVICE = "CosmosDB"
LINE = "requests or capacity"
BLOCK = 100
"""Throughput is priced by 100 request units a second: https://learn.microsoft.com/azure/cosmos-db/understand-your-bill."""
BYTES_PER_KB = 1024
UNITED_STATES = re.compile(r"^us-(east|west)-\d$")
"""AWS Regions in the country for which Microsoft states a price as a whole."""
MIN_AUTOSCALE_SHARE = 0.1
"""Autoscale does not bill below a tenth of its maximum: https://learn.microsoft.com/azure/cosmos-db/autoscale-faq."""


class CosmosDBUsage(Usage):
    """One account with one write Region, one month."""

    mode: Literal["provisioned", "autoscale", "serverless"] = name(
        "How throughput is bought; where left out, serverless with request_units, else provisioned", "provisioned"
    )
    ru_per_second: float = quantity(
        "Request units a second, of all Regions: as provisioned, or with autoscale the highest of each hour, averaged "
        "over the month", "request/second",
    )  # fmt: skip
    request_units: float = quantity("Request units consumed in the month, serverless", "request")
    storage_gb: float = quantity("Stored data and indexes, of all Regions", "GB-month")
    multi_region_writes: bool = Field(
        False, description="Whether every Region of the account takes writes, which has a price of its own",
        json_schema_extra={"unit": "switch"},
    )  # fmt: skip


def charge(bill: Bill) -> None:
    """Charge Cosmos DB bills; see `CosmosDBUsage`."""
    rate, consumed = bill.number("ru_per_second"), bill.number("request_units")
    mode = bill.text("mode")
    if not bill.states("mode"):
        mode = np.where(rate > 0, "provisioned", "serverless")
    serverless = mode == "serverless"
    refuse(serverless & (rate > 0), "serverless accounts have no ru_per_second: give request_units", "ru_per_second")
    refuse(~serverless & (consumed > 0), "request_units are billed with mode: serverless only", "request_units")
    hours = np.where(serverless, 0.0, rate / BLOCK * bill.number("hours_per_month"))
    everywhere = bill.text("multi_region_writes").astype(bool)
    price = np.where(everywhere, "throughput_100_ru_multi_write", "throughput_100_ru")
    autoscale = mode == "autoscale"
    bill.charge("Provisioned throughput", LINE, np.where(autoscale, 0.0, hours), SERVICE, price)
    bill.charge("Autoscale throughput", LINE, np.where(autoscale, hours, 0.0), SERVICE,
                np.char.add(price.astype(str), "_autoscale"))  # fmt: skip
    requests = np.where(serverless, consumed / MILLION, 0.0)
    bill.charge("Serverless request units", LINE, requests, SERVICE, "serverless_request_unit")
    bill.charge("Storage", "storage", bill.number("storage_gb"), SERVICE, "storage")


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's workload in a month, (draws, groups).

    Request units: cosmosdb.units_per_read for the first KB of an item and cosmosdb.units_per_further_kb_read for each
    further one, writes likewise. On demand is serverless; provisioned is autoscale, which bills each hour's highest
    second: the hour's mean x cosmosdb.peak_within_hour, but at least a tenth of the highest hour of the load shape.
    Data: allocated storage x rds.storage_fill x dynamodb.size_factor. A group in an AWS Region of the United States has
    the price that Microsoft states for that country, `us`; elsewhere name an Azure Region, or give own prices. Left
    out: further Regions and long backups.
    """
    capacity = demand.text("capacity")
    if np.any(capacity == "reserved"):
        raise InputError("no price of reserved Cosmos DB throughput is known; valid: on_demand, provisioned",
                         path="capacity")  # fmt: skip
    further = np.maximum(demand.number("item_bytes") / BYTES_PER_KB - 1, 0.0)
    units = [
        demand.number(f"{call}s_per_second")
        * (demand.assumption(f"cosmosdb.units_per_{call}")
           + further * demand.assumption(f"cosmosdb.units_per_further_kb_{call}"))
        for call in ("read", "write")
    ]  # fmt: skip
    average = units[0] + units[1]
    on_demand = capacity == "on_demand"
    scaled = np.array([_scaled_mean(load) for load in demand.text("load").tolist()])
    rate = average * demand.assumption("cosmosdb.peak_within_hour") * scaled
    stored = demand.number("storage_gb") * demand.assumption("rds.storage_fill")
    hours, regions = demand.number("hours_per_month"), demand.text("region").tolist()
    return as_stated(demand, ()) | {
        "region": np.array(["us" if UNITED_STATES.match(name) else name for name in regions], dtype=object),
        "mode": np.where(on_demand, "serverless", "autoscale"),
        "ru_per_second": np.where(on_demand, 0.0, rate),
        "request_units": np.where(on_demand, average * hours * SECONDS_PER_HOUR, 0.0),
        "storage_gb": stored * demand.assumption("dynamodb.size_factor"),
    }


def _scaled_mean(load: str | tuple[float, ...] | None) -> float:
    """Mean over the hours of a load shape, where no hour counts less than a tenth of the highest."""
    if not load:
        return 1.0
    hours = load_shape(load).reads
    return float(np.maximum(hours, hours.max() * MIN_AUTOSCALE_SHARE).mean())


PLATFORM = Platform(
    name="cosmosdb",
    title="Cosmos DB",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=None,
    service=SERVICE,
    settings=("capacity",),
    usage=CosmosDBUsage,
    charge=charge,
    sizing=sizing,
    items=("Provisioned throughput", "Autoscale throughput", "Serverless request units", "Storage"),
)

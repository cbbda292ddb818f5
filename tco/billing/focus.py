"""A ledger as FOCUS 1.3 (https://focus.finops.org/focus-specification/v1-3/), which tools for bills can read.

Nothing in it was invoiced. Lines that a provider would bill are its charges; labour, downtime and other risk are marked
as not billed: their `BilledCost` is 0, their `EffectiveCost` the modelled cost. Own columns begin with `x_`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from tco.billing.products import price_rows
from tco.evaluation.ledger import Ledger
from tco.scenario.scenario import month_after

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd "
    "BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart "
    "CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity "
    "CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit "
    "ContractedCost ContractedUnitPrice EffectiveCost HostProviderName InvoiceId "
    "InvoiceIssuerName ListCost ListUnitPrice PricingCategory PricingCurrency PricingQuantity PricingUnit ProviderName "
    "PublisherName RegionId RegionName ResourceId ResourceName ResourceType ServiceCategory ServiceName "
    "ServiceProviderName ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName "
    "SubAccountType Tags x_Billed x_Category x_Group x_Line x_Option x_Phase x_Release x_Role"
).split()
UNITS: Mapping[str, str] = {
    "million requests": "1000000 Requests", "MB/s-month": "MBps-Months", "labour hour": "Hours",
    "downtime minute": "Minutes", "unfinished cluster": "Clusters", "USD": "USD", "GB": "GB",
    "normalised instance hour": "Normalized Instance-Hours",
}  # fmt: skip
"""Units with an own name in FOCUS; the others follow its rule of capitals and plurals."""
TIMES = ("minute", "hour", "day", "month")
NOT_BILLED_UNITS = ("labour hour", "downtime minute", "cluster-month", "unfinished cluster")
BILLED_LINES: Mapping[str, tuple[str, ...]] = {
    "version upkeep": ("staging environments", "Extended Support"),
    "transition": ("dual running", "stranded commitments"),
}
"""Lines outside the category infrastructure that a provider bills."""
KINDS: Mapping[str, tuple[str, str]] = {
    "AmazonEC2": ("Compute", "Virtual Machines"), "AmazonEC2-EBS": ("Storage", "Block Storage"),
    "AWSDataTransfer": ("Networking", "Other (Networking)"), "AmazonDAX": ("Databases", "Caching"),
    "AmazonElastiCache": ("Databases", "Caching"), "AmazonRDS": ("Databases", "Relational Databases"),
    "AuroraDSQL": ("Databases", "Relational Databases"), "AmazonDynamoDB": ("Databases", "NoSQL Databases"),
    "AmazonDocDB": ("Databases", "NoSQL Databases"), "AmazonKeyspaces": ("Databases", "NoSQL Databases"),
    "CosmosDB": ("Databases", "NoSQL Databases"),
}  # fmt: skip
"""Categories and subcategories of services from FOCUS's closed list; other services are `OTHER_DATABASE`."""
OTHER_DATABASE = ("Databases", "Other (Databases)")
NOT_A_SERVICE = ("Other", "Other (Other)")
PROVIDERS = {
    "CosmosDB": "Microsoft", "AzureFlexible": "Microsoft", "CloudSQL": "Google Cloud", "CockroachDB": "Cockroach Labs",
    "TiDBCloud": "PingCAP", "Neon": "Neon",
}  # fmt: skip
USUAL_PROVIDER, OWN = "AWS", "tco model"


def focus_table(ledger: Ledger) -> pd.DataFrame:
    """The ledger's first draw as a FOCUS 1.3 Cost and Usage dataset: one charge per ledger row that is not zero.

    The scenario is the billing account, each option a sub account (select one before costs are summed), each group a
    resource. Commitments are prices of a term here, so the columns CommitmentDiscount... are empty. ListCost is at the
    list price if a line has exactly one price row; ContractedCost and EffectiveCost are the modelled cost, and
    BilledCost is too if a provider bills the line, else 0 (`x_Billed` false).
    """
    import pandas as pd

    lines = ledger.table()
    lines = lines[(lines["quantity"] != 0) | (lines["cost"] != 0)].reset_index(drop=True)
    outside = pd.Series([line not in BILLED_LINES.get(category, ())
                         for category, line in zip(lines["category"], lines["line"], strict=True)])  # fmt: skip
    billed = ~lines["unit"].isin(NOT_BILLED_UNITS) & ((lines["category"] == "infrastructure") | ~outside)
    priced = _priced(ledger, lines["assumptions"])
    service = priced["service"].where(billed & (priced["service"] != ""), OWN)
    credit = lines["cost"] < 0
    upfront = lines["line"].eq("commitments") & billed & ~credit
    list_price = priced["price"].where(billed & priced["price"].notna(), lines["unit_price"]).where(~credit)
    provider = service.map(lambda name: OWN if name == OWN else PROVIDERS.get(name, USUAL_PROVIDER))
    kinds = [NOT_A_SERVICE if name == OWN else KINDS.get(name, OTHER_DATABASE) for name in service]
    remark = billed.map({True: "", False: " (modelled, not billed)"})
    start, end = _month_starts(lines["period"])
    usage = ~(credit | upfront)
    groups = ledger.scenario.fleet
    region = lines["group"].map({name: group.region for name, group in groups.items()})
    tags = {name: json.dumps({"engine": group.engine, "environment": group.environment})
            for name, group in groups.items()}  # fmt: skip
    quantity, unit = lines["quantity"].where(~credit), lines["unit"].map(_unit)
    sku = [name or f"{category}/{line}" for name, category, line in
           zip(priced["name"], lines["category"], lines["line"], strict=True)]  # fmt: skip
    columns: dict[str, Any] = {
        "BilledCost": lines["cost"].where(billed, 0.0), "EffectiveCost": lines["cost"],
        "ContractedCost": lines["cost"],
        "ListCost": (lines["quantity"] * list_price).where(~credit, lines["cost"]),
        "ListUnitPrice": list_price, "ContractedUnitPrice": lines["unit_price"].where(~credit),
        "BillingAccountId": ledger.scenario.name, "BillingAccountName": ledger.scenario.name,
        "BillingAccountType": "Scenario", "SubAccountId": lines["option"], "SubAccountName": lines["option"],
        "SubAccountType": "Option", "BillingCurrency": "USD", "PricingCurrency": "USD", "InvoiceId": None,
        "BillingPeriodStart": start, "BillingPeriodEnd": end, "ChargePeriodStart": start, "ChargePeriodEnd": end,
        "ChargeCategory": pd.Series("Usage", lines.index).mask(upfront, "Purchase").mask(credit, "Credit"),
        "ChargeClass": None,
        "ChargeFrequency": pd.Series("Usage-Based", lines.index).mask(~usage, "One-Time"),
        "ChargeDescription": lines["category"] + ": " + lines["line"] + remark,
        "PricingCategory": pd.Series("Standard", lines.index).where(~credit),
        "PricingQuantity": quantity, "PricingUnit": unit.where(~credit),
        "ConsumedQuantity": quantity.where(usage), "ConsumedUnit": unit.where(usage),
        "HostProviderName": provider, "InvoiceIssuerName": provider, "ProviderName": provider,
        "PublisherName": provider, "ServiceProviderName": provider, "ServiceName": service,
        "ServiceCategory": [kind for kind, _ in kinds], "ServiceSubcategory": [kind for _, kind in kinds],
        "RegionId": region, "RegionName": region, "ResourceId": lines["option"] + "/" + lines["group"],
        "ResourceName": lines["group"], "ResourceType": "Cluster group",
        "SkuId": pd.Series(sku).where(~credit), "SkuPriceId": pd.Series(sku).where(~credit),
        "SkuMeter": lines["line"].where(~credit), "SkuPriceDetails": priced["details"].where(~credit),
        "Tags": lines["group"].map(tags), "x_Billed": billed,
    }  # fmt: skip
    for name in ("category", "group", "line", "option", "phase", "release", "role"):
        columns[f"x_{name.capitalize()}"] = lines[name]
    columns |= dict.fromkeys(name for name in COLUMNS if name.startswith("CommitmentDiscount"))
    return pd.DataFrame(columns)[list(COLUMNS)]


def _priced(ledger: Ledger, assumptions: pd.Series[str]) -> pd.DataFrame:
    """The price row of each line: name, service, list price and class; the service alone if it has several rows."""
    import pandas as pd

    texts = [str(text) for text in assumptions.unique()]
    rows = price_rows(ledger.scenario, texts)
    known: dict[str, tuple[str, str, float | None, str | None]] = {}
    for text in texts:
        read = [rows[name] for name in text.split("; ") if name in rows]
        services = {row.service for row in read}
        service = services.pop() if len(services) == 1 else ""
        row = read[0] if len(read) == 1 else None
        details = json.dumps({"InstanceType": row.instance_class}) if row and row.instance_class else None
        known[text] = (row.name if row else "", service, row.price if row else None, details)
    table = pd.DataFrame([known[text] for text in assumptions], columns=["name", "service", "price", "details"])
    return table.astype({"price": float})


def _unit(unit: str) -> str:
    """A unit of the ledger in the format of FOCUS: words with capitals, a plural, a hyphen before a unit of time.

    >>> _unit("GB-month"), _unit("capacity-unit hour"), _unit("instance")
    ('GB-Months', 'Capacity Unit-Hours', 'Instances')
    """
    if unit in UNITS:
        return UNITS[unit]
    *words, last = unit.replace("-", " ").removesuffix("s").split()
    capitals = [word.capitalize() if word.islower() else word for word in (*words, last)]
    counted = " ".join(capitals[:-1])
    return f"{counted}{'-' if last in TIMES and counted else ' ' if counted else ''}{capitals[-1]}s"


def _month_starts(periods: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[str]]:
    """The first moments of each month and of the next, as ISO 8601 in UTC."""
    first = {text: date(int(text[:4]), int(text[5:]), 1) for text in periods.unique()}
    ends = {text: f"{month_after(day, 1)}T00:00:00Z" for text, day in first.items()}
    return periods.map({text: f"{day}T00:00:00Z" for text, day in first.items()}), periods.map(ends)

"""What a product of the AWS Price List is in the price tables, and how usage types name it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tco.refresh.price_list import Attributes

MILLION = Decimal(1_000_000)

#: The prefix by which usage types name a Region; us-east-1 has none, or `USE1-` on newer products.
REGION_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-")


@dataclass(frozen=True, slots=True)
class Product:
    """The item that a product is. factor: its price times this is the price in `unit`; tier: where the tiers of an
    item are products of their own, the quantity from which this one holds and to which.
    """

    service: str
    item: str
    unit: str
    engine: str = ""
    instance_class: str = ""
    deployment: str = ""
    factor: Decimal = Decimal(1)
    tier_from: str = ""
    tier_to: str = ""


def usage_type(attributes: Attributes) -> str:
    """The usage type without the Region in front; `IA-` is no Region but a table class, `IO-` no Region either."""
    usage = attributes.get("usagetype", "").strip()
    return usage if usage.startswith(("IA-", "IO-")) else REGION_PREFIX.sub("", usage)

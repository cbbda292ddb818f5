"""Turns the prices of an offer file into rows of the price tables: free amounts and tiers, terms and their fees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tco.refresh.price_list import Offered, OfferHead
from tco.refresh.products import Product

PURCHASES = {
    "No Upfront": "no_upfront",
    "Partial Upfront": "partial_upfront",
    "All Upfront": "all_upfront",
    "Heavy Utilization": "partial_upfront",  # the old name, still used for DynamoDB
}
Row = dict[str, str]
Tier = tuple[str, ...]


@dataclass
class Tables:
    """Rows in the making, by key and tier; classes: hardware of the instance classes met.

    unclear: keys for which the file holds several prices; they are left out.
    """

    head: OfferHead
    region: str
    source: str
    rows: dict[Tier, Row] = field(default_factory=dict)
    classes: dict[str, Row] = field(default_factory=dict)
    unclear: set[Tier] = field(default_factory=set)

    def add(self, prices: Iterable[Offered[Product]]) -> None:
        """Add the prices of one product under one term."""
        ordered = sorted(prices, key=lambda price: price.begin)
        # A first amount at no price is a free tier, kept apart under its own term; what follows has no tier then.
        free = [price for price in ordered if not price.upfront and price.price == 0 and price.end is not None]
        paid = [price for price in ordered if price not in free]
        product = ordered[0].product
        for price in free:
            self._put(product, price, "free_tier", "0", _number((price.end or Decimal(0)) / _scale(product)))
        tiered = sum(not price.upfront for price in paid) > 1
        lowest = min((price.begin for price in paid if not price.upfront), default=None)
        for price in paid:
            if not price.upfront and price.price == 0 and price.reserved:
                continue  # paid in full by the fee
            # The first tier that is paid holds from the first unit, since bills leave free amounts out by default.
            begin = Decimal(0) if price.begin == lowest else price.begin
            low = _number(begin) if tiered and not price.upfront else product.tier_from
            high = _number(price.end) if tiered and price.end is not None else product.tier_to
            self._put(product, price, term_of(price), low, high)

    def _put(self, product: Product, price: Offered[Product], term: str, low: str, high: str) -> None:
        item, unit, factor = product.item, product.unit, product.factor
        if price.reserved and item != "instance":
            item = f"reserved_{item}"
        if price.upfront:
            item, factor = f"{item}_upfront", Decimal(1)
            unit = "instance" if product.item == "instance" else "capacity unit"
        key = (
            product.service,
            self.region,
            item,
            product.engine,
            product.instance_class,
            product.deployment,
            term,
            low,
        )
        row = {
            "service": product.service, "region": self.region, "item": item, "engine": product.engine,
            "instance_class": product.instance_class, "deployment": product.deployment, "term": term, "unit": unit,
            "price": _number(price.price * factor), "tier_from": low, "tier_to": high,
            "valid_from": price.effective.isoformat() if price.effective else self.head.published.isoformat(),
            "valid_to": "", "observed_on": self.head.published.isoformat(), "source": self.source, "sku": price.sku,
            "confidence": "high", "note": "",
        }  # fmt: skip
        if self.rows.setdefault(key, row)["price"] != row["price"]:
            self.unclear.add(key)
        if product.instance_class:
            self.classes.setdefault(product.instance_class, _hardware(product.instance_class, price))

    def clear_rows(self) -> list[Row]:
        """The rows without those that the file gives several prices for, sorted by key."""
        return [self.rows[key] for key in sorted(self.rows) if key not in self.unclear]


def term_of(price: Offered[Product]) -> str:
    """The name of a price's term, such as `1yr_no_upfront`."""
    if not price.reserved:
        return "on_demand"
    convertible = "convertible_" if price.offering_class == "convertible" else ""
    purchase = PURCHASES.get(price.purchase, price.purchase.lower().replace(" ", "_"))
    return f"{price.lease.replace(' ', '')}_{convertible}{purchase}"


def _scale(product: Product) -> Decimal:
    """Quantities shrink as prices grow: of a price for a million, 2.5 M are 2.5."""
    return product.factor if product.factor > 1 else Decimal(1)


def _hardware(name: str, price: Offered[Product]) -> Row:
    vcpu = price.vcpu.strip()
    memory = price.memory.replace(",", "").removesuffix("GiB").strip()
    return {
        "instance_class": name, "family": name.split(".")[-2] if "." in name else name,
        "vcpu": vcpu if vcpu.isdigit() else "", "memory_gib": memory if memory != "NA" else "", "basis": "listed",
    }  # fmt: skip


def _number(value: Decimal) -> str:
    """The shortest plain writing: 0.1415, never 1.415E-1."""
    return format(value.normalize(), "f")

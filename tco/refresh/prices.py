"""Fetches the newest prices of one service in one Region and keeps them as a dated set of price tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tco.catalog.price_rows import PriceTables, shipped_folder
from tco.errors import InputError, unknown
from tco.refresh.download import BASE_URL, Downloader
from tco.refresh.price_list import Offered, OfferHead, read_head, read_prices
from tco.refresh.price_rows import Tables, term_of
from tco.refresh.price_set import price_changes, write_price_set
from tco.refresh.products import Product, offer_code, product_of
from tco.refresh.query import Query, pricing_client

if TYPE_CHECKING:
    import pandas as pd

OFFER_INDEX = "/offers/v1.0/aws/index.json"


@dataclass(frozen=True)
class Refresh:
    """What a refresh did. folder: the new set. published: the day of the prices. rows: how many there are.

    unclear: how many were left out because the file gives several prices for the same thing.
    changes: see `price_changes`.
    """

    folder: Path
    published: date
    rows: int
    unclear: int
    changes: pd.DataFrame


def refresh_prices(
    service: str,
    region: str,
    out: str | Path,
    *,
    form: Literal["json", "csv", "api"] = "csv",
    downloader: Downloader | None = None,
    client: Any = None,
) -> Refresh:
    """Fetch the current prices of `service` in `region` and write them as a set into a folder below `out`.

    form: which of the two published forms to read (they hold the same, and CSV is smaller), or `api` for the query API,
    which needs an AWS account; client: its client of boto3, else one with the account's own credentials. Raises
    InputError where the prices cannot be fetched or are not what they should be; then nothing is written.
    """
    code = offer_code(service)
    if form == "api":
        tables, address = _queried(code, region, client or pricing_client()), f"the query API ({code})"
    else:
        tables, address = _downloaded(code, region, form, downloader or Downloader(BASE_URL))
    rows = tables.clear_rows()
    if not rows:
        raise InputError(f"holds no price of {service} in {region} that the tables know", path=address)
    folder = Path(out) / f"{code}-{region}-{tables.head.published.isoformat()}"
    hardware = [row for row in tables.classes.values() if row["vcpu"] and row["memory_gib"]]
    source = {
        "id": tables.source,
        "title": f"AWS Price List of {code}, version {tables.head.version}",
        "link": address,
    }
    write_price_set(folder, rows, hardware, [source])
    written = PriceTables(folder)
    older = PriceTables(shipped_folder()).rows(written.places)
    changes = price_changes(older, written.rows(), tables.head.published)
    return Refresh(folder, tables.head.published, len(rows), len(tables.unclear), changes)


def _downloaded(service: str, region: str, form: str, downloader: Downloader) -> tuple[Tables, str]:
    """The tables of a published file, and its address."""
    with tempfile.TemporaryDirectory() as workplace, downloader as files:
        address = offer_file(files, service, region)
        if form == "csv":
            address = address.removesuffix(".json") + ".csv"
        offer = files.file(address, Path(workplace) / f"offer.{form}")
        head = read_head(offer)
        if head.service != service:
            raise InputError(f"is the offer file of {head.service}, not of {service}", path=address)
        return _tables(head, region, read_prices(offer, product_of(service)), address), address


def _queried(service: str, region: str, client: Any) -> Tables:
    """The tables of what the query API answers."""
    query = Query(service, region, client)
    prices = list(query.prices(product_of(service)))
    return _tables(query.head, region, prices, "the query API")


def _tables(head: OfferHead, region: str, prices: Iterable[Offered[Product]], address: str) -> Tables:
    tables = Tables(head, region, f"aws_price_list_{head.service}_{region}_{head.published.isoformat()}")
    terms: dict[tuple[str, str], list[Offered[Product]]] = {}
    for price in prices:
        if price.region not in ("", region):
            raise InputError(f"holds prices of {price.region}, not of {region}", path=address)
        terms.setdefault((price.sku, term_of(price)), []).append(price)
    for one in terms.values():
        tables.add(one)
    return tables


def offer_file(files: Downloader, service: str, region: str) -> str:
    """The address of the JSON offer file: offer index -> Region index -> file. Raises InputError for unknown names."""
    offers = _part(files.document(OFFER_INDEX), "offers", OFFER_INDEX)
    if service not in offers:
        raise InputError(unknown("service", service, offers))
    index = str(offers[service].get("currentRegionIndexUrl", ""))
    regions = _part(files.document(index), "regions", index)
    if region not in regions:
        raise InputError(unknown("Region", region, regions))
    return str(regions[region].get("currentVersionUrl", ""))


def _part(document: dict[str, Any], name: str, address: str) -> dict[str, Any]:
    part = document.get(name)
    if not isinstance(part, dict) or not part:
        raise InputError(f"has no {name!r}", path=address)
    return part

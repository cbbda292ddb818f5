"""Fetches the newest prices of one service in one Region and writes them as a dated set of price tables."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tco.catalog.price_rows import PriceTables, shipped_folder
from tco.catalog.prices import check_set, read_book
from tco.errors import InputError, unknown
from tco.refresh.download import BASE_URL, Downloader
from tco.refresh.price_list import read_head, read_prices
from tco.refresh.price_tables import Tables, price_changes
from tco.refresh.products import offer_code, product_of
from tco.refresh.query import Query, pricing_client

if TYPE_CHECKING:
    import pandas as pd

OFFER_INDEX = "/offers/v1.0/aws/index.json"
LONGEST_ADDRESS = 2000
"""Characters; no address of the Price List has a tenth of them."""


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
    accept: bool = False,
) -> Refresh:
    """Fetch the current prices of `service` in `region` and write them as a set into a folder below `out`.

    form: which of the two published forms to read (they hold the same, and CSV is smaller), or `api` for the query API,
    which needs an AWS account; client: its client of boto3, else one with the account's own credentials. accept: take
    prices that are more than 20 times the packaged ones, or less than a twentieth. Raises InputError where the prices
    cannot be fetched or are not what they should be; then nothing is written.
    """
    code = offer_code(service)
    if form == "api":
        tables = _queried(code, region, client or pricing_client())
    else:
        tables = _downloaded(code, region, form, downloader or Downloader(BASE_URL))
    if not (rows := len(tables.clear_rows())):
        raise InputError(f"holds no price of {service} in {region} that the tables know", path=tables.address)
    folder = Path(out) / f"{code}-{region}-{tables.head.published.isoformat()}"
    shipped = read_book("")
    if accept:
        tables.accept_all()
    try:
        tables.write(folder, lambda new_folder: check_set(new_folder, shipped))
    except InputError as error:
        raise InputError(replace(problem, file=tables.address) for problem in error.problems) from None
    written = PriceTables(folder)
    older = PriceTables(shipped_folder()).rows(written.places)
    changes = price_changes(older, written.rows(), tables.head.published)
    return Refresh(folder, tables.head.published, rows, len(tables.unclear), changes)


def _downloaded(service: str, region: str, form: str, downloader: Downloader) -> Tables:
    """The tables of a published file."""
    with tempfile.TemporaryDirectory() as workplace, downloader as files:
        address = offer_file(files, service, region)
        if form == "csv":
            address = address.removesuffix(".json") + ".csv"
        offer = files.file(address, Path(workplace) / f"offer.{form}")
        try:
            tables = Tables(read_head(offer), region, address)
            if tables.head.service != service:
                raise InputError(f"is the offer file of {tables.head.service}, not of {service}")
            tables.add(read_prices(offer, product_of(service)))
        except InputError as error:
            raise InputError(replace(problem, path=address) for problem in error.problems) from None
    return tables


def _queried(service: str, region: str, client: Any) -> Tables:
    """The tables of what the query API answers."""
    query = Query(service, region, client)
    prices = list(query.prices(product_of(service)))
    tables = Tables(query.head, region, f"the query API ({service})")
    tables.add(prices)
    return tables


def offer_file(files: Downloader, service: str, region: str) -> str:
    """The address of the JSON offer file: offer index -> Region index -> file. Raises InputError for unknown names."""
    index = _address(files, OFFER_INDEX, ("offers", "service", "currentRegionIndexUrl"), service)
    return _address(files, index, ("regions", "Region", "currentVersionUrl"), region)


def _address(files: Downloader, index: str, words: tuple[str, str, str], name: str) -> str:
    """The address that an index states of a name. words: the part of the index, what the name is, and the field."""
    part, noun, field = words
    entries = files.document(index).get(part)
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"has no {part!r}", path=index)
    if name not in entries:
        raise InputError(unknown(noun, name, entries))
    found = entries[name].get(field) if isinstance(entries[name], dict) else None
    if not isinstance(found, str) or not found.isprintable() or not 0 < len(found) <= LONGEST_ADDRESS:
        raise InputError(f"has no address of {name}", path=index, value=found)
    return found

"""The same prices from the Price List's Query API, which needs an AWS account: page by page, product by product."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from tco.errors import InputError
from tco.refresh.price_list import Offered, OfferHead, Selection, named_attributes, term_prices

ENDPOINT_REGION = "us-east-1"
"""The API answers in few Regions, whichever Region is asked about."""
FORMAT = "aws_v1"
PAGE = 100
REGION_FIELDS = {"AWSDataTransfer": "fromRegionCode"}
"""Attributes by which the API finds a Region's products, where that is not `regionCode`."""


def pricing_client() -> Any:
    """A client of the API with the account's own credentials. Raises InputError where boto3 is not installed."""
    try:
        import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ModuleNotFoundError:
        raise InputError("the query API needs boto3: pip install 'tco[aws]'") from None
    with _api_faults():
        return boto3.client("pricing", region_name=ENDPOINT_REGION)


@contextmanager
def _api_faults() -> Iterator[None]:
    """Turns errors of botocore (no credentials, no connection, refused) into an InputError."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("botocore"):
            raise
        raise InputError(f"the query API cannot be asked ({type(error).__name__}: {error})") from None


class Query:
    """One query for a service's prices in a Region: `prices` are read once, `head` is known afterwards."""

    def __init__(self, service: str, region: str, client: Any):
        self.service = service
        self.region = region
        self._client = client
        self._version = ""
        self._published = ""

    @property
    def head(self) -> OfferHead:
        """Which version was read, of which day. Raises InputError before anything was read."""
        try:
            return OfferHead(self.service, self._version, date.fromisoformat(self._published[:10]))
        except ValueError:
            raise InputError(f"the query API has no price of {self.service} in {self.region}") from None

    def prices(self, select: Selection) -> Iterator[Offered]:
        """The prices in USD of the selected products. Raises InputError."""
        with _api_faults():
            for number, text in enumerate(self._items()):
                try:
                    yield from self._item(json.loads(text), select)
                except InputError:
                    raise
                except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
                    problem = f"the query API answered with something else than a price ({error})"
                    raise InputError(problem, path=f"PriceList.{number}") from None

    def _items(self) -> Iterator[str]:
        field = REGION_FIELDS.get(self.service, "regionCode")
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode=self.service,
            Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": self.region}],
            FormatVersion=FORMAT,
            PaginationConfig={"PageSize": PAGE},
        )
        for page in pages:
            yield from page["PriceList"]

    def _item(self, entry: dict[str, Any], select: Selection) -> Iterator[Offered]:
        """One product with its terms, which are one level higher here than in the files."""
        stated = entry["product"]
        attributes = named_attributes({**stated["attributes"], "productFamily": stated.get("productFamily", "")})
        product = select(attributes)
        self._version = max(self._version, str(entry.get("version", "")))
        self._published = max(self._published, str(entry.get("publicationDate", "")))
        if product is None:
            return
        for kind in ("OnDemand", "Reserved"):
            for term in entry.get("terms", {}).get(kind, {}).values():
                yield from term_prices(stated["sku"], product, attributes, term, reserved=kind == "Reserved")

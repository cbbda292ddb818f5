"""The same prices from the Price List's Query API, which needs an AWS account: page by page, product by product."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

from tco.errors import InputError, shown
from tco.refresh.download import LARGEST_DOCUMENT, PIECE, TOTAL_SECONDS, Unreachable, answered
from tco.refresh.price_list import Offered, OfferHead, Selection, named_attributes, term_prices

ENDPOINT_REGION = "us-east-1"
"""The API answers in few Regions, whichever Region is asked about."""
FORMAT = "aws_v1"
PAGE = 100
MOST_PAGES = 20_000
"""No service has two million products in one Region."""
LONGEST_REASON = 300
"""Characters of an error of boto3 that are told."""
REGION_FIELDS = {"AWSDataTransfer": "fromRegionCode"}
"""Attributes by which the API finds a Region's products, where that is not `regionCode`."""


def pricing_client(largest: int = LARGEST_DOCUMENT) -> Any:
    """A client of the API with the account's own credentials. Raises InputError where boto3 is not installed.

    largest: bytes of a page, which boto3 itself would read however long it is.
    """
    try:
        import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ModuleNotFoundError:
        raise InputError("the query API needs boto3: pip install 'tco[aws]'") from None
    with _api_faults():
        client = boto3.client("pricing", region_name=ENDPOINT_REGION)
    http = client._endpoint.http_session  # noqa: SLF001 (boto3 has no public way to read an answer piece by piece)
    client.meta.events.register("before-send.pricing", lambda request, **_: _sent(http, request, largest))
    return client


def _sent(http: Any, request: Any, largest: int) -> Any:
    """The answer to a request of boto3, read whole. Raises InputError where it is too long."""
    from botocore.awsrequest import AWSResponse  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from botocore.exceptions import ConnectionClosedError  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from urllib3.exceptions import HTTPError

    request.stream_output = True
    answer = http.send(request)
    pieces, size = [], 0
    try:
        for piece in answer.raw.stream(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                answer.raw.close()
                raise InputError(f"the query API answered with a page that is longer than {largest:,} bytes")
    except HTTPError as error:
        raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from None
    return AWSResponse(answer.url, answer.status_code, answer.headers, SimpleNamespace(stream=lambda: pieces))


@contextmanager
def _api_faults() -> Iterator[None]:
    """Turns what boto3 raises into an InputError: no credentials, no connection, an answer that it cannot read."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 (an odd answer makes its parsers raise anything)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_REASON]
        raise InputError(f"the query API cannot be asked, or answers oddly ({reason})") from None


class Query:
    """One query for a service's prices in a Region: `prices` are read once, `head` is known afterwards.

    total_seconds: from now on, for all pages.
    """

    def __init__(self, service: str, region: str, client: Any, total_seconds: float = TOTAL_SECONDS):
        self.service = service
        self.region = region
        self._client = client
        self._total_seconds = total_seconds
        self._deadline = time.monotonic() + total_seconds
        self._version = ""
        self._published = ""

    @property
    def head(self) -> OfferHead:
        """Which version was read, of which day. Raises InputError before anything was read."""
        if not self._published:
            raise InputError(f"the query API has no price of {self.service} in {self.region}")
        try:
            published = date.fromisoformat(self._published[:10])
        except ValueError:
            raise InputError(f"the query API dates its prices {shown(self._published)}, which is no day") from None
        return OfferHead(self.service, self._version, published)

    def prices(self, select: Selection) -> Iterator[Offered]:
        """The prices in USD of the selected products. Raises InputError."""
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
        with _api_faults():
            pages = iter(
                self._client.get_paginator("get_products").paginate(
                    ServiceCode=self.service,
                    Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": self.region}],
                    FormatVersion=FORMAT,
                    PaginationConfig={"PageSize": PAGE},
                )
            )
        for _ in range(MOST_PAGES):
            page = self._page(pages)
            if page is None:
                return
            items = page.get("PriceList") if isinstance(page, dict) else None
            if not isinstance(items, list):
                raise InputError("the query API answered with something else than a list of prices")
            yield from items
        raise InputError(f"the query API has more than {MOST_PAGES:,} pages of {self.service} in {self.region}")

    def _page(self, pages: Iterator[Any]) -> Any:
        """The next page, or None. Raises InputError where it is none, or does not come in time."""

        def ask() -> Any:
            with _api_faults():
                return next(pages, None)

        try:
            return answered(ask, self._deadline)
        except TimeoutError:
            problem = f"the query API did not answer in whole within {self._total_seconds:g} seconds"
            raise Unreachable(problem) from None

    def _item(self, entry: dict[str, Any], select: Selection) -> Iterator[Offered]:
        """One product with its terms, which are one level higher here than in the files."""
        if (service := entry.get("serviceCode", self.service)) != self.service:
            raise InputError(f"the query API answered with a price of {service}, not of {self.service}")
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

"""Offer files of the published form, JSON and CSV, made from one list of prices; and a server that hands them out."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OFFER_INDEX = "/offers/v1.0/aws/index.json"
PUBLISHED = "2026-10-05T12:44:22Z"
LEADING = (
    "SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,"
    "Currency,RelatedTo,LeaseContractLength,PurchaseOption,OfferingClass,Product Family,serviceCode,Location,"
    "Location Type"
).split(",")
TERM_NAMES = ("LeaseContractLength", "PurchaseOption", "OfferingClass")
CSV_NAMES = {
    "instanceType": "Instance Type", "vcpu": "vCPU", "memory": "Memory", "databaseEngine": "Database Engine",
    "deploymentOption": "Deployment Option", "usagetype": "usageType", "operation": "operation", "group": "Group",
    "regionCode": "Region Code", "volumeType": "Volume Type", "operatingSystem": "Operating System",
    "tenancy": "Tenancy", "preInstalledSw": "Pre Installed S/W", "capacitystatus": "CapacityStatus",
    "licenseModel": "License Model", "cacheEngine": "Cache Engine", "transferType": "Transfer Type",
    "databaseEdition": "Database Edition", "fromRegionCode": "From Region Code", "toRegionCode": "To Region Code",
}  # fmt: skip


def product(sku: str, family: str, prices: list[tuple[Any, ...]], **attributes: str) -> dict[str, Any]:
    """One product with its prices: (price, unit), (price, unit, begin, end) or those and a term of three words."""
    return {"sku": sku, "family": family, "prices": prices, "attributes": {"regionCode": "eu-west-1", **attributes}}


def json_offer(service: str, products: list[dict[str, Any]]) -> bytes:
    terms: dict[str, Any] = {"OnDemand": {}, "Reserved": {}}
    for entry in products:
        for number, (price, unit, *rest) in enumerate(entry["prices"]):
            begin, end, term = (*rest, "0", "Inf", None)[:3] if len(rest) != 2 else (*rest, None)
            kind = "Reserved" if term else "OnDemand"
            code = f"{entry['sku']}.{'-'.join(term) if term else 'JRTCKXETXF'}"
            made = terms[kind].setdefault(entry["sku"], {}).setdefault(
                code,
                {
                    "offerTermCode": code.split(".")[1], "sku": entry["sku"], "effectiveDate": "2026-10-01T00:00:00Z",
                    "priceDimensions": {},
                    "termAttributes": dict(zip(TERM_NAMES, term, strict=True)) if term else {},
                },
            )  # fmt: skip
            dimension: dict[str, Any] = {"rateCode": f"{code}.{number}", "description": "", "unit": unit}
            if unit != "Quantity":
                dimension |= {"beginRange": begin, "endRange": end}
            made["priceDimensions"][f"{code}.{number}"] = dimension | {"pricePerUnit": {"USD": price}, "appliesTo": []}
    listed = {
        entry["sku"]: {"sku": entry["sku"], "productFamily": entry["family"], "attributes": entry["attributes"]}
        for entry in products
    }
    head = {"formatVersion": "v1.0", "disclaimer": "…", "offerCode": service, "version": "20261005124422"}
    return json.dumps(head | {"publicationDate": PUBLISHED, "products": listed, "terms": terms}, indent=1).encode()


def csv_offer(service: str, products: list[dict[str, Any]]) -> bytes:
    names = sorted({name for entry in products for name in entry["attributes"]})
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(
        [
            ["FormatVersion", "v1.0"], ["Disclaimer", "…"], ["Publication Date", PUBLISHED],
            ["Version", "20261005124422"], ["OfferCode", service], [*LEADING, *(CSV_NAMES[name] for name in names)],
        ]
    )  # fmt: skip
    for entry in products:
        for price, unit, *rest in entry["prices"]:
            begin, end, term = (*rest, "0", "Inf", None)[:3] if len(rest) != 2 else (*rest, None)
            once = unit == "Quantity"
            writer.writerow(
                [
                    entry["sku"], "CODE", "RATE", "Reserved" if term else "OnDemand", "", "2026-10-01",
                    "" if once else begin, "" if once else end, unit, price, "USD", "", *(term or ("", "", "")),
                    entry["family"], service, "EU (Ireland)", "AWS Region",
                    *(entry["attributes"].get(name, "") for name in names),
                ]
            )  # fmt: skip
    return text.getvalue().encode()


@dataclass
class Answer:
    """What the server says to a request.

    cut: bytes left out although announced. wait: seconds before it speaks. drip: seconds between single bytes. headers:
    further ones.
    """

    body: bytes = b""
    status: int = 200
    cut: int = 0
    wait: float = 0.0
    announced: bool = True
    drip: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class PriceListServer:
    """Answers by path, one after another and the last for ever; `asked` lists the paths in order."""

    address: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def offer(self, service: str, products: list[dict[str, Any]], region: str = "eu-west-1") -> str:
        """Offer these products in both forms, beside other services; returns the path of the folder they are in."""
        base = f"/offers/v1.0/aws/{service}"
        folder = f"{base}/20261005124422/{region}/index"
        known = self.answers.get(OFFER_INDEX)
        index = json.loads(known[0].body) if known else {"offers": {}}
        index["offers"][service] = {
            "offerCode": service, "currentRegionIndexUrl": f"{base}/current/region_index.json",
        }  # fmt: skip
        regions = {"regions": {region: {"regionCode": region, "currentVersionUrl": f"{folder}.json"}}}
        self.answers[OFFER_INDEX] = [Answer(json.dumps(index).encode())]
        self.answers[f"{base}/current/region_index.json"] = [Answer(json.dumps(regions).encode())]
        self.answers[f"{folder}.json"] = [Answer(json_offer(service, products))]
        self.answers[f"{folder}.csv"] = [Answer(csv_offer(service, products))]
        return folder


@contextmanager
def price_list_server() -> Iterator[PriceListServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listed.asked.append(self.path)
            waiting = listed.answers.get(self.path, [Answer(b"not found", 404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            time.sleep(answer.wait)
            self.send_response(answer.status)
            if answer.announced:
                self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            said = answer.body[: len(answer.body) - answer.cut]
            with suppress(ConnectionError):  # the client may have given up
                for byte in said if answer.drip else ():
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.drip)
                self.wfile.write(b"" if answer.drip else said)

        do_POST = do_GET  # noqa: N815 (the query API is asked so)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listed = PriceListServer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield listed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def query_pages(service: str, products: list[dict[str, Any]], page: int = 2) -> list[dict[str, Any]]:
    """What the query API answers, page by page: products as texts, their terms one level higher than in the files."""
    offer = json.loads(json_offer(service, products))
    texts = [
        json.dumps(
            {
                "product": listed, "serviceCode": service, "version": offer["version"],
                "publicationDate": offer["publicationDate"],
                "terms": {kind: terms[sku] for kind, terms in offer["terms"].items() if sku in terms},
            }
        )
        for sku, listed in offer["products"].items()
    ]  # fmt: skip
    return [
        {"FormatVersion": "aws_v1", "PriceList": texts[first : first + page]} for first in range(0, len(texts), page)
    ]


@dataclass
class QueryClient:
    """A client of boto3 in miniature: `get_products` with its paginator; `asked` holds what it was asked for."""

    pages: Iterable[Any]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, operation: str) -> QueryClient:
        assert operation == "get_products"
        return self

    def paginate(self, **question: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(question)
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page

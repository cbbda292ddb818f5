"""How much memory and time it takes to read an offer file as large as that of Amazon EC2 in us-east-1: 482 MB of JSON,
or 304 MB of CSV. The files are made here, in the published form, most of their products of kinds that nobody asks for.

Run with `python benchmarks/price_list_memory.py [megabytes of JSON]`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MEGABYTE = 1_000_000
MOST_MEMORY_MB = 300
SYSTEMS = ("Linux", "Windows", "RHEL", "SUSE", "Ubuntu Pro", "Red Hat Enterprise Linux with HA")
TERMS = [
    (lease, purchase, kind)
    for lease in ("1yr", "3yr")
    for purchase in ("No Upfront", "Partial Upfront", "All Upfront")
    for kind in ("standard", "convertible")
]
LEADING = (
    "SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,"
    "Currency,RelatedTo,LeaseContractLength,PurchaseOption,OfferingClass,Product Family,serviceCode,Location,"
    "Location Type"
).split(",")
COLUMNS = {
    "instanceType": "Instance Type", "vcpu": "vCPU", "memory": "Memory", "usagetype": "usageType",
    "operation": "operation", "regionCode": "Region Code", "operatingSystem": "Operating System", "tenancy": "Tenancy",
    "preInstalledSw": "Pre Installed S/W", "capacitystatus": "CapacityStatus",
    "networkPerformance": "Network Performance", "physicalProcessor": "Physical Processor", "storage": "Storage",
    "processorFeatures": "Processor Features",
}  # fmt: skip


def attributes(number: int) -> dict[str, str]:
    """One of many products; a twelfth of them are plain Linux instances, as many as the largest file has classes."""
    system = SYSTEMS[number % len(SYSTEMS)]
    instance = f"m{number // 12 % 900}.xlarge"
    return {
        "servicecode": "AmazonEC2", "location": "US East (N. Virginia)", "locationType": "AWS Region",
        "instanceType": instance, "currentGeneration": "Yes", "instanceFamily": "General purpose", "vcpu": "4",
        "physicalProcessor": "Intel Xeon Platinum 8175 (Skylake)", "clockSpeed": "3.1 GHz", "memory": "16 GiB",
        "storage": "EBS only", "networkPerformance": "Up to 10 Gigabit", "processorArchitecture": "64-bit",
        "tenancy": "Shared" if number % 12 < 6 else "Dedicated", "operatingSystem": system,
        "licenseModel": "No License required", "usagetype": f"BoxUsage:{instance}", "operation": "RunInstances",
        "capacitystatus": "Used", "preInstalledSw": "NA", "regionCode": "us-east-1", "marketoption": "OnDemand",
        "processorFeatures": "AVX; AVX2; Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo",
    }  # fmt: skip


def dimension(price: str, unit: str) -> dict[str, object]:
    """One price of a term."""
    ranges = {} if unit == "Quantity" else {"beginRange": "0", "endRange": "Inf"}
    described = {"description": "per On Demand or Reserved Instance Hour, Linux/UNIX (Amazon VPC)", "appliesTo": []}
    return {"unit": unit, "pricePerUnit": {"USD": price}, **ranges, **described}


def write_json(opened: IO[str], size: int) -> None:
    """An offer file of about `size` bytes: all products, then their prices on demand, then those reserved."""
    head = {
        "formatVersion": "v1.0",
        "offerCode": "AmazonEC2",
        "version": "20261005",
        "publicationDate": "2026-10-05T00:00:00Z",
    }
    opened.write(json.dumps(head)[:-1] + ', "products": {')
    one = sum(len(part) for part in (_product(0), _on_demand(0), _reserved(0)))
    numbers = range(size // one)
    for name, make, ending in (
        ("", _product, '}, "terms": {"OnDemand": {'), ("", _on_demand, '}, "Reserved": {'), ("", _reserved, "}}}"),
    ):  # fmt: skip
        for number in numbers:
            opened.write(("," if number else name) + make(number))
        opened.write(ending)


def _product(number: int) -> str:
    sku = f"SKU{number:013d}"
    return f'"{sku}": ' + json.dumps(
        {"sku": sku, "productFamily": "Compute Instance", "attributes": attributes(number)}
    )


def _on_demand(number: int) -> str:
    sku = f"SKU{number:013d}"
    term = {"sku": sku, "effectiveDate": "2026-10-01T00:00:00Z", "termAttributes": {}}
    code = f"{sku}.JRTCKXETXF"
    return f'"{sku}": ' + json.dumps(
        {code: {**term, "priceDimensions": {f"{code}.6YS6EN2CT7": dimension("0.1920000000", "Hrs")}}}
    )


def _reserved(number: int) -> str:
    sku = f"SKU{number:013d}"
    terms = {}
    for place, (lease, purchase, kind) in enumerate(TERMS):
        code = f"{sku}.TERM{place:06d}"
        prices = {f"{code}.6YS6EN2CT7": dimension("0.1210000000", "Hrs")}
        if purchase != "No Upfront":
            prices[f"{code}.2TG2D8R56U"] = dimension("505", "Quantity")
        chosen = {"LeaseContractLength": lease, "PurchaseOption": purchase, "OfferingClass": kind}
        terms[code] = {
            "sku": sku,
            "effectiveDate": "2026-10-01T00:00:00Z",
            "termAttributes": chosen,
            "priceDimensions": prices,
        }
    return f'"{sku}": ' + json.dumps(terms)


def write_csv(opened: IO[str], size: int) -> None:
    """The same prices, one a line."""
    head = (("FormatVersion", "v1.0"), ("Disclaimer", "..."), ("Publication Date", "2026-10-05T00:00:00Z"),
            ("Version", "20261005"), ("OfferCode", "AmazonEC2"))  # fmt: skip
    opened.writelines(_line(cells) for cells in (*head, (*LEADING, *COLUMNS.values())))
    written = number = 0
    while written < size:
        for line in _csv_lines(number):
            written += opened.write(line)
        number += 1


def _csv_lines(number: int) -> Iterator[str]:
    sku, described = f"SKU{number:013d}", attributes(number)
    tail = [
        "Compute Instance",
        "AmazonEC2",
        "US East (N. Virginia)",
        "AWS Region",
        *(described[name] for name in COLUMNS),
    ]
    text = "per Linux/UNIX (Amazon VPC) instance hour"
    day = "2026-10-01"
    yield _line([sku, "OTC", "RC", "OnDemand", text, day, "0", "Inf", "Hrs", "0.192", "USD", "", "", "", "", *tail])
    for lease, purchase, kind in TERMS:
        term = [lease, purchase, kind]
        yield _line([sku, "OTC", "RC", "Reserved", text, day, "0", "Inf", "Hrs", "0.121", "USD", "", *term, *tail])
        if purchase != "No Upfront":
            yield _line(
                [sku, "OTC", "RC", "Reserved", "Upfront Fee", day, "", "", "Quantity", "505", "USD", "", *term, *tail]
            )


def _line(cells: object) -> str:
    return ",".join(f'"{cell}"' for cell in cells) + "\n"  # type: ignore[attr-defined]


def read(file: Path) -> None:
    """Read an offer file as `tco prices refresh` does, and print the time, the most memory held and the rows made."""
    import resource

    from tco.refresh.price_list import read_head, read_prices
    from tco.refresh.price_tables import Tables
    from tco.refresh.products import product_of

    begun = time.perf_counter()
    tables = Tables(read_head(file), "us-east-1", file.name)
    tables.add(read_prices(file, product_of("AmazonEC2")))
    seconds = time.perf_counter() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:7.1f} s, {most:6.1f} MB (at most {MOST_MEMORY_MB}), {len(tables.clear_rows()):,} rows")
    assert most <= MOST_MEMORY_MB


def main() -> None:
    """Make each file, and read it in a process of its own."""
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
        return
    megabytes = int(sys.argv[1]) if sys.argv[1:] else 482
    with tempfile.TemporaryDirectory() as folder:
        for form, write, size in (("json", write_json, megabytes), ("csv", write_csv, megabytes * 304 // 482)):
            file = Path(folder) / f"offer.{form}"
            with file.open("w", encoding="utf-8") as opened:
                write(opened, size * MEGABYTE)
            print(f"{form} of {file.stat().st_size / MEGABYTE:.0f} MB: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, "--read", str(file)], check=True)
            file.unlink()


if __name__ == "__main__":
    main()

"""Cost exports in: FOCUS 1.0 to 1.3, CUR 2.0 and the older Cost and Usage Report, summed by DuckDB and never loaded.

Files are recognised by their columns. Names are compared in lower case without punctuation, so that
`lineItem/UsageType` (CSV of an older report) equals `line_item_usage_type` (its Parquet, and CUR 2.0).
"""

from __future__ import annotations

import filecmp
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tco import formats
from tco.billing.products import SERVICES
from tco.catalog.row_checks import EARLIEST, latest_day
from tco.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MEMORY = "512MB"
"""Memory limit of DuckDB; larger sums go to disk."""
SHOWN = 6
"""Names of columns that a message about an unknown export quotes."""
MOST_FILES = 100_000
"""Files and folders below the one of an export; an account of a year with hourly lines has some hundreds."""
FIRST_BYTES = 4096
"""What files of the same size are told apart by, before they are compared whole."""
ENDINGS = (".csv", ".csv.gz", ".parquet")
PRICED_SERVICES = "|".join(words for words, _ in SERVICES)
"""Services whose lines are read in full; of others, the amounts alone."""

Columns = Mapping[str, Sequence[str]]
FOCUS: Columns = {
    "service": ("xservicecode", "servicename"), "usage_type": ("xusagetype", "skumeter"), "operation": ("xoperation",),
    "category": ("chargecategory",), "start": ("chargeperiodstart", "billingperiodstart"),
    "end": ("chargeperiodend", "billingperiodend"), "quantity": ("pricingquantity", "consumedquantity"),
    "unit": ("pricingunit", "consumedunit"), "cost": ("billedcost",), "list": ("listcost",),
    "effective": ("effectivecost",), "region": ("regionid", "regioncode"), "description": ("chargedescription",),
    "details": ("skupricedetails",), "provider": ("serviceprovidername", "providername"),
    "commitment": ("commitmentdiscountstatus", "commitmentdiscountid"), "currency": ("billingcurrency",),
}  # fmt: skip
REPORT: Columns = {
    "service": ("lineitemproductcode",), "usage_type": ("lineitemusagetype",), "operation": ("lineitemoperation",),
    "category": ("lineitemlineitemtype",), "start": ("lineitemusagestartdate", "billbillingperiodstartdate"),
    "end": ("lineitemusageenddate", "billbillingperiodenddate"), "quantity": ("lineitemusageamount",),
    "unit": ("pricingunit",), "cost": ("lineitemunblendedcost",), "list": ("pricingpublicondemandcost",),
    "effective": ("reservationeffectivecost",), "plan": ("savingsplansavingsplaneffectivecost",),
    "region": ("productregioncode", "productregion"), "zone": ("lineitemavailabilityzone",),
    "product": ("product",), "description": ("lineitemlineitemdescription",),
    "details": ("productinstancetype", "product"), "idle_fee": ("reservationunusedrecurringfee",),
    "idle_upfront": ("reservationunusedamortizedupfrontfeeforbillingperiod",), "currency": ("lineitemcurrencycode",),
}  # fmt: skip
KINDS: Mapping[str, tuple[Columns, Sequence[str]]] = {
    "FOCUS": (FOCUS, ("service", "category", "start", "cost")),
    "Cost and Usage Report": (REPORT, ("service", "usage_type", "category", "start", "cost")),
}
"""The columns of each kind of export, first choice first, and the necessary ones."""
AMOUNTS = {
    "cost": "cost", "quantity": "quantity", "list": "list cost", "effective": "effective cost",
    "plan": "effective cost", "idle_fee": "unused fee", "idle_upfront": "unused upfront fee",
}  # fmt: skip
"""The columns of numbers, and their names in messages."""
LARGEST = 1e18
"""USD, or units of a service such as bytes, that no line exceeds."""
TEXTS = "month service usage_type operation category unit region description details commitment currency".split()


def charges(bill: str | Path) -> pd.DataFrame:
    """The lines of a cost export, summed over columns that do not distinguish database charges.

    bill: a file (CSV, gzipped CSV, Parquet), a folder of them, or an fsspec address of either (`s3://...`). Columns:
    the texts `month` (YYYY-MM), `service, usage_type, operation, category, unit, region, description, details,
    commitment, currency`, empty if an export has none; the sums `quantity` and `cost, list, effective, idle` (USD); the
    numbers of `rows`, of AWS rows `with_cost`, and of those the ones `without_effective` cost; `first` and `last`, the
    span of the charges. `.attrs["kind"]` is FOCUS or Cost and Usage Report. Lines of services without databases or
    servers keep only their service. Raises InputError for a file that is no cost export, or is not in USD.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise InputError('reading a bill needs the optional library duckdb: pip install "tco[bills]"') from None
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit='{MEMORY}'; SET threads=2; SET enable_progress_bar=false")
    connection.execute("SET preserve_insertion_order=false")
    with suppress(duckdb.Error):
        connection.execute("SET TimeZone='UTC'")
    try:
        tables = [_table(files) for files in _files(str(bill), connection) if files]
        names = [row[0] for row in connection.execute(f"DESCRIBE {_union(tables)}").fetchall()]
        kind, columns = _kind(names, str(bill))
        frame = connection.execute(_query(_union(tables), columns)).df()
    except duckdb.Error as error:
        raise InputError(f"cannot be read as a cost export: {_reason(str(error), str(bill))}", file=str(bill)) from None
    finally:
        connection.close()
    wrong = frame.pop("wrong")
    if wrong.any():
        lines = formats.count(int(frame["rows"][wrong != ""].sum()), "line")
        what, _, value = wrong.max().partition("=")
        raise InputError(f"{lines} whose {what}", file=str(bill), value=value)
    if frame.empty:
        raise InputError("has no line with a charge", file=str(bill))
    currencies = sorted({*frame["currency"]} - {"", "USD"})
    if currencies:
        raise InputError(f"is in {', '.join(currencies)}; the model is in USD: convert the costs first", file=str(bill))
    frame.attrs["kind"] = kind
    return frame


def _reason(error: str, bill: str) -> str:
    """The error of DuckDB about a file, without its advice on its options."""
    first, *more = error.splitlines()
    if "not utf-8 encoded" in error:
        return "is not a text file in UTF-8"
    if "sniffing" in first:
        quoted = re.search('"(.+)"', first)
        file = f"{quoted.group(1)}: " if quoted and quoted.group(1) != bill else ""
        return f"{file}a line has more or fewer fields than the heading, or the text is no UTF-8; is the file whole?"
    return "; ".join((first, *(line for line in more if line.startswith("Expected Number of Columns"))))


def _files(bill: str, connection: Any) -> tuple[list[str], list[str]]:
    """The CSV and the Parquet files of an address. Raises InputError if there are none."""
    if "://" in bill:
        try:
            import fsspec

            files, path = fsspec.core.url_to_fs(bill)
            protocol = bill.partition("://")[0]
            names = [f"{protocol}://{name}" for name in (files.find(path) if files.isdir(path) else [path])]
            connection.register_filesystem(files)
        except (ImportError, ValueError) as error:
            raise InputError(f'cannot be opened ({error}): pip install "tco[s3]"', file=bill) from None
        except Exception as error:  # noqa: BLE001  # stores raise their own errors, such as missing credentials
            raise InputError(f"cannot be listed: {error}".splitlines()[0], file=bill) from None
    else:
        path = Path(bill)
        if not path.exists():
            raise InputError("no such file or folder", file=bill)
        try:
            names = _exports_below(path) if path.is_dir() else [bill]
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", file=str(error.filename or bill)) from None
    parquet = [name for name in names if name.lower().endswith(".parquet")]
    tables = [name for name in names if name.lower().endswith(ENDINGS)] if len(names) > 1 else names
    tables = [name for name in tables if name not in parquet]
    if not parquet and not tables:
        raise InputError(f"holds no file that ends in {', '.join(ENDINGS)}", file=bill)
    return tables, parquet


def _exports_below(folder: Path) -> list[str]:
    """The files in a folder and its folders. Raises InputError for more than an export has, or the same file twice."""
    found = list(islice(folder.rglob("*"), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        wanted = f"name that of one cost export: files that end in {', '.join(ENDINGS)}"
        raise InputError(f"the folder holds more than {MOST_FILES:,} files; {wanted}", file=str(folder))
    files = [file for file in sorted(found) if file.is_file()]
    alike: dict[tuple[int, bytes], Path] = {}
    for file in files:
        if not file.name.lower().endswith(ENDINGS) or not (size := file.stat().st_size):
            continue
        with file.open("rb") as opened:
            start = opened.read(FIRST_BYTES)
        first = alike.setdefault((size, start), file)
        if first is not file and filecmp.cmp(first, file, shallow=False):
            raise InputError(f"is a copy of {first}, and each line would count twice: remove one", file=str(file))
    return [str(file) for file in files]


def _table(files: list[str]) -> str:
    listed = "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
    if files[0].lower().endswith(".parquet"):
        return f"read_parquet({listed}, union_by_name=true)"
    return (
        f"read_csv({listed}, union_by_name=true, all_varchar=true, header=true, delim=',', quote='\"', escape='\"', "
        f"nullstr=['', 'NULL', 'null'])"
    )


def _union(tables: Sequence[str]) -> str:
    return " UNION ALL BY NAME ".join(f"SELECT * FROM {table}" for table in tables)  # noqa: S608  # names are quoted


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _kind(names: Sequence[str], bill: str) -> tuple[str, dict[str, str]]:
    """The kind of an export and an SQL expression for each column that it has."""
    present = {_plain(name): name for name in reversed(names)}
    for kind, (columns, needed) in KINDS.items():
        expressions = {}
        for field, choices in columns.items():
            quoted = ['"' + present[name].replace('"', '""') + '"' for name in choices if name in present]
            if quoted:
                expressions[field] = f"coalesce({', '.join(f'CAST({name} AS VARCHAR)' for name in quoted)})"
        if all(field in expressions for field in needed):
            return kind, expressions
    raise InputError(
        "is no cost export that is known: FOCUS has ServiceName, ChargeCategory, ChargePeriodStart, BilledCost, a Cost "
        "and Usage Report line_item_product_code, line_item_usage_type, line_item_unblended_cost; this begins with "
        f"{', '.join(names[:SHOWN])}",
        file=bill,
    )


def _query(union: str, columns: Mapping[str, str]) -> str:
    """One pass over the export: empties texts that do not distinguish database charges, then sums amounts."""

    def text(field: str) -> str:
        return f"coalesce({columns[field]}, '')" if field in columns else "''"

    def number(field: str) -> str:
        return f"coalesce(TRY_CAST({columns[field]} AS DOUBLE), 0)" if field in columns else "0"

    def ungrouped(field: str) -> str:
        return f"CASE WHEN contains({text(field)}, '_') THEN NULL ELSE {text(field)} END"  # 1_000, as resources.number

    def moment(field: str) -> str:
        return f"TRY_CAST({text(field)} AS TIMESTAMPTZ)::TIMESTAMP"

    valid = {
        f"{text('start')}": (f"start is no day from {EARLIEST} to {latest_day()}",
                             f"{moment('start')} BETWEEN '{EARLIEST}' AND '{latest_day()}'"),
        f"nullif({text('end')}, '')": ("end is no day after its start",
                                       f"{moment('end')} BETWEEN {moment('start')} AND '{date.max}'"),
        **{f"nullif({text(field)}, '')": (f"{name} is no number up to {LARGEST:g}",
                                          f"abs(TRY_CAST({ungrouped(field)} AS DOUBLE)) <= {LARGEST}")
           for field, name in AMOUNTS.items()},
    }  # fmt: skip
    wrong = [f"CASE WHEN {stated} IS NOT NULL AND ({right}) IS NOT true THEN '{name}=' || {stated} END"
             for stated, (name, right) in valid.items()]  # fmt: skip
    zone = rf"regexp_extract({text('zone')}, '^[a-z]{{2}}(-[a-z]+)+-\d')"
    inside = rf"regexp_extract({text('product')}, 'region[^a-z]+([a-z]{{2}}(-[a-z]+)+-\d)', 1)"
    region = f"coalesce(nullif({text('region')}, ''), nullif({inside}, ''), {zone})"
    of_aws = f"lower({text('provider')}) IN ('', 'aws', 'amazon web services')"
    is_priced = f"regexp_matches(lower({text('service')}), '{PRICED_SERVICES}')"
    details = rf"regexp_extract({text('details')}, '(db|cache|dax)\.[a-z0-9-]+\.[a-z0-9-]+')"
    derived = {"region": region, "details": details}
    chosen = [f"CASE WHEN {is_priced} THEN {derived.get(name, text(name))} ELSE '' END AS {name}"
              for name in TEXTS if name not in ("month", "service", "category", "currency")]  # fmt: skip
    effective = f"{number('effective')} + {number('plan')}"
    return f"""
        SELECT {", ".join(TEXTS)}, fsum(quantity) AS quantity, fsum(cost) AS cost, fsum(list) AS list,
            fsum(effective) AS effective, fsum(idle) AS idle, count(*) AS rows,
            count(*) FILTER (cost <> 0 AND of_aws) AS with_cost,
            count(*) FILTER (cost <> 0 AND of_aws AND effective = 0) AS without_effective,
            min(first) AS first, max(last) AS last, wrong
        FROM (SELECT coalesce(strftime({moment("start")}, '%Y-%m'), '') AS month, {text("service")} AS service,
            {text("category")} AS category, {text("currency")} AS currency, {", ".join(chosen)},
            {number("quantity")} AS quantity, {number("cost")} AS cost, {number("list")} AS list,
            {effective} AS effective, {number("idle_fee")} + {number("idle_upfront")} AS idle,
            {moment("start")} AS first, {moment("end")} AS last, {of_aws} AS of_aws,
            coalesce({", ".join(wrong)}, '') AS wrong
            FROM ({union}))
        GROUP BY ALL ORDER BY ALL
    """  # noqa: S608  # every name in it is one of the export's columns, quoted

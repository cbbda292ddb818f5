"""Files of a fleet: what each one is, by its content and not by its name, and the resources in it."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tco import resources
from tco.errors import InputError
from tco.inventory import aws, sheets, terraform
from tco.inventory.databases import Database

LONGEST_FILE = 2_000_000_000
JSON_START = ("{", "[")
NO_SPACE = re.compile(r"\S")
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def resources_of(path: Path, name: str) -> tuple[list[Database], Counter[str]]:
    """The database resources of one file, and how many things of other kinds it holds.

    name: what messages and the coverage call the file. Raises InputError where it cannot be read as JSON, CSV or Excel.
    """
    try:
        databases, others = _resources(_content(path, name))
    except InputError as error:
        raise error.located(file=name) from None
    for number, database in enumerate(databases, 1):
        database.source, database.row = name, database.row or number
    return databases, others


def _resources(content: bytes) -> tuple[list[Database], Counter[str]]:
    if content.startswith(sheets.EXCEL_START):
        return sheets.resources_in_excel(content)
    text = _text(content)
    if not text.lstrip().startswith(JSON_START):
        return sheets.resources_in(text)
    databases: list[Database] = []
    others: Counter[str] = Counter()
    for document in _documents(text):
        source = terraform if terraform.is_terraform(document) else aws
        try:
            resources, counted = source.resources_in(document)
        except RecursionError:
            raise InputError("is nested too deeply") from None
        databases += resources
        others += counted
        if not resources and not counted:
            others["document without a database that tco knows"] += 1
    return databases, others


def _content(path: Path, name: str) -> bytes:
    content = resources.content(path, name, LONGEST_FILE if path.is_file() else resources.LONGEST_FILE)
    if not content.strip():
        raise InputError("the file is empty")
    return content


def _text(content: bytes) -> str:
    """The text of a file in UTF-8 or, with a byte order mark, UTF-16."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(
            "is not a text file in UTF-8 or UTF-16; a saved Terraform plan becomes one by `terraform show -json`"
        ) from None
    if "\0" in text:
        raise InputError("holds zero bytes: it is no text in UTF-8, nor UTF-16 with a byte order mark")
    return text


def _documents(text: str) -> Iterator[Any]:
    """The JSON documents of a text, one after the other, as several answers appended to one file are."""
    decoder = json.JSONDecoder()
    position = _past_spaces(text, 0)
    while position < len(text):
        try:
            document, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            line = text.count("\n", 0, getattr(error, "pos", position)) + 1
            raise InputError(f"is not valid JSON: {reason} in line {line}; is the file whole?") from None
        yield document
        position = _past_spaces(text, end)


def _past_spaces(text: str, position: int) -> int:
    """The place of the next character that is no space, without a copy of all that follows."""
    match = NO_SPACE.search(text, position)
    return match.start() if match else len(text)

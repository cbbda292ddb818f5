"""What the packaged prices lack: the message for a price that is not found, and a user's own entries as price rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from tco.catalog.price_rows import EVERYWHERE, KEY_FIELDS, UNITS, Key, PriceRow
from tco.errors import InputError, Problem, shown, unknown

WORDS = {"instance_class": "instance class", "region": "Region"}
LISTED = ("engine", "deployment", "term")
"""Fields with few values, so that a message lists all of them."""
_TEXTS = ("service", "region", "item", "engine", "instance_class", "deployment", "term", "unit", "note", "confidence")
_NEEDED = ("service", "region", "item", "price", "source")
FIELDS = (*_TEXTS, "price", "tier_from", "tier_to", "valid_from", "valid_to", "observed_on", "source")


def own_rows(own: Iterable[Mapping[str, Any]], unit_of_item: Callable[[str, str], str]) -> list[PriceRow]:
    """The rows that own prices become. `unit_of_item(service, item)` is the unit of a known item, or empty.

    Every entry needs service, region, item, price (USD) and source (a text, or a mapping with a title).
    Raises one InputError that lists every fault, each at `prices.<number>`.
    """
    rows: list[PriceRow] = []
    problems: list[Problem] = []
    for number, entry in enumerate(own):
        try:
            rows.append(_row(entry, unit_of_item))
        except InputError as error:
            problems += error.located(path=f"prices.{number}").problems
    if problems:
        raise InputError(problems)
    return rows


def _row(entry: Mapping[str, Any], unit_of_item: Callable[[str, str], str]) -> PriceRow:
    if not isinstance(entry, Mapping):
        raise InputError("an own price is a mapping of names to values", value=entry)
    problems = [Problem(unknown("field", name, FIELDS), path=str(name)) for name in entry if name not in FIELDS]
    problems += [
        Problem("an own price must state this", path=name) for name in _NEEDED if entry.get(name) in (None, "")
    ]
    problems += [
        Problem("must be a text", path=name, value=shown(entry[name]))
        for name in _TEXTS
        if name in entry and not isinstance(entry[name], str)
    ]
    if problems:
        raise InputError(problems)
    text = {name: entry.get(name, "") for name in _TEXTS}
    text["term"] = text["term"] or "on_demand"
    known = unit_of_item(text["service"], text["item"])
    text["unit"] = text["unit"] or known
    if text["unit"] not in UNITS:
        raise InputError(unknown("unit", text["unit"], UNITS), path="unit")
    if known and text["unit"] != known:
        raise InputError(f"{text['item']!r} is priced per {known}", path="unit", value=text["unit"])
    title, link, read_on = _source(entry["source"])
    start, end = _day(entry, "valid_from"), _day(entry, "valid_to")
    if start and end and end <= start:
        raise InputError("must be later than valid_from", path="valid_to", value=str(end))
    return PriceRow(
        **{**text, "confidence": text["confidence"] or "high"},
        price=_number(entry, "price", 0.0),
        tier_from=_number(entry, "tier_from", 0.0),
        tier_to=_number(entry, "tier_to", math.inf),
        valid_from=start,
        valid_to=end,
        observed_on=_day(entry, "observed_on") or read_on,
        source=title,
        link=link,
        sku="",
    )


def _source(source: Any) -> tuple[str, str, date | None]:
    if isinstance(source, str):
        return source, "", None
    if not isinstance(source, Mapping) or not source.get("title"):
        raise InputError("must be a text, or a mapping with a title", path="source", value=source)
    return str(source["title"]), str(source.get("link") or ""), _day(source, "as_of")


def _number(entry: Mapping[str, Any], name: str, default: float) -> float:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or value < 0:
        raise InputError("must be a number that is not negative", path=name, value=value)
    if math.isinf(value) and name != "tier_to":
        raise InputError("must be finite", path=name, value=value)
    return float(value)


def _day(entry: Mapping[str, Any], name: str) -> date | None:
    value = entry.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputError("must be a date such as 2026-10-01", path=name, value=value) from None


def outside_known_days(key: Key, as_of: date, rows: Sequence[PriceRow]) -> str:
    """The sentence for a price that has rows, none of them in force on the day."""
    spans = ", ".join(f"{row.valid_from or 'the beginning'} to {row.valid_to or 'today'}" for row in rows)
    return f"no price of {_joined(key)} is known on {as_of}; known from {spans}"


def first_unknown_name(key: Key, known: Callable[..., list[str]]) -> str:
    """The sentence for a price that has no row: about the first of its names that leaves no known price.

    known(field, **names): the values that a key field takes among the rows with these names.
    """
    found: list[dict[str, str]] = [{}]
    for field, value in zip(KEY_FIELDS, key, strict=True):
        offered = {name for names in found for name in known(field, **names)}
        accepted = offered & ({value, ""} if field == "engine" else {value})
        if not accepted:
            return _sentence(field, key, offered - {"", EVERYWHERE}, known)
        found = [{**names, field: name} for names in found for name in accepted]
    raise AssertionError(f"{key} has a row and was not found")


def _sentence(field: str, key: Key, offered: set[str], known: Callable[..., list[str]]) -> str:
    place = KEY_FIELDS.index(field)
    word, value = WORDS.get(field, field), key[place]
    context = _joined(key[:place])
    listed = ", ".join(sorted(offered)) or "none"
    if not value:
        return f"a price of {context} needs the {word}; valid: {listed}"
    if field == "region" and value in known("region"):
        return f"no price of {context} in Region {value!r}; known in {listed}"
    if field == "item":
        elsewhere = sorted({*known("region", service=key[0], item=value)} - {EVERYWHERE})
        if elsewhere:
            return f"no price of {value!r} ({key[0]}) in Region {key[1]!r}; known in {', '.join(elsewhere)}"
    if field in LISTED:
        return f"no price of {context} for {word} {value!r}; known: {listed}; an own price may be given in `prices`"
    sentence = unknown(word, value, offered)
    return f"{sentence} ({context})" if context else sentence


def _joined(names: Sequence[str]) -> str:
    return " ".join(name for name in names if name)

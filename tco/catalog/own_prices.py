"""Own prices of a user as price rows, and the messages for a price that no row has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tco.catalog.price_rows import EVERYWHERE, KEY_FIELDS, Key, PriceRow
from tco.catalog.regions import is_of_another_cloud
from tco.catalog.row_checks import contradictions, problems_of_row
from tco.errors import InputError, Problem, shown, unknown

WORDS = {"instance_class": "instance class", "region": "Region"}
LISTED = ("engine", "deployment", "term")
"""Fields with few values, of which a message lists all."""
UNPRICED = {"AmazonElastiCache": ("backup",), "AmazonES": ("backup",)}
"""Items on bills of a service for which no packaged row has a price."""
_TEXTS = ("service", "region", "item", "engine", "instance_class", "deployment", "term", "unit", "note", "confidence")
_NEEDED = ("service", "region", "item", "price", "source")
FIELDS = (*_TEXTS, "price", "tier_from", "tier_to", "valid_from", "valid_to", "observed_on", "source", "accept")


@dataclass(frozen=True)
class KnownNames:
    """The names that an own price may use.

    of(field, **names): the values of a key field among the rows with these names. unit_of_item(service, item): the unit
    of a known item, or empty. regions, classes: names that the scenario adds to those of the packaged rows.
    """

    of: Callable[..., list[str]]
    unit_of_item: Callable[[str, str], str]
    regions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


def own_rows(entries: Iterable[Mapping[str, Any]], known: KnownNames) -> list[PriceRow]:
    """One price row per entry of a user.

    Every entry needs service, region, item, price (USD) and source (a text, or a mapping with a title).
    Raises one InputError that lists every fault, each at `prices.<number>`.
    """
    rows: list[PriceRow] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries):
        try:
            rows.append(_row(entry, known))
        except InputError as error:
            problems += error.located(path=f"prices.{number}").problems
    if not problems:
        for number, other, sentence in contradictions(rows):
            message = f"{sentence}; see prices.{other}" if other != number else sentence
            problems.append(Problem(f"{message} ({rows[number].name})", path=f"prices.{number}"))
    if problems:
        raise InputError(problems)
    return rows


def _row(entry: Mapping[str, Any], known: KnownNames) -> PriceRow:
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
    if not isinstance(entry.get("accept", False), bool):
        problems.append(Problem("must be true or false", path="accept", value=shown(entry["accept"])))
    if problems:
        raise InputError(problems)
    text = {name: entry.get(name, "") for name in _TEXTS}
    text["term"] = text["term"] or "on_demand"
    if problems := _unknown_names(text, known):
        raise InputError(problems)
    usual = known.unit_of_item(text["service"], text["item"])
    text["unit"] = text["unit"] or usual
    if usual and text["unit"] != usual:
        raise InputError(f"{text['item']!r} is priced per {usual}", path="unit", value=text["unit"])
    title, link, read_on = _source(entry["source"])
    row = PriceRow(
        **{**text, "confidence": text["confidence"] or "high"},
        price=_number(entry, "price", 0.0),
        tier_from=_number(entry, "tier_from", 0.0),
        tier_to=_number(entry, "tier_to", math.inf),
        valid_from=_day(entry, "valid_from"),
        valid_to=_day(entry, "valid_to"),
        observed_on=_day(entry, "observed_on") or read_on,
        source=title,
        link=link,
        sku="",
    )
    if problems := list(problems_of_row(row)):
        paths = {} if entry.get("observed_on") else {"observed_on": "source.as_of"}
        raise InputError([replace(problem, path=paths.get(problem.path, problem.path)) for problem in problems])
    return row


def _unknown_names(text: Mapping[str, str], known: KnownNames) -> list[Problem]:
    """The first unknown name of an own price: service, Region or item; then all unknown ones of the other fields."""
    service, region, item = (text[field] for field in KEY_FIELDS[:3])
    services = known.of("service")
    if service not in services:
        return [Problem(unknown("service", service, services), path="service")]
    offered = {*known.of("region", service=service), *known.regions}
    if region not in offered and (region not in known.of("region") or is_of_another_cloud(region, offered)):
        return [Problem(unknown("Region", region, offered), path="region")]
    place = {"service": service, "region": region}
    if item not in known.of("item", **place):
        items = known.of("item", service=service)
        if not _is_item(service, item, items):
            return [Problem(f"{unknown('item', item, items)} ({service})", path="item")]
    fields = ("engine", "instance_class", "deployment")
    return [problem for field in fields for problem in _unknown_name(field, text, place, known)]


def _is_item(service: str, item: str, items: Sequence[str]) -> bool:
    """Whether an item belongs to a service: listed, reserved form or upfront fee of one, or traffic to a Region."""
    plain = item.removesuffix("_upfront").removeprefix("reserved_")
    return (
        item in items
        or item in UNPRICED.get(service, ())
        or plain in items
        or (item.startswith("inter_region_out_") and "internet_out" in items)
    )


def _unknown_name(field: str, text: Mapping[str, str], place: Mapping[str, str], known: KnownNames) -> list[Problem]:
    """The problem of an engine, class or deployment of an own price: unknown, missing, or not a part of such prices."""
    value, item = text[field], text["item"]
    is_own = field == "instance_class" and value in known.classes
    if is_own or value in known.of(field, **place, item=item) or (field == "engine" and not value):
        return []
    word, service = WORDS.get(field, field), text["service"]
    of_item = known.of(field, service=service, item=item)
    names = {*known.of(field, service=service), *(known.classes if field == "instance_class" else ())} - {""}
    if not value:
        if field == "instance_class" and not item.startswith("instance"):
            return []  # the price applies to every class
        listed = ", ".join(sorted({*of_item} - {""})[:12])
        missing = f"a price of {item!r} needs the {word}; valid: {listed}"
        return [] if not of_item or "" in of_item else [Problem(missing, path=field)]
    if value not in names:
        return [Problem(f"{unknown(word, value, names)} ({service})", path=field)]
    if of_item == [""] and field != "engine":
        return [Problem(f"a price of {item!r} has no {word}: leave it out", path=field, value=shown(value))]
    return []


def _source(source: Any) -> tuple[str, str, date | None]:
    if isinstance(source, str):
        return source, "", None
    if not isinstance(source, Mapping) or not source.get("title"):
        raise InputError("must be a text, or a mapping with a title", path="source", value=source)
    return str(source["title"]), str(source.get("link") or ""), _day(source, "as_of")


def _number(entry: Mapping[str, Any], name: str, default: float) -> float:
    value = default if entry.get(name) is None else entry[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("must be a number that is not negative", path=name, value=value)
    try:
        return float(value)
    except OverflowError:
        raise InputError("must be finite", path=name, value=value) from None


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
    """The sentence for a price that has rows, but none in force on the day."""
    spans = ", ".join(f"{row.valid_from or 'the beginning'} to {row.valid_to or 'today'}" for row in rows)
    return f"no price of {_joined(key)} is known on {as_of}; known from {spans}"


def first_unknown_name(key: Key, known: Callable[..., list[str]]) -> str:
    """The sentence for a price that has no row: names the first key field whose value no row has.

    known(field, **names): the values of a key field among the rows with these names.
    """
    matches: list[dict[str, str]] = [{}]
    for field, value in zip(KEY_FIELDS, key, strict=True):
        offered = {name for names in matches for name in known(field, **names)}
        accepted = offered & ({value, ""} if field == "engine" else {value})
        if not accepted:
            return _sentence(field, key, offered - {"", EVERYWHERE}, known)
        matches = [{**names, field: name} for names in matches for name in accepted]
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
            known_in = f"no price of {value!r} ({key[0]}) in Region {key[1]!r}; known in {', '.join(elsewhere)}"
            return f"{known_in}; an own price may be given in `prices`"
    if field in LISTED:
        return f"no price of {context} for {word} {value!r}; known: {listed}; an own price may be given in `prices`"
    sentence = unknown(word, value, offered)
    return f"{sentence} ({context})" if context else sentence


def _joined(names: Sequence[str]) -> str:
    return " ".join(name for name in names if name)

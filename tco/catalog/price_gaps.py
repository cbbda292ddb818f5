"""Why no price was found, said so that the asker can mend the question: which name is unknown, and what is known near
it; or on which days the price is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tco.catalog.price_rows import EVERYWHERE, KEY_FIELDS, Key, PriceRow
from tco.errors import unknown

WORDS = {"instance_class": "instance class", "region": "Region"}
#: Of these there are few, so that all are named instead of the nearest.
LISTED = ("engine", "deployment", "term")


def outside_known_days(key: Key, as_of: date, rows: Sequence[PriceRow]) -> str:
    """The sentence for a price that has rows, none of them in force on the day."""
    spans = ", ".join(f"{row.valid_from or 'the beginning'} to {row.valid_to or 'today'}" for row in rows)
    return f"no price of {_said(key)} is known on {as_of}; known from {spans}"


def first_unknown_name(key: Key, known: Sequence[Key]) -> str:
    """The sentence for a price that has no row: about the first of its names that leaves none of the known keys."""
    matching = known
    for place, field in enumerate(KEY_FIELDS):
        accepted = {key[place], ""} if field == "engine" else {key[place]}
        kept = [row for row in matching if row[place] in accepted]
        if not kept:
            return _sentence(field, key, {row[place] for row in matching} - {"", EVERYWHERE}, known)
        matching = kept
    raise AssertionError(f"{key} has a row and was not found")


def _sentence(field: str, key: Key, offered: set[str], known: Sequence[Key]) -> str:
    place = KEY_FIELDS.index(field)
    word, value = WORDS.get(field, field), key[place]
    context = _said(key[:place])
    listed = ", ".join(sorted(offered)) or "none"
    if not value:
        return f"a price of {context} needs the {word}; valid: {listed}"
    if field == "region" and any(row[place] == value for row in known):
        return f"no price of {context} in Region {value!r}; known in {listed}"
    if field == "item":
        elsewhere = sorted({row[1] for row in known if row[0] == key[0] and row[place] == value} - {EVERYWHERE})
        if elsewhere:
            return f"no price of {value!r} ({key[0]}) in Region {key[1]!r}; known in {', '.join(elsewhere)}"
    if field in LISTED:
        return f"no price of {context} for {word} {value!r}; known: {listed}; an own price may be given in `prices`"
    sentence = unknown(word, value, offered)
    return f"{sentence} ({context})" if context else sentence


def _said(names: Sequence[str]) -> str:
    return " ".join(name for name in names if name)

"""The JSON schema of a scenario file, with which editors complete and check it.

It is the schema of `tco.scenario.scenario` plus the names that come from the facts: assumptions, platforms, engines,
Regions.
"""

from typing import Any

from tco import platforms
from tco.catalog.prices import price_book
from tco.loading.loading import FILE_FIELDS, OVERLAY_KEYS, baseline
from tco.platforms.base import SPELLINGS
from tco.scenario.assumptions import Source
from tco.scenario.scenario import NEW, Scenario
from tco.upgrades.policies import POLICIES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
POLICY_PATTERN = "|".join(name.replace("N", "[1-9][0-9]*") for name in POLICIES)


def scenario_schema() -> dict[str, Any]:
    """The schema as a mapping ready for JSON; `tco schema` prints it, `params/scenario.schema.json` holds it."""
    schema = Scenario.model_json_schema()
    parts, known = schema["$defs"], platforms.platform_names()
    engines = {engine for name in known for engine in platforms.platform(name).lifecycle_engines}
    schema["properties"] = {name: schema["properties"][name] for name in FILE_FIELDS}
    schema["properties"]["start"] = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
    schema["properties"]["assumptions"] = {
        "type": "object",
        "description": "Only what differs from the baseline: a number, or value, low, high and source together.",
        "properties": {path: _overlay(path) for path in sorted(baseline())},
        "additionalProperties": False,
    }
    spelled = {text for name in known for text in platforms.platform(name).usage.engine_names} | SPELLINGS.keys()
    for part, field, names in (
        ("Group", "engine", sorted(engines | spelled)),
        ("Group", "platform", (*known, NEW)),
        ("Group", "region", price_book().known("region")),
        ("Settings", "platform", known),
        ("Option", "platform", known),
    ):
        described = {key: parts[part]["properties"][field].get(key) for key in ("description", "default")}
        parts[part]["properties"][field] = {
            "enum": list(names),
            **{key: text for key, text in described.items() if text},
        }
    for part in ("Settings", "Option"):
        parts[part]["properties"]["policy"] = {"type": "string", "pattern": f"^({POLICY_PATTERN})$"}
    parts["Group"]["properties"]["assumptions"] = {
        "type": "object",
        "description": "Only what differs from the scenario's assumptions for this group.",
        "properties": {
            path: {"$ref": f"#/properties/assumptions/properties/{path}"}
            for path, entry in sorted(baseline().items())
            if not entry.scenario_wide
        },
        "additionalProperties": False,
    }
    parts["Group"]["properties"]["version"] = {"type": ["string", "integer"]}
    for unused in ("Assumption", "Part"):
        parts.pop(unused, None)
    return {"$schema": DIALECT, **schema, "title": "tco scenario"}


def _overlay(path: str) -> dict[str, Any]:
    """The schema of one assumption: a number, or an entry that replaces value, range and source."""
    entry = baseline()[path]
    number = {"type": "number", "minimum": entry.at_least, "maximum": entry.largest}
    keys: dict[str, Any] = {key: {} for key in OVERLAY_KEYS} | dict.fromkeys(("value", "low", "high"), number)
    keys |= {"source": {"$ref": f"#/$defs/{Source.__name__}"}, "note": {"type": "string"}}
    return {
        "description": f"{entry.description} Unit: {entry.unit}. Mean of the baseline: {entry.mean:.4g}.",
        "oneOf": [number, {"type": "object", "properties": keys, "additionalProperties": False}],
    }

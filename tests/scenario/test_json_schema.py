"""The JSON schema of scenario files: current, and of one mind with the loader."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from tco import resources
from tco.loading.json_schema import scenario_schema
from tco.resources import yaml_content

SCHEMA = scenario_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def as_json(value: Any) -> Any:
    """What an editor sees of a YAML file: days as text."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def scenario(name: str = "quickstart") -> dict[str, Any]:
    raw: dict[str, Any] = as_json(yaml_content(resources.path(f"params/{name}.yaml")))
    return raw


def test_the_schema_in_params_is_current() -> None:
    written = json.loads(resources.path("params/scenario.schema.json").read_text("utf-8"))
    assert written == SCHEMA, "params/scenario.schema.json is out of date: run `make schema`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", resources.scenario_names())
def test_packaged_scenarios_fit(name: str) -> None:
    VALIDATOR.validate(scenario(name))
    first_line = resources.path(f"params/{name}.yaml").read_text("utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=scenario.schema.json"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("monthz",), 60),
        (("months",), 0),
        (("start",), "2027-13"),
        (("fleet", "orders", "engine"), "mysq"),
        (("fleet", "orders", "clusters"), -1),
        (("options", "stay", "platform"), "rdss"),
        (("options", "stay", "policy"), "asap"),
        (("assumptions",), {"labour.engineer_rates": 100}),
        (("assumptions",), {"labour.engineer_rate": -5}),
        (("assumptions",), {"labour.engineer_rate": {"hi": 150}}),
    ],
)
def test_slips_are_marked(path: tuple[str, ...], value: Any) -> None:
    raw = scenario()
    part = raw
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(raw)

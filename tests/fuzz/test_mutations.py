"""Scenarios and texts spoilt at random, from a seed: there is a result, or an error in words.

`make fuzz` tries 10,000 of each, and an eighth as many commands, with a seed of the day; `TCO_FUZZ` (how many) and
`TCO_FUZZ_SEED` choose others.
"""

from __future__ import annotations

import copy
import math
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
import small_scenarios as small

import tco
from tco import resources
from tco.loading.yaml_text import yaml_value
from tco.resources import yaml_content

pytestmark = pytest.mark.slow

MUTANTS = int(os.environ.get("TCO_FUZZ", "1400"))
SEED = int(os.environ.get("TCO_FUZZ_SEED", "1"))
STATED = {"title": "Somebody", "as_of": "2026-11-01", "kind": "measured"}
COMPLETE = small.scenario(
    prices=[{"service": "AmazonRDS", "region": "us-east-1", "item": "storage_gp3", "deployment": "multi_az",
             "unit": "GB-month", "price": 0.2, "source": STATED}],
    what_ifs={"few": {"lose_engineers": 1}, "late": {"delay": 2, "load_factor": 1.5, "labour.engineer_rate": 90}},
    freezes=["2027-11..2028-01"],
    assumptions={"labour.engineer_rate": {"low": 80, "high": 150, "source": STATED}, "finance.discount_rate": 0.05},
    correlations=[{"between": ["labour.engineer_rate", "labour.staff_turnover"], "value": 0.3}],
)  # fmt: skip
"""A small scenario with each block that a file may have."""
SCENARIOS = {name: yaml_content(resources.path(f"params/{name}.yaml")) for name in
             ("startup_small", "steady_high_throughput")} | {"complete": COMPLETE}  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 17, 1e6, -0.5, 1e300, 1e-300, math.nan, math.inf, 10**20, "", " ", "x", "0", "8.0",
    "2026-02-30", "2027-13", "=1+1", "<b>", "\x00", "ü" * 200, [], [1], {}, {"a": 1}, {"low": 1, "high": 2},
    {"low": 2, "high": 1}, "on_demand", "reserved", "fit", "r7g.fit", "db.r6g.large", "never", "asap:0", "every:1",
    "multi_az", "dynamodb", "rds", "ec2", "eu-west-1",
)  # fmt: skip
SIGNS = "[]{}:,-?&*!|>'\"%@` \n\t#010.5e<~é\x00"


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything inside a nested value."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def spoilt(raw: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The scenario with one to three things dropped, renamed, replaced, scaled or put elsewhere."""
    raw = copy.deepcopy(raw)
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(list(places(raw)) or [("name",)])
        owner: Any = raw
        for part in path[:-1]:
            owner = owner[part]
        kind, key = chance.choice(("drop", "rename", "replace", "replace", "scale", "elsewhere")), path[-1]
        value = owner[key] if isinstance(owner, list) or key in owner else None
        if kind == "drop":
            del owner[key]
        elif kind == "rename" and isinstance(owner, dict):
            owner[chance.choice((f"{key}x", str(key)[1:], str(key).upper(), 7, "groups"))] = owner.pop(key)
        elif kind == "scale" and isinstance(value, int | float):
            owner[key] = value * chance.choice((-1, 0, 0.5, 2, 1e3, 1e9))
        elif kind == "elsewhere" and isinstance(owner, dict):
            owner[key] = copy.deepcopy(raw.get(chance.choice(list(raw) or ["name"])))
        else:
            owner[key] = copy.deepcopy(chance.choice(ODD))  # a shared one could come to hold itself
    return raw


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_spoilt_scenario_has_a_finite_result_or_an_error_in_words(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    whole = SCENARIOS[name]
    good, said = 0, ["nothing yet"]
    for _ in range(MUTANTS):
        raw = spoilt(whole, chance)
        try:
            scenario = tco.load_scenario(raw)
            totals = [*tco.compare(tco.evaluate(scenario))["npv"]]
            if scenario.what_ifs and chance.random() < 0.3:
                totals += [*tco.what_if(scenario)["npv"]]
        except tco.InputError as error:
            said += [problem.message for problem in error.problems]
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} of {raw!r}") from error
        else:
            good += 1
            assert all(math.isfinite(total) for total in totals), raw
    assert good  # not everything is refused
    assert all(message.strip() for message in said)


def test_a_spoilt_text_is_yaml_or_an_error_of_one_line() -> None:
    chance = random.Random(SEED)
    whole, said = resources.path("params/startup_small.yaml").read_text("utf-8"), []
    for _ in range(MUTANTS):
        text = list(whole)
        for _ in range(chance.randint(1, 20)):
            place = chance.randrange(len(text))
            text[place : place + chance.randint(0, 3)] = chance.choice(SIGNS) * chance.choice((1, 1, 1, 50, 3000))
        try:
            yaml_value("".join(text))
        except tco.InputError as error:
            said.append(str(error))
    assert said
    assert [message for message in said if len(message.splitlines()) > 1] == []

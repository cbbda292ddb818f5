"""Scenarios, texts and commands spoilt at random, from a seed: there is a result, or an error in words.

`make fuzz` tries 10,000 of each with a seed of the day; `TCO_FUZZ` (how many) and `TCO_FUZZ_SEED` choose others.
"""

from __future__ import annotations

import copy
import math
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import tco
from tco import resources
from tco.cli import main
from tco.loading.yaml_text import yaml_value
from tco.resources import yaml_content

pytestmark = pytest.mark.slow

MUTANTS = int(os.environ.get("TCO_FUZZ", "1400"))
SEED = int(os.environ.get("TCO_FUZZ_SEED", "1"))
NAMES = ("startup_small", "steady_high_throughput")
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
            owner[key] = chance.choice(ODD)
    return raw


@pytest.mark.parametrize("name", NAMES)
def test_a_spoilt_scenario_has_a_finite_result_or_an_error_in_words(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    whole = yaml_content(resources.path(f"params/{name}.yaml"))
    good, said = 0, ["nothing yet"]
    for _ in range(MUTANTS):
        raw = spoilt(whole, chance)
        try:
            totals = tco.compare(tco.evaluate(tco.load_scenario(raw)))["npv"]
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


SCALARS = ("", "x", "0", "1", "-1", "0.5", "1e300", "nan", "inf", "2026-02-30", "2027-11..2028-01", "=1+1", "a,b",
           "stay,dynamodb", "[1, 2]", "{low: 1, high: 2}", "stay", "dynamodb", "version upkeep")  # fmt: skip
COMMANDS: dict[str, tuple[str, ...]] = {
    "compare": ("--fleet-size", "--seed", "--set"),
    "check": ("--fleet-size", "--set"),
    "ledger": ("--fleet-size", "--set"),
    "calendar": ("--fleet-size", "--set", "--from", "--policy"),
    "explain": ("--option", "--category"),
    "rank": ("--option", "--set"),
    "wait": ("--option",),
    "plan": ("--option", "--capacity", "--freeze", "--max-cutovers-per-week"),
    "what-if": ("--lose-engineers", "--delay", "--load-factor", "--freeze", "--name"),
}
"""Commands on a scenario that take less than a second or two, and options of theirs that take a value."""


def test_a_spoilt_command_prints_a_result_or_an_error_in_words(tmp_path: Path) -> None:
    """A faulty file in half of the cases, and faulty options: never a traceback, silence, or numbers that are none."""
    chance, codes = random.Random(f"{SEED} commands"), set()
    whole = {name: yaml_content(resources.path(f"params/{name}.yaml")) for name in NAMES}
    paths = [".".join(map(str, path)) for path in places(whole[NAMES[0]])] + [
        "labour.engineer_rate",
        "sizing.peak_utilization",
    ]
    for number in range(MUTANTS // 8):
        command, name = chance.choice(list(COMMANDS)), chance.choice(NAMES)
        words, source = [command], name
        if chance.random() < 0.5:
            source = str(tmp_path / f"{number}.yaml")
            raw = spoilt(whole[name], chance)
            Path(source).write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), "utf-8", "surrogatepass")
        for option in chance.sample(COMMANDS[command], chance.randint(0, min(2, len(COMMANDS[command])))):
            value = chance.choice(SCALARS)
            words += [option, f"{chance.choice(paths)}={value}" if option == "--set" else value]
        words += [source, *(("--draws", "0") if command == "compare" else ())]
        done = CliRunner().invoke(main, words)
        told = f"{words}: {done.output[-2000:]}"
        assert done.exception is None or isinstance(done.exception, SystemExit), f"{done.exception!r} of {told}"
        assert done.exit_code in (0, 1, 2), told
        assert "Traceback" not in done.output, told
        assert "Warning: " not in done.output, told
        assert (done.stdout if done.exit_code == 0 else done.stderr).strip(), told
        assert not (done.exit_code == 0 and " nan" in done.stdout), told
        codes.add(done.exit_code)
    assert codes == {0, 1, 2}

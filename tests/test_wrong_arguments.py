"""Public functions refuse arguments of a wrong kind by the parameter's name, before anything is computed."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_scenarios import scenario

import tco

FUNCTIONS = {name: found for name in tco.__all__ if inspect.isfunction(found := getattr(tco, name))}
READS_ANYTHING = {"usage"}
"""Parameters that take values of any kind."""


def parameters() -> list[tuple[str, str]]:
    return [
        (name, parameter.name)
        for name, function in FUNCTIONS.items()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD and parameter.name not in READS_ANYTHING
    ]


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """Arguments that every function that has them takes."""
    stated = tco.load_scenario(scenario())
    ledger = tco.evaluate(stated)
    names = {"option": "stay", "platform": "rds", "region": "us-east-1", "path": "months", "category": "downtime",
             "x": "months", "y": "months", "operation": "put"}  # fmt: skip
    return names | {
        "scenario": stated, "ledger": ledger, "usage": {}, "values": [1.0], "x_values": [1.0], "y_values": [1.0],
        "item_bytes": 100, "a": stated, "b": stated, "source": scenario(), "paths": [], "bill": "bill.csv",
    }  # fmt: skip


@pytest.mark.parametrize(("function", "parameter"), parameters())
def test_an_argument_of_a_wrong_kind_is_refused_by_name(function: str, parameter: str, usual: dict[str, Any]) -> None:
    called = FUNCTIONS[function]
    needed = [
        name for name, one in inspect.signature(called).parameters.items()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD and name in usual
    ]  # fmt: skip
    for wrong in (object(), b"bytes", pd.DataFrame({"a": [1]})):
        if function == "replay" and isinstance(wrong, pd.DataFrame):
            continue
        with pytest.raises(tco.InputError) as error:
            called(**{name: usual[name] for name in needed if name != parameter}, **{parameter: wrong})
        told = " ".join(f"{problem.path} {problem.message}" for problem in error.value.problems)
        assert parameter in told or "a scenario is a path" in told, told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"path": "labour.engineer_rate", "values": ["80"]}, r"values: is not a list \(each item: a number\)"),
        ({"path": "labour.engineer_rate", "values": "80"}, "values: is not a list"),
        ({"path": "labour.engineer_rate", "values": pd.Series(["80"])}, "values: is not a list"),
        ({"path": 3, "values": [80]}, r"path: is not text \(got 3\)"),
    ],
)
def test_items_of_lists_are_looked_at_too(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(tco.InputError, match=told):
        tco.sweep(tco.load_scenario(scenario()), **arguments)


def test_numbers_and_lists_of_other_libraries_are_what_they_stand_for() -> None:
    stated = tco.load_scenario(scenario())
    for values in ([80, np.float32(90.0)], np.array([80, 90]), pd.Series([80.0, 90.0]), (80, 90)):
        assert len(tco.sweep(stated, "labour.engineer_rate", values).frame()) == 2  # type: ignore[arg-type]
    assert len(tco.monte_carlo(stated, draws=np.int64(4)).frame()) == 4
    found = tco.price("dynamodb", [{"storage_gb": 1}] * 2, region=pd.Series(["us-east-1", "eu-west-1"]))
    assert found["bill"].tolist() == [0, 1]


def test_what_python_refuses_it_still_tells_itself() -> None:
    with pytest.raises(TypeError, match=r"rank\(\) missing 2 required positional arguments"):
        tco.rank()  # type: ignore[call-arg]

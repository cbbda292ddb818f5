"""One toy model of two options in the engine and in its peers: microseconds a draw, sampling included, in a table.

The toy: twenty clusters over five years; an option by hand (labour and downtime in every month) and one automated (part
of the labour, fewer minutes, and what it takes to get there). Five uncertain inputs, lognormal between a low and a high
that hold nine in ten. All tools give the mean of the same model, which is checked.

The peers are no part of the toolkit and of no lock: `pip install --group bench`, or `pip install squigglepy
ema_workbench`. Those that are not installed are left out. Run with `python benchmarks/peers.py`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from measuring import best_of, report

import tco
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import ONE, Line
from tco.scenario.shapes import Z_95

DRAWS, FEW = 100_000, 2_000
MICROSECONDS = 1e6
CLUSTERS, MONTHS = 20.0, 60.0
LEFT, FEWER, BUILDING = 0.3, 0.1, 40.0
"""The automated option: share of the hours and of the minutes that is left, and plans' hours to build it."""
PATHS = {
    "hours": "operations.routine_hours_managed",
    "rate": "labour.engineer_rate",
    "minutes": "downtime.inplace_major_minutes",
    "value": "downtime.value_per_minute",
    "setup": "upgrades.plan_hours",
}
AGREEMENT = 8.0
"""Standard errors by which two means may differ."""
NOTES = {
    "tco": "Sobol rows; every line kept apart; costs and present values; options share their draws",
    "numpy": "random rows; two totals and nothing else",
    "pandas": "random rows; a column for each line",
    "squigglepy, distributions": "operands are drawn anew at each use: options do not share draws",
    "squigglepy, a function": "a call of the model for each draw; options share draws",
    "EMAworkbench, sequential": "a call of the model for each draw; Latin hypercube",
}


def totals(hours, rate, minutes, value, setup):  # type: ignore[no-untyped-def]
    """The toy's two totals in USD, of numbers, of arrays or of whatever multiplies and adds."""
    by_hand = (hours * rate + minutes * value) * (CLUSTERS * MONTHS)
    automated = (hours * rate * LEFT + minutes * value * FEWER) * (CLUSTERS * MONTHS) + setup * rate * BUILDING
    return by_hand, automated


def ranges(scenario: tco.Scenario) -> dict[str, tuple[float, float]]:
    """The low and the high of each input."""
    entries = {name: scenario.assumptions[path] for name, path in PATHS.items()}
    assert all(entry.shape == "lognormal" for entry in entries.values())
    return {name: (float(entry.low), float(entry.high)) for name, entry in entries.items()}


def toy_lines(inputs: Inputs) -> Iterator[Line]:
    """The same model as lines of the engine."""
    clusters = inputs.clusters
    members = np.arange(len(inputs.groups), dtype=np.intp)
    hours, rate, minutes, value, setup = (inputs[path] for path in PATHS.values())
    first = np.zeros((1, 1, inputs.months))
    first[..., 0] = BUILDING / clusters.sum()
    for option, left, fewer in (("stay", 1.0, 1.0), ("automated", LEFT, FEWER)):
        labour, down = np.full((1, 1, 1), left), np.full((1, 1, 1), fewer)
        yield Line("operations", "routine administration", "labour hour", (clusters, hours, labour), (rate,), members, option=option)  # fmt: skip  # noqa: E501
        yield Line("downtime", "planned downtime", "downtime minute", (clusters, minutes, down), (value,), members, option=option)  # fmt: skip  # noqa: E501
        build = ONE * (option == "automated")
        yield Line("version upkeep", "major upgrades", "labour hour", (clusters, setup, first, build), (rate,), members, option=option)  # fmt: skip  # noqa: E501


def engine(scenario: tco.Scenario, draws: int) -> np.ndarray:
    """Means of both totals by the engine."""
    design = tco.monte_carlo(scenario, draws, seed=7).only(list(PATHS.values()))
    return Ledger(scenario, design, toy_lines).total()[["stay", "automated"]].mean().to_numpy()


def lognormals(given: dict[str, tuple[float, float]], draws: int) -> dict[str, np.ndarray]:
    """Random draws of the inputs."""
    random = np.random.default_rng(7)
    return {
        name: random.lognormal(math.log(low * high) / 2, math.log(high / low) / (2 * Z_95), draws)
        for name, (low, high) in given.items()
    }


def plain_numpy(given: dict[str, tuple[float, float]], draws: int) -> np.ndarray:
    """Means of both totals by numpy."""
    return np.mean(totals(**lognormals(given, draws)), axis=1)


def plain_pandas(given: dict[str, tuple[float, float]], draws: int) -> np.ndarray:
    """Means of both totals by columns of a DataFrame."""
    frame = pd.DataFrame(lognormals(given, draws))
    frame["labour"] = frame["hours"] * frame["rate"] * CLUSTERS * MONTHS
    frame["downtime"] = frame["minutes"] * frame["value"] * CLUSTERS * MONTHS
    frame["building"] = frame["setup"] * frame["rate"] * BUILDING
    frame["by_hand"] = frame["labour"] + frame["downtime"]
    frame["automated"] = frame["labour"] * LEFT + frame["downtime"] * FEWER + frame["building"]
    return frame[["by_hand", "automated"]].mean().to_numpy()


def squiggle(given: dict[str, tuple[float, float]], draws: int) -> np.ndarray:
    """Means of both totals by arithmetic of squigglepy's distributions."""
    import squigglepy as sq

    sq.set_seed(7)
    options = totals(**{name: sq.to(low, high) for name, (low, high) in given.items()})
    return np.array([np.mean(sq.sample(option, n=draws)) for option in options])


def squiggle_function(given: dict[str, tuple[float, float]], draws: int) -> np.ndarray:
    """Means of both totals by a function that squigglepy calls for each draw."""
    import squigglepy as sq

    sq.set_seed(7)
    inputs = {name: sq.to(low, high) for name, (low, high) in given.items()}
    return np.mean([totals(**{name: sq.sample(dist) for name, dist in inputs.items()}) for _ in range(draws)], axis=0)


def ema(given: dict[str, tuple[float, float]], draws: int) -> np.ndarray:
    """Means of both totals by EMAworkbench's sequential evaluator."""
    from scipy.stats import lognorm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells which optional evaluators are missing
        from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator
    model = Model("toy", function=lambda **inputs: dict(zip(("by_hand", "automated"), totals(**inputs), strict=True)))
    model.uncertainties = [
        RealParameter.from_dist(name, lognorm(math.log(high / low) / (2 * Z_95), scale=math.sqrt(low * high)))
        for name, (low, high) in given.items()
    ]
    model.outcomes = [ScalarOutcome("by_hand"), ScalarOutcome("automated")]
    with SequentialEvaluator(model) as evaluator:
        _, outcomes = evaluator.perform_experiments(scenarios=draws)
    return np.array([outcomes["by_hand"].mean(), outcomes["automated"].mean()])


def main() -> int:
    """Print the table; the exit code is 1 where a tool gives other means."""
    scenario = tco.load_scenario("quickstart")
    given = ranges(scenario)
    spread = np.std(totals(**lognormals(given, DRAWS)), axis=1)
    exact = np.mean(totals(**lognormals(given, 40 * DRAWS)), axis=1)
    tools: dict[str, tuple[str, int, Callable[[int], np.ndarray]]] = {
        "tco": ("tco", DRAWS, lambda draws: engine(scenario, draws)),
        "numpy": ("numpy", DRAWS, lambda draws: plain_numpy(given, draws)),
        "pandas": ("pandas", DRAWS, lambda draws: plain_pandas(given, draws)),
        "squigglepy, distributions": ("squigglepy", DRAWS, lambda draws: squiggle(given, draws)),
        "squigglepy, a function": ("squigglepy", FEW, lambda draws: squiggle_function(given, draws)),
        "EMAworkbench, sequential": ("ema_workbench", FEW, lambda draws: ema(given, draws)),
    }
    measured: dict[str, float] = {}
    notes: dict[str, str] = {}
    for name, (package, draws, run) in tools.items():
        if importlib.util.find_spec(package) is None:
            notes[name] = f"left out: {package} is not installed (pip install --group bench)"
            print(f"{name}: {notes[name]}")
            continue
        apart = np.abs(run(draws) - exact) / (spread / math.sqrt(draws))
        if not (apart < AGREEMENT).all():
            raise SystemExit(f"{name} has other means, {apart.max():.0f} standard errors away")
        measured[f"{name}, us a draw"] = best_of(lambda: run(draws), 3) / draws * MICROSECONDS  # noqa: B023
        version = "" if package == "tco" else f"{package} {importlib.metadata.version(package)}; "
        notes[name] = version + NOTES[name]
        print(f"{name}: {notes[name]}")
    own = measured["tco, us a draw"]
    ratios = {f"{name.removesuffix(', us a draw')} over tco, times": value / own for name, value in measured.items()}
    return report("peers", measured | ratios, {}, unit="", notes=notes)


if __name__ == "__main__":
    sys.exit(main())

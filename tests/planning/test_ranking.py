"""Which groups to move first: savings add up to the whole fleet's, and what is shared falls on whoever moves first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import InputError
from tco.formats import money
from tco.scenario.scenario import Scenario

LOAD = {"reads_per_second": 5, "writes_per_second": 1, "item_bytes": 1000}


def fleet(**changes: object) -> Scenario:
    """A busy group, an idle one with its staging (stated before it), and one that stays on its servers either way."""
    options = {"stay": STAY, "dynamodb": {**DYNAMODB, "groups": {"kept": STAY}}}
    raw = scenario(
        months=36,
        fleet={
            "busy": group(clusters=3),
            "rehearsal": group(clusters=2, environment="staging", design_of="idle", workload=LOAD),
            "idle": group(clusters=3, instances=2, instance_class="db.r6g.4xlarge", workload=LOAD),
            "kept": group(clusters=2, engine="postgresql", version="16"),
        },
        **{"options": options, **changes},
    )
    return tco.load_scenario(raw)


@pytest.fixture(scope="module")
def ranked() -> pd.DataFrame:
    return tco.rank(fleet(), "dynamodb")


def test_savings_add_up_to_the_whole_fleets(ranked: pd.DataFrame) -> None:
    table = tco.compare(tco.evaluate(fleet())).set_index("option")
    assert list(ranked.columns[:10]) == (
        "rank group clusters saving p10 p90 chance labour_hours payback_months cumulative_saving".split()
    )
    assert ranked["cumulative_saving"].to_numpy() == pytest.approx(ranked["saving"].cumsum().to_numpy())
    assert ranked["saving"].sum() == pytest.approx(-table.loc["dynamodb", "npv_difference"])
    hours = table["labour_hours"]
    assert ranked["labour_hours"].sum() == pytest.approx(hours["dynamodb"] - hours["stay"])
    assert ranked[["p10", "p90", "chance"]].isna().all(axis=None)


def test_every_saving_is_the_difference_of_two_mixtures(ranked: pd.DataFrame) -> None:
    """Each mixture written as an option of a scenario file, by `groups`; a group about to leave is not upgraded."""
    moved: dict[str, object] = {}
    costs = []
    for name in [None, *ranked["group"]]:
        moved |= {name: {**DYNAMODB, "policy": "never"}} if name and name != "kept" else {}
        mixed = fleet(options={"stay": STAY, "mixed": {**STAY, "groups": moved}})
        costs.append(tco.evaluate(mixed).mean("option", "npv")["mixed"])
    assert ranked["saving"].tolist() == pytest.approx([before - after for before, after in pairwise(costs)], abs=1e-6)


def test_the_group_that_saves_most_goes_first_and_staging_follows_its_design(ranked: pd.DataFrame) -> None:
    assert ranked["group"].tolist() == ["idle", "rehearsal", "kept", "busy"]
    assert ranked.set_index("group").loc["kept", "saving"] == pytest.approx(0, abs=1e-6)


def test_draws_give_ranges_and_chances() -> None:
    found = tco.rank(fleet(), "dynamodb", draws=64, seed=3)
    assert (found["p10"] <= found["p90"]).all()
    assert found["chance"].between(0, 1).all()
    assert found.set_index("group").loc["kept", "chance"] == 0.5
    ledger = tco.evaluate(fleet(), tco.monte_carlo(fleet(), 64, 3)).mean("option", "npv")
    assert found["cumulative_saving"].iloc[-1] == pytest.approx(ledger["stay"] - ledger["dynamodb"])
    assert np.isfinite(found["saving"]).all()


@pytest.mark.parametrize(("option", "message"), [("dynamo", "did you mean 'dynamodb'"), ("stay", "is the reference")])
def test_an_option_that_nobody_can_move_to_is_an_error(option: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tco.rank(fleet(), option)


def test_the_command_says_that_amounts_are_the_point_estimate() -> None:
    done = CliRunner().invoke(main, ["rank", "startup_small", "--option", "dynamodb"])
    assert done.exit_code == 0, done.stderr
    assert "At the point estimate" in done.stdout
    ranked, told = tco.rank(tco.load_scenario("startup_small"), "dynamodb"), " ".join(done.stdout.split())
    every = ranked["saving"].sum()
    assert f"Moving them all {'saves' if every > 0 else 'costs'} {money(abs(every))}" in told
    assert CliRunner().invoke(main, ["rank", "startup_small", "--option", "dynamo"]).exit_code == 1

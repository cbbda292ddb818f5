"""The cheapest mixture is that of all mixtures tried out, whatever groups share."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.planning import cheapest_mixture as searching
from tco.planning.cheapest_mixture import Mix
from tco.planning.mixtures import Mixtures
from tco.planning.ranking import rank_mix
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario

LOADS = [{"reads_per_second": n, "writes_per_second": n / 5, "item_bytes": 1000} for n in (5, 60, 9000)]
OPTIONS = {"stay": STAY, "green": {**STAY, "method": "blue_green"}, "dynamodb": DYNAMODB}


def fleet(**changes: object) -> Scenario:
    """Groups of different load; three options of which two share a platform."""
    groups = {
        f"shop_{n}": group(clusters=n + 1, instances=2, instance_class="db.r6g.4xlarge", workload=load)
        for n, load in enumerate(LOADS)
    }
    return tco.load_scenario(scenario(**{"months": 36, "fleet": groups, "options": OPTIONS, **changes}))


@pytest.fixture(scope="module")
def mix() -> Mix:
    return tco.best_mix(fleet())


def test_it_is_the_cheapest_of_all_mixtures(mix: Mix) -> None:
    mixtures = Mixtures.of(fleet(), point(fleet()))
    every = list(product(OPTIONS, repeat=len(LOADS)))
    costs = mixtures.means(every)
    assert mix.npv == pytest.approx(min(costs))
    assert tuple(mix["option"]) == every[int(np.argmin(costs))]
    assert len(set(mix["option"])) > 1, "else the fleet tests nothing"
    assert mix.bound == mix.npv
    assert set(mix["basis"]) == {"all tried"}
    assert mix.proof == "It is the cheapest of all 27 mixtures."


def test_regret_is_against_each_option_alone(mix: Mix) -> None:
    assert list(mix.columns) == ["group", "option", "chance", "margin", "basis"]
    npv = tco.compare(tco.evaluate(fleet())).set_index("option")["npv"]
    assert mix.npv_by_option.to_dict() == pytest.approx(npv.to_dict())
    assert (mix.regret >= 0).all()
    assert mix["chance"].isna().all()
    assert (mix["margin"] >= 0).all()


def test_it_shows_as_a_table(mix: Mix) -> None:
    for shown in (str(mix), repr(mix), mix._repr_html_()):
        assert "dynamodb" in shown


def test_a_quick_search_finds_what_no_change_of_one_group_betters(mix: Mix) -> None:
    quick = tco.best_mix(fleet(), quick=True)
    assert list(quick["option"]) == list(mix["option"])
    assert quick.bound == float("-inf")
    assert set(quick["basis"]) == {"quick search"}
    assert "of 27; no change of one group saves." in quick.proof


@pytest.mark.parametrize("quick", [True, False])
def test_a_group_that_is_where_it_would_go_is_no_move(quick: bool) -> None:
    """Settings that its platform does not read, such as the method of upgrades, make no other option of it."""
    groups = {"shop": group(), "seen": group(platform="dynamodb")}
    options = {"dynamodb": DYNAMODB, "stay": {**STAY, "groups": {"seen": DYNAMODB}}}
    stated = tco.load_scenario(scenario(fleet=groups, options=options, reference="stay"))
    mix = tco.best_mix(stated, quick=quick)
    assert dict(zip(mix["group"], mix["option"], strict=True))["seen"] == "stay"
    assert rank_mix(stated, mix).set_index("group")["saving"].isna()["seen"]


def test_a_quick_search_finds_nothing_dearer_than_an_option_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIED_QUICKLY", 1)
    monkeypatch.setattr(searching, "_own_cost", lambda own, unit, option: -sum(own[option][group] for group in unit))
    assert (tco.best_mix(fleet(), quick=True).regret >= 0).all()


def test_a_mixture_of_few_draws_stands_on_those_of_the_verdict() -> None:
    """The options cost what many draws say; the mixture as much less than the cheapest of them as few draws say."""
    stated = fleet()
    many = tco.evaluate(stated, tco.monte_carlo(stated, 256, 1))
    few, found = tco.best_mix(stated, 16, 1), tco.best_mix(stated, 16, 1, known=many)
    means = many.mean("option", "npv")
    assert found.npv_by_option.to_dict() == pytest.approx(means.to_dict())
    single = means.idxmin()
    assert found.regret[single] == pytest.approx(few.regret[single])
    assert found.npv == pytest.approx(means[single] - few.regret[single])
    assert (found.regret >= found.regret[single]).all()
    assert list(found["option"]) == list(few["option"])


def test_a_mixture_says_what_each_move_saves_and_what_is_kept(mix: Mix) -> None:
    stated = fleet()
    ranked = rank_mix(stated, mix)
    assert sorted(ranked["group"]) == sorted(stated.fleet)
    kept = ranked[ranked["option"] == "stay"]
    assert kept["saving"].isna().all()
    assert kept["rank"].isna().all()
    assert 0 < len(kept) < len(ranked), "else the fleet tests nothing"
    assert ranked["saving"].sum() == pytest.approx(mix.regret["stay"])
    drawn = rank_mix(stated, tco.best_mix(stated, 16, 1, quick=True), 16, 1).dropna(subset="saving")
    assert (drawn["p10"] <= drawn["p90"]).all()
    assert drawn["chance"].between(0, 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("stated_by", ["option", "assumption"])
@pytest.mark.parametrize("seed", range(4))
def test_teams_without_time_for_everything(seed: int, stated_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random fleets of six groups whose teams have too few hours: the search finds the cheapest of all 64 mixtures, and
    claims it as far as it was tried.
    """
    random = np.random.default_rng(seed)
    groups = {
        f"group_{n}": group(
            clusters=int(random.integers(1, 9)),
            engine=("mysql", "postgresql")[n % 2],
            version=("8.0", "14")[n % 2],
            instance_class=str(random.choice(["db.r6g.large", "db.r6g.2xlarge"])),
            environment=str(random.choice(["production", "staging"])),
            workload=LOADS[int(random.integers(3))],
        )
        for n in range(6)
    }
    hours = {"upgrade_hours_per_month": float(random.integers(5, 60)), "migration_hours_per_month": 40.0}
    team = {"labour.upgrade_team": random.uniform(0.05, 0.5), "labour.migration_team": random.uniform(0.1, 1)}
    own = hours if stated_by == "option" else {}
    options = {"stay": {**STAY, **own}, "dynamodb": {**DYNAMODB, **own}}
    stated = tco.load_scenario(
        scenario(months=36, fleet=groups, options=options), set=team if stated_by == "assumption" else {}
    )
    every = list(product(options, repeat=6))
    costs = Mixtures.of(stated, point(stated)).means(every)
    monkeypatch.setattr(searching, "MOST_TRIED", 63)
    found = tco.best_mix(stated)
    assert found.npv == pytest.approx(min(costs))
    assert found.bound <= min(costs) * (1 + 1e-9)
    assert set(found["basis"]) == {"as far as tried"}
    assert "As far as a group's change never brings less" in found.proof


def test_beyond_what_can_be_tried_out_a_bound_is_stated(mix: Mix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIED", 0)
    improved = tco.best_mix(fleet())
    assert improved.bound <= mix.npv <= improved.npv <= min(improved.npv_by_option)


def test_staging_goes_where_its_design_goes() -> None:
    groups = {"shop": group(workload=LOADS[0]), "rehearsal": group(design_of="shop", environment="staging")}
    (option,) = set(tco.best_mix(fleet(fleet=groups))["option"])
    assert option in OPTIONS


def test_staging_that_leaves_alone_is_told_with_the_name_of_its_platform() -> None:
    busy = group(clusters=2, instances=2, instance_class="db.r6g.4xlarge", workload=LOADS[2])
    staging = group(clusters=4, environment="staging", instance_class="db.r6g.4xlarge", workload=LOADS[0])
    stated = fleet(fleet={"shop": busy, "rehearsal": staging}, months=60)
    (note,) = tco.best_mix(stated).notes
    assert note.startswith("rehearsal (staging) would be on DynamoDB and shop not: state design_of")


def test_draws_say_how_often_each_choice_is_right() -> None:
    small = fleet(fleet={"idle": group(workload=LOADS[0]), "busy": group(workload=LOADS[2])}, months=24)
    found = tco.best_mix(small, draws=32, seed=1)
    assert found["chance"].between(0, 1).all()
    ledger = tco.evaluate(small, tco.monte_carlo(small, 32, 1)).mean("option", "npv")
    assert found.npv_by_option["green"] == pytest.approx(ledger["green"])
    assert found.npv <= ledger.min() + 1e-6


def test_the_command_says_which_to_move_and_which_to_keep() -> None:
    done = CliRunner().invoke(main, ["mix", "steady_high_throughput"])
    assert done.exit_code == 0, done.stderr
    assert "It is the cheapest of all" in " ".join(done.stdout.split())
    told = CliRunner().invoke(main, ["mix", "steady_high_throughput", "--format", "csv"])
    assert told.stdout.splitlines()[0].endswith(",basis")
    assert "At the point estimate" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("third", [{**STAY, "method": "blue_green"}, {**DYNAMODB, "capacity": "provisioned"}])
def test_six_groups_and_three_options(third: dict[str, object]) -> None:
    """All 729 mixtures of six groups of two engines, some of which stage what others run."""
    groups = {
        f"group_{n}": group(
            clusters=n % 3 + 1,
            engine=("mysql", "postgresql")[n % 2],
            version=("8.0", "14")[n % 2],
            instance_class=("db.r6g.large", "db.r6g.2xlarge")[n // 3],
            environment="staging" if n == 5 else "production",
            workload=LOADS[n % 3],
        )
        for n in range(6)
    }
    stated = fleet(fleet=groups, options={"stay": STAY, "dynamodb": DYNAMODB, "third": third})
    costs = Mixtures.of(stated, point(stated)).means(list(product(stated.options, repeat=6)))
    assert tco.best_mix(stated).npv == pytest.approx(min(costs))

"""Draws through the whole model: means, replay to the last bit, other processes, blocks, and what single draws say."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import stats
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.errors import InputError
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.evaluation.totals import Query
from tco.model.lines import evaluate
from tco.sampling.designs import BLOCK_ROWS

METHODS = ("sobol", "latin_hypercube", "random")
SOURCE = {"title": "test", "as_of": "2026-01-01", "kind": "judgement"}
MEASURES = ("cost", "npv", LABOUR, DOWNTIME)


@pytest.fixture(scope="module")
def small() -> tco.Scenario:
    return tco.load_scenario(scenario())


@pytest.fixture(scope="module")
def fitting() -> tco.Scenario:
    """Reads what instance classes are fitted by, too, so that every assumption is drawn."""
    return tco.load_scenario(scenario(fleet={"shop": group(instance_class="r6g.fit")}))


def only_uncertain(**entries: dict[str, Any]) -> tco.Scenario:
    """The small scenario with these assumptions uncertain and all others at their means."""
    loaded = tco.load_scenario(scenario())
    means = {path: entry.mean for path, entry in loaded.assumptions.items()}
    certain = tco.load_scenario(scenario(), set=means)
    changed = {path: certain.assumptions[path].replaced({**entry, "source": SOURCE}) for path, entry in entries.items()}
    return certain.model_copy(update={"assumptions": {**certain.assumptions, **changed}})


# -- the design ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_an_assumption_that_becomes_certain_leaves_the_draws_of_the_others(small: tco.Scenario, method: Any) -> None:
    drawn = tco.monte_carlo(small, 256, seed=3, method=method).frame()
    for path in (drawn.columns[0], "labour.engineer_rate", "upgrades.plan_hours"):
        certain = tco.load_scenario(scenario(), set={path: small.assumptions[path].mean})
        others = tco.monte_carlo(certain, 256, seed=3, method=method).frame()
        pd.testing.assert_frame_equal(others, drawn.drop(columns=path))


@pytest.mark.parametrize("method", METHODS)
def test_row_731_is_row_731_of_any_block(small: tco.Scenario, method: Any) -> None:
    design = tco.monte_carlo(small, 1000, seed=3, method=method)
    frame = design.frame()
    row = design.row(731)
    assert (row.first, row.rows) == (731, 1)
    assert {path: row.columns[path][0] for path in design.paths} == frame.iloc[731].to_dict()
    second = list(design.blocks(400))[1]
    assert all((second.columns[path] == frame[path].iloc[400:800]).all() for path in design.paths)


@pytest.mark.parametrize("method", METHODS)
def test_every_uncertain_assumption_is_drawn_at_its_mean_on_average(fitting: tco.Scenario, method: Any) -> None:
    frame = tco.monte_carlo(fitting, 8192, seed=1, method=method).frame()
    uncertain = {path: entry for path, entry in fitting.assumptions.items() if entry.is_uncertain}
    assert set(uncertain) == {path for path in frame.columns if not path.startswith("luck.")}
    for path, entry in uncertain.items():
        size = max(abs(entry.mean), frame[path].std())  # one draw far out in a long tail moves the mean by per cents
        assert frame[path].mean() == pytest.approx(entry.mean, abs=size * (0.15 if method == "random" else 0.01)), path


def test_luck_has_a_column_for_each_kind_of_event_and_group_region_or_platform(small: tco.Scenario) -> None:
    luck = [path for path in tco.monte_carlo(small, 2).paths if path.startswith("luck.")]
    of_groups = [f"luck.{kind}.shop" for kind in ("cutover", "migration", "failure")]
    assert luck == [*of_groups, "luck.regional.us-east-1", *(f"luck.withdrawal.{name}" for name in ("rds", "dynamodb"))]
    assert not [path for path in tco.monte_carlo(small, 2, luck=False).paths if path.startswith("luck.")]


def test_coverage_90_percent_intervals_hold_90_percent_of_the_draws(fitting: tco.Scenario) -> None:
    frame = tco.monte_carlo(fitting, 8192, seed=5).frame()
    for path, entry in fitting.assumptions.items():
        if entry.shape in ("lognormal", "normal", "beta") and entry.is_uncertain:
            assert frame[path].between(entry.low, entry.high).mean() == pytest.approx(0.9, abs=0.002), path


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, tco\n"
        "scenario = tco.load_scenario('startup_small')\n"
        "for method in ('sobol', 'random'):\n"
        "    frame = tco.monte_carlo(scenario, 200, seed=11, method=method).frame()\n"
        "    totals = tco.evaluate(scenario, tco.replay(frame)).total()\n"
        "    print(hashlib.sha256(frame.to_numpy().tobytes() + totals.to_numpy().tobytes()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        exec(program, {})
    assert there.stdout == here.getvalue()
    assert len({*here.getvalue().splitlines()}) == 2


def test_other_seeds_give_other_draws(small: tco.Scenario) -> None:
    one, other = (tco.monte_carlo(small, 64, seed=seed).frame() for seed in (1, 2))
    assert (one != other).to_numpy().mean() > 0.99


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_saved_design_is_replayed_to_the_last_bit(small: tco.Scenario, tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    design = tco.monte_carlo(small, 1500, seed=7)
    saved = tmp_path / f"design{suffix}"
    design.frame().to_csv(saved) if suffix == ".csv" else design.frame().to_parquet(saved)
    again = tco.replay(saved)
    assert again.rows == 1500
    for measure in MEASURES:
        first, second = (tco.evaluate(small, drawn).total("option", measure) for drawn in (design, again))
        assert first.to_numpy().tobytes() == second.to_numpy().tobytes()


def test_columns_can_be_set_left_out_and_cut_short_without_changing_the_others(small: tco.Scenario) -> None:
    design = tco.monte_carlo(small, 100, seed=7)
    frame = design.frame()
    rate = "labour.engineer_rate"
    pd.testing.assert_frame_equal(design.head(10).frame(), frame.iloc[:10])
    pd.testing.assert_frame_equal(design.only([rate]).frame(), frame[[rate]])
    assert list(design.without_events().paths) == [path for path in frame.columns if not path.startswith("luck.")]
    at = design.at({rate: 99.0, "fleet_size": np.arange(100.0)})
    assert (at.frame()[rate] == 99).all()
    assert at.frame()["fleet_size"].tolist() == list(range(100))
    pd.testing.assert_frame_equal(at.frame().drop(columns=[rate, "fleet_size"]), frame.drop(columns=[rate]))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"draws": 0}, "draws: a whole number from 1"),
        ({"draws": 2.5}, "draws: is not a whole number"),
        ({"seed": -1}, "seed: a whole number from 0"),
        ({"method": "sobel"}, "sobol"),
    ],
)
def test_what_cannot_be_drawn_is_refused(small: tco.Scenario, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tco.monte_carlo(small, **keywords)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("labour.engineer_rate", -5.0, "from 0 up"),
        ("labour.engineer_rate", 1e300, "between 0 and 1e.12"),
        ("downtime.affected_share", 7.0, "between 0 and 1"),
        ("fleet.shop.clusters", 1e300, "between 0 and 1e.07"),
        ("fleet_size", -7.0, "from 0 up"),
        ("luck.failure.shop", 7.0, "between 0 and 1"),
    ],
)
def test_a_replayed_value_lies_within_what_a_scenario_may_state(
    small: tco.Scenario, path: str, value: float, message: str
) -> None:
    with pytest.raises(InputError, match=rf"{path}: values .*{message}"):
        tco.evaluate(small, tco.replay(pd.DataFrame({path: [value]})))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("draw,labour.engineer_rate\n0,1_000\n", "row 0 is not a finite number"),
        ("draw,labour.engineer_rate\n0,100\n1,\u0663\n", "row 1 is not a finite number"),
        ("draw,labour.engineer_rate\n9,0,100\n9,1,100\n", "rows have more cells than the heading"),
    ],
)
def test_a_replayed_file_that_was_edited_is_refused(tmp_path: Path, content: str, message: str) -> None:
    saved = tmp_path / "design.csv"
    saved.write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        tco.replay(saved)


def test_a_replayed_table_is_checked(small: tco.Scenario) -> None:
    with pytest.raises(InputError, match="row 1 is not a finite number"):
        tco.replay(pd.DataFrame({"labour.engineer_rate": [1.0, float("nan")]}))
    with pytest.raises(InputError, match="at least one row"):
        tco.replay(pd.DataFrame({"labour.engineer_rate": []}))
    with pytest.raises(InputError, match=r"labour\.engineer_rate"):
        tco.evaluate(small, tco.replay(pd.DataFrame({"labour.engineer_rates": [1.0]})))


def test_saltelli_rows_are_in_the_order_that_salib_expects(small: tco.Scenario) -> None:
    """For each base point: its row of A, that row with one column after the other from B, its row of B."""
    paths = ("labour.engineer_rate", "downtime.incident_minutes", "dynamodb.item_size_spread")
    design = tco.saltelli(small, 8, seed=2, paths=paths)
    assert design.paths == paths
    rows = design.frame().to_numpy()
    assert rows.shape == (8 * 5, 3)
    for turn in rows.reshape(8, 5, 3):
        for column in range(3):
            crossed = turn[0].copy()
            crossed[column] = turn[-1][column]
            assert (turn[column + 1] == crossed).all()
    for first, size in ((7, 11), (9, 2), (39, 1)):
        block = design.block(first, size)
        assert all((block.columns[path] == design.frame()[path].iloc[first : first + size]).all() for path in paths)
    with pytest.raises(InputError, match="power of two"):
        tco.saltelli(small, 100)


def test_saltelli_varies_what_is_uncertain(small: tco.Scenario) -> None:
    with pytest.raises(
        InputError, match=r"labour\.engineer_rates: unknown uncertain assumption.*'labour\.engineer_rate'"
    ):
        tco.saltelli(small, 8, paths=["labour.engineer_rates"])
    certain = {path: entry.mean for path, entry in small.assumptions.items()}
    with pytest.raises(InputError, match="assumptions: no assumption of the scenario is uncertain"):
        tco.saltelli(tco.load_scenario(scenario(), set=certain), 8)
    assert tco.saltelli(small, 2, paths=["labour.engineer_rate"]).rows == 2 * 3


@pytest.mark.parametrize("column", [np.arange(9.0), np.full(10, np.nan), np.r_[np.ones(9), np.inf], np.nan])
def test_a_column_of_a_design_holds_a_finite_number_for_each_row(small: tco.Scenario, column: Any) -> None:
    with pytest.raises(InputError, match=r"labour\.engineer_rate: a column holds one finite number, or 10"):
        tco.monte_carlo(small, 10).at({"labour.engineer_rate": column})


# -- through the model -----------------------------------------------------------------------------------------------


@settings(max_examples=6)
@given(scenarios())
def test_many_draws_are_as_many_single_evaluations(raw: dict[str, Any]) -> None:
    loaded = tco.load_scenario(raw)
    design = tco.monte_carlo(loaded, 70, seed=1)
    ledger = tco.evaluate(loaded, design)
    frame = design.frame()
    for row in (0, 41):
        single = tco.evaluate(loaded, tco.replay(frame.iloc[[row]]))
        for measure in MEASURES:
            together = ledger.total(["option", "category"], measure).iloc[row]
            alone = single.total(["option", "category"], measure).iloc[0]
            assert together.to_numpy() == pytest.approx(alone.to_numpy(), rel=1e-6, abs=1e-6)
        table = ledger.table(draw=row)
        assert table["cost"].sum() == pytest.approx(ledger.total("option").iloc[row].sum(), rel=1e-9, abs=1e-6)


@settings(max_examples=6)
@given(scenarios())
def test_identical_options_differ_by_exactly_0_in_every_draw(raw: dict[str, Any]) -> None:
    options = {**raw["options"], "twin": raw["options"]["option0"]}
    loaded = tco.load_scenario({**raw, "options": options})
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 200, seed=1))
    for measure in MEASURES:
        totals = ledger.total("option", measure)
        assert (totals["twin"] == totals["option0"]).all()


def test_mean_and_variance_of_a_linear_part_are_those_of_the_assumption() -> None:
    """Labour cost is hours x rate: with the rate alone uncertain, its variance is hours**2 x variance of the rate."""
    loaded = only_uncertain(**{"labour.engineer_rate": {"shape": "uniform", "low": 60, "high": 180}})
    ledger = tco.evaluate(loaded, tco.monte_carlo(loaded, 4096, seed=1, luck=False))
    hours = ledger.total("option", LABOUR)["stay"]
    assert hours.std() < 1e-9 * hours.mean()
    upkeep = ledger.total(["option", "line"])["stay"]["minor upgrades"]
    hours = ledger.total(["option", "line"], LABOUR)["stay"]["minor upgrades"].iloc[0]
    assert upkeep.mean() == pytest.approx(hours * 120, rel=1e-5)
    assert upkeep.var() == pytest.approx(hours**2 * 120**2 / 12, rel=1e-3)
    assert np.quantile(upkeep, [0.1, 0.9]) == pytest.approx([hours * 72, hours * 168], rel=1e-3)


def test_without_uncertain_assumptions_every_draw_is_the_point() -> None:
    loaded = only_uncertain()
    point = tco.evaluate(loaded).total().iloc[0]
    drawn = tco.evaluate(loaded, tco.monte_carlo(loaded, 50, luck=False)).total()
    assert drawn.to_numpy() == pytest.approx(np.tile(point, (50, 1)), rel=1e-12)


def test_correlated_assumptions_are_drawn_correlated() -> None:
    stated = [{"between": ["labour.engineer_rate", "downtime.value_per_minute"], "value": 0.7}]
    loaded = tco.load_scenario(scenario(correlations=stated))
    frame = tco.monte_carlo(loaded, 4096, seed=1).frame(["labour.engineer_rate", "downtime.value_per_minute"])
    assert stats.spearmanr(*frame.to_numpy().T).statistic == pytest.approx(0.7, abs=0.01)


def test_impossible_correlations_of_a_scenario_are_refused() -> None:
    names = ("labour.engineer_rate", "downtime.value_per_minute", "downtime.incident_minutes")
    stated = [
        {"between": [names[0], names[1]], "value": 0.9},
        {"between": [names[1], names[2]], "value": 0.9},
        {"between": [names[0], names[2]], "value": -0.9},
    ]
    with pytest.raises(InputError, match="cannot hold together"):
        tco.monte_carlo(tco.load_scenario(scenario(correlations=stated)), 100)


def test_many_blocks_give_what_one_block_gives() -> None:
    """Draws stream in blocks, on threads; means and totals are those of the draws one block at a time."""
    loaded = tco.load_scenario(scenario(options={"stay": STAY, "dynamodb": DYNAMODB}, months=12))
    design = tco.monte_carlo(loaded, BLOCK_ROWS + 3_000, seed=9)
    ledger = tco.evaluate(loaded, design)
    totals = ledger.total()
    frame = design.frame()
    rows = [3, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 2_999]
    few = tco.evaluate(loaded, tco.replay(frame.iloc[rows])).total()
    assert totals.iloc[rows].to_numpy() == pytest.approx(few.to_numpy(), rel=1e-7)
    by_month = ledger.mean(["option", "period"])
    assert by_month.groupby(level="option", sort=False).sum().to_numpy() == pytest.approx(totals.mean().to_numpy())
    assert tco.compare(ledger)["total"].to_numpy() == pytest.approx(totals.mean().to_numpy())


def test_a_fleet_scaled_in_draws_is_the_fleet_of_that_size() -> None:
    loaded = tco.load_scenario(scenario(fleet={"shop": group(clusters=4)}))
    larger = tco.load_scenario(scenario(fleet={"shop": group(clusters=4)}), fleet_size=40)
    design = tco.monte_carlo(loaded, 64, seed=1)
    scaled = tco.evaluate(loaded, design.at({"fleet_size": 40.0})).total()
    assert scaled.to_numpy() == pytest.approx(tco.evaluate(larger, design).total().to_numpy(), rel=1e-9)


@pytest.mark.slow
def test_what_is_asked_together_is_what_is_asked_alone() -> None:
    """One pass adds up lines that have much in common before what they share is multiplied in, whatever varies."""
    stated = tco.load_scenario(scenario(months=36))
    questions = [Query(("option",), "", measure) for measure in MEASURES]
    draws = tco.monte_carlo(stated, 2, seed=4).without_events()
    for path in ("transition.modelling_hours_per_design", *draws.paths[::10]):
        design = draws.only([path])
        together = evaluate(stated, design, questions)
        for measure, question in zip(MEASURES, questions, strict=True):
            alone = evaluate(stated, design, [question]).total("option", measure)
            np.testing.assert_allclose(together.total("option", measure), alone, rtol=1e-9, atol=1e-6, err_msg=path)


def test_only_rows_of_a_sobol_sequence_are_of_low_discrepancy(small: tco.Scenario) -> None:
    design = tco.monte_carlo(small, 8)
    one = design.paths[0]
    for made in (design, design.head(4), design.only([one]), design.without_events(), design.at({one: 1.0})):
        assert made.low_discrepancy
    for method in ("latin_hypercube", "random"):
        assert not tco.monte_carlo(small, 8, method=method).low_discrepancy
    assert not tco.replay(design.frame()).low_discrepancy


def test_labels_that_nobody_asks_for_change_no_total() -> None:
    """Phases, roles and kinds of release are added up before lines are made where no question tells them apart."""
    stated = tco.load_scenario(scenario(fleet={"shop": group(version="5.7"), "crm": group(clusters=9)}, months=48))
    for design in (tco.monte_carlo(stated, 32, seed=2), tco.monte_carlo(stated, 32, seed=2).without_events()):
        whole = evaluate(stated, design, [Query(("option",), "", measure) for measure in MEASURES])
        for label in ("phase", "role", "release"):
            by_label = evaluate(stated, design, [Query(("option", label), "", measure) for measure in MEASURES])
            for measure in MEASURES:
                summed = by_label.total(["option", label], measure).T.groupby(level="option", sort=False).sum().T
                np.testing.assert_allclose(summed, whole.total("option", measure), rtol=1e-9, atol=1e-6)


def test_draws_that_are_kept_cannot_be_written_to(small: tco.Scenario) -> None:
    design = tco.monte_carlo(small, 8)
    column = design.block(0, 8).columns[design.paths[0]]
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 0.0
    assert design.block(0, 8).columns[design.paths[0]] is column
    assert list(design.block(4, 4).columns[design.paths[0]]) == list(column[4:])

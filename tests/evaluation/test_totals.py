"""Totals are the sums of lines written out in full, by whatever labels, axes and measure."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_scenarios import group, scenario

import tco
from tco.evaluation import ledger as ledger_module
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import Ledger, line_sums
from tco.evaluation.ledger_line import DOWNTIME, LABOUR, ONE, Line
from tco.evaluation.totals import COST, NPV, POSITION, QUANTITY, LineSums, Query
from tco.sampling.designs import point

LABELS = (("option",), ("option", "category"), ("category", "line"), ("option", "role", "phase"), ("unit",), ())


def two_lines() -> list[Line]:
    """Two clusters of 3 and 5 at 2 USD in each of 3 months; 10 hours at 100 USD in the second, paid at its start."""
    clusters = np.array([3.0, 5.0]).reshape(1, 2, 1)
    price = np.full((1, 1, 1), 2.0)
    second = np.array([0.0, 1.0, 0.0]).reshape(1, 1, 3)
    everyone = np.array([0, 1])
    return [
        Line("compute", "instance hour", (clusters,), (price,), everyone, option="stay"),
        Line(
            "major upgrades",
            LABOUR,
            (np.full((1, 1, 1), 10.0), second),
            (np.full((1, 1, 1), 100.0),),
            everyone[:1],
            option="stay",
            at_start=True,
        ),
    ]


def test_sums_by_hand() -> None:
    """8 clusters x 2 USD = 16 a month, and 1,000 in the second; discounted by halves at the end, by nothing before."""
    discount = {False: np.full((1, 1, 3), 0.5), True: np.ones((1, 1, 3))}
    sums = LineSums(two_lines(), 1, 2, 3, discount)
    stay = ("stay",)
    assert sums.total(Query(("option",), "p", COST))[stay].tolist() == [[16, 1016, 16]]
    assert sums.total(Query(("option",), "", COST))[stay].tolist() == [1048]
    assert sums.total(Query(("option",), "", COST, over_draws=True))[stay] == 1048
    assert sums.total(Query(("option",), "p", NPV, over_draws=True))[stay].tolist() == [8, 1008, 8]
    assert sums.total(Query(("option",), "g", COST))[stay].tolist() == [[1018, 30]]
    assert sums.total(Query(("option",), "", LABOUR))[stay].tolist() == [10]
    by_line = sums.total(Query(("line",), "", LABOUR))
    assert {key: amounts.tolist() for key, amounts in by_line.items()} == {("compute",): [0], ("major upgrades",): [10]}
    by_position = sums.total(Query((POSITION,), "", COST))
    assert [amounts.tolist() for amounts in by_position.values()] == [[48], [1000]]


def written_out(inputs: Inputs, line: Line, measure: str) -> NDArray[np.float64]:
    """Every cell of a line, (draws, groups, months)."""
    cells = np.zeros((inputs.block.rows, len(inputs.groups), inputs.months))
    if measure not in (COST, NPV, line.unit):
        return cells
    amounts = np.ones((1, 1, 1))
    for factor in (*line.quantity, *(line.unit_price if measure in (COST, NPV) else ())):
        amounts = amounts * factor
    if measure == NPV:
        amounts = amounts * inputs.discount_factors(line.at_start)
    cells[:, line.members] = amounts
    return cells


@pytest.mark.parametrize(
    ("rows", "discount"),
    [(1, {"value": 0.05}), (7, {"value": 0.05}), (7, {"low": 0.02, "high": 0.08})],
    ids=["point", "one rate", "uncertain rate"],
)
def test_totals_are_sums_of_cells(rows: int, discount: dict[str, Any]) -> None:
    rate = {**discount, "source": {"title": "test", "as_of": "2026-01-01", "kind": "judgement"}}
    fleet = {"shop": group(version="5.7"), "crm": group(clusters=9)}
    stated = tco.load_scenario(scenario(fleet=fleet, assumptions={"finance.discount_rate": rate}))
    design = tco.monte_carlo(stated, rows, seed=3) if rows > 1 else point(stated)
    ledger = tco.evaluate(stated, design)
    inputs = Inputs(stated, design.block(0, rows))
    lines = ledger.lines()
    sums = line_sums(inputs, lines)
    for measure in (COST, NPV, LABOUR, DOWNTIME, "GB-month"):
        cells = [written_out(inputs, line, measure) for line in lines]
        for axes, over_draws in product(("", "p", "g", "gp"), (False, True)):
            away = tuple(place for place, kept in enumerate((not over_draws, "g" in axes, "p" in axes)) if not kept)
            parts = [amounts.sum(axis=away) for amounts in cells]
            for labels in LABELS:
                expected: dict[tuple[str, ...], Any] = {}
                for line, amounts in zip(lines, parts, strict=True):
                    key = tuple(getattr(line, name) for name in labels)
                    expected[key] = expected.get(key, 0.0) + amounts
                found = sums.total(Query(labels, axes, measure, over_draws))
                assert list(found) == list(expected)
                assert [np.shape(amounts) for amounts in found.values()] == [np.shape(e) for e in expected.values()]
                np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-9, atol=1e-6)


def test_totals_by_release_are_sums_of_the_parts_of_lines() -> None:
    """Labour is divided into three kinds, standby pay into two, blocked developers are of one; the rest has none."""
    stated = tco.load_scenario(scenario(fleet={"shop": group(version="5.7", clusters=9)}))
    design = tco.monte_carlo(stated, 7, seed=3)
    lines, inputs = tco.evaluate(stated, design).lines(), Inputs(stated, design.block(0, 7))
    assert {len(line.releases) for line in lines} == {0, 2, 3}
    parts = [part for line in lines for part in line.by_release()]
    for measure, axes, over_draws in product((COST, NPV, LABOUR), ("", "p", "g"), (False, True)):
        away = tuple(place for place, kept in enumerate((not over_draws, "g" in axes, "p" in axes)) if not kept)
        expected: dict[tuple[str, ...], Any] = {}
        for part in parts:
            key = (part.line, part.release)
            expected[key] = expected.get(key, 0.0) + written_out(inputs, part, measure).sum(axis=away)
        found = line_sums(inputs, lines).total(Query(("line", "release"), axes, measure, over_draws))
        assert found.keys() == expected.keys()
        for key, amounts in expected.items():
            np.testing.assert_allclose(found[key], amounts, rtol=1e-9, atol=1e-6)


def test_means_of_lines_are_those_of_each() -> None:
    stated = tco.load_scenario(scenario())
    for design in (point(stated), tco.monte_carlo(stated, 30, seed=2)):
        ledger = tco.evaluate(stated, design)
        inputs = Inputs(stated, design.block(0, design.rows))
        cells = [written_out(inputs, line, COST) for line in ledger.lines()]
        assert [cost for _, cost in ledger.means_of_lines()] == pytest.approx([c.sum() / len(c) for c in cells])
        by_group = np.array([cost for _, cost in ledger.means_of_lines(axes="g")])
        assert by_group == pytest.approx(np.array([c.sum(axis=(0, 2)) / len(c) for c in cells]))
        quantities = [written_out(inputs, line, line.unit) for line in ledger.lines()]
        assert [found for _, found in ledger.means_of_lines(QUANTITY)] == pytest.approx(
            [c.sum() / len(c) for c in quantities]
        )


def test_a_ledger_under_draws_knows_its_point_estimate() -> None:
    """And adds up in one pass the totals that are requested in advance."""
    stated = tco.load_scenario(scenario())
    at_point = tco.evaluate(stated)
    design = tco.monte_carlo(stated, 2000, seed=2)
    requested, plain = at_point.under(design, [Query(("option", "category"), "", COST)]), tco.evaluate(stated, design)
    assert requested.at_point is at_point
    assert requested.under(design).at_point.design.name == "point"
    requested.total()
    passes: list[int] = []
    requested._over = lambda *_: passes.append(1) or iter(())  # type: ignore[method-assign, assignment, func-returns-value]
    assert requested.total(["option", "category"]).equals(plain.total(["option", "category"]))
    assert not passes


def test_a_ledger_evaluates_nothing_before_the_first_question() -> None:
    stated = tco.load_scenario(scenario())
    evaluated: list[int] = []

    def lines_of(inputs: Inputs) -> list[Line]:
        evaluated.append(inputs.block.rows)
        return two_lines()

    for design in (point(stated), tco.monte_carlo(stated, 2000)):
        ledger = Ledger(stated, design, lines_of)
        assert not evaluated
        ledger.lines()
        assert evaluated.pop() <= design.rows
        evaluated.clear()


@pytest.mark.parametrize("rows", [1, 3, 1500])
def test_a_ledger_answers_more_than_was_requested(rows: int) -> None:
    stated = tco.load_scenario(scenario())
    for design in (tco.monte_carlo(stated, rows, seed=4), tco.sweep(stated, "labour.engineer_rate", [90.0] * rows)):
        little = tco.evaluate(stated, design, [Query(("option",), "", NPV)])
        whole = tco.evaluate(stated, design)
        for by, measure in (("option", "npv"), (["option", "release"], LABOUR), (["category", "release"], "cost")):
            found, expected = little.total(by, measure), whole.total(by, measure)
            assert list(found.columns) == list(expected.columns)
            assert found.to_numpy() == pytest.approx(expected.to_numpy())


def test_a_mean_over_several_blocks_is_that_of_all_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line of 1 USD a month, however the draws are divided."""
    monkeypatch.setattr(ledger_module, "KEPT_ROWS", 4)
    monkeypatch.setattr(ledger_module, "BLOCK_ROWS", 8)
    stated = tco.load_scenario(scenario())
    lines = [Line("exit", "USD", (ONE,), (ONE,), np.arange(1))]
    ledger = Ledger(stated, tco.monte_carlo(stated, 20, seed=1), lambda _: lines)
    assert ledger.mean("category")["transition"] == pytest.approx(stated.months)


def test_all_factors_by_draw_and_month_are_multiplied() -> None:
    stated = tco.load_scenario(scenario())
    design = tco.monte_carlo(stated, 5, seed=1)

    def factors(rows: int) -> list[NDArray[np.float64]]:
        return [np.random.default_rng(n).uniform(1, 2, (rows, 1, stated.months)) for n in range(3)]

    def lines_of(inputs: Inputs) -> list[Line]:
        return [Line("exit", "USD", tuple(factors(inputs.block.rows)), (ONE,), np.arange(1))]

    found = Ledger(stated, design, lines_of).total("category")["transition"]
    a, b, c = factors(5)
    assert found.to_numpy() == pytest.approx((a * b * c).sum(axis=(1, 2)))


def test_totals_of_many_groups_are_those_of_their_groups() -> None:
    """Eighteen groups on one platform, with and without months kept, in draws."""
    stated = tco.load_scenario(scenario(fleet={f"shop_{n}": group(clusters=n) for n in range(1, 19)}))
    ledger = tco.evaluate(stated, tco.monte_carlo(stated, draws=4, seed=1))
    by_group = ledger.total(["option", "group"]).T.groupby(level=0).sum().T
    whole = ledger.total("option")
    by_month = ledger.total(["option", "period"]).T.groupby(level=0).sum().T
    for option in stated.options:
        assert whole[option].to_numpy() == pytest.approx(by_group[option].to_numpy(), rel=1e-9)
        assert by_month[option].to_numpy() == pytest.approx(by_group[option].to_numpy(), rel=1e-9)

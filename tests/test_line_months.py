"""A point estimate's totals, worked out from a table of lines and months, are those that are added up for draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from small_scenarios import scenario

import tco
from tco.evaluation.accumulators import COST, NPV, Question
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import DOWNTIME, LABOUR, Line
from tco.evaluation.monthly_totals import LineMonths
from tco.evaluation.totals import BlockTotals
from tco.sampling.designs import point

LABELS = (("option",), ("option", "category"), ("category", "line"), ("option", "role", "phase"), ("unit",), ())


def two_lines() -> list[Line]:
    """Two clusters of 3 and 5 at 2 USD in each of 3 months; 10 hours at 100 USD in the second, paid at its start."""
    clusters = np.array([3.0, 5.0]).reshape(1, 2, 1)
    price = np.full((1, 1, 1), 2.0)
    second = np.array([0.0, 1.0, 0.0]).reshape(1, 1, 3)
    everyone = np.array([0, 1])
    return [
        Line("infrastructure", "compute", "instance hour", (clusters,), (price,), everyone, option="stay"),
        Line(
            "version upkeep",
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
    table = LineMonths(two_lines(), 3, discount)
    stay = ("stay",)
    assert table.total(Question(("option",), "p", COST))[stay].tolist() == [[16, 1016, 16]]
    assert table.total(Question(("option",), "", COST))[stay].tolist() == [1048]
    assert table.total(Question(("option",), "", COST, over_draws=True))[stay] == 1048
    assert table.total(Question(("option",), "p", NPV, over_draws=True))[stay].tolist() == [8, 1008, 8]
    assert table.total(Question(("option",), "", LABOUR))[stay].tolist() == [10]
    by_line = table.total(Question(("line",), "", LABOUR))
    assert {key: amounts.tolist() for key, amounts in by_line.items()} == {("compute",): [0], ("major upgrades",): [10]}
    with pytest.raises(ValueError, match="groups"):
        table.total(Question((), "g", COST))


def test_all_questions_have_the_answers_of_totals_over_draws() -> None:
    ledger = tco.evaluate(tco.load_scenario(scenario(months=60)))
    inputs = Inputs(ledger.scenario, ledger.design.row(0))
    discount = {start: inputs.discount_factors(at_start=start) for start in (False, True)}
    questions = [
        Question(labels, axes, measure, over_draws)
        for labels, axes, measure, over_draws in product(
            LABELS, ("", "p"), (COST, NPV, LABOUR, DOWNTIME, "GB-month"), (False, True)
        )
    ]
    summed = BlockTotals(questions, 1, 1, 60, discount)
    for line in ledger.lines():
        summed.add(line)
    table = LineMonths(ledger.lines(), 60, discount)
    for question, found in summed.totals().items():
        own = table.total(question)
        assert list(own) == list(found)
        for key, amounts in found.items():
            assert own[key].shape == np.shape(amounts)
            assert own[key] == pytest.approx(np.asarray(amounts), rel=1e-9, abs=1e-6)


def test_costs_of_lines_are_those_of_each() -> None:
    stated = tco.load_scenario(scenario())
    for design in (point(stated), tco.monte_carlo(stated, 30, seed=2)):
        ledger = tco.evaluate(stated, design)
        expected = [float(line.sum(COST, 24).mean()) for line in ledger.lines()]
        assert [cost for _, cost in ledger.costs_of_lines()] == pytest.approx(expected)
        own = [cost for line, cost in zip(ledger.lines(), expected, strict=True) if line.option == "stay"]
        assert [cost for _, cost in ledger.costs_of_lines("stay")] == pytest.approx(own)


def test_a_ledger_under_draws_knows_its_point_estimate() -> None:
    """And answers in one pass what it is told it will be asked."""
    stated = tco.load_scenario(scenario())
    at_point = tco.evaluate(stated)
    design = tco.monte_carlo(stated, 2000, seed=2)
    asked = Question(("option", "category"), "", COST)
    told, plain = at_point.under(design, [asked]), tco.evaluate(stated, design)
    assert told.at_point is at_point
    assert isinstance(told.under(design), Ledger)
    passes: list[int] = []
    told._over = lambda *_: passes.append(1) or iter(())  # type: ignore[method-assign, assignment, func-returns-value]
    assert told.total(["option", "category"]).equals(plain.total(["option", "category"]))
    assert not passes


@pytest.mark.parametrize("rows", [1, 3, 1500])
def test_a_ledger_that_is_asked_little_can_be_asked_more(rows: int) -> None:
    """Hours are not told apart by release where nobody asks for it; asked later, they are."""
    stated = tco.load_scenario(scenario())
    for design in (tco.monte_carlo(stated, rows, seed=4), tco.sweep(stated, "labour.engineer_rate", [90.0] * rows)):
        little = tco.evaluate(stated, design, [Question(("option",), "", NPV)])
        whole = tco.evaluate(stated, design)
        for by, measure in (("option", "npv"), (["option", "release"], LABOUR), (["category", "release"], "cost")):
            found, expected = little.total(by, measure), whole.total(by, measure)
            assert list(found.columns) == list(expected.columns)
            assert found.to_numpy() == pytest.approx(expected.to_numpy())
        assert {line.release for line in little.lines()} == {line.release for line in whole.lines()}

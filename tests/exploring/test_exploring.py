"""What the explorer's page is given adds up to what `tco.compare` says, and what it saves is a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import tco
from tco import resources
from tco.analysis import break_even
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Line
from tco.exploring.choices import Choices, axis, chosen, value_of_downtime
from tco.exploring.responses import Place, responses
from tco.exploring.scenario_files import as_mapping, save_scenario
from tco.model.lines import lines_of
from tco.sampling.designs import Design

RATE, DISCOUNT = "labour.engineer_rate", "finance.discount_rate"


def finished(
    scenario: tco.Scenario,
    places: list[Place],
    rate: float,
    value: float,
    discount: float,
) -> Any:
    """Total and present value (places, options), as the page finishes the sums."""
    answer = responses(scenario, places)
    prices = np.array([1.0, rate, value])
    months = np.arange(scenario.months)
    total = np.zeros((len(places), len(answer.options)))
    npv = total.copy()
    for amounts, elapsed in ((answer.cost, months + 1), (answer.at_start, months)):
        if amounts is not None:
            monthly = np.einsum("b,pbocm->pom", prices, amounts)
            total += monthly.sum(axis=2)
            npv += monthly @ (1 + discount) ** (-elapsed / 12)
    return total, npv, answer


@pytest.mark.parametrize("name", resources.scenario_names())
def test_sums_of_the_page_equal_the_comparison_at_other_sizes_loads_and_prices(name: str) -> None:
    scenario = tco.load_scenario(name)
    value = value_of_downtime(scenario)
    places: list[Place] = [(7, 1.0, {}), (130, 2.5, {})]
    total, npv, answer = finished(scenario, places, rate=87.0, value=31.0, discount=0.11)
    for place, (size, load, _) in enumerate(places):
        choices = Choices(fleet_size=size, load=load, assumptions={RATE: 87.0, value: 31.0, DISCOUNT: 0.11})
        frame = tco.compare(tco.evaluate(chosen(scenario, choices)))
        assert total[place] == pytest.approx(frame["total"].to_numpy(), rel=1e-12)
        assert npv[place] == pytest.approx(frame["npv"].to_numpy(), rel=1e-12)
        assert answer.hours[place].sum(axis=(1, 2)) == pytest.approx(frame["labour_hours"].to_numpy(), rel=1e-12)
        assert answer.minutes[place].sum(axis=1) == pytest.approx(frame["downtime_minutes"].to_numpy(), rel=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        {"upgrades.plan_hours": 80.0},
        {"fleet.orders.assumptions.upgrades.plan_hours": 33.0, "finance.hours_per_month": 700.0},
        {"fleet.orders.workload.reads_per_second": 5000.0, "fleet.orders.storage_gb": 900.0},
    ],
)
def test_sums_of_the_page_equal_the_comparison_at_other_values_of_any_number(values: dict[str, float]) -> None:
    scenario = tco.load_scenario("quickstart")
    answer = responses(scenario, [(60, 2.0, values), (20, 1.0, {})])
    prices = [1.0, *(scenario.assumptions[path].mean for path in (RATE, value_of_downtime(scenario)))]
    total = np.einsum("b,pbocm->po", prices, answer.cost)
    changed = chosen(scenario, Choices(fleet_size=60, load=2.0, assumptions=values))
    for own, expected in zip(total, (changed, scenario), strict=True):
        assert own == pytest.approx(tco.compare(tco.evaluate(expected))["total"].to_numpy(), rel=1e-9)


def test_payments_at_the_start_of_a_month_are_kept_apart_since_they_are_discounted_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every line of the option `automated` is taken to be paid at the start of its month."""
    scenario = tco.load_scenario("quickstart")

    def lines(inputs: Inputs) -> Iterator[Line]:
        return (replace(line, at_start=line.option == "automated") for line in lines_of(inputs))

    def evaluated(scenario: tco.Scenario, design: Design, *_: object) -> tco.Ledger:
        return tco.Ledger(scenario, design, lines)

    monkeypatch.setattr("tco.exploring.responses.evaluate", evaluated)
    mean = {path: entry.mean for path, entry in scenario.assumptions.items()}
    _, npv, answer = finished(scenario, [(20, 1.0, {})], mean[RATE], mean[value_of_downtime(scenario)], mean[DISCOUNT])
    assert answer.at_start is not None
    assert npv[0] == pytest.approx(evaluated(scenario, tco.point(scenario)).total("option", "npv").to_numpy()[0])


def test_a_value_of_business_is_what_the_downtime_slider_moves_where_the_scenario_states_one() -> None:
    scenario = tco.load_scenario("quickstart", set={"downtime.business_value_per_minute": 500})
    assert value_of_downtime(scenario) == "downtime.business_value_per_minute"
    rate, discount = (scenario.assumptions[path].mean for path in (RATE, DISCOUNT))
    total, *_ = finished(scenario, [(20, 1.0, {})], rate, 500.0, discount)
    assert total[0] == pytest.approx(tco.compare(tco.evaluate(scenario))["total"].to_numpy(), rel=1e-12)


@pytest.mark.parametrize("changed", [{"options.stay.upgrade_hours_per_month": 40}, {"fleet.orders.designs": 7}])
def test_every_size_is_answered_as_if_asked_alone(changed: dict[str, Any]) -> None:
    """Where a team has limited hours, and where designs are stated, which grow with the fleet."""
    scenario = tco.load_scenario("quickstart", set=changed)
    rate, value = (scenario.assumptions[path].mean for path in (RATE, value_of_downtime(scenario)))
    total, *_ = finished(scenario, [(5, 1.0, {}), (60, 1.0, {})], rate, value, 0.0)
    for place, size in enumerate((5, 60)):
        alone = tco.compare(tco.evaluate(chosen(scenario, Choices(fleet_size=size))))
        assert total[place] == pytest.approx(alone["total"].to_numpy(), rel=1e-9)


def test_the_curve_is_the_one_of_the_break_even() -> None:
    scenario = tco.load_scenario("quickstart")
    sizes = (1, 33, 1000)
    answer = responses(scenario, [(size, 1.0, {}) for size in sizes])
    prices = np.array([1.0, scenario.assumptions[RATE].mean, scenario.assumptions[value_of_downtime(scenario)].mean])
    frame = break_even.cost_by(scenario, values=sizes)
    assert np.einsum("b,sbocm->so", prices, answer.cost).ravel() == pytest.approx(frame["total"].to_numpy(), rel=1e-12)


def test_stops_of_a_slider_are_round_and_hold_the_own_value() -> None:
    assert axis(1, 10, (7,)) == (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10)


@pytest.mark.parametrize("name", resources.scenario_names())
def test_a_scenario_written_and_read_again_is_the_same(name: str, tmp_path: Path) -> None:
    scenario = tco.load_scenario(name)
    assert tco.load_scenario(as_mapping(scenario)) == scenario
    assert tco.load_scenario(save_scenario(scenario, tmp_path / "mine.yaml", "two\nlines")) == scenario


def test_choices_make_the_scenario_that_set_would_make() -> None:
    scenario = tco.load_scenario("quickstart")
    choices = Choices(
        fleet_size=50, load=2.0, load_shape="flat", policy="newest", months=84, assumptions={RATE: 120.0},
        options=("stay", "dynamodb_on_demand"),
    )  # fmt: skip
    made = chosen(scenario, choices)
    assert made.months == 84
    assert made.fleet_size == 50
    assert list(made.options) == ["stay", "dynamodb_on_demand"]
    assert made.options["stay"].policy == "newest"
    assert made.options["dynamodb_on_demand"].policy is None
    orders = made.fleet["orders"].workload
    assert orders is not None
    assert (orders.reads_per_second, orders.writes_per_second, orders.load) == (2400, 300, "flat")
    assert made.assumptions[RATE].mean == 120
    assert date.today() - made.assumptions[RATE].source.as_of <= timedelta(days=1)  # noqa: DTZ011
    assert made.assumptions[RATE].source.kind == "judgement"
    assert chosen(scenario, Choices()) == scenario


def test_a_saved_scenario_gives_the_same_answer_and_names_only_what_differs(tmp_path: Path) -> None:
    """A fleet of another size, too, which is then the written one: its team is that of so many clusters."""
    scenario = chosen(tco.load_scenario("quickstart"), Choices(assumptions={RATE: 140.0}))
    saved = save_scenario(scenario, tmp_path / "mine.yaml", "A comment")
    text = saved.read_text("utf-8")
    assert text.startswith("# A comment\n")
    assert list(yaml.safe_load(text)["assumptions"]) == [RATE]
    assert tco.compare(tco.evaluate(tco.load_scenario(saved))).equals(tco.compare(tco.evaluate(scenario)))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.yaml"]
    larger = chosen(scenario, Choices(fleet_size=33))
    again = tco.load_scenario(save_scenario(larger, tmp_path / "larger.yaml"))
    costs = [tco.evaluate(one).mean("option").to_dict() for one in (larger, again)]
    assert costs[0] == pytest.approx(costs[1], rel=0.05)


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    scenario = tco.load_scenario("quickstart")
    target = tmp_path / "mine.yaml"
    target.write_text("mine")
    with pytest.raises(tco.InputError, match=r"mine\.yaml"):
        save_scenario(scenario, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("name", ["mine.txt", "nowhere/mine.yaml"])
def test_where_nothing_can_be_saved_one_message_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(tco.InputError, match="mine"):
        save_scenario(tco.load_scenario("quickstart"), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "message",
    [
        {"fleet_sizes": 3},
        {"fleet_size": -1},
        {"months": 0},
        {"policy": "newst"},
        {"assumptions": {"labour.rate": 3}},
        {"options": ["stay"]},
    ],
)
def test_choices_that_make_no_scenario_are_refused(message: dict[str, Any]) -> None:
    with pytest.raises(tco.InputError):
        chosen(tco.load_scenario("quickstart"), Choices.of(message))

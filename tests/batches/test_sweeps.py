"""What a sweep changes: every combination, once, at the paths that it names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_batches import plan_of

import tco
from tco.batches.sweeps import (
    MAX_NAME_BYTES,
    expanded,
    label_of,
    repeated,
    report_name,
    short_names,
)
from tco.errors import InputError
from tco.report.files import safe_name

WORDS = st.text(min_size=1, max_size=200)


def test_every_combination_comes_once_the_last_axis_changing_quickest() -> None:
    plan = plan_of(
        scenarios=["quickstart", "startup_small"], sweep={"labour.engineer_rate": [80, 120], "months": [36, 60]}
    )
    assert [(report.source.scenario.name, *report.labels.values()) for report in plan.reports] == [
        (scenario, rate, months)
        for scenario in ("quickstart", "startup_small")
        for rate in (80, 120)
        for months in (36, 60)
    ]


def test_a_named_value_changes_what_it_holds_and_is_called_by_its_name() -> None:
    spread = {"low": 80, "high": 150}
    plan = plan_of(sweep={"labour.engineer_rate": {"fixed": 100, "spread": spread}})
    assert [report.name for report in plan.reports] == [
        "quickstart__engineer_rate-fixed",
        "quickstart__engineer_rate-spread",
    ]
    assert [plan.changes(report) for report in plan.reports] == [
        {"labour.engineer_rate": 100},
        {"labour.engineer_rate": spread},
    ]


def test_a_case_changes_several_paths_together() -> None:
    cases = {"as_today": {}, "abroad": {"fleet.*.region": "eu-west-1", "labour.engineer_rate": 90}}
    plan = plan_of(sweep={"move": cases})
    as_today, abroad = (plan.changes(report) for report in plan.reports)
    assert as_today == {}
    groups = tco.load_scenario("quickstart").fleet
    assert abroad == {f"fleet.{name}.region": "eu-west-1" for name in groups} | {"labour.engineer_rate": 90}


def test_a_star_stands_for_what_states_the_rest_of_the_path() -> None:
    scenario = tco.load_scenario("quickstart")
    assert expanded("options.*.policy", scenario) == [
        f"options.{name}.policy" for name in ("stay", "automated", "right_sized")
    ]
    assert expanded("options.stay.policy", scenario) == ["options.stay.policy"]
    assert len(expanded("fleet.*.workload.load", scenario)) == len(scenario.fleet)
    assert expanded("options.right_sized.groups.*.instances", scenario) == [
        "options.right_sized.groups.catalogue.instances"
    ]
    with pytest.raises(InputError, match="no option of the scenario 'quickstart' states 'deployments'"):
        expanded("options.*.deployments", scenario)


def test_a_parameter_of_the_notebook_is_swept_beside_the_scenario() -> None:
    plan = plan_of(sweep={"parameters.seed": [1, 2]}, parameters={"draws": 50})
    tasks = [plan.task(report, "2026-11-23") for report in plan.reports]
    assert [(task.parameters["draws"], task.parameters["seed"], task.parameters["set"]) for task in tasks] == [
        (50, 1, {}),
        (50, 2, {}),
    ]


def test_each_notebook_has_its_own_parameters() -> None:
    notebooks = {"fleet_comparison": {"draws": 10}, "uncertainty": {"draws": 20}}
    plan = plan_of(notebooks=notebooks, sweep={}, parameters={"seed": 3})
    tasks = {task.name: task.parameters for task in (plan.task(report, "2026-11-23") for report in plan.reports)}
    assert tasks["quickstart__fleet_comparison"]["draws"] == 10
    assert tasks["quickstart__uncertainty"] == {"scenario": "quickstart", "seed": 3, "draws": 20}


def test_a_day_is_passed_as_text() -> None:
    plan = plan_of(sweep={"prices_as_of": [date(2026, 10, 1)]})
    assert plan.changes(plan.reports[0]) == {"prices_as_of": "2026-10-01"}


@pytest.mark.parametrize(
    ("value", "called"),
    [(80, 80), (0.5, 0.5), (True, True), ("in_place", "in_place"), (None, "none"), ({"low": 1}, "low 1")],
)
def test_what_a_value_is_called(value: object, called: object) -> None:
    assert label_of(value) == called


def test_without_an_axis_there_is_one_report() -> None:
    assert [(report.name, report.labels) for report in plan_of(sweep={}).reports] == [("quickstart", {})]


@given(WORDS, st.dictionaries(WORDS, st.one_of(WORDS, st.floats(), st.integers()), max_size=4))
def test_any_name_is_one_plain_name_of_bounded_length(scenario: str, labels: dict[str, object]) -> None:
    name = report_name(scenario, labels)
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert not name.startswith((".", "-"))
    assert all(letter.isalnum() or letter in "-_." for letter in name)
    assert name == report_name(scenario, labels)


def test_a_scenario_alone_keeps_its_name() -> None:
    assert report_name("backup_metadata_store", {}) == safe_name("backup_metadata_store")


def test_long_names_that_differ_late_stay_apart() -> None:
    names = [report_name("fleet", {"rate": f"{'x' * 200}{number}"}) for number in range(50)]
    assert not repeated(names)


def test_short_names_of_axes_that_end_alike_are_whole() -> None:
    names = ["fleet.orders.clusters", "fleet.billing.clusters", "months"]
    assert short_names(names) == ["fleet-orders-clusters", "fleet-billing-clusters", "months"]


def test_names_that_differ_by_case_alone_are_one() -> None:
    assert repeated(["a", "B", "A", "c"]) == {"a": [0, 2]}

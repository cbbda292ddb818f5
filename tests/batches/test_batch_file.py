"""A batch file is checked whole, and each message says where the fault is and what would be valid."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_batches import batch, plan_of

import tco
from tco import resources
from tco.batches.batch_file import batch_names, batch_path, checked_batch, is_batch, read_batch
from tco.batches.plan import Plan, plan_batch
from tco.errors import InputError


def checked_plan(**fields: Any) -> Plan:
    plan = plan_of(**fields)
    plan.check(plan.reports)
    return plan


def refused(**fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked_plan(**fields)
    return str(caught.value)


def test_what_is_left_out_has_usual_values() -> None:
    plain = checked_batch({"name": "plain", "scenarios": ["quickstart"]})
    assert plain.fleet_sizes == ()
    assert list(plain.notebooks) == ["fleet_comparison"]
    assert not plain.keep_draws
    assert [report.name for report in plan_batch(plain).reports] == ["quickstart"]


def test_a_day_in_quotes_is_a_day() -> None:
    quoted, plain = (checked_batch(batch(today=day)) for day in ("2026-11-01", date(2026, 11, 1)))
    assert quoted == plain


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sweeps": {}}, "batch.yaml: sweeps: unknown key 'sweeps'; did you mean 'sweep'"),
        ({"scenarios": ["quikstart"]}, "unknown packaged scenario 'quikstart'; did you mean 'quickstart'"),
        ({"scenarios": ["nothing/*.yaml"]}, "no file that describes a fleet matches 'nothing/*.yaml'"),
        ({"scenarios": ["/**"]}, "scenarios: searches everything on the disk: name the folder that the files are in"),
        ({"scenarios": ["../../../../../../../../../../**/*.yaml"]}, "searches everything on the disk"),
        (
            {"sweep": {"labour.engineer_rate": list(range(400)), "months": list(range(1, 301))}},
            "batch.yaml: sweep: 120,000 combinations are more than the 100,000 of a batch: sweep fewer values",
        ),
        ({"scenarios": []}, "batch.yaml: scenarios: should have at least 1 item"),
        ({"notebooks": ["fleet_comparision"]}, "did you mean 'fleet_comparison'"),
        ({"notebooks": {"fleet_comparison": {"drawz": 1}}}, "'drawz'; did you mean 'draws'"),
        (
            {"notebooks": ["pricing"]},
            "no parameter 'scenario', so its report is on none and needs none: tco report --noteb",
        ),
        ({"parameters": {"drawz": 1}}, "parameters.drawz: unknown parameter of fleet_comparison.ipynb 'drawz'"),
        ({"parameters": {"fleet_sizes": [1]}}, "'fleet_sizes' has its own place in a batch file"),
        ({"parameters": {"scenario": "x"}}, "the key 'scenarios'"),
        ({"notebooks": {"fleet_comparison": {"scenario": "x"}}}, "notebooks: 'scenario' has its own place in a batch"),
        ({"sweep": {"parameters.scenario": ["x"]}}, "sweep.parameters.scenario: 'scenario' has its own place"),
        ({"sweep": {"a": {"b": {"parameters.set": {"months": 30}}}}}, "sweep.a: 'set' has its own place in a batch"),
        ({"set": {"parameters.draws": 20}}, "parameters.draws is no path of a scenario: a notebook's stand under"),
        ({"parameters": {"oldest_prices_days": -1}}, "oldest_prices_days: is a whole number, 0 or more"),
        ({"parameters": {"upgrade_log": "none.csv"}}, "upgrade_log: no such file (got 'none.csv')"),
        ({"sweep": {"parameters.upgrade_log": ["params/fleet_example.csv"]}}, "column 'failed' is missing"),
        (
            {"sweep": {"parameters.draws": [20, 30]}, "parameters": {"draws": 50}},
            "sweep.parameters.draws: is swept, and stated under `parameters` or by an option: state it once",
        ),
        (
            {"sweep": {"parameters.draws": [20, 30]}, "notebooks": {"fleet_comparison": {"draws": 50}}},
            "sweep.parameters.draws: is swept, and a parameter of fleet_comparison.ipynb alone: state it once",
        ),
        (
            {"sweep": {"parameters.draws": [20, 30], "care": {"much": {"parameters.draws": 50}}}},
            "parameters.draws: is swept twice, by two axes",
        ),
        ({"sweep": {"option": {"a": {"months": 30}}}}, "sweep.option: is a column of the table of results"),
        ({"sweep": {"scenario": {"a": {"months": 30}}}}, "sweep.scenario: is a column of the table of results"),
        ({"sweep": {"labour.engineer_rate": {"a": 80, "b": 80}}}, "'b' changes the same as 'a': two reports would"),
        ({"sweep": {"case": {"a": {}, "b": {}}}}, "sweep.case: 'b' changes the same as 'a'"),
        (
            {"sweep": {"labour.engineer_rate": [{"low": 8, "high": 9}, {"high": 9, "low": 8}]}},
            "'high 9, low 8' changes the same as 'low 8, high 9'",
        ),
        ({"exclude": [{}]}, "exclude: an entry without a value would leave every combination out"),
        (
            {"sweep": {"fleet.*.clusters": [0, 1]}, "fleet_sizes": [10]},
            "quickstart: fleet_size: a fleet without clusters cannot be scaled (got 10)",
        ),
        ({"fleet_sizes": [10, "many"]}, "fleet_sizes.1: should be a valid integer (got 'many')"),
        ({"timeout": 0}, "timeout: should be greater than 0"),
        ({"today": "soon"}, "batch.yaml: today: should be a day that exists, written YYYY-MM-DD, such as 2026-11-01"),
        ({"today": "0001-01-01"}, "batch.yaml: today: must be a day from 2006-01-01 to"),
        ({"today": 20261101}, "batch.yaml: today: should be a day that exists, written YYYY-MM-DD"),
        ({"sweep": {"labour.enginer_rate": [1]}}, "did you mean 'labour.engineer_rate'"),
        ({"sweep": {"labour.engineer_rate": 80}}, "expected a list of values, or a mapping of names to values"),
        ({"sweep": {"labour.engineer_rate": []}}, "batch.yaml: sweep.labour.engineer_rate: holds no value"),
        ({"sweep": {"labour.engineer_rate": [80, "80"]}}, "the value '80' occurs twice"),
        ({"sweep": {"labour.engineer_rate": [80, 80.0]}}, "the value 80.0 occurs twice"),
        (
            {"sweep": {"labour.engineer_rate": ["much"]}},
            "quickstart: assumptions.labour.engineer_rate: expected a number",
        ),
        ({"sweep": {"monthz": [12]}}, "sweep.monthz: is no path of a scenario, so it needs cases"),
        ({"sweep": {"fleet": [1]}}, "sweep.fleet: fleet cannot be swept"),
        ({"sweep": {"fleet.*.regoin": ["us-east-1"]}}, "no group of the scenario 'quickstart' states 'regoin'"),
        ({"sweep": {"*.orders.region": ["us-east-1"]}}, "a star means every group or option"),
        ({"sweep": {"parameters.sed": [1]}}, "sweep.parameters.sed: unknown parameter of fleet_comparison.ipynb 'sed'"),
        ({"set": {"labour.engineer_rate": 1}}, "labour.engineer_rate: is changed twice"),
        ({"exclude": [{"labour.rate": 80}]}, "exclude.0.labour.rate: unknown axis 'labour.rate'"),
        ({"exclude": [{"labour.engineer_rate": 81}]}, "unknown value '81'; did you mean '80'"),
        ({"exclude": [{"scenario": "quickstart"}]}, "exclude: leaves every combination out"),
        (
            {"exclude": [{"labour.engineer_rate": 80}, {"labour.engineer_rate": [80], "scenario": "quickstart"}]},
            "",
        ),
        ({"scenarios": ["quickstart", "./params/quickstart.yaml"]}, "two reports would be called"),
        (
            {"sweep": {"name of a case": {"a b": {}, "a-b": {"months": 30}}}},
            "'quickstart__name-of-a-case-a-b', of quickstart",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(fields: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(resources.path("params").parent)
    if not message:
        assert len(plan_of(**fields).reports) == 1
    else:
        assert message in refused(**fields)


def test_all_faults_are_told_at_once() -> None:
    told = refused(scenarios=["quikstart"], notebooks=["fleet"], sweep={"a.b": 3, "c": [1]})
    assert len(told.splitlines()) == 4


def test_an_exclusion_that_leaves_nothing_out_is_a_fault() -> None:
    sweep = {"labour.engineer_rate": [80, 120], "months": [36, 60]}
    exclude = [{"labour.engineer_rate": 80, "months": 36}, {"labour.engineer_rate": 120, "scenario": "quickstart"}]
    plan = plan_of(sweep=sweep, exclude=exclude)
    assert [tuple(report.labels.values()) for report in plan.reports] == [(80, 60)]
    narrower = [{"scenario": "startup_small", "months": 36}]
    assert "exclude.0.scenario: unknown value 'startup_small'" in refused(sweep=sweep, exclude=narrower)


def test_parameters_of_one_notebook_go_before_those_of_every_notebook() -> None:
    plan = plan_of(notebooks={"fleet_comparison": {"draws": 20}}, parameters={"draws": 50, "seed": 3})
    assert [plan.task(plan.reports[0], "2026-11-01").parameters[name] for name in ("draws", "seed")] == [20, 3]


def test_a_scenario_that_is_based_on_another_is_swept_as_any_other(tmp_path: Path) -> None:
    text = resources.path("params/quickstart.yaml").read_text("utf-8")
    (tmp_path / "base.yaml").write_text(text, "utf-8")
    (tmp_path / "ours.yaml").write_text("based_on: base.yaml\nset: {name: ours, months: 30}\n", "utf-8")
    plan = plan_of(tmp_path, scenarios=["*.yaml"], sweep={"fleet.orders.clusters": [2, 3]})
    plan.check(plan.reports)
    assert [report.name for report in plan.reports] == [
        f"{name}__clusters-{clusters}" for name in ("quickstart", "ours") for clusters in (2, 3)
    ]
    task = plan.task(plan.reports[-1], "2026-11-01")
    (alone,) = (tmp_path / "elsewhere" / name for name in task.files)
    alone.parent.mkdir()
    alone.write_text(task.files["ours.yaml"], "utf-8")
    changed = tco.load_scenario(alone, set=task.parameters["set"])
    assert changed == tco.load_scenario(tmp_path / "ours.yaml", set={"fleet.orders.clusters": 3})
    assert changed.months == 30


def test_scenarios_are_found_beside_the_batch_file_first(tmp_path: Path) -> None:
    text = resources.path("params/quickstart.yaml").read_text("utf-8")
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "one.yaml").write_text(text.replace("name: quickstart", "name: first"), "utf-8")
    (tmp_path / "ours" / "two.yaml").write_text(text.replace("name: quickstart", "name: second"), "utf-8")
    (tmp_path / "ours" / "shapes.yaml").write_text("flat: {}\n", "utf-8")
    plan = plan_of(tmp_path, scenarios=["ours/*.yaml"], sweep={})
    assert [report.name for report in plan.reports] == ["first", "second"]
    task = plan.task(plan.reports[0], "2026-11-23")
    assert task.parameters["scenario"] == "ours/one.yaml"
    assert "name: first" in task.files["ours/one.yaml"]


@pytest.mark.parametrize("name", batch_names())
def test_packaged_batches_are_whole(name: str) -> None:
    assert is_batch(name)
    path = batch_path(name)
    assert path is not None
    plan = plan_batch(read_batch(name), path.parent, name)
    plan.check(plan.reports)
    assert read_batch(name).name == name
    assert name not in resources.scenario_names()


def test_a_scenario_is_no_batch_and_a_faulty_batch_is_one(tmp_path: Path) -> None:
    assert not is_batch("quickstart")
    assert not is_batch("nothing.yaml")
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("name: x\nscenarios: 3\nsweeep: {}\n", "utf-8")
    assert is_batch(str(faulty))
    with pytest.raises(InputError, match=r"faulty\.yaml:3: sweeep: unknown key"):
        read_batch(str(faulty))


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "scenarios: [a]\nscenarios: [b]", "\x00"])
def test_nonsense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"bad\.yaml"):
        read_batch(str(tmp_path / "bad.yaml"))


def test_a_batch_without_a_name_is_refused() -> None:
    fields = batch()
    del fields["name"]
    with pytest.raises(InputError, match="name: is missing"):
        checked_batch(fields)

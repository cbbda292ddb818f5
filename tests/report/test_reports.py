"""The main job: a scenario in; page, notebook, CSVs and manifest out, with the same numbers everywhere."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

import tco
from tco import formats, resources
from tco.cli import main
from tco.errors import InputError
from tco.report import Report, ReportError, files, outputs, report
from tco.report.manifest import read_manifest

OWN, FURTHER = 4, [2, 20]
SIZES = [OWN, *FURTHER]
"""The size that the scenario states, first, and those that are asked for besides."""
FEW_DRAWS = {"draws": 200}
BANNED = re.compile(r"(?i)reads judgement|middle eight|ignorance|\bluck\b|indices|\de[+-]\d|\bnpv\b|\bnan\b|slipped")
SECTIONS = [
    "The verdict",
    "How sure is this?",
    "What drives it, and what measuring is worth",
    "Cost per year and in total",
    "Where the difference comes from",
    "Hours by quarter and role",
    "Upgrade calendar of the fleet",
    "Downtime",
    "Cost against fleet size",
    "What it rests on",
    "Held against published cases",
    "What is not counted",
    "How this report was made",
]


@pytest.fixture(scope="session")
def made(small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Report:
    (one,) = report(
        [small],
        fleet_sizes=FURTHER,
        out=tmp_path_factory.mktemp("reports"),
        today="2026-11-23",
        set={"labour.engineer_rate": 111},
        parameters=FEW_DRAWS,
        progress=False,
    )
    return one


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_files_stand_together_and_the_manifest_lists_them(made: Report) -> None:
    manifest = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    present = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    name = "small-fleet-script-alert-1-script"
    assert {f"{name}.html", f"{name}.ipynb", "tables/comparison.csv", "tables/cost_by_year.csv"} < present
    assert present == {*manifest["files"], "manifest.json"}
    assert read_manifest(made.folder) == manifest
    assert made.html.name == f"{name}.html"


def test_the_draws_stand_beside_the_report_and_replay_to_its_numbers(made: Report, small: dict[str, Any]) -> None:
    manifest = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    design = tco.replay(made.folder / "design.csv.gz")
    assert design.rows == manifest["parameters"]["draws"] == FEW_DRAWS["draws"]
    written = rows_of(made.folder / "tables/uncertainty.csv")
    for size in SIZES:
        scenario = tco.load_scenario(small, set={"labour.engineer_rate": 111}, fleet_size=size)
        for row in tco.results(tco.evaluate(scenario, design)).to_dict("records"):
            (in_csv,) = [one for one in written if (one["fleet_size"], one["option"]) == (str(size), row["option"])]
            for column in ("point", "mean", "p10", "p50", "p80", "p90"):
                assert float(in_csv[column]) == pytest.approx(row[column], rel=1e-12)


def test_numbers_agree_between_module_csv_and_json(made: Report, small: dict[str, Any]) -> None:
    manifest = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    written = rows_of(made.folder / "tables/comparison.csv")
    for size in SIZES:
        scenario = tco.load_scenario(small, set={"labour.engineer_rate": 111}, fleet_size=size)
        drawn = tco.monte_carlo(scenario, FEW_DRAWS["draws"], manifest["parameters"]["seed"])
        for row in tco.compare(tco.evaluate(scenario, drawn)).to_dict("records"):
            (in_csv,) = [one for one in written if (one["fleet_size"], one["option"]) == (str(size), row["option"])]
            (in_json,) = [
                one for one in manifest["verdict"] if (one["fleet_size"], one["option"]) == (size, row["option"])
            ]
            for column in ("total", "npv", "labour_hours", "downtime_minutes", "difference"):
                assert float(in_csv[column]) == pytest.approx(row[column], rel=1e-12)
                assert in_json[column] == pytest.approx(row[column], rel=1e-12)


def test_numbers_of_the_page_are_those_of_the_module(made: Report) -> None:
    page = made.html.read_text(encoding="utf-8")
    for row in rows_of(made.folder / "tables/comparison.csv"):
        assert f'<td class="n">{formats.significant(float(row["npv"]) / 1000)}</td>' in page  # a column in k USD
        assert row["fleet_size"] != str(OWN) or formats.money(float(row["total"])) in page


def test_the_sections_come_in_order(made: Report) -> None:
    page = made.html.read_text(encoding="utf-8")
    places = [page.index(f">{section}</h2>") for section in SECTIONS]
    assert places == sorted(places)


def test_at_least_six_charts_each_with_a_table_behind_it(made: Report) -> None:
    page = made.html.read_text(encoding="utf-8")
    notebook = nbformat.read(made.html.with_suffix(".ipynb"), as_version=4)
    assert len(outputs.charts(notebook)) >= 6
    for cell in page.split('<section class="cell')[1:]:
        assert '<figure class="chart"' not in cell or "<table" in cell


def test_the_share_of_judgement_is_on_page_one(made: Report) -> None:
    page = made.html.read_text(encoding="utf-8")
    assert "rests on judgement" in page[: page.index(">Cost per year and in total</h2>")]


def test_sentences_are_short_and_plain(made: Report) -> None:
    """Read as a manager would: at most 30 words from one stop to the next, and none of a few words of the trade."""
    notebook = nbformat.read(made.html.with_suffix(".ipynb"), as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown" and not cell.metadata.get("tags")]
    shown = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    texts += [output.get("data", {}).get("text/markdown", "") for output in shown]
    for chart in outputs.charts(notebook):
        texts += [" ".join(chart["title"]["text"]), chart["usermeta"]["tco"]["definition"]]
    texts += [table["caption"] for table in outputs.tables(notebook).values()]
    sentences = [" ".join(one.split()) for text in texts for one in re.split(r"(?<=[.!?;:])\s|\n\n|\n- ", text)]
    assert len(sentences) > 80
    assert [one for one in sentences if len(one.split()) > 30] == []
    assert [one for one in sentences if BANNED.search(one)] == []


def test_hostile_names_are_text_on_the_page(made: Report) -> None:
    page = made.html.read_text(encoding="utf-8")
    for markup in ("<script>alert", "<img src=x", "<b>orders", '"put" </script>'):
        assert markup not in page


def test_the_manifest_says_what_was_asked_for(made: Report, small: dict[str, Any]) -> None:
    assert made.manifest["today"] == "2026-11-23"
    assert made.manifest["parameters"]["fleet_sizes"] == SIZES
    assert made.manifest["parameters"]["set"] == {"labour.engineer_rate": 111}
    assert made.manifest["scenario"] == small["name"]
    assert len(made.manifest["input_hash"]) == 64


@pytest.mark.slow
def test_two_runs_are_the_same_to_the_byte(made: Report, small: dict[str, Any], tmp_path: Path) -> None:
    (again,) = report(
        [small],
        fleet_sizes=FURTHER,
        out=tmp_path,
        today="2026-11-23",
        set={"labour.engineer_rate": 111},
        parameters=FEW_DRAWS,
        progress=False,
    )
    for path in filter(Path.is_file, made.folder.rglob("*")):
        place = path.relative_to(made.folder)
        assert path.read_bytes() == (again.folder / place).read_bytes(), place


@pytest.mark.slow
def test_a_report_opens_with_what_has_moved_since_another(made: Report, small: dict[str, Any], tmp_path: Path) -> None:
    given = FEW_DRAWS | {"since": str(made.folder / "manifest.json")}
    (later,) = report([small], out=tmp_path, set={"labour.engineer_rate": 150}, parameters=given, progress=False)
    text = later.html.read_text(encoding="utf-8")
    assert text.index("Since the report of 2026-11-23") < text.index('id="the-verdict"')
    rows = rows_of(later.folder / "tables" / "moved.csv")
    assert {row["kind"] for row in rows} == {"assumptions"}
    assert all(row["cause"].startswith("labour.engineer_rate") for row in rows)


@pytest.mark.slow
def test_a_fleet_of_none_reports_zeros(small: dict[str, Any], tmp_path: Path) -> None:
    (one,) = report([small], fleet_sizes=[0], out=tmp_path, parameters=FEW_DRAWS, progress=False)
    rows = [row for row in rows_of(one.folder / "tables/comparison.csv") if row["fleet_size"] == "0"]
    assert {float(row["total"]) for row in rows} == {0.0}


@pytest.mark.slow
def test_the_notebook_runs_under_plain_papermill(small: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(small), encoding="utf-8")
    source = resources.path("notebooks/fleet_comparison.ipynb")
    command = [sys.executable, "-m", "papermill", str(source), "out.ipynb", "-k", "python3", "--no-progress-bar"]
    arguments = ["-p", "scenario", "small.yaml", "-p", "fleet_sizes", "[2,20]", "-p", "draws", "200"]
    environment = {"PYTHONPATH": str(Path(tco.__file__).parent.parent), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    compared = outputs.tables(notebook)["comparison"]
    assert list(dict.fromkeys(row[0] for row in compared["rows"])) == SIZES


def test_a_misspelt_input_costs_no_waiting_and_writes_nothing(tmp_path: Path, small: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        report(["quikstart", small | {"months": -1}], out=tmp_path / "reports", progress=False)
    assert "did you mean 'quickstart'" in str(caught.value)
    assert "months" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_two_reports_that_would_share_a_folder_are_refused(tmp_path: Path, small: dict[str, Any]) -> None:
    twin = small | {"name": "Small 'fleet' <script>alert(1)</script>"}
    with pytest.raises(InputError, match="would both be written to"):
        report([small, twin], out=tmp_path, progress=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fleet_sizes": [1.5]},
        {"today": "soon"},
        {"set": {"labour.enginer_rate": 1}},
        {"parameters": {"scenario": "startup_small"}},
    ],
)
def test_wrong_parameters_are_refused(tmp_path: Path, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InputError):
        report(["quickstart"], out=tmp_path / "reports", progress=False, **wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_parameter_of_the_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown parameter 'draw'"):
        report(["quickstart"], out=tmp_path, parameters={"draw": 1}, progress=False, engine="papermill")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pricing", "reuse", "validation", "your_fleet"])
def test_a_notebook_without_a_scenario_is_reported_on_without_one(tmp_path: Path, name: str) -> None:
    out = (
        "--notebook",
        name,
        "--out",
        str(tmp_path / "out"),
        *(("-p", "out=mine.yaml") if name == "your_fleet" else ()),
    )
    made = CliRunner().invoke(main, ["report", *out, "-q"])
    assert (made.exit_code, made.stdout) == (0, f"{tmp_path}/out/{name}/{name}.html\n"), made.stderr
    assert (tmp_path / "out" / name / "mine.yaml").exists() == (name == "your_fleet")
    told = CliRunner().invoke(main, ["report", "quickstart", *out])
    expected = f"{name}.ipynb: the notebook has no parameter 'scenario', so its report is on none and needs none"
    assert (told.exit_code, told.stderr) == (1, f"{expected} (got 'quickstart')\n")


def test_a_notebook_with_a_scenario_needs_one(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["report", "--notebook", "upgrade_plan", "--out", str(tmp_path / "out")])
    assert (told.exit_code, told.stderr, list(tmp_path.iterdir())) == (1, "name at least one scenario\n", [])
    assert CliRunner().invoke(main, ["report"]).exit_code == 2


@pytest.mark.slow
def test_files_that_a_notebook_writes_stand_beside_the_page(
    tmp_path: Path, notebook: Any, small: dict[str, Any]
) -> None:
    (made,) = report(
        [small], out=tmp_path / "out", notebook=notebook("open('own.txt', 'w').write('x')"), progress=False
    )
    assert (made.folder / "own.txt").read_text() == "x"
    assert "own.txt" in made.manifest["files"]
    path = notebook("open('manifest.json', 'w').write('x')")
    with pytest.raises(ReportError, match=r"writes manifest\.json, which is the name of a file of the report"):
        report([small], out=tmp_path / "two", notebook=path, progress=False)


@pytest.mark.slow
def test_a_report_that_fails_leaves_its_notebook_and_the_others_are_made_with_progress_on_stderr(
    tmp_path: Path, notebook: Any, small: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook("if 'bad' in scenario['name']:\n    raise RuntimeError('no')\nprint('fine')")
    bad, good = small | {"name": "bad"}, small | {"name": "good"}
    with pytest.raises(
        ReportError, match=r"(?s)cell 2 failed: RuntimeError: no.*with its errors: .*bad\.failed\.ipynb"
    ):
        report([bad, good], out=tmp_path / "out", notebook=path)
    assert sorted(folder.name for folder in (tmp_path / "out").iterdir()) == ["bad.failed.ipynb", "good"]
    kept = nbformat.read(tmp_path / "out" / "bad.failed.ipynb", as_version=4)
    assert any(output.get("ename") == "RuntimeError" for cell in kept.cells for output in cell.get("outputs", []))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("bad: running small.ipynb\ngood: running small.ipynb\ngood: done in ")
    report([bad], out=tmp_path / "out", notebook=notebook("print('fine')"), progress=False)
    assert sorted(folder.name for folder in (tmp_path / "out").iterdir()) == ["bad", "good"]


@pytest.mark.slow
def test_a_chart_that_draws_nothing_fails_the_report(tmp_path: Path, notebook: Any, small: dict[str, Any]) -> None:
    path = notebook(
        "import altair as alt, pandas as pd\nfrom tco import charts\ncharts.show_offline()\n"
        "alt.Chart(pd.DataFrame({'a': []}), title='Empty').mark_bar().encode(x='a:Q')"
    )
    with pytest.raises(ReportError, match="'Empty' has no mark"):
        report([small], out=tmp_path / "out", notebook=path, progress=False)
    assert [file.name for file in (tmp_path / "out").iterdir()] == [f"{files.safe_name(small['name'])}.failed.ipynb"]


@pytest.mark.slow
def test_a_workbook_of_the_model_stands_beside_the_page(tmp_path: Path, notebook: Any, small: dict[str, Any]) -> None:
    book = tmp_path / "any.xlsx"
    book.write_bytes(b"formulas")
    asked = {"notebook": notebook("print(1)"), "out": tmp_path / "out", "progress": False}
    (made,) = report([small], workbook=book, **asked)
    name = made.html.with_suffix(".model.xlsx").name
    assert (made.folder / name).read_bytes() == b"formulas"
    assert name in made.manifest["files"]
    assert f'href="{name}" download' in made.html.read_text(encoding="utf-8")
    (without,) = report([small], **asked)
    assert not (without.folder / name).exists()
    with pytest.raises(InputError, match="of one scenario"):
        report([small, {**small, "name": "other"}], workbook=book, **asked)


def test_the_comparison_notebook_is_written_for_people() -> None:
    source = nbformat.read(resources.path("notebooks/fleet_comparison.ipynb"), as_version=4)
    tagged = [cell for cell in source.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert not any("def " in cell.source for cell in source.cells if cell.cell_type == "code")


@pytest.mark.slow
def test_the_reuse_notebook_runs_from_a_wheel_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\nfrom tco import resources\nfrom tco.report import outputs, notebook_run\n"
        "from tco.report.chart_check import check_charts\nfrom tco.report.page import page\n"
        "done = notebook_run.executed(resources.path('notebooks/reuse.ipynb'), {'growth': 2.0})\n"
        "check_charts(outputs.charts(done))\nassert 'vegaEmbed' in page(done, 'reuse')\n"
        "print(outputs.tables(done)['cost_by_team']['rows'])\n"
    )
    environment = {"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    frame = pd.DataFrame(yaml.safe_load(done.stdout), columns=["team", "option", "cost"])
    assert set(frame["team"]) == {"payments", "discovery", "identity"}
    assert (frame["cost"] > 0).all()


def test_folder_names_are_safe(made: Report) -> None:
    assert made.folder.name == files.safe_name(made.scenario)

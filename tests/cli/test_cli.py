"""The command line gives the module's numbers, and one clear line for a wrong input."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import tco
from tco import formats, resources
from tco.analysis import coverage
from tco.cli import arguments, main, output, terminal, writing
from tco.inventory import sheets
from tco.platforms import platform, platform_names

QUICKSTART = str(resources.path("params") / "quickstart.yaml")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="tco")


def printed(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def refusal(*words: str, code: int = 1) -> str:
    """What standard error says of words that are refused with exit code `code`; nothing else is printed."""
    result = run(*words)
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr


# -- formats ---------------------------------------------------------------------------------------------------------


FRAME = pd.DataFrame(
    {
        "name": ["<a>", "b,c"],
        "cost": [1234567.891, 1 / 3],
        "count": [1200, 3],
        "payback_months": [float("nan"), 7.25],
        "path": [["5.5", "5.6"], ["8.0"]],
        "date": [date(2027, 1, 31), None],
    }
)


def test_csv_and_json_carry_every_digit() -> None:
    first, second = rows_of(output.text_of(FRAME, "csv"))
    assert float(first["cost"]) == 1234567.891
    assert float(second["cost"]) == 1 / 3
    assert first["path"] == "5.5 > 5.6"
    assert first["payback_months"] == ""

    decoded = json.loads(output.text_of(FRAME, "json"))
    assert decoded[0] == {
        "name": "<a>",
        "cost": 1234567.891,
        "count": 1200,
        "payback_months": None,
        "path": ["5.5", "5.6"],
        "date": "2027-01-31",
    }
    assert decoded[1]["cost"] == 1 / 3
    assert decoded[1]["date"] is None


def test_the_table_for_people_is_aligned_and_separates_thousands() -> None:
    assert output.text_of(FRAME, "table").splitlines() == [
        "name cost, k USD count payback, months path      date",
        "---- ----------- ----- --------------- --------- ----------",
        "<a>        1,230 1,200                 5.5 > 5.6 2027-01-31",
        "b,c     0.000333     3            7.25 8.0",
    ]
    to_the_cent = output.text_of(FRAME, "table", whole=("cost",))
    assert [line.split()[1] for line in to_the_cent.splitlines()[2:]] == ["1,234,567.89", "0.33"]


def test_a_column_says_its_unit_and_shows_no_noise() -> None:
    frame = pd.DataFrame({"saving": [1500.0], "hours": [302.45], "unit_price": [0.115], "chance": [0.145]})
    heading, _, row = output.text_of(frame, "table").splitlines()
    assert re.split(r" {1,}(?=hours|unit|chance)", heading) == ["saving, USD", "hours", "unit price, USD", "chance"]
    assert row.split() == ["1,500", "302", "0.115", "14%"]
    assert output.text_of(frame, "csv").splitlines()[1] == "1500.0,302.45,0.115,0.145"


def test_what_all_rows_share_is_said_once_where_the_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"group": list("abc"), "method": ["in_place"] * 3, "a_long_heading": [1, 2, 3]})
    assert "In every row" not in output.text_of(frame, "table")
    monkeypatch.setenv("COLUMNS", "16")
    rows, said = output.text_of(frame, "table").split("In every row:")
    assert rows.splitlines()[-1].split() == ["c", "3"]
    assert said.split() == ["method", "in", "place."]


def test_sentences_are_folded_to_the_terminal_and_numbers_keep_their_units(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Moving these groups saves some 4.91 M USD.\n  An indented line of words goes on further to the right."
    terminal.say(text)
    assert capsys.readouterr().out == f"{text}\n"
    monkeypatch.setenv("COLUMNS", "34")
    terminal.say(text, err=True)
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= 34
    assert lines[1] == "4.91 M USD."
    assert all(line.startswith("  ") for line in lines[2:])
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())


def test_a_column_has_one_format_and_truth_is_a_word() -> None:
    frame = pd.DataFrame({"large": [3994.55, 12.0], "small": [0.00013, 1380.0], "cheapest": [True, False]})
    assert [line.split() for line in output.text_of(frame, "table").splitlines()[2:]] == [
        ["3,990", "0.00013", "yes"],
        ["12", "1,380", "no"],
    ]
    frame = pd.DataFrame({"hours": [190.4, 52.35], "clusters": [4.0, 1234.0], "saving": [-116_500.0, 41_000.0]})
    heading, _, *rows = output.text_of(frame, "table").splitlines()
    assert heading.endswith("saving, k USD")
    assert [row.split() for row in rows] == [["190", "4", "−116"], ["52", "1,234", "41"]]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_table_fits_the_terminal_and_loses_nothing(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headings fold, then texts; columns without room follow below, beside the names of the rows."""
    names = ["orders", "a_name_without_any_space"]
    frame = pd.DataFrame(
        {"group": names, "reason": ["sold both ways; state one", "no"], "nothing": [None, None]}
        | {f"amount number {place}": [1234.0 + place, 5.0] for place in range(9)}
    )
    monkeypatch.setenv("COLUMNS", str(width))
    lines = output.text_of(frame, "table").splitlines()
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert {f"{1234 + place:,}" for place in range(9)} < set(words)
    assert {"sold", "both", "ways;", "state", "one", *names} < set(words)
    assert "nothing" not in words
    assert sum("orders" in line for line in lines) == len([line for line in lines if line.startswith("group")])
    monkeypatch.delenv("COLUMNS")
    assert len(output.text_of(frame, "table").splitlines()) == 4  # a file or a pipe: nothing is folded


def test_the_cheapest_is_marked_and_bold_only_where_colours_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = tco.compare(tco.evaluate(tco.load_scenario("quickstart")))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    bold = [line for line in output.compared(frame).splitlines() if "\x1b[1m" in line]
    assert [line.removeprefix("\x1b[1m").split()[:2] for line in bold] == [["*", "right_sized"]]
    monkeypatch.setenv("NO_COLOR", "1")
    plain = output.compared(frame)
    assert "\x1b" not in plain
    assert max(map(len, plain.splitlines())) <= 80
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in printed("compare", "quickstart", "--draws", "0")  # no terminal


@pytest.mark.parametrize(
    ("shell", "file", "line"),
    [
        ("bash", ".bashrc", 'eval "$(_TCO_COMPLETE=bash_source tco)"'),
        ("zsh", ".zshrc", 'eval "$(_TCO_COMPLETE=zsh_source tco)"'),
        ("fish", ".config/fish/completions/tco.fish", "_TCO_COMPLETE=fish_source tco | source"),
    ],
)
def test_completion_is_installed_once_beside_what_is_there(
    shell: str, file: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("# mine", "utf-8")
    assert "added the line" in printed("--install-completion")
    assert "already" in printed("--install-completion")
    assert target.read_text("utf-8") == f"# mine\n{line}\n"


def test_the_installed_completion_knows_the_commands() -> None:
    """bash asks the program for what the word may become."""
    environment = {"_TCO_COMPLETE": "bash_complete", "COMP_WORDS": "tco com", "COMP_CWORD": "1"}
    result = CliRunner().invoke(main, prog_name="tco", env=environment)
    assert result.stdout.split() == ["plain,compare"]


def test_completion_for_another_shell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert "completion is for bash, zsh, fish" in refusal("--install-completion", code=2)


def test_what_rounding_has_left_of_zero_is_zero() -> None:
    frame = pd.DataFrame({"difference": [-570_600.25, -1.7e-10, 88_860.0]})
    assert [line.strip() for line in output.text_of(frame, "table").splitlines()[2:]] == ["−571,000", "0", "88,900"]


def test_an_explanation_says_what_each_line_rests_on_and_which_are_nothing() -> None:
    words = ["explain", "quickstart", "--option", "stay", "--category", "infrastructure"]
    text = printed(*words)
    rows = [row for row in json.loads(printed(*words, "--format", "json")) if row["line"] == "compute"]
    assert text.startswith(f"compute: {tco.formats.money(rows[0]['cost'])}, ")
    assert all(row["name"] in text and row["source"] in text for row in rows)
    assert "\nNothing for I/O, " in text
    assert text.count(rows[0]["source"]) == 1  # each source once, however many values are from it


def test_an_explanation_can_be_of_one_line_and_one_group() -> None:
    words = ["explain", "quickstart", "--option", "stay", "--category", "infrastructure", "--line", "compute"]
    whole, parts = (json.loads(printed(*words, *more, "--format", "json")) for more in ((), ("--group", "billing")))
    assert {row["line"] for row in whole} == {"compute"}
    costs = [
        json.loads(printed(*words, "--group", group, "--format", "json"))[0]["cost"]
        for group in ("orders", "catalogue", "billing", "notifications", "staging")
    ]
    assert sum(costs) == pytest.approx(whole[0]["cost"])
    assert {row["name"].split()[1] for row in parts if row["kind"] == "price"} == {"eu-west-1"}
    assert "did you mean 'billing'" in refusal(*words, "--group", "biling")


def test_an_empty_table_says_so_and_keeps_its_columns_for_programs() -> None:
    empty = FRAME.head(0)
    assert output.text_of(empty, "table") == "(nothing)\n"
    assert output.text_of(empty, "csv") == "name,cost,count,payback_months,path,date\n"
    assert json.loads(output.text_of(empty, "json")) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "ledger.csv"
    target.write_text("old")

    def fail(partial: Path) -> None:
        partial.write_text("half")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        writing.write_file(target, fail)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("ledger.csv", "old")]


# -- usage -----------------------------------------------------------------------------------------------------------


def test_every_command_is_listed_and_says_what_it_does() -> None:
    text = printed("--help")
    for name in ("calendar", "check", "compare", "explain", "ledger", "lifecycle", "price", "prices", "report"):
        assert f"  {name} " in text
        assert len(printed(name, "--help").splitlines()) > 5


def test_the_module_runs_like_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "tco", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == version("tco")


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["compare"],
        ["compare", "quickstart", "--set", "no equals sign"],
        ["compare", "quickstart", "--set", "a.b=1", "--set", "a.b=2"],
        ["compare", "quickstart", "--fleet-size", "many"],
        ["compare", "quickstart", "--format", "xlsx"],
        ["ledger", "quickstart", "--format", "parquet"],
        ["explain", "quickstart", "--option", "stay"],
        ["calendar"],
        ["calendar", "quickstart", "--engine", "mysql"],
        ["calendar", "quickstart", "--policy", "newest"],
        ["calendar", "--engine", "mysql"],
        ["calendar", "--engine", "mysql", "--from", "yesterday", "--to", "2027-01-01"],
        ["price", "dynamodb", "storage_gb", "--region", "us-east-1"],
        ["price", "dynamodb", "storage_gb=1", "storage_gb=2", "--region", "us-east-1"],
        ["price", "dynamodb", "storage_gb=1"],
        ["report", "quickstart", "--fleet-sizes", "10;100"],
        ["check"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(words: list[str]) -> None:
    assert "Error: " in refusal(*words, code=2)


def test_a_comparison_in_the_terminal_rests_on_draws_and_says_how_likely_it_is() -> None:
    text = printed("compare", "startup_small", "--draws", "200", "--seed", "3")
    assert re.search(r"is the cheapest option with a probability of \d+% \(± \d", text)
    assert "200 draws are " in text
    assert "point estimate" in printed("compare", "startup_small", "--draws", "0")


def test_a_comparison_for_programs_is_the_point_unless_draws_are_named() -> None:
    scenario = tco.load_scenario("startup_small")
    point = tco.compare(tco.evaluate(scenario))
    drawn = tco.compare(tco.evaluate(scenario, tco.monte_carlo(scenario, 50, 2)))
    for words, frame in (((), point), (("--draws", "50", "--seed", "2"), drawn)):
        rows = json.loads(printed("compare", "startup_small", "--format", "json", *words))
        assert [row["total"] for row in rows] == frame["total"].tolist()


def test_an_upgrade_log_changes_the_answer_and_shows_what_it_taught(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("cluster,engine,from,to,hours,minutes_down,failed\na,rds_mysql,5.7,8.0,9,12,no\n", "utf-8")
    text = printed("compare", "startup_small", "--draws", "20", "--upgrade-log", str(log))
    assert "Learnt from the upgrade log" in text
    assert "upgrades.cutover_hours_first" in text
    words = ("compare", "startup_small", "--format", "csv")
    assert printed(*words) != printed(*words, "--upgrade-log", str(log))


def test_rows_of_an_upgrade_log_that_are_of_no_group_are_told(tmp_path: Path) -> None:
    """startup_small has RDS for PostgreSQL, and Aurora under another option."""
    log = tmp_path / "log.csv"
    rows = "a,postgresql,13,15,9,12,no\nb,cassandra,3.0,3.11,90,0,no\nc,rds_postgresql,13,15,9,12,no\n"
    log.write_text(f"cluster,engine,from,to,hours,minutes_down,failed\n{rows}", "utf-8")
    told = " ".join(run("compare", "startup_small", "--draws", "0", "--upgrade-log", str(log)).stderr.split())
    assert "no group runs postgresql, so its rows (1) change" in told
    assert "if they are of aurora_postgresql or rds_postgresql, name that" in told
    assert "no group runs cassandra, so its rows (1) change almost nothing" in told
    assert "no group runs rds_postgresql" not in told


@pytest.mark.parametrize("command", ["compare", "report"])
def test_a_faulty_upgrade_log_is_refused_with_file_row_and_column(command: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("cluster,engine,from,to,hours,minutes_down,failed\na,rds_mysql,5.7,8.0,9,x,no\n", "utf-8")
    words = ("--out", str(tmp_path), "--fleet-sizes", "1") if command == "report" else ()
    told = run(command, "startup_small", "--draws", "0", "--upgrade-log", str(log), *words)
    assert told.exit_code == 1
    assert "log.csv: row 2.minutes_down: should be a number (got 'x')" in told.stderr


def test_one_draw_is_refused() -> None:
    told = run("compare", "startup_small", "--draws", "1")
    assert told.exit_code == 1
    assert "at least 2, or 0 for the point estimate" in told.stderr


def test_values_of_set_are_read_as_yaml_but_a_version_stays_text() -> None:
    kind = arguments.Assignment()
    read: list[tuple[str, Any]] = [
        kind.convert(text, None, None)
        for text in ("a.b=120", "a.b=1e6", "a.b=0.5", "a.b=blue_green", "fleet.x.version=5.10", 'fleet.x.version="8.0"')
    ]
    assert [value for _, value in read] == [120, 1e6, 0.5, "blue_green", "5.10", "8.0"]


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tco", "ledger", "quickstart", "--set", "months=12"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


# -- scenarios -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger() -> tco.Ledger:
    return tco.evaluate(tco.load_scenario(QUICKSTART, set={"labour.engineer_rate": 120, "months": 4}, fleet_size=100))


CHANGED = ("--set", "labour.engineer_rate=120", "--set", "months=4", "--fleet-size", "100")


def test_compare_gives_the_numbers_of_the_module(ledger: tco.Ledger) -> None:
    frame = tco.compare(ledger)
    expected = output.records(frame)
    assert json.loads(printed("compare", QUICKSTART, *CHANGED, "--format", "json")) == expected

    rows = rows_of(printed("compare", QUICKSTART, *CHANGED, "--format", "csv"))
    assert [row["option"] for row in rows] == frame["option"].tolist()
    for column in ("total", "npv", "labour_hours", "downtime_minutes", "difference"):
        assert [float(row[column]) for row in rows] == frame[column].tolist()


def test_a_table_names_options_by_labels_and_commands_take_keys_and_labels(tmp_path: Path) -> None:
    by_key, by_label = (
        printed("rank", QUICKSTART, "--option", name) for name in ("dynamodb_on_demand", "DynamoDB on demand")
    )
    assert by_key == by_label
    assert "right-sized alone" in printed("mix", QUICKSTART)
    assert {row["option"] for row in csv.DictReader(printed("mix", QUICKSTART, "--format", "csv").splitlines())} == {
        "right_sized"
    }
    change, saved = "options.right_sized.groups.staging.instance_class=db.t4g.medium", tmp_path / "saved.yaml"
    assert "* right-sized" in printed("what-if", QUICKSTART, "--set", change, "--save", str(saved))
    assert tco.load_scenario(str(saved)).what_ifs.popitem()[1] == dict([change.split("=")])
    told = refusal("plan", QUICKSTART, "--option", "right-sizes")
    assert "did you mean 'right-sized'" in told


def test_compare_tells_people_how_likely_the_verdict_is(ledger: tco.Ledger) -> None:
    drawn = (*CHANGED, "--draws", "200")
    text = printed("compare", QUICKSTART, *drawn)
    assert "is the cheapest option with a probability of" in text
    table = text.split("\n\n")[1].splitlines()
    assert [re.split("  +", line[2:])[0] for line in table[1:]] == list(ledger.scenario.by_label.options)
    (marked,) = [line for line in table if line.startswith("* ")]
    assert text.startswith(re.split("  +", marked[2:])[0])
    assert max(map(len, table)) <= 110
    assert len(set(map(len, table))) == 1
    assert "point estimate" in printed("compare", QUICKSTART, *CHANGED, "--draws", "0")
    longer = printed("compare", QUICKSTART, *drawn, "--reversals")
    assert set(text.splitlines()) < set(longer.splitlines())


def test_a_fleet_of_none_costs_nothing() -> None:
    rows = rows_of(printed("compare", "quickstart", "--fleet-size", "0", "--format", "csv"))
    assert {float(row["total"]) for row in rows} == {0.0}


def test_the_ledger_is_written_whole(ledger: tco.Ledger, tmp_path: Path) -> None:
    table = ledger.table()
    rows = rows_of(printed("ledger", QUICKSTART, *CHANGED))
    assert [float(row["cost"]) for row in rows] == table["cost"].tolist()
    assert [row["assumptions"] for row in rows] == table["assumptions"].tolist()

    for form in ("csv", "json", "parquet"):
        target = tmp_path / f"ledger.{form}"
        assert printed("ledger", QUICKSTART, *CHANGED, "--format", form, "--out", str(target)) == ""
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.csv", "ledger.json", "ledger.parquet"]
    assert pd.read_parquet(tmp_path / "ledger.parquet")["cost"].tolist() == table["cost"].tolist()
    assert json.loads((tmp_path / "ledger.json").read_text("utf-8"))[0]["period"] == table["period"][0]


def test_explain_gives_what_the_module_gives(ledger: tco.Ledger) -> None:
    option = ledger.options[0]
    words = ("explain", QUICKSTART, *CHANGED, "--option", option, "--category", "version upkeep", "--format", "json")
    assert json.loads(printed(*words)) == output.records(tco.explain(ledger, option=option, category="version upkeep"))


def test_what_only_the_evaluation_finds_names_the_scenario_too(tmp_path: Path) -> None:
    """Extended Support has no price in a Region without packaged prices."""
    place = {"service": "AmazonRDS", "region": "eu-isoe-west-1", "price": 0.2}
    place["source"] = {"title": "Us", "as_of": "2026-10-01", "kind": "measured"}
    instance = {"engine": "postgresql", "instance_class": "db.r6g.large", "item": "instance", "unit": "instance hour"}
    group = {"clusters": 1, "engine": "postgresql", "version": "14", "region": "eu-isoe-west-1", "storage_gb": 100}
    scenario = {
        "name": "own prices", "start": "2027-01", "months": 24, "prices_as_of": "2026-11-01",
        "fleet": {"orders": group | {"instance_class": "db.r6g.large"}},
        "options": {
            "wait": {"platform": "rds", "policy": "extended_support"}, "settled": {"platform": "rds"},
        },
        "prices": [
            place | instance | {"deployment": "single_az"},
            place | {"item": "storage_gp3", "unit": "GB-month", "deployment": "single_az"},
        ],
    }  # fmt: skip
    file = tmp_path / "own.yaml"
    file.write_text(json.dumps(scenario))
    for words in (("compare",), ("ledger",), ("explain", "--option", "wait", "--category", "infrastructure")):
        assert refusal(*words, str(file)).startswith(
            f"{file}: options.wait.policy: no price of 'extended_support_years_1_2'"
        )


@pytest.mark.parametrize(
    ("option", "category", "nearest"),
    [("sty", "infrastructure", "stay"), ("stay", "infrastucture", "infrastructure")],
)
def test_explain_names_the_nearest_option_and_category(option: str, category: str, nearest: str) -> None:
    assert f"'{nearest}'" in refusal("explain", QUICKSTART, "--option", option, "--category", category)


def test_check_prints_every_problem_of_every_file(tmp_path: Path) -> None:
    text = Path(QUICKSTART).read_text("utf-8")
    good, wrong, unreadable = tmp_path / "good.yaml", tmp_path / "wrong.yaml", tmp_path / "unreadable.yaml"
    good.write_text(text)
    wrong.write_text(text.replace("months: 60", "months: -60\nmonth: 1"))
    unreadable.write_text("fleet: [")

    result = run("check", *map(str, (good, wrong, unreadable, tmp_path / "missing.yaml", tmp_path)))
    assert result.exit_code == 1
    assert "good.yaml: good" in result.stdout
    lines = result.stderr.splitlines()
    assert sum("wrong.yaml:11: months: " in line for line in lines) == 1
    assert sum("wrong.yaml:12: month: " in line for line in lines) == 1
    assert any("unreadable.yaml" in line for line in lines)
    assert any("missing.yaml" in line for line in lines)
    assert "Traceback" not in result.stderr


def test_all_packaged_scenarios_are_good() -> None:
    assert resources.scenario_names()
    assert printed("check", *resources.scenario_names()).count(": good") == len(resources.scenario_names())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (["labour.enginer_rate=120"], "labour.engineer_rate"),
        (["labour.engineer_rate=-5"], "labour.engineer_rate"),
        (["labour.engineer_rate=nan"], "labour.engineer_rate"),
        (["months=0"], "months"),
        (["options.stay.platform=rdz"], "rds"),
        (["reference=stey"], "stay"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_a_wrong_value_is_one_line_with_file_and_path(changes: list[str], named: str) -> None:
    words = [word for change in changes for word in ("--set", change)]
    message = refusal("compare", QUICKSTART, *words)
    assert message.startswith(f"{QUICKSTART}: ")
    assert named in message
    assert len(message.splitlines()) == 1


def test_a_wrong_scenario_leaves_no_report_behind(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    refusal("report", QUICKSTART, "--set", "months=0", "--out", str(out))
    assert not out.exists()


def test_the_age_of_prices_to_warn_of_reaches_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def report(sources: list[str], **options: Any) -> list[Any]:
        asked.append(options["parameters"])
        return [SimpleNamespace(html=tmp_path / "page.html", pdf=tmp_path / "page.pdf")]

    monkeypatch.setattr("tco.report.report", report)
    printed("report", QUICKSTART, "--oldest-prices-days", "90", "--out", str(tmp_path))
    printed("report", QUICKSTART, "--out", str(tmp_path))
    assert [parameters.get("oldest_prices_days") for parameters in asked] == [90, None]


def test_the_workbook_beside_a_report_is_of_its_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def write(scenario: tco.Scenario, path: Path, seed: int) -> Path:
        asked.append((scenario.assumptions["labour.engineer_rate"].mean, seed))
        path.write_bytes(b"formulas")
        return path

    def report(_sources: list[str], **options: Any) -> list[Any]:
        asked.append(options["workbook"] and options["workbook"].read_bytes())
        return [SimpleNamespace(html=tmp_path / "page.html")]

    monkeypatch.setattr("tco.report.report", report)
    monkeypatch.setattr("tco.workbook", write)
    words = ("report", QUICKSTART, "--set", "labour.engineer_rate=7", "--seed", "3", "--out", str(tmp_path))
    printed(*words)
    printed(*words, "--workbook")
    assert asked == [None, (7.0, 3), b"formulas"]
    assert "--workbook is of a single report" in refusal("report", QUICKSTART, QUICKSTART, "--workbook", code=2)


# -- facts -----------------------------------------------------------------------------------------------------------


def test_calendar_of_an_engine() -> None:
    """The only deadline between 2012 and 2024 is the end of 5.5's patches; 8.0 is then the newest."""
    words = ("--engine", "mysql", "--version", "5.5", "--from", "2012-01-15", "--to", "2024-12-31")
    (row,) = rows_of(printed("calendar", *words, "--policy", "newest", "--format", "csv"))
    assert (row["date"], row["path"], row["reason"]) == ("2018-12-31", "5.5 > 5.6 > 5.7 > 8.0", "deadline")


def test_calendar_of_a_scenario_gives_what_the_module_gives() -> None:
    expected = output.records(tco.calendar(tco.load_scenario("quickstart")))
    assert expected
    assert json.loads(printed("calendar", "quickstart", "--format", "json")) == expected


def test_calendar_names_the_nearest_engine() -> None:
    message = refusal("calendar", "--engine", "postgrsql", "--from", "2020-01-01", "--to", "2024-01-01")
    assert "'postgresql'" in message


def test_a_bill_has_the_numbers_of_the_module() -> None:
    usage = {"writes_per_month": 5e6, "storage_gb": 40}
    words = [f"{name}={value}" for name, value in usage.items()]
    place = ("--region", "us-east-1", "--as-of", "2025-01-01")
    expected = output.records(tco.price("dynamodb", usage, region="us-east-1", as_of="2025-01-01"))
    assert json.loads(printed("price", "dynamodb", *words, *place, "--format", "json")) == expected
    total = sum(row["cost"] for row in expected)
    assert printed("price", "dynamodb", *words, *place).endswith(f"total {total:,.2f} USD a month\n")


def test_an_upfront_fee_is_left_out_of_a_later_month() -> None:
    words = ("price", "dynamodb", "reserved_wcu=100", "reserved_term=1yr", "--region", "us-east-1", "--format", "csv")
    dated = (*words, "--as-of", "2025-01-01")
    first = {row["item"] for row in rows_of(printed(*dated))}
    later = {row["item"] for row in rows_of(printed(*dated, "--later-month"))}
    assert {item for item in first - later if item.endswith("upfront")} == first - later != set()


def test_the_help_of_a_platform_lists_the_keys_of_its_usage() -> None:
    names = platform_names()
    assert names
    for name in names:
        text = printed("price", name, "--help")
        for field in platform(name).usage.model_fields:
            assert f"\n  {field} " in text


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["price", "dynamo", "--region", "us-east-1"], "dynamodb"),
        (["price", "dynamodb", "storage=1", "--region", "us-east-1"], "storage_gb"),
        (["price", "dynamodb", "storage_gb=1", "--region", "us-esat-1", "--as-of", "2025-01-01"], "us-east-1"),
        (["prices", "--region", "us-esat-1"], "us-east-1"),
        (["lifecycle", "--engine", "postgrsql"], "postgresql"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_unknown_facts_name_the_nearest(words: list[str], nearest: str) -> None:
    assert nearest in refusal(*words)


def test_price_coverage_counts_every_row_once() -> None:
    rows = rows_of(printed("prices", "--today", "2026-11-01", "--format", "csv"))
    folder = resources.path("data/prices")
    lines = {(file.parent.name, file.stem): file.read_text("utf-8").count("\n") - 1 for file in folder.glob("*/*.csv")}
    assert {(row["service"], row["region"]): int(row["rows"]) for row in rows} == lines
    for row in rows:
        age = (date(2026, 11, 1) - date.fromisoformat(row["last_read"])).days
        assert float(row["age_days"]) == age


def test_price_filters_keep_exactly_the_matching_rows() -> None:
    frame = coverage.price_table(service="AmazonRDS", region="us-east-1", instance_class="db.r6g.large")
    assert len(frame) > 1
    assert set(frame["region"]) == {"us-east-1"}
    assert set(frame["instance_class"]) == {"db.r6g.large"}
    words = ("--service", "AmazonRDS", "--region", "us-east-1", "--instance-class", "db.r6g.large")
    rows = rows_of(printed("prices", *words, "--format", "csv"))
    assert [float(row["price"]) for row in rows] == frame["price"].tolist()


def test_lifecycle_says_what_is_patched_on_a_day() -> None:
    """On 2024-01-01 PostgreSQL 11 had ended (2023-11-09) and 17 was not out (2024-09-26)."""
    rows = {row["engine"]: row for row in rows_of(printed("lifecycle", "--today", "2024-01-01", "--format", "csv"))}
    assert rows["postgresql"]["patched_today"] == "12 13 14 15 16"
    releases = rows_of(printed("lifecycle", "--engine", "postgresql", "--format", "csv"))
    assert {"version": "11", "free_patches_end": "2023-11-09"}.items() <= next(
        row for row in releases if row["version"] == "11"
    ).items()


def test_an_unwritable_place_is_a_message(tmp_path: Path) -> None:
    target = tmp_path / "no such folder" / "ledger.csv"
    message = refusal("ledger", "quickstart", "--out", str(target))
    assert "No such file or directory" in message
    assert "Traceback" not in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-p", "capacity=120"], 2, "--parameter is of a --notebook"),
        (["--notebook", "upgrad_plan"], 1, "did you mean 'upgrade_plan'"),
        (["startup_small", "--notebook", "upgrade_plan"], 2, "--notebook makes one report"),
    ],
)
def test_a_report_from_another_notebook_is_refused_before_it_runs(words: list[str], code: int, said: str) -> None:
    assert said in refusal("report", "quickstart", *words, code=code)


def test_many_warnings_of_a_kind_are_counted_and_check_prints_all(tmp_path: Path) -> None:
    groups = 15
    size = "clusters: 1, instances: 1, instance_class: db.t4g.micro, storage_gb: 2000"
    load = "workload: {reads_per_second: 40, writes_per_second: 4, item_bytes: 1000}"
    scenario = tmp_path / "small.yaml"
    lines = [f"  g{number}: {{{size}, {load}}}" for number in range(groups)]
    common = "engine: mysql, version: '8.4', region: us-east-1"
    lines = [line.replace("clusters: 1", f"clusters: 1, {common}") for line in lines]
    options = "options: {stay: {platform: rds, policy: settled}, other: {platform: rds, policy: newest}}"
    head = "name: small\nstart: 2027-01\nmonths: 12\nprices_as_of: 2026-11-01"
    scenario.write_text("\n".join([head, "fleet:", *lines, options]), "utf-8")
    told = run("compare", str(scenario), "--draws", "0").stderr
    assert told.count("data in use likely takes") == 10
    assert f"and {groups - 10} more like these" in told
    assert run("check", str(scenario)).stderr.count("data in use likely takes") == groups


def test_a_path_that_heads_a_column_is_as_it_is_stated() -> None:
    heading = output.aligned(pd.DataFrame({"labour.engineer_rate": [120.5], "move_hours": [3.0]})).splitlines()[0]
    assert heading.split() == ["labour.engineer_rate", "move", "hours"]


def test_amounts_of_a_table_share_a_unit() -> None:
    heading, _, row = output.text_of(pd.DataFrame({"saving": [-23_000.0], "total": [-279_000.0]}), "table").splitlines()
    assert heading.split() == ["saving,", "k", "USD", "total,", "k", "USD"]
    assert row.split() == ["−23.0", "−279"]


def test_clusters_that_wait_alike_share_a_row_whose_amounts_are_of_each() -> None:
    """Every cluster of a group has the same deadline, so the groups of quickstart need as many rows as team dates."""
    frame = list(csv.DictReader(printed("wait", QUICKSTART, "--format", "csv").splitlines()))
    table = printed("wait", QUICKSTART)
    assert len(frame) == 20
    (row,) = (line for line in table.splitlines() if line.startswith("catalogue-1 to -4, each"))
    (one,) = {each["usd_per_day"] for each in frame if each["group"] == "catalogue"}
    assert formats.significant(float(one)) in row.split()


def test_a_published_figure_has_its_unit_and_words_have_none() -> None:
    rows = {tuple(line.split()[:2]): line for line in printed("cases").splitlines() if line.strip()}
    assert "297 minutes" in rows["dynamodb_2015", "duration"]
    assert "44,160 to" in printed("cases")
    assert "texts" not in printed("cases")
    share = next(line for line in printed("cases").splitlines() if "credit share" in line)
    assert share.count(" 10% ") == 2, "what was observed, and the model's number"
    assert "shares" not in printed("cases")


def test_a_calendar_has_one_line_an_upgrade_with_its_method_at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each option below its name; no column is left for a second table."""
    monkeypatch.setenv("COLUMNS", "80")
    for scenario in (QUICKSTART, "backup_metadata_store"):
        shown = printed("calendar", scenario)
        parts = shown.split("\n\n")
        options = [part.split(":\n")[0] for part in parts if ":\n" in part]
        assert options == list(dict.fromkeys(tco.calendar(tco.load_scenario(scenario).by_label)["option"]))
        assert shown.count("method") == shown.count("group ") == len(options)
        assert "_replication" not in shown
        assert max(map(len, shown.splitlines())) <= 80


def test_differences_name_options_by_their_labels_and_files_by_their_keys(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("based_on: backup_metadata_store\nset: {months: 48}\n", "utf-8")
    changed = ("diff", "backup_metadata_store", str(other))
    for form in ("table", "markdown"):
        shown = printed(*changed, "--format", form)
        assert "DynamoDB on demand" in shown
        assert not re.search("postgresql|dynamodb_on_demand", shown)
    rows = csv.DictReader(printed(*changed, "--format", "csv").splitlines())
    assert {row["option"] for row in rows} == set(tco.load_scenario("backup_metadata_store").options)
    for name in ("DynamoDB", "dynamodb"):
        done = CliRunner().invoke(main, [*changed, "--fail-if", f"{name}.npv<-1%"])
        assert done.stderr.startswith("DynamoDB: npv moves by")


def test_a_what_if_that_changes_nothing_says_so() -> None:
    told = " ".join(printed("what-if", "backup_metadata_store", "--lose-engineers", "1").split())
    assert "DynamoDB is still the cheapest and costs as much as written." in told


def test_differences_are_said_in_words_with_their_unit() -> None:
    other = printed("diff", QUICKSTART, "startup_small")
    assert "present value, USD" in other
    assert not {"npv", "labour_hours", "downtime_minutes"} & set(other.split())


@pytest.mark.parametrize("stated", ["²", "0", "-5", "abc", "1e9"])
def test_a_width_that_is_no_number_is_none(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", stated)
    assert run("lifecycle", "--engine", "mysql").exit_code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_interrupted_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    earlier = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sheets, "template", lambda: signal.raise_signal(number))
    done = CliRunner().invoke(main, ["import", "--template"])
    assert (done.exit_code, done.output) == (code, "")
    assert signal.getsignal(signal.SIGTERM) is earlier


@pytest.mark.parametrize("ignored", [False, True])
def test_an_interrupt_while_the_command_line_is_imported_ends_it_without_a_word(ignored: bool) -> None:
    """A program that is started with the signal ignored, as behind `nohup`, goes on."""
    hook = (
        "type('Hook', (), {'find_spec': staticmethod(lambda name, *_: os.kill(0, 2) if name == 'tco.cli' else None)})"
    )
    if ignored:
        hook = f"signal.signal(2, signal.SIG_IGN) and {hook}"
    lines = (
        "import os, signal, sys",
        "os.setpgrp()",
        f"sys.meta_path.insert(0, {hook})",
        "sys.argv = ['tco', '--version']",
        "from tco.__main__ import run",
        "run()",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert (done.returncode, done.stdout[:4]) == ((0, "tco ") if ignored else (-signal.SIGINT, ""))

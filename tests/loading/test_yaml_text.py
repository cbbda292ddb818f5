"""YAML as people write it: merge keys work, numbers mean one thing, and messages say on which line."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from small_scenarios import scenario

import tco
from tco.batches.batch_file import read_batch
from tco.cli import main
from tco.loading.yaml_text import MAX_DEPTH, yaml_value


def test_merge_keys_take_what_is_common_and_leave_what_is_stated() -> None:
    text = """
    base: &base {clusters: 2, storage_gb: 100}
    more: &more {<<: *base, region: us-east-1}
    own: {<<: *more, clusters: 3}
    both: {<<: [{a: 1}, {a: 2, b: 3}], b: 4}
    """
    found = yaml_value(text)
    assert found["own"] == {"clusters": 3, "storage_gb": 100, "region": "us-east-1"}
    assert found["more"] == {"clusters": 2, "storage_gb": 100, "region": "us-east-1"}
    assert found["both"] == {"a": 1, "b": 4}


@pytest.mark.parametrize("written", ["010", "020", "1:30", "-012", "007.5", "1:30:00", "01_0"])
def test_numbers_that_mean_two_things_are_refused_with_their_line(written: str) -> None:
    with pytest.raises(tco.InputError, match=rf"line 3: {written} can be read as another number"):
        yaml_value(f"a: 1\nb:\n  c: {written}\n")
    with pytest.raises(tco.InputError, match="line 1"):
        yaml_value(f"[1, {written}]")
    assert yaml_value(f"a: '{written}'") == {"a": written}  # text where it is in quotes


def test_numbers_that_mean_one_thing_are_read() -> None:
    text = "[0, 0.5, 10, -1.5, 100_000, 1.0e+3, 2027-01, 2026-11-01, 10.10]"
    assert yaml_value(text) == [0, 0.5, 10, -1.5, 100_000, 1000, "2027-01", date(2026, 11, 1), 10.1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: key 'a' appears twice"),
        ("x:\n  a: {b: 1, b: 2}", "line 2: key 'b' appears twice"),
        ("a: 1\nb: [1, 2", "line [23]: did not find expected ',' or ']'"),
        ("a: 1\nb: 2026-02-30", "line 2: '2026-02-30' cannot be read"),
        ("a: !!timestamp 'abc'", "line 1: 'abc' cannot be read"),
        ("a: !!int 'abc'", "line 1: 'abc' cannot be read"),
        ("a: !!bool 'abc'", "line 1: 'abc' cannot be read"),
        ("a: !!binary 'ü'", "line 1: "),
        ("a: !!python/object:os.system x", "line 1: could not determine a constructor"),
        ("? [1, 2]\n: 3", "line 1: "),
        ("x:\n  <<: {a: 1}\n  <<: {a: 2}", "line 3: key '<<' appears twice"),
        ("a: &a [*a]", "line 1: an alias is inside what it names"),
        (f"a: {'9' * 5000}", "line 1: .* cannot be read"),
        ("a: 1\nb: \x00", "line 2: #x0000 is a control character"),
        (f"a: {'ü' * 40}\nb: \x00", "line 2: #x0000 is a control character"),
        ("a: üü\nb: \x07c\nd: 1\n", "line 2: #x0007 is a control character"),
        ("a: 1\n---\nb: 2", "line 2: expected a single document in the stream, but found another document"),
        ("a: &x 1\nb: &x 2", "line 2: found duplicate anchor.*"),
    ],
)
def test_faults_are_told_with_their_line(text: str, message: str) -> None:
    with pytest.raises(tco.InputError, match=message) as caught:
        yaml_value(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[" * 32_000,
        "{a: " * 32_000,
        "x: " + "[" * 50_000 + "]" * 50_000,
        "- " * 32_000 + "1",
        "? " * 32_000 + "1",
        "-  " * 32_000 + "1",
        "# " + "]" * 32_000 + "\na: " + "[" * 32_000 + "]" * 32_000,
        '["]", ' * 32_000 + "]" * 32_000,
        "\r".join(" " * n + "- " for n in range(300)),
        "'" + "]" * 40_000 + "': " + "[" * 32_000,  # brackets in a text do not make up for others
        "\n".join(" " * n + "a:" for n in range(300)),
    ],
)
def test_what_is_nested_without_end_ends_in_a_message(text: str) -> None:
    with pytest.raises(tco.InputError, match=f"nested more than {MAX_DEPTH} levels deep|is not valid YAML"):
        yaml_value(text)


def test_brackets_in_texts_are_not_levels() -> None:
    assert yaml_value(f"a: '{'[' * 500}'") == {"a": "[" * 500}


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(tco.InputError, match="with its aliases written out"):
        yaml_value("\n".join(lines))


def test_a_large_file_is_read_with_libyaml() -> None:
    text = yaml.safe_dump({f"group{n}": scenario()["fleet"]["shop"] for n in range(300)})
    started = time.process_time()
    assert len(yaml_value(text)) == 300
    taken = time.process_time() - started
    started = time.process_time()
    yaml.load(text, Loader=yaml.SafeLoader)
    assert taken < time.process_time() - started


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "quickstart", "--set", "prices_as_of=2026-02-30"], "prices_as_of: should be a day that exists"),
        (["check", "quickstart", "--set", "months=060"], "060 can be read as another number"),
        (["check", "quickstart", "--set", f"months={'[' * 32_000}"], "levels deep"),
        (["price", "dynamodb", "reads_per_month=2026-02-30", "--region", "us-east-1"], "reads_per_month: should be"),
        (["report", "quickstart", "--out", "ftp://b/x"], "--out: ftp is no object store"),
        (["report", "quickstart", "--out", "github://b/x"], "--out: github is no object store"),
        (["report", "quickstart", "--out", "S3://b/x"], "begins with one of s3, "),
        (["check", "quickstart", "--set", "labour.engineer_rate={low: 1, high: 2026-02-30}"], "'2026-02-30' cannot be"),
        (["check", "quickstart", "--set", "labour.engineer_rate={low: 1, high: 2"], "_rate: is not valid YAML"),
        (["check", "quickstart", "--set", "freezes=[2027-01..2027-02"], "freezes: is not valid YAML"),
    ],
)
def test_the_command_line_says_so_in_a_line(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert message in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(("name", "value"), [("TCO_ENGINE", "foo"), ("TCO_PROCESSES", "abc"), ("TCO_PROCESSES", "0")])
def test_a_variable_of_the_environment_that_cannot_be_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    report = ["report", "startup_small", "--draws", "0", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, report if name == "TCO_ENGINE" else ["compare", "startup_small", "--draws", "0"])
    assert done.exit_code == 1
    assert f"{name}: " in done.stderr
    assert "Traceback" not in done.output


def test_a_price_file_with_a_day_that_does_not_exist_is_told(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("- {service: AmazonRDS,\n   valid_from: 2026-02-30}", "utf-8")
    done = CliRunner().invoke(main, ["price", "dynamodb", "--region", "us-east-1", "--prices", str(file)])
    assert done.exit_code == 1
    assert f"{file}: is not valid YAML: line 2: '2026-02-30' cannot be read" in done.stderr


def test_a_folder_of_the_name_of_a_packaged_scenario_does_not_hide_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("startup_small").mkdir()
    assert tco.load_scenario("startup_small").name == "startup_small"
    Path("elsewhere").mkdir()
    with pytest.raises(tco.InputError, match="elsewhere: cannot be read: Is a directory"):
        tco.load_scenario("elsewhere")


LINES = """\
name: ours
start: 2027-01
months: 24.5
prices_as_of: 2026-11-01
fleet:
  shop: {clusters: 4, engine: mysql, version: "8.4", region: us-east-1,
         instance_class: db.r6g.large, storage_gb: -100}
options:
  stay: {platform: rds, policy: setled}
  later:
    platform: rds
    groups: {shop: {policy: never, metod: in_place}}
assumptions:
  labour.engineer_rate: {low: 80, high: a lot}
  labour.enginer_rate: 5
prices:
- service: AmazonRDS
  region: us-east-1
"""


def test_every_fault_of_a_scenario_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(LINES, "utf-8")
    with pytest.raises(tco.InputError) as caught:
        tco.load_scenario(file)
    found = {problem.path: problem.line for problem in caught.value.problems}
    assert found == {
        "months": 3, "fleet.shop.storage_gb": 7, "options.stay.policy": 9, "options.later.groups.shop.metod": 12,
        "assumptions.labour.engineer_rate.high": 14, "assumptions.labour.enginer_rate": 15,
        "prices.0.item": 17, "prices.0.price": 17, "prices.0.source": 17,
    }  # fmt: skip
    assert f"{file}:9: options.stay.policy: unknown policy 'setled'; did you mean 'settled'" in str(caught.value)


def test_what_is_changed_after_reading_has_no_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(LINES[: LINES.index("assumptions")].replace("24.5", "24").replace("setled", "settled"), "utf-8")
    with pytest.raises(tco.InputError) as caught:
        tco.load_scenario(file, set={"months": -1, "labour.engineer_rate": -1})
    told = {problem.path: problem.line for problem in caught.value.problems}
    assert told["months"] == told["assumptions.labour.engineer_rate.value"] == 0
    assert told["fleet.shop.storage_gb"] == 7
    base = tmp_path / "changed.yaml"
    base.write_text(f"based_on: {file}\nset: {{months: x}}\n", "utf-8")
    with pytest.raises(tco.InputError) as of_another:
        tco.load_scenario(base)
    assert {problem.line for problem in of_another.value.problems} == {0}


def test_a_batch_file_is_told_with_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "batch.yaml"
    file.write_text("name: b\nscenarios: [quickstart]\nfleet_sizes:\n- 10\n- -1\n", "utf-8")
    with pytest.raises(tco.InputError, match=r"batch\.yaml:5: fleet_sizes\.1: should be greater"):
        read_batch(str(file))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e9", 1e9), ("1.0e9", 1e9), ("-2.5E3", -2500.0), (".5e1", 5.0), ("1_000e3", 1e6), ("3e-2", 0.03)],
)
def test_a_number_with_an_exponent_needs_no_sign(text: str, number: float) -> None:
    assert yaml_value(f"x: {text}") == {"x": number}


@pytest.mark.parametrize("text", ["1e", "e9", "db.r6e9", "r1e9", '"1e9"'])
def test_what_only_looks_like_an_exponent_is_text(text: str) -> None:
    assert yaml_value(f"x: {text}") == {"x": text.strip('"')}

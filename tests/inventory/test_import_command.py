"""`tco import`: files written, exit codes, and one clear message whatever the file holds."""

from __future__ import annotations

import copy
import errno
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_fleets as fleets
from click.testing import CliRunner, Result

from tco.cli import main

ODD = (None, "", 0, -1, 1e400, 10**400, "x" * 300, [], {}, [{}], [None], True, "NaN", ["a"], {"a": 1}, "\0", "arn:x")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_scenario_is_good_and_its_coverage_lies_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "fleet.yaml"
    done = run("import", *fleets.as_answers(tmp_path), "--out", out, "--format", "json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["outcome"] for row in rows] == ["used", "used", "merged", "merged", "used"]
    assert "5 database resources: 3 used, 2 merged, 0 refused" in done.stderr
    saved = pd.read_csv(tmp_path / "fleet.coverage.csv")
    assert list(saved["resource"]) == [row["resource"] for row in rows]
    assert run("check", out).exit_code == 0


def test_where_all_are_refused_the_coverage_is_written_with_whole_reasons(tmp_path: Path) -> None:
    row = "orders,mysql,8.0,Ireland,db.r6g.large,1,multi_az,100,,,production"
    table = fleets.saved(tmp_path, "a.csv", f"{fleets.CSV_HEADING}\n{row}")
    done = run("import", table, "--out", tmp_path / "fleet.yaml")
    assert done.exit_code == 1
    assert not (tmp_path / "fleet.yaml").exists()
    (reason,) = pd.read_csv(tmp_path / "fleet.coverage.csv")["reason"]
    assert reason in done.stdout
    assert "unknown Region 'Ireland'" in reason
    assert "all" not in reason.replace(",", " ").split()


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    out, answers = tmp_path / "fleet.yaml", fleets.as_answers(tmp_path)
    out.write_text("mine", "utf-8")
    done = run("import", *answers, "--out", out)
    assert (done.exit_code, out.read_text()) == (1, "mine")
    assert done.stderr.count("--force") == 1
    assert run("import", *answers, "--out", out, "--force").exit_code == 0
    assert out.read_text() != "mine"


def test_a_coverage_that_is_there_is_kept_as_well(tmp_path: Path) -> None:
    out, coverage = tmp_path / "fleet.yaml", tmp_path / "fleet.coverage.csv"
    coverage.write_text("mine", "utf-8")
    done = run("import", *fleets.as_answers(tmp_path), "--out", out)
    assert (done.exit_code, coverage.read_text(), out.exists()) == (1, "mine", False)
    assert "fleet.coverage.csv" in done.stderr


@pytest.mark.parametrize("held", ["fleet.yaml", "fleet.coverage.csv"])
def test_a_full_disk_leaves_neither_scenario_nor_coverage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    answers, folder, write = fleets.as_answers(tmp_path), tmp_path / "out", Path.write_bytes
    folder.mkdir()

    def write_until_full(path: Path, content: bytes) -> int:
        if path.name.startswith(f".{held}."):
            write(path, content[:9])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_until_full)
    done = run("import", *answers, "--out", folder / "fleet.yaml")
    assert (done.exit_code, list(folder.iterdir())) == (1, [])
    assert f"{held}: cannot be written: No space left on device" in done.stderr


def test_what_else_a_file_holds_is_one_line(tmp_path: Path) -> None:
    done = run("import", *fleets.as_terraform(tmp_path))
    assert done.stderr.count("aws_s3_bucket") == 1
    assert done.exit_code == 0


def test_the_template_and_wrong_usage() -> None:
    assert run("import", "--template").stdout.startswith("identifier,engine,version,region")
    assert run("import").exit_code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'{"DBInstances": [{"DBInsta', "line 1; is the file whole?"),
        (b"\x00\x01PK", "zero bytes"),
        (b"PK\x03\x04 no workbook", "Excel"),
        (b"\xff\xfe{\x00", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a,b\n1,2\n", "a fleet table has a column identifier"),
        (b"identifier,engine,engine\n", "appears twice"),
        (b'{"modules": [], "terraform_version": "0.11.0"}', "before 0.12"),
        (b'{"DBInstances": []}', "no database was found"),
        (b'{"DBInstances": [{"DBInstanceIdentifier": "a"}]}', "no database could be used"),
    ],
)
def test_a_file_that_gives_nothing_is_told_in_a_message(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    done = run("import", path)
    assert done.exit_code == 1
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run("import", tmp_path / "absent.json")
    assert done.exit_code == 1
    assert "absent.json" in done.stderr


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a document with every key or index in it."""
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield node, key
        yield from places(node[key])


@pytest.mark.parametrize("source", [fleets.as_answers, fleets.as_config, fleets.as_terraform])
def test_no_damage_to_a_file_leads_to_a_traceback(tmp_path: Path, source: Any) -> None:
    """Fields are dropped or replaced by odd values; whatever is still used makes a scenario that evaluates."""
    dice = random.Random(7)
    documents = [json.loads(path.read_text("utf-8")) for path in source(tmp_path)]
    for _ in range(15):
        changed = copy.deepcopy(documents)
        for _ in range(dice.randint(1, 3)):
            node, key = dice.choice(list(places(changed)))
            if isinstance(node, dict) and dice.random() < 0.4:
                del node[key]
            else:
                node[key] = copy.deepcopy(dice.choice(ODD))
        paths = [fleets.saved(tmp_path, f"{number}.json", one) for number, one in enumerate(changed)]
        out = tmp_path / "fleet.yaml"
        done = run("import", *paths, "--out", out, "--by", dice.choice(["group", "cluster"]))
        assert done.exit_code in (0, 1), done.exception
        assert isinstance(done.exception, SystemExit | None)
        assert done.stderr.strip()

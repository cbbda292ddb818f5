"""Published ends of support against the packaged ones: both forms, what moved by how many days, what is no form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tco.cli import main
from tco.errors import InputError
from tco.refresh.ends_of_support import end_changes


def major(engine: str, version: str, standard: str, extended: str | None = None) -> dict[str, Any]:
    ends = {"standard": standard, "extended": extended}
    lifecycles = [
        {
            "LifecycleSupportName": f"open-source-rds-{name}-support",
            "LifecycleSupportStartDate": "2018-10-23T00:00:00+00:00",
            "LifecycleSupportEndDate": f"{end}T23:59:59.999000+00:00",
        }
        for name, end in ends.items()
        if end
    ]
    return {"Engine": engine, "MajorEngineVersion": version, "SupportedEngineLifecycles": lifecycles}


def written(folder: Path, document: object, name: str = "answer.json") -> str:
    file = folder / name
    file.write_text(json.dumps(document))
    return str(file)


def test_an_answer_of_the_rds_api_says_which_deadlines_moved(tmp_path: Path) -> None:
    """RDS MySQL 5.7 is paid until 2029-06-30 in the packaged facts, until 2027-02-28 in an answer of 2025."""
    answer = {
        "DBMajorEngineVersions": [
            major("mysql", "5.7", "2024-02-29", "2027-02-28"),
            major("aurora-mysql", "8.0", "2028-05-10", "2029-07-31"),
            major("postgres", "16", "2029-02-28", "2032-02-29"),
            major("mariadb", "10.6", "2026-12-31"),
            major("mysql", "9.9", "2031-01-31"),
            major("oracle-se2", "19", "2029-12-31"),
            major("db2-se", "11.5", "2027-04-30"),
        ]
    }
    found = end_changes(written(tmp_path, answer))
    assert [(row.engine, row.version, row.support, row.days, row.change) for row in found.changes.itertuples()] == [
        ("rds_mysql", "5.7", "extended", -853, "this deadline moved by 853 days, earlier"),
        ("aurora_mysql", "3", "standard", 10, "this deadline moved by 10 days, later"),
    ]
    assert found.compared == 8
    assert found.left_out == ("rds_mysql 9.9", "db2-se 11.5")


def test_a_product_of_endoflife_is_read_in_both_forms(tmp_path: Path) -> None:
    """RDS PostgreSQL 13 ends on 2026-02-28; of DocumentDB 5.0 no end is known."""
    older = [{"cycle": "13", "eol": "2026-03-30", "extendedSupport": True}, {"cycle": "18", "eol": False}]
    found = end_changes(written(tmp_path, older, "amazon-rds-postgresql.json"))
    assert found.changes[["engine", "version", "days"]].to_numpy().tolist() == [["rds_postgresql", "13", 30]]
    newer = {"result": {"name": "amazon-documentdb", "releases": [{"name": "5.0", "eolFrom": "2029-03-01"}]}}
    (row,) = end_changes(written(tmp_path, newer)).changes.itertuples()
    assert (row.engine, row.version, row.change) == ("documentdb", "5.0", "this deadline is announced now")
    assert end_changes(written(tmp_path, older, "mine.json"), "rds_postgresql").compared == 1


def test_the_command_prints_the_change_and_counts(tmp_path: Path) -> None:
    answer = {"DBMajorEngineVersions": [major("postgres", "16", "2029-03-31")]}
    shown = CliRunner().invoke(main, ["lifecycle", "refresh", written(tmp_path, answer)])
    assert shown.exit_code == 0
    assert "this deadline moved by 31 days, later" in shown.output
    assert "1 ends compared, 1 differ" in shown.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ('{"a": 1}', "is neither AWS's describe-db-major-engine-versions nor a product of endoflife.date"),
        ('{"DBMajorEngineVersions": [{"Engine": "mysql"}]}', "is not of the published form"),
        ('{"result": {"name": "mysq", "releases": []}}', "no engine has 'mysq' of endoflife.date as its source"),
        ('{"result": {"name": "mysql", "releases": [{"name": "8.0", "eolFrom": "soon"}]}}', "published form"),
        ("[1]", "no engine has 'answer'"),
    ],
)
def test_what_is_not_of_a_published_form_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "answer.json"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        end_changes(str(file))
    with pytest.raises(InputError, match="cannot be read"):
        end_changes(str(tmp_path / "nothing.json"))

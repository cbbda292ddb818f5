"""What a batch needs of an object store: whole reports, a journal that survives a kill, one clear message."""

from __future__ import annotations

import hashlib
import pickle
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from s3fs import S3FileSystem

from tco.batches.destinations import JOURNAL, JOURNAL_PARTS, LocalFolder, RemoteFolder, destination_at
from tco.errors import InputError

pytestmark = pytest.mark.server


@pytest.fixture
def folder(object_store: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteFolder]:
    object_store.use(monkeypatch)
    found = destination_at(f"s3://reports/{uuid.uuid4().hex}")
    assert isinstance(found, RemoteFolder)
    return found


def contents(**texts: str) -> dict[str, bytes]:
    return {name.replace("_", "."): text.encode() for name, text in texts.items()}


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def names(folder: RemoteFolder) -> list[str]:
    return sorted(folder.files.find(""))


def test_a_report_that_was_written_is_held_and_one_that_changed_is_not(folder: RemoteFolder) -> None:
    made = contents(
        orders_html="<p>page</p>", costs_csv="a,b", manifest_json='{"files": {"orders.html": "", "costs.csv": ""}}'
    )
    folder.write_report("orders", made)
    assert names(folder) == ["orders/costs.csv", "orders/manifest.json", "orders/orders.html"]
    assert folder.files.cat_file("orders/orders.html") == b"<p>page</p>"
    assert folder.files.info("orders/orders.html")["ContentType"] == "text/html; charset=utf-8"

    again = destination_at(folder.url)
    assert again.holds_report("orders", hashes(made))
    assert not again.holds_report("orders", hashes(made | contents(manifest_json="{}")))
    assert not again.holds_report("orders", hashes(made | contents(more_csv="")))
    assert not again.holds_report("payments", hashes(made))


def test_reports_of_combinations_that_are_no_more_are_found(folder: RemoteFolder) -> None:
    for name in ("orders", "payments", "carts"):
        folder.write_report(name, contents(a_csv="1", manifest_json="{}"))
    folder.write_file("index.html", b"")
    folder.write_file("notes/kept.txt", b"")  # no report: it has no manifest
    assert folder.other_reports({"payments"}) == ["carts", "orders"]
    assert folder.other_reports({"payments", "carts", "orders", "baskets"}) == []


def test_files_that_an_earlier_report_had_besides_are_removed(folder: RemoteFolder) -> None:
    folder.write_report("orders", contents(a_csv="1", b_csv="2", manifest_json='{"files": {"a.csv": "", "b.csv": ""}}'))
    folder.write_report("orders", contents(a_csv="3", manifest_json='{"files": {"a.csv": ""}}'))
    assert names(folder) == ["orders/a.csv", "orders/manifest.json"]


def test_the_journal_is_there_for_the_next_run_though_this_one_never_ends(folder: RemoteFolder) -> None:
    opened = folder.opened()
    opened.__enter__()
    for number in range(50):
        folder.append_to_journal(f'{{"number": {number}}}')
    folder._parts.close()  # what a killed run has written
    lines = destination_at(folder.url).read_journal()
    assert lines == [f'{{"number": {number}}}' for number in range(50)]
    assert 2 <= len([name for name in names(folder) if name.startswith(JOURNAL_PARTS)]) < 50, "lines share parts"

    later = destination_at(folder.url)
    with later.opened():
        later.append_to_journal("later")
    assert destination_at(folder.url).read_journal()[-1] == "later"
    opened.__exit__(None, None, None)


def test_a_whole_journal_takes_the_place_of_its_parts(folder: RemoteFolder) -> None:
    with folder.opened():
        folder.append_to_journal("first")
        folder.append_to_journal("second")
        folder.write_file(JOURNAL, b"all\n")
    assert names(folder) == [JOURNAL]
    assert folder.read_journal() == ["all"]


def test_a_file_can_be_removed_twice(folder: RemoteFolder) -> None:
    folder.write_file("index.html", b"page")
    folder.remove_file("index.html")
    folder.remove_file("index.html")
    assert names(folder) == []


def test_it_travels_as_its_address(folder: RemoteFolder) -> None:
    with folder.opened():
        travelled = pickle.loads(pickle.dumps(folder))
    travelled.write_file("index.html", b"page")
    assert travelled.url == folder.url
    assert "index.html" in names(folder)


def test_a_bucket_that_is_not_there_is_said_so(folder: RemoteFolder) -> None:
    with (
        pytest.raises(
            InputError, match=r"--out: cannot be read or written: .*bucket does not exist \(got 's3://nowhere/x'\)"
        ),
        destination_at("s3://nowhere/x").opened(),
    ):
        pass


def test_missing_credentials_are_said_so(folder: RemoteFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError, match="Unable to locate credentials"), destination_at("s3://reports/x").opened():
        pass


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.filesystem", missing)
    with pytest.raises(
        InputError, match=r"--out: needs the `s3` extra: pip install 'tco\[s3\]' \(got 's3://reports/x'\)"
    ):
        destination_at("s3://reports/x")


@pytest.mark.parametrize("given_as", [Path.as_uri, str, Path], ids=["address", "text", "path"])
def test_a_folder_of_this_machine_may_be_given_in_either_way(
    given_as: Callable[[Path], str | Path], tmp_path: Path
) -> None:
    folder = tmp_path / "reports of june"
    assert destination_at(given_as(folder)) == LocalFolder(folder)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("s3://", "names no place to write to"),
        ("nosuch://bucket/x", "nosuch is no object store that is known; .*begins with one of s3, "),
        ("memory://x", "memory is no object store"),
        ("oci://bucket/x", "cannot be written to: .*ocifs"),  # a store, for which nothing is installed
    ],
)
def test_an_address_that_cannot_be_written_to_is_refused(out: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        destination_at(out)

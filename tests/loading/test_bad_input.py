# ruff: noqa: E501 (a row of the table is a line)
"""Wrong input gives one clear message with file, path and what would be valid; never a traceback, never a number.

The same holds for anything that a fuzzer makes of a valid scenario: an `InputError`, or a ledger of finite numbers.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import FORMER, InputError
from tco.evaluation.ledger import Ledger
from tco.loading.loading import baseline
from tco.sampling.designs import Design

SOURCE = {"title": "Somebody", "as_of": "2026-11-01", "kind": "judgement"}
PRICE = {"service": "AmazonRDS", "region": "us-east-1", "item": "storage_gp3", "deployment": "multi_az",
         "unit": "GB-month", "price": 0.2, "source": SOURCE}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small scenario with one value put at a dotted path (assumption paths after `assumptions/`)."""
    raw = scenario()
    if path.startswith("assumptions/"):
        raw["assumptions"] = {path.removeprefix("assumptions/"): value}
        return raw
    *parts, last = path.split(".")
    node = raw
    for part in parts:
        node = node.setdefault(part, {})
    node[last] = value
    return raw


def without(path: str) -> dict[str, Any]:
    raw = scenario()
    *parts, last = path.split(".")
    node = raw
    for part in parts:
        node = node[part]
    del node[last]
    return raw


# What is wrong, the path that the message names, and words of it that say what would be valid.
FAULTY: list[tuple[str, Any, str, str]] = [
    ("misspelt key", changed("month", 12), "month", "months"),
    ("misspelt key of a group", changed("fleet.shop.cluster", 12), "fleet.shop.cluster", "clusters"),
    ("misspelt key of a workload", changed("fleet.shop.workload.reads", 1), "fleet.shop.workload.reads", "reads_per_second"),
    ("misspelt key of an option", changed("options.stay.deploymnt", "multi_az"), "options.stay.deploymnt", "deployment"),
    ("misspelt key of a group of an option", changed("options.stay.groups", {"shop": {"metod": "rolling"}}), "options.stay.groups.shop.metod", "method"),
    ("misspelt assumption", changed("assumptions/labour.enginer_rate", 1), "labour.enginer_rate", "labour.engineer_rate"),
    ("misspelt key of an assumption", changed("assumptions/labour.engineer_rate", {"valu": 1}), "labour.engineer_rate.valu", "value"),
    ("missing name", without("name"), "name", "missing"),
    ("missing fleet", without("fleet"), "fleet", "missing"),
    ("missing start", without("start"), "start", "missing"),
    ("missing clusters", without("fleet.shop.clusters"), "fleet.shop.clusters", "missing"),
    ("missing version", without("fleet.shop.version"), "fleet.shop.version", "newest"),
    ("missing instance class", without("fleet.shop.instance_class"), "fleet.shop.instance_class", "instance_class"),
    ("missing workload", without("fleet.shop.workload"), "fleet.shop.workload", "workload"),
    ("no group at all", changed("fleet", {}), "fleet", "at least one group"),
    ("no option", changed("options", {}), "options", "two or more"),
    ("a single option", changed("options", {"stay": STAY}), "options", "two or more"),
    ("an option without a platform", changed("options", {"stay": {"policy": "newest"}, "other": STAY}), "options.stay.platform", "platform"),
    ("unknown reference", changed("reference", "stya"), "reference", "stay"),
    ("unknown platform", changed("options.stay.platform", "rsd"), "options.stay.platform", "rds"),
    ("unknown platform of a group", changed("fleet.shop.platform", "rsd"), "fleet.shop.platform", "rds"),
    ("unknown engine", changed("fleet.shop.engine", "mysq"), "fleet.shop.engine", "mysql"),
    ("an engine the platform does not run", changed("fleet.shop.engine", "mongodb"), "fleet.shop.engine", "mysql"),
    ("unknown version", changed("fleet.shop.version", "8.1"), "fleet.shop.version", "8.0"),
    ("a version that is a number", changed("fleet.shop.version", 8.0), "fleet.shop.version", "quotes"),
    ("a version not yet released", {**changed("fleet.shop.version", "8.4"), "start": "2020-01"}, "fleet.shop.version", "released"),
    ("a group created after the start", changed("fleet.shop.created", "2027-01-02"), "fleet.shop.created", "2027-01-01"),
    ("unknown Region", changed("fleet.shop.region", "us-esat-1"), "fleet.shop.region", "us-east-1"),
    ("unknown environment", changed("fleet.shop.environment", "prod"), "fleet.shop.environment", "production"),
    ("unknown instance class", changed("fleet.shop.instance_class", "db.r6g.lrge"), "fleet.shop.instance_class", "db.r6g.large"),
    ("unknown instance class of an option", changed("options.stay.instance_class", "db.r6g.lrge"), "options.stay.instance_class", "db.r6g.large"),
    ("a class that the Region lacks", {**changed("fleet.shop.region", "us-west-2-lax-1"), "options": {"stay": STAY, "b": STAY}}, "fleet.shop", "us-west-2-lax-1"),
    ("unknown deployment", changed("options.stay.deployment", "multi-az"), "options.stay.deployment", "multi_az"),
    ("unknown policy", changed("options.stay.policy", "newst"), "options.stay.policy", "newest"),
    ("policy without its months", changed("options.stay.policy", "asap"), "options.stay.policy", "asap:"),
    ("policy of no months", changed("options.stay.policy", "every:0"), "options.stay.policy", "every"),
    ("unknown method", changed("options.stay.method", "bluegreen"), "options.stay.method", "blue_green"),
    ("unknown capacity", changed("options.dynamodb.capacity", "ondemand"), "options.dynamodb.capacity", "on_demand"),
    ("unknown term", changed("options.stay.term", "5yr"), "options.stay.term", "1yr_no_upfront"),
    ("a term without a price", {**changed("fleet.shop.region", "af-south-1"), "options": {"stay": {**STAY, "term": "3yr_partial_upfront"}, "b": STAY}}, "options.stay.term", "own price"),
    ("a group that is not in the fleet", changed("options.stay.groups", {"shp": {"method": "rolling"}}), "options.stay.groups.shp", "shop"),
    ("unknown load shape", changed("fleet.shop.workload.load", "nightly"), "load", "nightly_batch"),
    ("negative clusters", changed("fleet.shop.clusters", -1), "fleet.shop.clusters", "greater than or equal to 0"),
    ("half a cluster", changed("fleet.shop.clusters", 1.5), "fleet.shop.clusters", "integer"),
    ("clusters as text", changed("fleet.shop.clusters", "4"), "fleet.shop.clusters", "integer"),
    ("clusters as yes", changed("fleet.shop.clusters", True), "fleet.shop.clusters", "integer"),
    ("too many clusters", changed("fleet.shop.clusters", 10**9), "fleet.shop.clusters", "less than or equal"),
    ("no instances", changed("fleet.shop.instances", 0), "fleet.shop.instances", "greater than or equal to 1"),
    ("negative storage", changed("fleet.shop.storage_gb", -5), "fleet.shop.storage_gb", "greater than or equal to 0"),
    ("storage that is not a number", changed("fleet.shop.storage_gb", float("nan")), "fleet.shop.storage_gb", "finite"),
    ("infinite storage", changed("fleet.shop.storage_gb", float("inf")), "fleet.shop.storage_gb", "finite"),
    ("huge storage", changed("fleet.shop.storage_gb", 1e300), "fleet.shop.storage_gb", "less than or equal"),
    ("negative load", changed("fleet.shop.workload.reads_per_second", -1), "fleet.shop.workload.reads_per_second", "greater than or equal to 0"),
    ("items of no size", changed("fleet.shop.workload.item_bytes", 0), "fleet.shop.workload.item_bytes", "greater than 0"),
    ("items larger than DynamoDB holds", changed("fleet.shop.workload.item_bytes", 1_000_000), "item_bytes", "400 KB"),
    ("hourly load of the wrong length", changed("fleet.shop.workload.load", [1, 2, 3]), "load", "24"),
    ("an hourly load of nothing", changed("fleet.shop.workload.load", [0] * 24), "load", "0"),
    ("negative hours a month", changed("options.stay.upgrade_hours_per_month", -3), "options.stay.upgrade_hours_per_month", "greater than 0"),
    ("start without a month", changed("start", "2027"), "start", "YYYY-MM"),
    ("start in month 13", changed("start", "2027-13"), "start", "YYYY-MM"),
    ("start on a day", changed("start", "2027-01-15"), "start", "YYYY-MM"),
    ("start as a number", changed("start", 2027), "start", "YYYY-MM"),
    ("start long ago", changed("start", "1066-10"), "start", "1990-01"),
    ("no months", changed("months", 0), "months", "greater than or equal to 1"),
    ("too many months", changed("months", 100_000), "months", "less than or equal"),
    ("a day that is none", changed("prices_as_of", "2026-02-30"), "prices_as_of", "day"),
    ("no assumptions but a list", changed("assumptions", ["labour.engineer_rate"]), "assumptions", "mapping"),
    ("an assumption as text", changed("assumptions/labour.engineer_rate", "120"), "labour.engineer_rate", "expected a number"),
    ("a negative rate", changed("assumptions/labour.engineer_rate", -1), "labour.engineer_rate", "greater than or equal to 0"),
    ("a rate that is not a number", changed("assumptions/labour.engineer_rate", float("nan")), "labour.engineer_rate", "finite"),
    ("a huge rate", changed("assumptions/labour.engineer_rate", 1e308), "labour.engineer_rate", "less than or equal"),
    ("a share above one", changed("assumptions/downtime.affected_share", 1.5), "downtime.affected_share", "0 to 1"),
    ("a learning rate that unteaches", changed("assumptions/upgrades.learning_rate", 1.2), "upgrades.learning_rate", "0.5 to 1"),
    ("low above high", changed("assumptions/labour.engineer_rate", {"low": 150, "high": 80}), "labour.engineer_rate", "low 150 is above high 80"),
    ("low without high", changed("assumptions/labour.engineer_rate", {"low": 150}), "labour.engineer_rate", "needs low and high"),
    ("a value beside its range", changed("assumptions/labour.engineer_rate", {"low": 80, "high": 120, "value": 150}), "labour.engineer_rate", "median"),
    ("an unknown shape", changed("assumptions/labour.engineer_rate", {"value": 3, "shape": "normla"}), "labour.engineer_rate.shape", "normal"),
    ("a source without a date", changed("assumptions/labour.engineer_rate", {"value": 3, "source": {"title": "x", "kind": "measured"}}), "labour.engineer_rate.source.as_of", "missing"),
    ("a source of an unknown kind", changed("assumptions/labour.engineer_rate", {"value": 3, "source": {**SOURCE, "kind": "rumour"}}), "labour.engineer_rate.source.kind", "judgement"),
    ("a price without a source", changed("prices", [{**PRICE, "source": None}]), "prices.0.source", "source"),
    ("a negative price", changed("prices", [{**PRICE, "price": -1}]), "prices.0.price", "greater than or equal to 0"),
    ("a price per something else", changed("prices", [{**PRICE, "unit": "GB"}]), "prices.0.unit", "GB-month"),
    ("a price with an unknown key", changed("prices", [{**PRICE, "class": "db.r6g.large"}]), "prices.0.class", "instance_class"),
    ("prices that are no list", changed("prices", {"x": 1}), "prices", "tuple|list"),
    ("a correlation above one", changed("correlations", [{"between": ["labour.engineer_rate", "labour.staff_turnover"], "value": 2}]), "correlations.0.value", "less than or equal to 1"),
    ("a correlation with itself", changed("correlations", [{"between": ["labour.engineer_rate", "labour.engineer_rate"], "value": 0.5}]), "correlations.0.between", "between two assumptions"),
    ("correlations that cannot hold together", changed("correlations", [
        {"between": ["labour.engineer_rate", "operations.page_hours"], "value": 0.9},
        {"between": ["labour.engineer_rate", "operations.routine_hours_managed"], "value": 0.9},
        {"between": ["operations.page_hours", "operations.routine_hours_managed"], "value": -0.9},
    ]), "correlations", "cannot hold together"),
    ("a correlation with nothing", changed("correlations", [{"between": ["labour.engineer_rate", "labour.x"], "value": 0}]), "correlations.0", "labour."),
    ("a name with a dot", changed("fleet", {"a.b": group()}), "fleet", "without a dot"),
    ("an empty name", changed("fleet", {"": group()}), "fleet", "printable"),
    ("a very long name", changed("fleet", {"x" * 5000: group()}), "fleet", "100"),
    ("a fleet that is a list", changed("fleet", [group()]), "fleet", "mapping"),
    ("a group that is a number", changed("fleet.shop", 4), "fleet.shop", "mapping|Group"),
    ("options that are text", changed("options", "stay"), "options", "mapping"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "path", "valid"), [case[1:] for case in FAULTY], ids=[case[0] for case in FAULTY]
)  # fmt: skip
def test_the_message_names_file_path_and_what_would_be_valid(
    raw: dict[str, Any], path: str, valid: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True), "utf-8")
    with pytest.raises(InputError) as caught:
        tco.load_scenario(file)
    message = str(caught.value)
    assert str(file) in message
    assert path in message
    assert any(words in message for words in valid.split("|")), message
    assert len(caught.value.problems) <= 5, message
    assert "\n\n" not in message
    assert len(message) < 2000


def test_all_faults_of_a_file_are_shown_at_once() -> None:
    raw = changed("fleet.shop.clusters", -1)
    raw["months"], raw["colour"], raw["assumptions"] = (
        0,
        "red",
        {"labour.engineer_rat": 1, "downtime.affected_share": 2},
    )
    with pytest.raises(InputError) as caught:
        tco.load_scenario(raw)
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"fleet.shop.clusters", "months", "colour", "assumptions.labour.engineer_rat",
                     "assumptions.downtime.affected_share"}  # fmt: skip


# -- files that are no scenarios -------------------------------------------------------------------------------------

FILES = {
    "empty": b"",
    "a comment": b"# nothing\n",
    "a list": b"- 1\n- 2\n",
    "a number": b"42\n",
    "text": b"just some words\n",
    "binary": bytes(range(256)),
    "an image": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
    "latin letters": "name: caf\xe9\n".encode("latin-1"),
    "a null byte": b"name: a\x00b\n",
    "a tab": b"name: x\n\tstart: 2027-01\n",
    "an open bracket": b"name: [x\n",
    "an open quote": b'name: "x\n',
    "a key twice": b"name: x\nname: y\n",
    "a group twice": b"name: x\nfleet: {a: {clusters: 1}, a: {clusters: 2}}\n",
    "two documents": b"name: x\n---\nname: y\n",
    "a key that is a list": b"? [a, b]\n: 1\n",
    "a key that is a set": b"? !!set {a, b}\n: 1\n",
    "an object": b"!!python/object/apply:os.system ['true']\n",
    "an unknown tag": b"name: !secret x\n",
    "an alias without an anchor": b"name: *x\n",
    "a mapping that holds itself": b"&a\nname: *a\n",
    "JSON that is cut off": b'{"name": "x", "fleet": {',
    "a deep nest": b"[" * 20_000,
    "a deep nest of keys": b"{a: " * 5_000,
    "a bomb of aliases": b"".join(
        [b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"]
        + [b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 30)]
        + [b"fleet: *a29\n"]
    ),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_no_scenario(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        tco.load_scenario(file)
    assert str(file) in str(caught.value)
    assert len(str(caught.value)) < 10_000


def test_what_is_no_file(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "missing.yaml", "quickstrat", "", "\0", 3, None, ["quickstart"]):
        with pytest.raises(InputError):
            tco.load_scenario(source)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="quickstart"):
        tco.load_scenario("quickstrat")


@pytest.mark.parametrize("command", ["compare", "check", "ledger", "calendar"])
@pytest.mark.parametrize("number", [0, 22, 28, 31, 52, 79])
def test_the_command_line_says_the_same_and_ends_with_one(command: str, number: int, tmp_path: Path) -> None:
    _, raw, path, _ = FAULTY[number]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(raw, sort_keys=False), "utf-8")
    result = CliRunner().invoke(main, [command, str(file)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert f"{file}:" in result.stderr
    assert path in result.stderr


def test_a_report_of_a_wrong_file_writes_nothing(tmp_path: Path) -> None:
    file, out = tmp_path / "mine.yaml", tmp_path / "reports"
    file.write_text(yaml.safe_dump(changed("fleet.shop.engine", "mysq")), "utf-8")
    result = CliRunner().invoke(main, ["report", str(file), "--out", str(out)])
    assert result.exit_code == 1
    assert "mysql" in result.stderr
    assert not out.exists() or not list(out.iterdir())


def test_a_ledger_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    out = tmp_path / "ledger.csv"
    result = CliRunner().invoke(main, ["ledger", "quickstart", "--set", "fleet.orders.engine=mysq", "--out", str(out)])
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


# -- anything else ---------------------------------------------------------------------------------------------------

GARBAGE = st.one_of(
    st.sampled_from([
        None, True, "", "x", -1, 0, 1, 2.5, 10**400, 1e308, 1e-300, -0.0, float("nan"), float("inf"), float("-inf"),
        "<script>alert(1)</script>", "it's \"so\"", "Ω" * 300, "\0", "a\nb", "newest", "8.0", "5.5", "rds", "dynamodb",
        "aurora", "multi_az", "every:1", "asap:0", "2027-01", [], {}, [[]], {"a": {}}, [None], {"shop": None}, [1] * 24,
        [0] * 168, {1: 2}, b"bytes", (1, 2), {3}, range(3),
    ]),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                 max_leaves=6),
)  # fmt: skip
FULL = scenario(
    months=13,
    options={
        "stay": {**STAY, "upgrade_hours_per_month": 100, "groups": {"shop": {"instances": 2}}},
        "aurora": {"platform": "aurora"},
        "dynamodb": {**DYNAMODB, "migration_hours_per_month": 100},
    },
    assumptions={
        "labour.engineer_rate": {"low": 80, "high": 150, "source": SOURCE},
        "downtime.incident_minutes": {"parts": [{"weight": 1, "value": 60}, {"weight": 1, "low": 100, "high": 300}]},
        "finance.discount_rate": 0.05,
        "upgrades.preparation_months": 1,
        "operations.archive_retention_years": 3,
    },
    prices=[PRICE],
    correlations=[{"between": ["labour.engineer_rate", "labour.staff_turnover"], "value": 0.3}],
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a nested value."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, child in children for place in ((*path, key), *places(child, (*path, key)))]


PLACES = places(FULL)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A full scenario in which one to three things were dropped, renamed or replaced."""
    raw = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        *parts, last = draw(st.sampled_from(PLACES))
        node: Any = raw
        try:
            for part in parts:
                node = node[part]
            kind = draw(st.sampled_from(("drop", "rename", "replace", "replace", "replace")))
            if kind == "drop":
                del node[last]
            elif kind == "rename" and isinstance(node, dict):
                node[draw(st.text(max_size=8))] = node.pop(last)
            else:
                node[last] = draw(GARBAGE)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    return raw


LONGEST_MESSAGE = 20_000


def check(raw: Any, **keywords: Any) -> None:
    """Either an InputError whose message can be read, or a ledger of finite numbers."""
    try:
        ledger = tco.evaluate(tco.load_scenario(raw, **keywords))
    except InputError as error:
        said = str(error)
    else:
        said = ""
        check_numbers(ledger)
    assert len(said) < LONGEST_MESSAGE


def check_numbers(ledger: Ledger) -> None:
    for measure in ("cost", "npv", "labour hour", "downtime minute"):
        assert np.isfinite(ledger.total(["option", "line"], measure).to_numpy()).all()
    compared = tco.compare(ledger)
    assert np.isfinite(compared[["total", "npv", "labour_hours", "downtime_minutes"]].to_numpy()).all()


@settings(max_examples=200)
@given(spoilt())
def test_a_spoilt_scenario_is_refused_or_evaluated(raw: dict[str, Any]) -> None:
    check(raw)


@settings(max_examples=60)
@given(st.sampled_from(sorted(baseline())), GARBAGE)
def test_any_value_of_any_assumption_is_refused_or_evaluated(path: str, value: Any) -> None:
    check(FULL, set={path: value})


def test_every_assumption_may_stand_at_its_bounds() -> None:
    """Two rows an assumption: it at the smallest and at the largest value that a scenario may state."""
    loaded = tco.load_scenario(FULL)
    entries = loaded.assumptions.items()
    columns = {path: np.full(2 * len(entries), entry.mean) for path, entry in entries}
    for place, (path, entry) in enumerate(entries):
        columns[path][2 * place : 2 * place + 2] = entry.at_least, entry.largest
    check_numbers(tco.evaluate(loaded, Design("bounds", 2 * len(entries), columns)))


@pytest.mark.parametrize(
    "path", ["upgrades.preparation_months", "operations.archive_retention_years", "upgrades.plan_hours"]
)
def test_dates_bear_the_bounds_of_what_they_are_made_of(path: str) -> None:
    entry = baseline()[path]
    for value in (entry.at_least, entry.largest):
        check(FULL, set={path: value})


@settings(max_examples=60)
@given(st.sampled_from(["fleet.shop.clusters", "months", "options.stay.policy", "x", "fleet", "", "..", "assumptions"])
       | st.text(max_size=20), GARBAGE)  # fmt: skip
def test_any_path_set_to_anything_is_refused_or_evaluated(path: str, value: Any) -> None:
    check(FULL, set={path: value})


@settings(max_examples=60)
@given(GARBAGE)
def test_anything_in_place_of_a_scenario_or_a_fleet_size_is_refused_or_evaluated(value: Any) -> None:
    if not isinstance(value, str):  # text is a path
        check(value)
    check(FULL, fleet_size=value)


def test_a_setting_that_is_gone_names_what_came_in_its_place() -> None:
    known = tco.load_scenario("quickstart").assumptions
    for gone, instead in FORMER.items():
        assert gone not in known
        assert set(instead) <= set(known)
        with pytest.raises(tco.InputError, match=f"{gone}.* is gone, and {' and '.join(instead)} came in its place"):
            tco.load_scenario("quickstart", set={gone: 0.2})
    raw = {"based_on": "quickstart", "assumptions": {"operations.standby_pay_share": 0}}
    with pytest.raises(tco.InputError, match=r"assumptions\.operations\.standby_pay_share: .*standby_pay_per_week"):
        tco.load_scenario(raw)

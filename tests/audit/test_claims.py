"""Published claims and what is wrong with them, as their readers have found out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tco
from tco.audit.claim_subjects import outage_warnings
from tco.audit.claims import claim_table
from tco.cli import main
from tests.small_scenarios import scenario

# Right values worked out by hand: 4 x 730 x 0.20; 56 x 744 x 0.10; 1,500 x 0.125 + 600 x 0.625 + 100 x 0.25; ...
EXPECTED = {
    "usage_ai_year_3": ("wrong", 584, "wrong year"),
    "cloudburn_year_3": ("confirmed", 292, ""),
    "vantage_16_vcpu": ("confirmed", 14016, "below the bound"),
    "andrevops_year_1": ("confirmed", 4166.40, ""),
    "infracost_on_demand": ("wrong", 587.50, "4.426 times"),
    "mallesh_on_demand": ("wrong", 12.50, "stale price"),
    "mallesh_provisioned": ("wrong", 94.90, "factor of 10"),
    "costpatrol_read_unit": ("wrong", 0.5, "strongly consistent"),
    "mscloudtech_aurora": ("wrong", 423.40, "factor of 10"),
    "sst_multi_az": ("wrong", None, "the range is 5 to 45 minute"),
    "stableapp_year_2": ("wrong", 3, "no single change"),
    "gartner_minute": ("wrong", None, "enterprise outage cost per cluster"),
    "itic_hour": ("wrong", None, "enterprise outage cost per cluster"),
    "dynamodb_outage_2023": ("not checkable", None, "event"),
    "calcbee_write": ("wrong", 0.625, "stale price"),
    "atomic_object_share": ("wrong", 77, "depends on the class"),
}


def test_published_claims_have_their_verdicts() -> None:
    found = claim_table().set_index("name")
    assert set(found.index) == set(EXPECTED)
    for name, (verdict, computed, cause) in EXPECTED.items():
        assert found.at[name, "verdict"] == verdict, name
        assert cause in found.at[name, "cause"], name
        if computed is not None:
            assert found.at[name, "computed"] == pytest.approx(computed, rel=2e-3), name
    assert found["link"].str.startswith("https://").all()


BILL: dict[str, Any] = {
    "subject": "bill",
    "inputs": {"platform": "rds", "region": "us-east-1", "engine": "mysql", "instance_class": "db.r6g.large"},
    "unit": "USD/month",
    "date": "2026-11-01",
}


def test_a_reserved_price_taken_for_the_list_price_is_recognised() -> None:
    inputs = {**BILL["inputs"], "term": "1yr_no_upfront"}
    reserved = tco.check_claim({**BILL, "inputs": inputs, "claimed": 0}).computed
    found = tco.check_claim({**BILL, "claimed": reserved})
    assert found["verdict"] == "wrong"
    assert found["cause"].startswith("list against reserved: that of 1yr_no_upfront")


def test_years_and_months_are_converted() -> None:
    monthly = tco.check_claim({**BILL, "claimed": 156.95})
    yearly = tco.check_claim({**BILL, "claimed": 12 * 156.95, "unit": "USD/year"})
    assert monthly.verdict == yearly.verdict == "confirmed"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"unit": "hours"}, "the claim is in hours"),
        ({"inputs": {"platform": "rds"}}, "does not say its region"),
        ({"inputs": {**BILL["inputs"], "instance_class": "db.r6g.lage"}}, "db.r6g.large"),
        ({"inputs": {**BILL["inputs"], "instances": [1, 2]}}, "inputs.instances: is one value"),
        ({"subject": "unit price", "inputs": {**BILL["inputs"], "item": "instance", "instances": [1]}}, "is one value"),
    ],
)
def test_what_cannot_be_computed_is_not_checkable(change: dict[str, Any], cause: str) -> None:
    found = tco.check_claim({**BILL, "claimed": 100, **change})
    assert found.verdict == "not checkable"
    assert cause in found.cause


def test_what_is_no_claim_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tco.InputError, match="claimed: is missing"):
        tco.check_claim(BILL)
    with pytest.raises(tco.InputError, match="did you mean 'usage_ai_year_3'"):
        tco.check_claim("usage_ai_year3")
    done = CliRunner().invoke(main, ["claim", "calcbee_write"])
    assert "stale price" in done.stdout


def test_values_of_enterprises_draw_a_warning() -> None:
    """5,600 USD a minute on each cluster would be 2.9 billion USD a year on every one."""
    stated = {"downtime.value_per_minute": 5600}
    (warning,) = outage_warnings(tco.load_scenario(scenario(), set=stated))
    assert "2,945 million USD a year" in warning
    assert not outage_warnings(tco.load_scenario(scenario()))


@pytest.mark.parametrize("claimed", [True, "100", float("nan"), None])
def test_a_claimed_figure_is_a_number(claimed: object) -> None:
    with pytest.raises(tco.InputError, match="claimed"):
        tco.check_claim({**BILL, "claimed": claimed})


@pytest.mark.parametrize("odd", [{"a": 1}, [1], True, None, "x", float("nan"), 10**400, -0.5])
def test_an_input_of_another_kind_is_said_to_be_one(odd: object) -> None:
    """Each number of a claim as what is none, each name as a number."""
    outage = {"subject": "outage", "claimed": 5600, "unit": "USD", "date": "2026-11-01", "link": "https://example.org"}
    if odd != -0.5:
        said = tco.check_claim({**outage, "inputs": {"minutes": odd}})
        assert said["verdict"] == "not checkable"
        assert said["cause"].startswith("inputs.minutes: is a finite number")
    if odd != "x":
        for subject, inputs, name in (
            ("bill", {"platform": "dynamodb", "region": "us-east-1", "reads_per_month": 1e6}, "item"),
            ("doubled rate of extended support", {"version": "5.7"}, "engine"),
            ("assumption", {}, "path"),
        ):
            said = tco.check_claim({**outage, "subject": subject, "inputs": {**inputs, name: odd}})
            assert said["verdict"] == "not checkable"
            assert said["cause"].startswith(f"inputs.{name}: is a name")

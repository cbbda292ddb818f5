"""The published cases load, keep to their schema, and their derived figures follow from the ones that were read."""

from datetime import date, datetime

import pytest

from tco.errors import InputError
from tco.evidence.cases import Case, case, cases, parsed

MINIMAL = {
    "title": "A case",
    "kind": "band",
    "inputs": {},
    "observed": {"downtime": {"value": 5, "unit": "minute", "mark": "read"}},
    "sources": [{"title": "A post", "link": "https://example.org/post", "as_of": "2024-01-31"}],
    "sponsor": "independent",
    "lesson": "Something.",
}


def figure(name: str, part: str) -> float:
    found = {**case(name).inputs, **case(name).observed}[part]
    assert found.value is not None
    return found.value


def minutes_between(name: str) -> float:
    began, ended = (datetime.strptime(case(name).inputs[part].text, "%Y-%m-%d %H:%M %z") for part in ("began", "ended"))
    return (ended - began).total_seconds() / 60


def test_every_subject_of_the_published_cases_is_there() -> None:
    known = cases()
    assert {"github_mysql_8", "amazon_wallet", "extended_support_one_instance", "dynamodb_2025"} <= set(known)
    assert {found.kind for found in known.values()} == {"exact", "band", "sign", "guard"}


@pytest.mark.parametrize("found", cases().values(), ids=lambda found: found.id)
def test_a_case_is_dated_and_an_exact_one_has_numbers(found: Case) -> None:
    assert all(date(2010, 1, 1) <= source.as_of <= date(2026, 11, 30) for source in found.sources)
    if found.kind == "exact":
        assert all(seen.value is not None for seen in found.observed.values())
    if found.kind == "guard":
        assert found.sponsor == "AWS", "claims to be doubted are those of a party with an interest"


def test_extended_support_charges_are_vcpu_times_hours_times_rate() -> None:
    one, two = "extended_support_one_instance", "extended_support_two_instances"
    # 2 vCPU x 730 h x 0.10 = 146; 2 instances x 2 vCPU x 720 h x 0.10 = 288
    assert figure(one, "vcpu") * figure(one, "hours") * figure(one, "rate") == figure(one, "monthly_charge")
    assert figure(two, "instances") * figure(two, "vcpu") * figure(two, "hours") * figure(two, "rate") == pytest.approx(
        figure(two, "monthly_charge")
    )


def test_durations_of_outages_follow_from_their_clock_times() -> None:
    assert minutes_between("dynamodb_2015") == figure("dynamodb_2015", "duration") == 297
    assert minutes_between("dynamodb_2025") == figure("dynamodb_2025", "duration") == 172
    # October has 31 x 24 x 60 = 44,640 minutes
    assert figure("dynamodb_2025", "october_uptime") == pytest.approx(1 - 172 / 44_640, abs=5e-6)


def test_derived_figures_follow_from_those_read() -> None:
    netflix, preset, wallet = "netflix_cassandra", "preset_rds_17", case("amazon_wallet")
    assert figure(netflix, "clusters_per_person") == pytest.approx(41 / 3, abs=0.05)
    assert figure(netflix, "nodes_per_person") == 621 / 3
    assert figure(preset, "incident_over_normal") == figure(preset, "incident_downtime") / 15
    months, hours, rate = wallet.inputs["engineering_before"], 160, 92
    before, saved = wallet.observed["labour_before"], wallet.observed["labour_saved"]
    assert (before.low, before.high) == (months.low * hours * rate, months.high * hours * rate)
    assert (saved.low, saved.high) == pytest.approx((0.9 * before.low, 0.9 * before.high))


def test_an_unknown_case_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'github_mysql_8'"):
        case("github_mysql")


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"colour": "blue"}, "mine.colour", "unknown key 'colour'"),
        ({"kind": "maybe"}, "mine.kind", "'exact', 'band', 'sign' or 'guard'"),
        ({"observed": {}}, "mine.observed", "at least 1 item"),
        ({"sources": []}, "mine.sources", "at least 1 item"),
        ({"observed": {"x": {"value": 1, "unit": "parsec", "mark": "read"}}}, "mine.observed.x", "unknown unit"),
        ({"observed": {"x": {"unit": "minute", "mark": "read"}}}, "mine.observed.x", "either a value"),
        ({"observed": {"x": {"low": 3, "high": 2, "unit": "minute", "mark": "read"}}}, "mine.observed.x", "is above"),
        ({"observed": {"x": {"low": 3, "unit": "minute", "mark": "read"}}}, "mine.observed.x", "at_least"),
        ({"observed": {"x": {"high": 3, "unit": "minute", "mark": "read"}}}, "mine.observed.x", "at_most or below"),
        ({"observed": {"x": {"value": "5", "unit": "minute", "mark": "read"}}}, "mine.observed.x.value", "number"),
        ({"sources": [{"title": "t", "link": "ftp://x", "as_of": "2024-01-31"}]}, "mine.sources.0.link", "match"),
    ],
)
def test_a_faulty_case_is_refused_with_its_path(change: dict, path: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed("mine", {**MINIMAL, **change})
    assert path in [problem.path for problem in caught.value.problems]
    assert message in str(caught.value)


def test_a_case_cannot_be_changed() -> None:
    assert parsed("mine", MINIMAL).observed["downtime"].value == 5
    with pytest.raises(ValueError, match="frozen"):
        case("amazon_wallet").title = "Other"

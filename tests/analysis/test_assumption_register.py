"""From a number back to its sources: every line leads to assumptions and price rows, with their source and date."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from small_scenarios import group, scenario

import tco
from tco.analysis.assumption_register import assumptions_read, judgement_share, not_counted, price_ages, prices_read
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import CATALOGUE
from tco.report.prose.narrative import old_prices

OWN_PRICE = {
    "service": "AmazonRDS", "region": "us-east-1", "item": "storage_gp3", "deployment": "multi_az", "unit": "GB-month",
    "price": 0.11, "source": {"title": "Our agreement", "as_of": "2026-10-01", "kind": "measured"},
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    own = {"value": 90, "source": {"title": "Our finance team", "as_of": "2026-10-01", "kind": "measured"}}
    return tco.evaluate(tco.load_scenario(scenario(assumptions={"labour.engineer_rate": own})))


@pytest.mark.parametrize("category", list(CATALOGUE))
def test_every_line_of_a_category_leads_to_its_sources(ledger: Ledger, category: str) -> None:
    found = tco.explain(ledger, "stay", category)
    assert set(found["line"]) == set(CATALOGUE[category])
    named = found[found["quantity"] != 0].astype({"source": str, "as_of": str})
    assert named["name"].notna().all()
    assert len(named) > 0 or category == "transition"
    assert (named["source"].str.len() > 0).all()
    assert named["as_of"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    assert set(named["kind"]) <= {"assumption", "price"}
    total = ledger.total(["option", "category"]).iloc[0]["stay", category]
    once = found.drop_duplicates(["line", "unit"])["cost"].sum()
    assert once == pytest.approx(total)


def test_a_price_leads_to_its_row(ledger: Ledger) -> None:
    found = tco.explain(ledger, "stay", "infrastructure")
    compute = found[(found["line"] == "compute") & (found["kind"] == "price")].iloc[0]
    assert "db.r6g.large mysql multi_az" in compute["name"]
    assert compute["value_unit"] == "USD/instance hour"
    assert compute["value"] == pytest.approx(compute["cost"] / compute["quantity"])


def test_what_the_scenario_states_is_said_to_be_its_own(ledger: Ledger) -> None:
    found = tco.explain(ledger, "stay", "version upkeep")
    rate = found[found["name"] == "labour.engineer_rate"].iloc[0]
    assert (rate["value"], rate["source"], rate["source_kind"]) == (90, "Our finance team", "measured")


def test_a_line_without_anything_is_a_stated_zero(ledger: Ledger) -> None:
    found = tco.explain(ledger, "stay", "transition").query("line == 'data migration'")
    assert len(found) == 1
    assert (found["cost"] == 0).all()
    assert found["name"].isna().all()


@pytest.mark.parametrize(
    ("option", "category", "named"),
    [("sta", "infrastructure", "stay"), ("stay", "infra", "infrastructure"), ("", "", "valid|mean")],
)
def test_unknown_names(ledger: Ledger, option: str, category: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        tco.explain(ledger, option, category)


def test_the_register_lists_what_was_read_judgement_first(ledger: Ledger) -> None:
    found = assumptions_read(ledger)
    read = {path for line in ledger.lines() for path in line.assumptions}
    assert set(found["path"]) == read | {"finance.discount_rate"}  # every present value reads it, no line does
    judged = (found["kind"] == "judgement").tolist()
    assert judged == sorted(judged, reverse=True)
    for _, rows in found.groupby(found["kind"] == "judgement"):
        assert rows["cost"].is_monotonic_decreasing
    assert found["cost_share"].between(0, 1).all()
    assert found.set_index("path").loc["labour.engineer_rate", "changed"]


def test_the_register_has_stated_value_mean_and_median_apart() -> None:
    """Lognormal from 30 to 300: median 94.9 = sqrt(low x high), mean 94.9 x exp(0.7**2 / 2) = 121.2; no value."""
    stated = {"upgrades.regression_hours_per_design": {"low": 30, "high": 300}, "labour.engineer_rate": 90}
    found = assumptions_read(tco.evaluate(tco.load_scenario(scenario(assumptions=stated)))).set_index("path")
    hours, rate = (found.loc[path, ["value", "mean", "median"]].tolist() for path in stated)
    assert np.isnan(hours[0])
    assert hours[1:] == pytest.approx([121.2, 94.9], abs=0.05)
    assert rate == [90, 90, 90]


def test_the_share_resting_on_judgement_falls_when_numbers_are_measured() -> None:
    judged = judgement_share(tco.evaluate(tco.load_scenario(scenario()))).set_index("option")
    measured = {"title": "Our log", "as_of": "2026-10-01", "kind": "measured"}
    baseline = tco.load_scenario(scenario()).assumptions
    ours = {path: {"value": entry.mean, "source": measured} for path, entry in baseline.items()}
    known = judgement_share(tco.evaluate(tco.load_scenario(scenario(assumptions=ours)))).set_index("option")
    assert (judged["judgement_share"] > 0.1).all()
    assert judged["judgement_share"].between(0, 1).all()
    assert (known["judgement_share"] == 0).all()
    assert known["cost"].to_dict() == pytest.approx(judged["cost"].to_dict())


def test_price_rows_carry_what_was_paid_at_them() -> None:
    ledger = tco.evaluate(tco.load_scenario(scenario(prices=[OWN_PRICE], fleet={"shop": group(version="8.4")})))
    found = prices_read(ledger)
    assert list(found.columns) == ["name", "price", "unit", "region", "valid_from", "observed_on", "source", "cost"]
    assert found["cost"].is_monotonic_decreasing
    agreed = found[found["source"] == "Our agreement"].iloc[0]
    assert (agreed["price"], agreed["unit"]) == (0.11, "GB-month")
    compute = ledger.total(["option", "line"]).iloc[0]["stay", "compute"]
    assert found["cost"].max() >= compute


def test_no_clusters_rest_on_nothing() -> None:
    ledger = tco.evaluate(tco.load_scenario(scenario(), fleet_size=0))
    assert (assumptions_read(ledger)["cost_share"] == 0).all()
    assert (judgement_share(ledger)["judgement_share"] == 0).all()


def test_what_is_not_counted_depends_on_the_options() -> None:
    stays = {"stay": {"platform": "rds"}, "other": {"platform": "rds", "deployment": "multi_az"}}
    staying = not_counted(tco.load_scenario(scenario(options=stays)))
    moving = not_counted(tco.load_scenario(scenario()))
    assert list(moving.columns) == ["subject", "why"]
    assert set(staying["subject"]) < set(moving["subject"])
    always = " ".join(staying["subject"])
    assert all(subject in always for subject in ("Latency", "product work", "SDKs", "newer version gains"))
    assert any("Queries" in subject for subject in set(moving["subject"]) - set(staying["subject"]))
    stated = not_counted(tco.load_scenario(scenario(), set={"upgrades.instances_saved_per_step": 0.1}))
    assert set(moving["subject"]) - set(stated["subject"]) == {"What a newer version gains"}


@pytest.fixture(scope="module")
def priced() -> Ledger:
    return tco.evaluate(tco.load_scenario(scenario(prices=[OWN_PRICE])))


def test_ages_are_days_since_each_price_was_looked_up(priced: Ledger) -> None:
    ages = price_ages(priced, "2026-11-23")
    assert ages["age_days"].is_monotonic_decreasing
    for row in ages.to_dict("records"):
        assert row["observed_on"] + timedelta(days=row["age_days"]) == date(2026, 11, 23)
    (own,) = ages[ages["source"] == "Our agreement"]["age_days"]
    assert own == 53  # since 1 October


def test_a_report_warns_of_prices_older_than_a_stated_number_of_days(priced: Ledger) -> None:
    ages = price_ages(priced, "2026-11-23")
    said = str(old_prices(ages, 100))
    older = int((ages["age_days"] > 100).sum())
    assert 0 < older < len(ages)
    assert said.startswith(f"**Old prices.** {older} of {len(ages)} prices, with ")
    assert f"more than 100 days ago, the oldest on {ages['observed_on'].iloc[0]}" in said
    share = ages.loc[ages["age_days"] > 100, "cost"].sum() / ages["cost"].sum()
    assert f"with {share:.0%} of the bills" in said
    assert "tco prices refresh" in said


@pytest.mark.parametrize(
    ("services", "way"),
    [
        (["AmazonRDS"], "`tco prices refresh` reads newer ones."),
        (["AzureFlexible"], "It is for you to look up those of AzureFlexible and to state them under `prices`."),
        (
            ["Neon", "AmazonRDS", "AmazonEC2"],
            "newer ones of AmazonEC2 and AmazonRDS. It is for you to look up those of Neon ",
        ),
    ],
)
def test_a_refresh_is_offered_where_it_reads_the_service(services: list[str], way: str) -> None:
    names = [f"{service} somewhere instance" for service in services]
    ages = pd.DataFrame({"name": names, "observed_on": date(2025, 6, 17), "age_days": 500})
    assert "ago, the oldest on 2025-06-17. " in (said := str(old_prices(ages, 365)))
    assert way in said
    assert ("tco prices refresh" in said) == ("AmazonRDS" in services)


def test_it_says_nothing_of_young_prices(priced: Ledger) -> None:
    ages = price_ages(priced, "2026-11-23")
    assert str(old_prices(ages, int(ages["age_days"].max()))) == ""
    assert str(old_prices(ages.iloc[:0], 1)) == ""

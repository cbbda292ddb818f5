"""The ledger as FOCUS: names, types, closed lists and null rules of version 1.3, and nothing lost on the way."""

from __future__ import annotations

import json
import re
from io import StringIO

import pandas as pd
import pytest
import small_scenarios as small
from click.testing import CliRunner

import tco
from tco.billing.focus import _unit, focus_table
from tco.cli import main

MANDATORY = (
    "BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd "
    "BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost "
    "EffectiveCost HostProviderName InvoiceIssuerName ListCost PricingQuantity PricingUnit ServiceCategory ServiceName "
    "ServiceProviderName"
).split()
"""The columns that every Cost and Usage dataset has, as the specification's release of 1.3 lists them by its
`specification/datasets/cost_and_usage/columns`."""
NEVER_NULL = {*MANDATORY} - {"ChargeClass", "PricingQuantity", "PricingUnit"}
SERVICE_CATEGORIES = {"Databases", "Compute", "Storage", "Networking", "Other"}
TIMES = "Years|Months|Days|Hours|Minutes|Seconds"
UNIT = re.compile(rf"(\d+ )?[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)*(-({TIMES}))?")
"""Units as the specification's attribute UnitFormat has them: words, and a unit of time after a hyphen."""
NUMBERS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")


@pytest.fixture(scope="module")
def ledger() -> tco.Ledger:
    discount = {
        "discount.rds": {"value": 0.1, "source": {"title": "contract", "as_of": "2026-11-01", "kind": "quoted"}}
    }
    return tco.evaluate(tco.load_scenario(small.scenario(months=6, assumptions=discount)))


@pytest.fixture(scope="module")
def focus(ledger: tco.Ledger) -> pd.DataFrame:
    return focus_table(ledger)


def test_columns_types_and_nulls_are_those_of_focus(focus: pd.DataFrame) -> None:
    assert {*MANDATORY} <= {*focus}
    assert not focus[[*NEVER_NULL]].isna().any().any()
    own = [name for name in focus if name.startswith("x_")]
    assert list(focus)[-len(own) :] == own
    assert all(focus[name].dtype == float for name in NUMBERS)
    assert {*focus["ServiceCategory"]} <= SERVICE_CATEGORIES
    assert {*focus["ChargeCategory"]} <= {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}
    charged = focus[focus["ChargeCategory"].isin(["Usage", "Purchase"])]
    needed = ["ListUnitPrice", "ContractedUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit", "SkuId"]
    assert not charged[[*needed, "SkuPriceId"]].isna().any().any()
    assert (focus["ConsumedQuantity"].isna() == (focus["ChargeCategory"] != "Usage")).all()
    assert focus["BillingPeriodStart"].map(re.compile(r"\d{4}-\d\d-01T00:00:00Z").fullmatch).all()
    assert all(isinstance(json.loads(text), dict) for text in focus["Tags"].unique())
    assert (focus["HostProviderName"] == focus["ServiceProviderName"]).all()


def test_units_are_in_the_format_of_focus(focus: pd.DataFrame) -> None:
    others = (
        "capacity-unit hour", "capacity unit", "million change-record hours", "normalised instance hour", "MB/s-month",
        "GB", "vCPU-month", "IOPS-month", "million requests", "freeze day",
    )  # fmt: skip
    units = {*focus["PricingUnit"].dropna(), *map(_unit, others)}
    assert not [unit for unit in units if not UNIT.fullmatch(unit)]


def test_what_is_sold_by_the_class_says_which(focus: pd.DataFrame) -> None:
    hours = focus[(focus["PricingUnit"] == "Instance-Hours") & (focus["x_Line"] == "compute")]
    assert {json.loads(text)["InstanceType"] for text in hours["SkuPriceDetails"]} == {"db.r6g.large"}
    assert focus.loc[~focus["x_Billed"], "SkuPriceDetails"].isna().all()


def test_costs_are_the_products_of_prices_and_quantities(focus: pd.DataFrame) -> None:
    charged = focus[focus["ChargeCategory"] == "Usage"]
    product = charged["PricingQuantity"] * charged["ListUnitPrice"]
    pd.testing.assert_series_equal(product, charged["ListCost"], check_names=False)
    product = charged["PricingQuantity"] * charged["ContractedUnitPrice"]
    pd.testing.assert_series_equal(product, charged["ContractedCost"], check_names=False)


def test_nothing_is_lost_and_only_bills_are_billed(ledger: tco.Ledger, focus: pd.DataFrame) -> None:
    by_option = focus.groupby("SubAccountId")["EffectiveCost"].sum()
    for option, total in ledger.total("option").iloc[0].items():
        assert by_option[option] == pytest.approx(total)
    modelled = focus[~focus["x_Billed"]]
    assert (modelled["BilledCost"] == 0).all()
    assert {"Hours", "Minutes"} <= {*modelled["PricingUnit"]}
    assert modelled["ChargeDescription"].str.endswith("(modelled, not billed)").all()
    billed = focus[focus["x_Billed"]]
    assert (billed["BilledCost"] == billed["EffectiveCost"]).all()
    assert {"infrastructure"} < {*billed["x_Category"]} <= {"infrastructure", "version upkeep", "transition"}


def test_a_discount_stands_between_list_and_contract(focus: pd.DataFrame) -> None:
    hours = focus[(focus["PricingUnit"] == "Instance-Hours") & (focus["x_Line"] == "compute")]
    assert (hours["ContractedCost"] / hours["ListCost"]).to_numpy() == pytest.approx(0.9)


def test_the_command_prints_the_dataset() -> None:
    done = CliRunner().invoke(main, ["ledger", "quickstart", "--format", "focus", "--set", "months=1"])
    assert done.exit_code == 0, done.output
    assert {*MANDATORY} <= {*pd.read_csv(StringIO(done.stdout))}

"""Tables for people: grouped numbers, units in headings, everything escaped; the data stays whole beside them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tco
from tco import formats
from tco.display import tables, words
from tco.platforms import platform_names

HOSTILE = '<script>alert("1")</script>'


def test_numbers_are_grouped_and_units_stand_in_the_heading() -> None:
    frame = pd.DataFrame({"option": ["stay"], "cost": [1234567.891], "labour_hours": [3.25], "cost_share": [0.371]})
    html = tables.table(frame).html()
    assert "Cost (k\N{NO-BREAK SPACE}USD)" in html
    assert ">1,230<" in html
    assert ">3.2<" in html
    assert "37%" in html


def test_every_number_has_three_digits_and_none_an_exponent() -> None:
    values = {1380.0: "1,380", 0.08333333: "0.0833", 0.00013: "0.00013", 1e-7: "0.0000001", -1234567.0: "−1,230,000"}
    assert [tables.written(value, "number") for value in values] == list(values.values())
    assert tables.written(0.0006525, "price") == "0.0006525"
    assert [tables.written(value, "text") for value in (True, False)] == ["yes", "no"]


def test_amounts_of_a_table_share_a_unit_that_the_caption_says_where_no_heading_does() -> None:
    wide = pd.DataFrame({"line": ["compute", "backup"], "stay": [2.5e8, 0.0], "move": [1.25e6, -3.3e5]})
    shown = tables.table(wide, caption="Cost (USD)", columns={name: (name, "money") for name in ("stay", "move")})
    assert shown.text() == "Cost (M USD)\nstay  move\n 250  1.25\n   0 −0.33"
    small = tables.table(wide.assign(stay=99.0, move=80_002.4), columns={"move": ("Each (USD)", "money")})
    assert small.text().splitlines() == ["Each (USD)", "    80,000", "    80,000"]


def test_rows_of_nothing_but_zeros_are_left_out_for_reading() -> None:
    frame = pd.DataFrame({"line": ["a", "a", "b", "b"], "option": ["x", "y"] * 2, "cost": [0.0, 0.0, 0.0, 1.0]})
    assert list(tables.across(frame, rows=["line"], columns="option", values="cost")["line"]) == ["b"]


@pytest.mark.parametrize(
    ("kind", "cells"), [("money", ["10,000", "5,200", "3,900"]), ("share", ["10,000", "80%", "20%"])]
)
def test_the_numbers_down_the_side_of_a_wide_table_are_no_amounts_and_no_shares(kind: str, cells: list[str]) -> None:
    values = [5_200_000.0, 3_900_000.0] if kind == "money" else [0.8, 0.2]
    frame = pd.DataFrame({"value": [10_000.0] * 2, "option": ["stay", "move"], "found": values})
    wide = tables.across(frame, rows=["value"], columns="option", values="found")
    shown = tables.table(frame, wide=wide, columns={"value": ("Clusters", "number")}, kind=kind)
    assert shown.text().splitlines()[-1].split() == cells
    assert "Clusters" in shown.html()


def test_units_read_as_words() -> None:
    words = {"labour hour/(cluster x month)": "labour hours per cluster and month", "1": "", "1/year": "per year"}
    assert [formats.unit(unit) for unit in words] == list(words.values())
    assert formats.quantity(1858.0, "labour hour/design") == "1,860 labour hours per design"


def test_names_are_escaped_in_cells_headings_and_captions() -> None:
    frame = pd.DataFrame({HOSTILE: ["x"], "name": [HOSTILE]})
    html = tables.table(frame, caption=HOSTILE, folded=True).html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4  # heading, cell, summary and label


def test_only_web_addresses_become_links() -> None:
    frame = pd.DataFrame({"link": ["https://example.org/?a=1&b=2", "javascript:alert(1)"]})
    html = tables.table(frame).html()
    assert html.count("<a ") == 1
    assert 'href="https://example.org/?a=1&amp;b=2"' in html


def test_the_data_beside_the_table_is_unrounded() -> None:
    third = 1 / 3
    frame = pd.DataFrame({"value": [third, float("nan"), float("inf")], "path": [["5.7", "8.0"], [], ["8.0"]]})
    bundle = tables.table(frame, "numbers")._repr_mimebundle_()
    assert bundle[tables.DATA_TYPE] == {
        "name": "numbers",
        "caption": "",
        "columns": ["value", "path"],
        "rows": [[third, "5.7 > 8.0"], [None, ""], [None, "8.0"]],
    }


def test_a_table_without_a_name_is_for_looking_only() -> None:
    assert tables.DATA_TYPE not in tables.table(pd.DataFrame({"a": [1]}))._repr_mimebundle_()


def test_chosen_columns_come_in_the_order_and_words_given() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    table = tables.table(frame, "t", columns={"c": "Last", "a": ("First (USD)", "money")})
    assert [column.heading for column in table.columns.values()] == ["Last", "First (USD)"]
    assert table.data()["columns"] == ["a", "b", "c"]


def test_another_arrangement_for_reading_leaves_the_data_alone() -> None:
    frame = pd.DataFrame({"option": ["a", "b"], "year": [2027, 2027], "cost": [1.0, 2.0]})
    wide = frame.pivot_table(index="year", columns="option", values="cost").reset_index()
    table = tables.table(frame, "cost", wide=wide)
    assert "2027" in table.html()
    assert table.data()["columns"] == ["option", "year", "cost"]


def test_a_very_long_table_is_cut_for_reading_and_whole_as_data() -> None:
    table = tables.table(pd.DataFrame({"a": range(1000)}), "long")
    assert table.html().count("<tr>") == 1 + 400 + 1
    assert "… and 600 more rows in tables/long.csv" in table.html()
    assert len(table.data()["rows"]) == 1000


class Word(StrEnum):
    """A text of a kind of its own."""

    ONE = "one"


def test_the_data_beside_the_table_is_plain_whatever_the_frame_holds() -> None:
    missing = [None, float("nan"), pd.NaT, pd.NA, float("inf"), np.float64("-inf")]
    plain = [True, 3, 2.5, "a", "one", "2027-03-01", "2027-03-01", "5.7 > 8.0"]
    held = [np.True_, np.int64(3), np.float64(2.5), "a", Word.ONE, date(2027, 3, 1), pd.Timestamp("2027-03-01 10:00")]
    values = pd.Series([*missing, *held, ("5.7", "8.0")], dtype=object)
    (rows,) = ([row[0] for row in tables.table(pd.DataFrame({"a": values}), "t").data()["rows"]],)
    assert rows == [None] * len(missing) + plain
    assert {type(value) for value in rows} == {type(None), bool, int, float, str}


@pytest.mark.parametrize("kind", ["Int64", "boolean", "category", "datetime64[ns]"])
def test_a_missing_cell_of_any_column_is_missing_in_the_data(kind: str) -> None:
    frame = pd.DataFrame({"a": pd.Series([1, None], dtype=object).astype(kind)})
    assert tables.table(frame, "t").data()["rows"][1] == [None]
    assert formats.MISSING in tables.table(frame, "t").text()


@given(
    st.lists(st.text(min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=3, unique=True),
    st.lists(st.text(max_size=12), min_size=3, max_size=3),
)
def test_a_table_for_a_terminal_is_set_as_pandas_sets_one(headings: list[str], texts: list[str]) -> None:
    columns = {heading: texts[place:] + texts[:place] for place, heading in enumerate(headings)}
    assert formats.flush_right(columns) == pd.DataFrame(columns).to_string(index=False)


def test_an_empty_table_says_so() -> None:
    assert "none" in tables.table(pd.DataFrame({"a": []})).html()


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (950, "950"), (1234567, "1.23 M"), (-2.5e9, "−2.5 bn"), (999_960, "1 M"), (float("nan"), "–")],
)
def test_numbers_with_a_prefix(value: float, written: str) -> None:
    assert formats.number(value) == written


def test_money_hours_minutes_and_shares() -> None:
    assert formats.money(-1_234_567) == "−1.23 M USD"
    assert formats.money(500, signed=True) == "+500 USD"
    assert formats.hours(1240.4) == "1,240 h"
    assert formats.minutes(0.25) == "0.2 min"
    assert formats.share(0.004) == "under 1%"
    assert formats.share(0) == "0%"


def test_a_name_in_markdown_is_text() -> None:
    assert formats.markdown("a_b *c* <i>\n# d") == r"a\_b \*c\* &lt;i&gt; \# d"


def test_a_known_table_has_caption_and_headings_unless_the_caller_has_own() -> None:
    frame = pd.DataFrame(
        {"path": ["a.b"], "label": ["B"], "first": [0.41], "total": [0.55], "total_confidence": [0.07]}
    )
    shown = tables.table(frame, "sobol_indices").text()
    assert "41%" in shown
    assert "55%" in shown
    assert "USD" not in shown  # a share of variance is no money, though its column is called total
    assert "Shares of the variance" in shown
    own = tables.table(frame, "sobol_indices", caption="Mine").text()
    assert "Shares of the variance" not in own
    other = pd.DataFrame({"mine": [1.0]})
    assert "mine" in tables.table(other, "sobol_indices").text().lower()


def test_a_bill_says_what_each_line_counts() -> None:
    usage = {"reads_per_second": 100, "writes_per_second": 10, "item_bytes": 800, "storage_gb": 5}
    bill = tco.price("dynamodb", usage, region="us-east-1", as_of="2026-10-01")
    shown = tables.bill(bill).html()
    assert "units of all reads of the month" in shown
    assert "bytes stored, overhead included" in shown
    assert "nan" not in shown


def test_a_part_of_a_cluster_is_no_zero() -> None:
    """Half a cluster on time and half late are two rows of a calendar."""
    frame = pd.DataFrame({"group": ["a", "b"], "clusters": [0.5, 1200.0]})
    text = tables.table(frame, "upgrades").text()
    assert "0.5" in text
    assert "1,200" in text


def test_codes_of_reasons_and_outcomes_are_said_in_words() -> None:
    frame = pd.DataFrame({"reason": ["slipped", "an own reason"], "outcome": ["guard", "merged"]})
    shown = tables.table(frame, columns={"reason": "Why", "outcome": "Outcome"})
    assert "late, not possible before" in shown.html()
    assert "an own reason" in shown.html()
    assert "a doubted claim, not taken over" in shown.text()
    assert "merged" in shown.text()
    assert shown.frame is frame  # files keep the codes


def test_a_fleet_size_that_all_rows_share_is_left_out_for_reading() -> None:
    frame = pd.DataFrame({"fleet_size": [20, 20], "option": ["stay", "move"], "cost": [1.0, 2.0]})
    assert ">20<" not in tables.table(frame).html()
    assert tables.table(frame, "sizes").data()["columns"] == ["fleet_size", "option", "cost"]
    assert ">20<" in tables.table(frame.assign(fleet_size=[20, 100])).html()


def test_every_platform_has_a_name_for_readers() -> None:
    assert words.setting("aurora_dsql") == "Aurora DSQL"
    assert not [name for name in platform_names() if words.setting(name) == name]

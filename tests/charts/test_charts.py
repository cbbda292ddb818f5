"""Charts say what their frame holds, alone, whatever names the frame brings."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert
from altair.utils.schemapi import SchemaValidationError, debug_mode

from tco import charts
from tco.charts import display, findings, theme
from tco.charts.display import records, specification
from tco.display import palette
from tco.errors import InputError
from tco.report.chart_check import count_marks

OPTIONS = ["stay", "automated", "serverless"]
DARK_GROUNDS = ("#333333", "#111111", "#16191f")
"""Of Vega's dark theme, which JupyterLab draws charts in; of JupyterLab's cells; of the reports."""
SHOWN = {display.CHART_TYPE, "image/svg+xml", "text/plain"}
HOSTILE = "<script>alert(1)</script> \"'\\ ${x}"


def cost_by_year() -> pd.DataFrame:
    rows = [(option, year, 1000.0 * (place + 1)) for place, option in enumerate(OPTIONS) for year in (2027, 2028)]
    return pd.DataFrame(rows, columns=["option", "year", "cost"])


def cost_by_category() -> pd.DataFrame:
    frame = pd.DataFrame(
        [
            ("stay", "infrastructure", 600_000.0),
            ("stay", "version upkeep", 400_000.0),
            ("stay", "transition", 0.0),
            ("serverless", "infrastructure", 300_000.0),
            ("serverless", "version upkeep", 0.0),
            ("serverless", "transition", 200_000.0),
        ],
        columns=["option", "category", "cost"],
    )
    stay = frame[frame["option"] == "stay"].set_index("category")["cost"]
    return frame.assign(difference=frame["cost"] - frame["category"].map(stay))


def cost_by_line() -> pd.DataFrame:
    rows = [("infrastructure", "storage", 200.0), ("infrastructure", "compute", 700.0), ("operations", "on-call", 95.0)]
    small = [("operations", "restore drills", 3.0), ("downtime", "SLA credits received", -2.0)]
    return pd.DataFrame([("stay", *row) for row in rows + small], columns=["option", "category", "line", "cost"])


def cost_over_time() -> pd.DataFrame:
    rows = [
        (option, f"2027-{month:02d}", 10.0, 10.0 * month * (place + 1))
        for place, option in enumerate(OPTIONS)
        for month in range(1, 13)
    ]
    return pd.DataFrame(rows, columns=["option", "period", "cost", "cumulative"])


def labour_by_quarter() -> pd.DataFrame:
    rows = [("stay", f"2027 Q{quarter}", role, 40.0) for quarter in (1, 2) for role in ("engineer", "developer")]
    return pd.DataFrame(rows, columns=["option", "quarter", "role", "labour_hours"])


def calendar() -> pd.DataFrame:
    rows = [
        ("2028-03-31", "8.0", "8.4", ["8.0", "8.4"], "deadline", "orders", 6),
        ("2030-03-31", "8.4", "", [], "deadline", "orders", 2),
    ]
    return pd.DataFrame(rows, columns=["date", "from_version", "to_version", "path", "reason", "group", "clusters"])


def downtime() -> pd.DataFrame:
    rows = [
        ("stay", "planned downtime", "database", 12.0),
        ("stay", "planned downtime", "application", 20.0),
        ("stay", "unplanned local downtime", "database", 5.0),
        ("serverless", "planned downtime", "database", 0.0),
        ("serverless", "unplanned local downtime", "database", 4.0),
    ]
    return pd.DataFrame(rows, columns=["option", "line", "part", "minutes_per_cluster_year"])


def cost_by_size() -> pd.DataFrame:
    rows = [
        (size, option, 100.0 + fixed / size)
        for size in (1.0, 10.0, 100.0, 1000.0)
        for option, fixed in (("stay", 10.0), ("automated", 50.0), ("serverless", 900.0))
    ]
    return pd.DataFrame(rows, columns=["value", "option", "npv_per_cluster"])


def bands() -> pd.DataFrame:
    rows = [
        (option, f"2027-{month:02d}", 8.0 * month, 10.0 * month * (place + 1), 30.0 * month * (place + 1))
        for place, option in enumerate(OPTIONS)
        for month in range(1, 13)
    ]
    return pd.DataFrame(rows, columns=["option", "period", "p10", "p50", "p90"])


def intervals() -> pd.DataFrame:
    rows = [("stay", 8.0, 10.0, 11.0, 15.0), ("automated", 7.0, 9.0, 9.5, 12.0), ("serverless", 20.0, 25.0, 26.0, 40.0)]
    return pd.DataFrame(rows, columns=["option", "p10", "p50", "mean", "p90"])


def exceedance() -> pd.DataFrame:
    rows = [
        (option, 1000.0 * (place + 1) * (1 + step / 10), 1 - step / 10)
        for place, option in enumerate(OPTIONS)
        for step in range(11)
    ]
    return pd.DataFrame(rows, columns=["option", "amount", "probability"])


def chances() -> pd.DataFrame:
    shares = {1.0: (0.7, 0.2, 0.1), 10.0: (0.4, 0.3, 0.3), 100.0: (0.1, 0.1, 0.8)}
    rows = [(value, *pair) for value, three in shares.items() for pair in zip(OPTIONS, three, strict=True)]
    return pd.DataFrame(rows, columns=["value", "option", "probability"])


def swings() -> pd.DataFrame:
    rows = [
        ("Re-modelling", "labour hour/design", 264.0, 1860.0, -100_000.0, 930_000.0, 340_000.0, 1_030_000.0),
        ("Engineer rate", "USD/labour hour", 79.0, 139.0, 420_000.0, 270_000.0, 340_000.0, -150_000.0),
    ]
    return pd.DataFrame(rows, columns=["label", "unit", "p10", "p90", "at_p10", "at_p90", "point", "swing"])


def winners() -> pd.DataFrame:
    rows = [
        (x, y, "serverless" if x * y < 50 else "stay", "automated", 100.0, 0.1 * place)
        for place, x in enumerate((1.0, 10.0, 100.0))
        for y in (1.0, 10.0)
    ]
    return pd.DataFrame(rows, columns=["x", "y", "cheapest", "second", "lead", "lead_share"])


def mode_costs() -> pd.DataFrame:
    rows = [
        ("writes", mode, share, 0.625 if pd.isna(crossing) else 0.625 * crossing / share, crossing)
        for mode, crossing in {"on demand": float("nan"), "provisioned": 0.29, "reserved for 1 year": 0.13}.items()
        for share in (0.1, 0.3, 0.5, 1.0)
    ]
    return pd.DataFrame(rows, columns=["kind", "mode", "utilisation", "cost", "crossing"])


def savings() -> pd.DataFrame:
    nothing = float("nan")
    rows = [
        ("orders", "serverless", 90_000.0, 60_000.0, 120_000.0),
        ("staging", "automated", 10_000.0, -5_000.0, 30_000.0),
        ("billing", "stay", nothing, nothing, nothing),
    ]
    return pd.DataFrame(rows, columns=["group", "option", "saving", "p10", "p90"])


def plan() -> pd.DataFrame:
    day = pd.Timestamp
    rows = [
        (
            "staging",
            "staging",
            "8.0",
            "8.4",
            day("2027-01-10"),
            day("2027-02-01"),
            day("2027-06-30"),
            False,
            False,
            0.0,
        ),
        (
            "orders-1",
            "orders",
            "8.0",
            "8.4",
            day("2027-02-01"),
            day("2027-03-01"),
            day("2027-02-15"),
            True,
            False,
            81.0,
        ),
        (
            "orders-2",
            "orders",
            "8.0",
            "8.4",
            day("2027-07-01"),
            day("2027-07-01"),
            day("2027-02-15"),
            True,
            True,
            900.0,
        ),
    ]
    columns = "cluster group from_version to_version start cut_over deadline slips forced slip_cost".split()
    return pd.DataFrame(rows, columns=columns)


def load() -> pd.DataFrame:
    rows = [("2027-01", 20.0, 80.0), ("2027-02", 60.0, 80.0), ("2027-03", 0.0, 0.0)]
    return pd.DataFrame(rows, columns=["month", "hours", "capacity"])


ALIKE = {"what_if": ["blue/green"] * 2, "option": ["stay", "serverless"], "npv": [1_820_010.0, 1_820_400.0]}


def cases() -> pd.DataFrame:
    rows = [("as written", "stay", 10.0), ("as written", "serverless", 9.0),
            ("delay=12", "stay", 11.0), ("delay=12", "serverless", 12.0)]  # fmt: skip
    return pd.DataFrame(rows, columns=["what_if", "option", "npv"])


CROSSINGS = pd.DataFrame([(57.3, "stay", "serverless")], columns=["value", "cheapest_below", "cheapest_above"])

ALL = {
    "cost_by_year": lambda: charts.cost_by_year(cost_by_year()),
    "cost_by_category": lambda: charts.cost_by_category(cost_by_category()),
    "cost_by_line": lambda: charts.cost_by_line(cost_by_line(), option="stay"),
    "difference_by_category": lambda: charts.difference_by_category(
        cost_by_category(), option="serverless", reference="stay"
    ),
    "cost_over_time": lambda: charts.cost_over_time(cost_over_time()),
    "labour_by_quarter": lambda: charts.labour_by_quarter(labour_by_quarter(), option="stay"),
    "upgrade_timeline": lambda: charts.upgrade_timeline(calendar(), heading="stay"),
    "downtime_by_line": lambda: charts.downtime_by_line(downtime(), band=(30, 60), band_label="claimed"),
    "cost_bands": lambda: charts.cost_bands(bands()),
    "intervals": lambda: charts.intervals(intervals()),
    "exceedance": lambda: charts.exceedance(exceedance()),
    "chance_by_value": lambda: charts.chance_by_value(chances(), what="clusters in the fleet"),
    "tornado": lambda: charts.tornado(swings(), outcome="USD, serverless less stay"),
    "cheapest_map": lambda: charts.cheapest_map(
        winners(), x_name="clusters", y_name="requests a second", options=OPTIONS, here=(20, 3)
    ),
    "cost_by_utilisation": lambda: charts.cost_by_utilisation(mode_costs()),
    "savings_by_group": lambda: charts.savings_by_group(savings(), options=OPTIONS),
    "upgrade_plan": lambda: charts.upgrade_plan(plan()),
    "load_against_capacity": lambda: charts.load_against_capacity(load()),
    "what_ifs": lambda: charts.what_ifs(cases(), options=OPTIONS),
    "cost_by_fleet_size": lambda: charts.cost_by_fleet_size(cost_by_size(), CROSSINGS, sizes=[10, 100]),
}


@cache
def drawn(name: str) -> dict[str, Any]:
    """The specification of a chart. Tests lay changes beside it and leave it as it is."""
    specification: dict[str, Any] = ALL[name]().to_dict()
    return specification


@pytest.mark.parametrize("name", ALL)
def test_a_chart_draws_says_its_finding_and_has_a_text_alternative(name: str) -> None:
    specification = drawn(name)
    title = " ".join(specification["title"]["text"])
    assert count_marks(specification) > 0
    assert len(title) > 10
    assert title in specification["description"]


@pytest.mark.parametrize("name", ALL)
def test_points_tell_the_rows_of_a_line_since_itself_would_tell_its_first_everywhere(name: str) -> None:
    whole = drawn(name)
    layers = [part for part in whole.get("layer", [whole]) if "mark" in part]
    told = [(part["mark"]["type"], part["encoding"].get("tooltip", [])) for part in layers]
    lines = [tooltip for mark, tooltip in told if mark in ("line", "area")]
    assert all(field["field"] == "option" for tooltip in lines for field in tooltip)
    assert not lines or any(mark == "point" and tooltip for mark, tooltip in told)


def marks_of(part: dict[str, Any], data: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each mark's data and the fields that it draws."""
    data = part["data"]["name"] if "data" in part else data
    if "mark" in part:
        channels = [channel for channel in part["encoding"].values() if isinstance(channel, dict)]
        yield data, {channel["field"] for channel in channels if "field" in channel}
    for layer in part.get("layer", ()):
        yield from marks_of(layer, data)


@pytest.mark.parametrize("name", ALL)
def test_all_that_a_chart_draws_is_in_its_data(name: str) -> None:
    specification = drawn(name)
    for data, fields in marks_of(specification):
        assert fields <= set(specification["datasets"][data][0])


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (findings.savings_by_group(savings()), "Moving 2 groups saves 100 k USD, 90 k USD of it orders to serverless"),
        (findings.upgrade_plan(plan()), "2 of 3 upgrades are made after free patches end, which costs 981 USD"),
        (findings.upgrade_plan(plan().head(1)), "1 upgrade, made before free patches end"),
        (findings.load_against_capacity(load()), "The busiest month, 2027-02, takes 60 h, 75% of the team's hours"),
        (findings.what_ifs(cases()), "serverless is cheapest as written, stay in delay=12"),
        (findings.what_ifs(cases().head(2)), "serverless stays cheapest in every what-if"),
        (
            findings.what_ifs(pd.concat([cases().head(2), pd.DataFrame(ALIKE)])),
            "serverless is cheapest as written, stay and serverless alike in blue/green",
        ),
    ],
)
def test_what_planning_charts_find(found: str, said: str) -> None:
    assert found == said


def test_every_offered_chart_is_tested() -> None:
    offered = {
        name for name, value in vars(charts).items() if str(getattr(value, "__module__", "")).startswith("tco.charts.")
    }
    assert {*ALL, "save", "show_offline"} == offered


def test_an_option_keeps_its_look_when_others_are_left_out() -> None:
    only_last = cost_by_year().query("option == 'serverless'")
    specification = charts.cost_by_year(only_last, options=OPTIONS).to_dict()
    scale = specification["layer"][0]["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True))["serverless"] == theme.themed(
        palette.OPTION_STYLES[2].colour
    )


def test_option_lines_differ_in_dash_and_shape_besides_colour() -> None:
    styles = palette.OPTION_STYLES
    for field in ("colour", "dash", "shape"):
        assert len({getattr(style, field) for style in styles}) == len(styles)


def test_luminance_is_that_of_the_standard() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey just too light


def test_neighbouring_categories_differ_in_lightness() -> None:
    colours = list(palette.CATEGORY_COLOURS.values())
    for one, other in itertools.pairwise(colours):
        assert palette.contrast(one, other) > 1.4


def test_text_in_a_bar_is_readable() -> None:
    """WCAG 2 asks for a contrast of 4.5 between text and ground."""
    for colour in {*palette.CATEGORY_COLOURS.values(), *palette.OTHER_COLOURS}:
        for ground in (colour, palette.ON_DARK[colour]):
            assert palette.contrast(ground, palette.text_on(ground)) >= 4.5


def marks() -> set[str]:
    reasons = {colour for _, colour in palette.REASONS.values()}
    ends = {palette.LOW, palette.HIGH, palette.LESS, palette.MORE}
    lines = {style.colour for style in palette.OPTION_STYLES}
    return {*palette.CATEGORY_COLOURS.values(), *palette.OTHER_COLOURS, *lines, *reasons, *ends}


@pytest.mark.parametrize("ground", DARK_GROUNDS)
def test_marks_and_text_stand_out_from_every_background(ground: str) -> None:
    """WCAG 2 asks for a contrast of 3 between a mark and its ground, and of 4.5 for text."""
    for colour in marks():
        assert palette.contrast(colour, "#ffffff") >= 3, colour
        assert palette.contrast(palette.ON_DARK[colour], ground) >= 3, colour
    for text in (palette.INK, palette.FAINT):
        assert palette.contrast(text, "#ffffff") >= 4.5
        assert palette.contrast(palette.ON_DARK[text], ground) >= 4.5


@pytest.mark.parametrize("name", ALL)
def test_a_chart_is_drawn_in_the_colours_of_its_background(name: str) -> None:
    """On white as in a report; on dark ground as JupyterLab shows it, in its older Vega-Lite."""
    specification = drawn(name) | {"width": 600}
    light = vl_convert.vegalite_to_svg(specification)
    bundle = display.rendered(specification)
    dark = vl_convert.vegalite_to_svg(bundle[display.CHART_TYPE], vl_version="5.20", config={"background": "#333"})
    twins = set(palette.ON_DARK.values())
    assert drawn_in(light) <= {*palette.ON_DARK, palette.PAPER}
    assert drawn_in(dark) <= {*twins, palette.INK, palette.PAPER, "#333"}  # bars of a light twin carry dark text
    assert palette.INK in drawn_in(light)
    assert palette.ON_DARK[palette.INK] in drawn_in(dark)


def drawn_in(svg: str) -> set[str]:
    """The colours of a drawing."""
    found = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}
    return {palette.PAPER if colour == "white" else colour for colour in found}


def test_waterfall_steps_lead_to_the_whole_difference() -> None:
    # serverless against stay: version upkeep -400,000, infrastructure -300,000, transition +200,000: -500,000 in all
    specification = charts.difference_by_category(cost_by_category(), option="serverless", reference="stay").to_dict()
    (rows,) = [rows for rows in specification["datasets"].values() if "caption" in rows[0]]
    assert [(row["start"], row["end"]) for row in rows] == [
        (0, -400_000),
        (-400_000, -700_000),
        (-700_000, -500_000),
        (0, -500_000),
    ]
    assert " ".join(specification["title"]["text"]) == (
        "serverless costs 500 k USD less than stay: −400 k USD version upkeep, +200 k USD transition"
    )


def test_a_credit_lies_left_of_zero() -> None:
    frame = pd.DataFrame(
        [("stay", "infrastructure", 100.0), ("stay", "downtime", -30.0)], columns=["option", "category", "cost"]
    )
    specification = charts.cost_by_category(frame).to_dict()
    (rows,) = specification["datasets"].values()
    assert [(row["start"], row["end"]) for row in rows] == [(0, 100), (-30, 0)]


def test_cost_lines_are_sorted_and_small_ones_are_one_bar() -> None:
    specification = drawn("cost_by_line")
    rows = [row for row in next(iter(specification["datasets"].values())) if row["amount"]]
    assert list(dict.fromkeys(row["row"] for row in rows)) == ["compute", "storage", "on-call", "all other lines"]
    assert rows[-1]["amount"] == 1.0  # 3 less 2: what is left of 996
    assert " ".join(specification["title"]["text"]) == "stay: Compute, then storage: 90% of its cost"


@pytest.mark.parametrize("name", ["cost_by_category", "downtime_by_line"])
def test_the_shortest_bar_is_on_top(name: str) -> None:
    values = next(rows for rows in drawn(name)["datasets"].values() if "row" in rows[0])
    assert list(dict.fromkeys(row["row"] for row in values)) == ["serverless", "stay"]


def test_a_claim_of_planned_downtime_stands_behind_planned_downtime_alone() -> None:
    claimed, whole = drawn("downtime_by_line"), charts.downtime_by_line(downtime()).to_dict()
    for chart, parts in ((claimed, {"planned downtime"}), (whole, {"planned downtime", "unplanned local"})):
        values = next(rows for rows in chart["datasets"].values() if "row" in rows[0])
        told = {row["part"].split(",")[0].removesuffix(" downtime") for row in values if row["amount"]}
        assert told == {part.removesuffix(" downtime") for part in parts}
    assert "37 min with stay" in " ".join(whole["title"]["text"])


@pytest.mark.parametrize("name", ["cost_bands", "cheapest_map", "intervals"])
def test_a_fade_is_explained(name: str) -> None:
    assert re.search("Shade|paler|Bar", " ".join(drawn(name)["title"]["subtitle"]))


def test_a_stranded_cluster_is_marked() -> None:
    specification = charts.upgrade_timeline(calendar()).to_dict()
    rows = next(rows for rows in specification["datasets"].values() if "reason" in rows[0])
    assert [(row["label"], row["reason"]) for row in rows] == [
        ("8.4", "support ends"),
        ("stranded", "no version to go to"),
    ]


def test_upgrades_close_together_share_a_label_that_stays_on_the_page() -> None:
    days = ["2027-03-05", "2027-03-20", "2027-04-10", "2029-07-31", "2029-08-01", "2031-12-20"]
    versions = ["18", "18", "18", "9.6", "9.7", "22"]
    frame = pd.DataFrame({"date": days, "to_version": versions}).assign(
        path="8.0 > 8.4", reason="deadline", group="orders", clusters=1
    )
    specification = charts.upgrade_timeline(frame, start="2027-01-01", end="2031-12-31").to_dict()
    rows = next(rows for rows in specification["datasets"].values() if "reason" in rows[0])
    assert [(row["day"], row["label"], row["side"]) for row in rows if row["label"]] == [
        ("2027-04-10", "18", "left"),
        ("2029-08-01", "9.6, 9.7", "left"),
        ("2031-12-20", "22", "right"),
    ]
    assert len(rows) == len(days)  # a mark each, labelled or not


def test_marks_of_unlike_reasons_that_would_cover_each_other_stand_one_above_the_other() -> None:
    frame = pd.DataFrame(
        {
            "date": ["2029-07-31", "2029-08-01", "2029-08-02", "2031-02-28"],
            "reason": ["deadline", "slipped", "slipped", "deadline"],
        }
    ).assign(to_version="9.7", path="8.4 > 9.7", group="orders", clusters=1)
    specification = charts.upgrade_timeline(frame, start="2027-01-01", end="2031-12-31").to_dict()
    rows = next(rows for rows in specification["datasets"].values() if "reason" in rows[0])
    assert [row["lane"] for row in rows] == ["above", "below", "below", "middle"]


def test_each_what_if_names_its_cheapest_option() -> None:
    rows = next(iter(drawn("what_ifs")["datasets"].values()))
    named = {row["what_if"]: row["caption"] for row in rows if row["caption"]}
    cheapest = cases().sort_values("npv").drop_duplicates("what_if").set_index("what_if")["option"]
    assert set(named) == set(cheapest.index)
    assert all(cheapest[case] in caption for case, caption in named.items())


@pytest.mark.parametrize(("last", "form"), [("2030-11-20", "%-d %b %Y"), ("2031-11-20", "%b %Y")])
def test_ticks_of_a_short_plan_name_their_day(last: str, form: str) -> None:
    row = ("shop", "shop-1", "18", "22", "2030-08-28", "2030-10-05", last, False, False)
    columns = "group cluster from_version to_version start cut_over deadline slips forced".split()
    chart = charts.upgrade_plan(pd.DataFrame([row], columns=columns)).to_dict()
    assert chart["layer"][0]["encoding"]["x"]["axis"]["format"] == form


def test_marks_of_equal_amounts_stand_apart_in_their_row() -> None:
    amounts = {"now": [5.0, 5.0, 9.0], "later": [4.0, 6.0, 8.0]}
    rows = [(case, option, npv) for case, found in amounts.items() for option, npv in zip("abc", found, strict=True)]
    chart = charts.what_ifs(pd.DataFrame(rows, columns=["what_if", "option", "npv"]))
    marks = next(iter(chart.to_dict()["datasets"].values()))
    now, later = ([mark["shift"] for mark in marks if mark["what_if"] == case] for case in amounts)
    assert len(set(later)) == 1
    assert now[2] == later[0]
    assert now[1] - now[0] == pytest.approx(8)


def test_upgrades_of_a_small_part_of_a_cluster_are_not_counted_as_none_of_none() -> None:
    frame = pd.DataFrame({"date": ["2029-03-01"], "to_version": ["17"], "clusters": [0.04]})
    assert findings.upgrade_timeline(frame) == "Hardly a major upgrade"


@pytest.mark.parametrize("name", ["cost_by_year", "cost_by_category"])
def test_hostile_names_are_text(name: str) -> None:
    frame = globals()[name]().replace({"option": {"stay": HOSTILE}})
    svg = vl_convert.vegalite_to_svg(getattr(charts, name)(frame).to_dict() | {"width": 600})
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize("function", [charts.cost_by_year, charts.cost_by_category])
def test_a_fleet_of_none_draws_zeros(function: Any) -> None:
    frame = (cost_by_year() if function is charts.cost_by_year else cost_by_category()).assign(cost=0.0)
    assert count_marks(function(frame).to_dict()) > 0


def test_findings_of_uncertainty() -> None:
    assert " ".join(charts.cost_bands(bands()).to_dict()["title"]["text"]) == (
        "By 2027-12 stay has cost 96 USD to 360 USD in 80% of draws, 120 USD at the median"
    )
    assert " ".join(charts.exceedance(exceedance()).to_dict()["title"]["text"]) == (
        "One time in ten stay costs more than 1.9 k USD, serverless more than 5.7 k USD"
    )
    assert " ".join(charts.chance_by_value(chances(), what="clusters").to_dict()["title"]["text"]) == (
        "stay is likeliest to be cheapest at 1 (70%), serverless at 100 clusters (80%)"
    )
    assert " ".join(charts.tornado(swings(), outcome="USD").to_dict()["title"]["text"]) == (
        "Re-modelling moves the result most, by 1.03 M USD; then engineer rate, 150 k USD"
    )
    named = charts.cheapest_map(winners(), x_name="clusters", y_name="requests").to_dict()
    assert " ".join(named["title"]["text"]) == "Cheapest: serverless on 50% and stay on 50% of the map"


def test_the_fields_of_a_map_touch() -> None:
    specification = charts.cheapest_map(winners(), x_name="clusters", y_name="requests").to_dict()
    (rows,) = [rows for rows in specification["datasets"].values() if "x_from" in rows[0]]
    borders = sorted({(row["x_from"], row["x_to"]) for row in rows})
    assert [low for low, _ in borders[1:]] == pytest.approx([high for _, high in borders[:-1]])


def test_a_tornado_bar_runs_from_the_point_to_each_end() -> None:
    specification = charts.tornado(swings(), outcome="USD").to_dict()
    (rows,) = [rows for rows in specification["datasets"].values() if "side" in rows[0] and len(rows) == 4]
    assert {row["start"] for row in rows} == {340_000}
    assert sorted(row["end"] for row in rows) == [-100_000, 270_000, 420_000, 930_000]


def test_findings() -> None:
    assert findings.cost_by_year(cost_by_year()) == (
        "From 2027 to 2028 stay costs least undiscounted, 2 k USD, and serverless most, 6 k USD"
    )
    assert findings.cost_by_category(cost_by_category()) == "Infrastructure is 60% of the cost"
    assert findings.upgrade_timeline(calendar()) == "6 cluster upgrades, 6 of them in 2028; 2 clusters are stranded"
    assert findings.labour_by_quarter(labour_by_quarter()) == "160 h in all, at most 80 h a quarter (2027 Q1)"
    assert findings.downtime_by_line(downtime()) == (
        "Planned downtime per cluster and year: 0 min with serverless, 32 min with stay"
    )
    assert findings.cost_by_fleet_size(CROSSINGS, "stay", 1, 1000) == (
        "stay is cheapest below 57 clusters, serverless above 57"
    )
    assert findings.cost_by_fleet_size(CROSSINGS[:0], "stay", 1, 1000) == (
        "stay is cheapest at every size from 1 to 1,000 clusters: no crossing in range"
    )


def test_a_chart_shows_without_a_network_although_nothing_was_enabled() -> None:
    assert alt.renderers.active == "default"
    chart = charts.cost_by_year(cost_by_year())
    assert set(chart._repr_mimebundle_()) == SHOWN
    assert set(chart.properties(height=100)._repr_mimebundle_()) == SHOWN


def test_a_page_without_vega_gets_pictures_whose_names_do_not_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [ALL[name]() for name in ("cost_by_utilisation", "savings_by_group")]
    pictures = [chart._repr_mimebundle_()["image/svg+xml"] for chart in drawn]
    assert all(picture.startswith("<svg") for picture in pictures)
    names = [set(re.findall(r'\bid="([^"]+)"', picture)) for picture in pictures]
    assert all(names)
    assert not names[0] & names[1]
    for picture, named in zip(pictures, names, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", picture)) <= named
    monkeypatch.setenv("TCO_PICTURES", "no")
    assert set(drawn[0]._repr_mimebundle_()) == SHOWN - {"image/svg+xml"}


def test_a_renderer_that_somebody_chose_is_kept() -> None:
    with alt.renderers.enable("json"):
        assert "application/json" in charts.cost_by_year(cost_by_year())._repr_mimebundle_()[0]


def test_enabling_the_renderer_gives_outputs_that_notebooks_can_store() -> None:
    before = alt.renderers.active
    try:
        display.show_offline()
        bundle = charts.cost_by_year(cost_by_year())._repr_mimebundle_()
    finally:
        alt.renderers.enable(before)
    assert set(bundle) == SHOWN
    assert bundle["text/plain"].startswith("Line chart")


def test_a_chart_of_somebody_else_is_checked_as_altair_does() -> None:
    charts.cost_by_category(cost_by_category())
    with pytest.raises(SchemaValidationError):
        alt.Axis(orient="inside")
    with pytest.raises(InputError):
        charts.cost_by_category(cost_by_category().drop(columns="cost"))
    with pytest.raises(SchemaValidationError):
        alt.Axis(orient="inside")


def test_what_is_wrong_in_a_chart_of_our_own_shows_when_it_is_checked_as_a_whole() -> None:
    with debug_mode(False):
        chart = theme.finished(alt.Chart().mark_bar(tooltip=alt.Axis(orient="inside")), "t", "d", 10)
    with pytest.raises(SchemaValidationError):
        chart.to_dict()


CHANGES: dict[str, Callable[[Any], Any]] = {
    "properties": lambda chart: chart.properties(height=100),
    "a layer": lambda chart: chart + alt.Chart(cost_by_category()).mark_point().encode(x="cost").properties(height=260),
    "a parameter": lambda chart: chart.add_params(alt.selection_interval(name="picked")),
    "interaction": lambda chart: chart.interactive(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_chart_of_layers_can_be_changed_as_one_that_altair_laid_together(change: str) -> None:
    ours = charts.cost_over_time(cost_over_time())
    parts = vars(ours)["_kwds"]
    altairs = alt.LayerChart(**parts)
    assert CHANGES[change](ours).to_dict() == CHANGES[change](altairs).to_dict()


def test_layers_can_be_changed_one_by_one() -> None:
    chart = charts.cost_over_time(cost_over_time())
    first, second = (layer["encoding"]["y"]["axis"] for layer in chart.layer)
    first["title"] = "changed"
    assert second["title"] != "changed"


FRAMES = {
    "numbers and text": pd.DataFrame({"a": [1.5, 2.5], "b": [1, 2], "c": ["x", "y"], "d": [True, False]}),
    "missing": pd.DataFrame({"a": [float("nan"), 1.0], "b": ["x", None], "c": [float("inf"), -float("inf")]}),
    "nothing": pd.DataFrame({"a": []}),
    "mixed": pd.DataFrame({"a": [1, "x"], "b": [None, 2.5]}, dtype=object),
    "days": pd.DataFrame({"a": pd.to_datetime(["2027-01-01", None])}),
    "lists": pd.DataFrame({"a": [["x"], ["y", "z"]]}),
    "a category": pd.DataFrame({"a": pd.Series(["x", None]).astype("category"), "b": [1, 2]}),
    "whole numbers that may be missing": pd.DataFrame({"a": pd.Series([1, None], dtype="Int64")}),
    "an index": pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
}


@pytest.mark.parametrize("name", FRAMES)
def test_values_are_written_as_altair_writes_them(name: str) -> None:
    frame = FRAMES[name]
    altairs = alt.data.default_data_transformer(frame)["values"]
    assert records(frame) in (altairs, None)
    plain = alt.Chart(frame).mark_point().encode(x="a:Q")
    shown = specification(plain)
    assert json.dumps(shown) == json.dumps(plain.to_dict())


@pytest.mark.parametrize("frame", [pd.DataFrame({1: [1]}), pd.DataFrame([[1, 2]], columns=["a", "a"])])
def test_columns_that_no_chart_can_have_are_left_to_altair(frame: pd.DataFrame) -> None:
    assert records(frame) is None


@pytest.mark.parametrize("name", ALL)
def test_a_chart_shows_what_altair_makes_of_it(name: str) -> None:
    assert json.dumps(specification(ALL[name]())) == json.dumps(drawn(name))


def test_types_that_are_found_in_the_frame_alone_are_found() -> None:
    chart = charts.cost_by_year(cost_by_year()).encode(x="year")
    assert specification(chart)["encoding"]["x"] == {"field": "year", "type": "quantitative"}


def test_a_frame_too_long_for_a_chart_is_refused_as_by_altair() -> None:
    chart = alt.Chart(pd.DataFrame({"a": range(5001)})).mark_point().encode(x="a:Q")
    with pytest.raises(alt.MaxRowsError):
        specification(chart)
    with alt.data_transformers.enable("default", max_rows=None):
        assert len(next(iter(specification(chart)["datasets"].values()))) == 5001


def test_no_line_runs_through_the_names_of_a_row() -> None:
    swing = {"label": "Rate", "p10": 80.0, "p90": 139.0, "at_p10": 1.0, "at_p90": 9.0, "point": 5.0, "swing": 8.0}
    layers = charts.tornado(pd.DataFrame([swing]), outcome="USD").to_dict()["layer"]
    kinds = [layer["mark"]["type"] for layer in layers]
    assert kinds == ["bar", "rule", "text", "text"]
    assert [layer["mark"].get("strokeWidth") for layer in layers[2:]] == [3, None]
    assert layers[2]["encoding"] == layers[3]["encoding"]


def test_what_a_group_saves_stands_before_the_option_that_a_phone_may_cut_off() -> None:
    row = {"group": "orders", "option": "DynamoDB for everything", "saving": 96_500.0, "p10": 1.0, "p90": 2e5}
    chart = charts.savings_by_group(pd.DataFrame([row])).to_dict()
    (captions,) = {each[0]["caption"] for each in chart["datasets"].values()}
    assert captions.split() == "orders · 96.5 k USD (DynamoDB for everything)".split()


def test_a_month_that_takes_every_hour_of_a_team_takes_all() -> None:
    full = pd.DataFrame({"month": ["2027-01"], "hours": [274.9], "capacity": [275.1]})
    assert findings.load_against_capacity(full) == "The busiest month, 2027-01, takes 275 h, all of the team's hours"

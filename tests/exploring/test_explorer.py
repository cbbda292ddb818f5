"""The explorer answers the messages of its page, whatever they hold."""

from __future__ import annotations

import html
import io
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import tco
from tco import formats
from tco.analysis.verdict import POINT_NOTICE, verdict
from tco.cli import main
from tco.exploring.answers import SCALES, VIEWS
from tco.exploring.choices import Choices, chosen
from tco.exploring.explorer import BAR, Explorer, bars
from tco.report.chart_check import count_marks


class Asked(Explorer):
    """An explorer that keeps what it sends instead of sending it."""

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent = (content, buffers)

    def ask(
        self, ask: str, choices: Mapping[str, Any] | None = None, **more: Any
    ) -> tuple[dict[str, Any], list[bytes]]:
        self._received(self, {"ask": ask, "id": 7, "choices": choices or {}, **more}, [])
        answer, buffers = self.sent
        assert answer["id"] == 7
        return answer, buffers


@pytest.fixture(scope="module")
def explorer() -> Asked:
    return Asked(tco.load_scenario("quickstart"))


def test_explore_takes_what_load_scenario_takes() -> None:
    assert tco.explore("startup_small").setup["title"] == "startup_small"
    assert tco.explore(tco.load_scenario("quickstart", fleet_size=3)).setup["fleet_size"] == 3
    with pytest.raises(tco.InputError, match="quickstart"):
        tco.explore("quickstrat")


def test_the_first_picture_comes_with_the_page(explorer: Asked) -> None:
    meta, buffers = explorer.first["meta"], explorer.first["buffers"]
    shape = (1, 3, len(meta["options"]), meta["categories"], meta["months"])
    cost = np.frombuffer(buffers[meta["blocks"].index("cost")]).reshape(shape)
    starts = {control["name"]: control.get("start") for control in explorer.setup["controls"]}
    prices = [1.0, starts["rate"], starts["value"]]
    totals = np.einsum("b,pbocm->o", prices, cost)
    assert totals == pytest.approx(tco.compare(tco.evaluate(explorer.scenario))["total"].to_numpy(), rel=1e-12)


def test_amounts_come_for_the_places_asked_for(explorer: Asked) -> None:
    answer, buffers = explorer.ask("amounts", {"months": 36}, places=[[5, 1, {}], [50, 2, {}]])
    meta = answer["meta"]
    assert meta["months"] == 36
    assert len(buffers[meta["blocks"].index("cost")]) == 2 * 3 * len(meta["options"]) * meta["categories"] * 36 * 8
    places = [[20, 1, {"labour.upgrade_team": 1}]]
    teams, blocks = explorer.ask("amounts", {"assumptions": places[0][2]}, places=places)
    cost = np.frombuffer(blocks[teams["meta"]["blocks"].index("hours")])
    changed = tco.load_scenario("quickstart", set={"labour.upgrade_team": 1})
    assert cost.sum() == pytest.approx(tco.compare(tco.evaluate(changed))["labour_hours"].sum())
    assert teams["meta"]["places"] == places


def test_the_verdict_is_that_of_the_module(explorer: Asked) -> None:
    """Apart from which option is first and next, and on which basis: the page itself says these."""
    answer, _ = explorer.ask("verdict", {"fleet_size": 100})
    told = verdict(
        tco.evaluate(tco.load_scenario("quickstart", fleet_size=100).by_label), with_reversals=False
    ).sentences
    assert answer["answer"]["sentences"] == [one for one in told if not one.startswith(("Next comes", POINT_NOTICE))]
    assert len(answer["answer"]["sentences"]) == len(told) - 2


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"fleet_size": 100, "months": 36, "policy": "smallest", "load": 2.0, "load_shape": "flat"},
        {"assumptions": {"labour.engineer_rate": 140.5, "fleet.orders.assumptions.upgrades.plan_hours": 33}},
        {"fleet_size": 60, "load": 3.0, "assumptions": {"fleet.billing.workload.reads_per_second": 900}},
    ],
)
def test_the_line_for_a_terminal_gives_the_same_numbers(explorer: Asked, choices: dict[str, Any]) -> None:
    line = shlex.split(tco.explore("quickstart").command(Choices.of(choices)))
    assert line[:3] == ["tco", "compare", "quickstart"]
    printed = CliRunner().invoke(main, [*line[1:], "--format", "csv"])
    assert printed.exit_code == 0, printed.output
    expected = tco.compare(tco.evaluate(chosen(explorer.scenario, Choices.of(choices))))
    assert pd.read_csv(io.StringIO(printed.stdout))["npv"].tolist() == pytest.approx(
        expected["npv"].tolist(), rel=1e-12
    )


def test_what_matters_is_about_the_strongest_rival_by_draws(explorer: Asked) -> None:
    """On average the second option is `stay`; in more draws than it another one is the cheapest."""
    rival = explorer.ask("probable", draws=512)[0]["answer"]["rival"]
    totals = tco.evaluate(explorer.scenario).total("option", "npv").mean().sort_values()
    assert rival not in totals.index[:2]
    title = explorer.ask("charts", view="matters", rival=rival)[0]["answer"][0]["title"]
    assert rival in title
    assert totals.index[1] not in title


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_title_and_the_text_alternative_of_the_reports_chart(explorer: Asked, view: str) -> None:
    charts = explorer.ask("charts", view=view)[0]["answer"]
    assert charts
    for chart in charts:
        assert chart["title"] in chart["description"]
        assert "title" not in chart["specification"]


@pytest.mark.parametrize("view", SCALES)
def test_a_chart_whose_rows_the_page_computes_renders_with_them(explorer: Asked, view: str) -> None:
    ledger = tco.evaluate(explorer.scenario.by_label)
    answers = explorer.ask("charts", view=view)[0]["answer"]
    for option, chart in list(VIEWS[view](ledger, list(ledger.options)).items())[-2:]:
        whole = chart.to_dict()
        (sent,) = [one for one in answers if one["option"] == option]
        rows = whole["datasets"][whole["data"]["name"]]
        spec = sent["specification"]
        datasets = spec["datasets"] | {"rows": rows, "here": [{"value": 20}]}
        assert count_marks(spec | {"datasets": datasets}) == count_marks(whole)


def test_an_option_keeps_its_colour_where_others_are_left_out(explorer: Asked) -> None:
    everything, part = (
        explorer.ask("charts", choices, view="cost-over-time")[0]["answer"][0]["specification"]["layer"][0]
        for choices in ({}, {"options": ["stay", "right-sized"]})
    )
    assert everything["encoding"]["color"]["scale"] == part["encoding"]["color"]["scale"]
    assert part["encoding"]["color"]["legend"]["values"] == ["stay", "right-sized"]


def test_a_bar_leads_to_lines_with_sources(explorer: Asked) -> None:
    answer, _ = explorer.ask("lines", option="stay", category="version upkeep")
    frame = tco.explain(tco.evaluate(explorer.scenario), option="stay", category="version upkeep")
    text = re.sub("<[^>]*>", "", answer["answer"])
    for line in frame[frame["quantity"] != 0].to_dict("records"):
        assert {line["line"], f"{formats.grouped(line['cost'])} USD", line["as_of"]} <= set(cells(answer["answer"]))
        assert html.escape(line["source"]) in text


def test_other_questions_are_answered(explorer: Asked) -> None:
    assert {chart["option"] for chart in explorer.ask("charts", view="upgrades")[0]["answer"]} >= {"stay", "automated"}
    rate = explorer.scenario.assumptions["labour.engineer_rate"]
    assumption = explorer.ask("assumption", row=f"{rate.label}  ·  79 to 139")[0]["answer"]
    assert {rate.label, rate.source.link, "labour.engineer_rate"} <= set(cells(assumption))
    chance = explorer.ask("probable", draws=64)[0]["answer"]
    assert set(chance["shares"]) == set(explorer.scenario.by_label.options)
    assert chance["chance"].startswith(f"In {chance['shares']['right-sized']} of 64 draws right-sized is the cheapest")
    assert not re.search("USD|median|average", chance["chance"])  # amounts on the page are point estimates


def cells(markup: str) -> list[str]:
    """The texts of a table's caption and cells."""
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<(?:td|th|p)\b[^>]*>(.*?)</(?:td|th|p)>", markup)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_saved(explorer: Asked, view: str) -> None:
    answer, (content,) = explorer.ask("export", view=view, form="svg")
    assert answer["name"] == f"{view}.svg"
    assert content.startswith(b"<svg")
    assert content.count(b"aria-roledescription") > 10


def test_what_is_saved_is_a_scenario(explorer: Asked, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    answer, _ = explorer.ask("save", {"fleet_size": 12}, name=str(target))
    assert answer["saved"] == str(target)
    assert tco.load_scenario(target).fleet_size == 12
    assert "already" in explorer.ask("save", name=str(target))[0]["problem"]


@pytest.mark.parametrize(
    ("ask", "choices", "more"),
    [
        ("amounts", {"policy": "newst"}, {"places": [[5, 1, {}]]}),
        ("verdict", {"months": -3}, {}),
        ("lines", {}, {"option": "none", "category": "downtime"}),
        ("charts", {}, {"view": "none"}),
        ("assumption", {}, {"row": "none"}),
        ("open", {}, {"name": "/etc/passwd"}),
        ("export", {}, {"view": "downtime", "form": "exe"}),
        ("nothing", {}, {}),
    ],
)
def test_a_question_that_cannot_be_answered_gets_one_message(
    explorer: Asked, ask: str, choices: dict[str, Any], more: dict[str, Any]
) -> None:
    answer, buffers = explorer.ask(ask, choices, **more)
    assert answer["problem"]
    assert not buffers


def test_another_scenario_starts_from_its_own_settings() -> None:
    explorer = Asked(tco.load_scenario("quickstart"))
    explorer.moved = {"fleet_size": 99}
    assert explorer.scenario.fleet_size == 99
    explorer.ask("open", name="startup_small")
    assert explorer.setup["scenario"] == "startup_small"
    assert explorer.scenario == tco.load_scenario("startup_small")


def test_the_still_picture_has_bars_as_long_as_the_costs_and_escapes_names() -> None:
    frame = pd.DataFrame(
        {
            "option": ["<b>", "<b>", "move", "move"],
            "category": ["infrastructure", "operations"] * 2,
            "cost": [300.0, 100.0, 200.0, -50.0],
        }
    )
    picture = bars(frame)
    assert "&lt;b&gt;" in picture
    assert "<b>" not in picture
    widths = [float(width) for width in re.findall(rf'width="([0-9.]+)" height="{BAR}"', picture)]
    assert widths == pytest.approx([435.0, 145.0, 290.0])  # 580 pixels are the largest sum, 400 USD
    assert ">150 USD</text>" in picture
    assert "<svg" in bars(frame.head(0))
    assert '<text x="0"' in picture  # a long name above its bar has the whole width

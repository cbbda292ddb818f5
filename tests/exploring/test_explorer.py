"""The explorer answers the messages of its page, whatever they hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tco
from tco.exploring.explorer import Explorer


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
    cost = np.frombuffer(buffers[list(meta["blocks"]).index("cost")]).reshape(meta["blocks"]["cost"])
    prices = [1.0, explorer.setup["rate"]["start"], explorer.setup["value"]["start"]]
    totals = np.einsum("b,pbocm->o", prices, cost)
    assert totals == pytest.approx(tco.compare(tco.evaluate(explorer.scenario))["total"].to_numpy(), rel=1e-12)


def test_amounts_come_for_the_places_asked_for(explorer: Asked) -> None:
    answer, buffers = explorer.ask("amounts", {"months": 36}, places=[[5, 1], [50, 2]], curve=True)
    assert answer["meta"]["blocks"]["cost"][0] == 2
    assert answer["meta"]["blocks"]["cost"][-1] == 36
    sizes = [int(np.prod(shape)) * 8 for shape in answer["meta"]["blocks"].values()]
    assert [len(buffer) for buffer in buffers] == sizes


def test_the_verdict_and_the_comparison_are_those_of_the_module(explorer: Asked) -> None:
    answer, _ = explorer.ask("verdict", {"fleet_size": 100})
    frame = tco.compare(tco.evaluate(tco.load_scenario("quickstart", fleet_size=100)))
    assert [row["npv"] for row in answer["answer"]["comparison"]] == frame["npv"].tolist()
    assert "for 100 clusters" in answer["answer"]["headline"]


def test_a_bar_leads_to_lines_with_sources(explorer: Asked) -> None:
    answer, _ = explorer.ask("behind", option="stay", category="version upkeep")
    lines = answer["answer"]
    assert {"major upgrades", "minor upgrades"} <= {line["line"] for line in lines}
    assert all(line["source"] and line["as_of"] for line in lines)


def test_other_questions_are_answered(explorer: Asked) -> None:
    assert {row["option"] for row in explorer.ask("upgrades")[0]["answer"]} >= {"stay", "automated"}
    assert isinstance(explorer.ask("flips")[0]["answer"], list)
    matters = explorer.ask("matters")[0]["answer"]
    assert matters["rows"][0]["source"]
    assert explorer.ask("export", view="downtime", form="svg")[1][0].startswith(b"<svg")
    chance = explorer.ask("probable", draws=64)[0]["answer"]
    assert sum(row["probability_cheapest"] for row in chance["ranking"]) == pytest.approx(1)
    assert "with a probability of" in chance["headline"]
    assert chance["draws"] == 64


def test_what_is_saved_is_a_scenario(explorer: Asked, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    answer, _ = explorer.ask("save", {"fleet_size": 12}, name=str(target))
    assert answer["saved"] == str(target)
    assert tco.load_scenario(target).fleet_size == 12
    assert "already" in explorer.ask("save", name=str(target))[0]["problem"]


@pytest.mark.parametrize(
    ("ask", "choices", "more"),
    [
        ("amounts", {"policy": "newst"}, {"places": [[5, 1]]}),
        ("verdict", {"months": -3}, {}),
        ("behind", {}, {"option": "none", "category": "downtime"}),
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

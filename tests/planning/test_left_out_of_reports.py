"""What a report leaves out for its size is said, with the command that makes it."""

from __future__ import annotations

from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.planning import mixtures, upgrade_plan
from tco.scenario.scenario import Scenario


def fleet(groups: int, clusters: int = 1, fleet_size: int | None = None) -> Scenario:
    whole = {f"g{number}": group(clusters=clusters) for number in range(groups)}
    whole["rehearsal"] = group(clusters=1, environment="staging", design_of="g0")
    options = {"stay": STAY, "dynamodb": DYNAMODB}
    return tco.load_scenario(scenario(fleet=whole, options=options), fleet_size=fleet_size)


def test_the_mixture_of_more_than_twenty_groups_is_left_to_its_command() -> None:
    """A group that follows another's design does not move by itself."""
    assert mixtures.left_out_of_reports(fleet(20)) == ""
    assert mixtures.left_out_of_reports(fleet(21)) == (
        "The cheapest mixture by group is left out: the fleet has 21 groups that can move by themselves, of which a "
        "report tries up to 20. `tco mix` finds it."
    )


def test_the_plan_of_more_than_five_hundred_clusters_is_left_to_its_command() -> None:
    assert upgrade_plan.left_out_of_reports(fleet(1, clusters=499)) == ""
    assert "has 501 clusters, of which a report lists up to 500. `tco plan --csv plan.csv`" in (
        upgrade_plan.left_out_of_reports(fleet(1, clusters=500))
    )
    scaled = upgrade_plan.left_out_of_reports(fleet(1, fleet_size=1000))
    assert "has 1,000 clusters" in scaled
    assert "`tco plan --fleet-size 1000 --csv plan.csv`" in scaled

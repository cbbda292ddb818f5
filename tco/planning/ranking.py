"""Which groups to move first, and what each of them saves.

At every step the group that saves most moves next, together with the groups that run its designs. A saving is the
present value of the fleet before the move less that after it. Shared costs are therefore counted for the group that
moves first, and all savings add up to that of moving the whole fleet.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from tco.analysis.comparison import payback
from tco.analysis.distribution import below_zero, percentiles
from tco.errors import InputError, checked
from tco.evaluation.ledger_line import CATALOGUE, LABOUR
from tco.evaluation.totals import COST, Query
from tco.planning.cheapest_mixture import BY_GROUP, Mix
from tco.planning.mixtures import BY_OPTION, Mixture, Mixtures, checked_option, units
from tco.sampling.designs import point
from tco.sampling.monte_carlo import design_of_draws
from tco.scenario.scenario import Scenario

MOST_STEPWISE = 30
"""Units up to which every step compares all that are left; of more, their savings when moved alone give the order."""
COLUMNS = "rank group clusters saving p10 p90 chance labour_hours payback_months".split()
TRANSITION = list(CATALOGUE)[-1]
HOURS = Query(("option",), "", LABOUR, over_draws=True)
HOURS_BY_CATEGORY = Query(("option", "category"), "", LABOUR, over_draws=True)
BY_MONTH = Query(("option",), "p", COST, over_draws=True)


@checked
def rank(scenario: Scenario, option: str, draws: int | None = None, seed: int = 0) -> pd.DataFrame:
    """The groups in the order in which moving them from the reference to an option saves most, one row a group.

    Columns: rank (1 first), group, clusters, saving (USD present value, mean over draws; negative where it costs),
    p10, p90 and chance (that it saves; an exact tie counts half; all three blank without draws), labour_hours (that
    moving it adds over the horizon; negative where it frees them), payback_months (of this move alone; blank when
    never), cumulative_saving (of the groups down to this one), move_hours (those of the transition itself). Without
    draws amounts are those of the point estimate. The order is that of the point estimate in any case; groups with
    `design_of` come right after the group whose designs they run. Raises InputError for an unknown option and for the
    reference.
    """
    target, reference = checked_option(scenario, option), scenario.reference_option
    if target == reference:
        raise InputError("is the reference: name the option to move to", path="option", value=option)
    design = design_of_draws(scenario, draws, seed)
    at_point = Mixtures.of(scenario, point(scenario))
    order = [group for unit in _order(at_point, reference, target) for group in unit]
    mixtures = Mixtures.of(scenario, design) if draws else at_point
    return _moved_in(order, dict.fromkeys(order, target), mixtures)


def rank_mix(scenario: Scenario, mix: Mix, draws: int | None = None, seed: int = 0) -> pd.DataFrame:
    """The groups that a mixture (of `best_mix`) moves off the reference, one row a group, and those that it keeps.

    Columns: those of `rank`, then option and margin, as in the mixture. Groups are in the order of what the ledger
    counts less for them in the mixture; those that are kept come last, without rank, saving and hours.
    Raises InputError.
    """
    mixtures = Mixtures.of(scenario, design_of_draws(scenario, draws, seed))
    reference, chosen = scenario.reference_option, dict(zip(mix["group"], mix["option"], strict=True))

    def moves(group: str) -> bool:
        return mixtures.first_alike(group, chosen[group]) != mixtures.first_alike(group, reference)

    mixture = tuple(chosen[group] for group in scenario.fleet)
    totals = mixtures.totals([mixtures.pure(reference), mixture], [BY_GROUP])[BY_GROUP]
    before, after = (totals[(place,)].reshape(-1).tolist() for place in ("0", "1"))
    own = dict(zip(scenario.fleet, (one - other for one, other in zip(before, after, strict=True)), strict=True))
    moving = [unit for unit in units(scenario) if moves(unit[0])]
    moving.sort(key=lambda unit: -sum(own[group] for group in unit))
    order = [group for unit in moving for group in unit]
    kept = [group for group in scenario.fleet if group not in order]
    frame = pd.concat([
        _moved_in(order, chosen, mixtures),
        pd.DataFrame({"group": kept, "clusters": [scenario.fleet[group].clusters for group in kept]}),
    ], ignore_index=True) if kept else _moved_in(order, chosen, mixtures)  # fmt: skip
    margins = dict(zip(mix["group"], mix["margin"], strict=True))
    return frame.assign(option=frame["group"].map(chosen), margin=frame["group"].map(margins))


def _moved_in(order: Sequence[str], target: Mapping[str, str], mixtures: Mixtures) -> pd.DataFrame:
    """The columns of `rank` for groups that move from the reference to their option, one after the other."""
    scenario, design = mixtures.scenario, mixtures.design
    is_drawn = design.rows > 1
    steps: list[Mixture] = [mixtures.pure(scenario.reference_option)]
    for group in order:
        steps.append(mixtures.with_unit(steps[-1], (group,), target[group]))
    totals = mixtures.totals(steps, [BY_OPTION, HOURS, HOURS_BY_CATEGORY, BY_MONTH])
    names = [(str(place),) for place in range(len(steps))]
    npv = [totals[BY_OPTION][name].reshape(-1) for name in names]
    by_month = [totals[BY_MONTH][name].reshape(-1) / design.rows for name in names]
    hours = [float(totals[HOURS][name].sum()) / design.rows for name in names]
    moves = [float(np.sum(totals[HOURS_BY_CATEGORY].get((*name, TRANSITION), 0.0))) / design.rows for name in names]
    rows = []
    for place, group in enumerate(order):
        saved = npv[place] - npv[place + 1]
        p10, p90 = percentiles(saved, (0.1, 0.9)) if is_drawn else (np.nan, np.nan)
        rows.append(
            {
                "rank": place + 1,
                "group": group,
                "clusters": scenario.fleet[group].clusters,
                "saving": float(saved.mean()),
                "p10": p10,
                "p90": p90,
                "chance": float(below_zero(-saved).mean()) if is_drawn else np.nan,
                "labour_hours": hours[place + 1] - hours[place],
                "payback_months": payback(np.cumsum(by_month[place + 1] - by_month[place])),
            }
        )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["cumulative_saving"] = frame["saving"].cumsum()
    frame["move_hours"] = [after - before for before, after in pairwise(moves)]
    return frame


def _order(mixtures: Mixtures, reference: str, target: str) -> list[tuple[str, ...]]:
    """The units in the order in which each next one saves most, those that come first in the file among equals."""
    left, moved, order = list(units(mixtures.scenario)), mixtures.pure(reference), list[tuple[str, ...]]()
    if len(left) > MOST_STEPWISE:
        costs = mixtures.means([mixtures.with_unit(moved, unit, target) for unit in left])
        return [left[place] for place in np.argsort(costs, kind="stable")]
    while left:
        costs = mixtures.means([mixtures.with_unit(moved, unit, target) for unit in left])
        unit = left.pop(int(np.argmin(costs)))
        order.append(unit)
        moved = mixtures.with_unit(moved, unit, target)
    return order

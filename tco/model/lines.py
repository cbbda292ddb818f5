"""The one entry point: a scenario under a design becomes a ledger.

`evaluate` asks every line function of `tco.model.components` for its lines, option by option, and notes which
assumptions each of them read. Point estimates, sweeps and draws are designs; nothing else calls the components.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from tco.errors import InputError, checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import Ledger, line_sums
from tco.evaluation.ledger_line import CATALOGUE, DOWNTIME, ZERO, Line
from tco.evaluation.parallel import processes
from tco.evaluation.totals import Query
from tco.model.components import downtime, infrastructure, operations, transition, version_upkeep
from tco.model.fleet.growth import CLUSTERS, growth
from tco.model.fleet.migration import ROUNDING
from tco.model.fleet.placement import STAGES, placements
from tco.model.fleet.scheduling import upgrades_made
from tco.sampling.designs import Design, check_values, point
from tco.scenario.scenario import Scenario
from tco.units import MINUTES_PER_HOUR

COMPONENTS = (infrastructure, version_upkeep, operations, downtime, transition)


@checked
def evaluate(scenario: Scenario, design: Design | None = None, requested: Sequence[Query] | None = None) -> Ledger:
    """The ledger of all options of a scenario under a design (default: the point design).

    Designs of a million rows times groups are shared with other processes, one a processor up to four; the environment
    variable TCO_PROCESSES sets another number, 1 for none. Results do not depend on it, to the last bit.
    requested: the totals that will be asked for, where they are known; one pass over the draws adds them up together.
    Raises InputError, for a point design also where clusters would be down for longer than there is time, or
    UnknownPrice for something that no price row covers.
    """
    processes()  # a faulty number of them is told on small designs too
    ledger = Ledger(scenario, design or point(scenario), lines_of, requested=requested)
    for path, values in design.columns.items() if design else ():
        check_values(scenario, path, values)
    ledger.checked()
    if ledger.at_point is ledger:
        _refuse_more_downtime_than_time(ledger)
    return ledger


def _refuse_more_downtime_than_time(ledger: Ledger) -> None:
    """Raise InputError for the first option and group whose clusters are down for longer than the months last."""
    inputs = Inputs(ledger.scenario, ledger.design.row(0))
    fleet, month = inputs.whole_fleet, inputs["finance.hours_per_month"] * MINUTES_PER_HOUR * np.ones(inputs.months)
    time = (inputs.clusters(fleet) * growth(inputs, CLUSTERS, fleet) * month).sum(axis=(0, 2))
    lines = [line for line in ledger.lines() if line.unit == DOWNTIME]
    sums = line_sums(inputs, lines)
    for (option,), down in sums.total(Query(("option",), "g", DOWNTIME, over_draws=True)).items():
        for place in np.flatnonzero(down > time * (1 + ROUNDING)):
            parts = sums.total(Query(("option", "line"), "g", DOWNTIME, over_draws=True))
            _, most = max((key for key in parts if key[0] == option), key=lambda key: float(parts[key][place]))
            raise InputError(
                f"more downtime than there is time: {down[place]:,.0f} of {time[place]:,.0f} cluster-minutes of the "
                f"group '{ledger.groups[place]}', most of them {most}; lower what the scenario states under downtime.",
                path=f"options.{option}",
            )


def lines_of(inputs: Inputs, options: Iterable[str] = ()) -> Iterator[Line]:
    """All lines of all options (or of some) for the rows of one block."""
    for option in options or inputs.scenario.options:
        known: set[str] = set()
        for line in option_lines(inputs, option):
            known.add(line.line)
            yield line
        yield from stated_zeros(option, known)


def stated_zeros(option: str, known: Container[str]) -> Iterator[Line]:
    """A zero for each line of the closed list that an option has nothing of."""
    first = np.zeros(1, dtype=np.intp)
    for units in CATALOGUE.values():
        for line, unit in units.items():
            if line not in known:
                yield Line(line, unit, (ZERO,), (ZERO,), first, option=option)


def option_lines(inputs: Inputs, option: str) -> Iterator[Line]:
    """The lines of one option, each with the names of the assumptions that its function read."""
    placed = placements(inputs, option)
    by_stay = {placement.stay: placement for placement in placed}
    arguments: dict[str, list[tuple[Any, ...]]] = {
        "placement": [(placement,) for placement in placed],
        "versioned": [(placement,) for placement in placed if placement.platform.is_versioned],
        "instances": [(placement,) for placement in placed if placement.platform.is_instances],
        "hosts": [(placement,) for placement in placed if placement.platform.has_hosts],
        **{stage: [(placement,) for placement in placed if placement.stage == stage] for stage in STAGES},
        "wave": [(by_stay[wave.cohort.stay], wave) for wave in upgrades_made(inputs, option)],
        "option": [(option,)],
    }
    for component in COMPONENTS:
        for kind, functions in component.LINES:
            for function in functions:
                for subject in arguments[kind]:
                    yield from _traced(inputs, option, partial(function, inputs, *subject))


def _traced(inputs: Inputs, option: str, lines: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    with inputs.recording() as reads:
        function_lines = list(lines())
    read = tuple(reads.assumptions)
    for line in function_lines:
        yield line.traced(option, read)

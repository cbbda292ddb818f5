"""What moving to another platform costs once, beside the old platform's bill, which is paid until cut-over."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tco.evaluation.inputs import Inputs, over_groups
from tco.evaluation.ledger_line import UNFINISHED, ZERO, Chance, Factors, Line
from tco.model.components.infrastructure import monthly_bill, support_on, terms
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour, role_of
from tco.model.fleet.bills import amounts, bill, discounted, line_of_bill
from tco.model.fleet.designs import designs_by_group, shares_of
from tco.model.fleet.effort import PHASES, split_of_phase
from tco.model.fleet.events import failed_migrations, withdrawals
from tco.model.fleet.growth import grown_by
from tco.model.fleet.migration import (
    learnt_modelling,
    left_after,
    modelling_hours,
    moving_designs,
    need_elsewhere,
    pace_of,
    split_by_designs,
    split_by_need,
    tooling_hours,
    training_hours_by_group,
)
from tco.model.fleet.placement import Placement, moved, on_both, present, setting
from tco.model.fleet.scheduling import waves
from tco.model.fleet.waves import only_in, upgraded_by_month
from tco.units import MONTHS_PER_YEAR

UNFINISHED_MOVE = "unfinished move"
COMMITTED = frozenset({"compute", "replicas"})
"""Lines of a bill whose price may be that of a term."""


def remodelling(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Re-modelling and code change of every design that arrives, over the months until the last cut-over."""
    groups = placement.groups
    hours = (*remodelling_hours(inputs, placement), pace_of(inputs, placement.migration).work)
    yield labour(inputs, groups, "re-modelling and code change", hours, DEVELOPER, "re-modelling")


def first_modelling(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The first data model of workloads that do not exist yet, in the first month, whatever the platform.

    hours to re-model their designs x share of that where the platform speaks the engine's protocol, or does not.
    """
    new = [position for position, group in enumerate(placement.groups.stated) if group.is_new]
    if new:
        groups, known = inputs.part(placement.groups, new), placement.platform.speaks
        designs = designs_by_group(inputs, groups)
        work = learnt_modelling(inputs, groups, over_groups(designs))
        hosted = [group.engine in known for group in groups.stated]
        shares = [inputs[f"transition.first_modelling_share_{kind}", groups] for kind in ("hosted", "other")]
        part = np.where(np.reshape(hosted, (1, -1, 1)), *shares)
        hours = (work, shares_of(designs, inputs.cluster_shares(groups)), part, only_in(inputs, 0))
        yield labour(inputs, groups, "re-modelling and code change", hours, DEVELOPER, "first modelling")


def remodelling_hours(inputs: Inputs, placement: Placement) -> Factors:
    """Hours of re-modelling of all designs that arrive, split over their groups by clusters."""
    work = modelling_hours(inputs, placement.platform_name, placement.groups)
    return work, split_by_designs(inputs, placement.platform_name, placement.groups)


def migration_tooling(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Tooling of the move (copy, compare, switch back), built once before the first cut-over; 0 for no clusters."""
    hours = (*tooling_by_group(inputs, placement), pace_of(inputs, placement.migration).work)
    yield labour(inputs, placement.groups, "data migration", hours, DATABASE_ENGINEER, "tooling")


def tooling_by_group(inputs: Inputs, placement: Placement) -> Factors:
    """Hours of the tooling, split over the groups by clusters x need."""
    arrival = placement.platform_name, placement.groups
    return tooling_hours(inputs, *arrival), split_by_need(inputs, *arrival)


def data_migration(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Copying, checking and cutting over the data, cluster by cluster: clusters x hours."""
    groups = placement.groups
    hours = (*moved(inputs, placement.stay), inputs["transition.data_move_hours_per_cluster", groups])
    yield labour(inputs, groups, "data migration", hours, DATABASE_ENGINEER, "cut-over")


def incident_labour(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Diagnosis, switching back and repeating where a cut-over to the new platform goes wrong: incidents x hours."""
    groups, happened = placement.groups, failed_migrations(inputs, placement)
    hours = (
        *moved(inputs, placement.stay),
        inputs["downtime.incident_probability_migration", groups],
        inputs["upgrades.incident_labour_hours", groups],
        happened,
    )
    yield labour(inputs, groups, "data migration", hours, DATABASE_ENGINEER, "incidents", chance=Chance(happened))


def dual_running(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The new platform's bill while it runs beside the old one: clusters x share of a month x its monthly bill.

    It runs so many months before each cut-over, and is paid in these.
    """
    groups = placement.groups
    quantity = (inputs.clusters(groups), on_both(inputs, placement.stay), monthly_bill(inputs, placement))
    yield line_of_bill(inputs, placement, groups, "dual running", quantity)
    yield from support_on(inputs, placement, groups, quantity, "dual running")


def training(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Training of developers on a platform that works differently: designs x people a design x hours."""
    groups = placement.groups
    by_group = training_hours_by_group(inputs, placement.platform_name, groups)
    hours = (*by_group, pace_of(inputs, placement.migration).work)
    yield labour(inputs, groups, "training", hours, DEVELOPER, "training")


def unfinished_move(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The work that a move still owes when the horizon ends, booked in its last month, and the clusters not moved.

    (re-modelling + tooling + training) x share of the work not done + clusters not cut over x hours of a data move.
    Clusters are counted, not priced.
    """
    groups, pace = placement.groups, pace_of(inputs, placement.migration)
    last = only_in(inputs, inputs.months - 1)
    undone, waiting = left_after(pace.work), left_after(pace.cut_over)
    if not waiting.any():
        return
    waiting = waiting * grown_by(inputs, inputs.months - 1, groups)
    clusters, data_move = inputs.clusters(groups), inputs["transition.data_move_hours_per_cluster", groups]
    for hours, part, role, phase in (
        (remodelling_hours(inputs, placement), undone, DEVELOPER, "re-modelling"),
        (tooling_by_group(inputs, placement), undone, DATABASE_ENGINEER, "tooling"),
        (training_hours_by_group(inputs, placement.platform_name, groups), undone, DEVELOPER, "training"),
        ((clusters, data_move), waiting, DATABASE_ENGINEER, "cut-over"),
    ):
        yield labour(inputs, groups, UNFINISHED_MOVE, (*hours, part, last), role, phase)
    quantity = (clusters, waiting, last)
    yield Line(UNFINISHED_MOVE, UNFINISHED, quantity, (ZERO,), groups.indices, "not moved")


def stranded_commitments(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Fees of a commitment that run on when its clusters have left, until the term ends: clusters gone x fee.

    Gone are those that were here when the term began. Terms begin with the horizon and are renewed for the clusters
    that are still here. Recurring fees of instances under a term and of reserved capacity: fees paid upfront are booked
    already.
    """
    committed = np.array([term != "on_demand" for term in setting(inputs, placement, "term")])
    due = [item for item in bill(inputs, placement) if (item.line in COMMITTED or item.reserved) and not item.upfront]
    leaving = pace_of(inputs, placement.migration)
    for length, groups in terms(inputs, placement) if due else ():
        began = leaving.months - leaving.months % length
        gone = np.maximum(leaving.arrived - leaving.cut_over_by(began), 0)
        for item in due:
            of_term = groups.positions
            some = inputs.part(placement.groups, of_term if item.reserved else of_term[committed[of_term]])
            if len(some):
                *fee, paid = some.of(amounts(item.quantity), amounts(item.unit_price), discounted(inputs, placement))
                price = (paid,)
                quantity = (inputs.clusters(some), gone, grown_by(inputs, began, some), *fee)
                yield Line("stranded commitments", "USD", quantity, price, some.indices)


def service_withdrawal(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The move that follows when the provider withdraws a service, for the clusters that stand on it then.

    withdrawals a month x (designs x need x hours of leaving + clusters x hours of a data move), and in USD x clusters x
    months of dual running x bill: the new platform is taken to cost what this one does.
    """
    a_year = inputs.stated("transition.withdrawals_per_year")
    if placement.platform.self_managed or not a_year.any():
        return
    groups, line = placement.groups, "service withdrawal"
    happened = withdrawals(inputs, placement.platform_name)
    events = (a_year / MONTHS_PER_YEAR, happened, present(inputs, placement))
    need, clusters = need_elsewhere(inputs, placement.platform_name, groups), inputs.clusters(groups)
    remodelled = (designs_by_group(inputs, groups), need, inputs["transition.exit_hours_per_design", groups])
    moved = (clusters, inputs["transition.data_move_hours_per_cluster", groups])
    yield labour(inputs, groups, line, (*events, *remodelled), DEVELOPER, "re-modelling", chance=Chance(happened))
    yield labour(inputs, groups, line, (*events, *moved), DATABASE_ENGINEER, "data migration", chance=Chance(happened))
    quantity = (*events, clusters, inputs["transition.dual_running_months", groups], monthly_bill(inputs, placement))
    yield replace(line_of_bill(inputs, placement, groups, line, quantity, "dual running"), chance=Chance(happened))


def exit_cost(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """What leaving the new platform again would cost, in USD: stated, with unit price 0, so not in any total."""
    groups = placement.groups
    _, needed = moving_designs(inputs, placement.platform_name, groups)
    last = np.zeros((1, 1, inputs.months))
    last[..., -1] = 1
    quantity = (needed, inputs["transition.exit_hours_per_design", groups], inputs["labour.engineer_rate"], last)
    phase = "stated, not in the total"
    yield Line("exit", "USD", quantity, (ZERO,), groups.indices, phase)


def unfinished_upgrades(inputs: Inputs, option: str) -> Iterator[Line]:
    """Upgrades that are due within the horizon and not made in it: their hours, in its last month, and the clusters."""
    for wave in waves(inputs, option):
        if wave.unfinished:
            for phase, hours_of in PHASES.items():
                hours = (hours_of(inputs, wave), *split_of_phase(inputs, wave, phase))
                yield labour(inputs, wave.groups, UNFINISHED_MOVE, hours, role_of(phase), phase)
            quantity = (inputs.clusters(wave.groups), upgraded_by_month(inputs, wave))
            yield Line(UNFINISHED_MOVE, UNFINISHED, quantity, (ZERO,), wave.groups.indices, "not upgraded")


LINES = (
    ("stays", (first_modelling,)),
    ("arrives", (remodelling, migration_tooling, data_migration, incident_labour, dual_running, training)),
    ("leaves", (stranded_commitments,)),
    ("arrives", (unfinished_move,)),
    ("option", (unfinished_upgrades,)),
    ("placement", (service_withdrawal,)),
    ("arrives", (exit_cost,)),
)

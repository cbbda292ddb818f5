"""What moving to another platform costs once, beside the old platform's bill, which is paid until cut-over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ONE, ZERO, Line
from tco.model.components.infrastructure import terms
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour
from tco.model.fleet.bills import all_price_names, amounts, bill, discounted, monthly_bill
from tco.model.fleet.events import migration_luck
from tco.model.fleet.placement import Hosting, designs, modelling_hours, move_of, moving_designs

Array = NDArray[np.float64]

COMMITTED = frozenset({"compute", "replicas"})
"""Lines of a bill whose price may be that of a term."""


def remodelling(hosting: Hosting) -> Iterator[Line]:
    """Re-modelling and code change of every design that arrives, over the months until the last cut-over."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        hours, _ = modelling_hours(hosting)
        yield from labour(
            inputs,
            "transition",
            "re-modelling and code change",
            (hours, hosting.split, move_of(inputs, hosting.option).work),
            hosting.members,
            DEVELOPER,
            "re-modelling",
        )


def migration_tooling(hosting: Hosting) -> Iterator[Line]:
    """Tooling of the move (copy, compare, switch back), built once before the first cut-over; 0 for no clusters."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        _, needed = moving_designs(hosting)
        present = np.minimum(hosting.whole, 1.0)
        count = designs(hosting.whole, inputs["upgrades.designs_per_cluster"])
        hours = inputs["transition.tooling_hours"] * present * (needed / np.where(count > 0, count, 1.0))
        yield from labour(
            inputs,
            "transition",
            "data migration",
            (hours, hosting.split, move_of(inputs, hosting.option).work),
            hosting.members,
            DATABASE_ENGINEER,
            "tooling",
        )


def data_migration(hosting: Hosting) -> Iterator[Line]:
    """Copying, checking and cutting over the data, cluster by cluster: clusters x hours."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        hours = (
            hosting.clusters,
            move_of(inputs, hosting.option).cut_over,
            inputs["transition.data_move_hours_per_cluster"],
        )
        yield from labour(inputs, "transition", "data migration", hours, hosting.members, DATABASE_ENGINEER, "cut-over")


def incident_labour(hosting: Hosting) -> Iterator[Line]:
    """Diagnosis, switching back and repeating where a cut-over to the new platform goes wrong: incidents x hours."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        hours = (
            hosting.clusters,
            move_of(inputs, hosting.option).cut_over,
            inputs["downtime.incident_probability_migration"],
            inputs["upgrades.incident_labour_hours"],
            migration_luck(hosting),
        )
        yield from labour(
            inputs, "transition", "data migration", hours, hosting.members, DATABASE_ENGINEER, "incidents"
        )


def dual_running(hosting: Hosting) -> Iterator[Line]:
    """The new platform's bill while it runs beside the old one: clusters x months x its monthly bill."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        quantity = (
            hosting.clusters,
            move_of(inputs, hosting.option).cut_over,
            inputs["transition.dual_running_months"],
            monthly_bill(hosting),
        )
        yield hosting.line(
            "transition",
            "dual running",
            "USD",
            quantity,
            (ONE,),
            price_rows=all_price_names(hosting, range(len(hosting.members))),
        )


def training(hosting: Hosting) -> Iterator[Line]:
    """Training of developers on a platform that works differently: designs x people a design x hours.

    People a design: its developers, at most `transition.engineers_per_design_max`. None where the engine stays.
    """
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        _, needed = moving_designs(hosting)
        people = np.minimum(inputs["upgrades.developers_per_design"], inputs["transition.engineers_per_design_max"])
        hours = (
            needed,
            people,
            inputs["transition.training_hours_per_engineer"],
            hosting.split,
            move_of(inputs, hosting.option).work,
        )
        yield from labour(inputs, "transition", "training", hours, hosting.members, DEVELOPER, "training")


def stranded_commitments(hosting: Hosting) -> Iterator[Line]:
    """Fees of a commitment that run on when its clusters have left, until the term ends: clusters gone x fee.

    Gone are those that stood here when the term began. Terms begin with the horizon and are renewed for who is still
    here. Recurring fees of instances under a term and of reserved capacity: fees paid upfront are booked already.
    """
    if hosting.stage != "leaves":
        return
    committed = np.array([term != "on_demand" for term in hosting.setting("term")])
    due = [item for item in bill(hosting) if (item.line in COMMITTED or item.reserved) and not item.upfront]
    if not committed.any():
        due = [item for item in due if item.reserved]
    move = move_of(hosting.inputs, hosting.option)
    for length, members in terms(hosting) if due else ():
        began = move.months - move.months % length
        gone = np.maximum(move.arrived - move.cut_over_by(began), 0)
        for item in due:
            places = members if item.reserved else members[committed[members]]
            if len(places):
                fee, price = amounts(item.quantity), amounts(item.unit_price)
                quantity = (
                    hosting.clusters[:, places],
                    gone,
                    fee[:, places] if fee.shape[1] > 1 else fee,
                    price[:, places] if price.shape[1] > 1 else price,
                )
                yield hosting.line(
                    "transition",
                    "stranded commitments",
                    "USD",
                    quantity,
                    (discounted(hosting),),
                    members=hosting.members[places],
                )


def exit_cost(hosting: Hosting) -> Iterator[Line]:
    """What leaving the new platform again would cost, in USD: stated, with unit price 0, so not in any total."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        _, needed = moving_designs(hosting)
        last = np.zeros((1, 1, inputs.months))
        last[..., -1] = 1
        yield hosting.line(
            "transition",
            "exit",
            "USD",
            (needed, inputs["transition.exit_hours_per_design"], inputs["labour.engineer_rate"], hosting.split, last),
            (ZERO,),
            phase="stated, not in the total",
        )


HOSTING_LINES = (
    remodelling,
    migration_tooling,
    data_migration,
    incident_labour,
    dual_running,
    training,
    stranded_commitments,
    exit_cost,
)

"""Labour lines: hours of a role at the engineer rate, split by what their release would mean.

A released hour is cashable (somebody is no longer paid), redeployed (it goes into other work that is planned) or
soft (it disappears in the day). The split is an assumption, shown so that totals can be read with and without each.
"""

from collections.abc import Mapping

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import LABOUR, NONE, Array, Chance, Factors, Line

CASHABLE, REDEPLOYED = "labour.cashable_share", "labour.redeployed_share"
STANDBY_CASHABLE = "operations.standby_cashable_share"
RELEASE_SPLIT = (CASHABLE, REDEPLOYED, STANDBY_CASHABLE)
"""Assumptions that only divide hours into kinds of release: rows read them, no total depends on them."""
DATABASE_ENGINEER, DEVELOPER, ON_CALL = "database engineer", "developer", "on-call engineer"


DEVELOPERS_PHASES = frozenset({"compatibility", "regression test"})


def role_of(phase: str) -> str:
    """Who does a phase of a major upgrade."""
    return DEVELOPER if phase in DEVELOPERS_PHASES else DATABASE_ENGINEER


def hourly_price(inputs: Inputs) -> Factors:
    """USD of one labour hour: engineer rate x price level of labour in the month."""
    return inputs["labour.engineer_rate"], inputs.price_level("labour")


@cached
def release_shares(inputs: Inputs) -> Mapping[str, Array]:
    """How released hours divide: cashable first, then redeployed as far as that leaves room, and soft, the rest."""
    cashable, redeployed = inputs[CASHABLE], inputs[REDEPLOYED]
    redeployed = np.minimum(redeployed, 1 - cashable)
    return {"cashable": cashable, "redeployed": redeployed, "soft": 1 - cashable - redeployed}


def labour(
    inputs: Inputs,
    groups: Groups,
    line: str,
    hours: Factors,
    role: str,
    phase: str = NONE,
    release: str = NONE,
    chance: Chance | None = None,
) -> Line:
    """The line of `hours` (factors over draws, groups and months) of a role.

    release: the single kind where the nature of the work leaves no choice. chance: as of a line.
    """
    shares = release_shares(inputs) if release == NONE else {}
    labels = phase, role, release
    return Line(line, LABOUR, hours, hourly_price(inputs), groups.indices, *labels, chance=chance, releases=shares)

"""Amazon Aurora Serverless v1, which AWS ended on 2025-03-31; a scenario that starts earlier may have clusters on it.

Its lifecycle engines end as a whole. AWS moves remaining clusters to v2, under Aurora's own engines.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from tco.platforms.aurora_serverless import GIB_PER_ACU, ITEMS, AuroraServerlessUsage, charge, sizing
from tco.platforms.base import WITHOUT_BLUE_GREEN, Platform, name
from tco.platforms.rds import SERVICE

MIN_ACU = 1
"""The least capacity that it scaled to while in use:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless.how-it-works.html"""
CLOSED_ON = date(2025, 1, 8)
"""The first day without new clusters:
https://c.doit.com/blog/amazon-aurora-serverless-v1-end-of-life-key-steps-and-dates-you-need-to-know"""


class AuroraServerlessV1Usage(AuroraServerlessUsage):
    """One month of an Aurora Serverless v1 cluster."""

    storage_config: Literal["standard"] = name("The only one that it has", "standard")
    generation: Literal["v2", "v1"] = name("Serverless v1 as it was sold until 2025, or v2 after it", "v1")


PLATFORM = Platform(
    name="aurora_serverless_v1",
    title="Aurora Serverless v1",
    capacity_model="capacity units",
    gib_per_unit=GIB_PER_ACU,
    min_units=MIN_ACU,
    lifecycle_engines={"mysql": "aurora_serverless_v1_mysql", "postgresql": "aurora_serverless_v1_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    closed_on=CLOSED_ON,
    methods=dict.fromkeys(("mysql", "postgresql"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=AuroraServerlessV1Usage,
    charge=charge,
    sizing=sizing,
    items=ITEMS,
)

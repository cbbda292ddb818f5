"""Volumes as AWS bills them: allocated gigabytes, and the IOPS and throughput above what the volume type
includes. RDS and EC2 differ only in what is included and in the smallest volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.platforms.base import Amounts, Bill, Names

PROVISIONED_IOPS = ("io1", "io2")
"""Types whose every IOPS is billed. gp3 bills those above the included; the others have none to sell."""


@dataclass(frozen=True)
class VolumeRules:
    """What a service includes with a gp3 volume, and the least that it bills of an io1 or io2 volume.

    From `large_from` allocated GB on, the large amounts are included instead.
    """

    included_iops: float
    included_throughput: float
    large_from: float = np.inf
    large_iops: float = 0.0
    large_throughput: float = 0.0
    least_gb: float = 0.0
    least_iops: float = 0.0

    def beyond(self, size: Amounts, total: Amounts, included: float, large: float) -> Amounts:
        """What is billed of a total beyond the included amount, for volumes of `size` GB."""
        return np.maximum(total - np.where(size >= self.large_from, large, included), 0)


def volume_items(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The items that volumes of these types may put on a bill."""
    return (
        *(f"Storage ({kind})" for kind in kinds),
        *(f"IOPS ({kind})" for kind in kinds if kind in PROVISIONED_IOPS),
        "IOPS above those included (gp3)",
        "Throughput above that included (gp3)",
    )


def charge_volumes(
    bill: Bill,
    service: str,
    rules: VolumeRules,
    kinds: NDArray[Any],
    size: Amounts,
    volumes: Amounts,
    deployment: Names = "",
    whose: str = "",
) -> None:
    """Charge `volumes` volumes of `size` GB and of the usage's `iops` and `throughput`, each of them alike.

    `iops` and `throughput` are totals of a volume, what gp3 includes among them; gp2 and magnetic volumes
    come with their IOPS. whose: stands behind the items' names, as in `Storage (gp3), readers`.
    """
    iops, throughput = bill.number("iops"), bill.number("throughput")
    for kind in dict.fromkeys(kinds.tolist()):
        count = np.where(kinds == kind, volumes, 0.0)
        gigabytes = size
        if kind in PROVISIONED_IOPS:
            gigabytes = np.where(size > 0, np.maximum(size, rules.least_gb), 0.0)
        bill.charge(
            f"Storage ({kind}){whose}", "storage", gigabytes * count, service, f"storage_{kind}", deployment=deployment
        )
        if kind in PROVISIONED_IOPS:
            billed = np.where((size > 0) | (iops > 0), np.maximum(iops, rules.least_iops), 0.0)
            bill.charge(f"IOPS ({kind}){whose}", "storage", billed, service, f"iops_{kind}", deployment=deployment,
                        times=count)  # fmt: skip
        if kind == "gp3":
            extra_iops = rules.beyond(size, iops, rules.included_iops, rules.large_iops)
            extra_throughput = rules.beyond(size, throughput, rules.included_throughput, rules.large_throughput)
            bill.charge(f"IOPS above those included (gp3){whose}", "storage", extra_iops * count, service, "iops_gp3",
                        deployment=deployment)  # fmt: skip
            bill.charge(f"Throughput above that included (gp3){whose}", "storage", extra_throughput * count, service,
                        "throughput_gp3", deployment=deployment)  # fmt: skip

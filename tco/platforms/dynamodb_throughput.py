"""The throughput of DynamoDB tables: from calls to read and write units, to requests of a month and hours of
provisioned capacity, for many bills at once.

Rates have up to three forms: even, a base with a daily peak, or spread by a load shape. Provisioned capacity
follows each form hour by hour where a target utilisation is given, and is fixed at its highest hour where
none is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.platforms.base import Bill, Columns
from tco.platforms.capacity_modes import provisioned_units
from tco.platforms.load_shapes import load_shape
from tco.platforms.request_units import read_mix, read_units, write_mix, write_units
from tco.units import HOURS_PER_DAY, SECONDS_PER_HOUR

Numbers = NDArray[np.float64]
Switches = NDArray[np.bool_]
Calls = Literal["reads", "writes"]

BLOCK = 100
"""Capacity is reserved in blocks of 100 units: https://aws.amazon.com/dynamodb/pricing/provisioned/."""


@dataclass(frozen=True)
class Units:
    """Units that some calls take: a second outside the peak, a second in it, and in the month."""

    base: Numbers
    peak: Numbers
    month: Numbers

    def __add__(self, other: Units) -> Units:
        return Units(self.base + other.base, self.peak + other.peak, self.month + other.month)


class Throughput:
    """Read and write units of many tables, and the capacity that they are provisioned with.

    Shapes are (..., N) or (1,) for N bills. Raises InputError where fields contradict each other.
    """

    def __init__(self, bill: Bill, columns: Columns):
        self.bill = bill
        self.hours = bill.number("hours_per_month")
        self.target = bill.number("target_utilization")
        self.reserved_reads = whole_blocks(bill.number("reserved_rcu"))
        self.reserved_writes = whole_blocks(bill.number("reserved_wcu"))
        modes = bill.text("capacity") if "capacity" in columns else self._implied_modes()
        self.on_demand: Switches = modes == "on_demand"
        self.reserved: Switches = modes == "reserved"
        self._check()

    @cached_property
    def reads(self) -> Units:
        """Units of reads: 1 per 4 KB, half of it where eventually consistent, double in a transaction."""
        mix = read_mix(self.bill.number("eventual_read_share"), self.bill.number("transactional_read_share"))
        return self._units("reads", read_units(self.bill.number("item_bytes")) * mix)

    @cached_property
    def table_writes(self) -> Units:
        """Units of writes to the table itself: 1 per 1 KB, double in a transaction."""
        mix = write_mix(self.bill.number("transactional_write_share"))
        return self._units("writes", write_units(self.bill.number("item_bytes")) * mix)

    @cached_property
    def index_writes(self) -> Units:
        """Units of writes to global secondary indexes, which follow a write and are no part of its
        transaction.
        """
        entries = self.bill.number("index_writes_per_write")
        return self._units("writes", write_units(self.bill.number("item_bytes")) * entries)

    def capacity_hours(self, of: Calls, units: Units, *, fixed: Numbers, reserved: Numbers | float = 0.0) -> Numbers:
        """Hours of provisioned units in the month beyond `reserved` ones; 0 where the table is on demand.

        fixed: capacity stated by the user, which replaces what the units need where it is above 0.
        """
        mean = np.zeros(1)
        if self.on_demand.all():
            return mean
        for rate, share in ((units.base, 1 - self._peak_share), (units.peak, self._peak_share)):
            if share.any():
                mean = mean + share * np.maximum(self._capacity(of, rate, fixed) - reserved, 0.0)
        for bills, text in self._shaped_bills():
            mean = np.where(bills, self._shaped_capacity(of, text, units.base, fixed, reserved), mean)
        return np.where(self.on_demand, 0.0, mean * self.hours)

    def _capacity(self, of: Calls, rate: Numbers, fixed: Numbers) -> Numbers:
        """Provisioned units at a rate; the average rate of a monthly count stays a real number of units.

        Where nothing but on-demand tables is without stated units, these are all that is needed.
        """
        if ((fixed > 0) | self.on_demand).all():
            return fixed
        target = np.where(self.target > 0, self.target, 1.0)
        averaged = self.bill.number(f"{of}_per_month") > 0
        needed = np.where(averaged, rate / target, provisioned_units(rate, target))
        return np.asarray(np.where(fixed > 0, fixed, needed))

    def _shaped_capacity(
        self, of: Calls, text: str | tuple[float, ...], average: Numbers, fixed: Numbers, reserved: Numbers | float
    ) -> Numbers:
        """Mean units beyond the reserved ones over the hours of a load shape."""
        multipliers, hours = load_shape(text).levels(of)
        whole = np.zeros(1)
        for multiplier, count in zip(multipliers, hours, strict=True):
            followed = np.where(self.target > 0, multiplier, multipliers[-1])
            whole = whole + count * np.maximum(self._capacity(of, average * followed, fixed) - reserved, 0.0)
        return np.asarray(whole / hours.sum())

    def _shaped_bills(self) -> Iterator[tuple[Switches, Any]]:
        """Each load shape in use, with the bills that have it."""
        loads = self.bill.text("load").tolist()
        for text in dict.fromkeys(loads):
            if text:
                yield np.array([load == text for load in loads]), text

    def _units(self, calls: Calls, units_per_call: Numbers) -> Units:
        base, peak = (self.bill.number(f"{prefix}{calls}_per_second") for prefix in ("", "peak_"))
        month, seconds = self.bill.number(f"{calls}_per_month"), SECONDS_PER_HOUR * self.hours
        highest, counted = base, base * seconds
        if peak.any():
            highest = np.where(peak > 0, peak, base)
            counted = (base * (1 - self._peak_share) + highest * self._peak_share) * seconds
        if month.any():
            base, highest, counted = base + month / seconds, highest + month / seconds, counted + month
        return Units(base * units_per_call, highest * units_per_call, counted * units_per_call)

    @property
    def _peak_share(self) -> Numbers:
        return self.bill.number("peak_hours_per_day") / HOURS_PER_DAY

    def _implied_modes(self) -> NDArray[Any]:
        """The mode that the fields ask for where none is named."""
        fixed = (self.bill.number("rcu") > 0) | (self.bill.number("wcu") > 0)
        reserved = (self.reserved_reads > 0) | (self.reserved_writes > 0)
        named: NDArray[Any] = np.where(reserved, "reserved", np.where(fixed, "provisioned", "on_demand"))
        return np.asarray(named.reshape(-1, named.shape[-1])[0])

    def _check(self) -> None:
        number = self.bill.number
        for calls in ("reads", "writes"):
            month, second = number(f"{calls}_per_month"), number(f"{calls}_per_second")
            peak = number(f"peak_{calls}_per_second")
            refuse((month > 0) & (second > 0), f"give {calls}_per_second or {calls}_per_month", f"{calls}_per_month")
            refuse((month > 0) & (peak > 0), f"a peak goes with {calls}_per_second", f"{calls}_per_month")
            unsaid = not self.bill.states("peak_hours_per_day")
            refuse((peak > 0) & unsaid, "a peak needs its peak_hours_per_day", "peak_hours_per_day")
            shaped = np.array([bool(load) for load in self.bill.text("load").tolist()])
            refuse((peak > 0) & shaped, "a load shape holds the peak: give either", "load")
        for _, text in self._shaped_bills():
            load_shape(text)  # refuses an unknown one, whether or not capacity depends on it
        shares = number("eventual_read_share") + number("transactional_read_share")
        refuse(shares > 1 + 1e-9, "eventual and transactional reads are more than all reads", "eventual_read_share")
        for field in ("rcu", "wcu"):
            message = f"on-demand tables have no {field}: leave it out, or say capacity: provisioned"
            refuse(self.on_demand & (number(field) > 0), message, field)
            message = "on-demand tables have no reserved units: say capacity: reserved"
            refuse(self.on_demand & (number(f"reserved_{field}") > 0), message, f"reserved_{field}")
        self._check_reservation()

    def _check_reservation(self) -> None:
        number, text = self.bill.number, self.bill.text
        units = (self.reserved_reads > 0) | (self.reserved_writes > 0)
        refuse(units & (text("reserved_term") == ""), "reserved units need a term: 1yr or 3yr", "reserved_term")
        refuse(self.reserved & ~units, "say how much is reserved: reserved_rcu or reserved_wcu", "reserved_rcu")
        refuse(units & (text("table_class") == "standard_ia"),
               "capacity is reserved for tables of the standard class only", "table_class")  # fmt: skip
        replicated = np.array([len(regions) > 0 for regions in text("replica_regions").tolist()])
        refuse((number("reserved_wcu") > 0) & replicated,
               "reserved capacity does not cover the replicated writes of a global table", "reserved_wcu")  # fmt: skip


def whole_blocks(units: Numbers) -> Numbers:
    """Reserved units as they are sold, in blocks of 100 rounded up."""
    return np.asarray(np.ceil(units / BLOCK) * BLOCK)


def refuse(wrong: Switches, message: str, field: str) -> None:
    """Raise InputError at the first bill for which `wrong` holds."""
    if np.any(wrong):
        bill = int(np.argwhere(wrong)[0][-1])
        raise InputError(message if wrong.size == 1 else f"{message} (bill {bill})", path=field)

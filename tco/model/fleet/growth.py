"""How load, data and the number of clusters grow over the horizon: compound by year, applied month by month."""

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import ONE, Array
from tco.units import MONTHS_PER_YEAR

LOAD, STORAGE, CLUSTERS = "growth.load_per_year", "growth.storage_per_year", "growth.clusters_per_year"
GROWS_BY = {
    "workload.reads_per_second": LOAD,
    "workload.writes_per_second": LOAD,
    "storage_gb": STORAGE,
    "backup_gb": STORAGE,
}
"""Numbers of a group that grow, by their path below it."""


@cached
def growth(inputs: Inputs, path: str, groups: Groups) -> Array:
    """What a month has of the first: (1 + rate) ** (m / 12), (draws or 1, groups or 1, months); 1 without growth."""
    return grown_by(inputs, inputs.month_numbers, groups, path)


def grown_by(inputs: Inputs, months: float | Array, groups: Groups, path: str = CLUSTERS) -> Array:
    """The same after so many months: one number of them, or an array (draws or 1, 1, months)."""
    rate = inputs.stated(path, groups)
    return (1 + rate) ** (months / MONTHS_PER_YEAR) if rate.any() else ONE


def central_growth(inputs: Inputs, field: str, month: int, group: Groups) -> float:
    """The same of one group's number in one month, for what is sized at the means (`Inputs.central`)."""
    path = GROWS_BY.get(field)
    if path is None or not grows(inputs, group, path):
        return 1.0
    factor: float = (1 + inputs.central(path, group.names[0])) ** (month / MONTHS_PER_YEAR)
    return factor


def grows(inputs: Inputs, groups: Groups, *paths: str) -> bool:
    """Whether any of these grows for any of the groups, in any row of the design."""
    return any(inputs.stated(path, groups).any() for path in paths)

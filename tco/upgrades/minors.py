"""The minor upgrades that a managed service forces on a cluster whose version names its minor."""

from datetime import date

from tco.catalog.lifecycle import cycle, engine_history, managed_minors, minor_named, minor_support_end
from tco.catalog.versions import version_key
from tco.upgrades.calendar import Upgrade


def forced_minors(engine: str, version: str, start: date, end: date) -> list[Upgrade]:
    """The minor upgrades that the service forces from `start` to `end` on a cluster that its team does not upgrade.

    On the last day of a minor's support, or on `start` if that is past, the cluster gets the newest minor of its
    version that is supported longer, and so on. If no such minor is known yet, the target is named by the version
    alone, and the list ends. Minors supported as long as their version are left out: the end of the version counts
    then. Empty for a version without minor. Raises InputError for an unknown version or minor.
    """
    running, major = minor_named(engine, version), cycle(engine, version)
    last_day = engine_history(engine, end).release(major).free_patches_end or date.max
    events: list[Upgrade] = []
    while running and (due := minor_support_end(engine, major, running)) is not None:
        day, numbers = max(due, start), version_key(running)
        if due >= last_day or day > end:
            break
        offered = [known for known in managed_minors(engine, major) if known.release_date <= day < known.last_day]
        newer = [known.minor for known in offered if version_key(known.minor) > numbers]
        target = newer[-1] if newer else major
        events.append(Upgrade(day, due, running, target, (running, target), "forced", projected=not newer))
        running = newer[-1] if newer else ""
    return events

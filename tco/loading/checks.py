"""Whether a well-formed scenario means something: names against the facts, options against the groups they host.

Each check adds a problem with its path and the nearest valid name; nothing here computes a cost.
"""

from __future__ import annotations

from collections.abc import Iterator

from tco import platforms
from tco.catalog.lifecycle import engine_history
from tco.catalog.prices import price_book
from tco.errors import InputError, Problem, unknown
from tco.loading.bill_checks import problems_of_bills
from tco.model.fleet.waves import version_at_start
from tco.platforms.base import Platform
from tco.platforms.load_shapes import load_shape
from tco.sampling.copula import copula
from tco.sampling.monte_carlo import uncertain
from tco.scenario.scenario import Group, Scenario


def problems_of(scenario: Scenario) -> list[Problem]:
    """All problems of a scenario whose keys and types are right; empty when it can be evaluated."""
    problems = [*_references(scenario), *_platform_names(scenario)]
    if not problems:
        further = (_correlations, _regions, _loads, _hosting, _methods)
        problems = [problem for check in further for problem in check(scenario)]
    if not problems:
        problems = problems_of_bills(scenario)
    return list(dict.fromkeys(problems))


def _references(scenario: Scenario) -> Iterator[Problem]:
    if scenario.reference and scenario.reference not in scenario.options:
        yield Problem(unknown("option", scenario.reference, scenario.options), path="reference")
    for name, option in scenario.options.items():
        for group in option.groups:
            if group not in scenario.fleet:
                yield Problem(unknown("group", group, scenario.fleet), path=f"options.{name}.groups.{group}")
    for number, correlation in enumerate(scenario.correlations):
        for path in correlation.between:
            if path not in scenario.assumptions:
                yield Problem(unknown("assumption", path, scenario.assumptions), path=f"correlations.{number}.between")


def _correlations(scenario: Scenario) -> Iterator[Problem]:
    """Correlations that no quantities can have, though only a design of draws would need them."""
    try:
        copula(scenario.correlations, tuple(uncertain(scenario)))
    except InputError as error:
        yield from error.problems


def _platform_names(scenario: Scenario) -> Iterator[Problem]:
    known = platforms.platform_names()
    for name, option in scenario.options.items():
        stated = {f"options.{name}.platform": option.platform}
        stated |= {f"options.{name}.groups.{group}.platform": own.platform for group, own in option.groups.items()}
        for path, platform in stated.items():
            if platform is not None and platform not in known:
                yield Problem(unknown("platform", platform, known), path=path)
        for group in scenario.fleet:
            if scenario.settings(name, group).platform is None:
                yield Problem(f"no platform is chosen for group {group!r}", path=f"options.{name}.platform")
                break
    for group, stated_group in scenario.fleet.items():
        if stated_group.platform is not None and stated_group.platform not in known:
            yield Problem(unknown("platform", stated_group.platform, known), path=f"fleet.{group}.platform")


def _regions(scenario: Scenario) -> Iterator[Problem]:
    regions = set(price_book().known("region")) | {price.region for price in scenario.prices}
    for name, group in scenario.fleet.items():
        if group.region not in regions:
            yield Problem(unknown("Region", group.region, regions), path=f"fleet.{name}.region")


def _loads(scenario: Scenario) -> Iterator[Problem]:
    """The load shape of each group's workload, whether or not an option's bill depends on it."""
    for name, group in scenario.fleet.items():
        if group.workload is not None and group.workload.load is not None:
            try:
                load_shape(group.workload.load)
            except InputError as error:
                yield from error.located(path=f"fleet.{name}.workload").problems


def _hosting(scenario: Scenario) -> Iterator[Problem]:
    """Each group on today's platform and on each option's: engine, version, size and workload must fit it."""
    seen: set[tuple[object, ...]] = set()
    for name, group in scenario.fleet.items():
        today = scenario.todays_platform(name)
        places = [(today, f"fleet.{name}", group.instance_class)]
        for option in scenario.options:
            settings = scenario.settings(option, name)
            places.append((str(settings.platform), f"fleet.{name}", settings.instance_class or group.instance_class))
        for platform, path, instance_class in places:
            asked = (
                platform,
                today,
                group.engine,
                group.version,
                group.created,
                instance_class,
                group.workload is None,
            )
            if asked not in seen:
                seen.add(asked)
                yield from _fit(scenario, platforms.platform(platform), today, group, path, instance_class)


def _methods(scenario: Scenario) -> Iterator[Problem]:
    """Node by node only where the platform's engine has such steps, or the team runs the servers and can build it."""
    for option, chosen in scenario.options.items():
        for name, group in scenario.fleet.items():
            settings = scenario.settings(option, name)
            if settings.method != "rolling":
                continue
            platform = platforms.platform(str(settings.platform))
            engine = platform.lifecycle_engines.get(group.engine)
            if engine is None or platform.self_managed:
                continue
            steps = engine_history(engine).steps.values()
            if not any(step.method == "rolling" for found in steps for step in found):
                own = name in chosen.groups and chosen.groups[name].method is not None
                yield Problem(
                    f"{engine} is not upgraded node by node; valid: in_place, blue_green, logical_replication",
                    path=f"options.{option}.groups.{name}.method" if own else f"options.{option}.method",
                    value="'rolling'",
                )


def _fit(
    scenario: Scenario, platform: Platform, today: str, group: Group, path: str, instance_class: str | None
) -> Iterator[Problem]:
    engines = _engines()
    if group.engine not in engines:
        yield Problem(unknown("engine", group.engine, engines), path=f"{path}.engine")
        return
    if platform.hosts is not None and group.engine not in platform.hosts:
        yield Problem(
            f"{platform.name} does not run {group.engine}; it runs {', '.join(sorted(platform.hosts))}",
            path=f"{path}.engine",
        )
        return
    if group.created is not None and group.created > scenario.first_day:
        yield Problem(
            f"a group of the start was created by then, {scenario.first_day}",
            path=f"{path}.created",
            value=str(group.created),
        )
        return
    if platform.lifecycle_engines:
        try:
            version_at_start(platform, today, group, scenario.first_day)
        except InputError as error:
            for problem in error.problems:
                yield Problem(problem.message, path=f"{path}.version")
    if platform.capacity_model == "instances" and instance_class is None:
        yield Problem(f"{platform.name} needs an instance_class for this group", path=f"{path}.instance_class")
    if platform.capacity_model in ("requests", "provisioned") and group.workload is None:
        yield Problem(f"{platform.name} is priced by request and needs the group's workload", path=f"{path}.workload")


def _engines() -> set[str]:
    """The engine names a group may have: those that some platform runs."""
    names: set[str] = set()
    for name in platforms.platform_names():
        platform = platforms.platform(name)
        names |= set(platform.lifecycle_engines) | (platform.hosts or set())
    return names

"""Checks of a well-formed scenario: names against the facts, options against the groups they host.

Each check yields problems with path and nearest valid name. An unknown price, or a number that a platform refuses,
shows only in a bill; so each group is billed for one month on every option's platform, and a problem is traced back to
the path that causes it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tco import platforms
from tco.catalog.price_rows import EVERYWHERE
from tco.catalog.prices import price_book, spellings
from tco.catalog.regions import unknown_region
from tco.catalog.row_checks import EARLIEST, latest_day
from tco.catalog.services import limits
from tco.errors import InputError, Problem, shown, unknown
from tco.evaluation.inputs import Inputs
from tco.model.fleet.bills import bill, book_of
from tco.model.fleet.placement import Placement, placements, setting
from tco.model.fleet.waves import methods_on, version_at_start
from tco.platforms.base import Platform
from tco.platforms.instances import bare_class
from tco.platforms.load_shapes import load_shape
from tco.sampling.designs import Block
from tco.sampling.monte_carlo import drawn_together, uncertain
from tco.sampling.uniforms import copula
from tco.scenario.scenario import NEW, Group, Scenario, Settings

WAYS = {"in_place": "where it runs", "blue_green": "by a deployment that is switched over", "rolling": "node by node",
        "logical_replication": "by replication into another cluster"}  # fmt: skip
MAX_PROBLEMS = 10
"""Problems shown; a fleet of thousands of groups may have one fault in all of them."""
NAMES = ("instance_class", "term", "deployment", "storage_type", "storage_config", "table_class", "engine", "region")
"""Fields of a group or an option by which prices are looked up."""
PRICED = (
    "deployment", "reader_deployment", "capacity", "table_class", "storage_type", "storage_config", "term",
    "instance_class", "instances", "acu", "licence", "replica_regions", "index_writes_per_write", "index_item_bytes",
    "ttl_deletes_per_write", "stream_reads_per_write", "dax_node_type", "dax_nodes", "free_tier",
)  # fmt: skip
"""Settings that name a size or a price plan of a platform."""


def problems_of(scenario: Scenario) -> list[Problem]:
    """All problems of a scenario whose keys and types are right; empty when it can be evaluated."""
    problems = [*_references(scenario), *_platform_names(scenario)]
    if not problems:
        names = (_correlations, _price_day, _regions, _classes, _settings, _sizes, _loads)
        further = (*names, _present_platforms, _hosting, _methods)
        problems = [problem for check in further for problem in check(scenario)]
    distinct = dict.fromkeys(problems)
    for problem in () if distinct else _bills(scenario):
        distinct[problem] = None
        if len(distinct) == MAX_PROBLEMS:
            break
    return list(distinct)


def _references(scenario: Scenario) -> Iterator[Problem]:
    if scenario.reference and scenario.reference not in scenario.options:
        yield Problem(unknown("option", scenario.reference, scenario.options), path="reference")
    yield from owners_of_designs(scenario)
    for name, option in scenario.options.items():
        for other in option.groups:
            if other not in scenario.fleet:
                yield Problem(unknown("group", other, scenario.fleet), path=f"options.{name}.groups.{other}")
    first, last = scenario.periods[0], scenario.periods[-1]
    for number, span in enumerate(scenario.freezes):
        begin, _, end = span.partition("..")
        if end < first or begin > last:
            yield Problem(f"is outside the scenario's months, {first} to {last}", path=f"freezes.{number}", value=span)
    for number, correlation in enumerate(scenario.correlations):
        for path in correlation.between:
            if path not in scenario.assumptions:
                yield Problem(unknown("assumption", path, scenario.assumptions), path=f"correlations.{number}.between")


def owners_of_designs(scenario: Scenario) -> Iterator[Problem]:
    """`design_of` names an existing group, and a chain of them ends at a group with its own designs."""
    for name, group in scenario.fleet.items():
        path, passed, owner = f"fleet.{name}.design_of", [name], group.design_of
        while owner is not None:
            if owner not in scenario.fleet:
                if len(passed) == 1:
                    yield Problem(unknown("group", owner, scenario.fleet), path=path)
                break
            if owner in passed:
                circle = " > ".join([*passed, owner])
                yield Problem(f"a circle: {circle}; one of them has designs of its own", path=path)
                break
            passed.append(owner)
            owner = scenario.fleet[owner].design_of


def _correlations(scenario: Scenario) -> Iterator[Problem]:
    """Correlations that cannot hold together, even if the present design has no draws."""
    try:
        copula(scenario.correlations, drawn_together(uncertain(scenario)))
    except InputError as error:
        yield from error.problems


def _platform_names(scenario: Scenario) -> Iterator[Problem]:
    known = platforms.platform_names()
    for name, option in scenario.options.items():
        stated = {f"options.{name}.platform": option.platform}
        stated |= {f"options.{name}.groups.{group}.platform": of.platform for group, of in option.groups.items()}
        for path, platform in stated.items():
            if platform is not None and platform not in known:
                yield Problem(unknown("platform", platform, known), path=path)
        for group in scenario.fleet:
            if scenario.settings(name, group).platform is None:
                yield Problem(f"no platform is chosen for group {group!r}", path=f"options.{name}.platform")
                break
    for group, stated_group in scenario.fleet.items():
        if stated_group.platform not in (None, NEW, *known):
            yield Problem(
                unknown("platform", str(stated_group.platform), [*known, NEW]), path=f"fleet.{group}.platform"
            )


def _regions(scenario: Scenario) -> Iterator[Problem]:
    regions = ({*price_book().known("region")} | {price.region for price in scenario.prices}) - {EVERYWHERE}
    for name, group in scenario.fleet.items():
        if group.region not in regions:
            yield Problem(unknown_region(group.region, regions), path=f"fleet.{name}.region")


def _classes(scenario: Scenario) -> Iterator[Problem]:
    """Every own instance class is used by a group, an option or an own price."""
    used = {entry.instance_class for entry in (*scenario.choices, *scenario.prices)} - {None, ""}
    bare = {bare_class(str(name)) for name in used}
    for name in scenario.classes:
        if bare_class(name) not in bare:
            problem = f"no group, option or own price uses this class; {unknown('instance class', name, used)}"
            yield Problem(problem, path=f"classes.{name}")


def _sizes(scenario: Scenario) -> Iterator[Problem]:
    """No group exceeds the limits of a service on which it runs today or under an option."""
    for name, group in scenario.fleet.items():
        of_group = (f"fleet.{name}", group), (f"fleet.{name}.workload", group.workload)
        places: list[tuple[str, Sequence[tuple[str, object]]]] = [(scenario.todays_platform(name), of_group)]
        for option, chosen in scenario.options.items():
            for_group = chosen.groups.get(name, Settings())
            of_option = (f"options.{option}.groups.{name}", for_group), (f"options.{option}", chosen)
            places.append((str(for_group.platform or chosen.platform), (*of_option, *of_group)))
        for platform, stating in places:
            for limit in limits(platform, group.engine):
                values = ((path, getattr(holder, limit.measure, None)) for path, holder in stating)
                path, value = next(((path, value) for path, value in values if value is not None), ("", 0))
                if value > limit.most:
                    yield Problem(
                        f"more than {limit.most:,.0f}, the most on {platform} ({limit.cited})",
                        path=f"{path}.{limit.measure}",
                        value=f"{value:,g}",
                    )


def _settings(scenario: Scenario) -> Iterator[Problem]:
    """A setting has a meaning on the platform of its group, or of at least one group of the option."""
    for name, option in scenario.options.items():
        hosts = {str(scenario.settings(name, group).platform) for group in scenario.fleet}
        stated: list[tuple[Settings, str, set[str]]] = [(option, f"options.{name}", hosts)]
        for group, for_group in option.groups.items():
            platform = str(scenario.settings(name, group).platform)
            stated.append((for_group, f"options.{name}.groups.{group}", {platform}))
        for settings, path, names in stated:
            known = [platforms.platform(host) for host in sorted(names)]
            for field in PRICED:
                if getattr(settings, field) is not None and not any(platform.knows(field) for platform in known):
                    valid = [other for other in PRICED if any(platform.knows(other) for platform in known)]
                    yield Problem(
                        f"means nothing on {' and '.join(sorted(names))}; valid there: {', '.join(valid) or 'none'}",
                        path=f"{path}.{field}",
                        value=shown(getattr(settings, field)),
                    )


def _price_day(scenario: Scenario) -> Iterator[Problem]:
    """`prices_as_of` is neither too far ahead nor before the first cloud prices."""
    if not EARLIEST <= scenario.prices_as_of <= latest_day():
        problem = f"prices are known, or announced, for a day up to {latest_day()}, from {EARLIEST} on"
        yield Problem(problem, path="prices_as_of", value=str(scenario.prices_as_of))


def _loads(scenario: Scenario) -> Iterator[Problem]:
    """The load shape of each group's workload is valid, even if no bill depends on it."""
    for name, group in scenario.fleet.items():
        if group.workload is not None and group.workload.load is not None:
            try:
                load_shape(group.workload.load)
            except InputError as error:
                yield from error.located(path=f"fleet.{name}.workload").problems


def _present_platforms(scenario: Scenario) -> Iterator[Problem]:
    """A group with a version runs today on a platform with versions; if not, the reference option is probably wrong."""
    for name, group in scenario.fleet.items():
        today = scenario.todays_platform(name)
        if group.platform is None and (group.version or group.created) and not platforms.platform(today).is_versioned:
            yield Problem(
                f"{group.engine} with a version runs today on a platform that has versions, not on {today}, "
                f"as in {scenario.reference_option!r}: "
                "name the option that keeps the group where it is as `reference`, or state the group's `platform`",
                path=f"fleet.{name}.platform",
            )


def _hosting(scenario: Scenario) -> Iterator[Problem]:
    """Engine, version, size and workload of each group fit today's platform and each option's."""
    seen: set[tuple[object, ...]] = set()
    for name, group in scenario.fleet.items():
        today = scenario.todays_platform(name)
        places = [(today, f"fleet.{name}", group.instance_class)]
        for option in scenario.options:
            settings = scenario.settings(option, name)
            places.append((str(settings.platform), f"fleet.{name}", settings.instance_class or group.instance_class))
        for platform, path, instance_class in places:
            stated = (group.engine, group.version, group.created, group.workload is None, bool(group.internet_gb))
            key = (platform, today, instance_class, *stated)
            if key not in seen:
                seen.add(key)
                yield from _fit(scenario, platforms.platform(platform), today, group, path, instance_class)


def _methods(scenario: Scenario) -> Iterator[Problem]:
    """A stated method exists on the platform for the engine.

    Exception: a group on another platform than its option inherits the option's method; if that platform lacks it, the
    platform's usual method is used.
    """
    for option, chosen in scenario.options.items():
        for name, group in scenario.fleet.items():
            settings = scenario.settings(option, name)
            platform = platforms.platform(str(settings.platform))
            by_group = name in chosen.groups and chosen.groups[name].method is not None
            inherited = not by_group and settings.platform != chosen.platform
            valid = methods_on(platform.name, group.engine)
            if settings.method is not None and settings.method not in valid and not inherited:
                yield Problem(
                    f"{platform.name} has no such upgrade of {group.engine} ({WAYS[settings.method]}); valid: "
                    f"{', '.join(valid)}, which may be stated for the group alone",
                    path=f"options.{option}.groups.{name}.method" if by_group else f"options.{option}.method",
                    value=repr(settings.method),
                )


def _fit(
    scenario: Scenario, platform: Platform, today: str, group: Group, path: str, instance_class: str | None
) -> Iterator[Problem]:
    engines = {engine for name in platforms.platform_names() for engine in _engines(platforms.platform(name))}
    if group.engine not in engines:
        ended = platforms.ended_engine(group.engine)
        yield Problem(
            ended or unknown("engine", group.engine, engines), path=f"{path}.engine", value=shown(group.engine)
        )
        return
    if platform.hosts is not None and group.engine not in platform.hosts:
        yield Problem(
            f"{platform.name} does not run {group.engine}; it runs {', '.join(sorted(platform.hosts))}",
            path=f"{path}.engine",
        )
        return
    if group.created is not None and group.created > scenario.first_day:
        yield Problem(
            f"a group exists when the scenario starts: it was created by {scenario.first_day}",
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
    if group.internet_gb and not {"internet_gb", "transfer_gb"} & {*platform.usage.model_fields}:
        yield Problem(
            f"no price of data out to the internet is known for {platform.name}: leave it out, which makes this option "
            "look cheaper than it is",
            path=f"{path}.internet_gb",
            value=f"{group.internet_gb:g}",
        )
    if platform.capacity_model in ("requests", "provisioned") and group.workload is None:
        yield Problem(f"{platform.name} is priced by request and needs the group's workload", path=f"{path}.workload")


def _engines(platform: Platform) -> set[str]:
    """The engine names that groups on a platform may have; on a versionless one, the platform's own name."""
    itself = set() if platform.lifecycle_engines else {platform.name}
    return set(platform.lifecycle_engines) | (platform.hosts or set()) | itself


def _bills(scenario: Scenario) -> Iterator[Problem]:
    """The problems of the bills of one month, group by group, each with its path."""
    inputs = Inputs(scenario, Block(0, 1))
    try:
        book_of(inputs)
    except InputError as error:
        yield from error.problems
        return
    for option in scenario.options:
        for placement in placements(inputs, option):
            try:
                bill(inputs, placement)
            except InputError:
                yield from _of_placement(inputs, placement)


def _of_placement(inputs: Inputs, placement: Placement) -> Iterator[Problem]:
    """The problems of a placement that cannot be billed, group by group; equal groups are billed once."""
    seen: set[tuple[str, ...]] = set()
    for position, (name, group) in enumerate(zip(placement.groups.names, placement.groups.stated, strict=True)):
        alike = group.model_copy(update={"clusters": 0, "storage_gb": 0.0})
        key = str(placement.settings[position]), str(alike)
        if key in seen:
            continue
        seen.add(key)
        alone = replace(
            placement,
            groups=inputs.part(placement.groups, [position]),
            settings=placement.settings[position : position + 1],
            upgrade_settings=placement.upgrade_settings[position : position + 1],
        )
        try:
            bill(inputs, alone)
        except InputError as error:
            for problem in error.problems:
                yield replace(problem, path=_path(inputs, alone, name, problem))


def _path(inputs: Inputs, placement: Placement, group: str, problem: Problem) -> str:
    """The path of the field that causes a problem: of the option if that states it, else of the group."""
    scenario = inputs.scenario
    field = problem.path or next((name for name in NAMES if _quoted(inputs, placement, name, problem.message)), "")
    if not field:
        dated = str(scenario.prices_as_of) in problem.message
        return "prices_as_of" if dated else f"fleet.{group}"
    first = field.partition(".")[0]
    if first == "load":
        return f"fleet.{group}.workload.{field}"
    option = _chooser(scenario, placement, group)
    if first in Settings.model_fields:
        for_group = scenario.options[option].groups.get(group)
        if for_group is not None and getattr(for_group, first) is not None:
            return f"options.{option}.groups.{group}.{field}"
        if getattr(scenario.options[option], first) is not None or first not in Group.model_fields:
            return f"options.{option}.{field}"
    return f"fleet.{group}.{field}"


def _chooser(scenario: Scenario, placement: Placement, group: str) -> str:
    """The option whose settings apply: for clusters that will leave, an option that keeps them on that platform."""
    names = [scenario.reference_option, *scenario.options] if placement.stage == "leaves" else []
    keeping = (name for name in names if scenario.settings(name, group).platform == placement.platform_name)
    return next(keeping, placement.option)


def _quoted(inputs: Inputs, placement: Placement, name: str, message: str) -> bool:
    """Whether a message quotes the value that the placement's only group has for a name, in any spelling."""
    of_option = name in Settings.model_fields
    value = setting(inputs, placement, name)[0] if of_option else getattr(placement.groups.stated[0], name)
    return bool(value) and any(f"'{text}'" in message for text in spellings(str(value)))

"""Arguments and options that several commands share, and how their text becomes values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from tco.cli import terminal
from tco.errors import InputError

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.evidence.posteriors import Posterior
    from tco.scenario.scenario import Scenario

SHOWN_WARNINGS = 10
"""Of each kind of warning that a command prints besides its answer."""
MORE_WARNINGS = "and {} more like these; `tco check` prints all"

LABELLED = "tco.labelled"
"""Where the context of a command keeps the scenario whose options have their labels."""
BRACKETS = ("[", "{")
"""How a text begins that is meant as a list or a mapping."""


class Assignment(click.ParamType[tuple[str, Any]]):
    """`path=value`, such as `labour.engineer_rate=120`; the value is read by `scalar`.

    Where the path ends in one of `texts` the value stays as it is written: version 5.10 is not 5.1.
    """

    name = "path=value"

    def __init__(self, texts: Collection[str] = ("version",)):
        self._texts = texts

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """The path and the value of one assignment."""
        if isinstance(value, tuple):
            return value
        path, equals, text = (part.strip() for part in str(value).partition("="))
        if not equals or not path:
            self.fail(f"{value!r} is not of the form {self.name}", param, ctx)
        if path.rpartition(".")[2] in self._texts:
            return path, text.strip("'\"")
        try:
            return path, scalar(text)
        except InputError as error:
            raise error.located(path=path) from None


class Finite(click.FloatRange):
    """A number within bounds that is neither infinite nor none at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of a text."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


class Parsed(click.ParamType[Any]):
    """What `parse` makes from text. name: the form in the help; kind: what the text must be, where it fails."""

    def __init__(self, name: str, parse: Callable[[str], Any], kind: str):
        self.name, self._parse, self._kind = name, parse, kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value of a text; a default that is no text stays."""
        try:
            return self._parse(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is not {self._kind}", param, ctx)


DAY = Parsed("YYYY-MM-DD", date.fromisoformat, "a day written YYYY-MM-DD")
WHOLE_NUMBERS = Parsed(
    "N,N,...", lambda text: tuple(map(int, text.split(","))), "a list of whole numbers such as 10,100,1000"
)


def scalar(text: str) -> Any:
    """What `text` means as YAML: a number, a word, true, false, or a list or mapping.

    YAML 1.1 reads `1e6` as a word; here it is a number.

    >>> scalar("120"), scalar("1e6"), scalar("in_place"), scalar("{low: 80, high: 150}")
    (120, 1000000.0, 'in_place', {'low': 80, 'high': 150})
    """
    from tco.loading.yaml_text import yaml_value

    try:
        value = yaml_value(text)
    except InputError as error:
        if text[:1] in BRACKETS or "can be read as another number" in str(error):
            raise
        return text
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def without_repeats(ctx: click.Context, param: click.Parameter, pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """A callback of click: the assignments as a dict; one path given twice is wrong usage."""
    values: dict[str, Any] = {}
    for path, value in pairs:
        if path in values:
            raise click.BadParameter(f"{path} is set twice", ctx, param)
        values[path] = value
    return values


def set_option() -> Callable[[FC], FC]:
    """`--set path=value`, repeatable; arrives as a dict called `changes`."""
    return click.option(
        "--set",
        "changes",
        multiple=True,
        type=Assignment(),
        callback=without_repeats,
        help="Change one value of the scenario, such as labour.engineer_rate=120; repeatable.",
    )


def fleet_size_option() -> Callable[[FC], FC]:
    """`--fleet-size N`: scale the fleet to N clusters."""
    return click.option("--fleet-size", type=int, metavar="N", help="Scale the fleet to N clusters.")


def draws_option(default: str) -> Callable[[FC], FC]:
    """`--draws N` and `--seed N`. default: what the help says about a run without --draws."""

    def decorated(command: FC) -> FC:
        seed = click.option(
            "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Seed of the draws."
        )
        draws = click.option(
            "--draws",
            type=click.IntRange(min=0),
            metavar="N",
            help=f"Monte Carlo draws of the uncertain assumptions; 0: the point estimate alone. {default}",
        )
        return draws(seed(command))

    return decorated


def upgrade_log_option() -> Callable[[FC], FC]:
    """`--upgrade-log FILE`: learn from the team's own upgrades."""
    return click.option(
        "--upgrade-log",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A CSV of your own major upgrades (cluster, engine, from, to, hours, minutes_down, failed), which updates "
        "the assumptions on hours, minutes and failures.",
    )


def about_its_scenario(command: Callable[..., None]) -> Callable[..., None]:
    """Have a command name its `scenario` in errors of the evaluation, as loading does in its own, and options in paths
    by their keys.
    """

    @wraps(command)
    def named(*args: Any, scenario: str | None, **options: Any) -> None:
        try:
            command(*args, scenario=scenario, **options)
        except InputError as error:
            problems, read = error.problems, click.get_current_context().meta.get(LABELLED)
            if read:
                problems = tuple(replace(one, path=read.relabelled(one.path)) for one in problems)
            raise type(error)(problems).located(file=scenario or "") from None

    return named


def evaluated(scenario: Scenario, draws: int, seed: int) -> Ledger:
    """The ledger of a scenario with that many Monte Carlo draws; 0: the point estimate."""
    import tco
    from tco.sampling.monte_carlo import design_of_draws

    design = design_of_draws(scenario, draws, seed)
    point = tco.evaluate(scenario)  # refuses what cannot be at the means
    return point.under(design) if draws else point


def warnings_of(ledger: Ledger) -> list[list[str]]:
    """What `warn` says, by kind."""
    from tco.analysis.anachronisms import anachronisms
    from tco.analysis.assumption_register import unread_prices
    from tco.analysis.capacity import overloads
    from tco.audit.claim_subjects import outage_warnings

    scenario = ledger.scenario
    kinds = (unread_prices(ledger), overloads(scenario), anachronisms(scenario), outage_warnings(scenario))
    return [list(sentences) for sentences in kinds]


def warn(ledger: Ledger, source: str, shown: int | None = SHOWN_WARNINGS) -> None:
    """Say on standard error which own prices of the scenario in `source` no bill reads, and which load is too high,
    and that a minute of one cluster is valued as an enterprise's.

    shown: of each kind so many, and how many more there are; None: all.
    """
    for sentences in warnings_of(ledger):
        say_warnings(sentences, source, shown)


def say_warnings(
    sentences: Sequence[str], source: str, shown: int | None = SHOWN_WARNINGS, more: str = MORE_WARNINGS
) -> None:
    """Say warnings of one kind on standard error. shown: so many; None: all. more: what is said of the rest."""
    for sentence in sentences[:shown]:
        terminal.say(f"{source}: warning: {sentence}", err=True)
    if left := len(sentences[shown:]) if shown else 0:
        terminal.say(f"{source}: warning: {more.format(f'{left:,}')}", err=True)


def warn_of_old_prices(ledger: Ledger, source: str) -> None:
    """Say on standard error how many of the prices read were last looked up long ago, as reports do.

    Their share of the bills is that of the point estimate.
    """
    from tco.analysis.assumption_register import old_prices, price_ages

    if sentence := old_prices(price_ages(ledger.at_point, date.today())):  # noqa: DTZ011  # the reader's own day is meant
        terminal.say(f"{source}: warning: {sentence}", err=True)


def say_engine(written: str) -> None:
    """Say on standard error which engine of the lifecycle a name of AWS's API is read as."""
    from tco.platforms import lifecycle_engine_named

    if (meant := lifecycle_engine_named(written)) != written:
        click.echo(f"{written} is {meant} here", err=True)


def updated_by(scenario: Scenario, upgrade_log: Path | None) -> Sequence[Posterior]:
    """The assumptions of a scenario that an upgrade log updates, none without a log; says which rows teach nothing."""
    if upgrade_log is None:
        return ()
    from tco.evidence.posteriors import of_no_group, posteriors
    from tco.evidence.upgrade_log import read_upgrade_log

    log = read_upgrade_log(upgrade_log)
    for sentence in of_no_group(scenario, log):
        terminal.say(f"{upgrade_log}: note: {sentence}", err=True)
    return posteriors(scenario, log)


def loaded(source: str, changes: dict[str, Any], fleet_size: int | None, form: str = "") -> Scenario:
    """The scenario that `source` names, with `changes` and scaled to `fleet_size`.

    form: how its results are printed; in a table options have their labels, as in reports, elsewhere their keys.
    """
    import tco

    stated = tco.load_scenario(source, set=changes, fleet_size=fleet_size)
    if form != "table":
        return stated
    click.get_current_context().meta[LABELLED] = stated.by_label
    return stated.by_label

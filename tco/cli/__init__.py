"""The command line: parses, calls the module, prints. One module a subject; nothing is computed here.

Commands import what they need when they run, so that `tco --help` and usage errors answer at once.
"""

from __future__ import annotations

import atexit
import difflib
import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from tco.cli import audits, bills, choices, facts, fleets, notebooks, plans, reports, scenarios, terminal
from tco.errors import InputError

GARBAGE = 1_000_000
"""New objects after which Python looks for garbage: imports make most of them, and none of these is garbage."""

VARIABLES = ("TCO_ENGINE", "TCO_PICTURES", "TCO_PRICES", "TCO_PROCESSES")
"""What the environment may set."""
ALIKE = 0.85
"""How alike another name must be to count as a misspelling of one of them."""

STARTUP_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/tco.fish"}
"""By shell the file in the home folder that it reads when it starts."""
LINES = {"fish": "_TCO_COMPLETE=fish_source tco | source"}
USUAL_LINE = 'eval "$(_TCO_COMPLETE={shell}_source tco)"'


def install_completion(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Add the line that switches on completion at the Tab key to the startup file of the user's shell, once."""
    if not wanted or ctx.resilient_parsing:
        return
    shell = Path(os.environ.get("SHELL", "")).name
    if shell not in STARTUP_FILES:
        raise click.UsageError(f"completion is for {', '.join(STARTUP_FILES)}; SHELL says {shell or 'nothing'}")
    target, line = Path.home() / STARTUP_FILES[shell], LINES.get(shell, USUAL_LINE.format(shell=shell))
    text = target.read_text("utf-8") if target.exists() else ""
    if line in text.splitlines():
        click.echo(f"{target}: completion is switched on already")
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as appended:
            appended.write(("" if not text or text.endswith("\n") else "\n") + line + "\n")
        click.echo(f"{target}: added the line {line}; it works in the next {shell} that you start")
    ctx.exit()


def interrupt(number: int, _: object) -> None:
    """A handler of signals: raise what Ctrl-C raises, with the number of the signal."""
    raise KeyboardInterrupt(number)


class Commands(click.Group):
    """The group of all commands: prints each fault of a wrong input on a line of standard error, and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that `ctx` names; Ctrl-C and SIGTERM end it quietly, after it has cleared away its files."""
        earlier = signal.signal(signal.SIGTERM, interrupt)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            return ctx.exit(128 + (error.args[0] if error.args else signal.SIGINT))
        except InputError as error:
            terminal.say(str(error), err=True)
        except BrokenPipeError:
            raise  # the reader closed the pipe: click exits without a message
        except OSError as error:
            terminal.say(f"{error.filename}: {error.strerror}" if error.filename else str(error), err=True)
        finally:
            signal.signal(signal.SIGTERM, earlier)
        return ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tco", message="%(prog)s %(version)s")
@click.option(
    "--install-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=install_completion,
    help="Complete commands and options at the Tab key: adds one line to the startup file of your shell.",
)
def main() -> None:
    """What a database fleet costs in money, engineering hours and downtime.

    SCENARIO is a YAML file or the name of a packaged scenario, such as quickstart.

    Exit codes: 0 done, 1 the input is wrong (standard error says where and what is valid), 2 wrong usage, 130 ended by
    Ctrl-C, 143 by SIGTERM.
    """
    for name in os.environ:
        meant = difflib.get_close_matches(name, VARIABLES, 1, ALIKE)
        if meant and name not in VARIABLES:
            click.echo(f"warning: {name} is read by nothing; did you mean {meant[0]}?", err=True)
    gc.set_threshold(GARBAGE)
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema imports it in a second
    atexit.register(gc.freeze)  # else Python collects garbage for a quarter of a second at exit


for module in (reports, scenarios, choices, plans, fleets, audits, bills, facts, notebooks):
    for command in module.COMMANDS:
        main.add_command(command)

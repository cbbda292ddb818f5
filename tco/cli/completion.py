"""`tco --install-completion`: commands and options complete at the Tab key in bash, zsh and fish."""

from __future__ import annotations

import os
from pathlib import Path

import click

STARTUP_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/tco.fish"}
"""By shell the file in the home folder that it reads when it starts."""
LINES = {"fish": "_TCO_COMPLETE=fish_source tco | source"}
USUAL_LINE = 'eval "$(_TCO_COMPLETE={shell}_source tco)"'


def install_completion(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """A callback of click: add the line that switches completion on to the startup file of the user's shell, once."""
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

"""`tco notebooks`: the notebooks that come with the toolkit, as copies to change."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tco import resources
from tco.cli import terminal, writing
from tco.errors import InputError, Problem
from tco.execution.interruptions import made_folder

NAME_WIDTH = 21


@click.group(name="notebooks")
def notebooks() -> None:
    """Notebooks for exploring, reporting and learning: list them, or copy them into a folder of your own."""


@notebooks.command(name="list")
def list_notebooks() -> None:
    """The notebooks and the question that each answers."""
    for file in _packaged():
        terminal.say(f"{file.stem:{NAME_WIDTH}}{_question(file)}", hang=NAME_WIDTH)


@notebooks.command(name="copy")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--replace", is_flag=True, help="Overwrite notebooks that are there already.")
def copy_notebooks(folder: Path, replace: bool) -> None:
    """Copy all notebooks into FOLDER, which is made if it is missing, and print their paths.

    Copies all or none; none if FOLDER has a file of the same name with other content.
    """
    files = [*_packaged(), resources.path("notebooks/README.md")]
    targets = [folder / file.name for file in files]
    changed = [
        target
        for file, target in zip(files, targets, strict=True)
        if target.exists() and target.read_bytes() != file.read_bytes()
    ]
    if changed and not replace:
        raise InputError(Problem("is there already; --replace overwrites it", file=str(target)) for target in changed)
    with writing.told(folder), made_folder(folder):
        writing.write_contents({target: file.read_bytes() for file, target in zip(files, targets, strict=True)})
    for target in targets:
        click.echo(target)


def _packaged() -> list[Path]:
    return sorted(resources.path("notebooks").glob("*.ipynb"))


def _question(file: Path) -> str:
    """A notebook's first heading, which is the question it answers."""
    first = json.loads(file.read_text("utf-8"))["cells"][0]["source"]
    return "".join(first).splitlines()[0].lstrip("# ")


COMMANDS = (notebooks,)

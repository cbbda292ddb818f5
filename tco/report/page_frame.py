"""The frame of every page that is written here: its template, and a policy that keeps it from reaching out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parent / "template"
"""Folder of the template, style and script of a report's page."""


@cache
def template(path: Path) -> Any:
    """The Jinja template in a file, which escapes what it is given and refuses names that it is not given."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def policy(scripts: Sequence[str]) -> str:
    """The content security policy: these scripts by their hashes, inline styles, images in the file, no requests."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )

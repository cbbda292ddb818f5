"""A report's page on paper: an installed Chromium prints its first part, or all of it, to a PDF file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tco.errors import InputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FIRST_PAGE, WHOLE = "first-page", "whole"
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--virtual-time-budget=30000",
)
"""The time is virtual: it passes as fast as the page's scripts have drawn all charts."""
SECONDS = 120
"""After so long a print counts as failed."""


def print_page(page: Path, pdf: Path, part: str = FIRST_PAGE) -> Path:
    """Print the HTML file `page` to the file `pdf`, and return that. part: `first-page` or `whole`, with page numbers.

    Raises InputError where no Chromium is installed, or where it prints nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise InputError(
            f"printing needs an installed Chromium or Chrome ({', '.join(BROWSERS)} on the PATH): install one, or "
            f"print {page.name} from any browser",
            path="--pdf",
        )
    with tempfile.TemporaryDirectory(prefix="tco-pdf-") as folder:
        source, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        text = page.read_text(encoding="utf-8")
        source.write_text(text.replace("<html ", f'<html class="print-{part}" ', 1), encoding="utf-8")
        root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        arguments = [*FLAGS, *root, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", source.as_uri()]
        try:
            subprocess.run(  # noqa: S603 - an installed browser and a page of our own
                [browser, *arguments], capture_output=True, timeout=SECONDS, check=True
            )
            content = made.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise InputError(f"{browser} could not print {page.name}: {error}", path="--pdf") from error
    pdf.write_bytes(content)
    return pdf

"""JupyterLab on this machine's loopback with a token, for tests of what a person sees."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from measuring.lab import CHECKOUT, Lab, running_lab


@dataclass
class Watched:
    """What a page did that nobody should see: errors of scripts, and requests that leave the machine."""

    origin: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def follow(self, page: Any) -> None:
        """Note every error and every request to elsewhere."""
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, address: str) -> None:
        if not address.startswith(
            (self.origin, self.origin.replace("http", "ws"), "data:", "blob:", "about:", "file:")
        ):
            self.requests.append(address)


@pytest.fixture(scope="session")
def watching() -> Callable[[str], Watched]:
    """A function that gives the record of a page's errors and requests, for an origin that it may talk to."""
    return Watched


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab as `make lab` starts it, on copies of notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(CHECKOUT / "notebooks" / "explore.ipynb", folder)
    with running_lab(folder, tmp_path_factory.mktemp("jupyter")) as running:
        yield running

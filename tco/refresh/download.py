"""Fetches a file over HTTP, whole or not at all, with time-outs and retries, and a plain error where they fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

from tco.errors import InputError

BASE_URL = "https://pricing.us-east-1.amazonaws.com"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TRIES = 4
FIRST_WAIT_SECONDS = 1.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


class Downloader:
    """Fetches files below one address. wait: sleeps between tries."""

    def __init__(
        self, base_url: str = BASE_URL, timeout: httpx.Timeout = TIMEOUT, wait: Callable[[float], None] = time.sleep
    ):
        self._base = httpx.URL(base_url)
        self._client = httpx.Client(timeout=timeout, follow_redirects=True, headers={"User-Agent": "tco-prices"})
        self._wait = wait

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def document(self, path: str) -> dict[str, Any]:
        """A small JSON document at `path`. Raises InputError where it cannot be fetched or is none."""
        content = self._tried(path, lambda response: response.read())
        try:
            document = json.loads(content)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise InputError("is not the JSON document that was expected", path=self._address(path))
        return document

    def file(self, path: str, target: Path) -> Path:
        """Fetch the file at `path` into `target`, piece by piece. Raises InputError and leaves nothing half-written."""
        partial = target.with_name(target.name + ".partial")

        def save(response: httpx.Response) -> int:
            with partial.open("wb") as opened:
                for piece in response.iter_bytes():
                    opened.write(piece)
            return partial.stat().st_size

        try:
            if not self._tried(path, save):
                raise InputError("is empty", path=self._address(path))
            return partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _tried(self, path: str, read: Callable[[httpx.Response], Any]) -> Any:
        address = self._address(path)
        trouble = ""
        for attempt in range(TRIES):
            if attempt:
                self._wait(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
            try:
                with self._client.stream("GET", address) as response:
                    if response.status_code in RETRIED:
                        trouble = f"the server answered {response.status_code}"
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise InputError(f"the server answered {response.status_code}", path=address)
                    return read(response)
            except httpx.TransportError as error:  # no connection, time-out, or cut off before its announced end
                trouble = f"{type(error).__name__}: {error}"
        raise InputError(f"could not be fetched in {TRIES} tries ({trouble})", path=address)

    def _address(self, path: str) -> str:
        return str(self._base.join(path))

"""Fetches a file over HTTP, whole or not at all, within a time and a size, with retries, and a plain error where they
fail.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from tco.errors import InputError

BASE_URL = "https://pricing.us-east-1.amazonaws.com"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TOTAL_SECONDS = 1800.0
"""All files of a refresh together; the largest offer file takes some minutes on a slow line."""
LARGEST_DOCUMENT, LARGEST_FILE = 50_000_000, 10_000_000_000
"""Bytes of an index, and of an offer file, after they are unpacked."""
PIECE = 1 << 20
"""Bytes that are unpacked at a time."""
MAX_REDIRECTS = 5
TRIES = 4
FIRST_WAIT_SECONDS = 1.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
GZIP = 16 + zlib.MAX_WBITS
Answer = TypeVar("Answer")


class Unreachable(InputError):
    """No server took a connection, or one did not answer in time: asking it for another file is of no use."""


def answered(ask: Callable[[], Answer], deadline: float) -> Answer:
    """What `ask` returns; TimeoutError at the deadline. A thread waits, since a server that drips never times out."""
    answer = Future[Answer]()

    def wait() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 (raised again where the answer is waited for)
            answer.set_exception(error)

    threading.Thread(target=wait, daemon=True).start()
    return answer.result(max(0.0, deadline - time.monotonic()))


class Downloader:
    """Fetches files below one address. wait: sleeps between tries. total_seconds: from now on, for all files.

    largest: bytes of a document and of a file. Raises InputError for an address that is none.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        timeout: httpx.Timeout = TIMEOUT,
        wait: Callable[[float], None] = time.sleep,
        total_seconds: float = TOTAL_SECONDS,
        largest: tuple[int, int] = (LARGEST_DOCUMENT, LARGEST_FILE),
    ):
        try:
            self._base = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise InputError(f"is no address ({error})", path=base_url) from None
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise InputError("is no address of a server, such as https://prices.example.com", path=base_url)
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            headers={"User-Agent": "tco-prices", "Accept-Encoding": "gzip"},
        )
        self._wait = wait
        self._total_seconds = total_seconds
        self._deadline = time.monotonic() + total_seconds
        self._largest_document, self._largest_file = largest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def document(self, path: str) -> dict[str, Any]:
        """A small JSON document at `path`. Raises InputError where it cannot be fetched or is none."""
        content = self._fetched(path, lambda response: b"".join(self._pieces(response, self._largest_document)))
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise InputError("is not the JSON document that was expected", path=self._address(path))
        return document

    def file(self, path: str, target: Path) -> Path:
        """Fetch the file at `path` into `target`, piece by piece. Raises InputError and leaves nothing half-written."""
        partial = target.with_name(target.name + ".partial")

        def save(response: httpx.Response) -> int:
            with partial.open("wb") as opened:
                for piece in self._pieces(response, self._largest_file):
                    opened.write(piece)
            return partial.stat().st_size

        try:
            if not self._fetched(path, save):
                raise InputError("is empty", path=self._address(path))
            return partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _fetched(self, path: str, read: Callable[[httpx.Response], Any]) -> Any:
        """What `read` makes of the answer."""
        address = self._address(path)
        try:
            return answered(lambda: self._tried(address, read), self._deadline)
        except TimeoutError:
            raise Unreachable(self._too_slow(), path=address) from None

    def _too_slow(self) -> str:
        return f"could not be fetched within {self._total_seconds:g} seconds"

    def _tried(self, address: str, read: Callable[[httpx.Response], Any]) -> Any:
        trouble, kind = "", InputError
        for attempt in range(TRIES):
            if attempt:
                self._wait(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
            try:
                with self._client.stream("GET", address) as response:
                    if response.status_code in RETRIED:
                        trouble, kind = f"the server answered {response.status_code}", InputError
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise InputError(f"the server answered {response.status_code}", path=address)
                    return read(response)
            except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
                raise InputError(f"leads nowhere ({error})", path=address) from None
            except httpx.TransportError as error:  # no connection, time-out, or cut off before its announced end
                trouble = f"{type(error).__name__}: {error}"
                kind = Unreachable if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) else InputError
        raise kind(f"could not be fetched in {TRIES} tries ({trouble})", path=address)

    def _pieces(self, response: httpx.Response, largest: int) -> Iterator[bytes]:
        """The content, unpacked piece by piece. Raises InputError where it is too long, too slow or broken."""
        address = str(response.url)
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise InputError(f"comes in an encoding that was not asked for: {encoding[:20]!r}", path=address)
        size, packed = 0, encoding == "gzip"
        unpacker = zlib.decompressobj(GZIP)
        for raw in response.iter_raw():
            if time.monotonic() > self._deadline:
                raise Unreachable(self._too_slow(), path=address)
            while raw:
                piece, rest = raw, b""
                if packed:
                    try:
                        piece = unpacker.decompress(raw, PIECE)
                    except zlib.error:
                        raise InputError("is not what gzip packs", path=address) from None
                    rest = unpacker.unconsumed_tail
                    if unpacker.eof and unpacker.unused_data:  # packed in several parts
                        rest, unpacker = unpacker.unused_data, zlib.decompressobj(GZIP)
                size += len(piece)
                if size > largest:
                    raise InputError(f"is longer than {largest:,} bytes", path=address)
                yield piece
                raw = rest
        if packed and size and not unpacker.eof:
            raise InputError("ends in the middle of what gzip packs", path=address)

    def _address(self, path: str) -> str:
        """Where `path` is: below the base with its own path, as of a mirror, unless it names a server itself."""
        below = self._base.path.rstrip("/") + path if path.startswith("/") else path
        try:
            return str(self._base.join(below))
        except httpx.InvalidURL as error:
            raise InputError(f"is no address ({error})", path=str(path)) from None

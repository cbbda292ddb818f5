"""Messages between processes: a kind of one byte, a length, and so many bytes, over a stream socket."""

from __future__ import annotations

import socket
import struct

HEADER = struct.Struct("!cQ")
CHUNK = 1 << 20


def send(connection: socket.socket, kind: bytes, payload: bytes = b"") -> None:
    """Send one message; waits while the other side is slow. Raises OSError when there is no other side."""
    connection.sendall(HEADER.pack(kind, len(payload)))
    if payload:
        connection.sendall(payload)


class Reader:
    """Takes messages off a connection as they become whole, without waiting for one that is not.

    most: the longest payload in bytes that is waited for; what begins a longer one counts as the end.
    """

    def __init__(self, connection: socket.socket, most: int | None = None) -> None:
        self._connection = connection
        self._most = most
        self._held = bytearray()
        self.ended = False

    def messages(self) -> list[tuple[bytes, bytes]]:
        """Kinds and payloads that one read completes; sets `ended` when the other side has closed."""
        try:
            read = self._connection.recv(CHUNK)
        except OSError:
            read = b""
        if not read:
            self.ended = True
        self._held += read
        found = []
        while len(self._held) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._held)
            if self._most is not None and length > self._most:
                self.ended = True
                break
            end = HEADER.size + length
            if len(self._held) < end:
                break
            found.append((kind, bytes(self._held[HEADER.size : end])))
            del self._held[:end]
        return found

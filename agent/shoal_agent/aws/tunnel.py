"""A way through an HTTP proxy: CONNECT, and what the proxy says to it."""

import asyncio
from typing import cast

_MOST_BYTES = 64 * 1024


class Tunnel(asyncio.Protocol):
    """Asks as soon as it is connected; ``opened`` is the transport, or an OSError."""

    def __init__(self, request: bytes) -> None:
        """Take the whole request."""
        self._request = request
        self._answer = b""
        self.opened: asyncio.Future[asyncio.Transport]
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear from the loop that the proxy is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read to the end of the head; an open tunnel has no body."""
        self._answer += data
        head, end, _ = self._answer.partition(b"\r\n\r\n")
        if self.opened.done() or (not end and len(head) < _MOST_BYTES):
            return
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        if end and status.startswith("HTTP/1.") and status[8:10] == " 2":
            self.opened.set_result(self._transport)
        else:
            self.opened.set_exception(OSError(f"the proxy answers {status!r:.100}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the proxy has closed."""
        if not self.opened.done():
            self.opened.set_exception(OSError(f"the proxy closed the connection: {exc}"))

"""The HTTP that kubelet and Prometheus read: GET of a few paths, one answer, closed."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import NamedTuple

from shoal_agent.agent_error import ConfigurationError

_REQUEST_LIMIT = 8 * 1024
_TIMEOUT_S = 5.0
_PHRASES = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class Page(NamedTuple):
    """What a path answers."""

    status: int
    text: str
    content_type: str = "text/plain; charset=utf-8"


class ProbeServer:
    """Serves pages that are made when they are asked for."""

    def __init__(self, routes: Mapping[str, Callable[[], Page]]) -> None:
        self._routes = routes
        self._server: asyncio.Server | None = None

    async def listen(self, port: int, setting: str) -> int:
        """Listen on all addresses; return the port (0 picks one). ``setting`` is for the error."""
        try:
            listener = _listener(port)
        except OSError as error:
            raise ConfigurationError(f"{setting}={port}: cannot listen there: {error}") from error
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=_REQUEST_LIMIT)
        bound: int = listener.getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(self._page(head)))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _page(self, head: bytes) -> Page:
        method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if method not in {"GET", "HEAD"}:
            return Page(405, "only GET\n")
        make = self._routes.get(path)
        return Page(404, "not found\n") if make is None else make()


def _listener(port: int) -> socket.socket:
    # One socket for both families: with one for each, port 0 would pick two ports.
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))


def _response(page: Page) -> bytes:
    body = page.text.encode()
    phrase = _PHRASES.get(page.status, "Service Unavailable")
    return (
        f"HTTP/1.1 {page.status} {phrase}\r\nContent-Type: {page.content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body

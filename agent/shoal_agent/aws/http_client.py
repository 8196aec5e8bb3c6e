"""HTTP/1.1 to one endpoint: requests out, responses in, connections kept and reused.

A client of our own because the agent's every message passes here: receiving and deleting a
thousand messages over aiohttp was measured at 25 ms of CPU, over this shape of client at 13.
It does one thing: send a complete request, return the complete response or raise ``HttpError``.
"""

import asyncio
import os
import ssl
from collections.abc import Callable
from typing import NamedTuple, cast

from shoal_agent.aws.http_response import MalformedResponseError, Response, ResponseReader
from shoal_agent.aws.proxy import Proxy, proxy_for
from shoal_agent.aws.trusted_roots import tls_context
from shoal_agent.aws.tunnel import Tunnel

_CONNECT_TIMEOUT_S = 10.0
_BUFFER_BYTES = 64 * 1024


class HttpError(Exception):
    """The request got no whole answer; the service may or may not have carried it out."""


class Endpoint(NamedTuple):
    """Where a service listens."""

    secure: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The Host header's value: the port is in it where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class HttpClient:
    """Connections to one endpoint. Mutable state: the idle ones, most recently used last."""

    def __init__(self, endpoint: Endpoint, *, ca_bundle: str | None = None) -> None:
        """``ca_bundle`` is a PEM file of trusted roots, None for the usual ones."""
        self._endpoint = endpoint
        self._tls = tls_context(ca_bundle) if endpoint.secure else None
        self._proxy = (
            proxy_for(endpoint.host, endpoint.port, os.environ) if endpoint.secure else None
        )
        self._idle: list[_Connection] = []
        # What is received is copied out at once, so one buffer serves every connection.
        self._received = memoryview(bytearray(_BUFFER_BYTES))
        self._open: set[_Connection] = set()

    async def send(self, request: bytes, *, timeout_s: float) -> Response:
        """Return the response, or raise HttpError after ``timeout_s`` at the latest."""
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._exchange(connection, request, timeout_s)
            except _UnansweredError:
                continue  # closed by the peer while idle: not a failure of this request
        return await self._exchange(await self._connect(), request, timeout_s)

    def close(self) -> None:
        """Close every connection; requests under way fail."""
        for connection in tuple(self._open):
            connection.abort()
        self._idle.clear()

    async def _exchange(
        self, connection: "_Connection", request: bytes, timeout_s: float
    ) -> Response:
        response = await connection.exchange(request, timeout_s)
        if response.reusable and connection.usable:
            self._idle.append(connection)
        else:
            connection.abort()
        return response

    async def _connect(self) -> "_Connection":
        host, port = self._endpoint.host, self._endpoint.port
        connection = _Connection(self._received, self._forget)
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                if self._proxy is None or self._tls is None:
                    await asyncio.get_running_loop().create_connection(
                        lambda: connection, host, port, ssl=self._tls
                    )
                else:
                    await self._connect_through(self._proxy, self._tls, connection)
        except TimeoutError as error:
            raise HttpError(f"no connection to {host}:{port} in {_CONNECT_TIMEOUT_S} s") from error
        except OSError as error:
            raise HttpError(f"no connection to {host}:{port}: {error}") from error
        self._open.add(connection)
        return connection

    async def _connect_through(
        self, proxy: Proxy, tls: ssl.SSLContext, connection: "_Connection"
    ) -> None:
        """Connect by a proxy, which sees the host's name and nothing of what is sent to it."""
        loop = asyncio.get_running_loop()
        host, port = self._endpoint.host, self._endpoint.port
        transport, tunnel = await loop.create_connection(
            lambda: Tunnel(proxy.request_for(host, port)), proxy.host, proxy.port
        )
        try:
            await tunnel.opened
            through = await loop.start_tls(transport, connection, tls, server_hostname=host)
        except BaseException:
            transport.abort()
            raise
        if through is None:
            raise OSError("the proxy closed the connection")
        connection.connection_made(through)

    def _forget(self, connection: "_Connection") -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


class _UnansweredError(HttpError):
    """The peer closed a connection without a byte of an answer."""


class _Connection(asyncio.BufferedProtocol):
    """One connection with at most one request under way (its future is ``_answer``)."""

    def __init__(self, received: memoryview, forget: Callable[["_Connection"], None]) -> None:
        self._received = received
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        self._reader = ResponseReader()
        self._answer: asyncio.Future[Response] | None = None
        self._transport: asyncio.Transport | None = None
        self._used = False
        self._deadline_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, timeout_s: float) -> Response:
        if self._transport is None or self._transport.is_closing():
            raise _UnansweredError("the connection was closed while idle")
        answer: asyncio.Future[Response] = self._loop.create_future()
        self._answer = answer
        self._watch(self._loop.time() + timeout_s)
        self._transport.write(request)
        try:
            return await answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._answer = None
            self._used = True

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._received[:nbytes])
        if self._answer is None or self._answer.done():
            self.abort()  # bytes that nobody asked for
            return
        try:
            response = self._reader.feed(data)
        except MalformedResponseError as error:
            self._fail(HttpError(f"malformed response: {error}"))
            return
        if response is not None:
            self._answer.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._answer is None or self._answer.done():
            return
        response = self._reader.close()
        if response is not None and exc is None:
            self._answer.set_result(response)
        elif self._used and self._reader.empty:
            self._fail(_UnansweredError("the connection was closed before an answer"))
        else:
            self._fail(HttpError(f"the connection was lost before the whole answer: {exc}"))

    def _watch(self, deadline_s: float) -> None:
        # A timer that is due earlier is left alone and looks again: one for each request would
        # cost more than its signature.
        self._deadline_s = deadline_s
        if self._timer is None or self._timer.when() > deadline_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline_s, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._answer is None:
            return
        if self._loop.time() < self._deadline_s:
            self._watch(self._deadline_s)
        else:
            self._fail(HttpError("no whole answer in time"))

    def _fail(self, error: HttpError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.abort()

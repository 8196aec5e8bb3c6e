"""The HTTP client on a real connection, to a server that does what each test tells it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.agent._fakes import in_loop

from shoal_agent.aws.http_client import Endpoint, HttpClient, HttpError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


@asynccontextmanager
async def server(
    serve: Serve, tls: ssl.SSLContext | None = None, ca_bundle: Path | None = None
) -> AsyncIterator[HttpClient]:
    """Run ``serve`` for each connection, which it is given the number of."""
    connections = iter(range(1_000))

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer, next(connections))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    host = "localhost" if tls else "127.0.0.1"
    client = HttpClient(
        Endpoint(secure=tls is not None, host=host, port=port),
        ca_bundle=None if ca_bundle is None else str(ca_bundle),
    )
    try:
        yield client
    finally:
        client.close()
        listening.close()
        await asyncio.sleep(0)


async def asked(reader: asyncio.StreamReader) -> None:
    """Read one request."""
    await reader.readuntil(b"\r\n\r\n")


@in_loop
async def test_one_connection_serves_request_after_request() -> None:
    seen: list[int] = []

    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            await asked(reader)
            seen.append(number)
            writer.write(OK)

    async with server(serve) as client:
        for _ in range(3):
            response = await client.send(REQUEST, timeout_s=30)
            assert (response.status, response.body) == (200, b"ok")
    assert seen == [0, 0, 0]


@in_loop
async def test_requests_at_once_each_have_a_connection() -> None:
    arrived = asyncio.Event()
    seen: list[int] = []

    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await asked(reader)
        seen.append(number)
        if len(seen) == 2:
            arrived.set()
        await arrived.wait()
        writer.write(OK)
        await reader.read()

    async with server(serve) as client:
        await asyncio.gather(*(client.send(REQUEST, timeout_s=30) for _ in range(2)))
    assert sorted(seen) == [0, 1]


@in_loop
async def test_a_request_on_a_connection_that_was_closed_while_idle_is_sent_again() -> None:
    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await asked(reader)
        writer.write(OK)
        if number == 0:  # take the next request and close without a byte
            await asked(reader)
        else:
            await reader.read()

    async with server(serve) as client:
        for _ in range(2):
            assert (await client.send(REQUEST, timeout_s=30)).status == 200


@in_loop
async def test_a_first_connection_that_closes_without_an_answer_is_an_error() -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: int) -> None:
        await asked(reader)

    async with server(serve) as client:
        with pytest.raises(HttpError, match="lost before the whole answer"):
            await client.send(REQUEST, timeout_s=30)


@in_loop
async def test_half_an_answer_is_an_error_and_is_not_sent_again() -> None:
    requests: list[int] = []

    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            await asked(reader)
            requests.append(number)
            if len(requests) == 2:
                writer.write(OK[:-1])
                return
            writer.write(OK)

    async with server(serve) as client:
        await client.send(REQUEST, timeout_s=30)
        with pytest.raises(HttpError, match="lost before the whole answer"):
            await client.send(REQUEST, timeout_s=30)
    assert requests == [0, 0]


@in_loop
async def test_no_answer_in_time_is_an_error_and_costs_the_connection() -> None:
    seen: list[int] = []

    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await asked(reader)
        seen.append(number)
        if number > 0:
            writer.write(OK)
        await reader.read()

    async with server(serve) as client:
        with pytest.raises(HttpError, match="in time"):
            await client.send(REQUEST, timeout_s=0.02)
        assert (await client.send(REQUEST, timeout_s=30)).status == 200
    assert seen == [0, 1]


@in_loop
async def test_a_shorter_time_limit_after_a_longer_one_holds() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await asked(reader)
        writer.write(OK)
        await reader.read()

    async with server(serve) as client:
        await client.send(REQUEST, timeout_s=600)
        with pytest.raises(HttpError, match="in time"):
            await client.send(REQUEST, timeout_s=0.02)


@in_loop
async def test_a_malformed_answer_is_an_error() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await asked(reader)
        writer.write(b"nonsense\r\n\r\n")
        await reader.read()

    async with server(serve) as client:
        with pytest.raises(HttpError, match="malformed"):
            await client.send(REQUEST, timeout_s=30)


@in_loop
async def test_a_port_where_nobody_listens_is_an_error() -> None:
    async def serve(*_: Any) -> None: ...

    async with server(serve) as client:
        endpoint = client._endpoint
    with pytest.raises(HttpError, match="no connection"):
        await HttpClient(endpoint).send(REQUEST, timeout_s=30)


@in_loop
async def test_a_certificate_is_checked_against_the_bundle_and_the_name(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await asked(reader)
        writer.write(OK)
        await reader.read()

    authority, stranger = trustme.CA(), trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    wrong_name = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("example.com").configure_cert(wrong_name)
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    authority.cert_pem.write_to_path(ours)
    stranger.cert_pem.write_to_path(theirs)
    async with server(serve, tls, ours) as client:
        assert (await client.send(REQUEST, timeout_s=30)).status == 200
    for context, bundle in ((tls, theirs), (wrong_name, ours)):
        async with server(serve, context, bundle) as client:
            with pytest.raises(HttpError, match="certificate verify failed"):
                await client.send(REQUEST, timeout_s=30)

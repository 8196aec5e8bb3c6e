"""TLS through a CONNECT proxy on loopback, and which hosts go through one."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from tests.agent._fakes import in_loop

from shoal_agent.agent_error import ConfigurationError
from shoal_agent.aws.http_client import Endpoint, HttpClient, HttpError
from shoal_agent.aws.proxy import Proxy, proxy_for

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[tuple[int, str]]:
    """Answer every request over TLS as localhost; yield the port and the roots to trust."""
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    roots = folder / "roots.pem"
    authority.cert_pem.write_to_path(roots)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1], str(roots)
    server.close()


@asynccontextmanager
async def proxy(answer: bytes, heads: list[bytes]) -> AsyncIterator[int]:
    """Answer CONNECT so; pass everything on where that opens a tunnel; yield the port."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        writer.write(answer)
        if b" 200 " not in answer:
            writer.close()
            return
        port = int(head.split(b" ")[1].rpartition(b":")[2])
        there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@in_loop
async def test_requests_go_through_the_proxy_which_is_told_who_asks(tmp_path: Path) -> None:
    heads: list[bytes] = []
    opened = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"
    async with service(tmp_path) as (port, roots), proxy(opened, heads) as proxy_port:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", f"http://fleet:p%40ss@127.0.0.1:{proxy_port}")
            client = HttpClient(Endpoint(secure=True, host="localhost", port=port), ca_bundle=roots)
        for _ in range(3):
            assert (await client.send(REQUEST, timeout_s=30)).body == b"ok"
        client.close()
        await asyncio.sleep(0)
    (head,) = heads
    assert head.splitlines()[0] == f"CONNECT localhost:{port} HTTP/1.1".encode()
    assert b"Proxy-Authorization: Basic ZmxlZXQ6cEBzcw==\r\n" in head


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication"),
        (b"SSH-2.0 no proxy\r\n\r\n", "SSH-2.0 no proxy"),
        (b"", "the proxy closed the connection"),
    ],
)
@in_loop
async def test_a_proxy_that_opens_no_way_is_an_error_with_its_words(
    tmp_path: Path, answer: bytes, said: str
) -> None:
    async with service(tmp_path) as (port, roots), proxy(answer, []) as proxy_port:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy_port}")
            client = HttpClient(Endpoint(secure=True, host="localhost", port=port), ca_bundle=roots)
        with pytest.raises(HttpError, match=said):
            await client.send(REQUEST, timeout_s=30)


@pytest.mark.parametrize(
    "excepted",
    ["*", "sqs.eu-west-1.amazonaws.com", ".amazonaws.com", "x, amazonaws.com", "amazonaws.com:443"],
)
def test_a_host_that_no_proxy_names_is_spoken_to_directly(excepted: str) -> None:
    environ = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": excepted}
    assert proxy_for("sqs.eu-west-1.amazonaws.com", 443, environ) is None


@pytest.mark.parametrize("excepted", ["", ",", "s.com", "eu-west-1", "amazonaws.com:8443"])
def test_other_hosts_go_through_the_proxy(excepted: str) -> None:
    environ = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": excepted}
    assert proxy_for("sqs.eu-west-1.amazonaws.com", 443, environ) == Proxy("proxy", 1, "")


def test_the_lower_case_variable_wins_and_an_empty_one_means_none() -> None:
    upper = {"HTTPS_PROXY": "http://upper:1"}
    assert proxy_for("h", 443, {**upper, "https_proxy": "http://lower"}) == Proxy("lower", 80, "")
    assert proxy_for("h", 443, {**upper, "https_proxy": ""}) is None
    assert proxy_for("h", 443, {}) is None


@pytest.mark.parametrize("url", ["https://user:secret@proxy:3128", "socks5://proxy", "http://x:y"])
def test_a_proxy_of_another_kind_is_a_mistake_told_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY: ") as raised:
        proxy_for("h", 443, {"HTTPS_PROXY": url})
    assert "secret" not in str(raised.value)

"""The reader of HTTP responses: whole whatever the pieces, strict about what is doubtful."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal_agent.aws.http_response import MalformedResponseError, Response, ResponseReader

BODY = st.binary(max_size=300)


def with_length(body: bytes) -> bytes:
    """Return a response that says how long its body is."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX: y\r\n\r\n%s" % (len(body), body)


def chunked(body: bytes, size: int) -> bytes:
    """Return a response in chunks of that size, with a trailer."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + chunks + b"0\r\nTrailer: t\r\n\r\n"


def read(data: bytes, cuts: list[int]) -> Response:
    """Feed the data cut at these places; nothing but its end completes the response."""
    reader = ResponseReader()
    places = sorted({cut % len(data) for cut in cuts} - {0})
    edges = [0, *places, len(data)]
    for start, end in pairwise(edges[:-1]):
        assert reader.feed(data[start:end]) is None
    response = reader.feed(data[edges[-2] :])
    assert response is not None
    assert reader.empty
    return response


@given(BODY, st.lists(st.integers(0, 10_000)))
def test_a_response_with_a_length_is_whole_however_it_is_cut(body: bytes, cuts: list[int]) -> None:
    response = read(with_length(body), cuts)
    assert response == Response(
        200, {"content-length": str(len(body)), "x": "y"}, body, reusable=True
    )


@given(BODY, st.integers(1, 100), st.lists(st.integers(0, 10_000)))
def test_a_chunked_response_is_whole_however_it_is_cut(
    body: bytes, size: int, cuts: list[int]
) -> None:
    response = read(chunked(body, size), cuts)
    assert (response.status, response.body, response.reusable) == (400, body, True)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_response_or_malformed_or_not_yet_enough(data: bytes) -> None:
    line = b"HTTP/1.1 200 OK\r\n"
    for start in (b"", line, line + b"Transfer-Encoding: chunked\r\n\r\n"):
        try:
            response = ResponseReader().feed(start + data)
        except MalformedResponseError:
            continue
        assert response is None or isinstance(response.status, int)


def test_interim_responses_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert read(interim + interim + with_length(b"x"), []).body == b"x"


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nab") is None
    assert reader.feed(b"c") is None
    assert reader.close() == Response(200, {}, b"abc", reusable=False)


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200", with_length(b"abc")[:-1], chunked(b"a", 1)[:-1]]
)
def test_a_connection_that_closes_too_early_leaves_no_response(data: bytes) -> None:
    reader = ResponseReader()
    assert reader.feed(data) is None
    assert reader.close() is None


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0",
        "HTTP/1.0 200 OK\r\nContent-Length: 0",
    ],
)
def test_a_connection_that_the_peer_will_close_is_not_reused(head: str) -> None:
    assert not read(f"{head}\r\n\r\n".encode(), []).reusable


def test_bytes_after_the_response_make_the_connection_suspect() -> None:
    response = ResponseReader().feed(with_length(b"x") + b"HTTP/1.1 200 OK\r\n")
    assert response is not None
    assert not response.reusable


def test_a_response_that_has_no_body_needs_no_length() -> None:
    assert read(b"HTTP/1.1 204 No Content\r\n\r\n", []).body == b""


MALFORMED = {
    "no_status_line": "ICY 200 OK\r\n\r\n",
    "another_protocol": "HTTP/2 200 OK\r\n\r\n",
    "short_status": "HTTP/1.1 20\r\n\r\n",
    "long_status": "HTTP/1.1 2000 OK\r\n\r\n",
    "negative_length": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "signed_length": "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
    "list_of_lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
    "two_lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "length_and_chunks": (
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    "unknown_coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "folded_header": "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    "space_before_colon": "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
    "no_colon": "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n",
    "chunk_size": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n",
    "chunk_too_long": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "endless_head": "HTTP/1.1 200 OK\r\nA: " + "a" * 70_000,
    "endless_chunk_size": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "1" * 70_000,
    "huge_body": "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "huge_chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_could_be_understood_in_two_ways_is_refused(name: str) -> None:
    with pytest.raises(MalformedResponseError):
        ResponseReader().feed(MALFORMED[name].encode())

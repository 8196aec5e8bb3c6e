"""One HTTP/1.1 response, put together from the bytes as they come (RFC 9112).

Strict on purpose: what two readers could understand differently (two lengths, folded
headers, an unknown transfer coding) is refused, because the answer says which messages
are now ours.
"""

from typing import NamedTuple

_HEAD_LIMIT = 64 * 1024
# Ten messages of 1 MiB, every character escaped by JSON, and room for their attributes.
_BODY_LIMIT = 80 * 1024 * 1024
_NO_BODY = frozenset({204, 304})
_INTERIM = range(100, 200)


class MalformedResponseError(Exception):
    """The peer does not speak HTTP/1.1 as it should."""


class Response(NamedTuple):
    """A complete response; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    reusable: bool  # the connection may carry another request


class ResponseReader:
    """Collects the bytes of one response at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: tuple[int, dict[str, str]] | None = None
        self._length: int | None = None  # None: until the peer closes
        self._body_start = 0
        self._chunks: _ChunkedBody | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing of a response has come yet."""
        return not self._buffer and self._head is None

    def feed(self, data: bytes) -> Response | None:
        """Take more bytes; return the response once it is whole."""
        self._buffer += data
        if self._head is None and not self._read_head():
            return None
        if self._chunks is not None:
            body = self._chunks.feed(self._buffer[self._body_start :])
            self._buffer.clear()
            self._body_start = 0
            return None if body is None else self._finish(body, self._chunks.left_over)
        if self._length is None:
            _check_size(len(self._buffer) - self._body_start)
            return None
        end = self._body_start + self._length
        if len(self._buffer) < end:
            return None
        return self._finish(self._buffer[self._body_start : end], self._buffer[end:])

    def close(self) -> Response | None:
        """Hear that the peer has closed; only a body without a length is whole then."""
        if self._head is None or self._chunks is not None or self._length is not None:
            return None
        status, headers = self._head
        return Response(status, headers, bytes(self._buffer[self._body_start :]), reusable=False)

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or end > _HEAD_LIMIT:
            if len(self._buffer) > _HEAD_LIMIT:
                raise MalformedResponseError(f"the head is longer than {_HEAD_LIMIT} bytes")
            return False
        status, headers = _parse_head(self._buffer[:end].decode("latin-1"))
        if status in _INTERIM:
            del self._buffer[: end + 4]
            return self._read_head()
        self._head = (status, headers)
        self._body_start = end + 4
        self._frame_body(status, headers)
        return True

    def _frame_body(self, status: int, headers: dict[str, str]) -> None:
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if status in _NO_BODY:
            self._length = 0
        elif coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise MalformedResponseError(f"transfer coding {coding!r}, length {length!r}")
            self._chunks = _ChunkedBody()
        elif length is not None:
            self._length = _number(length, 10)
            _check_size(self._length)

    def _finish(self, body: bytes | bytearray, left_over: bytes | bytearray) -> Response:
        if self._head is None:  # pragma: no cover - callers have read it
            raise RuntimeError("a body without its head")
        status, headers = self._head
        self.__init__()  # type: ignore[misc]
        # Bytes after the response belong to no request: the connection is not to be trusted.
        keep = headers.get("connection", "").lower() != "close" and not left_over
        return Response(status, headers, bytes(body), reusable=keep)


class _ChunkedBody:
    """The chunked transfer coding; trailers are read and dropped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._body = bytearray()
        self._in_trailer = False
        self.left_over = bytearray()

    def feed(self, data: bytes | bytearray) -> bytearray | None:
        self._buffer += data
        while not self._in_trailer:
            if not self._read_chunk():
                return None
        return self._read_trailer()

    def _read_chunk(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise MalformedResponseError("a chunk's size line does not end")
            return False
        size = _number(self._buffer[:end].split(b";", 1)[0].decode("latin-1").strip(), 16)
        if size == 0:
            self._in_trailer = True
            del self._buffer[:end]  # the line's end opens the trailer
            return True
        stop = end + 2 + size
        _check_size(len(self._body) + size)
        if len(self._buffer) < stop + 2:
            return False
        if self._buffer[stop : stop + 2] != b"\r\n":
            raise MalformedResponseError("a chunk is longer than it says")
        self._body += self._buffer[end + 2 : stop]
        del self._buffer[: stop + 2]
        return True

    def _read_trailer(self) -> bytearray | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise MalformedResponseError("the trailer does not end")
            return None
        self.left_over = self._buffer[end + 4 :]
        return self._body


def _parse_head(head: str) -> tuple[int, dict[str, str]]:
    status_line, *lines = head.split("\r\n")
    version, _, rest = status_line.partition(" ")
    code = rest[:3]
    if version not in {"HTTP/1.1", "HTTP/1.0"} or rest[3:4] not in {"", " "}:
        raise MalformedResponseError(f"not a status line: {status_line[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name[0] in " \t" or name[-1] in " \t":
            raise MalformedResponseError(f"not a header: {line[:80]!r}")
        name, value = name.lower(), value.strip()
        if name == "content-length" and headers.get(name, value) != value:
            raise MalformedResponseError("two different Content-Length headers")
        headers[name] = value
    if version == "HTTP/1.0" and headers.get("connection", "").lower() != "keep-alive":
        headers["connection"] = "close"
    return _status(code), headers


def _check_size(size: int) -> None:
    if size > _BODY_LIMIT:
        raise MalformedResponseError(f"the body is longer than {_BODY_LIMIT} bytes")


def _status(code: str) -> int:
    if len(code) != len("200") or not (code.isascii() and code.isdigit()):
        raise MalformedResponseError(f"not a status code: {code!r}")
    return int(code)


def _number(text: str, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or any(character not in digits for character in text.lower()):
        raise MalformedResponseError(f"not a number: {text[:40]!r}")
    return int(text, base)

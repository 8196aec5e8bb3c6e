"""What a handler's own process and its parent write to each other, on three channels.

``messages``, parent to child: frames of a length and a marshalled value. The first is the
order of what to load; every other one is ``(log level, [(number, message), …])``.

``tickets``, parent to child: the number of each message, four bytes. The child takes a
message's ticket before it begins with it; the parent takes tickets back of messages that are
to run elsewhere. A ticket has one taker, so what was begun is never in doubt, whenever and
however a child ends. Messages whose ticket was taken back are passed over by the child.

``answers``, child to parent: a line of JSON about the loading, then one for each message,
``{}`` for done, written before the next ticket is taken. (JSON, so that nothing a handler
writes there by mistake does the parent harm; marshal trusts its writer, and takes a message
there and back in 2 µs instead of 8.)
"""

import json
import marshal
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from shoal_agent.ending import DONE, Ending

TICKET_BYTES = 4
DONE_LINE = b"{}"
_LENGTH_BYTES = 4

Fields = Mapping[str, Any]
Batch = tuple[int, list[tuple[int, Fields]]]


def frame(value: Any) -> bytes:
    """Return a value of plain types as the bytes that ``read_frame`` reads."""
    data = marshal.dumps(value)
    return len(data).to_bytes(_LENGTH_BYTES, "little") + data


def read_frame(stream: BinaryIO) -> object:
    """Return the next value; raise EOFError where there is none, or not the whole of it."""
    length = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "little")
    return cast("object", marshal.loads(_exactly(stream, length)))  # noqa: S302 - from the parent


def ticket(number: int) -> bytes:
    """Return a message's ticket."""
    return (number & 0xFFFFFFFF).to_bytes(TICKET_BYTES, "little")


def read_answer(line: bytes) -> Ending | None:
    """Return how a message has ended; None for what is no answer."""
    if line == DONE_LINE:
        return DONE
    try:
        return Ending.from_wire(json.loads(line))
    except (ValueError, TypeError, KeyError):
        return None


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data

"""How each attempt at a message went, told by the agent on one line and read back here.

An agent says little about a message that goes well, as it should. The laptop wants to know of
each one, so it wraps the handler in a middleware (``SHOAL_MIDDLEWARE``) that writes a line of
JSON when the handler ends. It runs wherever the handler runs: loop, thread or child process.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from shoal_agent import Reject
from shoal_local.ledger import Attempt, AttemptReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shoal_agent import Message

MIDDLEWARE: Final = f"{__name__}:log_attempts"
_MARK: Final = '{"shoal_local_attempt":'


def log_attempts(handle: Callable[[Message], Any]) -> Callable[[Message], Any]:
    """Wrap a handler, async or not, so that it reports each attempt on standard error."""
    if inspect.iscoroutinefunction(handle):

        @functools.wraps(handle)
        async def reported_async(message: Message) -> Any:
            with _report(message):
                return await handle(message)

        return reported_async

    @functools.wraps(handle)
    def reported(message: Message) -> Any:
        with _report(message):
            return handle(message)

    return reported


def read_attempt(line: str) -> AttemptReport | None:
    """Return the report that a line of an agent's output is, or None."""
    if not line.startswith(_MARK):
        return None
    fields = json.loads(line)["shoal_local_attempt"]
    return AttemptReport(**{**fields, "attempt": Attempt(fields["attempt"])})


@contextmanager
def _report(message: Message) -> Iterator[None]:
    started = time.monotonic()
    wait_s = time.time() - message.sent_at.timestamp()
    attempt, reason = Attempt.DONE, ""
    try:
        yield
    except Reject as rejection:
        attempt, reason = Attempt.REJECTED, rejection.reason
        raise
    except BaseException as error:
        attempt, reason = Attempt.RETRIED, repr(error)
        raise
    finally:
        fields = {
            "message_id": message.message_id,
            "attempt": attempt,
            "receive_count": message.receive_count,
            "wait_s": round(wait_s, 3),
            "processing_s": round(time.monotonic() - started, 3),
            "reason": reason,
        }
        # One write: the lines of an agent's processes share a pipe and must not mix.
        sys.stderr.write(f"{_MARK} {json.dumps(fields)}}}\n")
        sys.stderr.flush()

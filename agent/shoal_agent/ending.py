"""How the handling of one message ends.

A handler ends by returning, by raising ``Retry`` or ``Reject``, or by failing in any other
way; an agent may also stop it. ``Ending`` is that result in a form that travels between
threads and processes and that the acknowledger decides on.
"""

import math
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

# A log line, and the room that a dead letter's reason has, are for reading.
_LONGEST_TEXT = 2_000
_LONGEST_TRACEBACK = 20_000


class Retry(Exception):  # noqa: N818 - a verb that handlers raise, not an error of theirs
    """Ask for the message again, ``after`` that time (seconds or timedelta; None: backoff)."""

    after_s: float | None = None  # also of subclasses that do not call __init__

    def __init__(self, after: float | timedelta | None = None) -> None:
        """Raise ValueError for a time that is negative or has no end."""
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        if seconds is not None and not 0 <= seconds < math.inf:
            raise ValueError(f"Retry(after={after!r}): the time to wait must be 0 or more, and end")
        super().__init__(after)
        self.after_s = seconds


class Reject(Exception):  # noqa: N818 - a verb that handlers raise, not an error of theirs
    """Send the message to the dead-letter queue with this reason, and never retry it."""

    def __init__(self, reason: str) -> None:
        """Keep the reason, which travels with the message as ``shoal.reason``."""
        super().__init__(reason)
        self.reason = str(reason)


class Skip(Exception):  # noqa: N818 - a verb, like those above
    """Leave a message be whose work is done already; middleware raises it. It is deleted."""

    def __init__(self, reason: str) -> None:
        """Keep the reason, for the log."""
        super().__init__(reason)
        self.reason = str(reason)


class How(StrEnum):
    """The kinds of ending."""

    DONE = "done"
    SKIPPED = "skipped"  # there was nothing left to do
    RETRY = "retry"  # the handler asked for it
    REJECT = "reject"
    FAILED = "failed"  # any other exception
    TIMED_OUT = "timed_out"  # stopped after the longest job
    DIED = "died"  # its process ended under it
    STOPPED = "stopped"  # the drain ended before the work did


class Ending(NamedTuple):
    """One ending. ``after_s`` belongs to RETRY; ``reason`` is text for logs and the DLQ."""

    how: How
    after_s: float | None = None
    reason: str = ""
    traceback: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return what ``from_wire`` reads, made of JSON types."""
        return self._asdict()

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> "Ending":
        """Read an ending that another process wrote."""
        return cls(**{**fields, "how": How(fields["how"])})


DONE = Ending(How.DONE)


def ending_of(error: BaseException) -> Ending:
    """Say how a handler that raised this has ended; whatever it raised, it has."""
    if isinstance(error, Retry):
        return Ending(How.RETRY, error.after_s)
    if isinstance(error, Reject):
        return Ending(How.REJECT, reason=getattr(error, "reason", "") or _text(error))
    if isinstance(error, Skip):
        return Ending(How.SKIPPED, reason=getattr(error, "reason", "") or _text(error))
    return Ending(How.FAILED, reason=_one_line(error), traceback=_traceback(error))


def _one_line(error: BaseException) -> str:
    text = _text(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST_TEXT]
    except Exception:  # noqa: BLE001 - an exception's own __str__ may raise anything
        return ""


def _traceback(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - only failures need it

    try:
        text = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - as above
        return ""
    if len(text) <= _LONGEST_TRACEBACK:
        return text
    half = _LONGEST_TRACEBACK // 2  # where it began, and what it came to
    return f"{text[:half]}\n[…]\n{text[-half:]}"

"""How the handling of one message ends.

A handler ends by returning, by raising ``Retry`` or ``Reject``, or by failing in any other
way; an agent may also stop it. ``Ending`` is that result in a form that travels between
threads and processes and that the acknowledger decides on.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class Retry(Exception):  # noqa: N818 - a verb that handlers raise, not an error of theirs
    """Ask for the message again, ``after`` that time (seconds or timedelta; None: backoff)."""

    def __init__(self, after: float | timedelta | None = None) -> None:
        """Raise ValueError for a negative time."""
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"Retry(after={after!r}): the time to wait must be 0 or more")
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
    """Say how a handler that raised this has ended."""
    if isinstance(error, Retry):
        return Ending(How.RETRY, error.after_s)
    if isinstance(error, Reject):
        return Ending(How.REJECT, reason=error.reason)
    if isinstance(error, Skip):
        return Ending(How.SKIPPED, reason=error.reason)
    import traceback  # noqa: PLC0415 - only failures need it

    text = "".join(traceback.format_exception(error))
    return Ending(How.FAILED, reason=_one_line(error), traceback=text)


def _one_line(error: BaseException) -> str:
    text = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

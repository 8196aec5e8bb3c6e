"""Every message that was sent, and what became of it: the books that say what is lost.

Two sources are held apart. The agents' logs say how each attempt at a message ended; the
queues and the bucket say what is there in the end. A message is lost if neither knows it: it
was sent, no agent reports it done, and it is in neither queue.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Attempt(StrEnum):
    """How one attempt at a message ended."""

    DONE = "done"
    REJECTED = "rejected"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """What an agent says about one attempt. Times are seconds."""

    message_id: str
    attempt: Attempt
    receive_count: int
    wait_s: float | None = None
    """From being sent to the start of work; of a first attempt."""
    processing_s: float | None = None
    reason: str = ""


@dataclass
class Ledger:
    """State: ``sent`` by whoever sends, the rest by :meth:`enter` from the agents' reports."""

    sent: dict[str, str] = field(default_factory=dict)
    """Message id: the object it is about."""
    done: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)
    """Message id: the reason."""
    receives: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Message id: the highest receive count that an agent has seen."""
    waits_s: list[float] = field(default_factory=list)
    processing_s: list[float] = field(default_factory=list)

    def enter(self, report: AttemptReport) -> None:
        """Write down what an agent reports."""
        identity = report.message_id
        self.receives[identity] = max(self.receives[identity], report.receive_count)
        if report.attempt is Attempt.DONE:
            self.done.add(identity)
        elif report.attempt is Attempt.REJECTED:
            self.rejected[identity] = report.reason
        if report.attempt in {Attempt.DONE, Attempt.REJECTED}:
            self._measure(report)

    def _measure(self, report: AttemptReport) -> None:
        if report.wait_s is not None and report.receive_count == 1:
            self.waits_s.append(report.wait_s)
        if report.processing_s is not None:
            self.processing_s.append(report.processing_s)

    @property
    def ended(self) -> int:
        """How many messages an agent has brought to an end, done or rejected."""
        return len(self.done | self.rejected.keys())

    @property
    def open(self) -> int:
        """How many of the messages sent have not been brought to an end."""
        return len(self.sent.keys() - self.done - self.rejected.keys())

    @property
    def redelivered(self) -> int:
        """How many messages were received more than once."""
        return sum(count > 1 for count in self.receives.values())

    def lost(self, found: Iterable[str]) -> set[str]:
        """Return the ids that were sent, not done, and are not among those found in a queue."""
        return self.sent.keys() - self.done - set(found)

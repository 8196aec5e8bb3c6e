"""What became of messages: every delivery with its ending, and where each message is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from shoal_agent.ending import How
from shoal_agent.message import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message."""

    message: Message
    """The message as the handler was given it."""
    how: How
    """How the handling ended: equal to "done", "retry", "reject", "failed" or "died"."""
    reason: str
    """Why, for an ending that has a reason: the rejection's, the exception, the crash."""
    error: BaseException | None
    """What the handler raised. None: nothing, or the agent died."""
    at_s: float
    """When it was delivered, in seconds of the queue's own time, which starts at 0."""
    wait_s: float | None
    """How long the queue hid the message afterwards. None: it was the last delivery."""

    def __str__(self) -> str:
        text = f"{self.how} ({self.reason})" if self.reason else str(self.how)
        return text if self.wait_s is None else f"{text}, again after {self.wait_s:g} s"


@dataclass(frozen=True, slots=True, repr=False)
class MessageOutcome:
    """What became of one message."""

    body: str
    """What was sent."""
    deliveries: tuple[Delivery, ...]
    """Every delivery, the first one first."""
    done: bool
    """Whether it was handled and deleted."""
    rejected: str | None
    """The reason that the handler rejected it with. None: it did not."""
    dead_lettered: bool
    """Whether it lies in the dead-letter queue: rejected, or received too often."""

    @property
    def endings(self) -> list[str]:
        """How each delivery ended, such as ``["retry", "done"]``."""
        return [delivery.how.value for delivery in self.deliveries]

    def __repr__(self) -> str:
        where = "done" if self.done else "dead-lettered"
        return f"<{self.body:.60} is {where}: {'; '.join(map(str, self.deliveries))}>"


class Outcome(Sequence[MessageOutcome]):
    """What became of each message, in the order in which they were sent."""

    def __init__(self, messages: Sequence[MessageOutcome]) -> None:
        self._messages = tuple(messages)

    @property
    def done(self) -> bool:
        """Whether every message was handled and deleted."""
        return all(message.done for message in self._messages)

    @property
    def only(self) -> MessageOutcome:
        """The outcome of the one message; ValueError if several were sent."""
        if len(self._messages) != 1:
            raise ValueError(f"only: {len(self._messages)} messages were sent, not one")
        return self._messages[0]

    @overload
    def __getitem__(self, index: int) -> MessageOutcome: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[MessageOutcome]: ...

    def __getitem__(self, index: int | slice) -> MessageOutcome | Sequence[MessageOutcome]:
        return self._messages[index]

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[MessageOutcome]:
        return iter(self._messages)

    def __repr__(self) -> str:
        return f"Outcome({', '.join(map(repr, self._messages))})"

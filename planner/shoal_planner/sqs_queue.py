"""An SQS standard queue, message by message.

A message is delayed, visible, in flight, deleted or in the dead-letter queue, and in one of
these at a time: that is the conservation a test checks. A receive hides it; it shows again
when its visibility timeout ends or an agent hands it back; a receive beyond the maximum
receive count moves it to the dead-letter queue instead, as SQS does.
"""

import heapq
from collections import deque
from enum import Enum

from shoal_planner.queue_depth import QueueDepth

NEVER_MS = float("inf")


class MessageState(Enum):
    """Where a message is."""

    DELAYED = "delayed"
    VISIBLE = "visible"
    IN_FLIGHT = "in flight"
    DELETED = "deleted"
    DEAD = "dead"


class QueuedMessage:
    """A message: when it was sent, how often received, where it is."""

    __slots__ = ("receive_count", "sent_ms", "state")

    def __init__(self, sent_ms: float) -> None:
        self.sent_ms = sent_ms
        self.receive_count = 0
        self.state = MessageState.VISIBLE


class SqsQueue:
    """The queue and its dead-letter queue.

    `delay_ms` is DelaySeconds; `max_receive_count` is the redrive policy's.
    """

    def __init__(self, *, delay_ms: float = 0, max_receive_count: int = 5) -> None:
        self._delay_ms = delay_ms
        self._max_receive_count = max_receive_count
        self._line: deque[QueuedMessage] = deque()
        self._returns: list[tuple[float, int, QueuedMessage, int]] = []
        self._serial = 0
        self.visible = self.in_flight = self.delayed = 0
        self.sent = self.deleted = self.dead = self.received = self.redelivered = 0

    @property
    def depth(self) -> QueueDepth:
        """The three counts, exact and at once; what SQS tells is an approximation of them."""
        return QueueDepth(self.visible, self.in_flight, self.delayed)

    @property
    def next_return_ms(self) -> float:
        """When the next hidden message may show again; NEVER_MS where none is hidden."""
        return self._returns[0][0] if self._returns else NEVER_MS

    def send(self, now_ms: float) -> None:
        """Add a message."""
        message = QueuedMessage(now_ms)
        self.sent += 1
        if self._delay_ms > 0:
            message.state = MessageState.DELAYED
            self.delayed += 1
            self._hide(message, now_ms + self._delay_ms)
        else:
            self.visible += 1
            self._line.append(message)

    def receive(self) -> QueuedMessage | None:
        """Take the next visible message into flight, or None where there is none."""
        while self._line:
            message = self._line.popleft()
            if message.state is not MessageState.VISIBLE:
                continue  # deleted by an agent that held it past its visibility timeout
            self.visible -= 1
            message.receive_count += 1
            if message.receive_count > self._max_receive_count:
                message.state = MessageState.DEAD
                self.dead += 1
                continue
            self.redelivered += message.receive_count > 1
            self.received += 1
            self.in_flight += 1
            message.state = MessageState.IN_FLIGHT
            return message
        return None

    def delete(self, message: QueuedMessage) -> bool:
        """Delete a message, wherever it is by now; False where it was already gone."""
        if message.state is MessageState.IN_FLIGHT:
            self.in_flight -= 1
        elif message.state is MessageState.VISIBLE:
            self.visible -= 1
        else:
            return False
        message.state = MessageState.DELETED
        self.deleted += 1
        return True

    def show_at(self, message: QueuedMessage, at_ms: float) -> None:
        """Let a message in flight become visible at an instant (ChangeMessageVisibility)."""
        self._hide(message, at_ms)

    def advance(self, now_ms: float) -> None:
        """Show every hidden message whose time has come."""
        returns = self._returns
        while returns and returns[0][0] <= now_ms:
            _, _, message, receive_count = heapq.heappop(returns)
            if message.receive_count != receive_count:
                continue  # a later receive has hidden it anew
            if message.state is MessageState.IN_FLIGHT:
                self.in_flight -= 1
            elif message.state is MessageState.DELAYED:
                self.delayed -= 1
            else:
                continue
            message.state = MessageState.VISIBLE
            self.visible += 1
            self._line.append(message)

    def _hide(self, message: QueuedMessage, until_ms: float) -> None:
        self._serial += 1
        heapq.heappush(self._returns, (until_ms, self._serial, message, message.receive_count))

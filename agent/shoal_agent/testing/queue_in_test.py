"""The queue of a test: it hides, redelivers and dead-letters as SQS does, in virtual time."""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from random import Random

from shoal_agent import contract
from shoal_agent.ending import Ending, How
from shoal_agent.message import Message
from shoal_agent.retry_delay import retry_delay_s
from shoal_agent.testing.outcome import Delivery, MessageOutcome, Outcome
from shoal_agent.testing.sent import Sent

_NOT_DONE = frozenset({How.REJECT, How.RETRY, How.FAILED, How.TIMED_OUT, How.DIED, How.STOPPED})


class Journey:
    """One message on its way. Mutable state: its deliveries, and what is still to go wrong."""

    def __init__(self, sent: Sent, duplicates: int, *, deaths: int) -> None:
        """``duplicates`` and ``deaths`` are how many times it is delivered again for nothing."""
        self.sent = sent
        self.duplicates = duplicates
        self.deaths = deaths
        self.receives = 0
        self.deliveries: list[Delivery] = []

    def message(self) -> Message:
        """Return the message as it is delivered next."""
        return self.sent.delivered(len(self.deliveries) + 1)

    def outcome(self) -> MessageOutcome:
        """Say what became of it."""
        last = self.deliveries[-1]
        done = last.how not in _NOT_DONE
        return MessageOutcome(
            body=self.deliveries[0].message.body,
            deliveries=tuple(self.deliveries),
            done=done,
            rejected=last.reason if last.how is How.REJECT else None,
            dead_lettered=not done,
        )


class QueueInTest:
    """Mutable state: its own clock, what is visible and when, and FIFO's followers by group."""

    def __init__(self, journeys: Sequence[Journey], *, max_receive_count: int) -> None:
        if max_receive_count < 1:
            raise ValueError(f"max_receive_count={max_receive_count}: must be 1 or more")
        self._journeys = journeys
        self._max_receive_count = max_receive_count
        self._now_s = 0.0
        self._visible: list[tuple[float, int]] = []
        self._followers: dict[str, deque[int]] = {}
        self._random = Random(0)  # noqa: S311 - jitter, the same in every run
        for place, journey in enumerate(journeys):
            group = journey.sent.group_id
            if group is not None and group in self._followers:
                self._followers[group].append(place)
                continue
            if group is not None:
                self._followers[group] = deque()
            heappush(self._visible, (0.0, place))

    def next(self) -> Journey | None:
        """Return the next message as soon as one is visible; None if none is left."""
        if not self._visible:
            return None
        at_s, self._place = heappop(self._visible)
        self._now_s = max(self._now_s, at_s)
        return self._journeys[self._place]

    def settle(
        self, journey: Journey, message: Message, ending: Ending, error: BaseException | None
    ) -> None:
        """Delete the message, hide it for a while, or move it to the dead-letter queue."""
        wait_s = self._wait_s(journey, ending)
        how, reason = ending.how, ending.reason
        journey.deliveries.append(Delivery(message, how, reason, error, self._now_s, wait_s))
        if wait_s is not None:
            heappush(self._visible, (self._now_s + wait_s, self._place))
            return
        group = journey.sent.group_id
        if group is not None and self._followers[group]:
            heappush(self._visible, (self._now_s, self._followers[group].popleft()))

    def outcome(self) -> Outcome:
        """Say what became of every message."""
        return Outcome([journey.outcome() for journey in self._journeys])

    def _wait_s(self, journey: Journey, ending: Ending) -> float | None:
        """Return for how long the message is hidden; None if it leaves the queue."""
        done = ending.how not in _NOT_DONE
        if done and journey.duplicates > 0:
            journey.duplicates -= 1
            return contract.DEFAULT_VISIBILITY_TIMEOUT_S
        journey.receives += 1
        over = done or ending.how is How.REJECT
        if over or journey.receives >= self._max_receive_count:
            return None
        if ending.how is How.DIED:
            return contract.DEFAULT_VISIBILITY_TIMEOUT_S
        if ending.after_s is not None:
            return min(ending.after_s, contract.MAX_VISIBILITY_TIMEOUT_S)
        return retry_delay_s(
            len(journey.deliveries) + 1,
            base_s=contract.DEFAULT_RETRY_BASE_S,
            max_s=contract.DEFAULT_RETRY_MAX_S,
            random=self._random,
        )

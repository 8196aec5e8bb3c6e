"""A queue with SQS's rules on a real clock, and a ledger of every delivery.

Visibility time-outs, receive counts, a receipt handle for each delivery, redrive to the
dead-letter queue after so many receives, FIFO groups. A delete with a handle that a later
delivery has replaced is answered well and does nothing, as on SQS's standard queues; so is a
change of visibility after the time-out. The ledger says how each delivery ended, and collects
what must never be seen: a delete of a message that no handler had finished.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# How a delivery ended, where that was not a delete.
RELEASED = "released"  # given back at once
RETRIED = "retried"  # given back for later
KILLED = "held at a kill"
ANSWER_LOST = "answer lost"  # the agent has never seen it
DUPLICATED = "duplicated"  # by the service
EXPIRED = "expired"  # hidden no longer, and nobody had said a word


@dataclass(eq=False)
class Delivery:
    """One receive of one message. ``end`` is empty while the message is the agent's."""

    message: "Stored"
    number: int
    agent: str
    visibility_s: int  # what was asked for
    hidden_until_s: float
    end: str = ""

    @property
    def receipt(self) -> str:
        """The receipt handle."""
        return f"{self.message.message_id}/{self.number}"


@dataclass(eq=False)
class Stored:
    """One message that was sent."""

    message_id: str
    body: str
    group: str | None
    sent_ms: int
    visible_at_s: float = 0.0
    deliveries: list[Delivery] = field(default_factory=list)
    deleted: bool = False
    redriven: bool = False

    @property
    def over(self) -> bool:
        """Whether it has left the queue."""
        return self.deleted or self.redriven


@dataclass
class WorkQueue:
    """The queue and its dead-letter queue. ``handled`` says whether a handler has finished one."""

    handled: Callable[[str, int], bool]
    max_receives: int = 1_000
    fifo: bool = False
    duplicate: int = 0  # so many deliveries are made twice
    messages: dict[str, Stored] = field(default_factory=dict)
    letters: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def send(self, body: str, group: str | None = None) -> str:
        """Put a message into the queue; return its id."""
        message_id = f"id-{len(self.messages)}"
        sent_ms = int(time.time() * 1000)
        self.messages[message_id] = Stored(message_id, body, group, sent_ms)
        return message_id

    def receive(self, agent: str, limit: int, visibility_s: int) -> list[Delivery]:
        """Give out what is visible."""
        now_s = time.monotonic()
        given: list[Delivery] = []
        for message in self._visible(now_s)[:limit]:
            if len(message.deliveries) >= self.max_receives:
                message.redriven = True
                continue
            given.append(self._deliver(message, agent, visibility_s))
            if self.duplicate and len(given) < limit:
                self.duplicate -= 1
                given[-1].end = DUPLICATED
                given.append(self._deliver(message, agent, visibility_s))
        return given

    def delete(self, receipt: str) -> None:
        """Delete, unless a later delivery has replaced the handle."""
        delivery = self._delivery(receipt)
        message = delivery.message
        if message.deleted or delivery not in self._valid(message):
            return
        if not self._finished(delivery):
            self.problems.append(f"{receipt} was deleted before it was handled")
        delivery.end = delivery.end or "deleted"
        message.deleted = True

    def change_visibility(self, receipt: str, timeout_s: int) -> None:
        """Hide for so long from now, if the handle is the last one and still in time."""
        delivery = self._delivery(receipt)
        now_s = time.monotonic()
        message = delivery.message
        if message.over or delivery not in self._valid(message) or message.visible_at_s <= now_s:
            return
        message.visible_at_s = delivery.hidden_until_s = now_s + timeout_s
        if timeout_s == 0:
            delivery.end = RELEASED
        elif timeout_s < delivery.visibility_s:  # the heartbeat asks for the whole of it
            delivery.end = RETRIED

    def send_letter(self, fields: dict[str, Any]) -> None:
        """Take a message into the dead-letter queue."""
        self.letters.append(fields)

    def lost_answer(self, deliveries: list[Delivery]) -> None:
        """Note that nobody has heard of these."""
        for delivery in deliveries:
            delivery.end = ANSWER_LOST

    def killed(self, agent: str) -> int:
        """Note that an agent is no more; return how many messages it held."""
        held = [delivery for delivery in self._open() if delivery.agent == agent]
        for delivery in held:
            delivery.end = KILLED
        return len(held)

    def held_by(self, agent: str) -> int:
        """Return how many messages an agent holds that are hidden still."""
        return sum(delivery.agent == agent for delivery in self._open())

    @property
    def left(self) -> list[Stored]:
        """What is still in the queue."""
        return [message for message in self.messages.values() if not message.over]

    @property
    def hidden(self) -> list[Stored]:
        """What is in the queue and cannot be received now."""
        now_s = time.monotonic()
        return [message for message in self.left if message.visible_at_s > now_s]

    @property
    def rejected(self) -> list[str]:
        """The ids of the messages that were sent to the dead-letter queue."""
        name = "shoal.message_id"
        return [letter["MessageAttributes"][name]["StringValue"] for letter in self.letters]

    def redelivered(self) -> Counter[str]:
        """Return how often messages came again, by what had ended the delivery before."""
        return Counter(
            delivery.end or EXPIRED
            for message in self.messages.values()
            for delivery in message.deliveries[:-1]
        )

    def deliveries(self) -> int:
        """Return how many there were."""
        return sum(len(message.deliveries) for message in self.messages.values())

    def _visible(self, now_s: float) -> list[Stored]:
        hidden = {message.group for message in self.left if message.visible_at_s > now_s}
        found = [message for message in self.left if message.visible_at_s <= now_s]
        return [m for m in found if m.group not in hidden] if self.fifo else found

    def _deliver(self, message: Stored, agent: str, visibility_s: int) -> Delivery:
        until_s = time.monotonic() + visibility_s
        delivery = Delivery(message, len(message.deliveries) + 1, agent, visibility_s, until_s)
        message.deliveries.append(delivery)
        message.visible_at_s = until_s
        return delivery

    def _delivery(self, receipt: str) -> Delivery:
        message_id, _, number = receipt.rpartition("/")
        return self.messages[message_id].deliveries[int(number) - 1]

    def _valid(self, message: Stored) -> list[Delivery]:
        """Return the last delivery, and the one it is the duplicate of."""
        last = message.deliveries[-1:]
        before = message.deliveries[-2:-1]
        return last + [delivery for delivery in before if delivery.end == DUPLICATED]

    def _finished(self, delivery: Delivery) -> bool:
        message_id = delivery.message.message_id
        return self.handled(message_id, delivery.number) or message_id in self.rejected

    def _open(self) -> list[Delivery]:
        now_s = time.monotonic()
        return [
            delivery
            for message in self.left
            for delivery in message.deliveries[-1:]
            if not delivery.end and delivery.hidden_until_s > now_s
        ]

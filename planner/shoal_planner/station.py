"""The queue and the agents that serve it: a station, in the words of queueing theory.

Two models share this shape. `MessageStation` follows every message and is exact;
`FlowStation` follows their flow and is fast. Between two calls the pods are what they were:
whoever drives a station says when pods are ready and when they leave.
"""

from collections.abc import Iterable
from typing import Protocol

from shoal_planner.agent_pods import AgentPod
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.wait_times import WaitTimes


class Station(Protocol):
    """A queue with agents at it.

    `waits` are from a message's arrival to the first start of its work, once it could be
    received; the counts are messages so far, whole ones or (in the flow model) parts of them.
    """

    waits: WaitTimes

    @property
    def depth(self) -> QueueDepth:
        """The queue's three counts now."""

    @property
    def sent(self) -> float:
        """Messages that have arrived."""

    @property
    def done(self) -> float:
        """Messages deleted after their work."""

    @property
    def dead(self) -> float:
        """Messages moved to the dead-letter queue."""

    @property
    def remaining(self) -> float:
        """Messages that are still in the queue: visible, in flight or delayed."""

    @property
    def received(self) -> float:
        """Deliveries, redeliveries included."""

    @property
    def redelivered(self) -> float:
        """Deliveries beyond a message's first."""

    def advance(self, until_ms: int) -> None:
        """Let time pass."""

    def ready(self, pods: Iterable[AgentPod]) -> None:
        """Let pods receive from now on."""

    def leave(self, pods: Iterable[AgentPod]) -> None:
        """Let pods drain from now on (the SIGTERM)."""

    def finish(self) -> None:
        """Count the waits of the messages that still wait: at least as long as so far."""

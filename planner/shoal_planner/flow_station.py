"""A queue and its agents as a flow: messages as amounts, a step per instant somebody looks.

Between two looks the arrival rate a and the slots K are constant, and so the flow has a closed
form. While messages wait, all slots are busy and the backlog changes at the rate a - K/S for a
mean processing time S. While none waits, what is in flight approaches a x S exponentially
(exact in the mean for exponential processing times, and for any others once S has passed).
At most three such phases follow one another between two looks, so a step costs the same
whatever the rate: a week of any load is as fast as any other.

What it leaves out is chance within a step: the wait of a message that finds all slots of a
nearly idle fleet busy. That wait is small where slots are many. Poisson arrivals, the scaler
and the pods are as in the exact model, and tests hold one against the other.
"""

import heapq
import math
from collections.abc import Callable, Iterable

from shoal_planner.agent_pods import AgentPod
from shoal_planner.arrivals import Arrivals
from shoal_planner.fleet import Fleet
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.wait_times import WaitTimes

LEAST = 1e-9  # amounts below this are the rounding of floats
GOLDEN = (math.sqrt(5) - 1) / 2


class FlowStation:
    """See Station. Fleets without failures, delays or duplicates only; see `fits`."""

    def __init__(
        self,
        arrivals: Arrivals,
        fleet: Fleet,
        *,
        on_gone: Callable[[AgentPod, float], None],
    ) -> None:
        self._arrivals = arrivals
        self._fleet = fleet
        self._on_gone = on_gone
        self._mean_ms = fleet.processing_time.mean_s * 1000
        self._now_ms = float(arrivals.start_ms)
        self._bin = 0
        self._oldest_bin = 0
        self._slots = 0
        self._visible = self._in_flight = self._leaving = 0.0
        self._ends: list[tuple[float, int, AgentPod, float, float]] = []
        self._serial = 0
        self._dither = 0.5
        self._handed_back = 0.0
        self._oldest_wait_ms = 0.0
        self.waits = WaitTimes()
        self.sent = self.done = self.dead = self.received = self.redelivered = 0.0

    @staticmethod
    def fits(fleet: Fleet) -> bool:
        """Whether the flow model covers the fleet: nothing fails, is delayed or is killed."""
        return fleet.failure_share == 0 and fleet.delay_s == 0 and fleet.drains and fleet.heartbeat

    @property
    def remaining(self) -> float:
        """Messages that are still in the queue."""
        return self._visible + self._in_flight + self._leaving

    @property
    def depth(self) -> QueueDepth:
        """The counts as whole messages, rounded so that they are right on average.

        A fleet that holds 0.3 messages in the mean shows one to three looks of ten, as a real
        one would; always rounding down would show an empty queue and put the fleet to sleep.
        """
        self._dither = (self._dither + GOLDEN) % 1
        in_flight = int(self._in_flight + self._leaving + self._dither + LEAST)
        return QueueDepth(math.ceil(self._visible - LEAST), in_flight)

    def advance(self, until_ms: int) -> None:
        """Let time pass, from one change of the arrival rate or end of a drain to the next."""
        edges, counts = self._arrivals.edges_ms, self._arrivals.counts
        while self._now_ms < until_ms:
            to_ms = float(until_ms)
            rate = 0.0
            if self._bin < len(counts):
                right_ms = edges[self._bin + 1]
                rate = counts[self._bin] / (right_ms - edges[self._bin])
                if right_ms <= to_ms:
                    to_ms = float(right_ms)
                    self._bin += 1
            while self._ends and self._ends[0][0] <= to_ms:
                self._flow(self._ends[0][0], rate)
                self._end()
            self._flow(to_ms, rate)

    def ready(self, pods: Iterable[AgentPod]) -> None:
        """Let pods receive from now on."""
        self._slots += sum(self._fleet.concurrency for _ in pods)

    def leave(self, pods: Iterable[AgentPod]) -> None:
        """Let pods drain: each takes its share of what is in flight along, to its end."""
        drain_ms = self._fleet.drain_s * 1000
        unfinished = math.exp(-drain_ms / self._mean_ms)
        for pod in pods:
            share = self._in_flight * self._fleet.concurrency / self._slots
            self._slots -= self._fleet.concurrency
            self._in_flight -= share
            self._leaving += share
            busy_ms = min(drain_ms, self._mean_ms) if share > LEAST else 0.0
            self._serial += 1
            entry = (self._now_ms + busy_ms, self._serial, pod, share, share * unfinished)
            heapq.heappush(self._ends, entry)

    def finish(self) -> None:
        """Count the waits of the messages that still wait."""
        if self._visible > LEAST:
            self.waits.add_span(self._visible, self._oldest_wait_ms, 0.0)

    def _end(self) -> None:
        at_ms, _, pod, share, unfinished = heapq.heappop(self._ends)
        self._leaving -= share
        self.done += share - unfinished
        self._visible += unfinished
        self._handed_back += unfinished
        self._on_gone(pod, at_ms)

    def _flow(self, to_ms: float, rate: float) -> None:
        """Let time pass at one arrival rate (messages a millisecond) and with the same slots."""
        if self._visible > LEAST and self._in_flight < self._slots:
            self._take_up(min(self._visible, self._slots - self._in_flight))
        while to_ms - self._now_ms > LEAST:
            if self._visible > LEAST or (
                self._in_flight > self._slots - LEAST and rate * self._mean_ms >= self._slots
            ):
                self._busy(to_ms, rate)
            else:
                self._keeping_up(to_ms, rate)
        self._now_ms = to_ms

    def _take_up(self, messages: float) -> None:
        """Start work on waiting messages with slots that are free, at this instant."""
        self._visible -= messages
        self._in_flight += messages
        self._started(messages)

    def _busy(self, to_ms: float, rate: float) -> None:
        """All slots work and messages wait, until none waits or time is up."""
        served = self._slots / self._mean_ms
        passed_ms = to_ms - self._now_ms
        falling = served - rate
        if falling > 0 and self._visible < falling * passed_ms:
            passed_ms = self._visible / falling
        self._in_flight = float(self._slots)
        visible = self._visible - falling * passed_ms
        self._visible = visible if visible > LEAST else 0.0
        self._now_ms += passed_ms
        self.sent += rate * passed_ms
        self.done += served * passed_ms
        self._started(served * passed_ms)

    def _keeping_up(self, to_ms: float, rate: float) -> None:
        """None waits: what arrives starts at once, until all slots are taken or time is up."""
        mean_ms = self._mean_ms
        settles_at = rate * mean_ms
        passed_ms = to_ms - self._now_ms
        gap = self._in_flight - settles_at
        left = gap * math.exp(-passed_ms / mean_ms)
        if settles_at + left > self._slots:
            full_ms = mean_ms * math.log(gap / (self._slots - settles_at))
            passed_ms = min(passed_ms, max(full_ms, LEAST))
            left = self._slots - settles_at
        arrived = rate * passed_ms
        self.done += arrived - (settles_at + left - self._in_flight)
        self._in_flight = settles_at + left
        self._now_ms += passed_ms
        self.sent += arrived
        self.received += arrived
        self._oldest_wait_ms = 0.0
        self.waits.add_span(arrived, 0.0, 0.0)

    def _started(self, messages: float) -> None:
        """Count work that has started by now, and how its messages waited: first in, first out."""
        first_ms = self._oldest_wait_ms
        last_ms = self._oldest_wait_ms = self._wait_of_oldest_ms()
        self.received += messages
        if self._handed_back > LEAST:
            again = min(messages, self._handed_back)
            self._handed_back -= again
            self.redelivered += again
            messages -= again
        self.waits.add_span(messages, first_ms, last_ms)

    def _wait_of_oldest_ms(self) -> float:
        waiting = self._visible - self._handed_back
        if waiting <= LEAST:
            return 0.0
        arrivals = self._arrivals
        before = self.sent - waiting
        cumulative = arrivals.cumulative
        index = self._oldest_bin
        last = len(arrivals.counts) - 1
        while index < last and cumulative[index + 1] <= before:
            index += 1
        self._oldest_bin = index
        left = float(arrivals.edges_ms[index])
        count = arrivals.counts[index]
        if count:
            left += (before - cumulative[index]) / count * (arrivals.edges_ms[index + 1] - left)
        return self._now_ms - left if self._now_ms > left else 0.0

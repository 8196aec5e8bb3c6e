"""A queue and its agents, message by message: every receive, end, release and kill.

Exact for any distribution of processing times, and what the flow model is held against. Costs
a few microseconds of the simulating machine for each message.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from random import Random

from shoal_planner.agent_pods import AgentPod
from shoal_planner.arrivals import Arrivals
from shoal_planner.fleet import Fleet
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.sqs_queue import NEVER_MS, QueuedMessage, SqsQueue
from shoal_planner.wait_times import WaitTimes


class MessageStation:
    """See Station. `on_gone` is told of each draining pod's exit, and when."""

    def __init__(
        self,
        arrivals: Arrivals,
        fleet: Fleet,
        *,
        rng: Random,
        on_gone: Callable[[AgentPod, float], None],
    ) -> None:
        self._arrivals = arrivals
        self._fleet = fleet
        self._rng = rng
        self._on_gone = on_gone
        self._queue = SqsQueue(
            delay_ms=fleet.delay_s * 1000, max_receive_count=fleet.max_receive_count
        )
        self._visibility_ms = fleet.visibility_timeout_s * 1000
        self._now_ms = float(arrivals.start_ms)
        self._bin = 0
        self._coming: deque[float] = deque()
        self._free: deque[AgentPod] = deque()  # one entry a free slot; stale ones are skipped
        self._ends: list[tuple[float, int, AgentPod, QueuedMessage]] = []
        self._stops: list[tuple[float, int, AgentPod]] = []
        self._serial = 0
        self.waits = WaitTimes()
        self.backlog_ms = 0.0  # integral of visible + in flight, for Little's law
        self.sojourn_ms = 0.0  # sum over deleted messages, from sent to deleted

    @property
    def depth(self) -> QueueDepth:
        """The queue's three counts now."""
        return self._queue.depth

    @property
    def sent(self) -> float:
        """Messages that have arrived."""
        return self._queue.sent

    @property
    def done(self) -> float:
        """Messages deleted after their work."""
        return self._queue.deleted

    @property
    def dead(self) -> float:
        """Messages moved to the dead-letter queue."""
        return self._queue.dead

    @property
    def remaining(self) -> float:
        """Messages that are still in the queue, counted there."""
        return self._queue.visible + self._queue.in_flight + self._queue.delayed

    @property
    def received(self) -> float:
        """Deliveries, redeliveries included."""
        return self._queue.received

    @property
    def redelivered(self) -> float:
        """Deliveries beyond a message's first."""
        return self._queue.redelivered

    def advance(self, until_ms: int) -> None:
        """Let time pass, event by event."""
        queue = self._queue
        while True:
            arrival_ms = self._next_arrival_ms()
            end_ms = self._ends[0][0] if self._ends else NEVER_MS
            stop_ms = self._stops[0][0] if self._stops else NEVER_MS
            at_ms = min(arrival_ms, end_ms, stop_ms, queue.next_return_ms)
            if at_ms > until_ms:
                break
            self._pass(at_ms)
            if at_ms == arrival_ms:
                self._coming.popleft()
                queue.send(at_ms)
            elif at_ms == end_ms:
                self._end()
            elif at_ms == stop_ms:
                self._stop()
            else:
                queue.advance(at_ms)
            if queue.visible and self._free:
                self._start()
        self._pass(until_ms)

    def ready(self, pods: Iterable[AgentPod]) -> None:
        """Let pods receive from now on."""
        for pod in pods:
            self._free.extend([pod] * self._fleet.concurrency)
        self._start()

    def leave(self, pods: Iterable[AgentPod]) -> None:
        """Let pods drain: at the end of the drain they hand back what they hold.

        An agent that ignores the signal works on until it is killed; what it held then stays
        hidden until its visibility timeout ends.
        """
        grace_ms = self._fleet.termination_grace_period_s * 1000
        drain_ms = min(self._fleet.drain_s * 1000, grace_ms) if self._fleet.drains else grace_ms
        for pod in pods:
            if pod.held or not self._fleet.drains:
                self._serial += 1
                heapq.heappush(self._stops, (self._now_ms + drain_ms, self._serial, pod))
            else:
                self._on_gone(pod, self._now_ms)

    def finish(self) -> None:
        """Count the waits of the messages that still wait."""
        while (message := self._queue.receive()) is not None:
            if message.receive_count == 1:
                self.waits.add(self._now_ms - message.sent_ms - self._fleet.delay_s * 1000)

    def _pass(self, at_ms: float) -> None:
        queue = self._queue
        self.backlog_ms += (queue.visible + queue.in_flight) * (at_ms - self._now_ms)
        self._now_ms = at_ms

    def _next_arrival_ms(self) -> float:
        while not self._coming:
            if self._bin >= len(self._arrivals.counts):
                return NEVER_MS
            left, right = self._arrivals.edges_ms[self._bin : self._bin + 2]
            count, random = self._arrivals.counts[self._bin], self._rng.random
            self._coming.extend(sorted(left + (right - left) * random() for _ in range(count)))
            self._bin += 1
        return self._coming[0]

    def _start(self) -> None:
        fleet, queue, now_ms = self._fleet, self._queue, self._now_ms
        while queue.visible and self._free:
            pod = self._free.popleft()
            if pod.leaving and fleet.drains:
                continue
            message = queue.receive()
            if message is None:
                self._free.appendleft(pod)
                return
            if message.receive_count == 1:
                self.waits.add(now_ms - message.sent_ms - fleet.delay_s * 1000)
            work_ms = fleet.processing_time.sample_ms(self._rng)
            pod.held[message] = None
            self._serial += 1
            heapq.heappush(self._ends, (now_ms + work_ms, self._serial, pod, message))
            if work_ms > self._visibility_ms and not fleet.heartbeat:
                queue.show_at(message, now_ms + self._visibility_ms)

    def _end(self) -> None:
        _, _, pod, message = heapq.heappop(self._ends)
        if message not in pod.held:
            return  # handed back or killed before its work ended
        del pod.held[message]
        fleet = self._fleet
        if fleet.failure_share and self._rng.random() < fleet.failure_share:
            self._queue.show_at(message, self._now_ms + fleet.retry_delay_s * 1000)
        elif self._queue.delete(message):
            self.sojourn_ms += self._now_ms - message.sent_ms
        if not pod.leaving or not fleet.drains:
            self._free.append(pod)
        elif not pod.held:
            self._on_gone(pod, self._now_ms)

    def _stop(self) -> None:
        _, _, pod = heapq.heappop(self._stops)
        if not pod.held and self._fleet.drains:
            return  # it left when its last message was done
        hidden_ms = 0.0 if self._fleet.drains else self._visibility_ms
        for message in pod.held:
            self._queue.show_at(message, self._now_ms + hidden_ms)  # type: ignore[arg-type]
        pod.held.clear()
        if not self._fleet.drains:
            self._free = deque(free for free in self._free if free is not pod)
        self._on_gone(pod, self._now_ms)

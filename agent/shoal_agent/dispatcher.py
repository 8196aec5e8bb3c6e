"""Give received messages to free slots, in order, and hear how each has ended.

The messages of one FIFO group run one after the other, groups side by side. When one of a
group is to be retried, those after it go back to the queue: SQS gives none of them out
before the retried one.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shoal_agent.acknowledger import Acknowledger
from shoal_agent.agent_error import AgentError
from shoal_agent.contract import RECEIVE_BATCH
from shoal_agent.ending import Ending, How
from shoal_agent.heartbeat import Heartbeat
from shoal_agent.lease import RUNNING, Lease
from shoal_agent.log_lines import message_fields
from shoal_agent.metrics import AgentMetrics
from shoal_agent.runners.runner import Reports, Runner

# Messages are fetched ahead of the slots only as far as the slots work off in this time, so
# that long jobs are left to agents with free slots and short ones come ten to a request.
_AHEAD_S = 1.0
_MOST_AHEAD = 320
# A held message costs memory and a heartbeat; this bounds settling and FIFO's followers.
_MOST_HELD_BESIDE = 1_000
_SMOOTHING = 0.1

_log = logging.getLogger(__name__)


class Dispatcher:
    """Mutable state: messages waiting for a slot, those submitted, FIFO's followers by group."""

    def __init__(
        self,
        *,
        runner: Runner,
        acknowledger: Acknowledger,
        heartbeat: Heartbeat,
        metrics: AgentMetrics,
        concurrency: int,
        visibility_timeout_s: int,
        longest_job_s: float,
        fetch_ahead: bool,
        fifo: bool,
        hungry: Callable[[], None],
    ) -> None:
        """``fetch_ahead`` lets messages wait here, which needs the heartbeat.

        ``hungry`` hears that a slot is free and nothing waits for it.
        """
        self._runner = runner
        self._acknowledger = acknowledger
        self._heartbeat = heartbeat
        self._metrics = metrics
        self._concurrency = concurrency
        self._visibility_timeout_s = visibility_timeout_s
        self._longest_job_s = longest_job_s
        self._fetch_ahead = fetch_ahead
        self._fifo = fifo
        self._hungry = hungry
        self._ready: deque[Lease] = deque()
        self._running: dict[Lease, None] = {}
        self._followers: dict[str, deque[Lease]] = {}
        self._mean_job_s: float | None = None
        self._stopped = False
        self._loop = asyncio.get_running_loop()
        self.handled = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self.progress_s = self._loop.time()

    def reports(
        self, *, spent: Callable[[str], None], failed: Callable[[AgentError], None]
    ) -> Reports:
        """Return what a runner is to tell, and to whom: what becomes of messages, to this."""
        return Reports(
            ended=self.ended,
            begun=self.begun,
            returned=self.returned,
            freed=self.fill,
            spent=spent,
            failed=failed,
        )

    @property
    def saturated(self) -> bool:
        """Whether every slot is at work."""
        return len(self._running) >= self._concurrency

    def wanted(self, asked: int) -> int:
        """Return how many messages to ask for while ``asked`` are on their way; 0 for none."""
        ahead = self._ahead()
        room = self._concurrency + ahead - len(self._ready) - len(self._running) - asked
        held = len(self._heartbeat) + asked
        most_held = self._concurrency + ahead + _MOST_HELD_BESIDE
        # With many ahead a poll for a full batch is worth the wait for room.
        least = min(RECEIVE_BATCH, max(1, ahead))
        return min(RECEIVE_BATCH, room) if room >= least and held < most_held else 0

    def deliver(self, received: Sequence[Mapping[str, Any]], received_s: float) -> None:
        """Take messages received then, or give them straight back while draining."""
        self._metrics.received.add(amount=len(received))
        for raw in received:
            lease = Lease(raw, now_s=received_s, visibility_timeout_s=self._visibility_timeout_s)
            self._heartbeat.hold(lease)
            if self._stopped:
                self._acknowledger.release(lease)
            elif self._fifo and lease.group_id is not None and lease.group_id in self._followers:
                self._followers[lease.group_id].append(lease)
            else:
                if self._fifo and lease.group_id is not None:
                    self._followers[lease.group_id] = deque()
                self._ready.append(lease)
        if self._stopped:
            self._acknowledger.hurry()
        self.fill()

    def fill(self) -> None:
        """Start what can be started; called whenever a slot may have become free."""
        ready, runner, now_s = self._ready, self._runner, self._loop.time()
        while ready and runner.free > 0:
            lease = ready.popleft()
            if lease.lapsed(now_s):
                self._let_lapse(lease)
                continue
            self._running[lease] = None
            if runner.submit(lease):
                self.begun(lease)
        if self._running:
            self.idle.clear()
        if ready:
            runner.grow()

    def begun(self, lease: Lease) -> None:
        """Hear that a handler has the message."""
        lease.start(self._loop.time())
        self._metrics.wait_s.observe(time.time() - lease.message.sent_at_s)

    def returned(self, lease: Lease) -> None:
        """Take a submitted message back from the runner: it is the next to be submitted."""
        if self._running.pop(lease, lease) is lease:  # it was settled without the runner
            return
        lease.put_back()
        if self._stopped:
            self._acknowledger.release(lease)
            self._acknowledger.hurry()
        else:
            self._ready.appendleft(lease)
        if not self._running:
            self.idle.set()

    def ended(self, lease: Lease, ending: Ending) -> None:
        """Hear from the runner; what ends after it was stopped and settled says nothing new."""
        if lease not in self._running:
            return
        del self._running[lease]
        self.handled += 1
        now_s = self.progress_s = self._loop.time()
        self._measure(now_s - lease.started_s)
        if self._fifo and ending.how is not How.STOPPED:
            self._next_of_group(lease, ending)
        self._acknowledger.settle(lease, ending)
        if self._ready:
            self.fill()
        if not self._ready:
            # Not only once its delete is answered: one that hangs must not keep the slots idle.
            self._hungry()
        if not self._running:
            self._acknowledger.hurry()
            self.idle.set()

    def tick(self, now_s: float) -> None:
        """Stop the handlers that have worked for longer than the longest job."""
        overdue = [
            lease
            for lease in self._running
            if lease.stage == RUNNING and now_s - lease.started_s > self._longest_job_s
        ]
        for lease in overdue:
            self._runner.stop(lease, Ending(How.TIMED_OUT, reason=self._time_out_reason()))

    def stop(self) -> None:
        """Start no more, and give back what waits."""
        for lease in reversed(self._runner.recall()):
            self.returned(lease)
        self._stopped = True
        waiting = list(self._ready)
        for followers in self._followers.values():
            waiting += followers
        self._ready.clear()
        self._followers.clear()
        for lease in waiting:
            self._acknowledger.release(lease)
        self._acknowledger.hurry()

    def stop_running(self) -> None:
        """Stop every handler and give its message back."""
        for lease in tuple(self._running):
            self._runner.stop(lease, Ending(How.STOPPED, reason="the drain has ended"))

    def abandon_running(self) -> None:
        """Give back the messages of handlers that do not stop."""
        for lease in tuple(self._running):
            self.ended(lease, Ending(How.STOPPED, reason="the drain has ended"))

    def _ahead(self) -> int:
        if not self._fetch_ahead or self._mean_job_s is None:
            return 0
        return min(_MOST_AHEAD, int(self._concurrency * _AHEAD_S / max(self._mean_job_s, 1e-6)))

    def _measure(self, job_s: float) -> None:
        self._metrics.processing_s.observe(job_s)
        if self._mean_job_s is None:
            self._mean_job_s = job_s
        else:
            self._mean_job_s += _SMOOTHING * (job_s - self._mean_job_s)

    def _next_of_group(self, lease: Lease, ending: Ending) -> None:
        if lease.group_id is None or lease.group_id not in self._followers:
            return
        followers = self._followers[lease.group_id]
        if not followers:
            del self._followers[lease.group_id]
        elif ending.how in {How.DONE, How.SKIPPED, How.REJECT}:
            self._ready.append(followers.popleft())
        else:
            del self._followers[lease.group_id]
            for follower in followers:
                self._acknowledger.release(follower)

    def _let_lapse(self, lease: Lease) -> None:
        """Drop a message that SQS may have given to another agent while it waited here."""
        _log.warning("lapsed while it waited", extra=message_fields(lease.message))
        self._next_of_group(lease, Ending(How.STOPPED))
        self._acknowledger.give_up(lease)

    def _time_out_reason(self) -> str:
        return f"the handler worked for more than {self._longest_job_s:g} s"

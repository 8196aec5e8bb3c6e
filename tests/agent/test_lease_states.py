"""One message's states, driven in every order: the agent's parts against a service that dawdles.

The real dispatcher, acknowledger and heartbeat; hypothesis decides what arrives, how handlers
end, when time passes, and when and how each request is answered. The service carries requests
out at their answer, so that two under way may overtake each other.
"""

import asyncio
from random import Random
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.agent._dawdling import (
    CONCURRENCY,
    ENDINGS,
    VISIBILITY_S,
    Request,
    Service,
    Slots,
    received,
)
from tests.agent._simulation import JumpingLoop

from shoal_agent.acknowledger import Acknowledger
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.background import Background
from shoal_agent.dispatcher import Dispatcher
from shoal_agent.heartbeat import Heartbeat
from shoal_agent.lease import ENDED, Lease
from shoal_agent.metrics import AgentMetrics


class OneMessagesStates(RuleBasedStateMachine):
    """Every lease goes through its stages in order, and to the end that its handling calls for."""

    def __init__(self) -> None:
        """Start the loop and nothing else."""
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=JumpingLoop)
        self.leases: list[tuple[Lease, list[int]]] = []
        self.done: set[str] = set()
        self.refusals: list[ServiceError] = []
        self.defects: list[BaseException] = []
        self.received = 0
        self.stopped = False

    @initialize(fifo=st.booleans())
    def start(self, fifo: bool) -> None:
        """Put the agent's parts together."""

        async def build() -> None:
            self._build(".fifo" if fifo else "")

        self.runner.run(build())

    def _build(self, suffix: str) -> None:
        self.service = Service()
        background, service = Background(self.defects.append), cast("Any", self.service)
        queue = SqsQueue(service, f"http://sqs/work{suffix}")
        metrics = AgentMetrics()
        self.heartbeat = Heartbeat(
            queue, visibility_timeout_s=VISIBILITY_S, enabled=True, background=background
        )
        self.acknowledger = Acknowledger(
            queue,
            SqsQueue(service, f"http://sqs/dead{suffix}"),
            heartbeat=self.heartbeat,
            metrics=metrics,
            retry_base_s=4,
            retry_max_s=20,
            refused=self.refusals.append,
            settled=lambda: None,
            background=background,
        )
        # The same example must run the same way twice.
        parts = (self.acknowledger, self.acknowledger._deletes, self.acknowledger._hidings)
        for part in parts:
            part._random = Random(0)  # noqa: S311
        self.slots = Slots()
        self.dispatcher = Dispatcher(
            runner=self.slots,
            acknowledger=self.acknowledger,
            heartbeat=self.heartbeat,
            metrics=metrics,
            concurrency=CONCURRENCY,
            visibility_timeout_s=VISIBILITY_S,
            longest_job_s=100,
            fetch_ahead=True,
            fifo=queue.fifo,
            hungry=lambda: None,
        )
        self.slots.connect(
            self.dispatcher.reports(spent=lambda _: None, failed=self.defects.append)
        )

    @rule(count=st.integers(1, 4), group=st.sampled_from(["a", "b"]))
    def receive(self, count: int, group: str) -> None:
        """Messages arrive."""
        numbers = range(self.received + 1, self.received + count + 1)
        raws = [received(number, group) for number in numbers]
        self.received += count

        async def deliver() -> None:
            now_s = asyncio.get_running_loop().time()
            for raw in raws:
                self.service.hidden_until_s[raw["ReceiptHandle"]] = now_s + VISIBILITY_S
            before = set(self.heartbeat._leases)
            self.dispatcher.deliver(raws, now_s)
            new = [lease for lease in self.heartbeat._leases if lease not in before]
            self.leases += [(lease, [lease.stage]) for lease in new]

        self._turn(deliver())

    @precondition(lambda self: self.slots.running)
    @rule(data=st.data(), how=st.sampled_from(sorted(ENDINGS)))
    def end(self, data: st.DataObject, how: str) -> None:
        """A handler ends."""
        lease = data.draw(st.sampled_from(self.slots.running))

        async def end() -> None:
            if how == "done":
                self.done.add(lease.receipt_handle)
            self.slots.end(lease, ENDINGS[how])

        self._turn(end())

    @precondition(lambda self: self.service.open)
    @rule(data=st.data(), way=st.sampled_from(["all", "all", "some", "none", "lost", "error"]))
    def answer(self, data: st.DataObject, way: str) -> None:
        """A request under way is carried out or not, and answered or not."""
        request = data.draw(st.sampled_from(self.service.open))

        async def answer() -> None:
            now_s = asyncio.get_running_loop().time()
            if way == "error":
                request.answer.set_exception(ServiceError(request.action, "X", "made up", 503))
            elif way == "none":
                request.answer.set_exception(HttpError("made up"))
            elif way == "lost":
                self.service.carry_out(request, now_s, set())
                request.answer.set_exception(HttpError("made up"))
            else:
                failing = {0, 2} if way == "some" else set()
                request.answer.set_result(self.service.carry_out(request, now_s, failing))

        self._turn(answer())

    @rule(seconds=st.sampled_from([0.1, 1.1, 5.0, 16.0, 40.0]))
    def wait(self, seconds: float) -> None:
        """Time passes, and the agent ticks at its end."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            now_s = asyncio.get_running_loop().time()
            self.heartbeat.tick(now_s)
            self.dispatcher.tick(now_s)

        self._turn(wait())

    @precondition(lambda self: not self.stopped)
    @rule()
    def stop(self) -> None:
        """The drain begins: what waits goes back."""
        self.stopped = True

        async def stop() -> None:
            self.dispatcher.stop()

        self._turn(stop())

    def _now_s(self) -> float:
        return self.runner.get_loop().time()

    def _turn(self, work: Any) -> None:
        async def run() -> None:
            await work
            for _ in range(5):  # what has been started gets its turns
                await asyncio.sleep(0)

        self.runner.run(run())

    @invariant()
    def no_part_has_a_defect(self) -> None:
        """Nothing that happens is unforeseen."""
        assert self.defects == []

    @invariant()
    def stages_follow_each_other(self) -> None:
        """HELD, RUNNING, SETTLING, ENDED; never back."""
        for lease, seen in self.leases:
            assert lease.stage >= seen[-1], (lease.message, seen)
            seen.append(lease.stage)

    @invariant()
    def what_is_not_ended_is_held(self) -> None:
        """The heartbeat has every lease until its end, and none after it."""
        for lease, _ in self.leases:
            assert (lease in self.heartbeat._leases) == (lease.stage != ENDED)

    @invariant()
    def only_what_is_done_or_rejected_is_deleted(self) -> None:
        """And a rejected message is in the dead-letter queue before that."""
        for lease, _ in self.leases:
            if lease.receipt_handle in self.service.deleted:
                assert (
                    lease.receipt_handle in self.done
                    or lease.message.message_id in self.service.letters
                )

    @invariant()
    def what_is_given_back_is_hidden_no_longer_than_promised(self) -> None:
        """No extension that was under way may come after it."""
        for lease, _ in self.leases:
            promised_s = self.service.given_back.get(lease.receipt_handle)
            if lease.stage == ENDED and promised_s is not None:
                hidden_until_s = self.service.hidden_until_s[lease.receipt_handle]
                assert hidden_until_s <= max(promised_s, self._now_s())

    @invariant()
    def nobody_is_refused(self) -> None:
        """No request is of the agent's own making wrong."""
        assert self.refusals == []

    def teardown(self) -> None:
        """Answer everything from now on: then every lease ends, and nothing stays hidden."""
        try:
            if hasattr(self, "service"):
                self.runner.run(self._finish())
                self._check_the_end()
        finally:
            self.runner.close()

    async def _finish(self) -> None:
        loop = asyncio.get_running_loop()
        self.dispatcher.stop()
        self.dispatcher.stop_running()
        flushed = asyncio.ensure_future(self.acknowledger.flush())
        while not flushed.done():
            for request in self.service.open:
                request.answer.set_result(self.service.carry_out(request, loop.time(), set()))
            await asyncio.sleep(0.05)
        await self.heartbeat.stop()

    def _check_the_end(self) -> None:
        assert all(lease.stage == ENDED for lease, _ in self.leases)
        self.what_is_given_back_is_hidden_no_longer_than_promised()
        left = [lease for lease, _ in self.leases if not self._over(lease)]
        assert left == [], "still hidden, and nobody has said a word"

    def _over(self, lease: Lease) -> bool:
        receipt = lease.receipt_handle
        gone = receipt in self.service.deleted or receipt in self.service.given_back
        return gone or self.service.hidden_until_s[receipt] <= self._now_s()


OneMessagesStates.TestCase.settings = settings(
    deadline=None,
    max_examples=400,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestOneMessagesStates = OneMessagesStates.TestCase


def test_a_message_is_given_back_after_the_beat_that_was_under_way() -> None:
    states = OneMessagesStates()
    states.start(fifo=False)
    states.receive(count=1, group="a")
    states.wait(seconds=16.0)
    (beat,) = states.service.open
    ((lease, _),) = states.leases

    async def fail() -> None:
        states.slots.end(lease, ENDINGS["failed"])

    async def carry_out(request: Request) -> None:
        now_s = asyncio.get_running_loop().time()
        request.answer.set_result(states.service.carry_out(request, now_s, set()))

    states._turn(fail())
    assert states.service.open == [beat]
    states._turn(carry_out(beat))
    (hiding,) = states.service.open
    assert hiding.fields["Entries"][0]["VisibilityTimeout"] < VISIBILITY_S
    states._turn(carry_out(hiding))
    states.what_is_given_back_is_hidden_no_longer_than_promised()
    states.teardown()

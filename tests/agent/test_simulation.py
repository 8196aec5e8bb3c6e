"""Whatever goes wrong and however handlers end: nothing is lost, stranded or spun on.

The agent's real parts on a simulated SQS and a clock that jumps. Not proved here: sockets,
processes and threads, which test_agent.py and its neighbours run for real.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.agent._simulation import Faults, Run, SimulatedSqs

from shoal_agent import Message, Reject, Retry

SURE_FROM = 4  # a message that has come so often is done

seeds = st.integers(0, 2**32)
slow_to_draw = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)


def handler(sqs: SimulatedSqs, random: Random) -> Callable[[Message], Awaitable[None]]:
    """Return a handler that ends in every way there is, and notes overlaps."""

    async def handle(message: Message) -> None:
        stored = sqs.messages[int(message.message_id.removeprefix("id-"))]
        stored.handled_at_once += 1
        if stored.handled_at_once > 1:
            sqs.problems.append(f"message {stored.number} was handled twice at once")
        try:
            await asyncio.sleep(random.choice([0, 0.01, 0.3, 5, 50]))
            way = "done" if message.receive_count >= SURE_FROM else random.choice(WAYS)
            await WAYS_TO_END[way]()
            stored.done = True
        finally:
            stored.handled_at_once -= 1

    return handle


async def _done() -> None:
    pass


async def _fail() -> None:
    raise RuntimeError("made up")


async def _reject() -> None:
    raise Reject("made up")


async def _retry() -> None:
    raise Retry(after=30)


async def _exit() -> None:
    raise SystemExit


async def _hang() -> None:
    await asyncio.Event().wait()


async def _hang_on() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(3)
        raise


WAYS_TO_END = {
    "done": _done,
    "fail": _fail,
    "reject": _reject,
    "retry": _retry,
    "exit": _exit,
    "hang": _hang,
    "hang on": _hang_on,
}
WAYS = ["done", "done", "done", *WAYS_TO_END]


@slow_to_draw
@given(seeds, st.integers(0, 60), st.integers(1, 8))
def test_every_message_ends_once_however_handlers_end(
    seed: int, messages: int, concurrency: int
) -> None:
    random = Random(seed)  # noqa: S311
    sqs = SimulatedSqs("http://sqs/work")
    for _ in range(messages):
        sqs.send("x")
    # Shorter than many of the jobs: the heartbeat carries them.
    run = Run(sqs, handler(sqs, random), concurrency, {"SHOAL_VISIBILITY_TIMEOUT_S": "20"})
    run.until(lambda: not sqs.left)
    assert run.code == 0
    assert sqs.problems == []
    assert sqs.left == []
    assert sorted(sqs.dead) == sorted({*sqs.dead})
    for message in sqs.messages:
        assert message.done != (f"id-{message.number}" in sqs.dead)
    assert run.metrics.lapsed.value() == 0


@slow_to_draw
@given(seeds, st.integers(1, 40), st.integers(1, 8), st.floats(0, 0.4))
def test_no_fault_of_the_service_loses_a_message_or_deletes_one_that_is_not_done(
    seed: int, messages: int, concurrency: int, fault: float
) -> None:
    random = Random(seed)  # noqa: S311
    faults = Faults(
        before=lambda _: random.random() < fault,
        after=lambda _: random.random() < fault / 2,
        entry=lambda _: random.random() < fault,
        delay_s=lambda _: random.choice([0.001, 0.05, 3]),
    )
    sqs = SimulatedSqs("http://sqs/work", faults)
    for _ in range(messages):
        sqs.send("x")
    run = Run(sqs, handler(sqs, random), concurrency)
    run.until(lambda: not sqs.left)
    assert run.code == 0
    assert [problem for problem in sqs.problems if "twice at once" not in problem] == []
    assert sqs.left == []


@slow_to_draw
@given(seeds, st.floats(0, 200))
def test_a_drain_at_any_moment_leaves_nothing_hidden_that_was_not_to_be(
    seed: int, moment_s: float
) -> None:
    random = Random(seed)  # noqa: S311
    sqs = SimulatedSqs("http://sqs/work")
    for _ in range(80):
        sqs.send("x")

    async def handle(message: Message) -> None:
        await asyncio.sleep(random.choice([0.01, 1, 30, 100]))
        sqs.messages[int(message.message_id.removeprefix("id-"))].done = True

    run = Run(sqs, handle, environment={"SHOAL_DRAIN_S": "40", "SHOAL_LONGEST_JOB_S": "200"})
    end_s = run.until(lambda: asyncio.get_running_loop().time() >= moment_s)
    assert [message for message in sqs.left if message.hidden_until_s > end_s] == []
    assert sqs.problems == []
    assert run.code == 0
    finished = run.metrics.completed.value("done")
    released = run.metrics.completed.value("released")
    assert finished + released == run.metrics.received.value()
    assert finished == 80 - len(sqs.left)


@slow_to_draw
@given(seeds, st.integers(1, 50), st.integers(1, 5), st.integers(1, 8))
def test_a_fifo_group_is_handled_in_order_and_one_at_a_time(
    seed: int, messages: int, groups: int, concurrency: int
) -> None:
    random = Random(seed)  # noqa: S311
    sqs = SimulatedSqs("http://sqs/work.fifo")
    for number in range(messages):
        sqs.send(str(number), group=f"group {random.randrange(groups)}")
    busy: set[str | None] = set()
    done: dict[str | None, list[int]] = {}

    async def handle(message: Message) -> None:
        assert message.group_id not in busy
        busy.add(message.group_id)
        try:
            await asyncio.sleep(random.choice([0, 0.2, 5]))
            if message.receive_count < 3 and random.random() < 0.3:
                raise RuntimeError("made up")
            done.setdefault(message.group_id, []).append(int(message.body))
            sqs.messages[int(message.body)].done = True
        finally:
            busy.discard(message.group_id)

    Run(sqs, handle, concurrency).until(lambda: not sqs.left)
    assert sqs.left == []
    assert sqs.problems == []
    assert all(numbers == sorted(numbers) for numbers in done.values())
    assert sorted(chain.from_iterable(done.values())) == list(range(messages))


def test_groups_run_side_by_side() -> None:
    sqs = SimulatedSqs("http://sqs/work.fifo")
    for number in range(40):
        sqs.send("x", group=f"group {number % 4}")
    at_once: list[int] = []
    running = 0

    async def handle(message: Message) -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        await asyncio.sleep(1)
        running -= 1
        sqs.messages[int(message.message_id.removeprefix("id-"))].done = True

    took_s = Run(sqs, handle, concurrency=4).until(lambda: not sqs.left)
    assert max(at_once) == 4
    assert took_s < 40


def test_a_slow_message_does_not_hold_up_those_received_with_it() -> None:
    sqs = SimulatedSqs("http://sqs/work")
    for number in range(40):
        sqs.send("slow" if number == 0 else "quick")

    async def handle(message: Message) -> None:
        await asyncio.sleep(50 if message.body == "slow" else 0.1)
        sqs.messages[int(message.message_id.removeprefix("id-"))].done = True

    run = Run(sqs, handle, concurrency=2)
    took_s = run.until(lambda: len(sqs.left) == 1)
    assert took_s < 50 + 21
    assert run.metrics.completed.value("done") == 40


def test_a_job_of_hours_stays_hidden_and_past_twelve_hours_nothing_more_is_asked() -> None:
    sqs = SimulatedSqs("http://sqs/work")
    sqs.send("x")

    async def handle(_: Message) -> None:
        await asyncio.sleep(11 * 3600)
        sqs.messages[0].done = True

    environment = {"SHOAL_LONGEST_JOB_S": "43000"}
    run = Run(sqs, handle, environment=environment, look_every_s=60)
    run.until(lambda: not sqs.left)
    assert sqs.messages[0].receives == 1
    beats = sqs.requests.count("ChangeMessageVisibilityBatch")
    assert 11 * 3600 / 90 < beats <= 11 * 3600 / 44

"""How often an agent asks SQS for anything, and how much it takes at a time."""

import asyncio

import pytest
from tests.agent._simulation import Faults, Run, SimulatedSqs

from shoal_agent import Message


def test_an_idle_agent_makes_its_long_polls_and_nothing_else() -> None:
    sqs = SimulatedSqs("http://sqs/work")

    async def handle(_: Message) -> None: ...

    Run(sqs, handle).until(lambda: False, limit_s=1000)
    assert set(sqs.requests) == {"ReceiveMessage"}
    assert len(sqs.requests) <= 1 + 1000 / 20 + 1


@pytest.mark.parametrize("wait_s", ["0", "20"])
def test_a_queue_that_answers_empty_at_once_is_not_asked_in_a_spin(wait_s: str) -> None:
    sqs = SimulatedSqs("http://sqs/work")

    async def empty(_: object) -> list[object]:
        return []

    async def handle(_: Message) -> None: ...

    sqs._receive = empty  # type: ignore[method-assign,assignment]
    Run(sqs, handle, environment={"SHOAL_POLL_WAIT_S": wait_s}).until(lambda: False, limit_s=100)
    assert len(sqs.requests) <= 110


def test_a_service_that_is_down_is_asked_less_and_less_often() -> None:
    sqs = SimulatedSqs("http://sqs/work", Faults(before=lambda _: True))

    async def handle(_: Message) -> None: ...

    run = Run(sqs, handle)
    run.until(lambda: False, limit_s=1000)
    assert run.code == 0
    assert 1000 / 20 <= len(sqs.requests) <= 1000 / 10 + 10


def test_under_load_a_message_costs_a_fifth_of_a_request() -> None:
    sqs = SimulatedSqs("http://sqs/work", Faults(delay_s=lambda _: 0.01))
    for _ in range(2000):
        sqs.send("x")

    async def handle(message: Message) -> None:
        await asyncio.sleep(0.02)
        sqs.messages[int(message.message_id.removeprefix("id-"))].done = True

    Run(sqs, handle, concurrency=10).until(lambda: not sqs.left)
    assert len(sqs.requests) / 2000 <= 0.25


def test_a_message_is_settled_at_once_when_the_agent_has_nothing_else() -> None:
    sqs = SimulatedSqs("http://sqs/work")
    sqs.send("x")
    deleted_s: list[float] = []

    async def handle(_: Message) -> None:
        sqs.messages[0].done = True

    def over() -> bool:
        if not sqs.left and not deleted_s:
            deleted_s.append(asyncio.get_running_loop().time())
        return not sqs.left

    Run(sqs, handle).until(over)
    assert deleted_s[0] <= 0.3


def test_long_jobs_are_left_to_agents_with_free_slots() -> None:
    sqs = SimulatedSqs("http://sqs/work")
    for _ in range(20):
        sqs.send("x")
    most = 0

    async def handle(message: Message) -> None:
        nonlocal most
        await asyncio.sleep(30)
        most = max(most, len(sqs.in_flight()))
        sqs.messages[int(message.message_id.removeprefix("id-"))].done = True

    Run(sqs, handle, concurrency=3).until(lambda: not sqs.left)
    assert most == 3


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (200, 503)])
def test_an_agent_whose_polls_do_not_come_back_is_not_alive(seconds: int, status: int) -> None:
    sqs = SimulatedSqs("http://sqs/work", Faults(delay_s=lambda _: 1_000))
    seen: list[int] = []

    async def handle(_: Message) -> None: ...

    def over() -> bool:
        if asyncio.get_running_loop().time() < seconds:
            return False
        assert run.agent is not None
        seen.append(run.agent._livez().status)
        return True

    run = Run(sqs, handle)
    run.until(over)
    assert seen == [status]


@pytest.mark.parametrize(("seconds", "status"), [(3_000, 200), (5_000, 503)])
def test_an_agent_whose_slots_all_work_is_alive_for_the_longest_job(
    seconds: int, status: int
) -> None:
    sqs = SimulatedSqs("http://sqs/work")
    sqs.send("x")
    seen: list[int] = []

    async def handle(_: Message) -> None:
        while not seen:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue  # it does not stop when it is told to

    def over() -> bool:
        if asyncio.get_running_loop().time() < seconds:
            return False
        assert run.agent is not None
        seen.append(run.agent._livez().status)
        return True

    run = Run(sqs, handle, concurrency=1, environment={"SHOAL_LONGEST_JOB_S": "3600"})
    run.until(over)
    assert seen == [status]

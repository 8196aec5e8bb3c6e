"""Receives from a FIFO queue: a lost answer is asked for again, by the same id."""

import json
from typing import Any

import pytest
from tests.agent._fakes import in_loop

from shoal_agent.aws import receive_attempts
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue

LOST = HttpError("made up")
THROTTLED = ServiceError("ReceiveMessage", "ThrottlingException", "made up", 400)
INVALID = ServiceError("ReceiveMessage", "InvalidParameterValue", "made up", 400)


class Service:
    """Answers in the order that it was told, and keeps what it was asked."""

    def __init__(self, *answers: Exception | dict[str, Any]) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Give the next answer."""
        assert (action, timeout_s) == ("ReceiveMessage", 11)
        self.asked.append(json.loads(body))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def ids(self) -> list[str | None]:
        """The ids of the receives so far."""
        return [fields.get("ReceiveRequestAttemptId") for fields in self.asked]


async def receive(queue: SqsQueue, expected: Exception | None = None) -> None:
    """Receive once, and hear this."""
    try:
        await queue.receive(10, wait_s=1, visibility_timeout_s=60)
    except (HttpError, ServiceError) as error:
        assert error is expected  # noqa: PT017 - which one is the point
    else:
        assert expected is None


@in_loop
async def test_every_receive_has_an_id_of_its_own() -> None:
    service = Service({}, {})
    queue = SqsQueue(service, "https://sqs/1/q.fifo")
    await receive(queue)
    await receive(queue)
    assert None not in service.ids
    assert len(set(service.ids)) == 2
    assert service.asked[0]["MaxNumberOfMessages"] == 10


@in_loop
async def test_a_standard_queue_is_sent_none() -> None:
    service = Service({})
    await receive(SqsQueue(service, "https://sqs/1/q"))
    assert service.ids == [None]


@in_loop
async def test_a_receive_whose_answer_was_lost_is_made_again() -> None:
    service = Service(LOST, {}, {})
    queue = SqsQueue(service, "https://sqs/1/q.fifo")
    await receive(queue, LOST)
    await receive(queue)
    await receive(queue)
    first, again, other = service.ids
    assert first == again != other


@in_loop
async def test_a_refused_receive_is_not_made_again() -> None:
    service = Service(THROTTLED, {})
    queue = SqsQueue(service, "https://sqs/1/q.fifo")
    await receive(queue, THROTTLED)
    await receive(queue)
    assert service.ids[0] != service.ids[1]


@in_loop
async def test_an_id_that_sqs_takes_no_more_is_given_up_and_is_no_failure_of_the_queue() -> None:
    service = Service(LOST, INVALID, {})
    queue = SqsQueue(service, "https://sqs/1/q.fifo")
    await receive(queue, LOST)
    await receive(queue)
    first, again, other = service.ids
    assert first == again != other


@in_loop
async def test_an_id_is_not_used_for_longer_than_sqs_knows_it() -> None:
    service = Service(LOST, {})
    queue = SqsQueue(service, "https://sqs/1/q.fifo")
    with pytest.MonkeyPatch.context() as patch:
        await receive(queue, LOST)
        patch.setattr(receive_attempts, "_REPEATABLE_S", 0)
        await receive(queue)
    assert service.ids[0] != service.ids[1]

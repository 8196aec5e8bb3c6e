"""A DynamoDB that does not answer, or not at once."""

import asyncio
import json
from typing import Any

import pytest

from shoal_agent.aws.dynamodb_table import DynamoDbTable
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.idempotency import DynamoDbStore, Standing
from shoal_agent.idempotency import dynamodb_store as module


class Service:
    """Answers with what it was given, in turn."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        assert action in {"PutItem", "DeleteItem"}
        assert timeout_s > 0
        self.bodies.append(json.loads(body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Have nothing to close."""


def _store(monkeypatch: pytest.MonkeyPatch, service: Service) -> DynamoDbStore:
    async def connect(name: str, _environ: object) -> DynamoDbTable:
        await asyncio.sleep(0)
        return DynamoDbTable(service, name)

    monkeypatch.setattr(module, "connect_table", connect)
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    return DynamoDbStore("done")


def _busy(code: str, status: int = 400) -> ServiceError:
    return ServiceError("PutItem", code, "made up", status)


@pytest.mark.parametrize(
    "fault",
    [
        HttpError("no whole answer in time"),
        _busy("ProvisionedThroughputExceededException"),
        _busy("RequestLimitExceeded"),
        _busy("ThrottlingException"),
        _busy("InternalServerError", 500),
    ],
    ids=str,
)
def test_a_fault_that_passes_is_asked_past_with_the_same_token(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    service = Service(fault, fault, {})
    found = asyncio.run(_store(monkeypatch, service).claim("k", "t", lease_s=1))
    assert found.standing is Standing.CLAIMED
    assert service.bodies[0] == service.bodies[1] == service.bodies[2]
    assert service.bodies[0]["Item"]["claim_token"] == {"S": "t"}


def test_a_fault_that_does_not_pass_is_raised_after_some_attempts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Service(*[HttpError("gone")] * 9)
    with pytest.raises(HttpError, match="gone"):
        asyncio.run(_store(monkeypatch, service).claim("k", "t", lease_s=1))
    assert len(service.bodies) == 4


def test_a_refusal_is_not_asked_past(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(_busy("AccessDeniedException"))
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        asyncio.run(_store(monkeypatch, service).release("k", "t"))


def test_a_connection_that_failed_is_made_anew_at_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Service({})
    store = _store(monkeypatch, service)
    calls: list[str] = []

    async def fail_once(name: str, _environ: object) -> DynamoDbTable:
        await asyncio.sleep(0)
        calls.append(name)
        if len(calls) == 1:
            raise LookupError("no credentials yet")
        return DynamoDbTable(service, name)

    monkeypatch.setattr(module, "connect_table", fail_once)

    async def claim_twice() -> Standing:
        with pytest.raises(LookupError):
            await store.claim("k", "t", lease_s=1)
        return (await store.claim("k", "t", lease_s=1)).standing

    assert asyncio.run(claim_twice()) is Standing.CLAIMED
    assert len(calls) == 2

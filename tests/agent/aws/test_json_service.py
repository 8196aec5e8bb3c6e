"""Calls over HTTP: what is mended once, and what is raised."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.agent._stub_service import Answer, Asked, stub_service

from shoal_agent.agent_error import CredentialsError
from shoal_agent.aws.credential_source import CredentialSource, renewal_wait_s
from shoal_agent.aws.endpoint import service_address
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.json_service import JsonService
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.signature import Credentials


class Caller:
    """Makes calls of a stub and remembers what was asked and observed."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        """Answer each request so."""
        self._answer = answer
        self.asked: list[Asked] = []
        self.observed: list[tuple[str, str]] = []
        self.renewals = 0

    def call(self, times: int = 1) -> list[dict[str, Any]]:
        """Call that often over one service; return the answers."""

        def answer(asked: Asked) -> Answer:
            self.asked.append(asked)
            return self._answer(asked)

        with stub_service(answer) as url:
            return asyncio.run(self._call(url, times))

    async def _call(self, url: str, times: int) -> list[dict[str, Any]]:
        service = JsonService(
            service="sqs",
            target_prefix="AmazonSQS",
            address=service_address(url, region="eu-west-1", endpoint_url=None),
            credentials=CredentialSource(Credentials("first", "secret"), self._renew),
            observe=lambda action, outcome: self.observed.append((action, outcome)),
        )
        try:
            return [await service.call("Ask", b"{}", timeout_s=30) for _ in range(times)]
        finally:
            service.close()

    async def _renew(self) -> Credentials:
        self.renewals += 1
        return Credentials("second", "secret", "token")


def test_a_call_is_answered_and_observed() -> None:
    caller = Caller(lambda _: Answer(200, {"a": 1}))
    assert caller.call() == [{"a": 1}]
    assert caller.observed == [("Ask", "ok")]


def test_a_clock_that_is_off_is_corrected_once_and_stays_so() -> None:
    theirs_s = time.time() + 7200

    def answer(asked: Asked) -> Answer:
        stamp = time.strptime(asked.headers["X-Amz-Date"] + "UTC", "%Y%m%dT%H%M%SZ%Z")
        if abs(time.mktime(stamp) - time.timezone - theirs_s) > 300:
            return Answer.error("InvalidSignatureException", at_s=theirs_s)
        return Answer(200, {}, at_s=theirs_s)

    caller = Caller(answer)
    assert caller.call(times=2) == [{}, {}]
    assert [outcome for _, outcome in caller.observed] == ["InvalidSignatureException", "ok", "ok"]


def test_a_wrong_signature_with_a_right_clock_is_refused_credentials() -> None:
    caller = Caller(lambda _: Answer.error("InvalidSignatureException"))
    with pytest.raises(ServiceError) as caught:
        caller.call()
    assert caught.value.credentials_refused
    assert len(caller.asked) == 1


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"])
def test_credentials_that_have_ended_are_renewed_and_the_call_is_repeated_with_the_new_ones(
    code: str,
) -> None:
    def answer(asked: Asked) -> Answer:
        if "Credential=first/" in asked.headers["Authorization"]:
            return Answer.error(code)
        assert asked.headers["X-Amz-Security-Token"] == "token"
        return Answer(200, {})

    caller = Caller(answer)
    assert caller.call(times=2) == [{}, {}]
    assert (caller.renewals, len(caller.asked)) == (1, 3)


def test_credentials_that_are_expired_after_their_renewal_are_refused() -> None:
    caller = Caller(lambda _: Answer.error("ExpiredToken"))
    with pytest.raises(ServiceError) as caught:
        caller.call()
    assert caught.value.credentials_refused
    assert caller.renewals == 1


def test_expired_credentials_that_cannot_be_renewed_are_refused() -> None:
    caller = Caller(lambda _: Answer.error("ExpiredToken"))

    async def renew() -> Credentials:
        raise CredentialsError("made up")

    caller._renew = renew  # type: ignore[method-assign]
    with pytest.raises(ServiceError) as caught:
        caller.call()
    assert caught.value.credentials_expired
    assert len(caller.asked) == 1


@pytest.mark.parametrize(
    ("code", "status", "sender_fault"),
    [
        ("InvalidParameterValue", 400, True),
        ("AccessDenied", 403, True),
        ("ThrottlingException", 400, False),
        ("RequestThrottled", 403, False),
        ("InternalFailure", 500, False),
        ("ServiceUnavailable", 503, False),
    ],
)
def test_a_refusal_says_whether_asking_again_may_help(
    code: str, status: int, sender_fault: bool
) -> None:
    with pytest.raises(ServiceError, match=f"Ask answered {status} {code}: made up") as caught:
        Caller(lambda _: Answer.error(code, status=status)).call()
    assert caught.value.sender_fault is sender_fault


def test_an_answer_that_is_not_json_is_no_answer() -> None:
    with pytest.raises(HttpError, match=re.escape("not JSON")):
        Caller(lambda _: Answer(200, [])).call()  # type: ignore[arg-type]


def test_credentials_are_renewed_a_quarter_of_an_hour_ahead_or_halfway() -> None:
    assert renewal_wait_s(expires_s=3600, now_s=0) == 2700
    assert renewal_wait_s(expires_s=600, now_s=0) == 300
    assert renewal_wait_s(expires_s=0, now_s=100) == 1


def test_callers_that_find_the_credentials_expired_together_share_one_look_up() -> None:
    looked_up: list[int] = []

    async def renew() -> Credentials:
        looked_up.append(1)
        await asyncio.sleep(0)
        return Credentials("new", "secret")

    async def run() -> str:
        source = CredentialSource(Credentials("old", "secret"), renew)
        await asyncio.gather(*(source.renew() for _ in range(5)))
        return source.current.access_key

    assert asyncio.run(run()) == "new"
    assert looked_up == [1]

"""The calls that an agent makes of SQS, each with its bodies written and its answers read."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple, Protocol

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.receive_attempts import Attempt, ReceiveAttempts
from shoal_agent.aws.service_error import ServiceError

# What messages carry besides their body; the trace header is for those who trace.
_SYSTEM_ATTRIBUTES = [
    "ApproximateReceiveCount",
    "SentTimestamp",
    "MessageGroupId",
    "AWSTraceHeader",
]
ANSWER_TIMEOUT_S = 10.0


class Service(Protocol):
    """What carries the calls."""

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Return the decoded answer, or raise HttpError or ServiceError."""


class FailedEntry(NamedTuple):
    """An entry of a batch that SQS did not carry out; ``place`` is its index there."""

    place: int
    code: str
    sender_fault: bool  # asking again would fail again


class SqsQueue:
    """One queue. Batches are at most ten entries; ids in them are positions."""

    def __init__(self, service: Service, url: str) -> None:
        self.url = url
        self.fifo = url.endswith(".fifo")
        self._service = service
        self._attempts = ReceiveAttempts()
        self._batch_start = f'{{"QueueUrl":{_quoted(url)},"Entries":['
        self._receive_body = lru_cache(maxsize=64)(self._make_receive_body)

    async def receive(
        self, limit: int, *, wait_s: int, visibility_timeout_s: int
    ) -> list[dict[str, Any]]:
        """Return up to ``limit`` (1 to 10) messages, waiting up to ``wait_s`` for the first."""
        body = self._receive_body(limit, wait_s, visibility_timeout_s)
        receive = self._receive_in_order if self.fifo else self._receive
        answer = await receive(body, wait_s + ANSWER_TIMEOUT_S)
        return answer.get("Messages") or []

    async def delete(self, receipt_handles: Sequence[str]) -> list[FailedEntry]:
        """Delete up to ten messages; return those that were not deleted."""
        entries = [
            f'{{"Id":"{place}","ReceiptHandle":{_quoted(handle)}}}'
            for place, handle in enumerate(receipt_handles)
        ]
        return await self._batch("DeleteMessageBatch", entries)

    async def change_visibility(
        self, timeouts_s: Sequence[tuple[str, int]], *, answer_in_s: float = ANSWER_TIMEOUT_S
    ) -> list[FailedEntry]:
        """Hide each receipt handle's message for so long from now; return what was not."""
        entries = [
            f'{{"Id":"{place}","ReceiptHandle":{_quoted(handle)},"VisibilityTimeout":{timeout_s}}}'
            for place, (handle, timeout_s) in enumerate(timeouts_s)
        ]
        return await self._batch("ChangeMessageVisibilityBatch", entries, answer_in_s)

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one message, given in ``SendMessage``'s own fields."""
        body = json.dumps({"QueueUrl": self.url, **message}).encode()
        answer = await self._service.call("SendMessage", body, timeout_s=ANSWER_TIMEOUT_S)
        if not answer.get("MessageId"):
            raise HttpError("SendMessage was answered without the id of a message")

    async def _receive(self, body: bytes, timeout_s: float) -> dict[str, Any]:
        return await self._service.call("ReceiveMessage", body, timeout_s=timeout_s)

    async def _receive_in_order(self, body: bytes, timeout_s: float) -> dict[str, Any]:
        attempt = self._attempts.next()
        try:
            return await self._receive(_with_attempt(body, attempt), timeout_s)
        except HttpError:
            self._attempts.lost(attempt)
            raise
        except ServiceError as refusal:
            # SQS had answered the first time after all, with a throttle for example.
            if not attempt.again or not refusal.sender_fault:
                raise
        return await self._receive(_with_attempt(body, self._attempts.new()), timeout_s)

    async def _batch(
        self, action: str, entries: Sequence[str], timeout_s: float = ANSWER_TIMEOUT_S
    ) -> list[FailedEntry]:
        # Put together by hand: for ten entries json.dumps takes 12 µs, and this 5.
        body = f"{self._batch_start}{','.join(entries)}]}}".encode()
        answer = await self._service.call(action, body, timeout_s=timeout_s)
        failed = answer.get("Failed") or ()
        if len(answer.get("Successful") or ()) + len(failed) != len(entries):
            # Not SQS's word: a proxy may answer 200 and nothing. Silence is no success.
            raise HttpError(f"{action} was answered for other entries than were sent")
        return [
            FailedEntry(int(entry["Id"]), str(entry.get("Code", "")), bool(entry["SenderFault"]))
            for entry in failed
        ]

    def _make_receive_body(self, limit: int, wait_s: int, visibility_timeout_s: int) -> bytes:
        fields = {
            "QueueUrl": self.url,
            "MaxNumberOfMessages": limit,
            "WaitTimeSeconds": wait_s,
            "VisibilityTimeout": visibility_timeout_s,
            "MessageSystemAttributeNames": _SYSTEM_ATTRIBUTES,
            "MessageAttributeNames": ["All"],
        }
        return json.dumps(fields).encode()


def _with_attempt(body: bytes, attempt: Attempt) -> bytes:
    return body[:-1] + f', "ReceiveRequestAttemptId": "{attempt.attempt_id}"}}'.encode()

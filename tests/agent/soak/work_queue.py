"""The queue under soak and its dead-letter queue, on any server that speaks SQS."""

import http.client
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import boto3
from tests.agent.soak.message_plan import MessagePlan

REGION = "eu-west-1"
KEY = "soak"
# A message that is killed with its agent is received again; only one that always fails may
# come to this number.
MAX_RECEIVE_COUNT = 8
_SECONDS_HIDDEN = 120
_HEADERS = {
    "X-Amz-Target": "AmazonSQS.SendMessageBatch",
    "Content-Type": "application/x-amz-json-1.0",
    # No server here checks a signature, but moto finds the region in it.
    "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/{REGION}/sqs/aws4_request",
}


@dataclass(frozen=True)
class DeadLetter:
    """A message of the dead-letter queue."""

    serial: int
    rejected: bool  # by a handler, with its reason; otherwise by the queue's redrive policy


class WorkQueue:
    """Both queues, as whoever sends and counts sees them."""

    def __init__(self, endpoint: str) -> None:
        """Make both."""
        self.endpoint = endpoint
        self._sqs: Any = boto3.session.Session().client(
            "sqs",
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=KEY,
        )
        self.dead_letter_url = self._make("soak-dead", {})
        arn = self._attributes(self.dead_letter_url)["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": str(MAX_RECEIVE_COUNT)}
        self.url = self._make("soak", {"RedrivePolicy": json.dumps(redrive)})

    def send(self, plans: Iterable[MessagePlan]) -> None:
        """Send every message; returns when the server has the last.

        Without boto3, which takes longer for a message than the whole fleet does: there is to
        be a backlog.
        """
        server = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        left = iter(plans)
        while batch := list(islice(left, 10)):
            entries = [{"Id": str(plan.serial), "MessageBody": plan.body()} for plan in batch]
            body = json.dumps({"QueueUrl": self.url, "Entries": entries})
            connection.request("POST", "/", body, _HEADERS)
            answer = connection.getresponse()
            if json.loads(answer.read()).get("Failed") or answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"messages {batch[0].serial} and after were not all sent")
        connection.close()

    def backlog(self) -> int:
        """Return how many messages the queue holds: visible, delayed and in flight."""
        attributes = self._attributes(self.url)
        return sum(
            int(attributes[f"ApproximateNumberOfMessages{kind}"])
            for kind in ("", "Delayed", "NotVisible")
        )

    def dead_letters(self) -> Iterator[DeadLetter]:
        """Yield what the dead-letter queue holds, once."""
        while messages := self._receive_dead():
            for message in messages:
                rejected = "shoal.reason" in message.get("MessageAttributes", {})
                yield DeadLetter(json.loads(message["Body"])["serial"], rejected)

    def _receive_dead(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self.dead_letter_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_SECONDS_HIDDEN,
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _make(self, name: str, attributes: dict[str, str]) -> str:
        return str(self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _attributes(self, url: str) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return dict(answer["Attributes"])

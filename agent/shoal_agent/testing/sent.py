"""A message as a test sends it, and as SQS would hand it to an agent."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from shoal_agent.message import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with more to it than its body."""

    body: Any
    """Text, sent as it is; or a dataclass or anything of JSON, sent as JSON."""
    attributes: Mapping[str, str | bytes] = field(default_factory=dict)
    """The message attributes. Default: none."""
    group_id: str | None = None
    """The message group of a FIFO queue. Default: none."""
    sent_at: datetime | None = None
    """When it entered the queue. Default: now."""
    message_id: str = field(default_factory=lambda: str(uuid4()))
    """The id that SQS gives it. Default: a new one."""

    @classmethod
    def of(cls, given: Any) -> Self:
        """Return what was given, or a message with it as the body."""
        return given if isinstance(given, cls) else cls(given)

    def delivered(self, receive_count: int) -> Message:
        """Return the message as a handler is given it at its ``receive_count``-th delivery."""
        sent_s = time.time() if self.sent_at is None else self.sent_at.timestamp()
        attributes = {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": str(int(sent_s * 1000)),
        }
        if self.group_id is not None:
            attributes["MessageGroupId"] = self.group_id
        return Message(
            {
                "MessageId": self.message_id,
                "ReceiptHandle": f"{self.message_id}/{receive_count}",
                "Body": self.body if isinstance(self.body, str) else _json(self.body),
                "Attributes": attributes,
                "MessageAttributes": {
                    name: _attribute(value) for name, value in self.attributes.items()
                },
            }
        )


def _json(body: Any) -> str:
    return json.dumps(body, default=_fields)


def _fields(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"a message's body is text or JSON, and {value!r} is neither")


def _attribute(value: str | bytes) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": b64encode(value).decode()}
    return {"DataType": "String", "StringValue": value}

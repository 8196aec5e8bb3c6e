"""What a handler is given: one message, as its sender and SQS describe it."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self


class Message:
    """One message of the queue. Handlers read it and never change it."""

    __slots__ = ("_attributes", "_raw", "body", "envelopes", "message_id")

    body: str
    """The text that was sent."""
    message_id: str
    """The id that SQS gave the message; the same at every redelivery."""
    envelopes: tuple[Mapping[str, Any], ...]
    """The JSON objects that ``middleware.envelopes`` took the body out of, outermost first."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Wrap one entry of ``ReceiveMessage``'s answer."""
        self._raw = raw
        self.body = raw["Body"]
        self.message_id = raw["MessageId"]
        self.envelopes = ()
        self._attributes: dict[str, str | bytes] | None = None

    def json(self) -> Any:
        """Return the body decoded from JSON; a body that is not JSON raises ValueError."""
        return json.loads(self.body)

    @property
    def receive_count(self) -> int:
        """How often the message has been received, this time included; 1 at first."""
        return int(self._system("ApproximateReceiveCount") or 1)

    @property
    def sent_at(self) -> datetime:
        """When the message entered the queue (UTC)."""
        return datetime.fromtimestamp(self.sent_at_s, UTC)

    @property
    def sent_at_s(self) -> float:
        """When the message entered the queue, in seconds of the Unix clock."""
        return int(self._system("SentTimestamp") or 0) / 1000

    @property
    def group_id(self) -> str | None:
        """The message group of a FIFO queue's message, None elsewhere."""
        return self._system("MessageGroupId")

    @property
    def attributes(self) -> Mapping[str, str | bytes]:
        """The message attributes: text and numbers as str, binary as bytes."""
        if self._attributes is None:
            raw = self._raw.get("MessageAttributes") or {}
            self._attributes = {name: _plain(value) for name, value in raw.items()}
        return self._attributes

    @property
    def raw(self) -> Mapping[str, Any]:
        """The entry of ``ReceiveMessage``'s answer, for what has no name here."""
        return self._raw

    def with_body(
        self,
        body: str,
        *,
        message_attributes: Mapping[str, Mapping[str, str]] | None = None,
        envelope: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the same message with another body, for middleware.

        ``message_attributes``, in SQS's form, take the place of the message's own where they
        are given; ``envelope`` is added to the envelopes.
        """
        raw = {**self._raw, "Body": body}
        if message_attributes is not None:
            raw["MessageAttributes"] = message_attributes
        changed = type(self)(raw)
        changed.envelopes = self.envelopes if envelope is None else (*self.envelopes, envelope)
        return changed

    def _system(self, name: str) -> str | None:
        attributes: Mapping[str, str] = self._raw.get("Attributes") or {}
        return attributes.get(name)

    def __repr__(self) -> str:
        return f"Message({self.message_id}, received {self.receive_count}x)"


def _plain(value: Mapping[str, str]) -> str | bytes:
    binary = value.get("BinaryValue")
    return value.get("StringValue", "") if binary is None else b64decode(binary)

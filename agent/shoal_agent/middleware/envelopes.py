"""Take the payload out of what carried it to the queue: SNS, EventBridge, or one in the other.

A topic wraps what was published, and an event bus wraps an event's detail; the handler is
given the inside as the body. The notification's message attributes become the message's, and
``message.envelopes`` keeps the wrapping to read. What is no envelope, like a notification
delivered raw, passes as it is.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from shoal_agent.message import Message
from shoal_agent.middleware.around import around

# docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
_NOTIFICATION = ("Type", "MessageId", "TopicArn", "Message")
# docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
_EVENT = ("version", "id", "detail-type", "source", "account", "time", "region", "detail")


def open_envelopes(message: Message) -> Message:
    """Return the message that a notification, an event, or an event in a notification carries.

    No deeper: what an event's sender put in its detail is the handler's, whatever its form.
    """
    return _out_of_event(_out_of_notification(message))


@contextmanager
def _open_envelopes(message: Message) -> Iterator[Message]:
    yield open_envelopes(message)


opened = around(_open_envelopes)


def _out_of_notification(message: Message) -> Message:
    fields = _object(message.body, _NOTIFICATION)
    if fields is None or fields["Type"] != "Notification" or not isinstance(fields["Message"], str):
        return message
    attributes = fields.get("MessageAttributes")
    return message.with_body(
        fields["Message"],
        message_attributes=_attributes(attributes) if isinstance(attributes, dict) else None,
        envelope=fields,
    )


def _out_of_event(message: Message) -> Message:
    fields = _object(message.body, _EVENT)
    if fields is None or not isinstance(fields["detail"], dict):
        return message
    return message.with_body(json.dumps(fields["detail"]), envelope=fields)


def _object(body: str, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the JSON object that a body is, if it has these keys."""
    # Most bodies are no envelopes: only those that may be are decoded for it.
    if not all(f'"{key}"' in body for key in keys):
        return None
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and all(key in fields for key in keys) else None


def _attributes(attributes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return a notification's attributes in SQS's form; both have binary values in Base64.

    docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    return {
        name: {
            "DataType": attribute["Type"],
            "BinaryValue" if attribute["Type"] == "Binary" else "StringValue": attribute["Value"],
        }
        for name, attribute in attributes.items()
        if isinstance(attribute, dict)
        and isinstance(attribute.get("Type"), str)
        and isinstance(attribute.get("Value"), str)
    }

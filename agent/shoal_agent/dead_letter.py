"""What is sent to the dead-letter queue for a rejected message."""

from typing import Any

from shoal_agent.message import Message

REASON_ATTRIBUTE = "shoal.reason"
MESSAGE_ID_ATTRIBUTE = "shoal.message_id"
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
MAX_ATTRIBUTES = 10
# A reason is for reading; the message keeps its room (1 MiB with its attributes).
MAX_REASON_CHARACTERS = 1_000
# Text that SQS accepts: XML 1.0 characters.
_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "?")


def dead_letter(message: Message, reason: str, *, fifo: bool) -> dict[str, Any]:
    """Return ``SendMessage``'s fields: the message as it was, and why it was rejected.

    ``fifo`` says that the dead-letter queue is one: the message keeps its group, and its id
    takes the place of a deduplication id, so that a rejection sent twice arrives once.
    """
    ours = {
        REASON_ATTRIBUTE: _text(_clean(reason)[:MAX_REASON_CHARACTERS] or "no reason given"),
        MESSAGE_ID_ATTRIBUTE: _text(message.message_id),
    }
    theirs: dict[str, Any] = message.raw.get("MessageAttributes") or {}
    kept = [name for name in theirs if name not in ours][: MAX_ATTRIBUTES - len(ours)]
    fields: dict[str, Any] = {
        "MessageBody": message.raw["Body"],
        "MessageAttributes": {**{name: theirs[name] for name in kept}, **ours},
    }
    trace = (message.raw.get("Attributes") or {}).get("AWSTraceHeader")
    if trace:
        fields["MessageSystemAttributes"] = {"AWSTraceHeader": _text(trace)}
    if fifo:
        fields["MessageGroupId"] = message.group_id or message.message_id
        fields["MessageDeduplicationId"] = message.message_id
    return fields


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _clean(text: str) -> str:
    # A lone surrogate cannot be encoded at all.
    return text.translate(_FORBIDDEN).encode("utf-8", "replace").decode()

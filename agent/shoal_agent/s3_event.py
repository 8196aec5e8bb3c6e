"""The objects that an S3 event names, however the event came to the queue."""

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote_plus

from shoal_agent.decoding.body_decoder import BodyDecoder, body_decoder, json_of
from shoal_agent.ending import Reject
from shoal_agent.message import Message
from shoal_agent.middleware.envelopes import open_envelopes

# S3 sends one when a notification is set up.
_TEST_EVENT = "s3:TestEvent"


class S3Object(NamedTuple):
    """One object of an S3 event. What an event of its kind does not carry is None."""

    bucket: str
    key: str
    """As S3 knows it: not URL-encoded."""
    size: int | None
    """In bytes."""
    etag: str | None
    version_id: str | None
    event_name: str | None
    """S3's name (``ObjectCreated:Put``) or EventBridge's detail type (``Object Created``)."""
    sequencer: str | None
    """Orders the events of one key: pad the shorter with zeros on the left and compare."""


def s3_objects(message: Message) -> tuple[S3Object, ...]:
    """Return the objects that a message's S3 event names; none for S3's test event.

    The event may be S3's own or EventBridge's, and either may stand in an SNS notification.
    Raises Reject for what is no S3 event.
    """
    inner = open_envelopes(message)
    fields = json_of(inner.body)
    if not isinstance(fields, dict):
        raise Reject("the body is not a JSON object")
    if fields.get("Event") == _TEST_EVENT:
        return ()
    if "Records" in fields:
        notification: _Notification = _decoder(_Notification)(inner.body)
        return tuple(map(_of_record, notification.records))
    if "bucket" in fields and "object" in fields:
        detail: _Detail = _decoder(_Detail)(inner.body)
        return (_of_detail(detail, inner),)
    raise Reject("the body is no S3 event: it has neither Records nor bucket and object")


# docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html


@dataclass
class _Object:
    key: str
    size: int | None = None
    etag: str | None = field(default=None, metadata={"key": "eTag"})
    version_id: str | None = field(default=None, metadata={"key": "versionId"})
    sequencer: str | None = None


@dataclass
class _Bucket:
    name: str


@dataclass
class _S3:
    bucket: _Bucket
    object: _Object


@dataclass
class _Record:
    s3: _S3
    event_name: str | None = field(default=None, metadata={"key": "eventName"})


@dataclass
class _Notification:
    records: list[_Record] = field(metadata={"key": "Records"})


def _of_record(record: _Record) -> S3Object:
    found = record.s3.object
    return S3Object(
        bucket=record.s3.bucket.name,
        key=unquote_plus(found.key),
        size=found.size,
        etag=found.etag,
        version_id=found.version_id,
        event_name=record.event_name,
        sequencer=found.sequencer,
    )


# docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html; its keys are not URL-encoded.


@dataclass
class _DetailObject:
    key: str
    size: int | None = None
    etag: str | None = None
    version_id: str | None = field(default=None, metadata={"key": "version-id"})
    sequencer: str | None = None


@dataclass
class _Detail:
    bucket: _Bucket
    object: _DetailObject


def _of_detail(detail: _Detail, message: Message) -> S3Object:
    event = message.envelopes[-1] if message.envelopes else {}
    name = event.get("detail-type")
    return S3Object(
        bucket=detail.bucket.name,
        key=detail.object.key,
        size=detail.object.size,
        etag=detail.object.etag,
        version_id=detail.object.version_id,
        event_name=name if isinstance(name, str) else None,
        sequencer=detail.object.sequencer,
    )


@cache
def _decoder(kind: type) -> BodyDecoder:
    return body_decoder(kind, "body")

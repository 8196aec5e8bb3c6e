"""The objects of S3's events, in every form in which they come to a queue."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shoal_agent import Message, Reject, S3Object, s3_objects

RECORD = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "eventName": "ObjectCreated:Put",
    "s3": {
        "s3SchemaVersion": "1.0",
        "bucket": {"name": "pictures", "arn": "arn:aws:s3:::pictures"},
        "object": {
            "key": "my+cat%2Bdog.png",
            "size": 1024,
            "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "versionId": "v1",
            "sequencer": "0A1B2C3D4E5F678901",
        },
    },
}
# As docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html has it.
EVENT = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "111122223333",
    "time": "2021-11-12T00:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:s3:::pictures"],
    "detail": {
        "version": "0",
        "bucket": {"name": "pictures"},
        "object": {
            "key": "my cat+dog.png",
            "size": 1024,
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "version-id": "v1",
            "sequencer": "0A1B2C3D4E5F678901",
        },
        "reason": "PutObject",
    },
}
FOUND = S3Object(
    bucket="pictures",
    key="my cat+dog.png",
    size=1024,
    etag="d41d8cd98f00b204e9800998ecf8427e",
    version_id="v1",
    event_name="ObjectCreated:Put",
    sequencer="0A1B2C3D4E5F678901",
)


def message(fields: Any) -> Message:
    """Return a message with this JSON body."""
    return Message({"MessageId": "m", "Body": json.dumps(fields)})


def published(fields: Any) -> dict[str, str]:
    """Return the notification of a topic that this was published to."""
    return {
        "Type": "Notification",
        "MessageId": "n",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:pictures",
        "Message": json.dumps(fields),
    }


@pytest.mark.parametrize("wrap", [lambda fields: fields, published])
def test_the_records_of_a_notification_have_their_keys_decoded(wrap: Any) -> None:
    assert s3_objects(message(wrap({"Records": [RECORD, RECORD]}))) == (FOUND, FOUND)


@pytest.mark.parametrize("wrap", [lambda fields: fields, published])
def test_an_event_of_eventbridge_names_its_object_as_it_is(wrap: Any) -> None:
    expected = FOUND._replace(event_name="Object Created")
    assert s3_objects(message(wrap(EVENT))) == (expected,)


def test_a_detail_that_comes_alone_has_no_event_name() -> None:
    assert s3_objects(message(EVENT["detail"])) == (FOUND._replace(event_name=None),)


def test_what_a_deletion_does_not_carry_is_none() -> None:
    record = {
        "eventName": "ObjectRemoved:Delete",
        "s3": {"bucket": {"name": "b"}, "object": {"key": "k", "sequencer": "1"}},
    }
    expected = S3Object("b", "k", None, None, None, "ObjectRemoved:Delete", "1")
    assert s3_objects(message({"Records": [record]})) == (expected,)


@pytest.mark.parametrize("wrap", [lambda fields: fields, published])
def test_the_test_event_of_s3_names_nothing(wrap: Any) -> None:
    fields = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"}
    assert s3_objects(message(wrap(fields))) == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([], "not a JSON object"),
        ({"id": 1}, "no S3 event: it has neither Records nor bucket and object"),
        ({"Records": {}}, r"body\.Records: {} is not a list"),
        ({"Records": [{}]}, r"body\.Records\[0\]\.s3: missing"),
        ({"Records": [{"s3": {"bucket": {}, "object": {"key": 1}}}]}, r"object\.key: 1 is not"),
        ({"bucket": "b", "object": {}}, r'body\.bucket: "b" is not an object'),
    ],
)
def test_what_is_no_s3_event_is_rejected_with_its_place(fields: Any, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        s3_objects(message(fields))


parts = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["Records", "s3", "bucket", "object", "name", "key", "size"]), inner
        )
    ),
)


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(parts)
def test_any_json_names_objects_or_is_rejected(fields: Any) -> None:
    try:
        found = s3_objects(message(fields))
    except Reject:
        return
    assert all(isinstance(each, S3Object) for each in found)

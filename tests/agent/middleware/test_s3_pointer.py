"""Payloads that their sender left in S3."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.agent._fakes import eventually, in_loop
from tests.agent.conftest import Bench, Queues

from shoal_agent import Message, Reject, contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.handler import is_async
from shoal_agent.middleware import s3_pointer
from shoal_agent.middleware.envelopes import opened
from shoal_agent.middleware.s3_pointer import fetched

BUCKET = "payloads"
CLASSES = [
    "software.amazon.payloadoffloading.PayloadS3Pointer",
    "com.amazon.sqs.javamessaging.MessageS3Pointer",
    "awsv2.repackaged.software.amazon.payloadoffloading.PayloadS3Pointer",
]


def pointer(key: str, bucket: str = BUCKET, name: str = CLASSES[0]) -> str:
    """Return a body as the extended client writes it."""
    return json.dumps([name, {"s3BucketName": bucket, "s3Key": key}])


def message(body: str, **attributes: dict[str, str]) -> Message:
    """Return a message with this body."""
    return Message({"MessageId": "m", "Body": body, "MessageAttributes": attributes})


seen: list[Message] = []


@fetched
def handle(message: Message) -> None:
    """Keep what the handler is given."""
    seen.append(message)


@pytest.fixture
def s3(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of an S3 with a bucket of payloads, which the middleware uses too."""
    client = queues.client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    monkeypatch.setattr(s3_pointer, "s3_client", lambda: client)
    seen.clear()
    yield client
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("attribute", ["ExtendedPayloadSize", "SQSLargePayloadSize"])
def test_the_handler_is_given_the_payload_without_the_reserved_attribute(
    s3: Any, name: str, attribute: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body="Zoë".encode())
    size = {"DataType": "Number", "StringValue": "4"}
    own = {"DataType": "String", "StringValue": "x"}
    handle(message(pointer("k", name=name), **{attribute: size}, own=own))
    (given,) = seen
    assert given.body == "Zoë"
    assert given.attributes == {"own": "x"}


def test_a_pointer_that_came_through_a_topic_is_followed_once_it_is_opened(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    size = {"Type": "Number", "Value": "1"}
    notification = {
        "Type": "Notification",
        "MessageId": "n",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
        "Message": pointer("k"),
        "MessageAttributes": {"ExtendedPayloadSize": size},
    }
    opened(handle)(message(json.dumps(notification)))
    (given,) = seen
    assert (given.body, given.attributes, len(given.envelopes)) == ("x", {}, 1)


def test_the_payload_stays_in_s3_for_a_redelivery(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    handle(message(pointer("k")))
    handle(message(pointer("k")))
    assert [given.body for given in seen] == ["x", "x"]


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    "body",
    ["plain", '["S3Pointer"', '["my.S3Pointer", {}]', '{"name": "x.PayloadS3Pointer"}', "[]"],
)
def test_any_other_body_passes_as_it_is(body: str) -> None:
    given = message(body)
    handle(given)
    assert seen == [given]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (pointer("gone"), f"the payload s3://{BUCKET}/gone: there is no such object"),
        (pointer("k", bucket="no-such-bucket"), "no-such-bucket/k: there is no such object"),
        (pointer("k", bucket="Not A Bucket"), "no bucket or key can be called that"),
        (pointer(""), "no bucket or key can be called that"),
        (pointer("binary"), "s3://payloads/binary is no text"),
        (json.dumps([CLASSES[0], {"s3Key": "k"}]), "a pointer to S3 needs s3BucketName and s3Key"),
        (json.dumps([CLASSES[0]]), "a pointer to S3 needs s3BucketName and s3Key"),
    ],
)
def test_a_payload_that_can_never_be_had_is_rejected(s3: Any, body: str, reason: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="binary", Body=b"\xff")
    with pytest.raises(Reject) as rejection:
        handle(message(body))
    assert reason in rejection.value.reason
    assert seen == []


def test_a_payload_over_the_limit_is_rejected_unread(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x" * (2**20 + 1))
    monkeypatch.setenv(contract.S3_POINTER_MAX_MB, "1")
    with pytest.raises(Reject, match="1048577 bytes are more than 1048576"):
        fetched(handle)(message(pointer("k")))


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5"])
def test_a_limit_that_is_none_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(contract.S3_POINTER_MAX_MB, given)
    with pytest.raises(ConfigurationError, match=f"SHOAL_S3_POINTER_MAX_MB='{given}': must be"):
        fetched(handle)


class Refusing:
    """An S3 that lets nobody read."""

    def get_object(self, **_: Any) -> Any:
        """Refuse."""
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")


def test_an_s3_that_refuses_is_no_reason_to_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_pointer, "s3_client", Refusing)
    with pytest.raises(ClientError, match="AccessDenied"):
        handle(message(pointer("k")))


@in_loop
async def test_an_async_handlers_loop_goes_on_while_its_payload_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def slow(*_: Any) -> str:
        asked.set()
        answered.wait(60)
        return "payload"

    monkeypatch.setattr(s3_pointer, "_payload", slow)
    given = []

    @fetched
    async def handle_async(message: Message) -> None:
        await asyncio.sleep(0)
        given.append(message.body)

    assert is_async(handle_async)
    handling = asyncio.ensure_future(handle_async(message(pointer("k"))))
    assert await asyncio.to_thread(asked.wait, 60)
    assert given == []
    answered.set()  # by the loop, which is free to do so
    await handling
    await handle_async(message("small"))
    assert given == ["payload", "small"]


@in_loop
async def test_what_the_fetch_of_an_async_handler_raises_is_raised_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_pointer, "s3_client", Refusing)

    @fetched
    async def handle_async(_: Message) -> None:
        raise AssertionError

    with pytest.raises(ClientError, match="AccessDenied"):
        await handle_async(message(pointer("k")))


@in_loop
async def test_a_stopped_async_handler_does_not_wait_for_its_fetch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answered, done = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: Any) -> str:
        asked.set()
        answered.wait(60)
        done.set()
        return "payload"

    monkeypatch.setattr(s3_pointer, "_payload", slow)

    @fetched
    async def handle_async(_: Message) -> None:
        raise AssertionError

    handling = asyncio.ensure_future(handle_async(message(pointer("k"))))
    assert await asyncio.to_thread(asked.wait, 60)
    handling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handling
    answered.set()
    await asyncio.to_thread(done.wait, 60)
    await asyncio.sleep(0)  # the late result comes to a loop that has no use for it


_NOTED = """
    {kind} handle(message):
        note(message.body)
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_agent_handles_an_event_that_was_too_large_for_the_queue(
    s3: Any, queues: Queues, bench: Bench, kind: str
) -> None:
    notification = {
        "Type": "Notification",
        "MessageId": "n",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
        "Message": "from far away",
    }
    s3.put_object(Bucket=BUCKET, Key="large", Body=json.dumps(notification).encode())
    queues.send(pointer("large"))
    queues.send(pointer("gone"))
    bench.start(
        queues,
        _NOTED.format(kind=kind),
        SHOAL_MIDDLEWARE=(
            "shoal_agent.middleware.s3_pointer:fetched,shoal_agent.middleware.envelopes:opened"
        ),
    )
    queues.emptied()
    assert bench.noted() == ["from far away"]
    (letter,) = eventually(queues.dead_letters)
    assert letter["Body"] == pointer("gone"), "the body as it was received"

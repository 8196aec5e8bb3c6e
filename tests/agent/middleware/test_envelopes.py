"""Bodies out of SNS notifications and EventBridge events."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.agent._fakes import eventually
from tests.agent.conftest import Bench, Queues

from shoal_agent import Message
from shoal_agent.middleware.envelopes import open_envelopes, opened

# As docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html has it.
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:orders",
    "Subject": "TestSubject",
    "Message": "inner",
    "Timestamp": "2021-02-16T21:41:19.978Z",
    "SignatureVersion": "1",
    "Signature": "FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2FOTuNYShn2h0bKNC",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
    "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
}
# As docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html has it.
EVENT = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "Order Placed",
    "source": "shop",
    "account": "111122223333",
    "time": "2030-01-31T12:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {"id": 5, "name": "Zoë"},
}


def message(body: Any, **attributes: dict[str, str]) -> Message:
    """Return a message with this body, as JSON unless it is text."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Message({"MessageId": "m", "Body": text, "MessageAttributes": attributes})


def test_a_notification_gives_its_message_and_its_attributes() -> None:
    attributes = {
        "text": {"Type": "String", "Value": "x"},
        "many": {"Type": "String.Array", "Value": '["a", "b"]'},
        "bytes": {"Type": "Binary", "Value": "AAE="},
    }
    inner = open_envelopes(message({**NOTIFICATION, "MessageAttributes": attributes}))
    assert inner.body == "inner"
    assert inner.attributes == {"text": "x", "many": '["a", "b"]', "bytes": b"\x00\x01"}
    assert [envelope["Subject"] for envelope in inner.envelopes] == ["TestSubject"]


def test_a_notification_without_attributes_leaves_the_messages_own() -> None:
    own = {"DataType": "String", "StringValue": "x"}
    assert open_envelopes(message(NOTIFICATION, own=own)).attributes == {"own": "x"}


def test_an_event_gives_its_detail_and_stays_to_read() -> None:
    inner = open_envelopes(message(EVENT))
    assert inner.json() == {"id": 5, "name": "Zoë"}
    (event,) = inner.envelopes
    assert (event["detail-type"], event["source"]) == ("Order Placed", "shop")


def test_an_event_in_a_notification_is_opened_twice_the_outermost_first() -> None:
    inner = open_envelopes(message({**NOTIFICATION, "Message": json.dumps(EVENT)}))
    assert inner.json() == EVENT["detail"]
    assert [len(envelope) for envelope in inner.envelopes] == [len(NOTIFICATION), len(EVENT)]


def test_what_a_sender_puts_in_a_detail_is_not_opened() -> None:
    inner = open_envelopes(message({**EVENT, "detail": NOTIFICATION}))
    assert inner.json() == NOTIFICATION


@pytest.mark.parametrize(
    "body",
    [
        "plain text",
        {"id": 5},
        {**NOTIFICATION, "Type": "SubscriptionConfirmation"},
        {**NOTIFICATION, "Message": {"default": "x"}},
        {key: value for key, value in NOTIFICATION.items() if key != "TopicArn"},
        {key: value for key, value in EVENT.items() if key != "source"},
        {**EVENT, "detail": "text"},
        [NOTIFICATION],
        json.dumps(NOTIFICATION)[:-1],
        json.dumps(EVENT) + "[" * 100_000,
    ],
    ids=lambda body: str(body)[:20],
)
def test_what_is_no_envelope_passes_unchanged(body: Any) -> None:
    given = message(body)
    assert open_envelopes(given) is given


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(
    st.dictionaries(
        st.sampled_from([*NOTIFICATION, *EVENT, "MessageAttributes"]),
        st.none() | st.text() | st.dictionaries(st.text(), st.text() | st.integers()),
    )
)
def test_no_body_however_odd_is_an_error(odd: dict[str, Any]) -> None:
    for base in (NOTIFICATION, EVENT):
        inner = open_envelopes(message({**base, **odd}))
        assert isinstance(inner.body, str)


def test_a_handler_of_either_kind_is_given_the_inside() -> None:
    seen = []

    @opened
    def handle(message: Message) -> None:
        seen.append(message.body)

    @opened
    async def handle_async(message: Message) -> None:
        await asyncio.sleep(0)
        seen.append(message.body)

    handle(message(NOTIFICATION))
    asyncio.run(handle_async(message(NOTIFICATION)))
    assert seen == ["inner", "inner"]


def test_the_id_and_the_receive_count_stay_those_of_the_queue() -> None:
    raw = {
        "MessageId": "m",
        "Body": json.dumps(NOTIFICATION),
        "Attributes": {"ApproximateReceiveCount": "3"},
    }
    inner = open_envelopes(Message(raw))
    assert (inner.message_id, inner.receive_count) == ("m", 3)
    assert inner.with_body("other").envelopes == inner.envelopes


_SUBSCRIBED = """
    def handle(message):
        if message.body == "bad":
            raise Reject("no")
        event = message.envelopes[-1]
        note(f"{message.body} {message.attributes} {event['TopicArn'].split(':')[-1]}")
"""


def test_an_agent_on_a_subscribed_queue_handles_what_was_published(
    queues: Queues, bench: Bench
) -> None:
    sns, sqs = queues.client("sns"), queues.client("sqs")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queues.url, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    kind = {"DataType": "String", "StringValue": "new"}
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes={"kind": kind})
    sns.publish(TopicArn=topic, Message="bad")
    bench.start(queues, _SUBSCRIBED, SHOAL_MIDDLEWARE="shoal_agent.middleware.envelopes:opened")
    queues.emptied()
    assert bench.noted() == ["hello {'kind': 'new'} orders"]
    (letter,) = eventually(queues.dead_letters)
    assert json.loads(letter["Body"])["TopicArn"] == topic, "the body as it was received"

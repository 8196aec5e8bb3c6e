"""What a handler sees of a message, and the ways it can end."""

from datetime import UTC, datetime, timedelta

import pytest

from shoal_agent import Message, Reject, Retry
from shoal_agent.ending import DONE, Ending, How, ending_of

RAW = {
    "MessageId": "id-1",
    "ReceiptHandle": "r",
    "Body": '{"a": 1}',
    "Attributes": {
        "ApproximateReceiveCount": "3",
        "SentTimestamp": "1700000000500",
        "MessageGroupId": "g",
    },
    "MessageAttributes": {
        "text": {"DataType": "String", "StringValue": "x"},
        "count": {"DataType": "Number", "StringValue": "4"},
        "bytes": {"DataType": "Binary", "BinaryValue": "AAE="},
    },
}


def test_a_message_is_what_its_sender_and_sqs_say() -> None:
    message = Message(RAW)
    assert message.json() == {"a": 1}
    assert message.message_id == "id-1"
    assert message.receive_count == 3
    assert message.sent_at == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)
    assert message.group_id == "g"
    assert message.attributes == {"text": "x", "count": "4", "bytes": b"\x00\x01"}


def test_what_sqs_does_not_say_has_a_plain_value() -> None:
    message = Message({"MessageId": "id-1", "Body": ""})
    assert (message.receive_count, message.group_id, message.attributes) == (1, None, {})


def test_another_body_is_another_message_with_the_same_rest() -> None:
    opened = Message(RAW).with_body("inner")
    assert (opened.body, opened.message_id, opened.receive_count) == ("inner", "id-1", 3)
    assert Message(RAW).body == '{"a": 1}'


@pytest.mark.parametrize("after", [5, 5.0, timedelta(seconds=5)])
def test_a_retry_takes_seconds_or_a_timedelta(after: float | timedelta) -> None:
    assert Retry(after).after_s == 5


@pytest.mark.parametrize("after", [-1, timedelta(seconds=-1), float("nan")])
def test_a_retry_in_the_past_is_refused(after: float | timedelta) -> None:
    with pytest.raises(ValueError, match="must be 0 or more"):
        Retry(after)


@pytest.mark.parametrize(
    "ending",
    [
        DONE,
        ending_of(Retry(3)),
        ending_of(Reject("why")),
        ending_of(KeyError("k")),
        Ending(How.DIED, reason="x"),
    ],
)
def test_an_ending_travels_between_processes(ending: Ending) -> None:
    assert Ending.from_wire(ending.to_wire()) == ending


def test_a_failure_is_one_line_with_its_traceback_beside_it() -> None:
    ending = ending_of(ValueError("first\nsecond"))
    assert (ending.how, ending.reason) == (How.FAILED, "ValueError: first")
    assert ending.traceback.startswith("ValueError: first\nsecond")

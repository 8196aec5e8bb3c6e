"""What goes to the dead-letter queue."""

from typing import Any

from shoal_agent import Message
from shoal_agent.dead_letter import dead_letter


def message(attributes: dict[str, Any] | None = None, **system: str) -> Message:
    """Return a message with these attributes."""
    return Message(
        {
            "MessageId": "id-1",
            "Body": "body",
            "MessageAttributes": attributes or {},
            "Attributes": system,
        }
    )


def text(value: str) -> dict[str, str]:
    """Return a message attribute."""
    return {"DataType": "String", "StringValue": value}


def test_the_message_goes_as_it_was_with_the_reason_and_its_id() -> None:
    binary = {"DataType": "Binary", "BinaryValue": "AAE="}
    letter = dead_letter(message({"a": binary}), "no way", fifo=False)
    assert letter == {
        "MessageBody": "body",
        "MessageAttributes": {
            "a": binary,
            "shoal.reason": text("no way"),
            "shoal.message_id": text("id-1"),
        },
    }


def test_of_ten_attributes_the_last_make_room_for_the_reason() -> None:
    letter = dead_letter(message({f"a{n}": text("x") for n in range(10)}), "r", fifo=False)
    names = list(letter["MessageAttributes"])
    assert names == [*(f"a{n}" for n in range(8)), "shoal.reason", "shoal.message_id"]


def test_an_attribute_of_our_names_is_replaced() -> None:
    letter = dead_letter(message({"shoal.reason": text("old")}), "new", fifo=False)
    assert letter["MessageAttributes"]["shoal.reason"] == text("new")


def test_a_reason_is_cut_and_freed_of_what_sqs_refuses() -> None:
    letter = dead_letter(message(), "\x00\ud800" + "x" * 5000, fifo=False)
    reason = letter["MessageAttributes"]["shoal.reason"]["StringValue"]
    assert reason.startswith("??x")
    assert len(reason) == 1000


def test_no_reason_is_said_to_be_none() -> None:
    letter = dead_letter(message(), "", fifo=False)
    assert letter["MessageAttributes"]["shoal.reason"] == text("no reason given")


def test_a_fifo_queue_keeps_the_group_and_drops_a_second_copy() -> None:
    letter = dead_letter(message(MessageGroupId="g"), "r", fifo=True)
    assert (letter["MessageGroupId"], letter["MessageDeduplicationId"]) == ("g", "id-1")


def test_the_trace_header_stays_with_the_message() -> None:
    letter = dead_letter(message(AWSTraceHeader="Root=1"), "r", fifo=False)
    assert letter["MessageSystemAttributes"] == {"AWSTraceHeader": text("Root=1")}

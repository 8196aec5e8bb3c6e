import pytest

from pulumi_shoal.queue_policy import (
    dead_letter_name,
    queue_policy,
    redrive_allow_policy,
    redrive_policy,
    region_of,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"


def test_a_queue_denies_everybody_plaintext_transport() -> None:
    (statement,) = queue_policy(QUEUE)["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == QUEUE


@pytest.mark.parametrize(
    ("source", "service"),
    [
        ("arn:aws:s3:::uploads", "s3.amazonaws.com"),
        ("arn:aws:sns:eu-west-1:123456789012:orders", "sns.amazonaws.com"),
        ("arn:aws:events:eu-west-1:123456789012:rule/nightly", "events.amazonaws.com"),
    ],
)
def test_an_event_source_may_send_and_only_that_one(source: str, service: str) -> None:
    statement = queue_policy(QUEUE, [source])["Statement"][1]
    assert statement["Principal"] == {"Service": service}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": source}}


def test_the_dead_letter_queue_is_named_and_typed_after_its_source() -> None:
    assert dead_letter_name("jobs") == "jobs-dlq"
    assert dead_letter_name("jobs.fifo") == "jobs-dlq.fifo"


def test_redrive_points_both_ways_at_the_same_pair() -> None:
    assert redrive_policy("arn:dlq", 5) == {"deadLetterTargetArn": "arn:dlq", "maxReceiveCount": 5}
    assert redrive_allow_policy(QUEUE) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [QUEUE],
    }


def test_a_fleets_region_is_its_queues() -> None:
    assert region_of(QUEUE) == "eu-west-1"

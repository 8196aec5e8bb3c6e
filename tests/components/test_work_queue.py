"""`WorkQueue` as a program registers it; that AWS takes it is shown against botocore's shapes."""

import json
from typing import Any

import botocore.session
import pytest
from tests.components.programs import queue_program

from pulumi_shoal import SettingsError
from shoal_local.testing import UNKNOWN, Recorded, Resource, evaluate

QUEUE = "aws:sqs/queue:Queue"


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return evaluate(queue_program(), preview=False)


def _queue(recorded: Recorded, name: str = "jobs-queue") -> Resource:
    return recorded.named(name, QUEUE)


def test_a_queue_has_exactly_these_children(recorded: Recorded) -> None:
    component = recorded.only("shoal:index:WorkQueue")
    assert {(child.type, child.name) for child in recorded.children(component.urn)} == {
        (QUEUE, "jobs-queue"),
        (QUEUE, "jobs-dlq"),
        ("aws:sqs/queuePolicy:QueuePolicy", "jobs-policy"),
        ("aws:sqs/queuePolicy:QueuePolicy", "jobs-dlq-policy"),
        ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "jobs-redrive-allow"),
    }
    assert len(recorded.resources) == 6


def test_a_queue_polls_long_and_encrypts_and_keeps_dead_letters_longer(recorded: Recorded) -> None:
    queue, dead_letters = _queue(recorded).inputs, _queue(recorded, "jobs-dlq").inputs
    assert queue["receiveWaitTimeSeconds"] == 20
    assert queue["sqsManagedSseEnabled"] is True
    assert dead_letters["sqsManagedSseEnabled"] is True
    assert dead_letters["messageRetentionSeconds"] > queue["messageRetentionSeconds"]


def test_redrive_names_the_dead_letter_queue_and_admits_only_the_queue(recorded: Recorded) -> None:
    redrive = json.loads(_queue(recorded).inputs["redrivePolicy"])
    admitted = recorded.named("jobs-redrive-allow")
    allow = json.loads(admitted.inputs["redriveAllowPolicy"])
    assert redrive["maxReceiveCount"] == 5
    assert ":sqs:" in redrive["deadLetterTargetArn"]
    assert allow["redrivePermission"] == "byQueue"
    assert allow["sourceQueueArns"] != [redrive["deadLetterTargetArn"]]
    assert _queue(recorded, "jobs-dlq").urn in admitted.dependencies


@pytest.mark.parametrize("policy", ["jobs-policy", "jobs-dlq-policy"])
def test_both_queues_refuse_plaintext(recorded: Recorded, policy: str) -> None:
    (statement,) = json.loads(recorded.named(policy).inputs["policy"])["Statement"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_queues_are_named_by_pulumi_unless_a_name_is_given(recorded: Recorded) -> None:
    assert "name" not in _queue(recorded).inputs
    named = evaluate(queue_program(queue_name="orders.fifo", fifo=True))
    assert _queue(named).inputs["name"] == "orders.fifo"
    assert _queue(named, "jobs-dlq").inputs["name"] == "orders-dlq.fifo"


def test_a_fifo_queues_dead_letter_queue_is_fifo() -> None:
    fifo = evaluate(queue_program(fifo=True))
    assert _queue(fifo).inputs["fifoQueue"] is True
    assert _queue(fifo, "jobs-dlq").inputs["fifoQueue"] is True


def test_a_key_of_the_users_replaces_the_one_of_sqs() -> None:
    keyed = evaluate(queue_program(kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1"))
    for name in ("jobs-queue", "jobs-dlq"):
        assert _queue(keyed, name).inputs["kmsMasterKeyId"].endswith("key/1")
        assert "sqsManagedSseEnabled" not in _queue(keyed, name).inputs


def test_an_event_source_may_send_to_the_queue_and_not_to_its_dlq() -> None:
    fed = evaluate(queue_program(event_source_arns=["arn:aws:s3:::uploads"]), preview=False)
    policies = {
        name: json.loads(fed.named(name).inputs["policy"])["Statement"]
        for name in ("jobs-policy", "jobs-dlq-policy")
    }
    assert [len(statements) for statements in policies.values()] == [2, 1]


def test_a_first_preview_knows_everything_but_what_aws_will_say() -> None:
    queue = _queue(evaluate(queue_program()))
    unknown = {name for name, value in queue.inputs.items() if value is UNKNOWN}
    assert unknown == {"redrivePolicy"}


def test_a_wrong_setting_is_told_before_any_resource() -> None:
    made: list[str] = []

    def program() -> None:
        queue_program(queue_name="orders", fifo=True)()
        made.append("a queue")

    with pytest.raises(SettingsError, match=r"WorkQueue 'jobs': queue_name is 'orders'"):
        evaluate(program)
    assert made == []


def test_sqs_knows_every_attribute_that_a_queue_sets() -> None:
    attributes = {
        "contentBasedDeduplication": "ContentBasedDeduplication",
        "delaySeconds": "DelaySeconds",
        "fifoQueue": "FifoQueue",
        "kmsMasterKeyId": "KmsMasterKeyId",
        "maxMessageSize": "MaximumMessageSize",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "redrivePolicy": "RedrivePolicy",
        "sqsManagedSseEnabled": "SqsManagedSseEnabled",
        "visibilityTimeoutSeconds": "VisibilityTimeout",
    }
    shape: Any = botocore.session.get_session().get_service_model("sqs")
    known = set(shape.shape_for("QueueAttributeName").enum)
    assert set(attributes.values()) <= known
    program = queue_program(fifo=True, content_based_deduplication=True, kms_key_arn="arn:key")
    for resource in evaluate(program).of_type(QUEUE):
        assert set(resource.inputs) <= set(attributes)

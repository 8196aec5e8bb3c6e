from typing import Any

import pytest
from tests.components.agents import HERE

from pulumi_shoal.queue_rules import QUEUE_RULES
from pulumi_shoal.queue_spec import QueueSpec
from pulumi_shoal.settings_reader import read


def _found(**settings: Any) -> dict[str, str]:
    spec = read(QueueSpec, settings, HERE)
    problems = filter(None, (rule(spec) for rule in QUEUE_RULES))
    return {problem.code: HERE.describe(problem) for problem in problems}


@pytest.mark.parametrize(
    "settings", [{}, {"queue_name": "jobs"}, {"queue_name": "jobs.fifo", "fifo": True}]
)
def test_nothing_is_wrong_with_a_plain_queue(settings: dict[str, Any]) -> None:
    assert _found(**settings) == {}


def test_a_fifo_queues_name_ends_in_fifo() -> None:
    found = _found(queue_name="jobs", fifo=True)
    assert set(found) == {"fifo-name-without-suffix"}
    assert "call it jobs.fifo" in found["fifo-name-without-suffix"]


def test_only_a_fifo_queues_name_ends_in_fifo() -> None:
    assert set(_found(queue_name="jobs.fifo")) == {"fifo-suffix-without-fifo"}


def test_a_name_leaves_room_for_the_dead_letter_queues() -> None:
    assert _found(queue_name="j" * 76) == {}
    assert set(_found(queue_name="j" * 77)) == {"queue-name-malformed"}
    assert set(_found(queue_name="my jobs")) == {"queue-name-malformed"}


def test_only_a_fifo_queue_deduplicates() -> None:
    assert set(_found(content_based_deduplication=True)) == {"deduplication-without-fifo"}
    assert _found(content_based_deduplication=True, fifo=True) == {}


def test_dead_letters_are_kept_longer_than_messages() -> None:
    found = _found(message_retention_s=1_209_600)
    assert set(found) == {"dlq-retention-not-longer"}
    assert "here.dead_letter_retention_s is '14d'" in found["dlq-retention-not-longer"]


def test_a_single_receive_is_doubtful() -> None:
    assert set(_found(max_receive_count=1)) == {"no-second-receive"}


def test_only_services_that_send_by_queue_policy_are_event_sources() -> None:
    assert _found(event_source_arns=["arn:aws:s3:::uploads"]) == {}
    lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    assert set(_found(event_source_arns=[lambda_arn])) == {"event-source-unknown"}
    assert set(_found(event_source_arns=["uploads"])) == {"event-source-unknown"}

"""What can be wrong with a queue's settings, one function for each mistake."""

import re
from collections.abc import Callable

from pulumi_shoal.duration import format_duration
from pulumi_shoal.problem import Problem, Severity
from pulumi_shoal.queue_policy import (
    FIFO_SUFFIX,
    SENDER_SERVICES,
    dead_letter_name,
    service_of,
)
from pulumi_shoal.queue_spec import MAX_NAME_LENGTH, QueueSpec

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.fifo)?")


def fifo_name_without_suffix(queue: QueueSpec) -> Problem | None:
    """SQS tells a FIFO queue by its name."""
    name = queue.queue_name
    if name is None or not queue.fifo or name.endswith(FIFO_SUFFIX):
        return None
    return Problem(
        code="fifo-name-without-suffix",
        key="queue_name",
        value=name,
        allowed=f"a name that ends in {FIFO_SUFFIX}",
        why="SQS refuses a FIFO queue of another name",
        fix=f"call it {name}{FIFO_SUFFIX}, or set {{fifo}} to false",
    )


def fifo_suffix_without_fifo(queue: QueueSpec) -> Problem | None:
    """The suffix is reserved for FIFO queues."""
    name = queue.queue_name
    if name is None or queue.fifo or not name.endswith(FIFO_SUFFIX):
        return None
    return Problem(
        code="fifo-suffix-without-fifo",
        key="queue_name",
        value=name,
        allowed=f"a name without {FIFO_SUFFIX}",
        why="only FIFO queues may be called that",
        fix="set {fifo} to true, or rename the queue",
    )


def name_is_malformed(queue: QueueSpec) -> Problem | None:
    """The DLQ's name is longer than the queue's and has to fit too."""
    name = queue.queue_name
    if name is None:
        return None
    longest = MAX_NAME_LENGTH - len(dead_letter_name(name)) + len(name)
    if _NAME.fullmatch(name) and len(name) <= longest:
        return None
    return Problem(
        code="queue-name-malformed",
        key="queue_name",
        value=name,
        allowed=f"letters, digits, hyphens and underscores, at most {longest} characters",
        why=f"SQS allows no other, and the DLQ is called {dead_letter_name('<name>')}",
        fix="rename the queue",
    )


def deduplication_without_fifo(queue: QueueSpec) -> Problem | None:
    """A standard queue does not deduplicate."""
    if queue.fifo or not queue.content_based_deduplication:
        return None
    return Problem(
        code="deduplication-without-fifo",
        key="content_based_deduplication",
        value=True,
        allowed="false for a queue that is not FIFO",
        why="a standard queue delivers duplicates and SQS refuses the setting",
        fix="remove it, or set {fifo} to true",
    )


def dead_letters_expire_first(queue: QueueSpec) -> Problem | None:
    """A message keeps its first timestamp on a standard queue's way to the DLQ."""
    if queue.dead_letter_retention_s > queue.message_retention_s:
        return None
    return Problem(
        code="dlq-retention-not-longer",
        key="dead_letter_retention_s",
        value=format_duration(queue.dead_letter_retention_s),
        allowed=f"more than {{message_retention_s}} ({format_duration(queue.message_retention_s)})",
        why="a dead letter's age counts from when it was first sent, so it could vanish on arrival",
        fix="raise it, or lower {message_retention_s}",
    )


def one_receive_only(queue: QueueSpec) -> Problem | None:
    """One receive means that a scale-in sends good messages to the DLQ."""
    if queue.max_receive_count > 1:
        return None
    return Problem(
        code="no-second-receive",
        key="max_receive_count",
        value=queue.max_receive_count,
        allowed="2 or more",
        why="a message that a draining agent hands back, or a crash drops, goes to the DLQ at once",
        fix="raise it, unless no message may ever be tried twice",
        severity=Severity.WARNING,
    )


def source_cannot_send(queue: QueueSpec) -> Problem | None:
    """The queue policy names the service behind each source."""
    plain = [arn for arn in queue.event_source_arns if isinstance(arn, str)]
    unknown = next((arn for arn in plain if service_of(arn) not in SENDER_SERVICES), None)
    if unknown is None:
        return None
    return Problem(
        code="event-source-unknown",
        key="event_source_arns",
        value=unknown,
        allowed=f"ARNs of {', '.join(SENDER_SERVICES)}",
        why="only those services send to a queue by its policy",
        fix="give the sender an IAM permission of its own",
    )


QUEUE_RULES: tuple[Callable[[QueueSpec], Problem | None], ...] = (
    fifo_name_without_suffix,
    fifo_suffix_without_fifo,
    name_is_malformed,
    deduplication_without_fifo,
    dead_letters_expire_first,
    one_receive_only,
    source_cannot_send,
)

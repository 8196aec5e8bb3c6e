"""What stands beside an SQS queue: its policy, its redrive policies, the names of a pair."""

from collections.abc import Sequence
from typing import Any

from pulumi_shoal.iam_policy import POLICY_VERSION

FIFO_SUFFIX = ".fifo"

_SENDERS = {
    "s3": "s3.amazonaws.com",
    "sns": "sns.amazonaws.com",
    "events": "events.amazonaws.com",
}
SENDER_SERVICES = tuple(_SENDERS)


def queue_policy(queue_arn: str, source_arns: Sequence[str] = ()) -> dict[str, Any]:
    """Return a queue's policy: no plaintext transport, and the services that may send to it."""
    statements = [_deny_plaintext(queue_arn)]
    statements += [_allow_source(queue_arn, source) for source in source_arns]
    return {"Version": POLICY_VERSION, "Statement": statements}


def _deny_plaintext(queue_arn: str) -> dict[str, Any]:
    return {
        "Sid": "DenyPlaintextTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _allow_source(queue_arn: str, source_arn: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": _SENDERS[service_of(source_arn)]},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }


def service_of(arn: str) -> str:
    """Return the service an ARN belongs to: `s3` of `arn:aws:s3:::uploads`."""
    parts = arn.split(":")
    return parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - arn:partition:service


def region_of(arn: str) -> str:
    """Return the region in an ARN: a queue's own, whatever the provider's default is."""
    return arn.split(":")[3]


def redrive_policy(dead_letter_queue_arn: str, max_receive_count: int) -> dict[str, Any]:
    """Return the rule that moves a message to the DLQ after its last receive."""
    return {"deadLetterTargetArn": dead_letter_queue_arn, "maxReceiveCount": max_receive_count}


def redrive_allow_policy(queue_arn: str) -> dict[str, Any]:
    """Return the rule that lets one queue, and no other, use a DLQ."""
    return {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn]}


def dead_letter_name(queue_name: str) -> str:
    """Return the DLQ's name: `jobs-dlq` for `jobs`, `jobs-dlq.fifo` for `jobs.fifo`."""
    stem = queue_name.removesuffix(FIFO_SUFFIX)
    return f"{stem}-dlq{FIFO_SUFFIX if stem != queue_name else ''}"

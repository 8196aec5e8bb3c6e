"""The settings of a queue and its dead-letter queue."""

from dataclasses import dataclass
from typing import ClassVar, NotRequired, TypedDict

import pulumi

from pulumi_shoal.setting_kind import FLAG, INPUT, INPUTS, TEXT, WHOLE, WHOLE_DURATION
from pulumi_shoal.settings_reader import setting
from shoal_agent import contract

# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MIN_RETENTION_S = 60
MAX_RETENTION_S = 1_209_600
MAX_DELAY_S = 900
MIN_MESSAGE_BYTES = 1_024
MAX_MESSAGE_BYTES = 1_048_576
MAX_RECEIVE_COUNT = 1_000
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
MAX_NAME_LENGTH = 80


class WorkQueueArgs(TypedDict):
    """A queue with its dead-letter queue (DLQ)."""

    queue_name: NotRequired[str]
    """Name of the queue in AWS; of the DLQ, with `-dlq` added. A FIFO queue's ends in `.fifo`.
    Default: the component's name with a random suffix, so that two stacks never collide."""
    fifo: NotRequired[bool]
    """Whether messages of one group are delivered in order, once. Default: false."""
    content_based_deduplication: NotRequired[bool]
    """Whether a FIFO queue takes equal bodies for duplicates. Default: false, so senders give an
    id."""
    visibility_timeout_s: NotRequired[int]
    """Seconds a received message stays hidden. Default: 90. Agents set their own on every
    receive; this one holds for other consumers. Best taken from `QueueAgent.plan`."""
    max_receive_count: NotRequired[int]
    """Receives after which a message goes to the DLQ. Default: 5. Draining agents hand messages
    back, and each time counts as a receive, so a low number sends good messages away."""
    message_retention_s: NotRequired[int]
    """Seconds a message waits before SQS deletes it. Default: 4 days. Must be shorter than
    `dead_letter_retention_s`."""
    dead_letter_retention_s: NotRequired[int]
    """Seconds a message is kept in the DLQ, counted from when it was first sent unless the
    queue is FIFO. Default: 14 days, the longest SQS allows."""
    delay_s: NotRequired[int]
    """Seconds before a sent message can be received. Default: 0."""
    max_message_bytes: NotRequired[int]
    """Largest message accepted, in bytes. Default: 1 MiB, the largest SQS allows."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that encrypts both queues. Default: none, so keys that SQS manages."""
    event_source_arns: NotRequired[list[pulumi.Input[str]]]
    """S3 buckets, SNS topics and EventBridge rules that may send to the queue, by ARN. Default:
    none; senders then need an IAM permission of their own."""


@dataclass(frozen=True, kw_only=True)
class QueueSpec:
    """The settings of a queue that an agent's section can hold."""

    ARGS: ClassVar[type] = WorkQueueArgs

    queue_name: str | None = setting(TEXT, default=None)
    fifo: bool = setting(FLAG, default=False)
    content_based_deduplication: bool = setting(FLAG, default=False)
    max_receive_count: int = setting(WHOLE, default=5, least=1, most=MAX_RECEIVE_COUNT)
    message_retention_s: int = setting(
        WHOLE_DURATION, default=345_600, least=MIN_RETENTION_S, most=MAX_RETENTION_S
    )
    dead_letter_retention_s: int = setting(
        WHOLE_DURATION, default=MAX_RETENTION_S, least=MIN_RETENTION_S, most=MAX_RETENTION_S
    )
    delay_s: int = setting(WHOLE_DURATION, default=0, least=0, most=MAX_DELAY_S)
    max_message_bytes: int = setting(
        WHOLE, default=MAX_MESSAGE_BYTES, least=MIN_MESSAGE_BYTES, most=MAX_MESSAGE_BYTES
    )
    kms_key_arn: pulumi.Input[str] | None = setting(INPUT, default=None)
    event_source_arns: list[pulumi.Input[str]] = setting(INPUTS, default=[])


@dataclass(frozen=True, kw_only=True)
class WorkQueueSpec(QueueSpec):
    """The settings of a `WorkQueue`: an agent's section, and the timeout an agent derives."""

    visibility_timeout_s: int = setting(
        WHOLE_DURATION,
        default=contract.DEFAULT_VISIBILITY_TIMEOUT_S,
        least=0,
        most=contract.MAX_VISIBILITY_TIMEOUT_S,
    )

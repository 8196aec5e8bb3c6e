"""`WorkQueue`: an SQS queue and its dead-letter queue, as a queue of work should be.

Both are encrypted, refuse plaintext transport and poll long; a message that keeps failing ends
in the DLQ, which takes messages of this queue alone and keeps them longer.
"""

import pulumi
import pulumi_aws as aws

from pulumi_shoal.agent_args import QueueRefArgs
from pulumi_shoal.checks import read_args
from pulumi_shoal.queue_policy import (
    dead_letter_name,
    queue_policy,
    redrive_allow_policy,
    redrive_policy,
)
from pulumi_shoal.queue_spec import WorkQueueArgs, WorkQueueSpec
from shoal_agent import contract


class WorkQueue(pulumi.ComponentResource):
    """An SQS queue with its dead-letter queue, encrypted and closed to plaintext transport."""

    url: pulumi.Output[str]
    """URL of the queue."""
    arn: pulumi.Output[str]
    """ARN of the queue."""
    queue_name: pulumi.Output[str]
    """Name of the queue."""
    dead_letter_url: pulumi.Output[str]
    """URL of the dead-letter queue."""
    dead_letter_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    dead_letter_name: pulumi.Output[str]
    """Name of the dead-letter queue."""

    def __init__(
        self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(WorkQueueSpec, f"WorkQueue '{name}'", args)
        super().__init__("shoal:index:WorkQueue", name, None, opts)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)

        dead_letters = self._make_dead_letter_queue()
        queue = self._make_queue(dead_letters)
        self._admit_only(queue, dead_letters)
        self._refuse_plaintext("policy", queue, spec.event_source_arns)
        self._refuse_plaintext("dlq-policy", dead_letters, [])

        self.url, self.arn, self.queue_name = queue.url, queue.arn, queue.name
        self.dead_letter_url, self.dead_letter_arn = dead_letters.url, dead_letters.arn
        self.dead_letter_name = dead_letters.name
        self.register_outputs(
            {
                "url": self.url,
                "arn": self.arn,
                "queueName": self.queue_name,
                "deadLetterUrl": self.dead_letter_url,
                "deadLetterArn": self.dead_letter_arn,
                "deadLetterName": self.dead_letter_name,
            }
        )

    @property
    def ref(self) -> QueueRefArgs:
        """What a `QueueAgent` needs to know of this queue."""
        ref: QueueRefArgs = {
            "url": self.url,
            "arn": self.arn,
            "dead_letter_url": self.dead_letter_url,
            "dead_letter_arn": self.dead_letter_arn,
        }
        key = self._spec.kms_key_arn
        return ref if key is None else {**ref, "kms_key_arn": key}

    def _make_dead_letter_queue(self) -> aws.sqs.Queue:
        given = self._spec.queue_name
        return aws.sqs.Queue(
            f"{self._name}-dlq",
            name=None if given is None else dead_letter_name(given),
            fifo_queue=self._spec.fifo or None,
            message_retention_seconds=self._spec.dead_letter_retention_s,
            max_message_size=self._spec.max_message_bytes,
            sqs_managed_sse_enabled=self._managed_encryption,
            kms_master_key_id=self._spec.kms_key_arn,
            opts=self._child,
        )

    def _make_queue(self, dead_letters: aws.sqs.Queue) -> aws.sqs.Queue:
        spec = self._spec
        redrive = dead_letters.arn.apply(lambda arn: redrive_policy(arn, spec.max_receive_count))
        return aws.sqs.Queue(
            f"{self._name}-queue",
            name=spec.queue_name,
            fifo_queue=spec.fifo or None,
            content_based_deduplication=spec.content_based_deduplication or None,
            delay_seconds=spec.delay_s,
            max_message_size=spec.max_message_bytes,
            message_retention_seconds=spec.message_retention_s,
            receive_wait_time_seconds=contract.LONG_POLL_S,
            visibility_timeout_seconds=spec.visibility_timeout_s,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            sqs_managed_sse_enabled=self._managed_encryption,
            kms_master_key_id=spec.kms_key_arn,
            opts=self._child,
        )

    @property
    def _managed_encryption(self) -> bool | None:
        # SQS takes one of the two; a false beside a key shows up as a change for ever.
        return True if self._spec.kms_key_arn is None else None

    def _admit_only(self, queue: aws.sqs.Queue, dead_letters: aws.sqs.Queue) -> None:
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-redrive-allow",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(queue.arn.apply(redrive_allow_policy)),
            opts=self._child,
        )

    def _refuse_plaintext(
        self, suffix: str, queue: aws.sqs.Queue, sources: list[pulumi.Input[str]]
    ) -> None:
        policy = pulumi.Output.all(queue.arn, *sources).apply(
            lambda arns: queue_policy(arns[0], arns[1:])
        )
        aws.sqs.QueuePolicy(
            f"{self._name}-{suffix}",
            queue_url=queue.url,
            policy=pulumi.Output.json_dumps(policy),
            opts=self._child,
        )

"""Small programs and components that the tests of the monitor evaluate."""

import pulumi
from pulumi_aws import sqs

WORK_QUEUE = "test:index:WorkQueue"
QUEUE = "aws:sqs/queue:Queue"


class WorkQueue(pulumi.ComponentResource):
    """A queue with a dead-letter queue, the smallest component with a dependency in it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(WORK_QUEUE, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dlq = sqs.Queue(f"{name}-dlq", opts=child)
        self.queue = sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=30,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": self.dlq.arn}),
            opts=child,
        )
        self.register_outputs({"url": self.queue.url})

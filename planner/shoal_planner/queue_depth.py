"""What SQS says is in a queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The three counts of `GetQueueAttributes`, in messages.

    `visible` is ApproximateNumberOfMessages, `in_flight` is
    ApproximateNumberOfMessagesNotVisible, `delayed` is ApproximateNumberOfMessagesDelayed.
    """

    visible: int
    in_flight: int = 0
    delayed: int = 0


EMPTY_QUEUE = QueueDepth(visible=0)

"""How deep the queue is and how old its oldest message, read from moto in this process.

Reading the counts over HTTP would cost moto more than the agents' own requests do at this
size; a reading here takes its lock for microseconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from shoal_local.moto_server import ACCOUNT_ID
from shoal_planner import QueueDepth

if TYPE_CHECKING:
    from moto.sqs.models import Queue


@dataclass(frozen=True, slots=True)
class QueueReading:
    """A queue at one instant."""

    depth: QueueDepth
    oldest_s: float | None
    """Seconds since the oldest message in it was sent; None while it is empty."""


class QueueGauge:
    """Reads one queue of moto, by its URL."""

    def __init__(self, url: str, region: str) -> None:
        self.url = url
        self._name = url.rsplit("/", 1)[-1]
        self._region = region

    def read(self) -> QueueReading:
        """Return the queue's counts, which unlike SQS's are exact."""
        queue = self._queue()
        with queue._messages_lock:  # noqa: SLF001 - moto has no public one
            messages = list(queue._messages)  # noqa: SLF001
            delayed = sum(message.delayed for message in messages)
            in_flight = sum(not message.visible for message in messages)
            sent_ms: list[Any] = [message.sent_timestamp for message in messages]
        age_s = time.time() - min(sent_ms) / 1000 if sent_ms else None
        visible = len(messages) - in_flight - delayed
        return QueueReading(QueueDepth(visible, in_flight, delayed), age_s)

    def depth(self) -> QueueDepth:
        """Return the counts alone."""
        return self.read().depth

    def message_ids(self) -> set[str]:
        """Return the id of every message that is in the queue, whatever its state."""
        queue = self._queue()
        with queue._messages_lock:  # noqa: SLF001
            return {message.id for message in queue._messages}  # noqa: SLF001

    def _queue(self) -> Queue:
        found: Queue = get_backend("sqs")[ACCOUNT_ID][self._region].get_queue(self._name)
        return found

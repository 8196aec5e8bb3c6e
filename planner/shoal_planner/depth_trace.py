"""The depth of a queue over time, as a recording gives it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from shoal_planner.queue_depth import EMPTY_QUEUE, QueueDepth


@dataclass(frozen=True, slots=True)
class DepthTrace:
    """A step function: each depth holds from its instant until the next.

    `times_ms` ascend; of two at one instant the later in the list holds. A depth of None is a
    time when the queue could not be read. Before the first instant the queue is empty.
    """

    times_ms: Sequence[int]
    depths: Sequence[QueueDepth | None]

    def at(self, now_ms: int) -> QueueDepth | None:
        """Return the depth at an instant."""
        index = bisect_right(self.times_ms, now_ms) - 1
        return EMPTY_QUEUE if index < 0 else self.depths[index]

    @property
    def last_ms(self) -> int:
        """The instant of the last change; 0 for an empty trace."""
        return self.times_ms[-1] if self.times_ms else 0

"""An EC2 Auto Scaling group whose alarms watch the queue: capacity once a minute.

CloudWatch gets the queue's counts once a minute and shows them a little later; the policies
see them then. With several policies the largest capacity wins, as in Auto Scaling.
"""

from collections import deque
from collections.abc import Sequence

from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaling_policy import GroupMetrics, ScalingPolicy

PERIOD_MS = 60_000
DEFAULT_METRIC_DELAY_S = 60.0


class AutoScalingGroup:
    """See ReplicaScaler.

    `metric_delay_s` is how old a datapoint is when an alarm sees it (default 60 s). CloudWatch
    asks SQS for nothing, so `queue_reads` stays 0.
    """

    def __init__(
        self,
        policies: Sequence[ScalingPolicy],
        *,
        min_size: int,
        max_size: int,
        created_ms: int = 0,
        metric_delay_s: float = DEFAULT_METRIC_DELAY_S,
    ) -> None:
        if not 0 <= min_size <= max_size:
            raise PlannerInputError("min_size", min_size, allowed=f"0 to max_size, {max_size}")
        self._policies = policies
        self._min_size, self._max_size = min_size, max_size
        periods = round(metric_delay_s * 1000 / PERIOD_MS)
        self._samples: deque[GroupMetrics] = deque(maxlen=periods + 1)
        self.next_due_ms = created_ms
        self.queue_reads = 0

    def step(
        self,
        now_ms: int,
        depth: QueueDepth | None,
        *,
        spec_replicas: int,
        status_replicas: int,
        ready_replicas: int | None = None,
    ) -> int:
        """Take this minute's datapoint, let the policies see the newest published one."""
        self.next_due_ms = now_ms + PERIOD_MS
        in_service = status_replicas if ready_replicas is None else ready_replicas
        visible = None if depth is None else depth.visible
        self._samples.append(GroupMetrics(visible, in_service))
        capacity = self._bounded(spec_replicas)
        if len(self._samples) < (self._samples.maxlen or 0):
            return capacity
        metrics = self._samples[0]
        votes = [policy.wanted(now_ms, metrics, capacity=capacity) for policy in self._policies]
        wanted = [vote for vote in votes if vote is not None]
        return self._bounded(max(wanted)) if wanted else capacity

    def _bounded(self, capacity: int) -> int:
        return max(self._min_size, min(self._max_size, capacity))

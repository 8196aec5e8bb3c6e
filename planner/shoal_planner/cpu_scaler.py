"""The usual first attempt: an HPA on CPU utilization.

An agent that waits for others uses little CPU however long its queue is, so the HPA sees a
calm fleet in front of any backlog: utilization cannot exceed `cpu_share` of the slots. The HPA
here is the one of the KEDA model; only the metric differs. It never goes below one replica.
"""

from shoal_planner.hpa import SYNC_PERIOD_MS, HorizontalPodAutoscaler
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaled_object import ScaledObject


class CpuScaler:
    """See ReplicaScaler.

    `target_percent` is the HPA's averageUtilization of the CPU request (one slot's full use is
    100 % divided by the concurrency); `cpu_share` is the part of the processing time an agent
    spends on its CPU, `concurrency` its slots.
    """

    def __init__(
        self,
        *,
        target_percent: int,
        min_replicas: int,
        max_replicas: int,
        concurrency: int,
        cpu_share: float,
        created_ms: int = 0,
    ) -> None:
        if not 1 <= target_percent <= 100:  # noqa: PLR2004
            raise PlannerInputError("target_percent", target_percent, allowed="1 to 100")
        self._hpa = HorizontalPodAutoscaler(
            ScaledObject(
                queue_length=target_percent,
                min_replica_count=max(min_replicas, 1),
                max_replica_count=max_replicas,
            )
        )
        self._percent_per_message = 100 * cpu_share / concurrency
        self.next_due_ms = created_ms + SYNC_PERIOD_MS
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
        """Run one sync on the CPU that the messages in flight use."""
        self.next_due_ms = now_ms + SYNC_PERIOD_MS
        ready = status_replicas if ready_replicas is None else ready_replicas
        metric = None
        if depth is not None:
            metric = round(depth.in_flight * self._percent_per_message * 1000)
        return self._hpa.sync(
            now_ms,
            lambda: metric,
            spec_replicas=spec_replicas,
            status_replicas=status_replicas,
            ready_replicas=ready,
        )

"""What decides how many replicas a fleet has: the shape that every scaling policy shares."""

from typing import Protocol

from shoal_planner.queue_depth import QueueDepth


class ReplicaScaler(Protocol):
    """`FleetScaler` (KEDA and the HPA), a fixed fleet, a CPU-driven HPA, an Auto Scaling group."""

    @property
    def next_due_ms(self) -> int:
        """When `step` must next be called."""

    @property
    def queue_reads(self) -> int:
        """GetQueueAttributes requests made so far; each is paid for."""

    def step(
        self,
        now_ms: int,
        depth: QueueDepth | None,
        *,
        spec_replicas: int,
        status_replicas: int,
        ready_replicas: int | None = None,
    ) -> int:
        """Run what is due and return the replicas wanted from now on."""

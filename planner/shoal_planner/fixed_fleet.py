"""The baseline of baselines: a number of replicas, day and night."""

from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth

LOOK_EVERY_MS = 60_000


class FixedFleet:
    """See ReplicaScaler. Sets its number at `created_ms`, and changes nothing after.

    It is due once a minute all the same: a simulation notes the queue when its scaler looks.
    """

    def __init__(self, replicas: int, *, created_ms: int = 0) -> None:
        if replicas < 0:
            raise PlannerInputError("replicas", replicas, allowed="0 or more")
        self._replicas = replicas
        self.next_due_ms = created_ms
        self.queue_reads = 0

    def step(
        self,
        now_ms: int,
        depth: QueueDepth | None,  # noqa: ARG002 - the shape of every scaler
        *,
        spec_replicas: int,  # noqa: ARG002
        status_replicas: int,  # noqa: ARG002
        ready_replicas: int | None = None,  # noqa: ARG002
    ) -> int:
        """Return the number, whatever the queue says."""
        self.next_due_ms = now_ms + LOOK_EVERY_MS
        return self._replicas

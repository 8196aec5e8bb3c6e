"""KEDA's loop and the HPA together, on one clock.

Time is the caller's: a simulator steps from instant to instant, a laptop steps when
`next_due_ms` comes round. A poll and a sync that fall on the same instant run in the order
sync, poll: KEDA makes the HPA before it starts its own loop, and real runs mostly go that way.
So a fleet that a poll wakes from zero takes its next step a full sync period later.
"""

from shoal_planner.hpa import SYNC_PERIOD_MS, HorizontalPodAutoscaler
from shoal_planner.keda_operator import KedaOperator
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaled_object import ScaledObject

NEVER_MS = 2**63 - 1


class FleetScaler:
    """What decides the replicas of one fleet.

    All times are milliseconds on one clock of the caller's. `created_ms` is when the
    ScaledObject is created; `first_poll_ms` (default: at once) and `first_sync_ms` (default:
    one sync period later) are the first instants of the two loops.
    """

    def __init__(
        self,
        scaled_object: ScaledObject,
        *,
        created_ms: int,
        first_poll_ms: int | None = None,
        first_sync_ms: int | None = None,
        sync_period_ms: int = SYNC_PERIOD_MS,
    ) -> None:
        self._scaled_object = scaled_object
        self._keda = KedaOperator(scaled_object, created_ms=created_ms)
        self._hpa = HorizontalPodAutoscaler(scaled_object)
        self._polling_interval_ms = scaled_object.polling_interval_s * 1000
        self._sync_period_ms = sync_period_ms
        self._next_poll_ms = created_ms if first_poll_ms is None else first_poll_ms
        self._next_sync_ms = created_ms + sync_period_ms if first_sync_ms is None else first_sync_ms
        if scaled_object.paused:
            # A paused ScaledObject has neither HPA nor loop. The reconciler, which would start
            # the loop with a first poll, sets the replicas at that instant.
            self._next_sync_ms = NEVER_MS

    @property
    def next_due_ms(self) -> int:
        """When `step` must next be called; NEVER_MS once a paused fleet has been set."""
        poll_ms, sync_ms = self._next_poll_ms, self._next_sync_ms
        return poll_ms if poll_ms < sync_ms else sync_ms  # noqa: FURB136 - the hot path

    @property
    def queue_reads(self) -> int:
        """How many GetQueueAttributes requests KEDA has made so far, each of which is paid for."""
        return self._keda.queue_reads

    def step(
        self,
        now_ms: int,
        depth: QueueDepth | None,
        *,
        spec_replicas: int,
        status_replicas: int,
        ready_replicas: int | None = None,
    ) -> int:
        """Run what is due at `now_ms` and return the new spec.replicas.

        `depth` is the queue at that instant, None where it cannot be read. `status_replicas`
        are the pods that exist; `ready_replicas` (default: all of them) matter to the metric
        type Value alone. A loop that is several rounds late runs once, as a timer does.
        """
        ready = status_replicas if ready_replicas is None else ready_replicas
        while True:
            if self._next_sync_ms <= self._next_poll_ms:
                if self._next_sync_ms > now_ms:
                    return spec_replicas
                at_ms = self._latest(self._next_sync_ms, now_ms, self._sync_period_ms)
                self._next_sync_ms = at_ms + self._sync_period_ms
                spec_replicas = self._sync(at_ms, depth, spec_replicas, status_replicas, ready)
            else:
                if self._next_poll_ms > now_ms:
                    return spec_replicas
                at_ms = self._latest(self._next_poll_ms, now_ms, self._polling_interval_ms)
                self._next_poll_ms = at_ms + self._polling_interval_ms
                spec_replicas = self._poll(at_ms, depth, spec_replicas, ready)

    @staticmethod
    def _latest(due_ms: int, now_ms: int, period_ms: int) -> int:
        late_ms = now_ms - due_ms
        return due_ms if late_ms < period_ms else due_ms + late_ms // period_ms * period_ms

    def _sync(
        self, at_ms: int, depth: QueueDepth | None, spec: int, status: int, ready: int
    ) -> int:
        return self._hpa.sync(
            at_ms,
            lambda: self._keda.external_metric(depth, spec_replicas=spec, ready_replicas=ready),
            spec_replicas=spec,
            status_replicas=status,
            ready_replicas=ready,
        )

    def _poll(self, at_ms: int, depth: QueueDepth | None, spec: int, ready: int) -> int:
        scaled_object = self._scaled_object
        if scaled_object.paused:
            self._next_poll_ms = NEVER_MS
            return spec if scaled_object.paused_replicas is None else scaled_object.paused_replicas
        return self._keda.poll(
            at_ms,
            depth,
            spec_replicas=spec,
            ready_replicas=ready,
            hpa_scaling_active=self._hpa.scaling_active is True,
        )

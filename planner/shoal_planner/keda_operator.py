"""KEDA's operator: its polling loop, and the metric it serves to the HPA.

Each poll finds the queue active or not, and then only moves a fleet to and from zero (or idle):

- active at 0 replicas (or, with idle mode, below the minimum): to max(minReplicaCount, 1);
- inactive: to idleReplicaCount, or to 0 where the minimum is 0, once the cooldown has passed
  since the last active poll; straight from any number, past the HPA's scale-down policies;
- inactive below the minimum, without idle mode: to the minimum.

Everything in between is the HPA's, which asks KEDA for the metric at each of its own syncs.

Source: kedacore/keda v2.21.0, pkg/scaling/executor/scale_scaledobjects.go (RequestScale),
pkg/scaling/scale_handler.go (observeMetric, getScalerState), pkg/fallback/fallback.go.
"""

from typing import NamedTuple

from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaled_object import ScaledObject


class MetricsRecord(NamedTuple):
    """What one look at the queue gave: a metric in milli-messages, or None for an error."""

    metric_milli: int | None
    active: bool
    fallback_active: bool = False


class KedaOperator:
    """KEDA's side of one ScaledObject.

    Its state: when the fleet was last active, failures in a row, and the last record that the
    HPA's questions or (with useCachedMetrics) the polls have left. `queue_reads` counts the
    GetQueueAttributes requests, which are paid for.
    """

    def __init__(self, scaled_object: ScaledObject, *, created_ms: int) -> None:
        self._scaled_object = scaled_object
        self._initial_cooldown_ends_ms = created_ms + scaled_object.initial_cooldown_period_s * 1000
        self._last_active_ms: int | None = None
        self._failures = 0
        self._record: MetricsRecord | None = None
        self.queue_reads = 0

    def external_metric(
        self, depth: QueueDepth | None, *, spec_replicas: int, ready_replicas: int
    ) -> int | None:
        """Return the metric that the HPA gets, in milli-messages; None for an error."""
        cached = self._record if self._scaled_object.use_cached_metrics else None
        record = self._observe(depth, cached, spec_replicas, ready_replicas)
        if self._scaled_object.uses_hpa_observations:
            self._record = record
        return record.metric_milli

    def poll(
        self,
        now_ms: int,
        depth: QueueDepth | None,
        *,
        spec_replicas: int,
        ready_replicas: int,
        hpa_scaling_active: bool,
    ) -> int:
        """Run one poll and return the replicas it leaves."""
        scaled_object = self._scaled_object
        record = None
        if hpa_scaling_active and scaled_object.uses_hpa_observations:
            record = self._record
        if record is None:
            record = self._observe(depth, None, spec_replicas, ready_replicas)
        failed = record.metric_milli is None
        active = record.active or record.fallback_active
        replicas = self._request_scale(now_ms, spec_replicas, active=active, failed=failed)
        if scaled_object.use_cached_metrics:
            self._record = record
        return replicas

    def _observe(
        self, depth: QueueDepth | None, cached: MetricsRecord | None, spec: int, ready: int
    ) -> MetricsRecord:
        if cached is None:
            raw = self._read_queue(depth)
        else:
            # A cached fallback counts as a success: KEDA stores it without its error.
            raw = MetricsRecord(cached.metric_milli, cached.active)
        if raw.metric_milli is not None:
            self._failures = 0
            return raw
        return self._fall_back(spec, ready)

    def _read_queue(self, depth: QueueDepth | None) -> MetricsRecord:
        self.queue_reads += 1
        if depth is None:
            return MetricsRecord(None, active=False)
        backlog = self._scaled_object.backlog(depth)
        return MetricsRecord(
            backlog * 1000, active=backlog > self._scaled_object.activation_queue_length
        )

    def _fall_back(self, spec: int, ready: int) -> MetricsRecord:
        fallback = self._scaled_object.fallback
        failed = MetricsRecord(None, active=False)
        if fallback is None:
            return failed
        self._failures += 1
        if self._failures <= fallback.failure_threshold:
            return failed
        wanted = float(fallback.wanted(spec))
        if self._scaled_object.metric_type == "Value":
            if ready == 0:
                return failed
            wanted /= ready
        metric_milli = int(self._scaled_object.queue_length * 1000 * wanted)
        return MetricsRecord(metric_milli, active=False, fallback_active=True)

    def _request_scale(self, now_ms: int, current: int, *, active: bool, failed: bool) -> int:
        scaled_object = self._scaled_object
        if active or scaled_object.force_activation:
            return self._keep_active(now_ms, current, failed=failed)
        fallback = scaled_object.fallback
        if failed and (fallback is None or fallback.replicas != 0):
            return current
        idle = scaled_object.idle_replica_count
        minimum = scaled_object.min_replica_count
        if (idle is not None and current > idle) or (current > 0 and minimum == 0):
            return self._scale_to_zero_or_idle(now_ms, current)
        if idle is None and current < minimum:
            return minimum
        return current

    def _keep_active(self, now_ms: int, current: int, *, failed: bool) -> int:
        scaled_object = self._scaled_object
        below_minimum = (
            scaled_object.idle_replica_count is not None
            and current < scaled_object.min_replica_count
        )
        if current == 0 or below_minimum:
            if scaled_object.paused_scale_out:
                return current
            self._last_active_ms = now_ms
            return max(scaled_object.min_replica_count, 1)
        if not failed:
            self._last_active_ms = now_ms
        return current

    def _scale_to_zero_or_idle(self, now_ms: int, current: int) -> int:
        scaled_object = self._scaled_object
        if scaled_object.paused_scale_in:
            return current
        if self._last_active_ms is None:
            cooldown_ends_ms = self._initial_cooldown_ends_ms
        else:
            # status.lastActiveTime keeps whole seconds.
            last_active_ms = self._last_active_ms // 1000 * 1000
            cooldown_ends_ms = last_active_ms + scaled_object.cooldown_period_s * 1000
        if now_ms < cooldown_ends_ms:
            return current
        idle = scaled_object.idle_replica_count
        return scaled_object.min_replica_count if idle is None else idle

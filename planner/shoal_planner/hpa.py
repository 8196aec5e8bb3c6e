"""The HorizontalPodAutoscaler, one sync at a time.

At each sync (every 15 s): stand still at 0 replicas; return to the bounds if outside them;
otherwise ask for the metric, turn it into a recommendation, stabilize it over recent ones, hold
it to a rate, and scale. Two paths differ in the last steps:

- without a behavior (legacy): the highest recommendation of the last 300 s, at most
  max(2 x current, 4). A burst that has gone keeps the fleet up for 300 s, and a fleet that
  KEDA took to zero and one message woke again climbs back to where the burst had it: the
  phantom scale-up.
- with a behavior: the windows and policies it gives, and defaults where it gives none.

The metric must be asked for exactly when the real controller asks, because asking counts:
requests cost money, and failures lead to KEDA's fallback.

Source: kubernetes v1.36.3, pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler).
"""

from collections.abc import Callable

from shoal_planner.behavior_rate import BehaviorRate
from shoal_planner.hpa_behavior import DEFAULT_TOLERANCE, DOWNSCALE_STABILIZATION_S
from shoal_planner.recent_recommendations import RecentRecommendations
from shoal_planner.replica_calculator import average_value_replicas, value_replicas
from shoal_planner.scaled_object import ScaledObject

SYNC_PERIOD_MS = 15_000  # kube-controller-manager --horizontal-pod-autoscaler-sync-period
SCALE_UP_LIMIT_FACTOR = 2  # legacy path: scaleUpLimitFactor
SCALE_UP_LIMIT_MINIMUM = 4  # legacy path: scaleUpLimitMinimum


class HorizontalPodAutoscaler:
    """The HPA that KEDA makes for a ScaledObject.

    Its state: recommendations and scale events, both only in the controller's memory, and
    whether its ScalingActive condition is True (False at 0 replicas and while the metric fails,
    None before it first says so).
    """

    def __init__(self, scaled_object: ScaledObject) -> None:
        self._min_replicas = scaled_object.hpa_min_replicas
        self._max_replicas = scaled_object.max_replica_count
        self._target_milli = scaled_object.queue_length * 1000
        self._per_replica = scaled_object.metric_type == "AverageValue"
        self.scaling_active: bool | None = None
        self._synced = False

        behavior = scaled_object.hpa_behavior
        self._rate: BehaviorRate | None = None
        self._lowest_recent: RecentRecommendations | None = None
        self._tolerance_up = self._tolerance_down = DEFAULT_TOLERANCE
        down_window_s = DOWNSCALE_STABILIZATION_S
        if behavior is not None:
            self._rate = BehaviorRate(behavior)
            self._tolerance_up = behavior.scale_up.tolerance
            self._tolerance_down = behavior.scale_down.tolerance
            up_window_ms = behavior.scale_up.stabilization_window_s * 1000
            self._lowest_recent = RecentRecommendations(up_window_ms, highest=False)
            down_window_s = behavior.scale_down.stabilization_window_s
        self._highest_recent = RecentRecommendations(down_window_s * 1000, highest=True)

    def sync(
        self,
        now_ms: int,
        metric: Callable[[], int | None],
        *,
        spec_replicas: int,
        status_replicas: int,
        ready_replicas: int,
    ) -> int:
        """Run one sync and return the replicas it leaves.

        `metric` is called at most once; it answers in milli-messages, or None for an error.
        """
        if not self._synced:
            self._synced = True
            self._remember(now_ms, spec_replicas)
        if spec_replicas == 0:
            self.scaling_active = False
            return 0
        if spec_replicas > self._max_replicas:
            return self._rescaled(now_ms, spec_replicas, self._max_replicas)
        if spec_replicas < self._min_replicas:
            return self._rescaled(now_ms, spec_replicas, self._min_replicas)
        recommendation = self._recommend(metric(), spec_replicas, status_replicas, ready_replicas)
        if recommendation is None:
            self.scaling_active = False
            return spec_replicas
        self.scaling_active = True
        desired = self._normalize(now_ms, spec_replicas, recommendation)
        return self._rescaled(now_ms, spec_replicas, desired)

    def _recommend(
        self, metric_milli: int | None, spec: int, status: int, ready: int
    ) -> int | None:
        if metric_milli is None:
            return None
        if self._per_replica:
            return average_value_replicas(
                metric_milli,
                self._target_milli,
                status_replicas=status,
                tolerance_down=self._tolerance_down,
                tolerance_up=self._tolerance_up,
            )
        return value_replicas(
            metric_milli,
            self._target_milli,
            spec_replicas=spec,
            status_replicas=status,
            ready_replicas=ready,
            tolerance_down=self._tolerance_down,
            tolerance_up=self._tolerance_up,
        )

    def _normalize(self, now_ms: int, current: int, recommendation: int) -> int:
        highest = self._highest_recent.extreme(now_ms, recommendation)
        if self._lowest_recent is None or self._rate is None:
            self._remember(now_ms, recommendation)
            limit = max(SCALE_UP_LIMIT_FACTOR * current, SCALE_UP_LIMIT_MINIMUM)
            return max(self._min_replicas, min(highest, limit, self._max_replicas))
        lowest = self._lowest_recent.extreme(now_ms, recommendation)
        self._remember(now_ms, recommendation)
        stabilized = min(max(current, lowest), highest)
        return self._rate.limit(now_ms, current, stabilized, self._min_replicas, self._max_replicas)

    def _remember(self, now_ms: int, recommendation: int) -> None:
        self._highest_recent.add(now_ms, recommendation)
        if self._lowest_recent is not None:
            self._lowest_recent.add(now_ms, recommendation)

    def _rescaled(self, now_ms: int, current: int, desired: int) -> int:
        if desired != current and self._rate is not None:
            self._rate.store(now_ms, current, desired)
        return desired

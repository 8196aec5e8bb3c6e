"""A ScaledObject: everything that KEDA is told about one fleet.

The names are KEDA's, with a unit where KEDA's has none. Source: kedacore/keda v2.21.0,
apis/keda/v1alpha1/scaledobject_types.go and pkg/scalers/aws_sqs_queue_scaler.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shoal_planner.fallback import Fallback
from shoal_planner.hpa_behavior import HorizontalPodAutoscalerBehavior
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaled_object_checks import check_scaled_object
from shoal_planner.scaled_object_manifest import scaled_object_fields

MetricType = Literal["AverageValue", "Value"]


@dataclass(frozen=True, slots=True)
class ScaledObject:
    """One fleet's scaling, with KEDA's defaults.

    - `queue_length`: the scaling target, backlog per replica.
    - `activation_queue_length`: KEDA activates when the backlog is above it, never at it.
    - `scale_on_in_flight`, `scale_on_delayed`: which counts are backlog besides the visible.
    - `polling_interval_s`: KEDA's own loop. It decides about leaving and reaching zero, and
      nothing else: between one and many replicas the HPA asks every 15 s by itself.
    - `cooldown_period_s`: how long after the last active poll the fleet goes to zero (or to
      idle). It governs that one step only, past all of the HPA's limits.
    - `initial_cooldown_period_s`: the same from creation, until the first active poll.
    - `min_replica_count`, `max_replica_count`: bounds of the HPA, which never goes below 1.
    - `idle_replica_count`: replicas while inactive; below the minimum. None: no idle mode.
    - `use_cached_metrics`: the HPA sees what the last poll saw.
    - `metric_type`: AverageValue divides the backlog by replicas; Value compares it whole.
    - `behavior`: None is the HPA's legacy path, which is something else than the defaults.
    - `paused_replicas`: the count a paused fleet is set to; None keeps what runs.

    Raises PlannerInputError for what the ScaledObject's own schema, KEDA, or the HPA it makes
    would refuse.
    """

    name: str = ""
    queue_length: int = 5
    activation_queue_length: int = 0
    scale_on_in_flight: bool = True
    scale_on_delayed: bool = False
    polling_interval_s: int = 30
    cooldown_period_s: int = 300
    initial_cooldown_period_s: int = 0
    min_replica_count: int = 0
    max_replica_count: int = 100
    idle_replica_count: int | None = None
    use_cached_metrics: bool = False
    metric_type: MetricType = "AverageValue"
    behavior: HorizontalPodAutoscalerBehavior | None = None
    fallback: Fallback | None = None
    paused: bool = False
    paused_replicas: int | None = None
    paused_scale_in: bool = False
    paused_scale_out: bool = False
    force_activation: bool = False

    def __post_init__(self) -> None:
        check_scaled_object(self)

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "ScaledObject":
        """Read a `keda.sh/v1alpha1` ScaledObject as a dictionary; raise PlannerInputError."""
        return cls(**scaled_object_fields(manifest))

    @property
    def hpa_min_replicas(self) -> int:
        """The minReplicas of the HPA that KEDA creates: never 0 (GetHPAMinReplicas)."""
        return max(self.min_replica_count, 1)

    @property
    def hpa_behavior(self) -> HorizontalPodAutoscalerBehavior | None:
        """The behavior of the HPA that KEDA creates; a one-directional pause makes one."""
        if not (self.paused_scale_in or self.paused_scale_out):
            return self.behavior
        behavior = HorizontalPodAutoscalerBehavior() if self.behavior is None else self.behavior
        return behavior.with_paused(scale_in=self.paused_scale_in, scale_out=self.paused_scale_out)

    @property
    def uses_hpa_observations(self) -> bool:
        """Whether KEDA's loop reads what the HPA asked for, not the queue (KEDA 2.21 and later).

        Then `polling_interval_s` has no effect. KEDA up to 2.20 polls the queue regardless,
        which costs requests and changes no replica count.
        """
        return (
            self.min_replica_count > 0
            and self.idle_replica_count is None
            and not self.use_cached_metrics
        )

    def backlog(self, depth: QueueDepth) -> int:
        """Return the messages that this ScaledObject counts."""
        backlog = depth.visible
        if self.scale_on_in_flight:
            backlog += depth.in_flight
        if self.scale_on_delayed:
            backlog += depth.delayed
        return backlog

"""How fast an HPA may move, and what Kubernetes fills in where a manifest is silent.

One `behavior` key anywhere, even an empty one, moves the HPA off its legacy path, and
Kubernetes then completes both directions (pkg/apis/autoscaling/v2/defaults.go):

- scaleUp: no stabilization, the larger of 4 pods and 100 % in 15 s;
- scaleDown: 300 s of stabilization, 100 % in 15 s.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

PolicyType = Literal["Pods", "Percent"]
SelectPolicy = Literal["Max", "Min", "Disabled"]

DEFAULT_TOLERANCE = 0.1  # kube-controller-manager --horizontal-pod-autoscaler-tolerance
DOWNSCALE_STABILIZATION_S = 300  # --horizontal-pod-autoscaler-downscale-stabilization
MAX_STABILIZATION_WINDOW_S = 3600  # pkg/apis/autoscaling/validation
MAX_PERIOD_S = 1800  # pkg/apis/autoscaling/validation


@dataclass(frozen=True, slots=True)
class HPAScalingPolicy:
    """One limit: at most `value` pods, or `value` percent, within any `period_s` seconds.

    A percentage is of the replicas at the start of the period, rounded so that more may move:
    up for a scale-up, towards zero for what a scale-down leaves.
    """

    type: PolicyType
    value: int
    period_s: int


@dataclass(frozen=True, slots=True)
class HPAScalingRules:
    """One direction of a behavior, complete.

    `stabilization_window_s` looks back over recommendations: a scale-up takes the lowest of
    them, a scale-down the highest. `select_policy` Max takes the policy that moves most, Min
    the one that moves least, Disabled forbids the direction. `tolerance` is the fraction by
    which the metric may miss its target before anything moves.
    """

    stabilization_window_s: int
    policies: tuple[HPAScalingPolicy, ...]
    select_policy: SelectPolicy = "Max"
    tolerance: float = DEFAULT_TOLERANCE

    @property
    def longest_period_s(self) -> int:
        """The longest period of this direction's policies; older scale events are forgotten."""
        return max((policy.period_s for policy in self.policies), default=0)


DEFAULT_SCALE_UP = HPAScalingRules(
    stabilization_window_s=0,
    policies=(HPAScalingPolicy("Pods", 4, 15), HPAScalingPolicy("Percent", 100, 15)),
)
DEFAULT_SCALE_DOWN = HPAScalingRules(
    stabilization_window_s=DOWNSCALE_STABILIZATION_S,
    policies=(HPAScalingPolicy("Percent", 100, 15),),
)


@dataclass(frozen=True, slots=True)
class HorizontalPodAutoscalerBehavior:
    """Both directions of `advanced.horizontalPodAutoscalerConfig.behavior`, defaults filled in."""

    scale_up: HPAScalingRules = field(default=DEFAULT_SCALE_UP)
    scale_down: HPAScalingRules = field(default=DEFAULT_SCALE_DOWN)

    def with_paused(self, *, scale_in: bool, scale_out: bool) -> "HorizontalPodAutoscalerBehavior":
        """Return the behavior that KEDA writes for its one-directional pause annotations."""
        up = replace(self.scale_up, select_policy="Disabled") if scale_out else self.scale_up
        down = replace(self.scale_down, select_policy="Disabled") if scale_in else self.scale_down
        return HorizontalPodAutoscalerBehavior(scale_up=up, scale_down=down)

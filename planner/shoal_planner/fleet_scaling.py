"""Shoal's own scaling settings, as `scaling:` of an agent has them, and the ScaledObject they make.

The defaults are those a `QueueAgent` deploys with: its settings take them from here.
"""

from dataclasses import dataclass

from shoal_planner.hpa_behavior import (
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
)
from shoal_planner.scaled_object import ScaledObject

DEFAULT_MIN_REPLICA_COUNT = 0
DEFAULT_ACTIVATION_QUEUE_LENGTH = 0
DEFAULT_POLLING_INTERVAL_S = 15
DEFAULT_COOLDOWN_PERIOD_S = 300
DEFAULT_SCALE_UP_PODS = 4
DEFAULT_SCALE_UP_PERCENT = 100
DEFAULT_SCALE_DOWN_PERCENT = 50
DEFAULT_SCALE_DOWN_STABILIZATION_S = 60
# autoscaling/v2 counts a policy's changes over these.
SCALE_UP_PERIOD_S = 15
SCALE_DOWN_PERIOD_S = 30


@dataclass(frozen=True, slots=True)
class FleetScaling:
    """How a fleet scales; see the configuration reference for each key."""

    queue_length: int
    max_replica_count: int
    min_replica_count: int = DEFAULT_MIN_REPLICA_COUNT
    activation_queue_length: int = DEFAULT_ACTIVATION_QUEUE_LENGTH
    polling_interval_s: int = DEFAULT_POLLING_INTERVAL_S
    cooldown_period_s: int = DEFAULT_COOLDOWN_PERIOD_S
    scale_up_pods: int = DEFAULT_SCALE_UP_PODS
    scale_up_percent: int = DEFAULT_SCALE_UP_PERCENT
    scale_down_percent: int = DEFAULT_SCALE_DOWN_PERCENT
    scale_down_stabilization_s: int = DEFAULT_SCALE_DOWN_STABILIZATION_S

    def scaled_object(self) -> ScaledObject:
        """Return the ScaledObject that a QueueAgent with these settings registers."""
        up = HPAScalingRules(
            stabilization_window_s=0,
            policies=(
                HPAScalingPolicy("Percent", self.scale_up_percent, SCALE_UP_PERIOD_S),
                HPAScalingPolicy("Pods", self.scale_up_pods, SCALE_UP_PERIOD_S),
            ),
        )
        down = HPAScalingRules(
            stabilization_window_s=self.scale_down_stabilization_s,
            policies=(HPAScalingPolicy("Percent", self.scale_down_percent, SCALE_DOWN_PERIOD_S),),
        )
        return ScaledObject(
            queue_length=self.queue_length,
            max_replica_count=self.max_replica_count,
            min_replica_count=self.min_replica_count,
            activation_queue_length=self.activation_queue_length,
            polling_interval_s=self.polling_interval_s,
            cooldown_period_s=self.cooldown_period_s,
            behavior=HorizontalPodAutoscalerBehavior(scale_up=up, scale_down=down),
        )

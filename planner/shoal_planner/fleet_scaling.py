"""Shoal's own scaling settings, as `scaling:` of an agent has them, and the ScaledObject they make.

The defaults are those a `QueueAgent` deploys with; a test holds the two together.
"""

from dataclasses import dataclass

from shoal_planner.hpa_behavior import (
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
)
from shoal_planner.scaled_object import ScaledObject

SCALE_UP_PERIOD_S = 15
SCALE_DOWN_PERIOD_S = 30


@dataclass(frozen=True, slots=True)
class FleetScaling:
    """How a fleet scales; see the configuration reference for each key."""

    queue_length: int
    max_replica_count: int
    min_replica_count: int = 0
    activation_queue_length: int = 0
    polling_interval_s: int = 15
    cooldown_period_s: int = 300
    scale_up_pods: int = 4
    scale_up_percent: int = 100
    scale_down_percent: int = 50
    scale_down_stabilization_s: int = 60

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

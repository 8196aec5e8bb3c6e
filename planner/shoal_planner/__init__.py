"""Pure models of what KEDA, the HPA and Auto Scaling do to a fleet."""

from shoal_planner.fallback import Fallback
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.hpa_behavior import (
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
)
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaled_object import ScaledObject
from shoal_planner.sizing import FleetPlan, TimingPlan, plan_fleet, plan_timing

__all__ = [
    "Fallback",
    "FleetPlan",
    "FleetScaler",
    "HPAScalingPolicy",
    "HPAScalingRules",
    "HorizontalPodAutoscalerBehavior",
    "PlannerInputError",
    "QueueDepth",
    "ScaledObject",
    "TimingPlan",
    "plan_fleet",
    "plan_timing",
]

"""What Kubernetes, KEDA or the HPA would refuse in a ScaledObject, before they do.

One list of small functions of one shape; each raises PlannerInputError in the manifest's words.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from shoal_planner.hpa_behavior import MAX_PERIOD_S, MAX_STABILIZATION_WINDOW_S, HPAScalingRules
from shoal_planner.int32 import INT32_MAX
from shoal_planner.planner_input_error import PlannerInputError

if TYPE_CHECKING:
    from shoal_planner.scaled_object import ScaledObject

MAX_NAME_LENGTH = 54
"""The HPA is named keda-hpa-<name>, and 63 characters is all that a label holds."""

_BEHAVIOR = "spec.advanced.horizontalPodAutoscalerConfig.behavior"


def check_scaled_object(scaled_object: "ScaledObject") -> None:
    """Raise PlannerInputError for the first rule that the ScaledObject breaks."""
    for check in CHECKS:
        check(scaled_object)


def _require_range(
    key: str, value: int, minimum: int, maximum: int = INT32_MAX, *, why: str = ""
) -> None:
    if minimum <= value <= maximum:
        return
    allowed = f"{minimum} or more" if value < minimum else f"at most {maximum}"
    raise PlannerInputError(key, value, allowed=allowed, why=why)


def name_is_short_enough(scaled_object: "ScaledObject") -> None:
    """KEDA's admission webhook refuses a name whose HPA could not be named."""
    if len(scaled_object.name) > MAX_NAME_LENGTH:
        raise PlannerInputError(
            "metadata.name",
            scaled_object.name,
            allowed=f"at most {MAX_NAME_LENGTH} characters (this has {len(scaled_object.name)})",
            why="KEDA names the HPA keda-hpa-<name>, which must fit in 63 characters",
            fix="shorten it",
        )


def numbers_are_in_range(scaled_object: "ScaledObject") -> None:
    """The bounds in the CustomResourceDefinition."""
    _require_range("spec.pollingInterval", scaled_object.polling_interval_s, 1)
    _require_range("spec.cooldownPeriod", scaled_object.cooldown_period_s, 0)
    _require_range("spec.initialCooldownPeriod", scaled_object.initial_cooldown_period_s, 0)
    _require_range("spec.minReplicaCount", scaled_object.min_replica_count, 0)
    _require_range("spec.maxReplicaCount", scaled_object.max_replica_count, 1)
    if scaled_object.idle_replica_count is not None:
        _require_range("spec.idleReplicaCount", scaled_object.idle_replica_count, 0)
    if scaled_object.fallback is not None:
        threshold = scaled_object.fallback.failure_threshold
        _require_range("spec.fallback.failureThreshold", threshold, 0)
        _require_range("spec.fallback.replicas", scaled_object.fallback.replicas, 0)
    if scaled_object.paused_replicas is not None:
        key = "metadata.annotations[autoscaling.keda.sh/paused-replicas]"
        _require_range(key, scaled_object.paused_replicas, 0)


def target_is_positive(scaled_object: "ScaledObject") -> None:
    """KEDA takes any queueLength; the HPA it makes from it must have a positive target."""
    _require_range(
        "spec.triggers[0].metadata.queueLength",
        scaled_object.queue_length,
        1,
        2**63 - 1,
        why="the HPA refuses a target that is not positive, and KEDA then never starts",
    )


def minimum_is_below_maximum(scaled_object: "ScaledObject") -> None:
    """The HPA's minimum is at least 1."""
    if scaled_object.hpa_min_replicas > scaled_object.max_replica_count:
        raise PlannerInputError(
            "spec.minReplicaCount",
            scaled_object.min_replica_count,
            allowed=f"at most spec.maxReplicaCount ({scaled_object.max_replica_count})",
            fix="lower the minimum or raise the maximum",
        )


def idle_is_below_minimum(scaled_object: "ScaledObject") -> None:
    """CheckReplicaCountBoundsAreValid; with a minimum of 0 there is nothing to idle below."""
    idle = scaled_object.idle_replica_count
    if idle is not None and idle >= scaled_object.hpa_min_replicas:
        raise PlannerInputError(
            "spec.idleReplicaCount",
            idle,
            allowed=f"less than spec.minReplicaCount ({scaled_object.min_replica_count})",
            why="idle mode is a level below the minimum",
            fix="set it to 0, or leave it out where minReplicaCount is 0",
        )


def behavior_is_valid(scaled_object: "ScaledObject") -> None:
    """The bounds of the HPA's own validation (pkg/apis/autoscaling/validation)."""
    if scaled_object.behavior is None:
        return
    _check_rules(f"{_BEHAVIOR}.scaleUp", scaled_object.behavior.scale_up)
    _check_rules(f"{_BEHAVIOR}.scaleDown", scaled_object.behavior.scale_down)


def _check_rules(path: str, rules: HPAScalingRules) -> None:
    window_s = rules.stabilization_window_s
    window_key = f"{path}.stabilizationWindowSeconds"
    _require_range(window_key, window_s, 0, MAX_STABILIZATION_WINDOW_S)
    if rules.tolerance < 0:
        raise PlannerInputError(f"{path}.tolerance", rules.tolerance, allowed="0 or more")
    if not rules.policies:
        raise PlannerInputError(f"{path}.policies", [], allowed="one policy or more")
    for index, policy in enumerate(rules.policies):
        _require_range(f"{path}.policies[{index}].value", policy.value, 1)
        period_key = f"{path}.policies[{index}].periodSeconds"
        _require_range(period_key, policy.period_s, 1, MAX_PERIOD_S)


CHECKS: tuple[Callable[["ScaledObject"], None], ...] = (
    name_is_short_enough,
    numbers_are_in_range,
    target_is_positive,
    minimum_is_below_maximum,
    idle_is_below_minimum,
    behavior_is_valid,
)

"""From a metric to a number of replicas, in the HPA's own floating point.

AverageValue (KEDA's default for a queue): the ratio metric / (target x status.replicas) is held
against the tolerance; inside it nothing moves, outside it the answer is ceil(metric / target).
Both ends of the tolerance are inside. With no replica yet the ratio is infinite, or not a
number, and no tolerance applies. (replica_calculator.go: GetExternalPerPodMetricReplicas,
GetExternalMetricReplicas, getUsageRatioReplicaCount, isWithin.)

Metrics and targets are milli-values, as on the wire.
"""

import math

from shoal_planner.int32 import INT32_MAX


def _is_within(ratio: float, tolerance_down: float, tolerance_up: float) -> bool:
    return (1.0 - tolerance_down) <= ratio <= (1.0 + tolerance_up)


def average_value_replicas(
    metric_milli: int,
    target_milli: int,
    *,
    status_replicas: int,
    tolerance_down: float,
    tolerance_up: float,
) -> int:
    """Return the replicas that bring the metric per replica to the target."""
    if status_replicas > 0:
        ratio = float(metric_milli) / (float(target_milli) * float(status_replicas))
        if _is_within(ratio, tolerance_down, tolerance_up):
            return status_replicas
    return min(math.ceil(float(metric_milli) / float(target_milli)), INT32_MAX)


def value_replicas(
    metric_milli: int,
    target_milli: int,
    *,
    spec_replicas: int,
    status_replicas: int,
    ready_replicas: int,
    tolerance_down: float,
    tolerance_up: float,
) -> int | None:
    """Return the ready replicas scaled by how far the whole metric is from the target.

    None, an error, while there is no pod at all.
    """
    ratio = float(metric_milli) / float(target_milli)
    if _is_within(ratio, tolerance_down, tolerance_up):
        return spec_replicas
    if status_replicas == 0:
        return None
    return min(math.ceil(ratio * float(ready_replicas)), INT32_MAX)

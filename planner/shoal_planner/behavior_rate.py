"""How far a behavior's policies let an HPA move at once.

Each policy looks back over its own period: what the replicas were at its start (today's, less
what was added since, plus what was removed), and how far from there it allows to go.
(horizontal.go: calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors,
convertDesiredReplicasWithBehaviorRate.)
"""

import math
from collections.abc import Iterator

from shoal_planner.hpa_behavior import (
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
)
from shoal_planner.int32 import truncate_to_int32, wrap_int32
from shoal_planner.scale_events import ScaleEvents


class BehaviorRate:
    """The limits of one HPA's behavior, and the scale events they are reckoned from."""

    __slots__ = ("_behavior", "_scale_down_events", "_scale_up_events")

    def __init__(self, behavior: HorizontalPodAutoscalerBehavior) -> None:
        self._behavior = behavior
        self._scale_up_events = ScaleEvents(behavior.scale_up.longest_period_s * 1000)
        self._scale_down_events = ScaleEvents(behavior.scale_down.longest_period_s * 1000)

    def store(self, now_ms: int, before: int, after: int) -> None:
        """Remember a rescale that the HPA has made."""
        if after > before:
            self._scale_up_events.add(now_ms, after - before)
        else:
            self._scale_down_events.add(now_ms, before - after)

    def limit(self, now_ms: int, current: int, desired: int, minimum: int, maximum: int) -> int:
        """Return the desired replicas, held to the rate and to the bounds."""
        if desired > current:
            highest = max(self._scale_up_limit(now_ms, current), current)
            return min(desired, maximum, highest)
        if desired < current:
            lowest = min(self._scale_down_limit(now_ms, current), current)
            return max(desired, minimum, lowest)
        return desired

    def _scale_up_limit(self, now_ms: int, current: int) -> int:
        rules = self._behavior.scale_up
        if rules.select_policy == "Disabled":
            return current
        proposals = []
        for policy, start in self._period_starts(now_ms, current, rules):
            if policy.type == "Pods":
                proposals.append(wrap_int32(start + policy.value))
            else:
                grown = math.ceil(float(start) * (1 + float(policy.value) / 100))
                proposals.append(truncate_to_int32(grown))
        return min(proposals) if rules.select_policy == "Min" else max(proposals)

    def _scale_down_limit(self, now_ms: int, current: int) -> int:
        rules = self._behavior.scale_down
        if rules.select_policy == "Disabled":
            return current
        proposals = []
        for policy, start in self._period_starts(now_ms, current, rules):
            if policy.type == "Pods":
                proposals.append(wrap_int32(start - policy.value))
            else:
                shrunk = float(start) * (1 - float(policy.value) / 100)
                proposals.append(truncate_to_int32(shrunk))
        return max(proposals) if rules.select_policy == "Min" else min(proposals)

    def _period_starts(
        self, now_ms: int, current: int, rules: HPAScalingRules
    ) -> Iterator[tuple[HPAScalingPolicy, int]]:
        for policy in rules.policies:
            period_ms = policy.period_s * 1000
            added = self._scale_up_events.change_within(now_ms, period_ms)
            removed = self._scale_down_events.change_within(now_ms, period_ms)
            yield policy, current - added + removed

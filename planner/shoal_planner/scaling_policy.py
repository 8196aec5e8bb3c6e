"""EC2 Auto Scaling's three policies, each deciding once a minute.

- Simple: an alarm that rings changes the capacity by a fixed number, then nothing more happens
  until the cooldown is over, however far off the queue is.
- Step: the further past the threshold, the larger the change; instances still warming up are
  not counted again, so an alarm that keeps ringing adds nothing while they come.
- Target tracking: capacity in proportion to how far the metric is from its target; out after 3
  minutes above it, in after 15 minutes below nine tenths of it. On backlog per instance.

docs.aws.amazon.com/autoscaling/ec2/userguide/{as-scaling-simple-step,as-scaling-target-tracking,
as-using-sqs-queue}.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shoal_planner.cloudwatch_alarm import AlarmRule, AlarmState, CloudWatchAlarm

DEFAULT_COOLDOWN_S = 300  # Auto Scaling's own default
TRACKING_OUT_PERIODS = 3
TRACKING_IN_PERIODS = 15
TRACKING_IN_SHARE = 0.9


class GroupMetrics(NamedTuple):
    """What a minute's datapoints say; `visible` is None where SQS published none."""

    visible: float | None
    in_service: int


class ScalingPolicy(Protocol):
    """Something that wants a capacity, or None for no change."""

    def wanted(self, now_ms: int, metrics: GroupMetrics, *, capacity: int) -> int | None:
        """Take a minute's metrics and the desired capacity, and say what it should be."""


class SimpleScaling:
    """Change the capacity by `adjustment` when the alarm rings, at most once a cooldown.

    One object may serve several alarms: they share the group's cooldown.
    """

    def __init__(
        self, *rules: tuple[AlarmRule, int], cooldown_s: float = DEFAULT_COOLDOWN_S
    ) -> None:
        self._alarms = [(CloudWatchAlarm(rule), adjustment) for rule, adjustment in rules]
        self._cooldown_ms = cooldown_s * 1000
        self._cool_at_ms = 0.0

    def wanted(self, now_ms: int, metrics: GroupMetrics, *, capacity: int) -> int | None:
        """See ScalingPolicy."""
        ringing = [
            adjustment
            for alarm, adjustment in self._alarms
            if alarm.record(metrics.visible) is AlarmState.ALARM
        ]
        if not ringing or now_ms < self._cool_at_ms:
            return None
        self._cool_at_ms = now_ms + self._cooldown_ms
        return capacity + max(ringing)


@dataclass(frozen=True, slots=True)
class StepAdjustment:
    """From `lower_bound` past the threshold on, change the capacity by so many.

    Bounds are distances from the alarm's threshold, below 0 for an alarm that rings below it.
    The step that holds the metric is the furthest from the threshold that it has reached.
    """

    lower_bound: float
    adjustment: int


class StepScaling:
    """Change the capacity by the step the metric has reached.

    `warm_up_s`: how long what was added does not count as capacity yet; no scale-in meanwhile.
    """

    def __init__(
        self, rule: AlarmRule, steps: Sequence[StepAdjustment], *, warm_up_s: float
    ) -> None:
        self._alarm = CloudWatchAlarm(rule)
        self._steps = sorted(steps, key=lambda step: abs(step.lower_bound))
        self._warm_up_ms = warm_up_s * 1000
        self._warming: list[tuple[float, int]] = []

    def wanted(self, now_ms: int, metrics: GroupMetrics, *, capacity: int) -> int | None:
        """See ScalingPolicy."""
        if self._alarm.record(metrics.visible) is not AlarmState.ALARM or metrics.visible is None:
            return None
        past = metrics.visible - self._alarm.rule.threshold
        reached = [step for step in self._steps if abs(past) >= abs(step.lower_bound)]
        if not reached:
            return None
        adjustment = reached[-1].adjustment
        self._warming = [entry for entry in self._warming if entry[0] > now_ms]
        warming = sum(count for _, count in self._warming)
        if adjustment < 0:
            return None if warming else capacity + adjustment
        added = adjustment - warming
        if added <= 0:
            return None
        self._warming.append((now_ms + self._warm_up_ms, added))
        return capacity + added


class TargetTracking:
    """Hold the visible messages per instance in service at a target."""

    def __init__(self, target: float, *, warm_up_s: float) -> None:
        self._target = target
        self._above = CloudWatchAlarm(AlarmRule(">", target, TRACKING_OUT_PERIODS))
        self._below = CloudWatchAlarm(
            AlarmRule("<", target * TRACKING_IN_SHARE, TRACKING_IN_PERIODS)
        )
        self._warm_up_ms = warm_up_s * 1000
        self._warm_at_ms = 0.0

    def wanted(self, now_ms: int, metrics: GroupMetrics, *, capacity: int) -> int | None:
        """See ScalingPolicy."""
        per_instance = None
        if metrics.visible is not None and metrics.in_service > 0:
            per_instance = metrics.visible / metrics.in_service
        above = self._above.record(per_instance) is AlarmState.ALARM
        below = self._below.record(per_instance) is AlarmState.ALARM
        if per_instance is None:
            return None
        proportional = math.ceil(metrics.in_service * per_instance / self._target)
        if above and proportional > capacity:
            self._warm_at_ms = now_ms + self._warm_up_ms
            return proportional
        if below and now_ms >= self._warm_at_ms and proportional < capacity:
            return proportional
        return None

"""A CloudWatch alarm: the datapoints it looks at, and the state they put it in.

An alarm looks at its most recent datapoints, `evaluation_periods` of them, and is in ALARM when
at least `datapoints_to_alarm` breach the threshold. To find enough it looks a little further
back than that; what is still lacking is filled in as `treat_missing_data` says.
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

import operator
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from shoal_planner.planner_input_error import PlannerInputError

Comparison = Literal[">", ">=", "<", "<="]
MissingData = Literal["missing", "ignore", "breaching", "notBreaching"]
EXTRA_PERIODS = 2  # how much further back than evaluation_periods an alarm looks

COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class AlarmState(Enum):
    """CloudWatch's three states."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """When an alarm rings.

    `period_s` is the length of one datapoint (default 60 s, as fine as SQS publishes);
    `datapoints_to_alarm` of the last `evaluation_periods` must breach (default: all of them).
    """

    comparison: Comparison
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int = 0
    period_s: int = 60
    treat_missing_data: MissingData = "missing"

    def __post_init__(self) -> None:
        if self.evaluation_periods < 1:
            raise PlannerInputError(
                "evaluation_periods", self.evaluation_periods, allowed="1 or more"
            )
        if not 0 <= self.datapoints_to_alarm <= self.evaluation_periods:
            raise PlannerInputError(
                "datapoints_to_alarm",
                self.datapoints_to_alarm,
                allowed=f"1 to evaluation_periods, which is {self.evaluation_periods}",
            )
        if self.datapoints_to_alarm == 0:
            object.__setattr__(self, "datapoints_to_alarm", self.evaluation_periods)


class CloudWatchAlarm:
    """One alarm; its state after each datapoint."""

    def __init__(self, rule: AlarmRule) -> None:
        self.rule = rule
        self.state = AlarmState.INSUFFICIENT_DATA
        self._points: deque[float | None] = deque(maxlen=rule.evaluation_periods + EXTRA_PERIODS)

    def record(self, value: float | None) -> AlarmState:
        """Add the datapoint of one period (None: there was none) and return the new state."""
        self._points.append(value)
        rule = self.rule
        recent = [point for point in reversed(self._points) if point is not None]
        breaches = COMPARE[rule.comparison]
        breaching = [breaches(point, rule.threshold) for point in recent[: rule.evaluation_periods]]
        lacking = rule.evaluation_periods - len(breaching)
        if lacking:
            self.state = self._incomplete(breaching, lacking)
        else:
            self.state = self._judge(sum(breaching))
        return self.state

    def _incomplete(self, breaching: list[bool], lacking: int) -> AlarmState:
        """Judge too few datapoints, the lacking ones filled in."""
        treatment = self.rule.treat_missing_data
        if treatment == "breaching":
            return self._judge(sum(breaching) + lacking)
        if treatment == "notBreaching":
            return self._judge(sum(breaching))
        if treatment == "ignore":
            return self.state
        if not breaching or len(self._points) < self.rule.evaluation_periods:
            return AlarmState.INSUFFICIENT_DATA
        return AlarmState.ALARM if all(breaching) else AlarmState.OK

    def _judge(self, breaching: int) -> AlarmState:
        return AlarmState.ALARM if breaching >= self.rule.datapoints_to_alarm else AlarmState.OK

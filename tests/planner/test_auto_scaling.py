"""CloudWatch alarms, EC2 Auto Scaling's policies, and the CPU-driven HPA."""

import pytest

from shoal_planner.auto_scaling_group import AutoScalingGroup
from shoal_planner.cloudwatch_alarm import AlarmRule, AlarmState, CloudWatchAlarm, MissingData
from shoal_planner.cpu_scaler import CpuScaler
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth
from shoal_planner.scaling_policy import (
    GroupMetrics,
    SimpleScaling,
    StepAdjustment,
    StepScaling,
    TargetTracking,
)

STATES = {"X": 1.0, "0": 0.0, "-": None}
OK, ALARM, INSUFFICIENT = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", OK, OK, OK, OK),
        ("----0", OK, INSUFFICIENT, OK, OK),
        ("-----", INSUFFICIENT, INSUFFICIENT, ALARM, OK),
        ("0XX-X", ALARM, ALARM, ALARM, ALARM),
        ("--X--", ALARM, INSUFFICIENT, ALARM, OK),
    ],
)
def test_missing_data_is_treated_as_the_cloudwatch_guide_tables_it(
    points: str,
    *,
    missing: AlarmState,
    ignore: AlarmState,
    breaching: AlarmState,
    not_breaching: AlarmState,
) -> None:
    """3 of 3 datapoints; the guide's own rows, from an alarm that has no state to keep yet."""
    treatments: dict[MissingData, AlarmState] = {
        "missing": missing,
        "ignore": ignore,
        "breaching": breaching,
        "notBreaching": not_breaching,
    }
    for treatment, expected in treatments.items():
        alarm = CloudWatchAlarm(AlarmRule(">", 0.5, 3, treat_missing_data=treatment))
        for point in points:
            state = alarm.record(STATES[point])
        assert state is expected, treatment


def test_an_alarm_may_need_fewer_datapoints_than_it_looks_at() -> None:
    alarm = CloudWatchAlarm(AlarmRule(">", 0.5, evaluation_periods=3, datapoints_to_alarm=2))
    assert [alarm.record(v) for v in (0, 1, 0, 1)][-2:] == [OK, ALARM]


def test_more_datapoints_to_alarm_than_periods_are_refused() -> None:
    with pytest.raises(PlannerInputError, match="datapoints_to_alarm"):
        AlarmRule(">", 1, evaluation_periods=2, datapoints_to_alarm=3)


def replicas_over(group: AutoScalingGroup, visible: list[int | None], capacity: int) -> list[int]:
    """Step a group once a minute and return its capacity after each."""
    course = []
    for minute, depth in enumerate(visible):
        seen = None if depth is None else QueueDepth(depth)
        capacity = group.step(
            minute * 60_000, seen, spec_replicas=capacity, status_replicas=capacity
        )
        course.append(capacity)
    return course


def test_simple_scaling_adds_one_and_then_cools_down_however_long_the_queue() -> None:
    policy = SimpleScaling((AlarmRule(">", 100, 5), 1), (AlarmRule("<", 20, 10), -1))
    group = AutoScalingGroup([policy], min_size=1, max_size=10, metric_delay_s=0)
    course = replicas_over(group, [100_000] * 16, 1)
    assert course == [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4]


def test_simple_scaling_removes_one_after_ten_quiet_minutes() -> None:
    policy = SimpleScaling((AlarmRule(">", 100, 5), 1), (AlarmRule("<", 20, 10), -1))
    group = AutoScalingGroup([policy], min_size=1, max_size=10, metric_delay_s=0)
    assert replicas_over(group, [5] * 10, 3)[-2:] == [3, 2]


def test_a_datapoint_is_seen_as_late_as_cloudwatch_shows_it() -> None:
    policy = SimpleScaling((AlarmRule(">", 100, 1), 1))
    group = AutoScalingGroup([policy], min_size=1, max_size=10, metric_delay_s=120)
    assert replicas_over(group, [500, 0, 0], 1) == [1, 1, 2]


def test_step_scaling_adds_more_the_further_and_not_again_while_warming() -> None:
    steps = [StepAdjustment(0, 1), StepAdjustment(900, 5)]
    policy = StepScaling(AlarmRule(">", 100, 1), steps, warm_up_s=180)
    group = AutoScalingGroup([policy], min_size=1, max_size=50, metric_delay_s=0)
    assert replicas_over(group, [150, 150, 5_000, 5_000, 5_000, 5_000], 1) == [2, 2, 6, 7, 7, 11]


def test_step_scaling_in_waits_until_nothing_is_warming() -> None:
    policy = StepScaling(AlarmRule("<", 20, 1), [StepAdjustment(0, -2)], warm_up_s=60)
    assert policy.wanted(0, GroupMetrics(5, 6), capacity=6) == 4
    assert policy.wanted(0, GroupMetrics(50, 6), capacity=6) is None


def test_target_tracking_goes_out_in_proportion_and_in_only_after_a_quarter_of_an_hour() -> None:
    group = AutoScalingGroup(
        [TargetTracking(100, warm_up_s=0)], min_size=1, max_size=50, metric_delay_s=0
    )
    assert replicas_over(group, [450] * 3, 1) == [1, 1, 5]
    assert replicas_over(group, [100] * 15, 5)[-2:] == [5, 1]


def test_target_tracking_says_nothing_where_no_instance_is_in_service() -> None:
    policy = TargetTracking(100, warm_up_s=0)
    assert [policy.wanted(0, GroupMetrics(900, 0), capacity=0) for _ in range(5)] == [None] * 5


def test_a_group_with_its_bounds_crossed_is_refused() -> None:
    with pytest.raises(PlannerInputError, match="min_size"):
        AutoScalingGroup([], min_size=3, max_size=2)


def test_an_hpa_on_cpu_sees_a_calm_fleet_in_front_of_any_backlog() -> None:
    scaler = CpuScaler(
        target_percent=70, min_replicas=1, max_replicas=20, concurrency=4, cpu_share=0.5
    )
    wanted = scaler.step(15_000, QueueDepth(1_000_000, 4), spec_replicas=1, status_replicas=1)
    assert wanted == 1


def test_an_hpa_on_cpu_below_the_share_that_work_uses_does_scale() -> None:
    scaler = CpuScaler(
        target_percent=25, min_replicas=1, max_replicas=20, concurrency=4, cpu_share=0.5
    )
    wanted = scaler.step(15_000, QueueDepth(1_000_000, 4), spec_replicas=1, status_replicas=1)
    assert wanted == 2

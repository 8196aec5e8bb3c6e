"""What `plan_fleet` and `plan_timing` derive, and what they refuse."""

import math
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal_planner.hpa_behavior import DEFAULT_TOLERANCE
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.replica_calculator import average_value_replicas
from shoal_planner.sizing import (
    MAX_IN_FLIGHT,
    MAX_VISIBILITY_TIMEOUT_S,
    VISIBILITY_MARGIN_S,
    FleetPlan,
    plan_fleet,
    plan_timing,
)

GOAL: dict[str, Any] = {
    "latency_goal_s": 60,
    "processing_time_s": 2,
    "peak_rate_per_s": 50,
    "longest_job_s": 60,
    "concurrency": 4,
}


def test_the_target_is_a_tenth_under_the_backlog_a_replica_works_off_within_the_goal() -> None:
    plan = plan_fleet(**GOAL)
    assert plan.queue_length == math.floor(60 / 2 * 4 / 1.1)
    assert "60 s ÷ 2 s x 4 at once" in plan.explanations["queue_length"]
    assert "÷ 1.1" in plan.explanations["queue_length"]


def test_the_hpa_lets_the_backlog_stand_no_higher_than_what_is_worked_off_within_the_goal() -> None:
    target = plan_fleet(**GOAL).queue_length
    left_alone = [
        backlog
        for backlog in range(1, 1_000)
        if average_value_replicas(
            backlog * 1000,
            target * 1000,
            status_replicas=1,
            tolerance_down=DEFAULT_TOLERANCE,
            tolerance_up=DEFAULT_TOLERANCE,
        )
        == 1
    ]
    assert max(left_alone) * 2 / 4 <= 60
    assert (max(left_alone) + 1) * 2 / 4 > 59  # and no more than a message or two under it


def test_the_target_never_falls_below_the_messages_a_replica_holds_in_flight() -> None:
    plan = plan_fleet(**GOAL | {"latency_goal_s": 2})
    assert plan.queue_length == 4
    assert "÷ 1.1 is less than the 4" in plan.explanations["queue_length"]


def test_the_largest_fleet_carries_the_peak_with_a_quarter_to_spare() -> None:
    assert plan_fleet(**GOAL).max_replica_count == math.ceil(50 * 2 / 4 * 1.25)


def test_a_trickle_still_gets_one_replica() -> None:
    assert plan_fleet(**GOAL | {"peak_rate_per_s": 0.001}).max_replica_count == 1


def test_decimal_fractions_lose_no_whole_message() -> None:
    plan = plan_fleet(**GOAL | {"latency_goal_s": 0.33, "processing_time_s": 0.1, "concurrency": 1})
    assert plan.queue_length == 3


def test_every_number_has_one_sentence() -> None:
    plan = plan_fleet(**GOAL)
    numbers = {field.name for field in fields(FleetPlan)} - {"explanations"}
    assert set(plan.explanations) == numbers
    assert all(text.endswith(".") and ". " not in text for text in plan.explanations.values())


def test_without_a_goal_there_is_no_age_alarm_and_no_sentence_for_it() -> None:
    plan = plan_timing(longest_job_s=60)
    assert plan.oldest_message_alarm_s is None
    assert "oldest_message_alarm_s" not in plan.explanations


def test_a_minute_long_job_gets_the_defaults_of_the_agent() -> None:
    plan = plan_timing(longest_job_s=60)
    assert (plan.visibility_timeout_s, plan.drain_s, plan.termination_grace_period_s) == (
        90,
        65,
        85,
    )


def test_the_alarm_waits_for_the_goal_and_the_longest_job() -> None:
    assert plan_fleet(**GOAL).oldest_message_alarm_s == 120


def test_a_heartbeat_keeps_the_timeout_of_long_jobs_short() -> None:
    assert plan_timing(longest_job_s=7200).visibility_timeout_s == 300
    assert plan_timing(longest_job_s=7200, heartbeat=False).visibility_timeout_s == 7230


@given(
    longest=st.floats(min_value=0.001, max_value=MAX_VISIBILITY_TIMEOUT_S - VISIBILITY_MARGIN_S),
    heartbeat=st.booleans(),
)
def test_grace_outlasts_drain_and_drain_the_longest_job(longest: float, heartbeat: bool) -> None:
    plan = plan_timing(longest_job_s=longest, heartbeat=heartbeat)
    assert plan.termination_grace_period_s > plan.drain_s > longest
    assert plan.visibility_timeout_s <= MAX_VISIBILITY_TIMEOUT_S
    assert heartbeat or plan.visibility_timeout_s > longest


@given(
    goal=st.floats(min_value=0.01, max_value=86_400),
    processing=st.floats(min_value=0.01, max_value=3_600),
    rate=st.floats(min_value=0.001, max_value=20),
    concurrency=st.integers(min_value=1, max_value=50),
)
def test_a_lower_goal_never_allows_more_backlog(
    goal: float, processing: float, rate: float, concurrency: int
) -> None:
    def target(goal_s: float) -> int:
        return plan_fleet(
            latency_goal_s=goal_s,
            processing_time_s=processing,
            peak_rate_per_s=rate,
            longest_job_s=3_600,
            concurrency=concurrency,
        ).queue_length

    assert concurrency <= target(goal / 2) <= target(goal)


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        ("latency_goal_s", 0, "above 0"),
        ("latency_goal_s", math.nan, "above 0"),
        ("latency_goal_s", 1_209_601, "14 days"),
        ("processing_time_s", -1, "above 0"),
        ("processing_time_s", 61, "at least processing_time_s, which is 61"),
        ("peak_rate_per_s", 0, "above 0"),
        ("peak_rate_per_s", 1e6, str(MAX_IN_FLIGHT)),
        ("longest_job_s", 43_171, "at most 43170"),
        ("concurrency", 0, "1 or more"),
        ("concurrency", 1.5, "whole number"),
        ("concurrency", True, "whole number"),
    ],
)
def test_what_cannot_work_is_refused_by_name(parameter: str, value: object, says: str) -> None:
    with pytest.raises(PlannerInputError) as refused:
        plan_fleet(**GOAL | {parameter: value})
    message = str(refused.value)
    assert says in message
    assert refused.value.parameter in message
    assert repr(refused.value.value) in message


def test_a_caller_can_put_an_error_in_its_own_words() -> None:
    with pytest.raises(PlannerInputError) as refused:
        plan_timing(longest_job_s=-1)
    said = str(refused.value.in_words({"longest_job_s": "longestJob"}, {"longest_job_s": "-1s"}))
    assert said.startswith("longestJob is '-1s': ")

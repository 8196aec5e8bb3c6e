import pytest
from tests.components.agents import NUMBERS, agent

from pulumi_shoal.agent_plan import plan_agent
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.sizing import plan_fleet, plan_timing


def test_a_goal_takes_every_number_from_the_planner() -> None:
    plan = plan_agent(agent(concurrency=3, longest_job_s=40))
    fleet = plan_fleet(
        latency_goal_s=60,
        processing_time_s=2,
        peak_rate_per_s=50,
        longest_job_s=40,
        concurrency=3,
    )
    numbers = plan.numbers()
    assert numbers.pop("min_replica_count") == 0
    assert numbers == {name: getattr(fleet, name) for name in numbers}
    assert plan.explanations["queue_length"] == fleet.explanations["queue_length"]


def test_explicit_numbers_stand_and_times_follow_from_the_longest_job() -> None:
    plan = plan_agent(agent({"scaling": NUMBERS}, longest_job_s=40))
    timing = plan_timing(longest_job_s=40)
    assert (plan.queue_length, plan.max_replica_count) == (10, 8)
    assert plan.drain_s == timing.drain_s
    assert plan.oldest_message_alarm_s is None


def test_a_drain_set_by_hand_moves_the_grace_period_along() -> None:
    usual = plan_agent(agent())
    plan = plan_agent(agent(drain_s=200))
    margin_s = usual.termination_grace_period_s - usual.drain_s
    assert plan.termination_grace_period_s == 200 + margin_s


def test_every_number_that_there_is_can_be_explained() -> None:
    for sized in (None, {"scaling": NUMBERS}):
        plan = plan_agent(agent(sized))
        given = {name for name, number in plan.numbers().items() if number is not None}
        assert given == set(plan.explanations)
        assert all(plan.explanations.values())


def test_a_fleet_of_no_size_has_no_plan() -> None:
    with pytest.raises(PlannerInputError, match=r"scaling\.queue_length"):
        plan_agent(agent({"concurrency": 1}))

from typing import Any

import pytest
from tests.components.agents import GOAL, HERE, NUMBERS, agent

from pulumi_shoal.agent_rules import AGENT_RULES
from pulumi_shoal.agent_spec import AgentSpec
from pulumi_shoal.problem import Severity


def _found(spec: AgentSpec) -> dict[str, str]:
    """Return what the rules find: the sentence by its code."""
    problems = filter(None, (rule(spec) for rule in AGENT_RULES))
    return {problem.code: HERE.describe(problem) for problem in problems}


def _numbers(**scaling: Any) -> dict[str, Any]:
    return {"scaling": NUMBERS | scaling}


@pytest.mark.parametrize("sized", [GOAL, _numbers()])
def test_nothing_is_wrong_with_an_agent_sized_one_way(sized: dict[str, Any]) -> None:
    assert _found(agent(sized)) == {}


@pytest.mark.parametrize("name", ["Resize", "resize_images", "-resize", "resize."])
def test_a_name_that_is_no_dns_label_is_an_error(name: str) -> None:
    assert set(_found(agent(name=name))) == {"name-not-dns"}


def test_a_name_leaves_room_for_the_autoscalers() -> None:
    assert _found(agent(name="a" * 54)) == {}
    found = _found(agent(name="a" * 55))
    assert set(found) == {"scaled-object-name-too-long"}
    assert "at most 54 characters (this has 55)" in found["scaled-object-name-too-long"]


@pytest.mark.parametrize("handler", ["resize", "shop.images", "shop/images.py:resize", ":f", "m:"])
def test_a_handler_names_module_and_function(handler: str) -> None:
    assert set(_found(agent(handler=handler))) == {"handler-malformed"}


@pytest.mark.parametrize("number", ["queue_length", "max_replica_count"])
def test_a_goal_and_a_number_that_follows_from_it_exclude_each_other(number: str) -> None:
    found = _found(agent(scaling={number: 70}))
    assert set(found) == {"goal-and-numbers"}
    assert f"here.scaling.{number} is 70" in found["goal-and-numbers"]


def test_a_goal_goes_with_the_numbers_that_do_not_follow_from_it() -> None:
    assert _found(agent(scaling={"min_replica_count": 1, "polling_interval_s": 5})) == {}


def test_an_agent_without_any_size_is_an_error() -> None:
    assert set(_found(agent({"concurrency": 1}))) == {"no-size"}


def test_half_of_the_numbers_are_no_size() -> None:
    found = _found(agent({"scaling": {"queue_length": 5}}))
    assert "here.scaling.max_replica_count is not given" in found["no-size"]


@pytest.mark.parametrize("part", sorted(GOAL))
def test_a_goal_needs_its_three_parts(part: str) -> None:
    found = _found(agent({key: value for key, value in GOAL.items() if key != part}))
    assert set(found) == {"goal-incomplete"}
    assert f"here.{part} is not given" in found["goal-incomplete"]


def test_the_largest_fleet_is_not_below_the_smallest() -> None:
    found = _found(agent(_numbers(max_replica_count=2, min_replica_count=5)))
    assert set(found) == {"max-below-min"}
    assert "here.scaling.max_replica_count is 2" in found["max-below-min"]
    assert "at least scaling.min_replica_count (5)" in found["max-below-min"]
    assert _found(agent(_numbers(max_replica_count=5, min_replica_count=5))) == {}


def test_the_smallest_fleet_is_not_above_what_the_goal_needs() -> None:
    found = _found(agent(scaling={"min_replica_count": 500}))
    assert "here.scaling.min_replica_count is 500" in found["max-below-min"]


def test_without_a_heartbeat_the_visibility_timeout_outlasts_the_longest_job() -> None:
    short: dict[str, Any] = {"visibility_timeout_s": 60, "longest_job_s": 60}
    assert set(_found(agent(heartbeat=False, **short))) == {"visibility-below-longest-job"}
    assert _found(agent(heartbeat=True, **short)) == {}
    assert _found(agent(heartbeat=False, longest_job_s=60, visibility_timeout_s=61)) == {}


def test_the_grace_period_outlasts_the_drain() -> None:
    found = _found(agent(drain_s=90, termination_grace_period_s=90))
    assert set(found) == {"grace-under-drain"}
    assert "more than drain_s (90 s)" in found["grace-under-drain"]
    assert set(_found(agent(termination_grace_period_s=30))) == {"grace-under-drain"}
    assert _found(agent(drain_s=90, termination_grace_period_s=91)) == {}


def test_a_drain_shorter_than_the_longest_job_is_doubtful() -> None:
    assert set(_found(agent(drain_s=10))) == {"drain-under-longest-job"}


def test_the_variables_of_the_contract_cannot_be_set_by_hand() -> None:
    found = _found(agent(environment={"SHOAL_DRAIN_S": "5"}))
    assert set(found) == {"environment-reserved"}
    assert "'SHOAL_DRAIN_S'" in found["environment-reserved"]


def test_the_variables_that_nothing_derives_can_be_set_by_hand() -> None:
    assert _found(agent(environment={"SHOAL_ISOLATION": "thread", "BUCKET": "b"})) == {}
    assert set(_found(agent(environment={"SHOAL_ISOLATON": "thread"}))) == {"environment-reserved"}


@pytest.mark.parametrize(("actions", "resources"), [(["*"], ["a"]), (["s3:GetObject"], ["*"])])
def test_a_wildcard_permission_is_doubtful(actions: list[str], resources: list[str]) -> None:
    permissions = [{"actions": actions, "resources": resources}]
    assert set(_found(agent(permissions=permissions))) == {"permission-too-wide"}


def test_a_cpu_limit_is_doubtful_and_one_under_the_request_an_error() -> None:
    assert set(_found(agent(resources={"cpu_limit": "1"}))) == {"cpu-limit-throttles"}
    assert set(_found(agent(resources={"cpu_limit": "100m"}))) == {"cpu-limit-under-request"}


def test_polling_slower_than_the_goal_is_doubtful_while_the_fleet_may_be_at_zero() -> None:
    slow = {"polling_interval_s": 60}
    assert set(_found(agent(scaling=slow))) == {"polling-slower-than-goal"}
    assert _found(agent(scaling=slow | {"min_replica_count": 1})) == {}


def test_doubts_are_warnings_and_the_rest_are_errors() -> None:
    doubtful = agent(
        drain_s=10,
        resources={"cpu_limit": "1"},
        scaling={"polling_interval_s": 90},
        permissions=[{"actions": ["*"], "resources": ["*"]}],
    )
    found = [problem for rule in AGENT_RULES if (problem := rule(doubtful))]
    assert {problem.severity for problem in found} == {Severity.WARNING}
    assert len(found) == 4

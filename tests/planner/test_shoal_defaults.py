"""What the planner simulates as Shoal's settings is what a QueueAgent deploys with."""

from dataclasses import fields

from pulumi_shoal.agent_manifest import scaled_object_spec
from pulumi_shoal.agent_plan import plan_agent
from pulumi_shoal.agent_spec import AgentSpec, ScalingSpec
from pulumi_shoal.problem import yaml_key
from pulumi_shoal.stack_settings import AgentSettings
from shoal_agent import contract
from shoal_planner import fleet_file, size, sizing
from shoal_planner.duration import parse_duration_s
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.scaled_object import ScaledObject


def test_the_scaled_object_that_is_deployed_is_the_one_that_is_simulated() -> None:
    scaling = ScalingSpec(queue_length=30, max_replica_count=12)
    agent = AgentSpec(name="", handler="handlers:handle", scaling=scaling)
    spec = scaled_object_spec(agent, plan_agent(agent), queue_url="jobs", region="eu-west-1")
    deployed = ScaledObject.from_manifest({"kind": "ScaledObject", "spec": spec})
    assert deployed == FleetScaling(queue_length=30, max_replica_count=12).scaled_object()


def test_a_fleet_file_may_be_any_entry_of_the_stacks_agents() -> None:
    known = {*fleet_file.DURATIONS, *fleet_file.NUMBERS, *fleet_file.GOAL, "scaling"}
    assert {yaml_key(field.name) for field in fields(AgentSettings)} <= {
        *known,
        *fleet_file.DEPLOYMENT_ONLY,
    }
    assert {yaml_key(field.name) for field in fields(ScalingSpec)} == {
        *fleet_file.SCALING_DURATIONS,
        *fleet_file.SCALING_NUMBERS,
    }


def test_the_timing_of_a_minute_long_job_is_the_agents_default() -> None:
    plan = sizing.plan_timing(longest_job_s=contract.DEFAULT_LONGEST_JOB_S)
    assert plan.visibility_timeout_s == contract.DEFAULT_VISIBILITY_TIMEOUT_S
    assert plan.drain_s == contract.DEFAULT_DRAIN_S
    assert sizing.MAX_VISIBILITY_TIMEOUT_S == contract.MAX_VISIBILITY_TIMEOUT_S
    assert parse_duration_s("", size.DEFAULT_LONGEST_JOB) == contract.DEFAULT_LONGEST_JOB_S

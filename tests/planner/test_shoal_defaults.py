"""What the planner simulates as Shoal's settings is what a QueueAgent deploys with."""

from dataclasses import fields

from pulumi_shoal import agent_manifest
from pulumi_shoal.agent_spec import ScalingSpec
from shoal_agent import contract
from shoal_planner import fleet_scaling, size, sizing
from shoal_planner.duration import parse_duration_s
from shoal_planner.fleet_scaling import FleetScaling


def test_every_scaling_default_is_the_components_own() -> None:
    deployed = ScalingSpec()
    planned = FleetScaling(queue_length=1, max_replica_count=1)
    names = {field.name for field in fields(FleetScaling)} - {"queue_length", "max_replica_count"}
    assert {n: getattr(planned, n) for n in names} == {n: getattr(deployed, n) for n in names}


def test_the_periods_of_the_behavior_are_the_components_own() -> None:
    assert fleet_scaling.SCALE_UP_PERIOD_S == agent_manifest.SCALE_UP_PERIOD_S
    assert fleet_scaling.SCALE_DOWN_PERIOD_S == agent_manifest.SCALE_DOWN_PERIOD_S


def test_the_timing_of_a_minute_long_job_is_the_agents_default() -> None:
    plan = sizing.plan_timing(longest_job_s=contract.DEFAULT_LONGEST_JOB_S)
    assert plan.visibility_timeout_s == contract.DEFAULT_VISIBILITY_TIMEOUT_S
    assert plan.drain_s == contract.DEFAULT_DRAIN_S
    assert sizing.MAX_VISIBILITY_TIMEOUT_S == contract.MAX_VISIBILITY_TIMEOUT_S
    assert parse_duration_s("", size.DEFAULT_LONGEST_JOB) == contract.DEFAULT_LONGEST_JOB_S

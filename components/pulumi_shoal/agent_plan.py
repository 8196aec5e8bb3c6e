"""The numbers an agent runs with: what the user set, and what follows from it.

A fleet is sized by a latency goal, or by KEDA's own numbers. Times follow from the longest job
either way; one that the user set stands, and the others move with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from pulumi_shoal.agent_spec import AgentSpec
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.sizing import FleetPlan, TimingPlan, plan_fleet, plan_timing

_AS_GIVEN = "As given in the settings."
_SIZES = ("queue_length", "max_replica_count")


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """Every number of one fleet, in messages, replicas or seconds.

    `explanations` maps each field to the sentence that says where its number comes from.
    `oldest_message_alarm_s` is None where no latency goal says how long a wait is too long.
    """

    queue_length: int
    min_replica_count: int
    max_replica_count: int
    visibility_timeout_s: int
    drain_s: int
    termination_grace_period_s: int
    oldest_message_alarm_s: int | None
    explanations: Mapping[str, str]

    def numbers(self) -> dict[str, int | None]:
        """Return the numbers alone, by field."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "explanations"}


def plan_agent(spec: AgentSpec) -> AgentPlan:
    """Return an agent's plan.

    Raises PlannerInputError for a number that no fleet can work with, or where neither goal
    nor numbers say how large the fleet should be.
    """
    derived = _derive(spec)
    given = _given(spec)
    drain_s = given.get("drain_s", derived.drain_s)
    margin_s = derived.termination_grace_period_s - derived.drain_s
    numbers = {
        **_sizes(derived),
        "visibility_timeout_s": derived.visibility_timeout_s,
        "termination_grace_period_s": drain_s + margin_s,
        "drain_s": drain_s,
        **given,
    }
    missing = next((name for name in _SIZES if name not in numbers), None)
    if missing is not None:
        raise PlannerInputError(f"scaling.{missing}", None, allowed="a number, or a latency goal")
    return AgentPlan(
        **numbers,
        oldest_message_alarm_s=derived.oldest_message_alarm_s,
        explanations=MappingProxyType({**derived.explanations, **dict.fromkeys(given, _AS_GIVEN)}),
    )


def _given(spec: AgentSpec) -> dict[str, int]:
    """Return the numbers that the user set."""
    numbers = {
        "queue_length": spec.scaling.queue_length,
        "min_replica_count": spec.scaling.min_replica_count,
        "max_replica_count": spec.scaling.max_replica_count,
        "visibility_timeout_s": spec.visibility_timeout_s,
        "drain_s": spec.drain_s,
        "termination_grace_period_s": spec.termination_grace_period_s,
    }
    return {name: number for name, number in numbers.items() if number is not None}


def _derive(spec: AgentSpec) -> FleetPlan | TimingPlan:
    goal = spec.goal
    if goal is None:
        return plan_timing(longest_job_s=spec.longest_job_s, heartbeat=spec.heartbeat)
    return plan_fleet(
        latency_goal_s=goal.latency_goal_s,
        processing_time_s=goal.processing_time_s,
        peak_rate_per_s=goal.peak_rate_per_s,
        longest_job_s=spec.longest_job_s,
        concurrency=spec.concurrency,
        heartbeat=spec.heartbeat,
    )


def _sizes(derived: FleetPlan | TimingPlan) -> dict[str, int]:
    if isinstance(derived, TimingPlan):
        return {}
    return {
        "queue_length": derived.queue_length,
        "max_replica_count": derived.max_replica_count,
    }

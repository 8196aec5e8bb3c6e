"""Settings that tests start from: each names only what it is about."""

from typing import Any

from pulumi_shoal.agent_spec import AgentSpec
from pulumi_shoal.problem import Place
from pulumi_shoal.settings_reader import read

HERE = Place("here.")
GOAL: dict[str, Any] = {"latency_goal_s": 60, "processing_time_s": 2, "peak_rate_per_s": 50}
NUMBERS: dict[str, Any] = {"queue_length": 10, "max_replica_count": 8}


def agent(sized: dict[str, Any] | None = None, **settings: Any) -> AgentSpec:
    """Return an agent that nothing is wrong with, but for what the test says."""
    given = {"name": "resize", "handler": "shop.images:resize", **(sized or GOAL), **settings}
    return read(AgentSpec, given, HERE)

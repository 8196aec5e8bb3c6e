"""A fleet from a file: an agent as the stack's configuration has it, and how to model it.

The file is one agent's entry of `shoal:agents` (or a whole `Pulumi.<stack>.yaml`, of which one
agent is taken), and may have one key more, `model`, with what the stack does not know: how long
pods and nodes take to start, the shape of processing times, what fails. Keys that matter only
to the deployment (handler, image, permissions and so on) are passed over.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoal_planner.document_file import read_documents
from shoal_planner.duration import parse_duration_s
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.sizing import FleetPlan, plan_fleet

DURATIONS = {
    "drain": "drain_s",
    "longestJob": "longest_job_s",
    "terminationGracePeriod": "termination_grace_period_s",
    "visibilityTimeout": "visibility_timeout_s",
}
NUMBERS = {"concurrency": "concurrency", "heartbeat": "heartbeat"}
GOAL = ("latencyGoal", "peakRate", "processingTime")
DEPLOYMENT_ONLY = (
    "build",
    "environment",
    "handler",
    "image",
    "logLevel",
    "name",
    "permissions",
    "queue",
    "resources",
)
MODEL_DURATIONS = {
    "delay": "delay_s",
    "nodeIdle": "node_idle_s",
    "nodeProvisioning": "node_provisioning_s",
    "retryDelay": "retry_delay_s",
    "startDelay": "start_delay_s",
}
MODEL_NUMBERS = {
    "cpuShare": "cpu_share",
    "drains": "drains",
    "failureShare": "failure_share",
    "maxReceiveCount": "max_receive_count",
    "minNodes": "min_nodes",
    "podsPerNode": "pods_per_node",
}
PROCESSING = ("processingTimeShape", "processingTimeVariation")
SCALING_DURATIONS = {
    "cooldownPeriod": "cooldown_period_s",
    "pollingInterval": "polling_interval_s",
    "scaleDownStabilization": "scale_down_stabilization_s",
}
SCALING_NUMBERS = {
    "activationQueueLength": "activation_queue_length",
    "maxReplicaCount": "max_replica_count",
    "minReplicaCount": "min_replica_count",
    "queueLength": "queue_length",
    "scaleDownPercent": "scale_down_percent",
    "scaleUpPercent": "scale_up_percent",
    "scaleUpPods": "scale_up_pods",
}
FLAGS = ("drains", "heartbeat")
FRACTIONS = ("cpuShare", "failureShare", "processingTimeVariation", "peakRate")


_SCALING = "spec.advanced.horizontalPodAutoscalerConfig.behavior"
WORDS = {
    **{field: key for key, field in DURATIONS.items()},
    **{
        field: f"model.{key}"
        for key, field in {**MODEL_DURATIONS, **MODEL_NUMBERS}.items()
        if field != key
    },
    "latency_goal_s": "latencyGoal",
    "peak_rate_per_s": "peakRate",
    "processing_time_s": "processingTime",
    "processing_time_shape": "model.processingTimeShape",
    "processing_time_variation": "model.processingTimeVariation",
    "spec.triggers[0].metadata.queueLength": "scaling.queueLength",
    f"{_SCALING}.scaleUp.policies[0].value": "scaling.scaleUpPercent",
    f"{_SCALING}.scaleUp.policies[1].value": "scaling.scaleUpPods",
    f"{_SCALING}.scaleDown.policies[0].value": "scaling.scaleDownPercent",
    f"{_SCALING}.scaleDown.stabilizationWindowSeconds": "scaling.scaleDownStabilization",
    **{
        f"spec.{key}": f"scaling.{key}"
        for key in ("cooldownPeriod", "maxReplicaCount", "minReplicaCount", "pollingInterval")
    },
}
"""What the models and the ScaledObject call a number: its key in the file."""


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """A fleet and its scaling; `plan` and the goal are None where KEDA's own numbers size it."""

    fleet: Fleet
    scaling: FleetScaling
    plan: FleetPlan | None
    latency_goal_s: float | None
    peak_rate_per_s: float | None


def read_fleet_file(path: Path, *, agent: str | None = None) -> FleetSettings:
    """Read a fleet from a YAML or JSON file; raise PlannerInputError naming the key."""
    documents = read_documents(path, "FLEET")
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        raise PlannerInputError("FLEET", str(path), allowed="a file with one mapping of keys")
    return fleet_settings(_agent_entry(documents[0], agent))


def fleet_settings(entry: Mapping[str, Any]) -> FleetSettings:
    """Return the fleet that an agent's entry (with `model`) describes."""
    if "kind" in entry:
        raise PlannerInputError(
            "FLEET",
            entry["kind"],
            allowed="an entry of shoal:agents, or a whole Pulumi.<stack>.yaml",
            why="this is an object of Kubernetes",
        )
    try:
        return _settings(entry)
    except PlannerInputError as error:
        raise error.in_words(WORDS) from None


def _settings(entry: Mapping[str, Any]) -> FleetSettings:
    _known("", entry, {*DURATIONS, *NUMBERS, *GOAL, *DEPLOYMENT_ONLY, "scaling", "model"})
    model = _mapping("model", entry.get("model", {}))
    _known("model.", model, {*MODEL_DURATIONS, *MODEL_NUMBERS, *PROCESSING})
    if "processingTime" not in entry:
        raise PlannerInputError(
            "processingTime",
            None,
            allowed="a duration such as 2s",
            why="nothing can be said about a fleet without the mean time of one message",
        )
    processing: dict[str, Any] = {
        "mean_s": parse_duration_s("processingTime", entry["processingTime"])
    }
    if "processingTimeShape" in model:
        processing["shape"] = model["processingTimeShape"]
    if "processingTimeVariation" in model:
        processing["variation"] = _number("model.", "processingTimeVariation", model)
    fields = {
        **_read("", entry, DURATIONS, NUMBERS),
        **_read("model.", model, MODEL_DURATIONS, MODEL_NUMBERS),
    }
    fleet = Fleet(ProcessingTime(**processing), **fields)
    return _with_scaling(fleet, entry)


def _with_scaling(fleet: Fleet, entry: Mapping[str, Any]) -> FleetSettings:
    scaling = _mapping("scaling", entry.get("scaling", {}))
    _known("scaling.", scaling, {*SCALING_DURATIONS, *SCALING_NUMBERS})
    numbers = _read("scaling.", scaling, SCALING_DURATIONS, SCALING_NUMBERS)
    numbers = {name: int(value) for name, value in numbers.items()}
    goal_s = rate = plan = None
    if "latencyGoal" in entry:
        goal_s = parse_duration_s("latencyGoal", entry["latencyGoal"])
        rate = _number("", "peakRate", entry)
        plan = plan_fleet(
            latency_goal_s=goal_s,
            processing_time_s=fleet.processing_time.mean_s,
            peak_rate_per_s=rate,
            longest_job_s=fleet.longest_job_s,
            concurrency=fleet.concurrency,
            heartbeat=fleet.heartbeat,
        )
        numbers = {
            "queue_length": plan.queue_length,
            "max_replica_count": plan.max_replica_count,
            **numbers,
        }
    for key in ("queueLength", "maxReplicaCount"):
        if SCALING_NUMBERS[key] not in numbers:
            raise PlannerInputError(
                f"scaling.{key}",
                None,
                allowed="a whole number",
                why="neither it nor a latencyGoal with a peakRate sizes the fleet",
            )
    settings = FleetScaling(**numbers)
    settings.scaled_object()  # refuses what the ScaledObject would
    return FleetSettings(fleet, settings, plan, goal_s, rate)


def _agent_entry(document: Mapping[str, Any], agent: str | None) -> Mapping[str, Any]:
    config = document.get("config")
    if not isinstance(config, Mapping):
        name = document.get("name")
        if agent not in (None, name):
            why = "the file holds one agent" + ("" if name is None else f", {name}")
            raise PlannerInputError("--agent", agent, allowed="none or its name", why=why)
        return document
    agents = config.get("shoal:agents") or []
    if not isinstance(agents, list) or not all(isinstance(each, Mapping) for each in agents):
        raise PlannerInputError("shoal:agents", agents, allowed="a list of agents, each a mapping")
    names = [str(entry.get("name")) for entry in agents]
    chosen = [entry for entry in agents if agent in (None, entry.get("name"))]
    if len(chosen) != 1:
        raise PlannerInputError(
            "--agent", agent, allowed=f"one of {', '.join(names) or 'no agents at all'}"
        )
    entry: Mapping[str, Any] = chosen[0]
    return entry


def _read(
    prefix: str,
    entry: Mapping[str, Any],
    durations: Mapping[str, str],
    numbers: Mapping[str, str],
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        field: parse_duration_s(prefix + key, entry[key])
        for key, field in durations.items()
        if key in entry
    }
    for key, field in numbers.items():
        if key in entry:
            fields[field] = _number(prefix, key, entry)
    return fields


def _number(prefix: str, key: str, entry: Mapping[str, Any]) -> Any:
    value = entry.get(key)
    if key in FLAGS:
        valid, allowed = isinstance(value, bool), "true or false"
    elif key in FRACTIONS:
        valid, allowed = type(value) in (int, float), "a number"
    else:
        valid, allowed = type(value) is int, "a whole number"
    if not valid:
        raise PlannerInputError(prefix + key, value, allowed=allowed)
    return value


def _mapping(key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PlannerInputError(key, value, allowed="a mapping of keys")
    return value


def _known(prefix: str, entry: Mapping[str, Any], keys: set[str]) -> None:
    for key in entry:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1)
            raise PlannerInputError(
                prefix + str(key),
                entry[key],
                allowed=f"one of {', '.join(sorted(keys))}",
                fix=f"did you mean {prefix}{near[0]}?" if near else "",
            )

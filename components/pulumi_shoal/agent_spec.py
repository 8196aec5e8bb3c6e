"""The settings of an agent: what it runs, how long its work takes, how far it scales."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pulumi

from pulumi_shoal.agent_args import (
    ClusterRefArgs,
    QueueAgentArgs,
    QueueRefArgs,
    ResourcesArgs,
    ScalingArgs,
)
from pulumi_shoal.iam_policy import PermissionArgs
from pulumi_shoal.setting_kind import (
    DURATION,
    FLAG,
    INPUT,
    INPUT_MAP,
    INPUTS,
    NUMBER,
    QUANTITY,
    TEXT,
    TEXTS,
    WHOLE,
    WHOLE_DURATION,
    Kind,
    one_of,
)
from pulumi_shoal.settings_reader import section, sections, setting
from shoal_agent import contract
from shoal_planner import fleet_scaling

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, kw_only=True)
class ScalingSpec:
    """How a fleet scales."""

    ARGS: ClassVar[type] = ScalingArgs

    queue_length: int | None = setting(WHOLE, default=None, least=1)
    max_replica_count: int | None = setting(WHOLE, default=None, least=1)
    min_replica_count: int = setting(
        WHOLE, default=fleet_scaling.DEFAULT_MIN_REPLICA_COUNT, least=0
    )
    activation_queue_length: int = setting(
        WHOLE, default=fleet_scaling.DEFAULT_ACTIVATION_QUEUE_LENGTH, least=0
    )
    polling_interval_s: int = setting(
        WHOLE_DURATION, default=fleet_scaling.DEFAULT_POLLING_INTERVAL_S, least=1
    )
    cooldown_period_s: int = setting(
        WHOLE_DURATION, default=fleet_scaling.DEFAULT_COOLDOWN_PERIOD_S, least=0
    )
    scale_up_pods: int = setting(WHOLE, default=fleet_scaling.DEFAULT_SCALE_UP_PODS, least=1)
    scale_up_percent: int = setting(WHOLE, default=fleet_scaling.DEFAULT_SCALE_UP_PERCENT, least=1)
    scale_down_percent: int = setting(
        WHOLE, default=fleet_scaling.DEFAULT_SCALE_DOWN_PERCENT, least=1, most=100
    )
    # autoscaling/v2: a stabilization window is an hour at most.
    scale_down_stabilization_s: int = setting(
        WHOLE_DURATION,
        default=fleet_scaling.DEFAULT_SCALE_DOWN_STABILIZATION_S,
        least=0,
        most=3_600,
    )


@dataclass(frozen=True, kw_only=True)
class ResourcesSpec:
    """What one pod of an agent gets."""

    ARGS: ClassVar[type] = ResourcesArgs

    cpu: str = setting(QUANTITY, default="250m")
    cpu_limit: str | None = setting(QUANTITY, default=None)
    memory: str = setting(QUANTITY, default="256Mi")
    temporary_storage: str = setting(QUANTITY, default="1Gi")


def _conditions(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return dict(value)


CONDITIONS = Kind("map of IAM conditions", _conditions)


@dataclass(frozen=True, kw_only=True)
class PermissionSpec:
    """One thing an agent is allowed to do beside working on its queue."""

    ARGS: ClassVar[type] = PermissionArgs

    actions: list[str] = setting(TEXTS)
    resources: list[pulumi.Input[str]] = setting(INPUTS)
    conditions: dict[str, Any] = setting(CONDITIONS, default={})

    def as_permission(self) -> PermissionArgs:
        """Return it in the form that policy documents are made of."""
        permission: PermissionArgs = {"actions": self.actions, "resources": self.resources}
        return {**permission, "conditions": self.conditions} if self.conditions else permission


@dataclass(frozen=True, kw_only=True)
class QueueRefSpec:
    """A queue to work on."""

    ARGS: ClassVar[type] = QueueRefArgs

    url: pulumi.Input[str] = setting(INPUT)
    arn: pulumi.Input[str] = setting(INPUT)
    dead_letter_url: pulumi.Input[str] = setting(INPUT)
    dead_letter_arn: pulumi.Input[str] = setting(INPUT)
    kms_key_arn: pulumi.Input[str] | None = setting(INPUT, default=None)


@dataclass(frozen=True, kw_only=True)
class ClusterRefSpec:
    """What a role needs to know of a cluster."""

    ARGS: ClassVar[type] = ClusterRefArgs

    oidc_provider_arn: pulumi.Input[str] = setting(INPUT)
    oidc_issuer: pulumi.Input[str] = setting(INPUT)


class LatencyGoal(NamedTuple):
    """How long a message may wait, how long it takes, and how fast messages come."""

    latency_goal_s: float
    processing_time_s: float
    peak_rate_per_s: float


@dataclass(frozen=True, kw_only=True)
class AgentSpec:
    """What every agent is told. Durations are seconds."""

    ARGS: ClassVar[type] = QueueAgentArgs

    name: str = setting(TEXT)
    """Name of the agent, and of everything that is made for it: a DNS label of at most 54
    characters."""
    handler: str = setting(TEXT)
    concurrency: int = setting(WHOLE, default=contract.DEFAULT_CONCURRENCY, least=1)
    longest_job_s: int = setting(WHOLE_DURATION, default=contract.DEFAULT_LONGEST_JOB_S, least=1)
    heartbeat: bool = setting(FLAG, default=contract.DEFAULT_HEARTBEAT)
    latency_goal_s: float | None = setting(DURATION, default=None)
    processing_time_s: float | None = setting(DURATION, default=None)
    peak_rate_per_s: float | None = setting(NUMBER, default=None)
    scaling: ScalingSpec = section(ScalingSpec)
    visibility_timeout_s: int | None = setting(
        WHOLE_DURATION, default=None, least=1, most=contract.MAX_VISIBILITY_TIMEOUT_S
    )
    drain_s: int | None = setting(WHOLE_DURATION, default=None, least=1)
    termination_grace_period_s: int | None = setting(WHOLE_DURATION, default=None, least=1)
    resources: ResourcesSpec = section(ResourcesSpec)
    environment: dict[str, pulumi.Input[str]] = setting(INPUT_MAP, default={})
    permissions: list[PermissionSpec] = sections(PermissionSpec, default=[])
    log_level: str = setting(one_of(*LOG_LEVELS), default=contract.DEFAULT_LOG_LEVEL)

    @property
    def goal(self) -> LatencyGoal | None:
        """The latency goal that sizes the fleet; None where KEDA's own numbers do."""
        wait_s, work_s, rate_per_s = (
            self.latency_goal_s,
            self.processing_time_s,
            self.peak_rate_per_s,
        )
        if wait_s is None or work_s is None or rate_per_s is None:
            return None
        return LatencyGoal(wait_s, work_s, rate_per_s)


@dataclass(frozen=True, kw_only=True)
class QueueAgentSpec(AgentSpec):
    """The settings of a `QueueAgent`."""

    ARGS: ClassVar[type] = QueueAgentArgs

    image: pulumi.Input[str] = setting(INPUT)
    queue: QueueRefSpec = section(QueueRefSpec)
    cluster: ClusterRefSpec = section(ClusterRefSpec)
    namespace: pulumi.Input[str] = setting(INPUT, default="default")
    keda_operator_role_name: pulumi.Input[str] | None = setting(INPUT, default=None)

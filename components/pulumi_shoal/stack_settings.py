"""The settings of a stack: everything under `shoal:` in `Pulumi.<stack>.yaml`."""

from dataclasses import dataclass, field
from typing import Any

from pulumi_shoal.agent_args import ClusterRefArgs
from pulumi_shoal.agent_plan import plan_agent
from pulumi_shoal.agent_spec import AgentSpec
from pulumi_shoal.cluster_spec import (
    EksClusterArgs,
    EksClusterSpec,
    ExistingClusterArgs,
    ExistingClusterSpec,
)
from pulumi_shoal.image_spec import AgentImageSpec
from pulumi_shoal.keda_spec import KedaArgs, KedaSettings
from pulumi_shoal.queue_spec import QueueSpec, WorkQueueArgs
from pulumi_shoal.setting_kind import FLAG, TEXT, one_of
from pulumi_shoal.settings_reader import as_args, section, section_by_kind, sections, setting

_KIND = one_of("new", "existing", "laptop")


@dataclass(frozen=True, kw_only=True)
class NewCluster(EksClusterSpec):
    """`kind: new`. An EKS cluster made by the stack."""

    kind: str = setting(_KIND)
    """What cluster the stack uses: `new`, `existing` or `laptop`."""

    def args(self) -> EksClusterArgs:
        """Return the arguments of the cluster to make."""
        args: EksClusterArgs = as_args(self, EksClusterArgs)
        return args


@dataclass(frozen=True, kw_only=True)
class StandingCluster(ExistingClusterSpec):
    """`kind: existing`. A cluster that stands already."""

    kind: str = setting(_KIND)
    """What cluster the stack uses: `new`, `existing` or `laptop`."""

    def args(self) -> ExistingClusterArgs:
        """Return the arguments that describe the cluster."""
        args: ExistingClusterArgs = as_args(self, ExistingClusterArgs)
        return args


@dataclass(frozen=True, kw_only=True)
class LaptopCluster:
    """`kind: laptop`. No cluster: `shoal-local up` runs the fleet as processes.

    The other components want to be told of a cluster, and these constants are what they get.
    """

    kind: str = setting(_KIND)
    """What cluster the stack uses: `new`, `existing` or `laptop`."""
    cluster_name: str = field(default="laptop", init=False)
    kubeconfig: str = field(default="apiVersion: v1\nkind: Config\n", init=False)
    oidc_issuer: str = field(default="oidc.laptop.invalid/id/shoal", init=False)
    oidc_provider_arn: str = field(
        default="arn:aws:iam::123456789012:oidc-provider/oidc.laptop.invalid/id/shoal", init=False
    )

    def args(self) -> ExistingClusterArgs:
        """Return the arguments that stand in for a cluster's."""
        args: ExistingClusterArgs = as_args(self, ExistingClusterArgs)
        return args


@dataclass(frozen=True, kw_only=True)
class StackKedaSettings(KedaSettings):
    """KEDA on the stack's cluster."""

    install: bool = setting(FLAG, default=True)
    """Whether the stack installs KEDA. Default: true. A laptop has none; an existing cluster may
    have its own."""
    operator_role_name: str | None = setting(TEXT, default=None)
    """Role of the operator, where KEDA is there already. Default: none, so the operator must be
    allowed to measure the queues by other means."""

    def keda_args(self, cluster: ClusterRefArgs) -> KedaArgs:
        """Return the arguments of KEDA on a cluster."""
        args: KedaArgs = as_args(self, KedaArgs)
        return {**args, "cluster": cluster}


@dataclass(frozen=True, kw_only=True)
class AgentSettings(AgentSpec):
    """One agent of the stack: its fleet, its queue and its image."""

    image: str | None = setting(TEXT, default=None)
    """Image to run, by reference. Excludes `build`."""
    build: AgentImageSpec | None = section(AgentImageSpec, optional=True)
    """Image to build and run. Excludes `image`."""
    queue: QueueSpec = section(QueueSpec)
    """The queue and its DLQ. Default: its own defaults."""

    def work_queue_args(self) -> WorkQueueArgs:
        """Return the arguments of this agent's queue, with the timeout that its plan derives."""
        args: WorkQueueArgs = as_args(self.queue, WorkQueueArgs)
        return {**args, "visibility_timeout_s": plan_agent(self).visibility_timeout_s}


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """Everything a stack is told."""

    cluster: Any = section_by_kind(
        {"new": NewCluster, "existing": StandingCluster, "laptop": LaptopCluster}
    )
    """The cluster; `kind` says which."""
    keda: StackKedaSettings = section(StackKedaSettings)
    """The autoscaler. Default: its own defaults."""
    namespace: str = setting(TEXT, default="shoal")
    """Namespace made for the agents. Default: `shoal`."""
    agents: list[AgentSettings] = sections(AgentSettings)
    """The agents, each with a queue and a fleet of its own."""

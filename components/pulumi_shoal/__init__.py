"""Pulumi components that deploy fleets of stateless queue agents on AWS."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_shoal.agent_args import QueueAgentArgs
    from pulumi_shoal.agent_image import AgentImage
    from pulumi_shoal.agent_manifest import namespace_metadata
    from pulumi_shoal.agent_plan import AgentPlan, plan_agent
    from pulumi_shoal.cluster_spec import EksClusterArgs, ExistingClusterArgs
    from pulumi_shoal.eks_cluster import EksCluster
    from pulumi_shoal.existing_cluster import ExistingCluster
    from pulumi_shoal.iam_policy import PermissionArgs
    from pulumi_shoal.image_spec import AgentImageArgs
    from pulumi_shoal.irsa_role import IrsaRole, IrsaRoleArgs
    from pulumi_shoal.keda import Keda
    from pulumi_shoal.keda_spec import KedaArgs
    from pulumi_shoal.problem import SettingsError
    from pulumi_shoal.queue_agent import QueueAgent
    from pulumi_shoal.queue_spec import WorkQueueArgs
    from pulumi_shoal.settings_reader import as_args
    from pulumi_shoal.stack_config import read_stack_settings
    from pulumi_shoal.stack_settings import AgentSettings, StackSettings
    from pulumi_shoal.work_queue import WorkQueue

# Where each public name lives: a program pays for the SDKs of the components it uses.
_HOMES = {
    "AgentImage": "agent_image",
    "AgentImageArgs": "image_spec",
    "AgentPlan": "agent_plan",
    "AgentSettings": "stack_settings",
    "EksCluster": "eks_cluster",
    "EksClusterArgs": "cluster_spec",
    "ExistingCluster": "existing_cluster",
    "ExistingClusterArgs": "cluster_spec",
    "IrsaRole": "irsa_role",
    "IrsaRoleArgs": "irsa_role",
    "Keda": "keda",
    "KedaArgs": "keda_spec",
    "PermissionArgs": "iam_policy",
    "QueueAgent": "queue_agent",
    "QueueAgentArgs": "agent_args",
    "SettingsError": "problem",
    "StackSettings": "stack_settings",
    "WorkQueue": "work_queue",
    "WorkQueueArgs": "queue_spec",
    "as_args": "settings_reader",
    "namespace_metadata": "agent_manifest",
    "plan_agent": "agent_plan",
    "read_stack_settings": "stack_config",
}

__all__ = [
    "AgentImage",
    "AgentImageArgs",
    "AgentPlan",
    "AgentSettings",
    "EksCluster",
    "EksClusterArgs",
    "ExistingCluster",
    "ExistingClusterArgs",
    "IrsaRole",
    "IrsaRoleArgs",
    "Keda",
    "KedaArgs",
    "PermissionArgs",
    "QueueAgent",
    "QueueAgentArgs",
    "SettingsError",
    "StackSettings",
    "WorkQueue",
    "WorkQueueArgs",
    "as_args",
    "namespace_metadata",
    "plan_agent",
    "read_stack_settings",
]


def __getattr__(name: str) -> Any:
    """Import a public name's module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith("pulumi"):
            raise
        raise ImportError(
            f"pulumi_shoal needs {missing.name}: pip install 'shoal[components]'"
        ) from missing

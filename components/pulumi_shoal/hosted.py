"""The components that the plugin offers to programs in other languages."""

from importlib.metadata import version

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from pulumi_shoal.agent_image import AgentImage
from pulumi_shoal.eks_cluster import EksCluster
from pulumi_shoal.existing_cluster import ExistingCluster
from pulumi_shoal.irsa_role import IrsaRole
from pulumi_shoal.keda import Keda
from pulumi_shoal.problem import Place, SettingsError, property_key
from pulumi_shoal.queue_agent import QueueAgent
from pulumi_shoal.work_queue import WorkQueue

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    AgentImage,
    EksCluster,
    ExistingCluster,
    IrsaRole,
    Keda,
    QueueAgent,
    WorkQueue,
]


class ShoalProvider(ComponentProvider):
    """Constructs the components, and reports a mistake by its property instead of a traceback."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, "shoal", version=version("shoal"))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Construct one component; settings that cannot work become the engine's own errors."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if not isinstance(error.inner, SettingsError):
                raise
            raise InputPropertiesError("", property_errors(error.inner)) from None


def property_errors(error: SettingsError) -> list[InputPropertyErrorDetails]:
    """Return one error for each problem, spelt as the plugin's schema spells it."""
    return [
        {
            "property_path": property_key(problem.key),
            "reason": Place(place.prefix, property_key).describe(problem),
        }
        for place, problem in error.found
    ]

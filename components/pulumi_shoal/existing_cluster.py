"""`ExistingCluster`: a cluster that stands already, with the outputs of one made here."""

from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from pulumi_shoal.agent_args import ClusterRefArgs
from pulumi_shoal.checks import read_args
from pulumi_shoal.cluster_spec import ExistingClusterArgs, ExistingClusterSpec

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExistingCluster(pulumi.ComponentResource):
    """A cluster that stands already, reached by kubeconfig."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig of the cluster; a secret."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider."""
    oidc_issuer: pulumi.Output[str]
    """The OIDC issuer."""

    def __init__(
        self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(ExistingClusterSpec, f"ExistingCluster '{name}'", args)
        super().__init__("shoal:index:ExistingCluster", name, None, opts)

        called = name if spec.cluster_name is None else spec.cluster_name
        self.cluster_name = pulumi.Output.from_input(called)
        self.kubeconfig = pulumi.Output.secret(spec.kubeconfig)
        self.oidc_provider_arn = pulumi.Output.from_input(spec.oidc_provider_arn)
        self.oidc_issuer = pulumi.Output.from_input(spec.oidc_issuer)
        self.provider = kubernetes_provider(self, name, self.kubeconfig)
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "kubeconfig": self.kubeconfig,
                "oidcProviderArn": self.oidc_provider_arn,
                "oidcIssuer": self.oidc_issuer,
            }
        )

    @property
    def ref(self) -> ClusterRefArgs:
        """What roles on this cluster need to know of it."""
        return {"oidc_provider_arn": self.oidc_provider_arn, "oidc_issuer": self.oidc_issuer}


def kubernetes_provider(
    parent: pulumi.Resource,
    name: str,
    kubeconfig: pulumi.Input[str],
    depends_on: "Sequence[pulumi.Resource]" = (),
) -> k8s.Provider:
    """Return the Kubernetes provider of a cluster; its objects wait for `depends_on`."""
    return k8s.Provider(
        f"{name}-kubernetes",
        kubeconfig=kubeconfig,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on)),
    )

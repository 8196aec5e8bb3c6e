"""`Keda`: the autoscaler of the fleets, by its Helm chart, with a role of its own.

The role starts with no permission at all; each `QueueAgent` adds the one to measure its queue.
"""

import pulumi
import pulumi_kubernetes as k8s

from pulumi_shoal.checks import read_args
from pulumi_shoal.irsa_role import IrsaRole
from pulumi_shoal.keda_spec import KedaArgs, KedaSpec
from pulumi_shoal.keda_values import OPERATOR_SERVICE_ACCOUNT, RELEASE, keda_values

CHART = "keda"
CHART_REPOSITORY = "https://kedacore.github.io/charts"


class Keda(pulumi.ComponentResource):
    """KEDA, installed by Helm; what it scales depends on this component."""

    operator_role_name: pulumi.Output[str]
    """Name of the operator's role; a `QueueAgent` adds to it what it must measure."""
    namespace: pulumi.Output[str]
    """Namespace KEDA runs in."""

    def __init__(
        self, name: str, args: KedaArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(KedaSpec, f"Keda '{name}'", args)
        super().__init__("shoal:index:Keda", name, None, opts)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)

        namespace = self._make_namespace()
        operator = self._make_operator_role(namespace)
        self._install(namespace, operator)

        self.operator_role_name = operator.role_name
        self.namespace = namespace.metadata.name
        self.register_outputs(
            {"operatorRoleName": self.operator_role_name, "namespace": self.namespace}
        )

    def _make_namespace(self) -> k8s.core.v1.Namespace:
        return k8s.core.v1.Namespace(
            f"{self._name}-namespace",
            metadata={"name": self._spec.namespace},
            opts=self._child,
        )

    def _make_operator_role(self, namespace: k8s.core.v1.Namespace) -> IrsaRole:
        cluster = self._spec.cluster
        return IrsaRole(
            f"{self._name}-operator",
            {
                "cluster": {
                    "oidc_provider_arn": cluster.oidc_provider_arn,
                    "oidc_issuer": cluster.oidc_issuer,
                },
                "namespace": namespace.metadata.name,
                "service_account": OPERATOR_SERVICE_ACCOUNT,
            },
            self._child,
        )

    def _install(self, namespace: k8s.core.v1.Namespace, operator: IrsaRole) -> None:
        k8s.helm.v3.Release(
            f"{self._name}-release",
            # CRDs that stay behind are adopted by a release of the same name and namespace.
            name=RELEASE,
            namespace=namespace.metadata.name,
            chart=CHART,
            version=self._spec.version,
            repository_opts={"repo": CHART_REPOSITORY},
            values=keda_values(role_arn=operator.arn, replicas=self._spec.replicas),
            cleanup_on_fail=True,
            timeout=600,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=[operator])),
        )

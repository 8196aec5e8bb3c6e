"""`IrsaRole`: an IAM role for one Kubernetes service account, with the least it needs."""

from dataclasses import dataclass
from typing import ClassVar, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from pulumi_shoal.agent_args import ClusterRefArgs
from pulumi_shoal.agent_spec import ClusterRefSpec, PermissionSpec
from pulumi_shoal.checks import read_args
from pulumi_shoal.iam_policy import PermissionArgs, policy_document, trust_document
from pulumi_shoal.setting_kind import INPUT
from pulumi_shoal.settings_reader import section, sections, setting

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 64, of which the provider
# takes 26 to make a prefix unique.
_MAX_PREFIX = 38


class IrsaRoleArgs(TypedDict):
    """A role that one service account may assume."""

    cluster: ClusterRefArgs
    """The cluster of the service account: `EksCluster.ref` or `ExistingCluster.ref`."""
    namespace: pulumi.Input[str]
    """Namespace of the service account."""
    service_account: pulumi.Input[str]
    """Name of the service account."""
    permissions: NotRequired[list[PermissionArgs]]
    """What the role is allowed to do. Default: nothing."""


@dataclass(frozen=True, kw_only=True)
class IrsaRoleSpec:
    """The settings of an `IrsaRole`."""

    ARGS: ClassVar[type] = IrsaRoleArgs

    cluster: ClusterRefSpec = section(ClusterRefSpec)
    namespace: pulumi.Input[str] = setting(INPUT)
    service_account: pulumi.Input[str] = setting(INPUT)
    permissions: list[PermissionSpec] = sections(PermissionSpec, default=[])


class IrsaRole(pulumi.ComponentResource):
    """An IAM role that exactly one service account of one cluster can assume."""

    arn: pulumi.Output[str]
    """ARN of the role, for the service account's annotation."""
    role_name: pulumi.Output[str]
    """Name of the role, to attach further policies to."""

    def __init__(
        self, name: str, args: IrsaRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(IrsaRoleSpec, f"IrsaRole '{name}'", args)
        super().__init__("shoal:index:IrsaRole", name, None, opts)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)

        role = self._make_role()
        granted = [self._grant(role)] if spec.permissions else []

        self.role_name = role.name
        # Who has the ARN has the permissions: the policy is there before anything uses the role.
        ready = pulumi.Output.all(role.arn, *(policy.id for policy in granted))
        self.arn = ready.apply(lambda values: str(values[0]))
        self.register_outputs({"arn": self.arn, "roleName": self.role_name})

    def _make_role(self) -> aws.iam.Role:
        trust = pulumi.Output.all(
            provider_arn=self._spec.cluster.oidc_provider_arn,
            issuer=self._spec.cluster.oidc_issuer,
            namespace=self._spec.namespace,
            service_account=self._spec.service_account,
        ).apply(lambda claims: trust_document(**claims))
        return aws.iam.Role(
            f"{self._name}-role",
            name_prefix=f"{self._name[: _MAX_PREFIX - 1]}-",
            assume_role_policy=pulumi.Output.json_dumps(trust),
            opts=self._child,
        )

    def _grant(self, role: aws.iam.Role) -> aws.iam.RolePolicy:
        document = policy_document([one.as_permission() for one in self._spec.permissions])
        return aws.iam.RolePolicy(
            f"{self._name}-policy",
            role=role.name,
            policy=pulumi.Output.json_dumps(document),
            opts=self._child,
        )

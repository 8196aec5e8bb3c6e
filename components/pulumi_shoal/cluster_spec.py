"""The settings of a cluster: one to make, or one that stands already."""

from dataclasses import dataclass
from typing import ClassVar, NotRequired, TypedDict

import pulumi

from pulumi_shoal.setting_kind import (
    FLAG,
    INPUT,
    INPUTS,
    SECRET,
    TEXT,
    TEXTS,
    WHOLE,
    list_of,
    one_of,
)
from pulumi_shoal.settings_reader import section, setting

KUBERNETES_VERSION = "1.35"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


class NodesArgs(TypedDict):
    """A managed node group, in the private subnets."""

    instance_types: NotRequired[list[str]]
    """EC2 instance types, in order of preference. Default: `m7i.large`."""
    min_size: NotRequired[int]
    """Fewest nodes. Default: 2."""
    max_size: NotRequired[int]
    """Most nodes. Default: 6. A cluster autoscaler moves between the two."""
    disk_gib: NotRequired[int]
    """Root volume of a node, in GiB. Default: 50."""
    spot: NotRequired[bool]
    """Whether nodes are spot instances. Default: false. Queue agents bear the interruptions;
    KEDA runs here too and does not like them."""


@dataclass(frozen=True, kw_only=True)
class NodesSpec:
    """A managed node group."""

    ARGS: ClassVar[type] = NodesArgs

    instance_types: list[str] = setting(TEXTS, default=["m7i.large"])
    min_size: int = setting(WHOLE, default=2, least=0)
    max_size: int = setting(WHOLE, default=6, least=1)
    disk_gib: int = setting(WHOLE, default=50, least=20)
    spot: bool = setting(FLAG, default=False)


class NetworkArgs(TypedDict):
    """The VPC of the cluster: one that is given by id and subnets, or one to make."""

    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC to use. Default: none, so one is made."""
    private_subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Subnets for the nodes, with a way out to AWS and the registry. Goes with `vpc_id`."""
    public_subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Subnets for load balancers that face the internet. Default: none. Goes with `vpc_id`."""
    cidr: NotRequired[str]
    """Addresses of the VPC to make. Default: `10.0.0.0/16`."""
    availability_zones: NotRequired[int]
    """Zones of the VPC to make. Default: 2."""
    nat: NotRequired[str]
    """NAT gateways of the VPC to make: `Single`, or `OnePerAz` to outlive the loss of a zone.
    Default: `Single`, the cheaper."""


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The VPC of the cluster."""

    ARGS: ClassVar[type] = NetworkArgs

    vpc_id: pulumi.Input[str] | None = setting(INPUT, default=None)
    private_subnet_ids: pulumi.Input[list[pulumi.Input[str]]] = setting(INPUTS, default=[])
    public_subnet_ids: pulumi.Input[list[pulumi.Input[str]]] = setting(INPUTS, default=[])
    cidr: str = setting(TEXT, default="10.0.0.0/16")
    # EKS needs subnets in two zones at least.
    availability_zones: int = setting(WHOLE, default=2, least=2, most=6)
    nat: str = setting(one_of("Single", "OnePerAz"), default="Single")


class EksClusterArgs(TypedDict):
    """An EKS cluster with private nodes."""

    cluster_name: NotRequired[str]
    """Name of the cluster in AWS. Default: the component's name and the stack's."""
    version: NotRequired[str]
    """Kubernetes version of the control plane. Default: 1.35."""
    auto_mode: NotRequired[bool]
    """Whether EKS brings and removes nodes by itself (Auto Mode). Default: false. Excludes
    `nodes`."""
    nodes: NotRequired[NodesArgs]
    """The node group. Default: its own defaults, unless `auto_mode` is set."""
    network: NotRequired[NetworkArgs]
    """The VPC. Default: a new one."""
    endpoint_public: NotRequired[bool]
    """Whether the API answers from the internet, to those IAM lets in. Default: true. The private
    endpoint is always there."""
    public_access_cidrs: NotRequired[list[str]]
    """Addresses that reach the public endpoint. Default: all."""
    log_types: NotRequired[list[str]]
    """Control-plane logs sent to CloudWatch: api, audit, authenticator, controllerManager,
    scheduler. Default: audit and authenticator."""
    log_retention_days: NotRequired[int]
    """Days these logs are kept. Default: 30."""
    encrypt_secrets: NotRequired[bool]
    """Whether Kubernetes secrets are encrypted with a KMS key of the cluster's own. Default:
    true. It cannot be taken back."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the cluster. Default: false."""
    admin_role_arns: NotRequired[list[str]]
    """IAM roles that administer the cluster beside its creator. Default: none."""


@dataclass(frozen=True, kw_only=True)
class EksClusterSpec:
    """An EKS cluster with private nodes."""

    ARGS: ClassVar[type] = EksClusterArgs

    cluster_name: str | None = setting(TEXT, default=None)
    version: str = setting(TEXT, default=KUBERNETES_VERSION)
    auto_mode: bool = setting(FLAG, default=False)
    nodes: NodesSpec | None = section(NodesSpec, optional=True)
    network: NetworkSpec = section(NetworkSpec)
    endpoint_public: bool = setting(FLAG, default=True)
    public_access_cidrs: list[str] = setting(TEXTS, default=[])
    log_types: list[str] = setting(list_of(*LOG_TYPES), default=["audit", "authenticator"])
    log_retention_days: int = setting(WHOLE, default=30, least=1)
    encrypt_secrets: bool = setting(FLAG, default=True)
    deletion_protection: bool = setting(FLAG, default=False)
    admin_role_arns: list[str] = setting(TEXTS, default=[])


class ExistingClusterArgs(TypedDict):
    """A cluster that stands already."""

    kubeconfig: pulumi.Input[str]
    """Kubeconfig to reach it with, as text. Kept as a secret."""
    oidc_provider_arn: pulumi.Input[str]
    """ARN of the IAM OIDC provider of the cluster."""
    oidc_issuer: pulumi.Input[str]
    """The cluster's OIDC issuer, with or without `https://`."""
    cluster_name: NotRequired[str]
    """What to call it in outputs. Default: the component's name."""


@dataclass(frozen=True, kw_only=True)
class ExistingClusterSpec:
    """A cluster that stands already."""

    ARGS: ClassVar[type] = ExistingClusterArgs

    kubeconfig: pulumi.Input[str] = setting(SECRET)
    oidc_provider_arn: pulumi.Input[str] = setting(INPUT)
    oidc_issuer: pulumi.Input[str] = setting(INPUT)
    cluster_name: str | None = setting(TEXT, default=None)

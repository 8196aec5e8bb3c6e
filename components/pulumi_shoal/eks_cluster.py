"""`EksCluster`: an EKS cluster for fleets, made by Pulumi's own EKS component.

Nodes are private, access is by IAM alone (no aws-auth ConfigMap), roles are bound to service
accounts by OIDC. Everything on the cluster waits for its nodes, and leaves before them.
"""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pulumi_eks as eks

from pulumi_shoal.agent_args import ClusterRefArgs
from pulumi_shoal.checks import read_args
from pulumi_shoal.cluster_spec import EksClusterArgs, EksClusterSpec, NetworkSpec, NodesSpec
from pulumi_shoal.existing_cluster import kubernetes_provider
from pulumi_shoal.node_role import make_node_role

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
KEY_DELETION_WINDOW_DAYS = 30


class EksCluster(pulumi.ComponentResource):
    """An EKS cluster with private nodes, API authentication and an OIDC provider."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig of the cluster; a secret. It signs in by the AWS CLI."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider."""
    oidc_issuer: pulumi.Output[str]
    """The OIDC issuer, without `https://`."""

    def __init__(
        self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(EksClusterSpec, f"EksCluster '{name}'", args)
        super().__init__("shoal:index:EksCluster", name, None, opts)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)
        given = spec.cluster_name
        self._cluster_name = f"{name}-{pulumi.get_stack()}" if given is None else given

        self._choose_network()
        logs = self._make_log_group()
        cluster = self._make_cluster(logs)
        nodes = [] if spec.auto_mode else self._make_nodes(cluster)

        self.cluster_name = pulumi.Output.from_input(self._cluster_name)
        self.kubeconfig = pulumi.Output.secret(cluster.kubeconfig_json)
        self.oidc_provider_arn = cluster.oidc_provider_arn
        self.oidc_issuer = cluster.oidc_issuer
        self.provider = kubernetes_provider(self, name, self.kubeconfig, [cluster, *nodes])
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

    def _choose_network(self) -> None:
        network = self._spec.network
        self._vpc_id: Any = network.vpc_id
        self._private_subnets: Any = network.private_subnet_ids
        self._public_subnets: Any = network.public_subnet_ids
        if network.vpc_id is None:
            self._make_network(network)

    def _make_network(self, network: NetworkSpec) -> None:
        vpc = awsx.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=network.cidr,
            number_of_availability_zones=network.availability_zones,
            nat_gateways={"strategy": awsx.ec2.NatGatewayStrategy(network.nat)},
            enable_dns_hostnames=True,
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            opts=self._child,
        )
        self._vpc_id = vpc.vpc_id
        self._private_subnets = vpc.private_subnet_ids
        self._public_subnets = vpc.public_subnet_ids

    def _make_log_group(self) -> list[pulumi.Resource]:
        """Make the log group before EKS does, which would keep the logs for ever."""
        if not self._spec.log_types:
            return []
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=f"/aws/eks/{self._cluster_name}/cluster",
            retention_in_days=self._spec.log_retention_days,
            opts=self._child,
        )
        return [group]

    def _make_key(self) -> pulumi.Output[str] | None:
        if not self._spec.encrypt_secrets:
            return None
        key = aws.kms.Key(
            f"{self._name}-secrets-key",
            description=f"Kubernetes secrets of {self._cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_WINDOW_DAYS,
            opts=self._child,
        )
        arn: pulumi.Output[str] = key.arn
        return arn

    def _make_cluster(self, after: list[pulumi.Resource]) -> eks.Cluster:
        spec = self._spec
        return eks.Cluster(
            f"{self._name}-eks",
            name=self._cluster_name,
            version=spec.version,
            authentication_mode=eks.AuthenticationMode.API,
            access_entries=_access_entries(spec.admin_role_arns),
            create_oidc_provider=True,
            auto_mode={"enabled": True} if spec.auto_mode else None,
            skip_default_node_group=None if spec.auto_mode else True,
            vpc_id=self._vpc_id,
            private_subnet_ids=self._private_subnets,
            public_subnet_ids=self._public_subnets,
            endpoint_private_access=True,
            endpoint_public_access=spec.endpoint_public,
            public_access_cidrs=spec.public_access_cidrs or None,
            enabled_cluster_log_types=spec.log_types,
            encryption_config_key_arn=self._make_key(),
            deletion_protection=spec.deletion_protection,
            opts=self._child.merge(
                pulumi.ResourceOptions(protect=spec.deletion_protection or None, depends_on=after)
            ),
        )

    def _make_nodes(self, cluster: eks.Cluster) -> list[pulumi.Resource]:
        nodes = NodesSpec() if self._spec.nodes is None else self._spec.nodes
        role, attachments = make_node_role(self._name, self._child)
        group = eks.ManagedNodeGroup(
            f"{self._name}-nodes",
            cluster=cluster,
            node_role=role,
            subnet_ids=self._private_subnets,
            instance_types=nodes.instance_types,
            capacity_type="SPOT" if nodes.spot else "ON_DEMAND",
            disk_size=nodes.disk_gib,
            scaling_config={
                "min_size": nodes.min_size,
                "max_size": nodes.max_size,
                "desired_size": max(nodes.min_size, 1),
            },
            # An autoscaler moves the size; putting it back would evict work.
            ignore_scaling_changes=True,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=attachments)),
        )
        return [group]


def _access_entries(role_arns: list[str]) -> dict[str, eks.AccessEntryArgs]:
    return {
        f"admin-{index}": eks.AccessEntryArgs(
            principal_arn=arn,
            access_policies={
                "admin": eks.AccessPolicyAssociationArgs(
                    policy_arn=ADMIN_POLICY,
                    access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                )
            },
        )
        for index, arn in enumerate(role_arns)
    }

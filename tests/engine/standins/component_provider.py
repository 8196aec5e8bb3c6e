"""The remote components: constructed here, as their own plugins construct them.

The children are a selection with the names, types and parents of the real ones, enough to
show what depends on what: pulumi-eks ties its kubeconfig to the cluster alone, not to nodes.
Inputs and outputs stay Outputs, so that unknowns and dependencies pass through.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.provider import ConstructResult, Provider
from pulumi.resource import DependencyResource

ROLE_FOR_EKS = json.dumps({"Version": "2012-10-17", "Statement": []})
State = Mapping[str, Any]
Construct = Callable[[str, Mapping[str, Any], pulumi.ResourceOptions], State]


class ComponentProvider(Provider):
    """Constructs a component by the function that its type has in `constructs`."""

    constructs: Mapping[str, Construct] = {}

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Register the component and its children, and answer with its outputs."""
        component = pulumi.ComponentResource(resource_type, name, dict(inputs), options)
        construct = self.constructs[resource_type]
        state = construct(name, inputs, pulumi.ResourceOptions(parent=component))
        component.register_outputs({})
        return ConstructResult(component.urn, dict(state))


def _cluster(name: str, inputs: Mapping[str, Any], child: pulumi.ResourceOptions) -> State:
    role = aws.iam.Role(f"{name}-eksRole-role", assume_role_policy=ROLE_FOR_EKS, opts=child)
    cluster = aws.eks.Cluster(
        f"{name}-eksCluster",
        name=inputs.get("name"),
        role_arn=role.arn,
        version=inputs.get("version"),
        vpc_config={"subnet_ids": inputs.get("privateSubnetIds", [])},
        opts=child,
    )
    issuer = cluster.identities.apply(lambda identities: identities[0]["oidcs"][0]["issuer"])
    kubeconfig = pulumi.Output.all(cluster.name, cluster.endpoint).apply(_kubeconfig)
    oidc = _oidc_provider(name, issuer, child) if inputs.get("createOidcProvider") else ""
    return {
        "eksCluster": cluster,
        "kubeconfig": kubeconfig,
        "kubeconfigJson": kubeconfig.apply(json.dumps),
        "oidcProviderArn": oidc,
        "oidcProviderUrl": issuer,
        "oidcIssuer": issuer.apply(lambda url: str(url).removeprefix("https://")),
        "clusterSecurityGroupId": cluster.arn.apply(lambda _: "sg-cluster"),
        "nodeSecurityGroupId": cluster.arn.apply(lambda _: "sg-node"),
        "autoModeNodeRoleName": role.name,
        "clusterIngressRuleId": "",
        "defaultNodeGroupAsgName": "",
    }


def _oidc_provider(
    name: str, issuer: pulumi.Output[str], child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    provider = aws.iam.OpenIdConnectProvider(
        f"{name}-oidcProvider", url=issuer, client_id_lists=["sts.amazonaws.com"], opts=child
    )
    arn: pulumi.Output[str] = provider.arn
    return arn


def _kubeconfig(name_and_endpoint: list[str]) -> dict[str, Any]:
    name, endpoint = name_and_endpoint
    get_token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", name],
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint}}],
        "users": [{"name": "aws", "user": {"exec": get_token}}],
        "contexts": [{"name": "aws", "context": {"cluster": name, "user": "aws"}}],
        "current-context": "aws",
    }


def _managed_node_group(
    name: str, inputs: Mapping[str, Any], child: pulumi.ResourceOptions
) -> State:
    group = aws.eks.NodeGroup(
        name,
        cluster_name="constructed",
        node_role_arn=inputs.get("nodeRoleArn", "arn:aws:iam::123456789012:role/nodes"),
        scaling_config={"min_size": 1, "max_size": 2, "desired_size": 1},
        subnet_ids=inputs.get("subnetIds", []),
        opts=child.merge(pulumi.ResourceOptions(depends_on=_given(inputs, "cluster", "nodeRole"))),
    )
    return {"nodeGroup": group, "placementGroupName": ""}


def _given(inputs: Mapping[str, Any], *keys: str) -> list[pulumi.Resource]:
    """Return the resources of these inputs: the real plugin takes names and ARNs from them."""
    values = [inputs[key] for key in keys if inputs.get(key) is not None]
    return [
        value if isinstance(value, pulumi.Resource) else DependencyResource(value)
        for value in values
    ]


def _vpc(name: str, inputs: Mapping[str, Any], child: pulumi.ResourceOptions) -> State:
    vpc = aws.ec2.Vpc(name, cidr_block=inputs.get("cidrBlock", "10.0.0.0/16"), opts=child)
    zones = range(1, int(inputs.get("numberOfAvailabilityZones", 3)) + 1)
    subnets = {
        kind: [aws.ec2.Subnet(f"{name}-{kind}-{zone}", vpc_id=vpc.id, opts=child) for zone in zones]
        for kind in ("public", "private")
    }
    return {
        "vpc": vpc,
        "vpcId": vpc.id,
        "publicSubnetIds": [subnet.id for subnet in subnets["public"]],
        "privateSubnetIds": [subnet.id for subnet in subnets["private"]],
        "isolatedSubnetIds": [],
    }


class EksProvider(ComponentProvider):
    """pulumi-eks: a cluster, and a managed node group of it."""

    constructs: Mapping[str, Construct] = {
        "eks:index:Cluster": _cluster,
        "eks:index:ManagedNodeGroup": _managed_node_group,
    }


class AwsxProvider(ComponentProvider):
    """pulumi-awsx: a VPC with public and private subnets."""

    constructs: Mapping[str, Construct] = {"awsx:ec2:Vpc": _vpc}

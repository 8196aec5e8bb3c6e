"""Answers to what only an account could answer, for programs evaluated without one.

Provider functions and the outputs of remote components come from the tables here and from
nowhere else: a function that is not listed is an error that names it, so that no program is
taken for checked on a guess. The values have the right shape and nothing more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shoal_local.registration import Resource


class UnknownFunctionError(pulumi.RunError):
    """A provider function or component method that has no answer in the tables here."""


@dataclass(frozen=True, slots=True)
class Account:
    """The AWS account and region that the answers are for."""

    account_id: str = "123456789012"
    """Twelve digits; the default is the one AWS's documentation uses."""
    region: str = "eu-west-1"
    partition: str = "aws"
    dns_suffix: str = "amazonaws.com"

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Account:
        """Take the region from ``aws:region`` where the stack's configuration states it."""
        region = config.get("aws:region")
        return cls() if region is None else cls(region=region)

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """Build an ARN; IAM's have no region."""
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"


def answer_invoke(token: str, arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """Answer the provider function ``token``."""
    answer = _FUNCTIONS.get(token)
    if answer is None:
        raise UnknownFunctionError(
            f"The program calls the provider function {token}, which has no answer outside an "
            f"account. Known are: {', '.join(sorted(_FUNCTIONS))}. Pass its result in as "
            f"configuration, or derive the value from a resource."
        )
    return answer(arguments, account)


def answer_call(token: str) -> tuple[str, ...]:
    """Return the names of what the component method ``token`` returns."""
    names = _METHODS.get(token)
    if names is None:
        raise UnknownFunctionError(
            f"The program calls the component method {token}, which has no answer outside an "
            f"account. Known are: {', '.join(sorted(_METHODS))}."
        )
    return names


def construct_outputs(resource: Resource, account: Account) -> dict[str, Any]:
    """Outputs of a remote component, as if it had been made."""
    outputs = _COMPONENTS.get(resource.type)
    if outputs is None:
        raise UnknownFunctionError(
            f"The program makes the remote component {resource.type} ({resource.name!r}), "
            f"whose outputs are not known here. Known are: {', '.join(sorted(_COMPONENTS))}."
        )
    return outputs(resource, account)


def _caller_identity(_arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    return {
        "accountId": account.account_id,
        "arn": account.arn("iam", "user/preview", regional=False),
        "id": account.account_id,
        "userId": "AIDACKCEVSQ6C2EXAMPLE",
    }


def _region(arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    region = arguments.get("region", arguments.get("name", account.region))
    return {
        "description": region,
        "endpoint": f"ec2.{region}.{account.dns_suffix}",
        "id": region,
        "name": region,
        "region": region,
    }


def _partition(_arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    return {
        "dnsSuffix": account.dns_suffix,
        "id": account.partition,
        "partition": account.partition,
        "reverseDnsPrefix": ".".join(reversed(account.dns_suffix.split("."))),
    }


def _availability_zones(_arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    names = [f"{account.region}{letter}" for letter in "abc"]
    return {
        "groupNames": [account.region],
        "id": account.region,
        "names": names,
        "region": account.region,
        "zoneIds": [f"zone-az{number}" for number in range(1, len(names) + 1)],
    }


def _registry_token(_arguments: Mapping[str, Any], account: Account) -> dict[str, Any]:
    host = f"{account.account_id}.dkr.ecr.{account.region}.{account.dns_suffix}"
    return {
        "authorizationToken": "QVdTOmV4YW1wbGU=",
        "expiresAt": "2030-01-01T00:00:00Z",
        "id": account.region,
        "password": "example",
        "proxyEndpoint": f"https://{host}",
        "region": account.region,
        "userName": "AWS",
    }


_FUNCTIONS: Final[dict[str, Callable[[Mapping[str, Any], Account], dict[str, Any]]]] = {
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_token,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
}

_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "eks:index:Cluster/getKubeconfig": ("result",),
}


def _eks_cluster(resource: Resource, account: Account) -> dict[str, Any]:
    name = resource.inputs.get("name", resource.name)
    issuer = f"oidc.eks.{account.region}.{account.dns_suffix}/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": "https://kubernetes.invalid"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "users": [{"name": name, "user": {}}],
    }
    return {
        "autoModeNodeRoleName": f"{name}-auto-mode-node",
        "clusterIngressRuleId": "sgr-0example0cluster0",
        "clusterSecurityGroupId": "sg-0example0cluster00",
        "kubeconfig": kubeconfig,
        "kubeconfigJson": json.dumps(kubeconfig),
        "nodeSecurityGroupId": "sg-0example00node0000",
        "oidcIssuer": issuer,
        "oidcProviderArn": account.arn("iam", f"oidc-provider/{issuer}", regional=False),
        "oidcProviderUrl": f"https://{issuer}",
    }


def _vpc(_resource: Resource, account: Account) -> dict[str, Any]:
    zones = _availability_zones({}, account)["names"]
    return {
        "isolatedSubnetIds": [],
        "privateSubnetIds": [f"subnet-0private{zone[-1]}" for zone in zones],
        "publicSubnetIds": [f"subnet-0public{zone[-1]}" for zone in zones],
        "vpcId": "vpc-0example0000000000",
    }


def _nothing(_resource: Resource, _account: Account) -> dict[str, Any]:
    """Answer for a component whose only output is the resource that it wraps."""
    return {}


_COMPONENTS: Final[dict[str, Callable[[Resource, Account], dict[str, Any]]]] = {
    "awsx:ec2:Vpc": _vpc,
    "eks:index:Cluster": _eks_cluster,
    "eks:index:ManagedNodeGroup": _nothing,
}

"""Roles, policies and identity providers."""

from collections.abc import Mapping
from typing import Any

from shoal_local.moto_resources.made import Clients, Made, Maker, physical_name


def _create_role(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    role = clients["iam"].create_role(
        RoleName=physical_name(name, inputs),
        Path=inputs.get("path", "/"),
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        MaxSessionDuration=int(inputs.get("maxSessionDuration", 3600)),
    )["Role"]
    outputs = {"arn": role["Arn"], "name": role["RoleName"], "uniqueId": role["RoleId"]}
    return Made(role["RoleName"], outputs)


def _delete_role(clients: Clients, made: Made) -> None:
    clients["iam"].delete_role(RoleName=made.id)


def _create_role_policy(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    role, policy_name = str(inputs["role"]), physical_name(name, inputs)
    clients["iam"].put_role_policy(
        RoleName=role, PolicyName=policy_name, PolicyDocument=inputs["policy"]
    )
    return Made(f"{role}:{policy_name}", {"name": policy_name})


def _delete_role_policy(clients: Clients, made: Made) -> None:
    role, policy_name = made.id.split(":", 1)
    clients["iam"].delete_role_policy(RoleName=role, PolicyName=policy_name)


def _create_policy(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    policy = clients["iam"].create_policy(
        PolicyName=physical_name(name, inputs),
        Path=inputs.get("path", "/"),
        PolicyDocument=inputs["policy"],
    )["Policy"]
    outputs = {"arn": policy["Arn"], "name": policy["PolicyName"], "policyId": policy["PolicyId"]}
    return Made(policy["Arn"], outputs)


def _delete_policy(clients: Clients, made: Made) -> None:
    clients["iam"].delete_policy(PolicyArn=made.id)


def _attach_role_policy(clients: Clients, _name: str, inputs: Mapping[str, Any]) -> Made:
    role, arn = str(inputs["role"]), str(inputs["policyArn"])
    if _is_managed_by_aws(arn):
        return Made(f"{role}/{arn}")
    clients["iam"].attach_role_policy(RoleName=role, PolicyArn=arn)
    return Made(f"{role}/{arn}")


def _detach_role_policy(clients: Clients, made: Made) -> None:
    role, arn = made.id.split("/", 1)
    if not _is_managed_by_aws(arn):
        clients["iam"].detach_role_policy(RoleName=role, PolicyArn=arn)


def _is_managed_by_aws(policy_arn: str) -> bool:
    """Say whether the policy is one of AWS's own, which an empty moto does not have."""
    return policy_arn.split(":")[4] == "aws"


def _create_oidc_provider(clients: Clients, _name: str, inputs: Mapping[str, Any]) -> Made:
    url = str(inputs["url"])
    arn = clients["iam"].create_open_id_connect_provider(
        Url=url if "://" in url else f"https://{url}",
        ClientIDList=list(inputs.get("clientIdLists") or []),
        ThumbprintList=list(inputs.get("thumbprintLists") or []),
    )["OpenIDConnectProviderArn"]
    return Made(arn, {"arn": arn})


def _delete_oidc_provider(clients: Clients, made: Made) -> None:
    clients["iam"].delete_open_id_connect_provider(OpenIDConnectProviderArn=made.id)


IAM_MAKERS = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Maker(
        _create_oidc_provider, _delete_oidc_provider
    ),
    "aws:iam/policy:Policy": Maker(_create_policy, _delete_policy),
    "aws:iam/role:Role": Maker(_create_role, _delete_role),
    "aws:iam/rolePolicy:RolePolicy": Maker(_create_role_policy, _delete_role_policy),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Maker(
        _attach_role_policy, _detach_role_policy
    ),
}

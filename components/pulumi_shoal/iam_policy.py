"""IAM policy documents: the trust of a role, what an agent may do, what KEDA may ask.

Every function returns a plain document; the components turn it into JSON once the ARNs in it
are known. Actions are spelt out one by one and bound to one resource each: a wildcard here
would be a wildcard in every fleet.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

POLICY_VERSION = "2012-10-17"
STS_AUDIENCE = "sts.amazonaws.com"

CONSUME_ACTIONS = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
)
REJECT_ACTIONS = ("sqs:SendMessage",)
MEASURE_ACTIONS = ("sqs:GetQueueAttributes",)
DECRYPT_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


class PermissionArgs(TypedDict):
    """One thing a role is allowed to do."""

    actions: list[str]
    """IAM actions, such as `s3:GetObject`."""
    resources: list[pulumi.Input[str]]
    """ARNs the actions are allowed on."""
    conditions: NotRequired[Mapping[str, Mapping[str, str]]]
    """IAM conditions, as in a policy document: operator, then key, then value. Default: none."""


def allow(actions: Sequence[str], *resources: pulumi.Input[str]) -> PermissionArgs:
    """Return the permission to do `actions` on `resources`."""
    return {"actions": list(actions), "resources": list(resources)}


def policy_document(permissions: Sequence[PermissionArgs]) -> dict[str, Any]:
    """Return the policy that allows exactly `permissions`."""
    return {"Version": POLICY_VERSION, "Statement": [_statement(one) for one in permissions]}


def _statement(permission: PermissionArgs) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": permission["actions"],
        "Resource": permission["resources"],
    }
    conditions = permission.get("conditions")
    return statement if not conditions else {**statement, "Condition": conditions}


def trust_document(
    *, provider_arn: str, issuer: str, namespace: str, service_account: str
) -> dict[str, Any]:
    """Return the trust policy that lets one service account of one cluster assume a role.

    Both claims are compared in full: `sub` keeps out every other pod of the cluster, `aud` a
    token that was issued for something other than AWS.
    """
    issuer = issuer.removeprefix("https://")
    claims = {
        f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",
        f"{issuer}:aud": STS_AUDIENCE,
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    return {"Version": POLICY_VERSION, "Statement": [statement]}


def assumed_by(service: str) -> dict[str, Any]:
    """Return the trust policy of a role for an AWS service, such as `ec2.amazonaws.com`."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": POLICY_VERSION, "Statement": [statement]}


def agent_permissions(
    *,
    queue_arn: pulumi.Input[str],
    dead_letter_queue_arn: pulumi.Input[str],
    kms_key_arn: pulumi.Input[str] | None = None,
) -> list[PermissionArgs]:
    """Return what an agent needs on its own queue, its DLQ and their key, and nothing else."""
    needed = [
        allow(CONSUME_ACTIONS, queue_arn),
        allow(REJECT_ACTIONS, dead_letter_queue_arn),
    ]
    return needed if kms_key_arn is None else [*needed, allow(DECRYPT_ACTIONS, kms_key_arn)]

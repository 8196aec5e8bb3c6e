"""The role of a cluster's nodes: what a kubelet and the network plugin need, and no more."""

import pulumi
import pulumi_aws as aws

from pulumi_shoal.iam_policy import assumed_by

# Pods have roles of their own; nothing here lets a node read a queue or a bucket.
NODE_POLICIES = {
    "worker": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "network": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
    "images": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
}


def make_node_role(
    name: str, child: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Return the role, and the attachments without which a node cannot join."""
    role = aws.iam.Role(
        f"{name}-node-role",
        assume_role_policy=pulumi.Output.json_dumps(assumed_by("ec2.amazonaws.com")),
        opts=child,
    )
    attachments: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            f"{name}-node-{purpose}", role=role.name, policy_arn=arn, opts=child
        )
        for purpose, arn in NODE_POLICIES.items()
    ]
    return role, attachments

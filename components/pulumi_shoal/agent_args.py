"""The arguments of a `QueueAgent`, as a Python program or a program elsewhere writes them.

The text under each field is its reference: a stack's configuration table is made of it too.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from pulumi_shoal.iam_policy import PermissionArgs


class ScalingArgs(TypedDict):
    """KEDA's numbers. The first two exclude a latency goal; the others go along with one."""

    queue_length: NotRequired[int]
    """Scaling target: backlog (visible and in flight) per replica. Default: from the latency
    goal."""
    max_replica_count: NotRequired[int]
    """Largest fleet. Default: from the latency goal."""
    min_replica_count: NotRequired[int]
    """Smallest fleet. Default: 0, so an empty queue costs nothing and the first message waits
    for a pod."""
    activation_queue_length: NotRequired[int]
    """Backlog above which a fleet at zero starts. Default: 0, so any message does."""
    polling_interval_s: NotRequired[int]
    """Seconds between two looks at the queue while the fleet is at zero. Default: 15. Part of
    what a first message waits."""
    cooldown_period_s: NotRequired[int]
    """Seconds without backlog after which the last replicas go. Default: 300. It governs the
    step to zero alone; above one replica the scale-down settings do."""
    scale_up_pods: NotRequired[int]
    """Replicas that may be added every 15 s. Default: 4. The larger of this and
    `scale_up_percent` counts."""
    scale_up_percent: NotRequired[int]
    """Percent of the fleet that may be added every 15 s. Default: 100."""
    scale_down_percent: NotRequired[int]
    """Percent of the fleet that may be removed every 30 s. Default: 50."""
    scale_down_stabilization_s: NotRequired[int]
    """Seconds over which the highest wanted size holds before replicas go. Default: 60."""


class ResourcesArgs(TypedDict):
    """What one pod of an agent gets, as Kubernetes quantities."""

    cpu: NotRequired[str]
    """CPU the pod is sure to get. Default: `250m`."""
    cpu_limit: NotRequired[str]
    """CPU the pod is throttled at. Default: none, so idle CPU of a node is used."""
    memory: NotRequired[str]
    """Memory the pod is sure to get, and is killed above. Default: `256Mi`."""
    temporary_storage: NotRequired[str]
    """Size of `/tmp`, the one directory that can be written to. Default: `1Gi`."""


class QueueRefArgs(TypedDict):
    """A queue to work on: `WorkQueue.ref`, or the same of a queue made elsewhere."""

    url: pulumi.Input[str]
    """URL of the queue."""
    arn: pulumi.Input[str]
    """ARN of the queue; its region is the region the fleet works in."""
    dead_letter_url: pulumi.Input[str]
    """URL of the dead-letter queue."""
    dead_letter_arn: pulumi.Input[str]
    """ARN of the dead-letter queue."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that encrypts both. Default: none."""


class ClusterRefArgs(TypedDict):
    """What a role needs to know of a cluster: `EksCluster.ref` or `ExistingCluster.ref`."""

    oidc_provider_arn: pulumi.Input[str]
    """ARN of the IAM OIDC provider of the cluster."""
    oidc_issuer: pulumi.Input[str]
    """The cluster's OIDC issuer, with or without `https://`."""


class QueueAgentArgs(TypedDict):
    """A fleet of agents that work on one queue."""

    handler: str
    """The function to run, as `module:function`; the image must hold the module."""
    concurrency: NotRequired[int]
    """Messages one agent works on at once. Default: 1."""
    longest_job_s: NotRequired[int]
    """Seconds the longest message may take; its handler is stopped after that. Default: 60.
    Visibility timeout, drain and grace period follow from it."""
    heartbeat: NotRequired[bool]
    """Whether agents renew the visibility of what they hold. Default: true."""
    latency_goal_s: NotRequired[float]
    """Longest a message may wait before its work starts, in seconds. Sizes the fleet together
    with `processing_time_s` and `peak_rate_per_s`; excludes `scaling.queue_length` and
    `scaling.max_replica_count`."""
    processing_time_s: NotRequired[float]
    """Mean time one message takes, in seconds. Goes with `latency_goal_s`."""
    peak_rate_per_s: NotRequired[float]
    """Highest rate at which messages keep coming, per second. Goes with `latency_goal_s`."""
    scaling: NotRequired[ScalingArgs]
    """KEDA's numbers, instead of a latency goal or to refine one."""
    visibility_timeout_s: NotRequired[int]
    """Seconds a received message stays hidden from other agents. Default: from
    `longest_job_s`; without a heartbeat it must be longer than that."""
    drain_s: NotRequired[int]
    """Seconds from SIGTERM to the release of what is still held. Default: from
    `longest_job_s`."""
    termination_grace_period_s: NotRequired[int]
    """Seconds from SIGTERM to the kill. Default: `drain_s` and a margin; must be longer than
    `drain_s`."""
    resources: NotRequired[ResourcesArgs]
    """CPU, memory and temporary storage of one pod."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Further environment variables of the handler. Default: none. Of the `SHOAL_`
    names only those that no setting derives can be set, such as `SHOAL_ISOLATION`."""
    permissions: NotRequired[list[PermissionArgs]]
    """What the handler may do in AWS beside working on its queue. Default: nothing."""
    log_level: NotRequired[str]
    """Least severe log line written: DEBUG, INFO, WARNING or ERROR. Default: INFO."""
    image: pulumi.Input[str]
    """Image to run, best by digest: `AgentImage.ref`."""
    queue: QueueRefArgs
    """The queue to work on: `WorkQueue.ref`."""
    cluster: ClusterRefArgs
    """The cluster to run on: `EksCluster.ref` or `ExistingCluster.ref`. Its Kubernetes provider
    is given in the options, `ResourceOptions(provider=cluster.provider)`."""
    namespace: NotRequired[pulumi.Input[str]]
    """Namespace to run in; it must exist. Default: `default`."""
    keda_operator_role_name: NotRequired[pulumi.Input[str]]
    """Role of KEDA's operator (`Keda.operator_role_name`); it gets the permission to measure
    this queue. Default: none, where the operator has that permission already."""

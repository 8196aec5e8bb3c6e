"""Programs that tests evaluate: components on a cluster that stands already."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pulumi

from pulumi_shoal import ExistingCluster, Keda, QueueAgent, WorkQueue
from shoal_local.testing import Recorded, evaluate

PROVIDER_ARN = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A"
CLUSTER: dict[str, Any] = {
    "kubeconfig": "apiVersion: v1",
    "oidc_provider_arn": PROVIDER_ARN,
    "oidc_issuer": "https://oidc.example.com/id/A",
}
CLUSTER_REF: Any = {key: CLUSTER[key] for key in ("oidc_provider_arn", "oidc_issuer")}
SIZED: dict[str, Any] = {
    "image": "registry.example.com/resize@sha256:0a",
    "handler": "shop.images:resize",
    "latency_goal_s": 60,
    "processing_time_s": 2,
    "peak_rate_per_s": 50,
}


def queue_program(name: str = "jobs", **args: Any) -> Callable[[], object]:
    """Return a program that makes one queue."""
    given: Any = args
    return lambda: WorkQueue(name, given)


def fleet(name: str = "resize", *, keda: bool = True, **args: Any) -> QueueAgent:
    """Make a cluster reference, KEDA where asked for, a queue and a fleet."""
    cluster = ExistingCluster("platform", CLUSTER)  # type: ignore[arg-type]
    on_cluster = pulumi.ResourceOptions(provider=cluster.provider)
    queue = WorkQueue(name, {})
    given: Any = {**SIZED, "queue": queue.ref, "cluster": cluster.ref, **args}
    if not keda:
        return QueueAgent(name, given, on_cluster)
    operator = Keda("keda", {"cluster": cluster.ref}, on_cluster)
    given["keda_operator_role_name"] = operator.operator_role_name
    return QueueAgent(
        name, given, pulumi.ResourceOptions(provider=cluster.provider, depends_on=[operator])
    )


@cache
def recorded_fleet(*, preview: bool) -> Recorded:
    """Return what a fleet of defaults registers; with values unless it is a preview."""
    return evaluate(fleet, preview=preview)

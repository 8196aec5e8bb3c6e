"""Manifests that tests vary, and the shortest way to run a model over a backlog."""

from collections.abc import Iterable, Mapping
from typing import Any

from shoal_planner import QueueDepth, ScaledObject
from shoal_planner.depth_trace import DepthTrace
from shoal_planner.replay import replay

SQS_METADATA = {
    "queueURL": "https://sqs.eu-west-1.amazonaws.com/000000000000/thumbnails",
    "awsRegion": "eu-west-1",
}


def manifest(
    behavior: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """Return a ScaledObject with one aws-sqs-queue trigger of 10 messages a replica."""
    trigger = {
        "type": "aws-sqs-queue",
        "metadata": {**SQS_METADATA, "queueLength": "10", **(metadata or {})},
    }
    full: dict[str, Any] = {"scaleTargetRef": {"name": "thumbnails"}, "triggers": [trigger], **spec}
    if behavior is not None:
        full["advanced"] = {"horizontalPodAutoscalerConfig": {"behavior": behavior}}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "thumbnails", "annotations": dict(annotations or {})},
        "spec": full,
    }


def scaled_object(**settings: Any) -> ScaledObject:
    """Return the model of a `manifest`."""
    return ScaledObject.from_manifest(manifest(**settings))


def trace(steps: Iterable[tuple[float, int | None]]) -> DepthTrace:
    """Return visible messages from the second on that stands before each number."""
    steps = list(steps)
    depths = [None if visible is None else QueueDepth(visible) for _, visible in steps]
    return DepthTrace([round(second * 1000) for second, _ in steps], depths)


def replicas(
    settings: ScaledObject,
    steps: Iterable[tuple[float, int | None]],
    *,
    initial: int = 0,
    until: float | None = None,
    first_poll: float = 0,
    first_sync: float = 15,
) -> list[tuple[float, int]]:
    """Return what `replay` makes of a backlog: seconds and replicas."""
    changes = replay(
        settings,
        trace(steps),
        initial_replicas=initial,
        first_poll_ms=round(first_poll * 1000),
        first_sync_ms=round(first_sync * 1000),
        until_ms=None if until is None else round(until * 1000),
    )
    return [(change.at_ms / 1000, change.replicas) for change in changes]


def counts(course: Iterable[tuple[float, int]]) -> list[int]:
    """Return the replica counts alone."""
    return [count for _, count in course]

"""Kubernetes objects for the tests of the local fleet."""

from typing import Any

from shoal_local.agent_container import AgentContainer
from shoal_local.kubernetes_objects import LocalObjects

NAMESPACE = "agents"


def deployment(
    command: list[str] | None = None,
    *,
    env: list[dict[str, Any]] | None = None,
    env_from: list[dict[str, Any]] | None = None,
    args: list[str] | None = None,
    grace_period_s: int | None = None,
    readiness_path: str | None = None,
) -> dict[str, Any]:
    """Return a Deployment of one container."""
    given = {"command": command, "args": args, "env": env, "envFrom": env_from}
    container: dict[str, Any] = {
        "name": "agent",
        "image": "shoal/agent:local",
        **{key: value for key, value in given.items() if value is not None},
    }
    if readiness_path is not None:
        container["readinessProbe"] = {"httpGet": {"path": readiness_path, "port": 8080}}
    pod: dict[str, Any] = {"serviceAccountName": "thumbnails", "containers": [container]}
    if grace_period_s is not None:
        pod["terminationGracePeriodSeconds"] = grace_period_s
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "thumbnails", "namespace": NAMESPACE},
        "spec": {"template": {"spec": pod}},
    }


def container(manifest: dict[str, Any], *others: dict[str, Any]) -> AgentContainer:
    """Return the container of a Deployment that stands beside other objects."""
    objects = LocalObjects()
    for other in others:
        objects.apply(other)
    return AgentContainer.from_deployment(manifest, objects)

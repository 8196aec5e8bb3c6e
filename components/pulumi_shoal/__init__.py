"""Pulumi components that deploy fleets of stateless queue agents on AWS."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_shoal.existing_cluster import ExistingCluster
    from pulumi_shoal.irsa_role import IrsaRole
    from pulumi_shoal.queue_agent import QueueAgent
    from pulumi_shoal.work_queue import WorkQueue

__all__ = ["ExistingCluster", "IrsaRole", "QueueAgent", "WorkQueue"]

_HOMES = {
    "ExistingCluster": "existing_cluster",
    "IrsaRole": "irsa_role",
    "QueueAgent": "queue_agent",
    "WorkQueue": "work_queue",
}


def __getattr__(name: str) -> Any:
    """Import a public name's module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""The Kubernetes objects that a program registered, and where they go.

``LocalObjects`` keeps them for the local fleet; a cluster would take them by server-side
apply. Both are a ``KubernetesTarget``.
"""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Manifest = dict[str, Any]

DEFAULT_NAMESPACE: Final = "default"
_PREFIX: Final = "kubernetes:"
# Types of Pulumi's own in the Kubernetes package: charts and files, not objects.
_NOT_OBJECTS: Final = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize")
_CLUSTER_SCOPED: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
    }
)


class KubernetesTarget(Protocol):
    """Where registered Kubernetes objects are made and deleted."""

    def apply(self, manifest: Manifest) -> Manifest:
        """Make or change the object; return it as it now stands."""

    def delete(self, manifest: Manifest) -> None:
        """Delete the object; nothing happens if it is not there."""


class LocalObjects:
    """The objects of one laptop stack, by kind, namespace and name."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Manifest] = {}

    def apply(self, manifest: Manifest) -> Manifest:
        """Keep the object."""
        self._objects[_address(manifest)] = copy.deepcopy(manifest)
        return manifest

    def delete(self, manifest: Manifest) -> None:
        """Forget the object."""
        self._objects.pop(_address(manifest), None)

    def of_kind(self, kind: str) -> list[Manifest]:
        """Return every object of a kind, in the order in which they were made."""
        return [found for (kept, _, _), found in self._objects.items() if kept == kind]

    def find(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return one object, or None."""
        return self._objects.get((kind, namespace, name))

    def __len__(self) -> int:
        return len(self._objects)


def is_kubernetes_object(pulumi_type: str) -> bool:
    """Say whether a Pulumi type is one Kubernetes object (a chart or a file is not)."""
    return pulumi_type.startswith(_PREFIX) and not pulumi_type.startswith(_NOT_OBJECTS)


def manifest_of(pulumi_type: str, name: str, inputs: Mapping[str, Any]) -> Manifest:
    """Return the manifest of a registered object, named as the provider would name it.

    ``kubernetes:apps/v1:Deployment`` says the version and the kind. An object without a name
    is given the Pulumi name and a random end, as the Kubernetes provider does.
    """
    _, version, kind = pulumi_type.split(":")
    manifest: Manifest = {
        "apiVersion": version.removeprefix("core/"),
        "kind": kind,
        **copy.deepcopy(dict(inputs)),
    }
    metadata = dict(manifest.get("metadata") or {})
    metadata.setdefault("name", f"{name}-{secrets.token_hex(4)}")
    if kind not in _CLUSTER_SCOPED:
        metadata.setdefault("namespace", DEFAULT_NAMESPACE)
    manifest["metadata"] = metadata
    return manifest


def _address(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]

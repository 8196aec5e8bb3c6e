"""The options that a resource takes over from its parent where it states none itself.

The engine does this to every registration (``inheritFromParent`` and ``resolveProvider`` in
pkg/resource/deploy/source_eval.go, pulumi/pulumi); the SDK does part of it before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest


def inherit_options(request: RegisterResourceRequest, parent: RegisterResourceRequest) -> None:
    """Complete ``request`` in place from its parent's."""
    if not request.deletedWith:
        request.deletedWith = parent.deletedWith
    if not request.HasField("protect") and parent.HasField("protect"):
        request.protect = parent.protect
    if not request.HasField("retainOnDelete") and parent.HasField("retainOnDelete"):
        request.retainOnDelete = parent.retainOnDelete
    _inherit_provider(request, parent)
    if not request.custom and not parent.custom:
        for package, reference in parent.providers.items():
            if package not in request.providers:
                request.providers[package] = reference


def _inherit_provider(request: RegisterResourceRequest, parent: RegisterResourceRequest) -> None:
    if request.provider or not (request.custom or request.remote):
        return
    package = request.type.split(":", maxsplit=1)[0]
    if _package_of(parent.provider) == package:
        request.provider = parent.provider
    elif package in request.providers:
        request.provider = request.providers[package]
    elif package in parent.providers:
        request.provider = parent.providers[package]


def _package_of(provider: str) -> str | None:
    """Read ``aws`` out of ``urn:pulumi:stack::project::pulumi:providers:aws::name::id``."""
    if not provider:
        return None
    return provider.split("::")[2].rpartition(":")[2]

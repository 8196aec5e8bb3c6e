"""The names that the Kubernetes provider generates, known in a preview already.

The provider names an object (``metadata.name``) and a Helm release (``name``) that the
program leaves unnamed while it checks the inputs, before anything is created: the resource's
name and eight random hexadecimal digits. Here the digits follow from the URN, so that two
evaluations of one program agree.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from shoal_local.kubernetes_objects import is_kubernetes_object

if TYPE_CHECKING:
    from shoal_local.registration import Resource

_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_DIGITS: Final = 8


def with_generated_name(resource: Resource) -> dict[str, Any]:
    """Return the inputs of ``resource``, with the name its provider would add, if any."""
    inputs = resource.inputs
    if resource.is_provider:
        return inputs
    if resource.type == _RELEASE:
        return {"name": _generated(resource), **inputs}
    metadata = inputs.get("metadata", {})
    named_already = not isinstance(metadata, dict) or {"name", "generateName"} & metadata.keys()
    if named_already or not is_kubernetes_object(resource.type):
        return inputs
    return {**inputs, "metadata": {**metadata, "name": _generated(resource)}}


def _generated(resource: Resource) -> str:
    digest = hashlib.sha256(resource.urn.encode()).hexdigest()
    return f"{resource.name}-{digest[:_DIGITS]}"

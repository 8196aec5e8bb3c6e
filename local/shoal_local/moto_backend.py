"""What answers the stack program on a laptop: AWS in moto, Kubernetes objects to a target.

A type that nothing here makes is answered with plausible values, as in a test; ``echoed``
lists those, so that the command can say which resources exist in name only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shoal_local.answers import Account
from shoal_local.backend import Answer
from shoal_local.kubernetes_objects import is_kubernetes_object, manifest_of
from shoal_local.moto_resources import MAKERS, Clients
from shoal_local.moto_server import ACCOUNT_ID
from shoal_local.property_values import reveal
from shoal_local.values_backend import ValuesBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shoal_local.kubernetes_objects import KubernetesTarget, Manifest
    from shoal_local.moto_resources import Made
    from shoal_local.moto_server import MotoServer
    from shoal_local.registration import Resource


class ResourceNotMadeError(Exception):
    """Moto or the Kubernetes target refused a resource; the text names it and says why."""


class MotoBackend:
    """Makes resources as they are registered, and deletes them on request.

    State: what it made, by URN (AWS resources and Kubernetes objects apart), and ``echoed``.
    """

    def __init__(self, server: MotoServer, kubernetes: KubernetesTarget) -> None:
        self.echoed: list[Resource] = []
        """What was not made, in registration order; providers are not counted."""
        self._kubernetes = kubernetes
        self._values = ValuesBackend(Account(account_id=ACCOUNT_ID, region=server.region))
        self._clients = Clients(server.client, region=server.region, account_id=ACCOUNT_ID)
        self._made: dict[str, Made] = {}
        self._manifests: dict[str, Manifest] = {}

    def create(self, resource: Resource) -> Answer:
        """Make the resource; a type that cannot be made here is answered all the same."""
        try:
            if resource.type in MAKERS:
                return self._make(resource)
            if is_kubernetes_object(resource.type):
                return self._apply(resource)
        except Exception as error:
            raise ResourceNotMadeError(
                f"{resource.type} {resource.name!r} could not be made on this machine: {error}"
            ) from error
        if not resource.is_provider:
            self.echoed.append(resource)
        return self._values.create(resource)

    def construct(self, resource: Resource) -> Mapping[str, Any]:
        """Answer with plausible values: the component's own package does not run here."""
        self.echoed.append(resource)
        return self._values.construct(resource)

    def read(self, resource: Resource) -> Answer:
        """Take it that what is looked up exists."""
        return self._values.read(resource)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer from the table of known functions, for moto's account."""
        return self._values.invoke(token, arguments)

    def call(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer from the table of known methods."""
        return self._values.call(token, arguments)

    def delete(self, resource: Resource) -> None:
        """Delete what ``create`` made; nothing for what was echoed or never made."""
        made = self._made.pop(resource.urn, None)
        if made is not None:
            MAKERS[resource.type].delete(self._clients, made)
        manifest = self._manifests.pop(resource.urn, None)
        if manifest is not None:
            self._kubernetes.delete(manifest)

    def _make(self, resource: Resource) -> Answer:
        maker = MAKERS[resource.type]
        made = maker.create(self._clients, resource.name, reveal(resource.inputs))
        self._made[resource.urn] = made
        return Answer(made.id, made.outputs)

    def _apply(self, resource: Resource) -> Answer:
        manifest = manifest_of(resource.type, resource.name, reveal(resource.inputs))
        metadata = self._kubernetes.apply(manifest)["metadata"]
        self._manifests[resource.urn] = manifest
        address = (metadata.get("namespace"), metadata["name"])
        return Answer("/".join(filter(None, address)), {"metadata": metadata})

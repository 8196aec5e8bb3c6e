"""A provider that accepts every resource and gives its inputs back as outputs.

What a real provider computes comes from `make`, which a subclass replaces. In a preview
nothing is made, so the outputs that only `make` knows are unknown, as they are on AWS.
`diff` answers "unknown", upon which the engine compares old and new inputs itself.
"""

from dataclasses import dataclass, field
from typing import Any

from pulumi.provider.experimental import provider as rpc
from tests.engine.standins import journal
from tests.engine.standins.property_values import plain_map, wrapped_map
from tests.engine.standins.urns import physical_name


@dataclass(frozen=True)
class Made:
    """What making a resource gave: its id, and the outputs that are more than its inputs."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)


class EchoProvider(rpc.Provider):
    """Every resource type, kept nowhere but in the engine's state."""

    def make(self, urn: str, inputs: dict[str, Any]) -> Made:
        """Make the resource and return its id and what was computed."""
        del inputs
        return Made(physical_name(urn))

    def change(self, urn: str, resource_id: str, inputs: dict[str, Any]) -> None:
        """Bring the resource to the new inputs."""

    def stands(self, urn: str, resource_id: str) -> bool:
        """Return whether the resource is still there."""
        del urn, resource_id
        return True

    def remove(self, urn: str, resource_id: str, state: dict[str, Any]) -> None:
        """Delete the resource, which `state` describes: its inputs and outputs."""

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what a function of the provider (an invoke) gives."""
        raise NotImplementedError(f"no stand-in answers {token} {arguments}")

    async def configure(self, request: rpc.ConfigureRequest) -> rpc.ConfigureResponse:
        """Keep secrets marked; ask for plain references in place of resources and outputs."""
        del request
        return rpc.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def create(self, request: rpc.CreateRequest) -> rpc.CreateResponse:
        """Make the resource; in a preview, only give the inputs back."""
        if request.preview:
            return rpc.CreateResponse(properties=request.properties)
        made = self.make(request.urn, plain_map(request.properties))
        journal.write("create", request.urn)
        return rpc.CreateResponse(made.id, {**request.properties, **wrapped_map(made.outputs)})

    async def read(self, request: rpc.ReadRequest) -> rpc.ReadResponse:
        """Give the state back, or nothing where the resource is gone."""
        if self.stands(request.urn, request.resource_id):
            return rpc.ReadResponse(request.resource_id, request.properties, request.inputs)
        return rpc.ReadResponse()

    async def update(self, request: rpc.UpdateRequest) -> rpc.UpdateResponse:
        """Take the new inputs over what stood before."""
        if not request.preview:
            self.change(request.urn, request.resource_id, plain_map(request.news))
            journal.write("update", request.urn)
        return rpc.UpdateResponse({**request.olds, **request.news})

    async def delete(self, request: rpc.DeleteRequest) -> None:
        """Delete the resource."""
        self.remove(request.urn, request.resource_id, plain_map(request.properties))
        journal.write("delete", request.urn)

    async def invoke(self, request: rpc.InvokeRequest) -> rpc.InvokeResponse:
        """Answer a function of the provider."""
        return rpc.InvokeResponse(wrapped_map(self.answer(request.tok, plain_map(request.args))))

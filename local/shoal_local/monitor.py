"""The resource monitor: what the SDK speaks to in place of Pulumi's engine.

It is handed to the SDK as an object in this process (the SDK takes one in place of a gRPC
address) and does to a registration what the engine does before any provider hears of it
(pkg/resource/deploy/source_eval.go and step_generator.go in pulumi/pulumi):

1. ``protect``, ``retainOnDelete``, ``deletedWith`` and the provider are inherited from the
   parent where the program does not state them;
2. transforms run: the resource's own, then its parents', then the stack's;
3. the URN is the stack, the project, the qualified type and the name; a second resource with
   the same URN is an error.

A local component is answered with no properties, as the engine does. Methods that wait for
the program (a transform is a function of its own) are coroutines; in_order_executor.py says
how they meet the SDK, which expects calls that block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2
from pulumi.runtime.sync_await import _sync_await

from shoal_local.inheritance import inherit_options
from shoal_local.property_values import (
    UNKNOWN,
    UNKNOWN_ON_THE_WIRE,
    Secret,
    Unknown,
    decode,
    encode,
)
from shoal_local.registration import (
    STACK_TYPE,
    Resource,
    compute_urn,
    from_read_request,
    from_register_request,
)
from shoal_local.transforms import Transforms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi.runtime.proto import callback_pb2

    from shoal_local.backend import Answer, Backend

_GET_RESOURCE: Final = "pulumi:pulumi:getResource"

# The engine's features that this monitor has. Left out: output values (they tell a remote
# component's provider where a value comes from, and there is none here), hooks and state
# migrations (they run around operations that do not happen here).
_FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
)


class DuplicateUrnError(pulumi.RunError):
    """Two resources of one type, parent and name."""


class Monitor:
    """Records what a program registers, and answers with what ``backend`` says.

    State: ``resources`` in registration order, ``stack`` once it is registered, the raw
    requests by URN (children inherit from them), the stack's and the resources' transforms.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        project: str,
        stack: str,
        on_registered: Callable[[Resource], None] | None = None,
    ) -> None:
        self.resources: list[Resource] = []
        self.stack: Resource | None = None
        self._backend = backend
        self._project = project
        self._stack = stack
        self._on_registered = on_registered
        self._by_urn: dict[str, Resource] = {}
        self._requests: dict[str, resource_pb2.RegisterResourceRequest] = {}
        self._transforms = Transforms()

    async def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Record a resource or component, and answer with its URN, id and properties."""
        parent = self._requests.get(request.parent)
        if parent is not None:
            inherit_options(request, parent)
        await self._transforms.apply(request)
        urn = self._new_urn(request.parent, request.type, request.name)
        resource = from_register_request(request, urn)
        self._requests[urn] = request
        self._transforms.remember(urn, request)
        self._record(resource)
        self._answer(resource)
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id=_id_on_the_wire(resource),
            object=encode(resource.outputs),
        )

    async def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Record a look-up, and answer with what was found."""
        urn = self._new_urn(request.parent, request.type, request.name)
        resource = from_read_request(request, urn)
        self._record(resource)
        self._fill_in(resource, self._backend.read(resource))
        return resource_pb2.ReadResourceResponse(
            urn=urn, id=_id_on_the_wire(resource), properties=encode(resource.outputs)
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Record what a component, or the stack, says its outputs are."""
        self._by_urn[request.urn].outputs = decode(request.outputs)
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Answer a provider's function."""
        if request.tok == _GET_RESOURCE:
            found = self._by_urn[request.args.fields["urn"].string_value]
            state = {
                "urn": found.urn,
                "id": _id_on_the_wire(found),
                "state": dict(found.outputs),
            }
            return _invoke_response(state)
        if self._transforms.invokes:
            # The SDK puts the answer in a tuple where it asks, so this cannot be a coroutine.
            _sync_await(self._transforms.apply_to_invoke(request))
        return _invoke_response(self._backend.invoke(request.tok, decode(request.args)))

    def Call(  # noqa: N802
        self, request: resource_pb2.ResourceCallRequest
    ) -> provider_pb2.CallResponse:
        """Answer a component's method."""
        answer = encode(self._backend.call(request.tok, decode(request.args)))
        return provider_pb2.CallResponse(**{"return": answer})

    def RegisterStackTransform(  # noqa: N802
        self, callback: callback_pb2.Callback
    ) -> empty_pb2.Empty:
        """Remember a transform for every resource registered from now on."""
        self._transforms.stack.append(callback)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(  # noqa: N802
        self, callback: callback_pb2.Callback
    ) -> empty_pb2.Empty:
        """Remember a transform for every function invoked from now on."""
        self._transforms.invokes.append(callback)
        return empty_pb2.Empty()

    def RegisterPackage(  # noqa: N802
        self, request: resource_pb2.RegisterPackageRequest
    ) -> resource_pb2.RegisterPackageResponse:
        """Accept a package that is generated from parameters."""
        return resource_pb2.RegisterPackageResponse(ref=f"{request.name}@{request.version}")

    def GetDeploymentInfo(  # noqa: N802
        self, _request: empty_pb2.Empty
    ) -> resource_pb2.DeploymentInfo:
        """Tell the SDK what may be sent."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(  # noqa: N802
        self, _request: empty_pb2.Empty
    ) -> empty_pb2.Empty:
        """Let the program end: nothing here needs it to stay."""
        return empty_pb2.Empty()

    def _new_urn(self, parent: str, type_: str, name: str) -> str:
        urn = compute_urn(self._project, self._stack, parent or None, type_, name)
        if urn in self._by_urn:
            raise DuplicateUrnError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
        return urn

    def _record(self, resource: Resource) -> None:
        self._by_urn[resource.urn] = resource
        if resource.type == STACK_TYPE:
            self.stack = resource
        else:
            self.resources.append(resource)
        if self._on_registered is not None:
            self._on_registered(resource)

    def _answer(self, resource: Resource) -> None:
        if resource.remote:
            resource.outputs = dict(self._backend.construct(resource))
        elif resource.custom:
            self._fill_in(resource, self._backend.create(resource))

    def _fill_in(self, resource: Resource, answer: Answer) -> None:
        resource.id = answer.id
        resource.outputs = _with_secrets(answer.outputs, resource.additional_secret_outputs)


def _with_secrets(outputs: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {
        key: Secret(value) if key in names and not isinstance(value, Secret) else value
        for key, value in outputs.items()
    }


def _id_on_the_wire(resource: Resource) -> str:
    if isinstance(resource.id, Unknown):
        # The engine gives a provider that it only previews an id; others stay without.
        return UNKNOWN_ON_THE_WIRE if resource.is_provider else ""
    return "" if resource.id is None else resource.id


def _invoke_response(answer: Mapping[str, Any]) -> resource_pb2.ResourceInvokeResponse:
    if any(value is UNKNOWN for value in answer.values()):
        return resource_pb2.ResourceInvokeResponse(unknown=True)
    return resource_pb2.ResourceInvokeResponse(**{"return": encode(answer)})

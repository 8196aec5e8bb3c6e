"""Transforms: the program's own functions that rewrite a registration or an invoke.

The SDK serves them on a port of its own and tells the monitor where; each is asked over
gRPC, in the order that the engine uses: the resource's own, its parents' from the nearest
up, then the stack's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import grpc.aio
import pulumi
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

# What a transform sees of a registration's options: (its field, the registration's field).
_PLAIN: Final = (
    ("version", "version"),
    ("plugin_download_url", "pluginDownloadURL"),
    ("provider", "provider"),
    ("deleted_with", "deletedWith"),
    ("import", "importId"),
)
_OPTIONAL: Final = (
    ("protect", "protect"),
    ("retain_on_delete", "retainOnDelete"),
)
_LISTS: Final = (
    ("depends_on", "dependencies"),
    ("ignore_changes", "ignoreChanges"),
    ("replace_on_changes", "replaceOnChanges"),
    ("additional_secret_outputs", "additionalSecretOutputs"),
    ("aliases", "aliases"),
)


class Transforms:
    """The transforms in force: the stack's, and those that parents hand down."""

    def __init__(self) -> None:
        self.stack: list[callback_pb2.Callback] = []
        self.invokes: list[callback_pb2.Callback] = []
        self._own: dict[str, list[callback_pb2.Callback]] = {}
        self._parents: dict[str, str] = {}

    def remember(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> None:
        """Keep what the resource's children will be transformed by."""
        self._own[urn] = list(request.transforms)
        self._parents[urn] = request.parent

    async def apply(self, request: resource_pb2.RegisterResourceRequest) -> None:
        """Let every transform rewrite ``request`` in place."""
        for callback in [*request.transforms, *self._inherited(request.parent), *self.stack]:
            answer = resource_pb2.TransformResponse()
            await _ask(callback, _transform_request(request), answer)
            if answer.properties != request.object:
                # A Python transform sends back values, not where they came from.
                request.propertyDependencies.clear()
            request.object.CopyFrom(answer.properties)
            if answer.HasField("options"):
                _copy_options(answer.options, request)

    async def apply_to_invoke(self, request: resource_pb2.ResourceInvokeRequest) -> None:
        """Let every invoke transform rewrite ``request`` in place."""
        for callback in self.invokes:
            options = resource_pb2.TransformInvokeOptions(
                provider=request.provider, version=request.version
            )
            question = resource_pb2.TransformInvokeRequest(
                token=request.tok, args=request.args, options=options
            )
            answer = resource_pb2.TransformInvokeResponse()
            await _ask(callback, question, answer)
            request.args.CopyFrom(answer.args)

    def _inherited(self, parent: str) -> Iterable[callback_pb2.Callback]:
        while parent:
            yield from self._own[parent]
            parent = self._parents[parent]


async def _ask(callback: callback_pb2.Callback, question: Message, answer: Message) -> None:
    async with grpc.aio.insecure_channel(callback.target) as channel:
        stub = callback_pb2_grpc.CallbacksStub(channel)
        request = callback_pb2.CallbackInvokeRequest(
            token=callback.token, request=question.SerializeToString()
        )
        try:
            response = await stub.Invoke(request)
        except grpc.aio.AioRpcError as error:
            raise pulumi.RunError(f"a transform failed: {error.details()}") from error
    answer.ParseFromString(response.response)


def _transform_request(
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.TransformRequest:
    options = resource_pb2.TransformResourceOptions()
    _copy_fields(request, options, [(sent, seen) for seen, sent in _PLAIN + _OPTIONAL + _LISTS])
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    if request.HasField("customTimeouts"):
        options.custom_timeouts.CopyFrom(request.customTimeouts)
    options.providers.update(request.providers)
    return resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=options,
    )


def _copy_options(
    options: resource_pb2.TransformResourceOptions,
    request: resource_pb2.RegisterResourceRequest,
) -> None:
    _copy_fields(options, request, _PLAIN + _OPTIONAL + _LISTS)
    if options.HasField("delete_before_replace"):
        request.deleteBeforeReplaceDefined = True
        request.deleteBeforeReplace = options.delete_before_replace
    if options.HasField("custom_timeouts"):
        request.customTimeouts.CopyFrom(options.custom_timeouts)
    request.providers.clear()
    request.providers.update(options.providers)


def _copy_fields(source: Any, target: Any, fields: Iterable[tuple[str, str]]) -> None:
    """Make each field of ``target`` what its counterpart in ``source`` is, set or unset."""
    set_fields = {descriptor.name for descriptor, _value in source.ListFields()}
    for source_name, target_name in fields:
        target.ClearField(target_name)
        if source_name not in set_fields:
            continue
        value = getattr(source, source_name)
        if isinstance(value, bool | str):
            setattr(target, target_name, value)
        else:
            getattr(target, target_name).extend(value)

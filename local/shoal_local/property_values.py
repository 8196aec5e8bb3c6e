"""Property values as a program registers them: plain Python, with three things marked.

The SDK sends inputs as a protobuf struct in which an unknown, a secret, a reference to a
resource and an asset are told apart by signatures. ``decode`` turns such a struct into
dictionaries, lists and scalars, and those four into the types below, nested where they
were; ``encode`` goes the way back, for the outputs a backend answers with.

Whole numbers come back as ``int``: the wire knows only doubles, and no property that
Pulumi, AWS or Kubernetes defines tells ``5.0`` from ``5``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = Any

# Pulumi's own wire constants, from the SDK that is installed; the SDK names them privately,
# the protocol (sdk/go/common/resource/properties.go in pulumi/pulumi) fixes their values.
_SIGNATURE: Final = rpc._special_sig_key  # noqa: SLF001
_SECRET: Final = rpc._special_secret_sig  # noqa: SLF001
_REFERENCE: Final = rpc._special_resource_sig  # noqa: SLF001
_ASSETS: Final = {
    rpc._special_asset_sig: "asset",  # noqa: SLF001
    rpc._special_archive_sig: "archive",  # noqa: SLF001
}
_ASSET_SIGNATURES: Final = {kind: signature for signature, kind in _ASSETS.items()}

UNKNOWN_ON_THE_WIRE: Final = rpc.UNKNOWN
"""What the SDK and the engine write where a value is not known yet."""


class Unknown:
    """The type of ``UNKNOWN``; there is one instance.

    It has no truth value: ``if value:`` on something that is not known yet is a mistake, in
    a test as in a program.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # a copy of it is it

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false: compare with `is UNKNOWN`")


UNKNOWN: Final = Unknown()
"""A value that only creating the resource would tell. Compare with ``is``."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the program marked secret; ``repr`` does not show it."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource passed as a value: its URN, and its id (None for a component)."""

    urn: str
    id: str | Unknown | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, text or URI (``kind`` "asset"), or a tree of them (``kind`` "archive").

    ``content`` has exactly one key, as in the program: ``path``, ``text``, ``uri`` or
    ``assets``.
    """

    kind: str
    content: Mapping[str, Value]


def decode(struct: struct_pb2.Struct) -> dict[str, Value]:
    """Read the properties in ``struct``, by name: a protobuf map has no order of its own."""
    return {key: _decode_value(value) for key, value in sorted(struct.fields.items())}


def encode(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Write ``properties`` the way the engine answers with them."""
    struct = struct_pb2.Struct()
    struct.update(_encode_mapping(properties))
    return struct


def contains_unknown(value: Value) -> bool:
    """Whether ``value`` is UNKNOWN, or holds it at any depth."""
    return any(leaf is UNKNOWN for leaf in _leaves(value))


def reveal(value: Value) -> Value:
    """``value`` without its secret marks, for a backend that has to use the plain text."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, Secret):
        yield from _leaves(value.value)
    elif isinstance(value, Asset):
        yield from _leaves(value.content)
    elif isinstance(value, ResourceReference):
        yield value.id
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _decode_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _decode_struct(decode(value.struct_value))
        case "list_value":
            return [_decode_value(item) for item in value.list_value.values]
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_ON_THE_WIRE else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _decode_struct(fields: dict[str, Value]) -> Value:
    signature = fields.pop(_SIGNATURE, None)
    if signature is None:
        return fields
    if signature == _SECRET:
        return Secret(fields.get("value"))
    if signature == _REFERENCE:
        return ResourceReference(urn=fields["urn"], id=_reference_id(fields.get("id")))
    if signature in _ASSETS:
        return Asset(_ASSETS[signature], fields)
    raise ValueError(f"a property carries a signature this monitor does not know: {signature!r}")


def _reference_id(value: Value) -> str | Unknown | None:
    # An id that a preview does not know is sent as the empty string.
    return UNKNOWN if value == "" else value


def _encode_mapping(mapping: Mapping[str, Value]) -> dict[str, Value]:
    return {key: _encode_value(item) for key, item in mapping.items()}


def _encode_value(value: Value) -> Value:
    encoded: Value
    match value:
        case Unknown():
            encoded = UNKNOWN_ON_THE_WIRE
        case Secret():
            encoded = {_SIGNATURE: _SECRET, "value": _encode_value(value.value)}
        case ResourceReference():
            encoded = _encode_reference(value)
        case Asset():
            signature = _ASSET_SIGNATURES[value.kind]
            encoded = {_SIGNATURE: signature, **_encode_mapping(value.content)}
        case Mapping():
            encoded = _encode_mapping(value)
        case list() | tuple():
            encoded = [_encode_value(item) for item in value]
        case _:
            encoded = value
    return encoded


def _encode_reference(reference: ResourceReference) -> dict[str, Value]:
    fields = {_SIGNATURE: _REFERENCE, "urn": reference.urn}
    if reference.id is not None:
        fields["id"] = "" if isinstance(reference.id, Unknown) else reference.id
    return fields

"""Between the engine's property values and plain Python ones.

An unknown stays the string the engine's wire format has for it: the SDK's property values
can be read with it and written with it, and a stand-in only ever passes it on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue, ResourceReference

Properties = Mapping[str, PropertyValue]


def plain(value: PropertyValue) -> Any:
    """Return what the value holds, with no mark of a secret left on it."""
    held = value.value
    if isinstance(held, Mapping):
        return plain_map(held)
    if isinstance(held, Sequence) and not isinstance(held, str):
        return [plain(item) for item in held]
    if isinstance(held, float) and held.is_integer():
        return int(held)
    return held


def plain_map(values: Properties) -> dict[str, Any]:
    """Return a resource's properties as plain Python values."""
    return {key: plain(value) for key, value in values.items()}


def wrapped(value: Any) -> PropertyValue:
    """Return a plain value as the wire wants it; what is wrapped already stays as it is."""
    if isinstance(value, PropertyValue):
        return value
    if isinstance(value, Mapping):
        return PropertyValue(wrapped_map(value))
    if isinstance(value, list | tuple):
        return PropertyValue([wrapped(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def wrapped_map(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """Return plain properties as the wire wants them."""
    return {key: wrapped(value) for key, value in values.items()}


def reference(urn: str, resource_id: str, version: str) -> PropertyValue:
    """Return a reference to a resource that stands in the state."""
    return PropertyValue(ResourceReference(urn, PropertyValue(resource_id), version))

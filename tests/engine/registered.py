"""One resource as the engine has it and as `shoal-local preview` has it, in one form.

Three things the engine adds are taken off, because no program registers them: the default
providers, the version in a provider's inputs, and what a remote component's plugin makes in
it. What depends on a constructed child depends on the component as well, which stays.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "[secret]"
RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
REMOTE_PACKAGES = ("eks:", "awsx:")
ENGINES_OWN = ("__internal", "version")
DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[a-z-]+::default(_\d+)*$")
DURATION = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Registered:
    """What both sides say of a resource; the order of dependencies means nothing."""

    urn: str
    parent: str | None
    custom: bool
    inputs: Any
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    provider: str | None
    protect: bool
    ignore_changes: tuple[str, ...]
    retain_on_delete: bool
    deleted_with: str | None
    create_timeout_s: float | None

    def differences(self, other: "Registered") -> list[str]:
        """Name each field that is not the same, with both values."""
        return [
            f"{self.urn} {field}: {mine!r} on one side, {theirs!r} on the other"
            for field, mine in vars(self).items()
            if mine != (theirs := vars(other)[field])
        ]


def differences(one: Mapping[str, Registered], other: Mapping[str, Registered]) -> list[str]:
    """Name every resource that one side alone has, and every field that is not the same."""
    alone = [f"{urn} is on one side alone" for urn in sorted(one.keys() ^ other.keys())]
    shared = one.keys() & other.keys()
    return alone + [text for urn in sorted(shared) for text in one[urn].differences(other[urn])]


def of_the_engine(steps: Iterable[Mapping[str, Any]]) -> dict[str, Registered]:
    """Read the steps of `pulumi preview --json`."""
    states = [step["newState"] for step in steps]
    registered = [_from_engine(state) for state in states if not _is_engines_own(state["urn"])]
    return {resource.urn: resource for resource in registered}


def of_the_laptop(objects: Iterable[Mapping[str, Any]]) -> dict[str, Registered]:
    """Read the array of `shoal-local preview --json`."""
    registered = [_from_laptop(resource) for resource in objects]
    return {resource.urn: resource for resource in registered}


def _is_engines_own(urn: str) -> bool:
    return DEFAULT_PROVIDER.search(urn) is not None or _is_constructed(urn)


def _is_constructed(urn: str) -> bool:
    *parents, _own = urn.split("::")[2].split("$")
    return any(parent.startswith(REMOTE_PACKAGES) for parent in parents)


def _from_engine(state: Mapping[str, Any]) -> Registered:
    inputs = _with_plain_references(state.get("inputs", {}))
    if state["type"].startswith("pulumi:providers:"):
        inputs = {key: value for key, value in inputs.items() if key not in ENGINES_OWN}
    provider = state.get("provider", "").rpartition("::")[0]
    referenced = _referenced(state["type"], inputs)
    return Registered(
        urn=state["urn"],
        parent=state.get("parent"),
        custom=state["custom"],
        inputs=inputs,
        dependencies=_program_urns(state.get("dependencies", ()), referenced),
        property_dependencies=_by_property(state.get("propertyDependencies", {}), referenced),
        provider=None if not provider or DEFAULT_PROVIDER.search(provider) else provider,
        protect=state.get("protect", False),
        ignore_changes=tuple(state.get("ignoreChanges", ())),
        retain_on_delete=state.get("retainOnDelete", False),
        deleted_with=state.get("deletedWith"),
        create_timeout_s=state.get("customTimeouts", {}).get("create"),
    )


def _from_laptop(resource: Mapping[str, Any]) -> Registered:
    timeout = resource["custom_timeouts"].get("create")
    inputs = _masked(resource["inputs"])
    referenced = _referenced(resource["type"], inputs)
    return Registered(
        urn=resource["urn"],
        parent=resource["parent"],
        custom=resource["custom"],
        inputs=inputs,
        dependencies=_program_urns(resource["dependencies"], referenced),
        property_dependencies=_by_property(resource["property_dependencies"], referenced),
        provider=resource["provider"],
        protect=resource["protect"],
        ignore_changes=tuple(resource["ignore_changes"]),
        retain_on_delete=resource["retain_on_delete"],
        deleted_with=resource["deleted_with"],
        create_timeout_s=None if timeout is None else float(timeout[:-1]) * DURATION[timeout[-1]],
    )


def _program_urns(urns: Iterable[str], referenced: frozenset[str]) -> frozenset[str]:
    return frozenset(urn for urn in urns if not _is_constructed(urn)) - referenced


def _by_property(
    dependencies: Mapping[str, Iterable[str]], referenced: frozenset[str]
) -> dict[str, frozenset[str]]:
    by_property = {key: _program_urns(urns, referenced) for key, urns in dependencies.items()}
    return {key: urns for key, urns in by_property.items() if urns}


def _referenced(type_token: str, inputs: Mapping[str, Any]) -> frozenset[str]:
    """Return the resources that a remote component is given whole.

    Its plugin, which is who registers it with the engine, may count them as dependencies.
    """
    if not type_token.startswith(REMOTE_PACKAGES):
        return frozenset()
    texts = (value for value in inputs.values() if isinstance(value, str))
    return frozenset(text for text in texts if text.startswith("urn:pulumi:"))


def _with_plain_references(value: Any) -> Any:
    """Write a reference to a resource as its URN, with or without its id."""
    match value:
        case {"urn": str(urn), **rest} if RESOURCE_REFERENCE in rest.values():
            return urn
        case dict():
            return {key: _with_plain_references(item) for key, item in value.items()}
        case list():
            return [_with_plain_references(item) for item in value]
        case _:
            return value


def _masked(value: Any) -> Any:
    """Write the laptop's marks as the engine shows them."""
    match value:
        case {"secret": True}:
            return SECRET
        case {"unknown": True}:
            return UNKNOWN
        case {"resource": str(urn)}:
            return urn
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list():
            return [_masked(item) for item in value]
        case _:
            return value

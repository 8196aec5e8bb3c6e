"""What a program registered: one ``Resource`` for each call that reached the monitor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from shoal_local.property_values import UNKNOWN, Unknown, decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime.proto import alias_pb2, resource_pb2

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"


@dataclass(slots=True, kw_only=True)
class Resource:
    """One registered resource: what the program said, then what it was answered.

    Inputs, options and dependencies are as the engine receives them, after transforms and
    after the options that it lets a child inherit from its parent (``protect``,
    ``retain_on_delete``, ``deleted_with``, the provider). Unknown values are ``UNKNOWN``,
    secrets ``Secret``. What providers would add (defaults, generated names) is not there.
    """

    urn: str
    type: str
    name: str
    parent: str | None = None
    """URN of the parent; None for the stack alone."""
    custom: bool = True
    """True if a provider manages it, False for a component."""
    remote: bool = False
    """True for a component that its package constructs (``eks:index:Cluster``)."""
    inputs: dict[str, Any] = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    """URNs it waits for, sorted."""
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    """For each input, the URNs that its value comes from, sorted."""
    provider: str | None = None
    """URN of an explicit provider; None where the package's default provider serves it."""
    providers: dict[str, str] = field(default_factory=dict)
    """A component's explicit providers for its children: package to URN."""
    protect: bool = False
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    retain_on_delete: bool = False
    deleted_with: str | None = None
    delete_before_replace: bool | None = None
    """None where the program leaves it to the provider."""
    aliases: list[str | dict[str, Any]] = field(default_factory=list)
    """Earlier URNs, or the parts of one that differ (``name``, ``type``, ``parent`` …)."""
    additional_secret_outputs: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, str] = field(default_factory=dict)
    """``create``, ``update``, ``delete``, each as written (``10m``)."""
    import_id: str | None = None
    """Id of the thing to adopt instead of creating one."""
    version: str | None = None
    """Version of the package's SDK, which selects the provider plugin."""
    read_id: str | None = None
    """For a resource that is only looked up (``X.get``): the id it is read by."""
    id: str | Unknown | None = None
    """The answer: UNKNOWN in a preview, None for a component."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """The answer's properties; for a component, those it registered itself."""

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider (``pulumi:providers:aws``) rather than a resource."""
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def package(self) -> str:
        """The package its type belongs to: ``aws`` for ``aws:sqs/queue:Queue``."""
        return self.type.split(":", maxsplit=1)[0]


def compute_urn(project: str, stack: str, parent: str | None, type_: str, name: str) -> str:
    """The URN the engine gives: the parents' types qualify it, the stack's does not."""
    qualified = type_
    if parent is not None:
        parent_types = parent.split("::")[2]
        if parent_types != STACK_TYPE:
            qualified = f"{parent_types}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def provider_urn(reference: str) -> str | None:
    """The URN in a provider reference (``<urn>::<id>``); None for an empty one."""
    return reference.rpartition("::")[0] or None


def from_register_request(request: resource_pb2.RegisterResourceRequest, urn: str) -> Resource:
    """Read a registration."""
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent or None,
        custom=request.custom,
        remote=request.remote,
        inputs=decode(request.object),
        dependencies=sorted(request.dependencies),
        property_dependencies=_property_dependencies(request),
        provider=provider_urn(request.provider),
        providers=_provider_urns(request.providers),
        protect=request.protect,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith or None,
        delete_before_replace=(
            request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
        ),
        aliases=[_alias(alias) for alias in request.aliases],
        additional_secret_outputs=list(request.additionalSecretOutputs),
        custom_timeouts=_custom_timeouts(request),
        import_id=request.importId or None,
        version=request.version or None,
    )


def from_read_request(request: resource_pb2.ReadResourceRequest, urn: str) -> Resource:
    """Read a look-up of something that exists outside the stack."""
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent or None,
        inputs=decode(request.properties),
        dependencies=sorted(request.dependencies),
        provider=provider_urn(request.provider),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        version=request.version or None,
        read_id=request.id,
        id=UNKNOWN,
    )


def _property_dependencies(
    request: resource_pb2.RegisterResourceRequest,
) -> dict[str, list[str]]:
    return {
        key: sorted(dependencies.urns)
        for key, dependencies in sorted(request.propertyDependencies.items())
        if dependencies.urns
    }


def _provider_urns(references: Mapping[str, str]) -> dict[str, str]:
    urns = ((package, provider_urn(reference)) for package, reference in references.items())
    return {package: urn for package, urn in sorted(urns) if urn is not None}


def _custom_timeouts(request: resource_pb2.RegisterResourceRequest) -> dict[str, str]:
    timeouts = request.customTimeouts
    stated = {
        "create": timeouts.create,
        "update": timeouts.update,
        "delete": timeouts.delete,
    }
    return {operation: text for operation, text in stated.items() if text}


def _alias(alias: alias_pb2.Alias) -> str | dict[str, Any]:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    stated: dict[str, Any] = {
        "name": spec.name,
        "type": spec.type,
        "stack": spec.stack,
        "project": spec.project,
        "parent": spec.parentUrn,
        "no_parent": spec.noParent,
    }
    return {key: value for key, value in stated.items() if value}

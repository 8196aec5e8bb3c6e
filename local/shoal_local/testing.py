"""Evaluate a Pulumi program in a test, and look at exactly what it registers.

No engine, no account, no plugin: the program runs through Pulumi's own Python runtime against
the monitor that ``shoal-local preview`` uses.

    from shoal_local.testing import UNKNOWN, evaluate

    def test_a_queue_keeps_what_it_could_not_process():
        recorded = evaluate(lambda: WorkQueue("thumbnails"))
        queue = recorded.named("thumbnails-queue")
        assert queue.inputs["redrivePolicy"] is UNKNOWN      # the DLQ's ARN, before it exists
        assert recorded.named("thumbnails-dlq").urn in queue.dependencies

What this does not prove: that a provider accepts the inputs (check them against the
service's own schema), and what a provider adds to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shoal_local.answers import Account
from shoal_local.engine_log import LogMessage
from shoal_local.evaluation import Evaluation
from shoal_local.preview_backend import PreviewBackend
from shoal_local.property_values import UNKNOWN, Asset, ResourceReference, Secret
from shoal_local.registration import Resource
from shoal_local.values_backend import ValuesBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shoal_local.backend import Backend

__all__ = [
    "UNKNOWN",
    "Asset",
    "LogMessage",
    "Recorded",
    "Resource",
    "ResourceReference",
    "Secret",
    "evaluate",
]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one evaluation registered.

    A question that has no answer raises ``LookupError`` and lists what there is; none returns
    nothing in silence.
    """

    resources: list[Resource]
    """All but the stack itself, in registration order: dependencies come first."""
    stack: Resource
    """The root: the parent of what has no other."""
    exports: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs, with UNKNOWN and Secret where they are."""
    messages: list[LogMessage] = field(default_factory=list)
    """What the program said by ``pulumi.info``, ``pulumi.warn`` and ``pulumi.error``."""

    @property
    def types(self) -> list[str]:
        """The type of each resource, in order: what one asserts when it has to be all."""
        return [resource.type for resource in self.resources]

    @property
    def warnings(self) -> list[str]:
        """The texts given to ``pulumi.warn``."""
        return [message.text for message in self.messages if message.severity == "warning"]

    def of_type(self, type_token: str) -> list[Resource]:
        """All resources of ``type_token``, of which there must be one at least.

        To assert that there is none, look at ``types``.
        """
        found = [resource for resource in self.resources if resource.type == type_token]
        if not found:
            raise LookupError(f"no resource has the type {type_token}; {self._contents()}")
        return found

    def only(self, type_token: str) -> Resource:
        """The one resource of ``type_token``."""
        return _single(self.of_type(type_token), f"the type {type_token}")

    def named(self, name: str, type_token: str | None = None) -> Resource:
        """The one resource called ``name``; ``type_token`` chooses where a name repeats."""
        found = [
            resource
            for resource in self.resources
            if resource.name == name and type_token in (None, resource.type)
        ]
        if not found:
            wanted = "" if type_token is None else f" and the type {type_token}"
            raise LookupError(f"no resource has the name {name!r}{wanted}; {self._contents()}")
        return _single(found, f"the name {name!r}")

    def with_urn(self, urn: str) -> Resource:
        """The resource of ``urn``."""
        for resource in self.resources:
            if resource.urn == urn:
                return resource
        raise LookupError(f"no resource has the URN {urn}; {self._contents()}")

    def children(self, urn: str) -> list[Resource]:
        """The resources whose parent is ``urn``, in order; empty for one without children."""
        if urn != self.stack.urn:
            self.with_urn(urn)
        return [resource for resource in self.resources if resource.parent == urn]

    def _contents(self) -> str:
        if not self.resources:
            return "the program registered no resource"
        return f"there are {_listed(self.resources)}"


def evaluate(
    program: Callable[[], object],
    *,
    config: Mapping[str, Any] | None = None,
    project: str = "shoal",
    stack: str = "test",
    preview: bool = True,
    backend: Backend | None = None,
) -> Recorded:
    """Run ``program`` as the program of ``stack``, and return what it registered.

    ``config`` maps keys (``aws:region``, or ``agents`` for the project's own) to values:
    text, numbers, flags, lists or dictionaries, wrapped in ``Secret`` where they are secret.
    With ``preview`` the program sees what a first preview on an empty account shows it;
    without, plausible values (values_backend.py). ``backend`` answers instead of either.
    Whatever the program raises, this raises; one evaluation leaves nothing to the next.
    """
    if backend is None:
        account = Account.of_config({} if config is None else config)
        backend = PreviewBackend(account) if preview else ValuesBackend(account)
    evaluation = Evaluation(backend, project=project, stack=stack, config=config, preview=preview)
    evaluation.run(program)
    return Recorded(
        evaluation.resources, evaluation.stack_resource, evaluation.exports, evaluation.messages
    )


def _single(found: list[Resource], wanted: str) -> Resource:
    if len(found) > 1:
        raise LookupError(f"{len(found)} resources have {wanted}: {_listed(found)}")
    return found[0]


def _listed(resources: Iterable[Resource]) -> str:
    return ", ".join(f"{resource.type} {resource.name!r}" for resource in resources)

"""The seam between the monitor, which records, and whatever answers the program.

The monitor (monitor.py) sees every registration first: it applies transforms, lets options
be inherited, computes the URN, refuses a duplicate, and records a ``Resource``. Then it asks
a backend what came of it:

- ``create`` for a custom resource, providers included;
- ``construct`` for a remote component (``eks:index:Cluster``), of which a program only sees
  outputs;
- ``read`` for a resource that is looked up by id (``X.get``);
- ``invoke`` for a provider's function (``aws:index/getRegion:getRegion``), ``call`` for a
  component's method.

Local components and the stack need nobody: they are never handed to a backend.

What a backend may rely on:

- **One at a time, in order.** Calls come on the thread that evaluates the program, never two
  at once. A call may block for as long as creating takes; the program has nothing else to
  do, because registrations are answered in one order, the same in every run. A live view
  runs in a thread of its own.
- **Dependencies first.** The SDK registers a resource when everything that it depends on has
  been answered, so ``Evaluation.resources`` is a topological order. Reversed, it is an order
  to delete in: children before parents, dependents before what they need.
- **Plain inputs.** ``resource.inputs`` holds dictionaries, lists and scalars under the
  provider's own (camelCase) names; ``property_values.reveal`` takes the secret marks off.
  With ``preview=False`` nothing in it is UNKNOWN, as long as the backend answers no UNKNOWN.
- **Answers.** ``Answer.outputs`` is what the program then sees of the resource. A property
  missing there is unknown in a preview; otherwise its input is used, or None. Outputs that
  should not be shown are ``Secret``; the monitor adds ``additional_secret_outputs``. It
  copies both fields of an answer to ``resource.id`` and ``resource.outputs``.
- **Failure.** Raise. The exception leaves ``Evaluation.run`` unchanged, and
  ``Evaluation.resources`` still lists everything registered so far; a resource without an
  answer has ``id`` None, so what has to be cleaned up can be told from what never was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shoal_local.property_values import Unknown
    from shoal_local.registration import Resource


@dataclass(frozen=True, slots=True)
class Answer:
    """What creating, constructing or reading a resource came to.

    ``id`` is UNKNOWN in a preview, and unused for a remote component.
    """

    id: str | Unknown
    outputs: Mapping[str, Any] = field(default_factory=dict)


class Backend(Protocol):
    """Answers what the monitor has recorded; the module's docstring holds the contract."""

    def create(self, resource: Resource) -> Answer:
        """Make the custom resource; for a provider, choose its id."""

    def construct(self, resource: Resource) -> Mapping[str, Any]:
        """Return the outputs of a remote component."""

    def read(self, resource: Resource) -> Answer:
        """Look up what ``resource.read_id`` names."""

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer the provider function ``token``; raise UnknownFunctionError if it cannot."""

    def call(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer the component method ``token``; raise UnknownFunctionError if it cannot."""

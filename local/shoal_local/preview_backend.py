"""What a preview answers: inputs echoed, everything that only creating would tell unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shoal_local.answers import Account, answer_call, answer_invoke
from shoal_local.backend import Answer
from shoal_local.generated_names import with_generated_name
from shoal_local.property_values import UNKNOWN, contains_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shoal_local.registration import Resource


class PreviewBackend:
    """Creates nothing, as a preview on an empty account.

    A resource gets its inputs back, no id and no other property. A resource of a provider
    whose own configuration is not known yet (a kubeconfig of a cluster to be made) gets
    nothing back: the engine does not ask such a provider. Functions are answered for
    ``account``, as plausible values (answers.py).
    """

    def __init__(self, account: Account | None = None) -> None:
        self._account = Account() if account is None else account
        self._unconfigured: set[str] = set()

    def create(self, resource: Resource) -> Answer:
        """Echo the inputs, under the name they get."""
        if resource.is_provider:
            if contains_unknown(resource.inputs):
                self._unconfigured.add(resource.urn)
        elif resource.provider in self._unconfigured:
            return Answer(UNKNOWN)
        return Answer(UNKNOWN, with_generated_name(resource))

    def construct(self, _resource: Resource) -> Mapping[str, Any]:
        """Leave every output of a remote component unknown."""
        return {}

    def read(self, resource: Resource) -> Answer:
        """Take it that what is looked up exists; of its properties, only the id is known."""
        return Answer(UNKNOWN if resource.read_id is None else resource.read_id, resource.inputs)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer from the table of known functions."""
        return answer_invoke(token, arguments, self._account)

    def call(self, token: str, _arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave the result of a known method unknown."""
        return dict.fromkeys(answer_call(token), UNKNOWN)

"""What a deployment answers, without deploying: inputs, and plausible computed values.

For tests of what a program does with values that a preview does not know. Ids, ARNs and URLs
have the shape that AWS gives them, in the account of answers.py; a computed property that is
not listed here is None, as the SDK has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shoal_local.answers import Account, answer_call, answer_invoke, construct_outputs
from shoal_local.backend import Answer
from shoal_local.generated_names import with_generated_name
from shoal_local.property_values import reveal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shoal_local.registration import Resource

_DIGEST: Final = "sha256:" + "0123456789abcdef" * 4


class ValuesBackend:
    """Answers every registration as if it had been made in ``account``."""

    def __init__(self, account: Account | None = None) -> None:
        self._account = Account() if account is None else account

    def create(self, resource: Resource) -> Answer:
        """Echo the inputs, and add what its type is known to compute."""
        computed = _COMPUTED.get(resource.type)
        if computed is not None:
            values = computed(resource, self._account)
        elif resource.package == "aws":
            values = _any_aws(resource, self._account)
        else:
            values = {}
        id_ = values.pop("id", _name(resource))
        return Answer(id_, {**values, **with_generated_name(resource)})

    def construct(self, resource: Resource) -> Mapping[str, Any]:
        """Answer from the table of known components."""
        return construct_outputs(resource, self._account)

    def read(self, resource: Resource) -> Answer:
        """Take it that what is looked up exists, with the properties of one just made."""
        answer = self.create(resource)
        return Answer(answer.id if resource.read_id is None else resource.read_id, answer.outputs)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer from the table of known functions."""
        return answer_invoke(token, arguments, self._account)

    def call(self, token: str, _arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a known method with text that says where it came from."""
        return dict.fromkeys(answer_call(token), f"result of {token}")


def _name(resource: Resource) -> str:
    return str(reveal(resource.inputs.get("name", resource.name)))


def _any_aws(resource: Resource, account: Account) -> dict[str, Any]:
    service = resource.type.split(":")[1].split("/", maxsplit=1)[0]
    name = _name(resource)
    return {"arn": account.arn(service, name), "name": name}


def _sqs_queue(resource: Resource, account: Account) -> dict[str, Any]:
    name = _name(resource)
    url = f"https://sqs.{account.region}.{account.dns_suffix}/{account.account_id}/{name}"
    return {"arn": account.arn("sqs", name), "id": url, "name": name, "url": url}


def _iam(kind: str) -> Callable[[Resource, Account], dict[str, Any]]:
    def computed(resource: Resource, account: Account) -> dict[str, Any]:
        name = _name(resource)
        return {"arn": account.arn("iam", f"{kind}/{name}", regional=False), "name": name}

    return computed


def _ecr_repository(resource: Resource, account: Account) -> dict[str, Any]:
    name = _name(resource)
    registry = f"{account.account_id}.dkr.ecr.{account.region}.{account.dns_suffix}"
    return {
        "arn": account.arn("ecr", f"repository/{name}"),
        "name": name,
        "registryId": account.account_id,
        "repositoryUrl": f"{registry}/{name}",
    }


def _docker_image(resource: Resource, _account: Account) -> dict[str, Any]:
    tags = reveal(resource.inputs.get("tags", [resource.name]))
    repository = tags[0].rpartition(":")[0] or tags[0]
    return {"digest": _DIGEST, "id": _DIGEST, "ref": f"{repository}@{_DIGEST}"}


_COMPUTED: Final[dict[str, Callable[[Resource, Account], dict[str, Any]]]] = {
    "aws:ecr/repository:Repository": _ecr_repository,
    "aws:iam/policy:Policy": _iam("policy"),
    "aws:iam/role:Role": _iam("role"),
    "aws:sqs/queue:Queue": _sqs_queue,
    "docker-build:index:Image": _docker_image,
}

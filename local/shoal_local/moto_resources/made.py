"""What making a resource takes, and what it leaves."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A resource that exists: its id and the outputs that differ from its inputs."""

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)


class Clients:
    """The boto3 clients of one account and region, each made when it is first asked for."""

    def __init__(self, client: Callable[[str], Any], *, region: str, account_id: str) -> None:
        self._make = client
        self._made: dict[str, Any] = {}
        self.region = region
        self.account_id = account_id

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]


@dataclass(frozen=True)
class Maker:
    """One resource type: ``create(clients, name, inputs)`` and ``delete(clients, made)``.

    ``name`` is the Pulumi name, ``inputs`` the registered inputs with every Output resolved.
    """

    create: Callable[[Clients, str, Mapping[str, Any]], Made]
    delete: Callable[[Clients, Made], object]


def physical_name(name: str, inputs: Mapping[str, Any], *, key: str = "name") -> str:
    """Return the name that was asked for, else one as the AWS provider makes it up."""
    given = inputs.get(key)
    if given is not None:
        return str(given)
    prefix = inputs.get(f"{key}Prefix")
    return f"{f'{name}-' if prefix is None else prefix}{secrets.token_hex(4)[:7]}"


def keep(_clients: Clients, _made: Made) -> None:
    """Delete nothing: the resource is an attribute of another and goes with it."""

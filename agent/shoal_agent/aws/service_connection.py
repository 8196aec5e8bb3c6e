"""Connect to a service as the environment says: whose credentials, which region, what endpoint."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from shoal_agent.aws.credential_source import CredentialSource
from shoal_agent.aws.endpoint import ServiceAddress
from shoal_agent.aws.identity import find_identity
from shoal_agent.aws.json_service import JsonService
from shoal_agent.aws.signature import Credentials


class Place(Protocol):
    """Tells where a service stands."""

    def __call__(self, *, region: str | None, endpoint_url: str | None) -> ServiceAddress:
        """Return the address, or raise ConfigurationError; None is what is not configured."""


class ServiceConnection(NamedTuple):
    """A service and what signs its requests."""

    service: JsonService
    credentials: CredentialSource


async def connect_service(
    name: str,
    target_prefix: str,
    place: Place,
    environ: Mapping[str, str],
    observe: Callable[[str, str], None],
) -> ServiceConnection:
    """Connect, or raise AgentError; nothing is sent yet."""
    identity = await find_identity(name, environ)
    # AWS_REGION is every other SDK's variable; botocore reads AWS_DEFAULT_REGION alone.
    region = environ.get("AWS_REGION") or identity.region
    address = place(region=region, endpoint_url=identity.endpoint_url)

    async def renewed() -> Credentials:
        return (await find_identity(name, environ)).credentials

    credentials = CredentialSource(identity.credentials, renewed)
    service = JsonService(
        service=name,
        target_prefix=target_prefix,
        address=address,
        credentials=credentials,
        observe=observe,
        ca_bundle=identity.ca_bundle,
    )
    return ServiceConnection(service, credentials)

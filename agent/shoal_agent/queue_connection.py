"""Find credentials, region and endpoint, and connect to the queue and its dead-letter queue."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from shoal_agent.aws.credential_source import CredentialSource
from shoal_agent.aws.endpoint import service_address
from shoal_agent.aws.identity import find_identity
from shoal_agent.aws.json_service import JsonService
from shoal_agent.aws.signature import Credentials
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.settings import Settings


class QueueConnection(NamedTuple):
    """The queues of one agent, over one set of connections."""

    service: JsonService
    queue: SqsQueue
    dead_letters: SqsQueue | None
    renewal: "asyncio.Task[None]"

    async def close(self) -> None:
        """Close the connections; renew no more credentials."""
        self.renewal.cancel()
        self.service.close()


async def connect(
    settings: Settings, environ: Mapping[str, str], observe: Callable[[str, str], None]
) -> QueueConnection:
    """Connect, or raise AgentError; nothing is sent yet."""
    identity = await find_identity("sqs", environ)
    # AWS_REGION is every other SDK's variable; botocore reads AWS_DEFAULT_REGION alone.
    address = service_address(
        settings.queue_url,
        region=environ.get("AWS_REGION") or identity.region,
        endpoint_url=identity.endpoint_url,
    )

    async def renewed() -> Credentials:
        return (await find_identity("sqs", environ)).credentials

    credentials = CredentialSource(identity.credentials, renewed)
    service = JsonService(
        service="sqs",
        target_prefix="AmazonSQS",
        address=address,
        credentials=credentials,
        observe=observe,
        ca_bundle=identity.ca_bundle,
    )
    dead_letter_url = settings.dead_letter_queue_url
    return QueueConnection(
        service,
        SqsQueue(service, settings.queue_url),
        None if dead_letter_url is None else SqsQueue(service, dead_letter_url),
        asyncio.ensure_future(credentials.keep_fresh()),
    )

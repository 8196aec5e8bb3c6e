"""Find credentials, region and endpoint, and connect to the queue and its dead-letter queue."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from shoal_agent.aws.endpoint import service_address
from shoal_agent.aws.json_service import JsonService
from shoal_agent.aws.service_connection import connect_service
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
    place = partial(service_address, settings.queue_url)
    service, credentials = await connect_service("sqs", "AmazonSQS", place, environ, observe)
    dead_letter_url = settings.dead_letter_queue_url
    return QueueConnection(
        service,
        SqsQueue(service, settings.queue_url),
        None if dead_letter_url is None else SqsQueue(service, dead_letter_url),
        asyncio.ensure_future(credentials.keep_fresh()),
    )

"""``shoal-agent send``: put messages on a queue by hand."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.contract import QUEUE_URL, ExitCode

_FIFO = ".fifo"


def send_messages(
    bodies: Sequence[str], environ: Mapping[str, str], *, create_queue: bool
) -> ExitCode:
    """Send each body as a message; raise AgentError with a sentence for what stands against it."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - not for --help

    url = environ.get(QUEUE_URL, "")
    if not url:
        raise ConfigurationError(f"{QUEUE_URL} is not set: it names the queue to send to")
    if create_queue and not environ.get("AWS_ENDPOINT_URL"):
        raise ConfigurationError(
            "--create-queue is for an AWS on your own machine, and AWS_ENDPOINT_URL is not set; "
            "a queue of a deployment is made by pulumi up"
        )
    if not bodies and not create_queue:
        raise ConfigurationError("there is nothing to send: give at least one BODY")
    try:
        _send(_sqs(environ), url, bodies, create_queue=create_queue)
    except (BotoCoreError, ClientError) as error:
        raise AgentError(f"the queue {url} did not take it: {error}") from error
    return ExitCode.DRAINED


def _send(sqs: Any, url: str, bodies: Sequence[str], *, create_queue: bool) -> None:
    name = url.rpartition("/")[2]
    fifo = name.endswith(_FIFO)
    if create_queue:
        attributes = {"FifoQueue": "true"} if fifo else {}
        made = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        print(made, file=sys.stderr)  # noqa: T201 - its purpose
    for body in bodies:
        order = {"MessageGroupId": name, "MessageDeduplicationId": str(uuid4())} if fifo else {}
        sent = sqs.send_message(QueueUrl=url, MessageBody=body, **order)
        print(sent["MessageId"])  # noqa: T201 - its purpose


def _sqs(environ: Mapping[str, str]) -> Any:
    from botocore.session import Session  # noqa: PLC0415 - not for --help

    # AWS_REGION is every other SDK's variable; botocore reads AWS_DEFAULT_REGION alone.
    return Session().create_client("sqs", region_name=environ.get("AWS_REGION"))

"""Queues in moto, and agents on them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.agent._fakes import AgentProcess, eventually


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Return the URL of a moto server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Queues:
    """A queue with its dead-letter queue, as a test sees them."""

    def __init__(self, endpoint: str, *, fifo: bool = False) -> None:
        """Make both."""
        self.endpoint = endpoint
        self._sqs = self.client("sqs")
        suffix = ".fifo" if fifo else ""
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if fifo else {}
        self.dead_letter_url = self._make(f"dead-{uuid4().hex}{suffix}", attributes)
        self.url = self._make(f"work-{uuid4().hex}{suffix}", attributes)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the same moto."""
        return boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )

    def _make(self, name: str, attributes: dict[str, str]) -> str:
        url: str = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def send(self, body: str, **fields: Any) -> str:
        """Send a message; return its id."""
        sent = self._sqs.send_message(QueueUrl=self.url, MessageBody=body, **fields)
        message_id: str = sent["MessageId"]
        return message_id

    def backlog(self) -> tuple[int, int]:
        """Return how many messages are visible or delayed, and in flight."""
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])[
            "Attributes"
        ]
        visible = int(attributes["ApproximateNumberOfMessages"])
        delayed = int(attributes["ApproximateNumberOfMessagesDelayed"])
        return visible + delayed, int(attributes["ApproximateNumberOfMessagesNotVisible"])

    def emptied(self) -> None:
        """Wait until nothing is left."""
        eventually(lambda: self.backlog() == (0, 0), "the queue is not empty")

    def dead_letters(self) -> list[dict[str, Any]]:
        """Receive what is in the dead-letter queue."""
        answer = self._sqs.receive_message(
            QueueUrl=self.dead_letter_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        return list(answer.get("Messages", []))


@pytest.fixture
def queues(endpoint: str) -> Queues:
    """Return a new queue with its dead-letter queue."""
    return Queues(endpoint)


@pytest.fixture
def fifo_queues(endpoint: str) -> Queues:
    """Return a new FIFO queue with its dead-letter queue."""
    return Queues(endpoint, fifo=True)


class Bench(NamedTuple):
    """Where an agent's handler lies and what it writes."""

    folder: Path
    start: Callable[..., AgentProcess]

    def noted(self) -> list[str]:
        """Return the lines that the handler has noted."""
        notes = self.folder / "notes"
        return notes.read_text().splitlines() if notes.exists() else []


_PREAMBLE = """
import asyncio, os, signal, sys, time
from pathlib import Path
from shoal_agent import Message, Reject, Retry

def note(text):
    with Path(__file__).with_name("notes").open("a") as notes:
        notes.write(f"{text}\\n")

"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a starter of agents: ``start(queues, handler source, *options, **environment)``."""
    started: list[AgentProcess] = []

    def start(queues: Queues, source: str, *options: str, **environment: str) -> AgentProcess:
        (tmp_path / "work.py").write_text(_PREAMBLE + dedent(source))
        settings = {
            "AWS_ENDPOINT_URL": queues.endpoint,
            "SHOAL_QUEUE_URL": queues.url,
            "SHOAL_DEAD_LETTER_QUEUE_URL": queues.dead_letter_url,
            **environment,
        }
        started.append(AgentProcess(tmp_path, "work:handle", settings, *options))
        return started[-1]

    yield Bench(tmp_path, start)
    for agent in started:
        agent.__exit__()

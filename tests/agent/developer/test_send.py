"""``shoal-agent send``: messages by hand, to a queue on one's own machine too."""

import subprocess
import sys
from uuid import uuid4

import pytest
from tests.agent.conftest import Queues


def send(queues: Queues, *arguments: str, **changed: str | None) -> tuple[int, list[str], str]:
    """Send; return exit code, lines printed and standard error."""
    environment = {
        "AWS_ENDPOINT_URL": queues.endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "SHOAL_QUEUE_URL": queues.url,
        **changed,
    }
    done = subprocess.run(
        [sys.executable, "-m", "shoal_agent", "send", *arguments],
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_each_body_becomes_a_message_and_its_id_is_printed(queues: Queues) -> None:
    code, ids, _ = send(queues, '{"a": 1}', "two")
    assert code == 0
    assert len(set(ids)) == 2
    assert queues.backlog() == (2, 0)


def test_a_queue_of_one_s_own_is_made_first(queues: Queues) -> None:
    name = f"made-{uuid4().hex}.fifo"
    url = f"{queues.endpoint}/123456789012/{name}"
    code, ids, said = send(queues, "--create-queue", "x", "x", SHOAL_QUEUE_URL=url)
    assert (code, len(set(ids))) == (0, 2), said
    assert name in said
    found = queues.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert [message["Body"] for message in found["Messages"]] == ["x", "x"]
    assert send(queues, "--create-queue", SHOAL_QUEUE_URL=url)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "changed", "sentence"),
    [
        (["x"], {"SHOAL_QUEUE_URL": None}, "SHOAL_QUEUE_URL is not set"),
        ([], {}, "give at least one BODY"),
        (["--create-queue"], {"AWS_ENDPOINT_URL": None}, "AWS_ENDPOINT_URL is not set"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(
    queues: Queues, arguments: list[str], changed: dict[str, str | None], sentence: str
) -> None:
    code, _, said = send(queues, *arguments, **changed)
    assert code == 64
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_a_queue_that_does_not_exist_is_one_sentence(queues: Queues) -> None:
    code, _, said = send(queues, "x", SHOAL_QUEUE_URL=f"{queues.url}-not")
    assert code == 1
    assert said.startswith(f"shoal-agent: the queue {queues.url}-not did not take it: ")
    assert len(said.splitlines()) == 1

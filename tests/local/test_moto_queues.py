"""Moto's queues under agents that call them at once: nothing is lost, nothing comes back."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shoal_local.moto_server import LOOPBACK, MotoServer
from shoal_local.queue_gauge import QueueGauge

REGION = "eu-west-1"


@pytest.fixture
def server() -> Iterator[MotoServer]:
    with MotoServer(REGION) as server:
        yield server


def _queue(server: MotoServer) -> str:
    url: str = server.client("sqs").create_queue(QueueName="work")["QueueUrl"]
    return url


def _send(server: MotoServer, url: str, count: int) -> None:
    sqs: Any = server.client("sqs")
    for _ in range(count):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def _consume(server: MotoServer, url: str, gone: list[str], wanted: int) -> None:
    sqs: Any = server.client("sqs")
    while len(gone) < wanted:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            gone.append(message["MessageId"])


def test_sends_and_deletes_at_once_lose_nothing_and_bring_nothing_back(server: MotoServer) -> None:
    url, gone = _queue(server), list[str]()
    senders, each = 3, 30
    wanted = senders * each
    with ThreadPoolExecutor() as threads:
        work = [threads.submit(_send, server, url, each) for _ in range(senders)]
        work += [threads.submit(_consume, server, url, gone, wanted) for _ in range(4)]
        for piece in work:
            piece.result()
    assert len(gone) == len(set(gone)) == wanted
    assert QueueGauge(url, REGION).message_ids() == set()


def test_a_long_poll_wakes_when_a_message_is_sent(server: MotoServer) -> None:
    url = _queue(server)
    with ThreadPoolExecutor() as threads:
        poll = threads.submit(
            server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20
        )
        _send(server, url, 1)
        assert len(poll.result(timeout=15)["Messages"]) == 1


def test_a_client_that_has_hung_up_is_given_no_message(server: MotoServer) -> None:
    """Symptom: a message in flight for its whole visibility timeout after an agent had ended.

    Cause: moto went on polling for a closed connection. Expected: the poll ends with it.
    """
    url = _queue(server)
    body = f'{{"QueueUrl": "{url}", "WaitTimeSeconds": 20}}'
    with socket.create_connection((LOOPBACK, server.port)) as connection:
        connection.sendall(
            (
                f"POST / HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Length: {len(body)}\r\n"
                "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
                "Content-Type: application/x-amz-json-1.0\r\n"
                f"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/{REGION}/sqs/aws4_request,"
                " SignedHeaders=host, Signature=x\r\n\r\n" + body
            ).encode()
        )
        polling = _request_threads()
    deadline = threading.Event()
    for _ in range(100):
        if not any(thread.is_alive() for thread in polling):
            break
        deadline.wait(0.1)
    _send(server, url, 1)
    assert QueueGauge(url, REGION).depth().visible == 1


def _request_threads() -> list[threading.Thread]:
    """Return the server's threads that answer a request, once there is one."""
    for _ in range(100):
        found = [thread for thread in threading.enumerate() if "process_request" in thread.name]
        if found:
            return found
        threading.Event().wait(0.05)
    raise AssertionError("the server never took the request")

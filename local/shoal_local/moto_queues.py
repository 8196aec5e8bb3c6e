"""Moto's SQS queues, made safe for agents that call them at the same time.

Moto keeps a queue's messages in a list that every request thread rewrites: two deletes at
once bring a message back, and a send during a delete loses one. A fleet does nothing else,
and a ledger that counts lost messages must not count moto's. Every operation of a queue
therefore holds that queue's own lock; a long poll gives it up while it waits, because the
lock is the condition that the poll waits on.

Moto also keeps polling for a client that has hung up and hands it a message, which then
stays in flight for a visibility timeout. A poll here ends when its client has gone.

And moto asks each message of the queue for the time, through datetime, at every operation: with
a thousand messages a send takes tens of milliseconds. The same question is put to the clock
directly here, which is forty times as fast.
"""

import functools
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import flask
from moto.sqs.models import Message, Queue, SQSBackend

# `change_message_visibility_batch` and `send_message_batch` are loops over these.
_OPERATIONS = (
    "send_message",
    "receive_message",
    "delete_message",
    "change_message_visibility",
    "get_queue_attributes",
    "purge_queue",
)
_CONNECTION = "werkzeug.socket"


class ClientGoneError(ConnectionError):
    """The client of a long poll has closed its connection; nobody is left to answer."""


@contextmanager
def serial_queues() -> Iterator[None]:
    """Make each operation of a moto queue atomic for as long as the context lasts."""
    with ExitStack() as patches:
        for name in _OPERATIONS:
            locked = _holding_the_queue(getattr(SQSBackend, name))
            patches.enter_context(mock.patch.object(SQSBackend, name, locked))
        wait = _unless_the_client_left(Queue.wait_for_messages)
        patches.enter_context(mock.patch.object(Queue, "wait_for_messages", wait))
        patches.enter_context(mock.patch.object(Message, "visible", property(_is_visible)))
        patches.enter_context(mock.patch.object(Message, "delayed", property(_is_delayed)))
        yield


def _holding_the_queue(operation: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def locked(backend: SQSBackend, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        with backend.get_queue(queue_name)._messages_lock:  # noqa: SLF001 - moto has no public one
            return operation(backend, queue_name, *args, **kwargs)

    return locked


def _unless_the_client_left(wait: Callable[..., None]) -> Callable[..., None]:
    def wait_for_messages(queue: Queue, timeout: int) -> None:
        wait(queue, timeout)
        if flask.has_request_context() and _has_hung_up(flask.request.environ.get(_CONNECTION)):
            raise ClientGoneError("the client of a long poll has gone")

    return wait_for_messages


def _is_visible(message: Message) -> bool:
    return time.time() * 1000 > message.visible_at


def _is_delayed(message: Message) -> bool:
    return time.time() * 1000 < message.delayed_until


def _has_hung_up(connection: socket.socket | None) -> bool:
    if connection is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True

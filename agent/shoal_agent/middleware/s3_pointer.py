"""Fetch large payloads: the body that a sender left in S3, with only its place in the message.

The convention is that of Amazon's SQS Extended Client libraries, so their senders and this
agent understand each other:
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html
github.com/awslabs/amazon-sqs-java-extended-client-lib

The object is left where it is. It could be deleted only after the handler, yet before SQS has
confirmed the message's own deletion; if that fails the message comes again, and its payload
would be gone. A lifecycle rule on the bucket removes payloads that are older than the queue's
retention, at no risk.
"""

import asyncio
import json
import os
from collections.abc import Callable
from contextvars import copy_context
from functools import partial, wraps
from threading import Thread
from typing import Any, NamedTuple

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.aws.s3_object import read_object, s3_client
from shoal_agent.ending import Reject
from shoal_agent.handler import Handle, is_async
from shoal_agent.message import Message

# software.amazon.payloadoffloading.PayloadS3Pointer, of old
# com.amazon.sqs.javamessaging.MessageS3Pointer; builds that rename packages put theirs before.
_CLASSES = (".PayloadS3Pointer", ".MessageS3Pointer")
# They hold the payload's size. Amazon's receivers take them off as well.
_RESERVED_ATTRIBUTES = frozenset({"ExtendedPayloadSize", "SQSLargePayloadSize"})
_MB = 2**20


class _Pointer(NamedTuple):
    bucket: str
    key: str


def fetched(handle: Handle) -> Handle:
    """Give the handler the payload that the body points to; any other body as it is.

    A payload that is not there, is no text, or is larger than ``SHOAL_S3_POINTER_MAX_MB`` is
    rejected. An S3 that refuses or fails raises what botocore does, so the message is retried.
    """
    max_bytes = _max_mb() * _MB
    if is_async(handle):

        @wraps(handle)
        async def handle_async(message: Message) -> None:
            pointer = _pointer(message.body)
            if pointer is not None:
                body = await _in_thread(partial(_payload, pointer, max_bytes))
                message = _with_payload(message, body)
            await handle(message)

        return handle_async

    @wraps(handle)
    def handle_sync(message: Message) -> Any:
        pointer = _pointer(message.body)
        if pointer is not None:
            message = _with_payload(message, _payload(pointer, max_bytes))
        return handle(message)

    return handle_sync


def _pointer(body: str) -> _Pointer | None:
    if "S3Pointer" not in body:  # most bodies are none; only one that may be is decoded
        return None
    try:
        parts = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match parts:
        case [str(name), {"s3BucketName": str(bucket), "s3Key": str(key)}] if _is_pointer(name):
            return _Pointer(bucket, key)
        case [str(name), *_] if _is_pointer(name):
            raise Reject(f"a pointer to S3 needs s3BucketName and s3Key: {body:.200}")
    return None


def _is_pointer(class_name: str) -> bool:
    return class_name.endswith(_CLASSES)


def _payload(pointer: _Pointer, max_bytes: int) -> str:
    try:
        return read_object(s3_client(), *pointer, max_bytes=max_bytes).decode()
    except Reject as error:
        raise Reject(f"the payload s3://{pointer.bucket}/{pointer.key}: {error.reason}") from error
    except UnicodeDecodeError as error:
        raise Reject(
            f"the payload s3://{pointer.bucket}/{pointer.key} is no text: {error}"
        ) from error


def _with_payload(message: Message, body: str) -> Message:
    attributes = message.raw.get("MessageAttributes") or {}
    kept = {name: attributes[name] for name in attributes if name not in _RESERVED_ATTRIBUTES}
    return message.with_body(body, message_attributes=kept)


def _max_mb() -> int:
    given = os.environ.get(contract.S3_POINTER_MAX_MB, "")
    if not given:
        return contract.DEFAULT_S3_POINTER_MAX_MB
    if not given.isdecimal() or int(given) < 1:
        raise ConfigurationError(
            f"{contract.S3_POINTER_MAX_MB}={given!r}: must be a whole number of 1 or more; "
            "a payload is held in memory while its message is worked on"
        )
    return int(given)


async def _in_thread(call: Callable[[], str]) -> str:
    """Wait for a call in a thread of its own.

    Not ``asyncio.to_thread``: its threads are few, and the process waits for them at its end,
    even for one whose message was given back long ago.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()

    def work() -> None:
        try:
            settle = partial(_settle, future, call())
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            settle = partial(_fail, future, error)
        try:
            loop.call_soon_threadsafe(settle)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    Thread(target=copy_context().run, args=(work,), daemon=True, name="s3-pointer").start()
    return await future


def _settle(future: asyncio.Future[str], body: str) -> None:
    if not future.done():  # cancelled, that is: the handler was stopped
        future.set_result(body)


def _fail(future: asyncio.Future[str], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)

"""SQS's JSON protocol on loopback, over a ``WorkQueue``, with faults where a test wants them."""

import asyncio
import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from tests.agent.faults._faults import CHANGE, DELETE, RECEIVE, Fault, Way, error_fields
from tests.agent.faults._work_queue import Delivery, WorkQueue

T = TypeVar("T")
_LOOK_EVERY_S = 0.01
_LONGEST_HOLD_S = 30
_RST = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s


class Asked(NamedTuple):
    """One request."""

    action: str
    key: str  # the access key that has signed it
    fields: dict[str, Any]

    @property
    def agent(self) -> str:
        """The agent it comes from: keys are named agent.generation."""
        return self.key.partition(".")[0]


class Answered(NamedTuple):
    """What an action came to; ``given`` are the deliveries in it."""

    fields: dict[str, Any]
    given: tuple[Delivery, ...] = ()


@dataclass
class FaultServer:
    """Serves from a thread of its own; a test reads and changes it through ``look``."""

    queue: WorkQueue
    faults: list[Fault] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)
    refused_keys: dict[str, str] = field(default_factory=dict)  # key: error code
    key_ends_s: dict[str, float] = field(default_factory=dict)  # key: since the epoch
    refusals: Counter[str] = field(default_factory=Counter)  # by key
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)  # (action, key)
    pages: dict[str, Callable[[], str]] = field(default_factory=dict)  # GET: what it answers
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)  # (action, agent)
    hastened: set[str] = field(default_factory=set)  # agents whose polls find out at once
    open_polls: Counter[str] = field(default_factory=Counter)  # by agent
    port: int = 0

    def __post_init__(self) -> None:
        """Start serving."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._run(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def look(self, read: Callable[[WorkQueue], T]) -> T:
        """Read or change the queue while nothing else does."""

        async def run() -> T:
            return read(self.queue)

        found: T = self._run(run())
        return found

    def close(self) -> None:
        """Serve no more."""
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._converse, "127.0.0.1", 0)

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if lines[0].startswith("GET "):
                    _write(writer, 200, self.pages[lines[0].split(" ")[1]]().encode())
                else:
                    await self._answer(_asked(head, body), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.requests[asked.action, asked.agent] += 1
        if (code := self._refusal(asked.key)) is not None:
            self.refusals[asked.key] += 1
            _write_error(writer, 403, code)
            return
        self.accepted[asked.action, asked.key] += 1
        fault = next((fault for fault in self.faults if _hits(fault, asked)), None)
        if fault is None:
            answer = await self._carry_out(asked, reader)
            if reader.at_eof() or writer.is_closing():
                self.queue.lost_answer(list(answer.given))
            _write(writer, 200, json.dumps(answer.fields).encode())
            return
        fault.struck += 1
        if fault.over:
            self.faults.remove(fault)
            self.struck.append(fault)
        await self._strike(fault, asked, reader, writer)

    def _refusal(self, key: str) -> str | None:
        ended = time.time() >= self.key_ends_s.get(key, math.inf)
        return "ExpiredToken" if ended else self.refused_keys.get(key)

    async def _strike(
        self,
        fault: Fault,
        asked: Asked,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if fault.way is Way.ENTRIES:
            _write(writer, 200, json.dumps(self._fail_entries(fault, asked)).encode())
            return
        if fault.way is Way.HOLD:
            await self._loop.run_in_executor(None, fault.release.wait, _LONGEST_HOLD_S)
        answer = Answered({})
        if fault.carried_out:
            answer = await self._carry_out(asked, reader)
            if fault.loses_the_answer:
                self.queue.lost_answer(list(answer.given))
        if fault.way is Way.DELAYED_ANSWER:
            await self._loop.run_in_executor(None, fault.release.wait, _LONGEST_HOLD_S)
        await _misspeak(fault, json.dumps(answer.fields).encode(), reader, writer)

    def _fail_entries(self, fault: Fault, asked: Asked) -> dict[str, Any]:
        """Carry out every second entry; the first is never among them."""
        entries = asked.fields["Entries"]
        failed, done = entries[::2], entries[1::2]
        for entry in done:
            self._settle(asked.action, entry)
        return {
            "Successful": [{"Id": entry["Id"]} for entry in done],
            "Failed": [
                {"Id": entry["Id"], "Code": fault.code, "SenderFault": fault.sender}
                for entry in failed
            ],
        }

    async def _carry_out(self, asked: Asked, reader: asyncio.StreamReader) -> Answered:
        fields = asked.fields
        if asked.action == RECEIVE:
            given = await self._receive(asked, reader)
            return Answered({"Messages": [_received(delivery) for delivery in given]}, tuple(given))
        if asked.action in {DELETE, CHANGE}:
            for entry in fields["Entries"]:
                self._settle(asked.action, entry)
            done = [{"Id": entry["Id"]} for entry in fields["Entries"]]
            return Answered({"Successful": done, "Failed": []})
        self.queue.send_letter(fields)
        return Answered({"MessageId": f"letter-{len(self.queue.letters)}"})

    async def _receive(self, asked: Asked, reader: asyncio.StreamReader) -> list[Delivery]:
        limit, visibility_s = asked.fields["MaxNumberOfMessages"], asked.fields["VisibilityTimeout"]
        end_s = time.monotonic() + asked.fields["WaitTimeSeconds"]
        self.open_polls[asked.agent] += 1
        try:
            while not (found := self.queue.receive(asked.agent, limit, visibility_s)):
                over = time.monotonic() >= end_s or asked.agent in self.hastened
                if over or reader.at_eof():
                    return []
                await asyncio.sleep(_LOOK_EVERY_S)
            return found
        finally:
            self.open_polls[asked.agent] -= 1

    def _settle(self, action: str, entry: dict[str, Any]) -> None:
        if action == DELETE:
            self.queue.delete(entry["ReceiptHandle"])
        else:
            self.queue.change_visibility(entry["ReceiptHandle"], entry["VisibilityTimeout"])


def _asked(head: str, body: bytes) -> Asked:
    action = head.split("X-Amz-Target: AmazonSQS.", 1)[1].split("\r\n", 1)[0]
    key = head.split("Credential=", 1)[1].split("/", 1)[0]
    return Asked(action, key, json.loads(body))


def _hits(fault: Fault, asked: Asked) -> bool:
    return fault.action == asked.action and fault.only(asked.fields)


def _received(delivery: Delivery) -> dict[str, Any]:
    message = delivery.message
    attributes = {
        "ApproximateReceiveCount": str(delivery.number),
        "SentTimestamp": str(message.sent_ms),
    }
    if message.group is not None:
        attributes["MessageGroupId"] = message.group
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": delivery.receipt,
        "Body": message.body,
        "Attributes": attributes,
    }


def _head(status: int, length: int, extra: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\n{extra}Content-Length: {length}\r\n\r\n".encode()


def _write(writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "") -> None:
    writer.write(_head(status, len(body), extra) + body)


def _write_error(writer: asyncio.StreamWriter, status: int, code: str) -> None:
    fault = "Sender" if status < 500 else "Receiver"
    body = json.dumps(error_fields(code)).encode() if code else b"<html>no healthy upstream</html>"
    _write(writer, status, body, f"x-amzn-query-error: {code};{fault}\r\n" if code else "")


async def _misspeak(
    fault: Fault, data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer as the fault has it."""
    if fault.way is Way.REFUSE:
        _write_error(writer, fault.status, fault.code)
    elif fault.way is Way.RESET:
        _reset(writer)
    elif fault.way is Way.SILENCE:
        await reader.read()
    elif fault.way is Way.HALF:
        writer.write(_head(200, len(data) + 2) + data[: len(data) // 2])
        writer.close()
    elif fault.way is Way.DRIBBLE:
        await _dribble(writer, _head(200, len(data)) + data, fault.pause_s)
    else:
        _write(writer, 200, fault.page if fault.page is not None else data)


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    writer.transport.abort()


async def _dribble(writer: asyncio.StreamWriter, data: bytes, pause_s: float) -> None:
    for place in range(len(data)):
        writer.write(data[place : place + 1])
        await writer.drain()
        await asyncio.sleep(pause_s)

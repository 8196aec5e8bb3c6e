"""An SQS that fails as asked, and a loop whose clock jumps: hours of an agent in milliseconds.

The service keeps a ledger of what it was told and what handlers did, which the properties are
read from. Every choice (faults, delays, how a handler ends) is drawn by the caller.
"""

import asyncio
import faulthandler
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from heapq import heappop
from typing import Any, cast

from shoal_agent import Message
from shoal_agent.agent import Agent
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.handler import Handler
from shoal_agent.metrics import AgentMetrics
from shoal_agent.queue_connection import QueueConnection
from shoal_agent.runners.async_slots import AsyncSlots
from shoal_agent.settings import read_settings


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop that never waits: when nothing is ready its clock jumps to the next timer."""

    def __init__(self) -> None:
        """Start at 0."""
        super().__init__()
        self._now_s = 0.0

    def time(self) -> float:
        """Return the simulated time."""
        return self._now_s

    def _run_once(self) -> None:
        if not self._ready:  # type: ignore[attr-defined]
            scheduled = self._scheduled  # type: ignore[attr-defined]
            # The loop drops cancelled timers after it has read the clock: with one of them at
            # the head it would really wait, for the next.
            while scheduled and scheduled[0].cancelled():
                heappop(scheduled)._scheduled = False
                self._timer_cancelled_count -= 1  # type: ignore[attr-defined]
            assert scheduled, "nothing will ever happen again"
            self._now_s = max(self._now_s, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


@dataclass(eq=False)
class Stored:
    """A message in the simulated queue."""

    body: str
    group: str | None
    number: int
    receipt: str = ""
    receives: int = 0
    hidden_until_s: float = 0.0
    deleted: bool = False
    rejected: bool = False
    done: bool = False
    handled_at_once: int = 0


@dataclass
class Faults:
    """What goes wrong: each is asked before a request of that action."""

    before: Callable[[str], bool] = lambda _: False  # refused with 503, nothing carried out
    after: Callable[[str], bool] = lambda _: False  # carried out, the answer lost
    entry: Callable[[str], bool] = lambda _: False  # one entry of a batch fails by the service
    delay_s: Callable[[str], float] = lambda _: 0.01


@dataclass
class SimulatedSqs:
    """Answers the five actions for one queue and its dead-letter queue."""

    url: str
    faults: Faults = field(default_factory=Faults)
    messages: list[Stored] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def send(self, body: str, group: str | None = None) -> Stored:
        """Put a message into the queue."""
        self.messages.append(Stored(body, group, len(self.messages)))
        return self.messages[-1]

    @property
    def left(self) -> list[Stored]:
        """What has not been deleted."""
        return [message for message in self.messages if not message.deleted]

    def in_flight(self) -> list[Stored]:
        """What is hidden now."""
        now_s = asyncio.get_running_loop().time()
        return [message for message in self.left if message.hidden_until_s > now_s]

    def close(self) -> None:
        """There are no connections."""

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Carry an action out, or fail as the faults say."""
        self.requests.append(action)
        await asyncio.sleep(self.faults.delay_s(action))
        if self.faults.before(action):
            raise ServiceError(action, "ServiceUnavailable", "made up", 503)
        fields = json.loads(body)
        answer = await self._carry_out(action, fields)
        if self.faults.after(action):
            raise HttpError("made up: the answer was lost")
        assert timeout_s > fields.get("WaitTimeSeconds", 0)
        return answer

    async def _carry_out(self, action: str, fields: dict[str, Any]) -> dict[str, Any]:
        if action == "ReceiveMessage":
            return {"Messages": await self._receive(fields)}
        if action == "SendMessage":
            self.dead.append(fields["MessageAttributes"]["shoal.message_id"]["StringValue"])
            return {"MessageId": f"letter-{len(self.dead)}"}
        entries = fields["Entries"]
        ids = [entry["Id"] for entry in entries]
        if len(set(ids)) != len(ids) or not 1 <= len(ids) <= 10:
            self.problems.append(f"{action} with ids {ids}")
        failed = [failure for entry in entries if (failure := self._settle(action, entry))]
        names = {failure["Id"] for failure in failed}
        return {"Successful": [i for i in ids if i not in names], "Failed": failed}

    async def _receive(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + fields["WaitTimeSeconds"]
        while not (found := self._visible(fields["MaxNumberOfMessages"])):
            if loop.time() >= end_s:
                return []
            await asyncio.sleep(0.1)
        for message in found:
            message.receives += 1
            message.receipt = f"{message.number}/{message.receives}"
            message.hidden_until_s = loop.time() + fields["VisibilityTimeout"]
        return [_received(message) for message in found]

    def _visible(self, limit: int) -> list[Stored]:
        now_s = asyncio.get_running_loop().time()
        locked = {message.group for message in self.in_flight() if message.group is not None}
        found = [
            message
            for message in self.left
            if message.hidden_until_s <= now_s and message.group not in locked
        ]
        return found[:limit]

    def _settle(self, action: str, entry: dict[str, Any]) -> dict[str, Any] | None:
        number, _, _ = entry["ReceiptHandle"].partition("/")
        message = self.messages[int(number)]
        if self.faults.entry(action):
            return {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False}
        now_s = asyncio.get_running_loop().time()
        ours = message.receipt == entry["ReceiptHandle"] and message.hidden_until_s > now_s
        if message.deleted or not ours:
            return {"Id": entry["Id"], "Code": "ReceiptHandleIsInvalid", "SenderFault": True}
        if action == "DeleteMessageBatch":
            message.deleted = True
            if not message.done and f"id-{message.number}" not in self.dead:
                self.problems.append(f"message {message.number} was deleted before it was done")
        else:
            message.hidden_until_s = now_s + entry["VisibilityTimeout"]
        return None


def _received(message: Stored) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(message.receives), "SentTimestamp": "0"}
    if message.group is not None:
        attributes["MessageGroupId"] = message.group
    return {
        "MessageId": f"id-{message.number}",
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "Attributes": attributes,
    }


@dataclass
class Run:
    """One agent on a simulated queue, its handler run on the loop."""

    sqs: SimulatedSqs
    handle: Callable[[Message], Awaitable[None]]
    concurrency: int = 4
    environment: dict[str, str] = field(default_factory=dict)
    look_every_s: float = 0.25  # whether it is over
    code: int | None = None
    metrics: AgentMetrics = field(default_factory=AgentMetrics)
    agent: Agent | None = None

    def until(self, over: Callable[[], bool], limit_s: float = 50_000) -> float:
        """Run until ``over``, or that long; drain; return the simulated time it all took."""
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            try:
                return runner.run(self._run(over, limit_s))
            finally:
                # Its clock is the real one: a failed test must not end the test run later.
                faulthandler.cancel_dump_traceback_later()

    async def _run(self, over: Callable[[], bool], limit_s: float) -> float:
        loop = asyncio.get_running_loop()
        signals = cast("Any", _Signals())
        settings = read_settings(
            {
                "SHOAL_QUEUE_URL": self.sqs.url,
                "SHOAL_DEAD_LETTER_QUEUE_URL": self.sqs.url,
                "SHOAL_CONCURRENCY": str(self.concurrency),
                "SHOAL_HEALTH_PORT": "0",
                "SHOAL_METRICS_PORT": "0",
                **self.environment,
            },
            "work:handle",
        )
        service = cast("Any", self.sqs)
        connection = QueueConnection(
            service,
            SqsQueue(service, self.sqs.url),
            SqsQueue(service, settings.dead_letter_queue_url or ""),
            asyncio.ensure_future(asyncio.sleep(0)),
        )
        slots = AsyncSlots(Handler(self.handle), self.concurrency)
        self.agent = agent = Agent(settings, signals, connection, slots, self.metrics)
        running = asyncio.ensure_future(agent.run())
        while not over() and loop.time() < limit_s and not running.done():  # noqa: ASYNC110
            await asyncio.sleep(self.look_every_s)
        signals.stop.set()
        self.code = await running
        return loop.time()


class _Signals:
    def __init__(self) -> None:
        self.stop, self.hurry = asyncio.Event(), asyncio.Event()

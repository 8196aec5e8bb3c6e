"""Collect entries into requests of ten, and repeat those that did not get through.

A batch leaves when it is full, when its first entry has waited ``linger_s``, or when the
agent has nothing else to do (``hurry``): so a lone message is settled at once and a busy
agent pays one request for ten.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Generic, Protocol, TypeVar

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import FailedEntry

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
BATCH_SIZE = 10
_FIRST_RETRY_S = 0.1
_LONGEST_RETRY_S = 5.0

_log = logging.getLogger(__name__)
Entry = TypeVar("Entry")
_Entry_contra = TypeVar("_Entry_contra", contravariant=True)


class Outcome(Protocol[_Entry_contra]):
    """Hears of each entry once: ``error`` is None for what was carried out."""

    def __call__(self, entry: _Entry_contra, error: str | None) -> None: ...  # noqa: D102


class BatchSender(Generic[Entry]):
    """Mutable state: entries not yet sent, and the requests under way."""

    def __init__(
        self,
        send: Callable[[Sequence[Entry]], Awaitable[list[FailedEntry]]],
        *,
        linger_s: float,
        worth_repeating: Callable[[Entry], bool],
        outcome: Outcome[Entry],
        refused: Callable[[ServiceError], None],
    ) -> None:
        """``refused`` hears of whole requests that would be refused again."""
        self._send = send
        self._linger_s = linger_s
        self._worth_repeating = worth_repeating
        self._outcome = outcome
        self._refused = refused
        self._waiting: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._requests: set[asyncio.Task[None]] = set()
        self._random = Random()  # noqa: S311 - jitter

    def add(self, entry: Entry) -> None:
        """Send an entry, soon."""
        self._waiting.append(entry)
        if len(self._waiting) >= BATCH_SIZE:
            self.hurry()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger_s, self.hurry)

    def hurry(self) -> None:
        """Send what waits, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            batch, self._waiting = self._waiting, []
            request = asyncio.ensure_future(self._deliver(batch))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    async def flush(self) -> None:
        """Send what waits, and return when every entry has its outcome."""
        self.hurry()
        while self._requests:
            await asyncio.wait(self._requests)
            self.hurry()

    async def _deliver(self, batch: list[Entry]) -> None:
        pause_s = _FIRST_RETRY_S
        while batch := await self._attempt(batch):
            await asyncio.sleep(self._random.uniform(pause_s / 2, pause_s))
            pause_s = min(_LONGEST_RETRY_S, pause_s * 2)

    async def _attempt(self, batch: list[Entry]) -> list[Entry]:
        """Send once; return the entries to send again."""
        try:
            failed = {entry.place: entry for entry in await self._send(batch)}
        except ServiceError as error:
            if error.sender_fault:
                self._refused(error)
            return self._left(batch, str(error), final=error.sender_fault)
        except HttpError as error:
            return self._left(batch, str(error), final=False)
        again: list[Entry] = []
        for index, entry in enumerate(batch):
            failure = failed.get(index)
            if failure is None:
                self._outcome(entry, None)
            else:
                again += self._left([entry], failure.code, final=failure.sender_fault)
        return again

    def _left(self, batch: list[Entry], error: str, *, final: bool) -> list[Entry]:
        if not final:
            _log.warning("%d entries are to be sent again: %s", len(batch), error)
        again: list[Entry] = []
        for entry in batch:
            if not final and self._worth_repeating(entry):
                again.append(entry)
            else:
                self._outcome(entry, error)
        return again

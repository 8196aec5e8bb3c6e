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
from shoal_agent.background import Background

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
BATCH_SIZE = 10
_FIRST_RETRY_S = 0.1
_LONGEST_RETRY_S = 5.0

_log = logging.getLogger(__name__)
Entry = TypeVar("Entry")
_Entry_contra = TypeVar("_Entry_contra", contravariant=True)


class Outcome(Protocol[_Entry_contra]):
    """Hears of each entry once: ``error`` is None for those that were carried out."""

    def __call__(self, entries: Sequence[_Entry_contra], error: str | None) -> None: ...  # noqa: D102


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
        background: Background,
    ) -> None:
        """``refused`` hears of whole requests that would be refused again."""
        self._send = send
        self._linger_s = linger_s
        self._worth_repeating = worth_repeating
        self._outcome = outcome
        self._refused = refused
        self._background = background
        self._waiting: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._first_s = 0.0  # when the first of those that wait came
        self._requests: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._random = Random()  # noqa: S311 - jitter

    def add(self, entry: Entry) -> None:
        """Send an entry, soon."""
        waiting = self._waiting
        waiting.append(entry)
        if len(waiting) >= BATCH_SIZE:
            self.hurry()
        elif len(waiting) == 1:
            self._first_s = self._loop.time()
            if self._timer is None:
                self._timer = self._loop.call_later(self._linger_s, self._look_at_the_clock)

    def hurry(self) -> None:
        """Send what waits, now."""
        if self._waiting:
            batch, self._waiting = self._waiting, []
            self._background.start(self._deliver(batch), self._requests)

    async def flush(self) -> None:
        """Send what waits, and return when every entry has its outcome."""
        self.hurry()
        while self._requests:
            await asyncio.wait(self._requests)
            self.hurry()

    def _look_at_the_clock(self) -> None:
        # Full batches leave the timer running, which is cheaper than one for each of them; so
        # it may find entries that have not waited for long yet.
        self._timer = None
        if not self._waiting:
            return
        left_s = self._first_s + self._linger_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look_at_the_clock)
        else:
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
        if not failed:
            self._outcome(batch, None)
            return []
        self._outcome([entry for place, entry in enumerate(batch) if place not in failed], None)
        again: list[Entry] = []
        for place, failure in failed.items():
            again += self._left([batch[place]], failure.code, final=failure.sender_fault)
        return again

    def _left(self, batch: list[Entry], error: str, *, final: bool) -> list[Entry]:
        again = [] if final else [entry for entry in batch if self._worth_repeating(entry)]
        if again:
            _log.warning("%d entries are to be sent again: %s", len(again), error)
        given_up = [entry for entry in batch if entry not in again]
        if given_up:
            self._outcome(given_up, error)
        return again

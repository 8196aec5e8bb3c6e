"""Keep every message that the agent holds hidden from others, the waiting ones included.

A message that is given back must not be hidden again by an extension that overtakes or is
overtaken on another connection: so whoever gives it back has it ceded first.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import FailedEntry, SqsQueue
from shoal_agent.background import Background
from shoal_agent.batch_sender import BATCH_SIZE
from shoal_agent.lease import ENDED, HELD, Lease
from shoal_agent.log_lines import message_fields

# A beat without an answer must leave time for another before the messages are visible again.
_ANSWER_SHARE = 1 / 6
_LONGEST_ANSWER_S = 5.0
# Thousands of messages are extended side by side, over no more connections than this.
_REQUESTS_AT_ONCE = 8

_log = logging.getLogger(__name__)


class Heartbeat:
    """Holds the leases that are not ended, and extends each at half of its time."""

    def __init__(
        self,
        queue: SqsQueue,
        *,
        visibility_timeout_s: int,
        enabled: bool,
        background: Background,
    ) -> None:
        """Where it is not ``enabled`` leases are held and counted, and never extended."""
        self._queue = queue
        self._visibility_timeout_s = visibility_timeout_s
        self._enabled = enabled
        self._leases: dict[Lease, bool] = {}  # whether it can be extended
        self._beats: set[asyncio.Task[None]] = set()  # the requests of one beat
        self._under_way: set[Lease] = set()
        self._ceded: set[Lease] = set()
        self._at_once = asyncio.Semaphore(_REQUESTS_AT_ONCE)
        self.answer_in_s = min(_LONGEST_ANSWER_S, visibility_timeout_s * _ANSWER_SHARE)
        self._background = background

    def __len__(self) -> int:
        """Return how many leases are held."""
        return len(self._leases)

    def hold(self, lease: Lease) -> None:
        """Extend a lease from now on."""
        self._leases[lease] = True

    def drop(self, lease: Lease) -> None:
        """Extend a lease no more."""
        self._leases.pop(lease, None)

    def tick(self, now_s: float) -> None:
        """Extend what is due, in the background; nothing while the last beat is under way."""
        if self._enabled and not self._beats and (due := self.due(now_s)):
            for first in range(0, len(due), BATCH_SIZE):
                batch = due[first : first + BATCH_SIZE]
                self._background.start(self._extend(batch), self._beats)

    def due(self, now_s: float) -> list[Lease]:
        """Return the leases of which half has passed."""
        latest_s = now_s + self._visibility_timeout_s / 2
        return [
            lease
            for lease, extendable in self._leases.items()
            if extendable and lease.hidden_until_s <= latest_s
        ]

    async def cede(self, leases: Iterable[Lease]) -> None:
        """Extend these no more until ``take_back``; return when no extension is under way."""
        self._ceded.update(leases)
        while not self._under_way.isdisjoint(leases):
            await asyncio.wait(self._beats, return_when=asyncio.FIRST_COMPLETED)

    def take_back(self, leases: Iterable[Lease]) -> None:
        """Extend these again, for as long as they are held."""
        self._ceded.difference_update(leases)

    async def stop(self) -> None:
        """Stop extending; a beat under way is given up."""
        self._enabled = False
        for beat in self._beats:
            beat.cancel()
        if self._beats:
            await asyncio.wait(self._beats)

    async def _extend(self, leases: Sequence[Lease]) -> None:
        async with self._at_once:
            now_s = asyncio.get_running_loop().time()
            batch = self._extensions(leases, now_s)
            if not batch:
                return
            under_way = [lease for lease, _ in batch]
            self._under_way.update(under_way)
            for lease, extension_s in batch:
                lease.asked(now_s + extension_s)
            try:
                failed = await self._queue.change_visibility(
                    [(lease.receipt_handle, extension_s) for lease, extension_s in batch],
                    answer_in_s=self.answer_in_s,
                )
            except (HttpError, ServiceError) as error:
                # They stay due: the next tick asks again, for as long as they are hidden.
                _log.warning("heartbeat of %d messages failed: %s", len(batch), error)
                return
            finally:
                self._under_way.difference_update(under_way)
        self._extended(batch, failed, now_s)

    def _extensions(self, leases: Sequence[Lease], now_s: float) -> list[tuple[Lease, int]]:
        batch: list[tuple[Lease, int]] = []
        for lease in leases:
            if lease in self._ceded:
                continue
            extension_s = lease.extension_s(now_s, self._visibility_timeout_s)
            # SQS answers well for a message that somebody else may have by now: one that has
            # lapsed before its handler has started is not to look as if it were held again.
            lapsed = lease.stage == HELD and lease.lapsed(now_s)
            if lease.stage != ENDED and extension_s > 0 and not lapsed:
                batch.append((lease, extension_s))
            else:
                self._leave(lease)
        return batch

    def _extended(
        self, batch: list[tuple[Lease, int]], failed: list[FailedEntry], now_s: float
    ) -> None:
        refused = {entry.place: entry for entry in failed}
        for index, (lease, extension_s) in enumerate(batch):
            failure = refused.get(index)
            if failure is None:
                lease.hidden(now_s + extension_s)
            elif failure.sender_fault:
                self._give_up(lease, failure.code)

    def _give_up(self, lease: Lease, code: str) -> None:
        self._leave(lease)
        if lease.stage != ENDED:
            _log.warning(
                "a message is no longer the agent's to extend: %s",
                code,
                extra=message_fields(lease.message),
            )

    def _leave(self, lease: Lease) -> None:
        """Hold a lease without extending it."""
        if lease in self._leases:
            self._leases[lease] = False

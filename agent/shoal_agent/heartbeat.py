"""Keep every message that the agent holds hidden from others, the waiting ones included.

All leases are extended by the same time, so the order of the last extension is the order of
the next: ``_leases`` is kept in it, and a beat looks at its first few alone, however many
messages come and go between two beats.
"""

import asyncio
import logging
from collections.abc import Sequence

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.background import Background
from shoal_agent.batch_sender import BATCH_SIZE
from shoal_agent.lease import ENDED, Lease
from shoal_agent.log_lines import message_fields

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
        self._beats: set[asyncio.Task[None]] = set()  # one at most
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
            self._background.start(self._extend_all(due), self._beats)

    def due(self, now_s: float) -> list[Lease]:
        """Return the leases of which half has passed."""
        half_s = self._visibility_timeout_s / 2
        due: list[Lease] = []
        for lease, extendable in self._leases.items():
            if not extendable:
                continue
            if lease.hidden_until_s - now_s > half_s:
                break
            due.append(lease)
        return due

    async def stop(self) -> None:
        """Stop extending; a beat under way is given up."""
        self._enabled = False
        for beat in self._beats:
            beat.cancel()
        if self._beats:
            await asyncio.wait(self._beats)

    async def _extend_all(self, due: list[Lease]) -> None:
        for first in range(0, len(due), BATCH_SIZE):
            await self._extend(due[first : first + BATCH_SIZE])

    async def _extend(self, leases: Sequence[Lease]) -> None:
        now_s = asyncio.get_running_loop().time()
        batch: list[tuple[Lease, int]] = []
        for lease in leases:
            extension_s = lease.extension_s(now_s, self._visibility_timeout_s)
            if lease.stage != ENDED and extension_s > 0:
                batch.append((lease, extension_s))
            else:
                self._move_back(lease, extendable=False)
        if not batch:
            return
        try:
            failed = await self._queue.change_visibility(
                [(lease.receipt_handle, extension_s) for lease, extension_s in batch]
            )
        except (HttpError, ServiceError) as error:
            # They stay due: the next tick asks again, for as long as they are hidden.
            _log.warning("heartbeat of %d messages failed: %s", len(batch), error)
            return
        refused = {entry.place: entry for entry in failed}
        for index, (lease, extension_s) in enumerate(batch):
            failure = refused.get(index)
            if failure is None:
                lease.hidden(now_s + extension_s)
                self._move_back(lease, extendable=True)
            elif failure.sender_fault:
                self._give_up(lease, failure.code)

    def _give_up(self, lease: Lease, code: str) -> None:
        self._move_back(lease, extendable=False)
        if lease.stage != ENDED:
            _log.warning(
                "a message is no longer the agent's to extend: %s",
                code,
                extra=message_fields(lease.message),
            )

    def _move_back(self, lease: Lease, *, extendable: bool) -> None:
        if self._leases.pop(lease, None) is not None:
            self._leases[lease] = extendable

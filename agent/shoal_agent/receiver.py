"""Receive messages: as many polls as the queue and the slots call for, and never one more.

One poll is open on an idle queue. A poll that comes back full doubles how many may be open,
one that does not takes it back: so a backlog is drained over many connections, and an idle
agent pays for its long polls alone.
"""

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import Any

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.background import Background

MOST_POLLS = 32
# A poll beside another one looks for a backlog; it need not wait for long.
_EXTRA_POLL_WAIT_S = 1
# An empty answer that came much sooner than asked for must not become a spin.
_PAUSE_AFTER_EARLY_EMPTY_S = 1.0
_FIRST_BACKOFF_S = 0.25
_LONGEST_BACKOFF_S = 20.0

_log = logging.getLogger(__name__)


class Receiver:
    """Mutable state: the open polls and what they asked for, how many may be open, a pause."""

    def __init__(
        self,
        queue: SqsQueue,
        *,
        poll_wait_s: int,
        visibility_timeout_s: int,
        wanted: Callable[[int], int],
        deliver: Callable[[list[dict[str, Any]], float], None],
        refused: Callable[[ServiceError], None],
        background: Background,
    ) -> None:
        """``wanted`` says how many messages to ask for, given how many are asked for already."""
        self._queue = queue
        self._poll_wait_s = poll_wait_s
        self._visibility_timeout_s = visibility_timeout_s
        self._wanted = wanted
        self._deliver = deliver
        self._refused = refused
        self._background = background
        self._polls: set[asyncio.Task[None]] = set()
        self._asked = 0
        self._most_polls = 1
        self._pause: asyncio.TimerHandle | None = None
        self._failures = 0
        self._stopped = False
        self._random = Random()  # noqa: S311 - jitter
        self.answered = False
        self.progress_s = 0.0

    def top_up(self) -> None:
        """Open polls while there are slots to fill; called whenever that may have changed."""
        while len(self._polls) < self._most_polls and self._pause is None and not self._stopped:
            limit = self._wanted(self._asked)
            if limit <= 0:
                return
            self._open(limit)

    def stop(self) -> None:
        """Open no more polls; those that are open bring what they bring."""
        self._stopped = True
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    async def closed(self) -> None:
        """Return when no poll is open, after ``stop``."""
        while self._polls:
            await asyncio.wait(self._polls)

    async def abort(self) -> None:
        """Give the open polls up; what they were about to bring stays hidden for its time."""
        self.stop()
        for poll in self._polls:
            poll.cancel()
        await self.closed()

    def _open(self, limit: int) -> None:
        # The first receive does not wait, so that a new agent is ready at once.
        wait_s = self._poll_wait_s if self.answered else 0
        if self._polls:
            wait_s = min(wait_s, _EXTRA_POLL_WAIT_S)
        self._asked += limit
        self._background.start(self._poll(limit, wait_s), self._polls)

    async def _poll(self, limit: int, wait_s: int) -> None:
        try:
            await self._receive(limit, wait_s)
        finally:
            self._asked -= limit
            self._polls -= {asyncio.current_task()}
            self.progress_s = asyncio.get_running_loop().time()
            self.top_up()

    async def _receive(self, limit: int, wait_s: int) -> None:
        first, started_s = not self.answered, asyncio.get_running_loop().time()
        try:
            messages = await self._queue.receive(
                limit, wait_s=wait_s, visibility_timeout_s=self._visibility_timeout_s
            )
        except (HttpError, ServiceError) as error:
            self._back_off(error)
        else:
            self._failures = 0
            self.answered = True
            self._adapt(len(messages), limit)
            if messages:
                # SQS has answered within the wait; what it took longer was the way. The
                # messages' time runs from the earlier moment.
                now_s = asyncio.get_running_loop().time()
                self._deliver(messages, min(now_s, started_s + wait_s))
            elif not first and asyncio.get_running_loop().time() - started_s < _early_s(wait_s):
                self._pause_for(_PAUSE_AFTER_EARLY_EMPTY_S)

    def _adapt(self, received: int, limit: int) -> None:
        if received >= limit:
            self._most_polls = min(MOST_POLLS, self._most_polls * 2)
        elif received == 0:
            self._most_polls = 1
        else:
            self._most_polls = max(1, self._most_polls - 1)

    def _back_off(self, error: HttpError | ServiceError) -> None:
        if isinstance(error, ServiceError) and error.sender_fault:
            self._refused(error)
        self._most_polls = 1
        ceiling_s = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        pause_s = self._random.uniform(ceiling_s / 2, ceiling_s)
        _log.warning("receiving failed, the next try is in %.1f s: %s", pause_s, error)
        self._pause_for(pause_s)

    def _pause_for(self, pause_s: float) -> None:
        if self._pause is None and not self._stopped:
            self._pause = asyncio.get_running_loop().call_later(pause_s, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self.top_up()


def _early_s(wait_s: int) -> float:
    """Return how soon an empty answer is too soon to ask again at once."""
    return max(wait_s, _PAUSE_AFTER_EARLY_EMPTY_S) / 2

"""Ids for receives from a FIFO queue: one whose answer was lost is asked for again.

Without an id, what a lost answer brought stays hidden, and its groups with it, until the
visibility timeout ends. With the same id SQS gives the same messages again, for five minutes
(docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
An id that was answered in any way, a refusal included, is not used again: SQS takes that
for a mistake.
"""

import asyncio
import os
from collections import deque
from typing import NamedTuple

_REPEATABLE_S = 4 * 60  # a minute less than SQS knows the id for


class Attempt(NamedTuple):
    """A receive; ``again`` if its id has been sent before."""

    attempt_id: str
    first_s: float
    again: bool = False


class ReceiveAttempts:
    """Mutable state: the attempts whose answers were lost, the earliest first."""

    def __init__(self) -> None:
        self._lost: deque[Attempt] = deque()

    def next(self) -> Attempt:
        """Return the earliest lost attempt that can be repeated, or a new one."""
        now_s = asyncio.get_running_loop().time()
        while self._lost:
            attempt = self._lost.popleft()
            if now_s - attempt.first_s < _REPEATABLE_S:
                return attempt._replace(again=True)
        return self.new()

    def new(self) -> Attempt:
        """Return an attempt that was never made."""
        return Attempt(os.urandom(16).hex(), asyncio.get_running_loop().time())

    def lost(self, attempt: Attempt) -> None:
        """Hear that no whole answer came."""
        self._lost.append(attempt)

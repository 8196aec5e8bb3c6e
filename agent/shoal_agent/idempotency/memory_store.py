"""A store in this process's own memory: for tests, and to try things out.

It knows nothing of other agents, nor of the other processes of this one.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from shoal_agent.idempotency.store import Found, Standing


class _Record(NamedTuple):
    token: str
    completed: bool
    ends_s: float


class MemoryStore:
    """Mutable state: the records. Each method is one step of its loop: nothing comes between."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """``clock`` returns seconds; where they start does not matter."""
        self._clock = clock
        self._records: dict[str, _Record] = {}

    async def claim(self, key: str, token: str, *, lease_s: float) -> Found:
        """Claim a key that is absent or past its end, for so long."""
        record, now_s = self._current(key), self._clock()
        if record is not None and record.completed:
            return Found(Standing.COMPLETED)
        if record is not None and record.token != token:
            return Found(Standing.IN_PROGRESS, record.ends_s - now_s)
        self._records[key] = _Record(token, completed=False, ends_s=now_s + lease_s)
        return Found(Standing.CLAIMED)

    async def complete(self, key: str, token: str, *, keep_s: float) -> bool:
        """Record the key as completed, for so long; False if the claim is somebody else's."""
        record = self._records.get(key)
        if record is not None and record.token != token:
            return False
        self._records[key] = _Record(token, completed=True, ends_s=self._clock() + keep_s)
        return True

    async def release(self, key: str, token: str) -> bool:
        """Let go of the claim; False if it is not this token's."""
        record = self._records.get(key)
        if record is None or record.token != token or record.completed:
            return False
        del self._records[key]
        return True

    def _current(self, key: str) -> _Record | None:
        record = self._records.get(key)
        return None if record is None or record.ends_s <= self._clock() else record

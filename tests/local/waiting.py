"""Waiting for a condition, with a deadline that only a defect reaches."""

import asyncio
import time
from collections.abc import Callable

DEADLINE_S = 60.0
_PAUSE_S = 0.02


async def eventually(condition: Callable[[], object], what: str) -> None:
    """Return when the condition holds; fail, saying ``what``, when it does not come to."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE_S
    while not condition():
        assert loop.time() < deadline, f"never came: {what}"
        await asyncio.sleep(_PAUSE_S)


def eventually_now(condition: Callable[[], object], what: str) -> None:
    """Do the same where there is no event loop."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(_PAUSE_S)

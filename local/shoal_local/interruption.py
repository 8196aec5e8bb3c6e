"""Ctrl-C and its kin: the first asks for an orderly end, the second ends at once.

The handlers only note the signal, so that whatever is under way, a resource being made or a
drain, stops at a place of its own choosing and cleans up.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

EXIT_CODE: Final = 130  # what a shell reports for SIGINT: 128 + 2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Whether the user has asked to stop; a context in which the signals mean that.

    ``before_exit`` is called when a second signal ends the process at once: the agents are
    then the guardian's to end.
    """

    def __init__(self, *, before_exit: Callable[[], None]) -> None:
        self._before_exit = before_exit
        self._requested = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self._requested

    async def wait(self) -> None:
        """Return when a signal has come."""
        event = asyncio.Event()
        self._waiting.append((asyncio.get_running_loop(), event))
        if self._requested:
            return
        await event.wait()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self._requested:
            self._before_exit()
            os._exit(EXIT_CODE)
        self._requested = True
        for loop, event in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

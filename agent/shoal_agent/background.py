"""Tasks that run beside the agent's main path, and whose failure must not go unheard."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Background:
    """Starts tasks, keeps them from being collected, and tells of those that fail."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        """``failed`` hears of a defect: what a task expects it has handled itself."""
        self._failed = failed
        self._loop = asyncio.get_running_loop()

    def start(self, work: Coroutine[Any, Any, None], among: "set[asyncio.Task[None]]") -> None:
        """Run ``work``; the task is in ``among`` until it ends."""
        task = self._loop.create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (defect := task.exception()) is not None:
            _log.critical("a defect of the agent", exc_info=defect)
            self._failed(defect)

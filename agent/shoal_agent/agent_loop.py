"""The agent's loop, safe from what handlers on it or beside it may do to its process.

A handler may fork: the fork has copies of the agent's connections, and a turn of its loop would
write into them what the agent writes. It may also neither return nor let itself be cancelled,
or wait in a thread that nobody can end: that must not outlast the agent's own end.
"""

import asyncio
import os
import selectors
import threading
from collections.abc import Coroutine
from typing import Any

from shoal_agent.contract import ExitCode

_HANDLERS_END_S = 1.0


def run_to_its_end(main: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    """Run ``main``, after which the process ends, with its code, soon and in any case."""
    selector = selectors.DefaultSelector()
    os.register_at_fork(after_in_child=lambda: setattr(selector, "select", _end_of_a_fork))
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        code = runner.run(main)
        timer = threading.Timer(_HANDLERS_END_S, os._exit, (code,))
        timer.daemon = True
        timer.start()
    return code


def _end_of_a_fork(_timeout_s: float | None = None) -> None:
    os._exit(0)

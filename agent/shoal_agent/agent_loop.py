"""The agent's loop, safe from what handlers on it or beside it may do to its process.

A handler may fork: the fork has copies of the agent's connections, and a turn of its loop would
write into them what the agent writes. It may also neither return nor let itself be cancelled,
or wait in a thread that nobody can end: that must not outlast the agent's own end.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

from shoal_agent.contract import ExitCode

_HANDLERS_END_S = 1.0


def run_to_its_end(main: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    """Run ``main``, after which the process ends, with its code, soon and in any case."""
    with asyncio.Runner(loop_factory=_loop_of_one_process) as runner:
        code = runner.run(main)
        timer = threading.Timer(_HANDLERS_END_S, os._exit, (code,))
        timer.daemon = True
        timer.start()
    return code


def _loop_of_one_process() -> asyncio.AbstractEventLoop:
    """Return a loop that ends a fork of its process as soon as the fork comes back to it."""
    loop = asyncio.new_event_loop()
    end = asyncio.Handle(os._exit, (0,), loop)
    # Before what is left of the turn, which would write into the agent's connections and change
    # what its selector looks at; the loop has no public way to be first.
    ready = loop._ready  # type: ignore[attr-defined]  # noqa: SLF001
    os.register_at_fork(after_in_child=lambda: ready.appendleft(end))
    return loop

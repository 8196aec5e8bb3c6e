"""An event loop in a thread of its own, for handlers that are not async.

One for the whole process, so that its threads share the store's connections and one set of
credentials. A loop in each handler's thread would be a connection, and a search for
credentials, in each.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process: a thread is not there after a fork


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on the loop; return or raise what it does."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            # A daemon: it must not keep a process from its end.
            threading.Thread(target=loop.run_forever, daemon=True, name="side-loop").start()
        return loop

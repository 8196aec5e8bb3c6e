"""Reap what handlers leave behind, where the agent is the first process of its container.

A process whose parent has ended becomes a child of process 1, and stays a zombie until that
waits for it; enough of them and no process can be started. Nothing is taken from those who
wait for children of their own: the handlers' processes are named by ``owned``, and whatever
else the agent starts is in its own process group, in which no handler's descendant is.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

FIRST_PROCESS = 1


class OrphanReaper:
    """Looks at every SIGCHLD, for as long as the loop runs."""

    def __init__(self, owned: Callable[[int], bool]) -> None:
        """``owned`` tells a process id that somebody else waits for."""
        self._owned = owned
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    def _reap(self) -> None:
        for pid in _children():
            with contextlib.suppress(ChildProcessError, ProcessLookupError):
                if not self._owned(pid) and os.getpgid(pid) != os.getpgrp():
                    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)


def _children() -> Iterator[int]:
    # Not waitid(P_ALL): it tells of the first zombie alone, and that may be another's.
    for listed in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, listed.read_text().split())

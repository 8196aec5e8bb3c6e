"""Sync handlers in threads of the agent.

The cheapest way for handlers that wait for the network. A thread cannot be stopped: a handler
that works past the longest job has its message taken from it, and the agent asks to be
replaced, since that slot may never come back.
"""

import asyncio
import os
import threading
from collections import deque
from queue import SimpleQueue

from shoal_agent.ending import Ending
from shoal_agent.handler import Handler
from shoal_agent.lease import Lease
from shoal_agent.runners.runner import Reports


class ThreadSlots:
    """Mutable state: ``_ended`` is filled by the threads and emptied by the loop."""

    isolated = False

    def __init__(self, handler: Handler, concurrency: int) -> None:
        """Take a handler whose ``setup`` has been called."""
        self.free = concurrency
        self._handler = handler
        self._concurrency = concurrency
        self._submitted: SimpleQueue[Lease | None] = SimpleQueue()
        self._ended: deque[tuple[Lease, Ending]] = deque()
        self._woken = False
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._stuck: set[Lease] = set()
        self._loop = asyncio.get_running_loop()

    def connect(self, reports: Reports) -> None:
        """Tell these from now on."""
        self._reports = reports

    def submit(self, lease: Lease) -> bool:
        """Run a message in a free slot."""
        self.free -= 1
        self._busy += 1
        if self._busy > len(self._threads):
            # Daemons: a stuck one must not keep the process from its end.
            thread = threading.Thread(target=self._work, daemon=True, name="handler")
            self._threads.append(thread)
            thread.start()
        self._submitted.put(lease)
        return True

    def grow(self) -> None:
        """Threads are made as they are needed."""

    def recall(self) -> list[Lease]:
        """Return nothing: what is submitted has a slot."""
        return []

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Take the message from its handler, which nothing can stop."""
        if lease not in self._stuck:
            self._stuck.add(lease)
            self._reports.ended(lease, ending)
            self._reports.spent("a handler in a thread did not end in time and cannot be stopped")

    async def close(self) -> None:
        """Let the handler tear down, and end the threads that still listen."""
        for _ in self._threads:
            self._submitted.put(None)
        self._handler.teardown()

    def _work(self) -> None:
        run, ended, own_pid = self._handler.run, self._ended, os.getpid()
        while (lease := self._submitted.get()) is not None:
            ending = run(lease.message)
            if os.getpid() != own_pid:  # the handler forked, and this is the other one
                os._exit(0)
            ended.append((lease, ending))
            if not self._woken:  # one wake-up for all that end until the loop comes to it
                self._woken = True
                try:
                    self._loop.call_soon_threadsafe(self._report)
                except RuntimeError:
                    return  # the loop is closed: the agent has ended without this handler

    def _report(self) -> None:
        self._woken = False
        while self._ended:
            lease, ending = self._ended.popleft()
            self._busy -= 1
            self.free += 1
            if lease in self._stuck:
                self._stuck.discard(lease)
                self._reports.freed()
            else:
                self._reports.ended(lease, ending)

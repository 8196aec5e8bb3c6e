"""Async handlers, on the agent's own loop.

A slot is one long-lived task that takes message after message: a handler that does not wait
for anything costs no turn of the loop at all. The loop must stay free, though: a handler
that computes or blocks stops the heartbeat with it, and belongs in a process.
"""

import asyncio
import os
from collections import deque
from inspect import isawaitable

from shoal_agent.ending import DONE, Ending, ending_of
from shoal_agent.handler import Handler
from shoal_agent.lease import Lease
from shoal_agent.log_lines import current_message
from shoal_agent.runners.runner import Reports

_STOP_AGAIN_S = 5.0


class AsyncSlots:
    """Mutable state: messages submitted, slots that wait for one, and who runs what."""

    isolated = False

    def __init__(self, handler: Handler, concurrency: int) -> None:
        """Take a handler whose ``setup`` has been called."""
        self.free = concurrency
        self._handler = handler
        self._submitted: deque[Lease] = deque()
        self._waiting: list[asyncio.Future[None]] = []
        self._woken = False  # whether a slot is about to look for messages
        self._slots: set[asyncio.Task[None]] = set()
        self._running: dict[Lease, asyncio.Task[None]] = {}
        self._stopping: dict[Lease, Ending] = {}
        self._loop = asyncio.get_running_loop()

    def connect(self, reports: Reports) -> None:
        """Tell these from now on."""
        self._reports = reports

    def submit(self, lease: Lease) -> bool:
        """Run a message in a free slot."""
        self.free -= 1
        self._submitted.append(lease)
        if not self._woken:
            self._wake_a_slot()
        return True

    def grow(self) -> None:
        """Slots are made as they are needed."""

    def recall(self) -> list[Lease]:
        """Return nothing: what is submitted has a slot."""
        return []

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Cancel the handler; one that carries on is cancelled again."""
        if lease in self._stopping or lease not in self._running:
            return
        self._stopping[lease] = ending
        self._cancel(lease)

    async def close(self) -> None:
        """Let the handler tear down, and end every slot."""
        for slot in self._slots:
            slot.cancel()
        result = self._handler.teardown()
        if isawaitable(result):
            await result

    def _wake_a_slot(self) -> None:
        """Have one more slot look for messages: each wakes the next while there are some.

        So a burst for handlers that do not wait is done by one slot, one turn of the loop.
        """
        self._woken = True
        if self._waiting:
            self._waiting.pop().set_result(None)
        else:
            slot = self._loop.create_task(self._slot())
            self._slots.add(slot)
            slot.add_done_callback(self._slots.discard)

    def _cancel(self, lease: Lease) -> None:
        if lease in self._stopping and lease in self._running:
            self._running[lease].cancel()
            self._loop.call_later(_STOP_AGAIN_S, self._cancel, lease)

    async def _slot(self) -> None:
        task = asyncio.current_task()
        if task is None:  # pragma: no cover - a slot is started as a task
            raise RuntimeError("a slot outside a task")
        own_pid = os.getpid()
        self._woken = False
        while True:
            while not self._submitted:
                waiter = self._loop.create_future()
                self._waiting.append(waiter)
                await waiter
                self._woken = False
            lease = self._submitted.popleft()
            if self._submitted and not self._woken:
                self._wake_a_slot()
            self._running[lease] = task
            ending = await self._run(lease)
            if os.getpid() != own_pid:  # the handler forked, and this is the other one
                os._exit(0)
            del self._running[lease]
            if self._stopping and lease in self._stopping:
                del self._stopping[lease]
                while task.cancelling():
                    task.uncancel()
            self.free += 1
            self._reports.ended(lease, ending)

    async def _run(self, lease: Lease) -> Ending:
        current_message.set(lease.message)
        try:
            await self._handler.start(lease.message)
        except BaseException as error:
            if lease in self._stopping:
                return self._stopping[lease]
            if isinstance(error, asyncio.CancelledError) and _closing():
                raise
            return ending_of(error)
        finally:
            current_message.set(None)
        return DONE


def _closing() -> bool:
    """Whether the slot itself was cancelled, not something that its handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

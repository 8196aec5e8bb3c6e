"""Handlers in processes of their own: one child per slot, one message at a time in each.

A handler that is stopped, dies, or takes the whole process with it costs its message one
attempt and nothing else: the child is replaced. One that computes for minutes keeps neither
the heartbeat nor its neighbours waiting. Children are started as messages wait for them, so
an idle agent has one.
"""

import asyncio
import logging
import sys
from typing import Any

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.contract import ExitCode
from shoal_agent.ending import DONE, Ending, How
from shoal_agent.lease import Lease
from shoal_agent.recycling import why_spent
from shoal_agent.runners.child_process import ChildProcess
from shoal_agent.runners.runner import Reports
from shoal_agent.settings import Settings

_MOST_FAILED_STARTS = 5
_RESTART_PAUSE_S = 0.5
_CLOSE_TIMEOUT_S = 5.0

_log = logging.getLogger(__name__)


class HandlerIsAsyncError(Exception):
    """The handler is async, and the settings leave it to that where it runs."""


class ProcessSlots:
    """Mutable state: the children that start, that are free, and that work."""

    isolated = True

    def __init__(self, settings: Settings, *, sync_only: bool) -> None:
        """With ``sync_only`` an async handler is not run here: ``start`` says so."""
        self._settings = settings
        self._order = {
            "handler": settings.handler,
            "middleware": settings.middleware,
            "log_level": logging.getLogger().level,
            "log_format": settings.log_format,
            "sync_only": sync_only,
            "path": sys.path,
        }
        self._starting: set[ChildProcess] = set()
        self._free: list[ChildProcess] = []
        self._working: dict[ChildProcess, Lease] = {}
        self._stopped_with: dict[ChildProcess, Ending] = {}
        self._handled: dict[ChildProcess, int] = {}
        self._failed_starts = 0
        self._closing = False
        self._all_gone = asyncio.Event()
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def free(self) -> int:
        """How many messages can be submitted now."""
        return len(self._free)

    async def start(self) -> None:
        """Return when the first child is ready; raise AgentError where it cannot be."""
        await self._start_child()
        await self._first

    def connect(self, reports: Reports) -> None:
        """Tell these from now on."""
        self._reports = reports

    def submit(self, lease: Lease) -> None:
        """Run a message in a free child."""
        child = self._free.pop()
        self._working[child] = lease
        if child.log_level != (log_level := logging.getLogger().level):
            child.log_level = log_level
            child.say({"log_level": log_level})
        child.say(lease.message.raw)

    def grow(self) -> None:
        """Start another child, one at a time, up to the concurrency."""
        if not self._starting and len(self._handled) < self._settings.concurrency:
            self._spawn()

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Kill the message's child; the ending is reported once it is gone."""
        for child, running in self._working.items():
            if running is lease and child not in self._stopped_with:
                self._stopped_with[child] = ending
                child.kill()

    async def close(self) -> None:
        """Let the handlers tear down; kill what has not ended soon."""
        self._closing = True
        for child in (*self._free, *self._starting):
            child.finish()
        for child in self._working:
            child.kill()
        if self._handled:
            try:
                async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                    await self._all_gone.wait()
            except TimeoutError:
                for child in self._handled:
                    child.kill()

    def _spawn(self) -> None:
        # The set keeps the task from being collected; the child is in it until it is ready.
        task = asyncio.ensure_future(self._start_child())
        task.add_done_callback(self._spawned)

    def _spawned(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._reports.failed(AgentError(f"no process for the handler can be started: {error}"))

    async def _start_child(self) -> None:
        child = ChildProcess(self._answered, self._ended)
        self._starting.add(child)
        self._handled[child] = 0
        try:
            await child.start(self._order)
        except OSError:
            self._starting.discard(child)
            del self._handled[child]
            raise

    def _answered(self, child: ChildProcess, fields: dict[str, Any]) -> None:
        if child in self._starting:
            self._loaded(child, fields)
            return
        lease = self._working.pop(child)
        self._handled[child] += 1
        if child not in self._stopped_with:
            self._give_back(child)
            self._reports.ended(lease, Ending.from_wire(fields) if fields else DONE)
        else:  # it was killed while this answer was on its way: what it says holds
            self._stopped_with[child] = DONE
            self._reports.ended(lease, Ending.from_wire(fields) if fields else DONE)

    def _loaded(self, child: ChildProcess, fields: dict[str, Any]) -> None:
        self._starting.discard(child)
        if "ready" in fields:
            self._failed_starts = 0
            self._free.append(child)
            if self._first.done():
                self._reports.freed()
            else:
                self._first.set_result(None)
            return
        error: Exception
        if "async" in fields:
            error = HandlerIsAsyncError()
        elif fields["exit_code"] == ExitCode.CONFIGURATION:
            error = ConfigurationError(fields["problem"])
        else:
            error = AgentError(fields["problem"])
        if self._first.done():
            _log.error("a handler's process did not start: %s", error)
        else:
            self._closing = True  # there will be no agent for another child
            self._first.set_exception(error)

    def _give_back(self, child: ChildProcess) -> None:
        reason = why_spent(self._settings, handled=self._handled[child], pid=child.pid)
        if reason is None:
            self._free.append(child)
            return
        _log.info("a handler's process is replaced: %s", reason)
        child.finish()

    def _ended(self, child: ChildProcess, how: str) -> None:
        handled = self._handled.pop(child)
        if not self._handled:
            self._all_gone.set()
        self._starting.discard(child)
        if child in self._free:
            self._free.remove(child)
        lease = self._working.pop(child, None)
        ending = self._stopped_with.pop(child, None)
        if not self._first.done():
            self._first.set_exception(
                ConfigurationError(f"the handler {self._settings.handler!r}: its process {how}")
            )
            return
        if lease is not None:
            died = Ending(How.DIED, reason=f"the handler's process {how}")
            self._reports.ended(lease, died if ending is None else ending)
        if not self._closing:
            self._replace(handled, how)

    def _replace(self, handled: int, how: str) -> None:
        """Start the next child: at once after work was done, with a pause after a failed start."""
        loop = asyncio.get_running_loop()
        self._failed_starts = 0 if handled else self._failed_starts + 1
        if self._failed_starts > _MOST_FAILED_STARTS:
            self._reports.failed(AgentError(f"the handler's processes do not start: each {how}"))
        else:
            loop.call_later(_RESTART_PAUSE_S * self._failed_starts, self._spawn)

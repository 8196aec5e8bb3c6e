"""Handlers in processes of their own: a child per slot, each working on one message at a time.

A handler that is stopped, dies, or takes the whole process with it costs its message one
attempt and nothing else: the child is replaced. One that computes for minutes keeps neither
the heartbeat nor its neighbours waiting. Children are started as messages wait for them, so
an idle agent has one.

While jobs are short a child is given a few messages ahead. They are taken back when the job
before them turns out long, when the agent drains, and when the child ends before it began
with them: to have waited in line is no attempt.
"""

import asyncio
import contextlib
import json
import logging
import sys

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.contract import ExitCode
from shoal_agent.ending import Ending, How
from shoal_agent.lease import Lease
from shoal_agent.recycling import why_spent
from shoal_agent.runners.child_process import ChildProcess
from shoal_agent.runners.frames import read_answer
from shoal_agent.runners.job_pace import JobPace
from shoal_agent.runners.runner import Reports
from shoal_agent.settings import Settings

_MOST_FAILED_STARTS = 5
_RESTART_PAUSE_S = 0.5
_CLOSE_TIMEOUT_S = 5.0
_KILL_TIMEOUT_S = 0.5
# A job that takes longer than this is not one of the short ones that others may wait for.
_LATE_S = 0.02

_log = logging.getLogger(__name__)


class HandlerIsAsyncError(Exception):
    """The handler is async, and the settings leave it to that where it runs."""


class ProcessSlots:
    """Mutable state: the children; which of them start, may be given messages, are killed."""

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
        self._children: set[ChildProcess] = set()
        self._starting: set[ChildProcess] = set()
        self._usable: set[ChildProcess] = set()
        self._stopped_with: dict[ChildProcess, Ending] = {}
        self._unsent: set[ChildProcess] = set()
        self._next: ChildProcess | None = None
        self._in_a_row = 0  # how many more are given to that child before the next is chosen
        self._pace = JobPace()
        self._look_for_late: asyncio.TimerHandle | None = None
        self._failed_starts = 0
        self._closing = False
        self._all_gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._first: asyncio.Future[None] = self._loop.create_future()

    @property
    def free(self) -> int:
        """How many messages can be submitted now, at least; 0 is exact."""
        child, window = self._next, self._pace.window
        if self._in_a_row <= 0 or child not in self._usable or _load(child) >= window:
            self._next = child = min(self._usable, key=_load, default=None)
            self._in_a_row = self._pace.in_a_row
        return 0 if child is None else max(0, window - _load(child))

    async def start(self) -> None:
        """Return when the first child is ready; raise AgentError where it cannot be."""
        self._start_child()
        await self._first

    def connect(self, reports: Reports) -> None:
        """Tell these from now on."""
        self._reports = reports

    def submit(self, lease: Lease) -> bool:
        """Give a message to the child that ``free`` has chosen."""
        child = self._next
        if child is None or child not in self._usable:
            raise RuntimeError("submitted without a free slot")
        self._in_a_row -= 1
        begins = child.give(lease)
        if not self._unsent:  # one write for all that is given in a turn of the loop
            self._loop.call_soon(self._send)
        self._unsent.add(child)
        if self._has_all_it_may(child):
            self._usable.discard(child)
        if not begins and self._look_for_late is None:
            self._look_for_late = self._loop.call_later(_LATE_S, self._take_from_late)
        return begins

    def owns(self, pid: int) -> bool:
        """Tell whether a process is one of the handlers'."""
        return any(child.pid == pid for child in self._children)

    def grow(self) -> None:
        """Start another child, one at a time, up to the concurrency."""
        if not self._starting and len(self._children) < self._settings.concurrency:
            self._spawn()

    def recall(self) -> list[Lease]:
        """Take everything back that no handler has begun with."""
        return [lease for child in self._children for lease in child.take_back()]

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Kill the message's child; the ending is reported once it is gone."""
        for child in self._children:
            if lease in child.given and child not in self._stopped_with:
                self._stop(child, lease, ending)
                return

    async def close(self) -> None:
        """Let the handlers tear down; kill what has not ended soon."""
        self._closing = True
        for child in tuple(self._children):
            if child.given:
                child.kill()
            else:
                child.finish()
        await self._gone_within(_CLOSE_TIMEOUT_S)
        for child in self._children:
            child.kill()
        await self._gone_within(_KILL_TIMEOUT_S)

    async def _gone_within(self, limit_s: float) -> None:
        if self._children:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self._all_gone.wait()

    # --- Giving and taking back ----------------------------------------------------------------

    def _send(self) -> None:
        for child in self._unsent:
            child.flush()
        self._unsent.clear()

    def _stop(self, child: ChildProcess, lease: Lease, ending: Ending) -> None:
        # In this order: with nothing left to begin and every answer heard, the one that it is
        # killed for is the one that it works on, and no other can be.
        self._usable.discard(child)
        self._return(child.take_back())
        while child.listen():
            pass
        if lease in child.given:
            self._stopped_with[child] = ending
            child.kill()
        self._reports.freed()

    def _take_from_late(self) -> None:
        """Take back what waits behind a job that is not short; the next look is soon."""
        self._look_for_late = None
        now_s, waiting, late = self._loop.time(), False, False
        for child in tuple(self._children):
            if _load(child) < 2:  # noqa: PLR2004 - one works, one waits
                continue
            if now_s - child.given[0].started_s < _LATE_S:
                waiting = True
                continue
            late = True
            self._return(child.take_back())
            if child.given:
                self._usable.discard(child)  # until it has answered
        if waiting:
            self._look_for_late = self._loop.call_later(_LATE_S, self._take_from_late)
        if late:
            self._reports.freed()

    def _return(self, leases: list[Lease]) -> None:
        for lease in reversed(leases):  # each goes before what waits
            self._reports.returned(lease)

    # --- Hearing from children -----------------------------------------------------------------

    def _heard(self, child: ChildProcess, lines: list[bytes]) -> None:
        if child in self._starting:
            self._loaded(child, lines[0])
            return
        if child.given:
            self._pace.observe(len(lines), self._loop.time() - child.given[0].started_s)
        for line in lines:
            ending = read_answer(line)
            if ending is None or not child.given:
                _log.error("a handler's process wrote something that is no answer: %.200r", line)
                child.give_up()
                return
            lease = child.given.popleft()
            child.handled += 1
            if child.given:
                self._reports.begun(child.given[0])
            self._reports.ended(lease, ending)
        self._go_on(child)

    def _go_on(self, child: ChildProcess) -> None:
        """Let a child that has answered have more, or be replaced."""
        if child in self._stopped_with:
            return
        reason = why_spent(self._settings, handled=child.handled, pid=child.pid)
        if reason is not None:
            _log.info("a handler's process is replaced: %s", reason)
            self._usable.discard(child)
            self._return(child.take_back())
            child.finish()
        elif not self._has_all_it_may(child):
            self._usable.add(child)
        self._reports.freed()

    def _has_all_it_may(self, child: ChildProcess) -> bool:
        return 0 < self._settings.recycle_messages <= child.handled + len(child.given)

    def _loaded(self, child: ChildProcess, line: bytes) -> None:
        fields = json.loads(line)
        self._starting.discard(child)
        if "ready" in fields:
            self._failed_starts = 0
            self._usable.add(child)
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

    def _start_child(self) -> None:
        child = ChildProcess(self._heard, self._ended)
        child.start(self._order)
        self._children.add(child)
        self._starting.add(child)

    def _spawn(self) -> None:
        if self._closing:
            return
        try:
            self._start_child()
        except OSError as error:
            self._reports.failed(AgentError(f"no process for the handler can be started: {error}"))

    def _ended(self, child: ChildProcess, how: str, not_begun: list[Lease]) -> None:
        self._children.discard(child)
        if self._closing and not self._children:
            self._all_gone.set()
        self._starting.discard(child)
        self._usable.discard(child)
        self._unsent.discard(child)
        ending = self._stopped_with.pop(child, None)
        if not self._first.done():
            self._first.set_exception(
                ConfigurationError(f"the handler {self._settings.handler!r}: its process {how}")
            )
            return
        if child.given:  # there can be one, whose ticket was taken and that was not answered
            died = Ending(How.DIED, reason=f"the handler's process {how}")
            self._reports.ended(child.given.popleft(), died if ending is None else ending)
        self._return([*child.given, *not_begun])
        if not self._closing:
            self._replace(child.handled, how)
            self._reports.freed()

    def _replace(self, handled: int, how: str) -> None:
        """Start the next child: at once after work was done, with a pause after a failed start."""
        self._failed_starts = 0 if handled else self._failed_starts + 1
        if self._failed_starts > _MOST_FAILED_STARTS:
            self._reports.failed(AgentError(f"the handler's processes do not start: each {how}"))
        else:
            self._loop.call_later(_RESTART_PAUSE_S * self._failed_starts, self._spawn)


def _load(child: ChildProcess) -> int:
    return len(child.given)

"""One pod on this machine: an agent's process, treated as a kubelet treats a container.

Started again with backoff when it ends by itself; probed for readiness; ended by SIGTERM, then
by SIGKILL once its grace period is over. The process leads a session of its own, so that Ctrl-C
in the terminal reaches the command alone, and whatever it has started ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shoal_local.agent_output import announced_health_port
from shoal_local.probe import answers_ok
from shoal_local.restart_backoff import RestartBackoff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shoal_local.agent_container import ReadinessProbe
    from shoal_local.guardian import Guardian

_LINES_KEPT: Final = 20
_LONGEST_LINE: Final = 1 << 20
# Until the first success a probe is asked more often than the manifest says, because a laptop
# starts a process in the time in which a cluster would not yet have pulled the image.
_IMPATIENT_PERIOD_S: Final = 0.25


class PodState(StrEnum):
    """Where a pod is in its life, in the words of `kubectl get pods`."""

    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not ready"
    BACK_OFF = "back-off"
    TERMINATING = "terminating"
    ENDED = "ended"


class Pod:
    """One replica. ``run`` is its whole life; ``terminate`` begins its end.

    State: ``state``, ``crashes`` (ends by itself with an error), ``last_exit_code`` and
    ``last_lines`` (of output, for an error message), all changed on the event loop only.
    """

    def __init__(
        self,
        name: str,
        *,
        command: Sequence[str],
        environment: Mapping[str, str],
        grace_period_s: float,
        readiness: ReadinessProbe | None,
        guardian: Guardian,
        on_line: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.state = PodState.STARTING
        self.crashes = 0
        self.probes_answered = 0
        self.last_exit_code: int | None = None
        self.last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._command = command
        self._environment = environment
        self._grace_period_s = grace_period_s
        self._readiness = readiness
        self._guardian = guardian
        self._on_line = on_line
        self._stopping = asyncio.Event()
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_active(self) -> bool:
        """Whether the pod counts as a replica: it is not on its way out."""
        return not self._stopping.is_set()

    @property
    def pid(self) -> int | None:
        """The agent's process, while there is one."""
        return None if self._process is None else self._process.pid

    def terminate(self) -> None:
        """Ask the pod to end; ``run`` returns when it has."""
        self._stopping.set()
        if self.state is not PodState.ENDED:
            self.state = PodState.TERMINATING

    def kill(self) -> None:
        """End the process group at once."""
        if self._process is not None and self._process.returncode is None:
            _signal_group(self._process.pid, signal.SIGKILL)

    async def run(self) -> None:
        """Live: start, start again after a crash, until terminated."""
        backoff = RestartBackoff()
        loop = asyncio.get_running_loop()
        try:
            while self.is_active:
                started = loop.time()
                self.last_exit_code = await self._run_once()
                if self.is_active:
                    self.crashes += self.last_exit_code != 0
                    self.state = PodState.BACK_OFF
                    await self._stopped_within(backoff.delay_s(loop.time() - started))
        finally:
            self.state = PodState.ENDED

    async def _run_once(self) -> int:
        self.state = PodState.STARTING
        self._port = asyncio.get_running_loop().create_future()
        process = await asyncio.create_subprocess_exec(
            *self._command,
            env=dict(self._environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
        self._process = process
        self._guardian.guard(process.pid)
        reader = asyncio.create_task(self._read(process))
        companions = [
            asyncio.create_task(self._keep_ready()),
            asyncio.create_task(self._end_when_asked(process)),
        ]
        try:
            return await process.wait()
        finally:
            for companion in companions:
                companion.cancel()
            # What the agent started ends with it, and lets go of the pipe that is read here.
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
            await reader
            self._guardian.release(process.pid)
            self._process = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise RuntimeError("the agent's output is not a pipe")
        while True:
            try:
                raw = await process.stdout.readline()
            except ValueError:  # a line over the limit: asyncio drops it, and the next is whole
                continue
            if not raw:
                return
            self._heard(raw.decode(errors="replace").rstrip())

    def _heard(self, line: str) -> None:
        self.last_lines.append(line)
        port = announced_health_port(line)
        if port is not None and not self._port.done():
            self._port.set_result(port)
        self._on_line(self.name, line)

    async def _keep_ready(self) -> None:
        if self._readiness is None:
            self._became(ready=True)
            return
        port = await self._port
        while True:
            ready = await answers_ok(port, self._readiness.path)
            self.probes_answered += 1
            self._became(ready=ready)
            await asyncio.sleep(self._readiness.period_s if ready else _IMPATIENT_PERIOD_S)

    def _became(self, *, ready: bool) -> None:
        if not self.is_active:
            return
        if ready:
            self.state = PodState.READY
        elif self.state is PodState.READY:
            self.state = PodState.NOT_READY

    async def _end_when_asked(self, process: asyncio.subprocess.Process) -> None:
        await self._stopping.wait()
        _signal_group(process.pid, signal.SIGTERM)
        await asyncio.sleep(self._grace_period_s)
        _signal_group(process.pid, signal.SIGKILL)

    async def _stopped_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)

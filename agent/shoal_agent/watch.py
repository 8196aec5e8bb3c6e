"""``shoal-agent run --watch``: an agent that starts again when its code changes.

The agent is a child process in a process group of its own, so that a Ctrl-C in the terminal
reaches it once, through here: a second signal would tell it to hurry.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.contract import ExitCode

# After a change nobody wants to wait for the longest job; what is not done is given back.
_PATIENCE_S = 3.0
# An agent told to hurry needs 18 seconds at worst.
_HURRY_S = 20.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_watched(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> int:
    """Run the command until a signal stops it, and again after each change of a Python file.

    Returns the exit code of the last agent. Raises ConfigurationError where watchfiles is
    missing.
    """
    try:
        import watchfiles  # noqa: F401, PLC0415 - an extra of the distribution
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "--watch needs the package watchfiles: pip install 'shoal[watch]'"
        ) from error
    return asyncio.run(_Watch(command, folder, environ).run())


class _Watch:
    """Mutable state: the agent of the moment, the files changed since it began, the stop."""

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self._command, self._folder, self._environ = command, folder, environ
        self._changed: set[str] = set()
        self._change = asyncio.Event()
        self._stop = asyncio.Event()
        self._agent: asyncio.subprocess.Process | None = None

    async def run(self) -> int:
        """Supervise; return the last agent's exit code."""
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop)
        looking = asyncio.ensure_future(self._look())
        try:
            return await self._supervise(looking)
        finally:
            looking.cancel()

    async def _supervise(self, looking: "asyncio.Future[None]") -> int:
        code = 0
        while not self._stop.is_set():
            self._change.clear()
            self._changed.clear()
            agent = self._agent = await self._started()
            await _first_of(agent.wait(), self._change.wait(), self._stop.wait(), looking)
            if looking.done():
                await self._replaced(agent)
                raise AgentError(f"{self._folder} cannot be watched: {looking.exception()}")
            if self._change.is_set() and not self._stop.is_set():
                _say(f"{', '.join(sorted(self._changed))} changed: starting again")
                await self._replaced(agent)
            code = _exit_code(await agent.wait())
            waits = not self._change.is_set() and not self._stop.is_set()
            if code != ExitCode.DRAINED and waits:
                _say(f"the agent ended with exit code {code}; waiting for a change")
                await _first_of(self._change.wait(), self._stop.wait(), looking)
        return code

    async def _started(self) -> asyncio.subprocess.Process:
        agent = await asyncio.create_subprocess_exec(
            *self._command, cwd=self._folder, env=self._environ, process_group=0
        )
        if self._stop.is_set():  # meanwhile
            _signal(agent, signal.SIGTERM)
        return agent

    async def _replaced(self, agent: asyncio.subprocess.Process) -> None:
        """End the agent: let it drain, tell it to hurry, and at last kill it."""
        for number, patience_s in (
            (signal.SIGTERM, _PATIENCE_S),
            (signal.SIGTERM, _HURRY_S),
            (signal.SIGKILL, None),
        ):
            if not self._stop.is_set():
                _signal(agent, number)
            if await _first_of(agent.wait(), within_s=patience_s):
                return

    async def _look(self) -> None:
        from watchfiles import PythonFilter, awatch  # noqa: PLC0415 - an extra

        # Python files alone: a handler that writes JSON or text here would start itself again.
        async for changes in awatch(self._folder, watch_filter=PythonFilter()):
            self._changed |= {str(Path(path).relative_to(self._folder)) for _, path in changes}
            self._change.set()

    def _asked_to_stop(self) -> None:
        """Drain the agent; at a second signal, have it hurry."""
        self._stop.set()
        if self._agent is not None:
            _signal(self._agent, signal.SIGTERM)


async def _first_of(*ways: Awaitable[Any], within_s: float | None = None) -> bool:
    """Wait for the first; tell whether there was one in time."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    done, _ = await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for way, task in zip(ways, tasks, strict=True):
        if task is not way:
            task.cancel()
    return bool(done)


def _signal(agent: asyncio.subprocess.Process, number: int) -> None:
    if agent.returncode is None:
        agent.send_signal(number)


def _exit_code(returned: int) -> int:
    """Return what a shell would report: 128 and the signal for a process that was killed."""
    return 128 - returned if returned < 0 else returned


def _say(text: str) -> None:
    print(f"shoal-agent: {text}", file=sys.stderr, flush=True)  # noqa: T201 - its purpose

"""The parent's side of a handler's own process."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

_REAP_EVERY_S = 0.05


class ChildProcess(asyncio.Protocol):
    """One child and the socket to it."""

    def __init__(
        self,
        answered: Callable[["ChildProcess", dict[str, Any]], None],
        ended: Callable[["ChildProcess", str], None],
    ) -> None:
        """``answered`` hears every line, ``ended`` how the process has ended, once."""
        self.log_level = logging.getLogger().level  # what it logs at
        self._answered = answered
        self._ended = ended
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    async def start(self, order: Mapping[str, Any]) -> None:
        """Start the process and tell it what to load."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns once it is forked
                [sys.executable, "-m", "shoal_agent.runners.child", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                process_group=0,  # what the handler starts ends with it
            )
        ours.setblocking(False)
        await self._loop.create_connection(lambda: self, sock=ours)
        self.say(order)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def say(self, fields: Mapping[str, Any]) -> None:
        """Write one line."""
        if self._transport is not None:
            self._transport.write(json.dumps(fields).encode() + b"\n")

    def finish(self) -> None:
        """Let it tear down and end."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def kill(self) -> None:
        """End it and everything that it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear from the loop that the socket is in its hands."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hear a part of what the child writes."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._answered(self, json.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the child's end is closed: it has ended, or is of no use any more."""
        self._reap(kill=exc is not None)

    def _reap(self, *, kill: bool) -> None:
        if kill:
            self.kill()
        if self._process.poll() is None:
            # Its end of the socket is closed, so it is ending; a moment later it must be gone.
            self._loop.call_later(_REAP_EVERY_S, lambda: self._reap(kill=True))
            return
        self.kill()  # what it has left behind
        self._ended(self, _how_it_ended(self._process.returncode))


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"

"""The parent's side of a handler's own process.

What is given to a child waits in line there, its ticket in a pipe that both sides can read
(see ``frames``): so the next message is at hand when one ends, and can still be taken back
until the child has begun with it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from shoal_agent.lease import Lease
from shoal_agent.runners.frames import TICKET_BYTES, frame, ticket

_PROGRAM = "import sys; from shoal_agent.runners.child import main; sys.exit(main{})"
_END_WITHIN_S = 0.05
_READ_BYTES = 64 * 1024

Heard = Callable[["ChildProcess", list[bytes]], None]
Ended = Callable[["ChildProcess", str, list[Lease]], None]


class ChildProcess:
    """One child. Mutable state: what it was given and has not answered, and what is unsent.

    Of ``given`` the first is being worked on; the others can be taken back as long as their
    tickets are in the pipe.
    """

    def __init__(self, heard: Heard, ended: Ended) -> None:
        """``heard`` is told lines, ``ended`` once how it ended and what it had not begun."""
        self.given: deque[Lease] = deque()
        self.handled = 0
        self._heard = heard
        self._ended = ended
        self._number = 0
        self._outbox: list[tuple[int, Mapping[str, Any]]] = []
        self._unsent = b""
        self._unread = b""
        self._open: set[int] = set()
        self._over = False
        self._loop = asyncio.get_running_loop()

    def start(self, order: Mapping[str, Any]) -> None:
        """Start the process and tell it what to load; raise OSError where that fails."""
        messages, self._messages = self._pipe()
        self._tickets_back, self._tickets = self._pipe()
        self._answers, answers = self._pipe()
        theirs = (messages, self._tickets_back, answers)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM.format(theirs)],
                stdin=subprocess.DEVNULL,
                pass_fds=theirs,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                process_group=0,  # what the handler starts ends with it
            )
        except OSError:
            self._close(*self._open)
            raise
        self._close(messages, answers)
        for descriptor in (self._messages, self._tickets_back, self._answers):
            os.set_blocking(descriptor, False)
        self._loop.add_reader(self._answers, self.listen)
        self._watch()
        self._send(frame(dict(order)))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def give(self, lease: Lease) -> bool:
        """Put a message in line, sent at the next ``flush``; True if it is the first there."""
        first = not self.given
        self.given.append(lease)
        self._number += 1
        self._outbox.append((self._number, lease.message.raw))
        return first

    def flush(self) -> None:
        """Send what was given."""
        if not self._outbox or self._tickets not in self._open:
            return
        tickets = b"".join([ticket(number) for number, _ in self._outbox])
        data = frame((logging.getLogger().level, self._outbox))
        self._outbox.clear()
        self._send(data)
        os.write(self._tickets, tickets)

    def take_back(self) -> list[Lease]:
        """Take everything back that has not been begun, in its order."""
        count = len(self._outbox)
        self._outbox.clear()
        with contextlib.suppress(BlockingIOError):
            count += len(os.read(self._tickets_back, _READ_BYTES)) // TICKET_BYTES
        # Tickets are taken in their order, so those that are left are of the last in line.
        taken = [self.given.pop() for _ in range(count)]
        return taken[::-1]

    def listen(self) -> bool:
        """Hear what the child has written; False where there is nothing more now."""
        if self._answers not in self._open:
            return False
        try:
            data = os.read(self._answers, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._stop_listening()
            self._look()
            return False
        *lines, self._unread = (self._unread + data).split(b"\n")
        if lines:
            self._heard(self, lines)
        return True

    def finish(self) -> None:
        """Let it end what it has begun, tear down and end."""
        self._close(self._tickets)

    def kill(self) -> None:
        """End it and everything that it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def give_up(self) -> None:
        """Kill it and hear nothing more of it but its end."""
        self._stop_listening()
        self.kill()
        self._look()

    # --- Channels ------------------------------------------------------------------------------

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open.update(ends)
        return ends

    def _close(self, *descriptors: int) -> None:
        for descriptor in self._open.intersection(descriptors):
            self._open.remove(descriptor)
            os.close(descriptor)

    def _send(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = os.write(self._messages, data)
        except BlockingIOError:
            sent = 0
        except BrokenPipeError:
            return  # it has ended, which is heard elsewhere
        if sent < len(data):
            self._unsent = data[sent:]
            self._loop.add_writer(self._messages, self._send_on)

    def _send_on(self) -> None:
        data, self._unsent = self._unsent, b""
        self._loop.remove_writer(self._messages)
        self._send(data)

    # --- The end -------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Hear of the end from the system, where it can tell.

        The end of the answers tells it too, but not while something that the handler has
        forked lives on and holds that end of the pipe.
        """
        try:
            self._death = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):
            self._death = -1
            return
        self._open.add(self._death)
        self._loop.add_reader(self._death, self._look)

    def _look(self) -> None:
        """Settle its end if it has ended; else it must in a moment, for it answers no more."""
        if self._over:
            return
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self._process.pid, how) is None:
            self._loop.call_later(_END_WITHIN_S, self._end)
            return
        self._over = True
        self.kill()  # what it has left behind; its id is its own until it is waited for
        code = self._process.wait()
        while self.listen():
            pass
        not_begun = self.take_back()
        self._release()
        self._ended(self, _how_it_ended(code), not_begun)

    def _end(self) -> None:
        if not self._over:
            self.kill()
            self._look()

    def _stop_listening(self) -> None:
        if self._answers in self._open:
            self._loop.remove_reader(self._answers)
            self._close(self._answers)

    def _release(self) -> None:
        self._stop_listening()
        if self._unsent:
            self._loop.remove_writer(self._messages)
        if self._death in self._open:
            self._loop.remove_reader(self._death)
        self._close(*self._open)


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"

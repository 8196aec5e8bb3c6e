"""A handler's own process: takes messages from its parent, writes how each has ended.

Started by ``child_process`` with its ends of the three channels that ``frames`` describes.
The end of the tickets is the order to stop. Nothing is imported here that the first message
does not need: every child pays for it in memory and in time to start.
"""

import json
import logging
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO, cast

from shoal_agent.agent_error import AgentError
from shoal_agent.ending import DONE, Ending, ending_of
from shoal_agent.handler import Handler, load_handler, setup_failed
from shoal_agent.log_lines import current_message, log_to_stderr
from shoal_agent.message import Message
from shoal_agent.runners.frames import DONE_LINE, TICKET_BYTES, Batch, Fields, read_frame

_PR_SET_PDEATHSIG = 1

Run = Callable[[Message], Ending]


def main(messages: int, tickets: int, answers: int) -> int:
    """Serve until the parent closes the tickets; the arguments are file descriptors."""
    for descriptor in (messages, tickets, answers):
        os.set_inheritable(descriptor, False)  # nothing that the handler starts may hold it
    _leave_stopping_to_the_parent()
    with open(messages, "rb", closefd=False) as stream:
        try:
            ways = _load(cast("dict[str, Any]", read_frame(stream)))
        except EOFError:
            return 0  # the parent was killed as it started this one
        except AgentError as error:
            _write(answers, _line({"problem": str(error), "exit_code": error.exit_code}))
            return 1
        if ways is None:
            _write(answers, _line({"async": True}))
            return 0
        run, finish = ways
        with suppress(ConnectionError, EOFError):  # of a parent that was killed
            _write(answers, _line({"ready": True}))
            _serve(run, _Inbox(stream), tickets, answers)
        finish()
    return 0


def _serve(run: Run, inbox: "_Inbox", tickets: int, answers: int) -> None:
    own_pid, done = os.getpid(), DONE_LINE + b"\n"
    waiting = select.poll()
    waiting.register(tickets, select.POLLIN)
    while True:
        try:
            ticket = os.read(tickets, TICKET_BYTES)
        except BlockingIOError:  # the parent, who takes some back, must not wait for one
            waiting.poll()
            continue
        if not ticket:
            return
        ending = run(inbox.message(ticket))
        if os.getpid() != own_pid:  # the handler forked, and this is the other one
            os._exit(0)
        _write(answers, done if ending is DONE else _line(ending.to_wire()))


class _Inbox:
    """Mutable state: what has been read and not yet run, the last first."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read: list[tuple[int, Fields]] = []
        self._log_level = logging.getLogger().level

    def message(self, ticket: bytes) -> Message:
        """Return the ticket's message; those before it have been taken back."""
        wanted = int.from_bytes(ticket, "little")
        while True:
            while self._read:
                number, fields = self._read.pop()
                if number == wanted:
                    return Message(fields)
            log_level, self._read = cast("Batch", read_frame(self._stream))
            self._read.reverse()
            if log_level != self._log_level:
                self._log_level = log_level
                logging.getLogger().setLevel(log_level)


def _load(order: dict[str, Any]) -> tuple[Run, Callable[[], Any]] | None:
    """Return how to run the handler and how to tear it down; None if the parent is to run it."""
    sys.path[:] = order["path"]
    log_to_stderr(order["log_level"], order["log_format"])
    handler = load_handler(order["handler"], order["middleware"])
    if handler.is_async and order["sync_only"]:
        return None
    try:
        return _set_up(handler)
    except Exception as error:
        raise setup_failed(error) from error


def _set_up(handler: Handler) -> tuple[Run, Callable[[], Any]]:
    if not handler.is_async:
        handler.setup()
        return handler.run, handler.teardown
    import asyncio  # noqa: PLC0415 - only async handlers need it
    from inspect import isawaitable  # noqa: PLC0415

    runner = asyncio.Runner()

    async def settled(result: Any) -> None:
        if isawaitable(result):
            await result

    async def run(message: Message) -> Ending:
        current_message.set(message)
        try:
            await handler.start(message)
        except BaseException as error:  # noqa: BLE001 - ends this message alone
            return ending_of(error)
        return DONE

    runner.run(settled(handler.setup()))
    return lambda message: runner.run(run(message)), lambda: runner.run(settled(handler.teardown()))


def _leave_stopping_to_the_parent() -> None:
    """Hear no signal that asks the whole agent to stop; end when the parent ends."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not SIG_IGN, which programs that the handler starts would inherit.
        signal.signal(number, _do_nothing)
        os.register_at_fork(after_in_child=partial(signal.signal, number, signal.SIG_DFL))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not on other systems

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _do_nothing(*_: object) -> None:
    pass


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]

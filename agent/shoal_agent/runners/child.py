"""A handler's own process: reads messages from its parent, writes how each has ended.

Started as ``python -m shoal_agent.runners.child FD``, where FD is one end of a socket pair.
Both directions are lines of JSON: first the parent says what to load and the child how that
went; then messages and endings take turns. The parent's end closing is the order to stop.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import Any

from shoal_agent.agent_error import AgentError
from shoal_agent.ending import DONE, Ending, ending_of
from shoal_agent.handler import Handler, load_handler, setup_failed
from shoal_agent.log_lines import current_message, log_to_stderr
from shoal_agent.message import Message

_PR_SET_PDEATHSIG = 1


Run = Callable[[Message], Ending]


def main(descriptor: int) -> int:
    """Serve until the parent closes its end."""
    os.set_inheritable(descriptor, False)  # nothing that the handler starts may hold it
    _leave_stopping_to_the_parent()
    with open(descriptor, "rb", closefd=False) as lines:
        answer = _Answers(descriptor)
        try:
            ways = _load(json.loads(lines.readline()))
        except AgentError as error:
            answer({"problem": str(error), "exit_code": error.exit_code})
            return 1
        if ways is None:
            answer({"async": True})
            return 0
        run, finish = ways
        with suppress(ConnectionError):  # a parent that was killed hears no answer
            answer({"ready": True})
            _work(lines, run, answer)
        finish()
    return 0


def _work(lines: Iterable[bytes], run: Run, answer: Callable[[dict[str, Any]], None]) -> None:
    """Run message after message until there are no more lines."""
    own_pid = os.getpid()
    for line in lines:
        fields = json.loads(line)
        if "log_level" in fields:
            logging.getLogger().setLevel(fields["log_level"])
            continue
        ending = run(Message(fields))
        if os.getpid() != own_pid:  # the handler forked, and this is the other one
            os._exit(0)
        answer({} if ending is DONE else ending.to_wire())


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


class _Answers:
    """Writes lines of JSON to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, fields: dict[str, Any]) -> None:
        data = json.dumps(fields).encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))

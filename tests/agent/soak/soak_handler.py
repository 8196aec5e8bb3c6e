"""The handler of the soak: it does what the message says and notes when it begins and ends.

A note is one write to a file of this process alone, opened for appending: the system has it
when the write returns, so it outlives a SIGKILL.
"""

import asyncio
import os
import time
from pathlib import Path

from shoal_agent import Message, Reject, Retry

HANG_S = 3.0  # longer than the longest job of every agent that counts on being stopped

_notes = os.open(
    Path(os.environ["SOAK_LEDGER"]) / f"{os.environ['SOAK_AGENT']}@{os.getpid()}",
    os.O_WRONLY | os.O_APPEND | os.O_CREAT,
)


class Call:
    """One message handed to the handler once."""

    def __init__(self, message: Message) -> None:
        """Note that it begins; the receive count picks the step of the message's plan."""
        plan = message.json()
        steps = plan["steps"]
        self.step: str = steps[min(message.receive_count, len(steps)) - 1]
        self.pause_s = HANG_S if self.step == "hang" else plan["pause_ms"] / 1e3
        self._key = f"{plan['serial']} {message.receive_count} {self.step}"
        self._note("begin")

    def finish(self) -> None:
        """Note how it ends, and end so."""
        self._note("end")
        match self.step:
            case "raise":
                raise ValueError("as the plan says")
            case "hang":
                raise TimeoutError("nobody stopped this handler")
            case "retry":
                raise Retry(after=1)
            case "reject":
                raise Reject("as the plan says")

    def _note(self, what: str) -> None:
        os.write(_notes, f"{what} {self._key}\n".encode())


def handle(message: Message) -> None:
    """Handle a message in a thread or a process."""
    call = Call(message)
    time.sleep(call.pause_s)
    call.finish()


async def handle_async(message: Message) -> None:
    """Handle a message on the agent's loop."""
    call = Call(message)
    await asyncio.sleep(call.pause_s)
    call.finish()

"""What signals ask of an agent.

SIGTERM and SIGINT: drain; a second one: give back at once what is still held. SIGUSR1: log at
DEBUG; SIGUSR2: at the level of the settings again.
"""

import asyncio
import logging
import signal


class StopSignals:
    """Listens from its making to the end of the loop."""

    def __init__(self, log_level: str) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        loop, root = asyncio.get_running_loop(), logging.getLogger()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGUSR1, root.setLevel, logging.DEBUG)
        loop.add_signal_handler(signal.SIGUSR2, root.setLevel, log_level)

    def _stop(self) -> None:
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()

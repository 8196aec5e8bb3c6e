"""What signals ask of an agent.

SIGTERM and SIGINT: drain; a second one: give back at once what is still held. SIGUSR1: log at
DEBUG; SIGUSR2: at the level of the settings again.
"""

import asyncio
import logging
import signal

_log = logging.getLogger(__name__)


class StopSignals:
    """Listens from its making to the end of the loop."""

    def __init__(self, log_level: str) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGUSR1, _log_at, "DEBUG")
        loop.add_signal_handler(signal.SIGUSR2, _log_at, log_level)

    def _stop(self) -> None:
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()


def _log_at(level: str) -> None:
    logging.getLogger().setLevel(level)
    _log.warning("the log level is now %s", level)

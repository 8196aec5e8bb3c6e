"""Watch that handlers leave the agent's loop free, where they run on it or beside it.

While the loop stands still no heartbeat is sent and no time-out is noticed. Short stops are
counted and logged. One that is longer than the longest job can only be a handler that will
not be stopped otherwise: the interpreter's own watchdog, which needs neither the loop nor the
interpreter's lock, then writes every thread's stack and ends the process.
"""

import faulthandler
import logging

from shoal_agent.metrics import Counter

_WORTH_A_WORD_S = 1.0
_MARGIN_S = 5.0

_log = logging.getLogger(__name__)


class LoopWatch:
    """Told of every tick of the loop."""

    def __init__(self, blocked_s: Counter, *, longest_job_s: float) -> None:
        """``blocked_s`` counts the time for which the loop stood still."""
        self._blocked_s = blocked_s
        self._longest_job_s = longest_job_s

    def tick(self, late_s: float) -> None:
        """Hear how much later than planned the loop has come to its tick."""
        faulthandler.dump_traceback_later(self._longest_job_s + _MARGIN_S, exit=True)
        if late_s > _WORTH_A_WORD_S:
            self._blocked_s.add(amount=late_s)
            _log.warning("a handler kept the agent's loop from running for %.1f s", late_s)

    def stop(self) -> None:
        """Watch no longer."""
        faulthandler.cancel_dump_traceback_later()

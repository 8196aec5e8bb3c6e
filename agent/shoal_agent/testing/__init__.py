"""Test a handler as an agent and SQS would run it: no network, no waiting.

With pytest, the fixtures ``deliver`` and ``crash_at_every_line`` are there as soon as Shoal is
installed; elsewhere, ``Deliver()`` and ``CrashAtEveryLine()`` are the same.
"""

from shoal_agent.testing.crash import CrashPoint
from shoal_agent.testing.crash_at_every_line import CrashAtEveryLine
from shoal_agent.testing.deliver import Deliver
from shoal_agent.testing.outcome import Delivery, MessageOutcome, Outcome
from shoal_agent.testing.sent import Sent

__all__ = [
    "CrashAtEveryLine",
    "CrashPoint",
    "Deliver",
    "Delivery",
    "MessageOutcome",
    "Outcome",
    "Sent",
]

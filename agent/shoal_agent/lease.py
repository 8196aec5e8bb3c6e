"""The agent's claim on one received message, from its receipt to its last request.

    HELD <─start, put_back─> RUNNING ──settle──> SETTLING ──end──> ENDED
      └────────────────────settle───────────────────┘

HELD: received and waiting for a slot. RUNNING: a handler has it. SETTLING: its delete, its
change of visibility or its rejection is on the way. ENDED: SQS has answered, or the claim
was given up; nothing is sent for it any more. A lease is in flight for SQS until ENDED, so
the heartbeat extends it in every stage before that.
"""

from collections.abc import Mapping
from typing import Any

from shoal_agent.contract import MAX_VISIBILITY_TIMEOUT_S
from shoal_agent.message import Message

HELD, RUNNING, SETTLING, ENDED = range(4)
_UNSETTLED = (HELD, RUNNING)

# SQS counts its twelve hours from the receive; this much of them is left for the clock's
# and the network's differences.
_CAP_MARGIN_S = 10


class Lease:
    """A received message, its receipt handle, and until when SQS hides it from others."""

    __slots__ = (
        "group_id",
        "hidden_until_s",
        "maybe_until_s",
        "message",
        "receipt_handle",
        "received_s",
        "stage",
        "started_s",
    )

    def __init__(self, raw: Mapping[str, Any], *, now_s: float, visibility_timeout_s: int) -> None:
        """Claim an entry of ``ReceiveMessage``; times are on the loop's monotonic clock."""
        self.message = Message(raw)
        self.receipt_handle: str = raw["ReceiptHandle"]
        self.group_id = self.message.group_id
        self.received_s = now_s
        self.started_s = now_s
        self.hidden_until_s = self.maybe_until_s = now_s + visibility_timeout_s
        self.stage = HELD

    def start(self, now_s: float) -> None:
        """Give the message to a handler."""
        if self.stage != HELD:
            raise self._astray("started")
        self.stage = RUNNING
        self.started_s = now_s

    def put_back(self) -> None:
        """Hear that the message waits for a slot again."""
        if self.stage not in _UNSETTLED:
            raise self._astray("put back")
        self.stage = HELD

    def settle(self) -> None:
        """Send for its end; a message that never ran settles as well, by its release."""
        if self.stage not in _UNSETTLED:
            raise self._astray("settled")
        self.stage = SETTLING

    def end(self) -> None:
        """Hear that SQS has answered, or give the claim up."""
        if self.stage != SETTLING:
            raise self._astray("ended")
        self.stage = ENDED

    def lapsed(self, now_s: float) -> bool:
        """Tell whether SQS may have given the message to somebody else by now."""
        return now_s >= self.hidden_until_s

    def extension_s(self, now_s: float, visibility_timeout_s: int) -> int:
        """Return the visibility timeout to ask for: SQS hides no message past 12 hours in all."""
        held_s = now_s - self.received_s
        left_s = MAX_VISIBILITY_TIMEOUT_S - held_s - _CAP_MARGIN_S
        return max(0, min(visibility_timeout_s, int(left_s)))

    def surely_lapsed(self, now_s: float) -> bool:
        """Tell whether it has lapsed even if an extension without an answer was carried out."""
        return now_s >= self.maybe_until_s

    def asked(self, until_s: float) -> None:
        """Note that SQS is asked to hide the message until then."""
        self.maybe_until_s = max(self.maybe_until_s, until_s)

    def hidden(self, until_s: float) -> None:
        """Note that SQS hides the message until then."""
        self.hidden_until_s = until_s

    def _astray(self, step: str) -> RuntimeError:
        return RuntimeError(f"{self.message} cannot be {step} in stage {self.stage}")

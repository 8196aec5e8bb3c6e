"""What idempotency asks of a store: to claim a key, to record it as completed, to let it go.

A key's record goes this way; every arrow is one conditional write, so that of two workers
that try at once one alone succeeds:

              claim                     complete
    ABSENT ──────────► IN_PROGRESS ────────────────► COMPLETED
      ▲                 │   │   ▲                        │
      ├─────release─────┘   └───┘ claim, by anybody,     │
      │                           once the lease is over │
      └──────────────────────expiry──────────────────────┘

A record has one time, its end: of the claim's lease while IN_PROGRESS, of the memory once
COMPLETED. A record past its end is as good as absent, whether the store has removed it yet
or not.

A claim carries a token of its attempt's own. A worker that was so slow that its lease ended
and somebody else claimed the key can neither complete nor release: the record's token is no
longer its. Where nobody has claimed it since, its completion is as true as ever, and is
recorded.
"""

from enum import Enum, auto
from typing import NamedTuple, Protocol


class Standing(Enum):
    """What a claim finds."""

    CLAIMED = auto()
    """The key is this attempt's."""
    IN_PROGRESS = auto()
    """Another attempt holds it, and its lease is not over."""
    COMPLETED = auto()
    """The work has been done, and is remembered."""


class Found(NamedTuple):
    """The answer to a claim. ``ends_in_s`` is what is left of another attempt's lease."""

    standing: Standing
    ends_in_s: float = 0.0


class Store(Protocol):
    """Where keys are recorded. Methods raise whatever keeps them from answering."""

    async def claim(self, key: str, token: str, *, lease_s: float) -> Found:
        """Claim a key that is absent or past its end, for so long.

        Asking again with the token that holds the claim is answered with CLAIMED: a request
        whose answer was lost can be repeated.
        """

    async def complete(self, key: str, token: str, *, keep_s: float) -> bool:
        """Record the key as completed, for so long; False if the claim is somebody else's."""

    async def release(self, key: str, token: str) -> bool:
        """Let go of the claim, for others to try; False if it is not this token's."""

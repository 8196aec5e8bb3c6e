"""How long a kubelet waits before it starts a crashed container again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy: the first restart
# is immediate, then 10 s, 20 s, 40 s … up to 300 s; ten minutes without a crash start over.
FIRST_DELAY_S: Final = 10.0
LONGEST_DELAY_S: Final = 300.0
FORGIVEN_AFTER_S: Final = 600.0


@dataclass
class RestartBackoff:
    """The delays of one container, by how long each of its runs lasted."""

    crashes: int = 0

    def delay_s(self, ran_for_s: float) -> float:
        """Return the seconds to wait after a run that ended by itself."""
        if ran_for_s >= FORGIVEN_AFTER_S:
            self.crashes = 0
        self.crashes += 1
        if self.crashes == 1:
            return 0.0
        return float(min(FIRST_DELAY_S * 2 ** (self.crashes - 2), LONGEST_DELAY_S))

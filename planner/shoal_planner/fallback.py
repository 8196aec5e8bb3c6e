"""What KEDA reports while the queue cannot be read."""

from dataclasses import dataclass
from typing import Literal

FallbackBehavior = Literal[
    "static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"
]


@dataclass(frozen=True, slots=True)
class Fallback:
    """The `fallback` of a ScaledObject.

    After more than `failure_threshold` failures in a row the metric asks for `replicas`
    (`static`), for what runs now (`currentReplicas`), or for the higher or lower of the two.
    Until then the HPA gets an error and holds still.
    """

    failure_threshold: int
    replicas: int
    behavior: FallbackBehavior = "static"

    def wanted(self, current_replicas: int) -> int:
        """Return the replicas that the metric shall ask for (pkg/fallback: doFallback)."""
        if self.behavior == "currentReplicas":
            return current_replicas
        if self.behavior == "currentReplicasIfHigher":
            return max(current_replicas, self.replicas)
        if self.behavior == "currentReplicasIfLower":
            return min(current_replicas, self.replicas)
        return self.replicas

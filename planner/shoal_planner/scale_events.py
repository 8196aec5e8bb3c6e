"""What an HPA remembers of its own rescales in one direction.

Storing an event overwrites one that is older than the longest period of this direction's own
policies - the last such in the list - even where the other direction's longer period would
still count it. So a policy's limit can be other than its words say: with scaleUp over 15 s and
scaleDown of 3 pods over 45 s, the steps 7 to 14 to 25 leave only +11, and the limit down is
25 - 11 - 3 = 11. (horizontal.go: storeScaleEvent, markScaleEventsOutdated,
getReplicasChangePerPeriod.)

KEDA's own writes (0 to 1, N to 0) are not events.
"""


class ScaleEvents:
    """Rescales of one direction: when, and by how many replicas."""

    __slots__ = ("_changes", "_longest_period_ms", "_times_ms")

    def __init__(self, longest_period_ms: int) -> None:
        self._longest_period_ms = longest_period_ms
        self._times_ms: list[int] = []
        self._changes: list[int] = []

    def add(self, now_ms: int, change: int) -> None:
        """Store a rescale by `change` replicas, over the last outdated one if there is any."""
        outdated_ms = now_ms - self._longest_period_ms
        for index in range(len(self._times_ms) - 1, -1, -1):
            if self._times_ms[index] <= outdated_ms:
                self._times_ms[index] = now_ms
                self._changes[index] = change
                return
        self._times_ms.append(now_ms)
        self._changes.append(change)

    def change_within(self, now_ms: int, period_ms: int) -> int:
        """Return by how many replicas the events younger than the period have moved."""
        since_ms = now_ms - period_ms
        moved = 0
        for time_ms, change in zip(self._times_ms, self._changes, strict=True):
            if time_ms > since_ms:
                moved += change
        return moved

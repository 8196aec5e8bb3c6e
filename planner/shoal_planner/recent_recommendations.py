"""The recommendations of one window, kept so that their extreme is at hand.

The HPA keeps every recommendation in a list and walks it at each sync, overwriting one that has
left its windows. Only the extreme of the window matters, so a queue of those that can still
become it gives the same answers at constant cost. (horizontal.go: stabilizeRecommendation,
stabilizeRecommendationWithBehaviors.)

An entry exactly as old as the window has left it: a real sync comes a few milliseconds later
than its period, never earlier.
"""

from collections import deque


class RecentRecommendations:
    """The highest (or lowest) recommendation of the last `window_ms`."""

    __slots__ = ("_candidates", "_highest", "_window_ms")

    def __init__(self, window_ms: int, *, highest: bool) -> None:
        self._window_ms = window_ms
        self._highest = highest
        self._candidates: deque[tuple[int, int]] = deque()  # oldest first, best first

    def extreme(self, now_ms: int, recommendation: int) -> int:
        """Return the extreme of the window and of the new recommendation."""
        candidates = self._candidates
        oldest_ms = now_ms - self._window_ms
        while candidates and candidates[0][0] <= oldest_ms:
            candidates.popleft()
        if not candidates:
            return recommendation
        best = candidates[0][1]
        if self._highest:
            return max(best, recommendation)
        return min(best, recommendation)

    def add(self, now_ms: int, recommendation: int) -> None:
        """Remember a recommendation, and forget those it outlives and outdoes."""
        if self._window_ms == 0:
            return
        candidates = self._candidates
        if self._highest:
            while candidates and candidates[-1][1] <= recommendation:
                candidates.pop()
        else:
            while candidates and candidates[-1][1] >= recommendation:
                candidates.pop()
        candidates.append((now_ms, recommendation))

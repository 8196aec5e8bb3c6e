"""How many messages a handler's process may be given at once.

One that has the next message at hand works on without waking its parent, which costs several
times as much as a short job. What waits behind a job must be worth next to nothing, though:
a longer one is better left to the first process that is free.
"""

_AHEAD_S = 0.01
_MOST_AHEAD = 31
_SMOOTHING = 0.1


class JobPace:
    """Mutable state: the mean of the last jobs, and what follows from it."""

    def __init__(self) -> None:
        self.window = 1
        self._mean_s: float | None = None

    def observe(self, count: int, elapsed_s: float) -> None:
        """Hear that a process took so long for ``count`` jobs, one after the other."""
        job_s = elapsed_s / count
        if self._mean_s is None:
            self._mean_s = job_s
        else:
            self._mean_s += _SMOOTHING * (job_s - self._mean_s)
        self.window = 1 + min(_MOST_AHEAD, int(_AHEAD_S / max(self._mean_s, 1e-6)))

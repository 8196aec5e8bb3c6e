"""How many messages a handler's process may be given at once.

One that has the next message at hand works on without waking its parent, which costs several
times as much as a short job. What waits behind a job must be worth next to nothing, though:
a longer one is better left to the first process that is free.
"""

_AHEAD_S = 0.01
_MOST_AHEAD = 31
# So much work is given to one process before another is looked for: a write for several
# messages costs little more than for one, and the others have nothing worth waking for.
_IN_A_ROW_S = 0.0005
_SMOOTHING = 0.1


class JobPace:
    """Mutable state: the mean of the last jobs, and what follows from it."""

    def __init__(self) -> None:
        self.window = 1
        self.in_a_row = 1
        self._mean_s: float | None = None

    def observe(self, count: int, elapsed_s: float) -> None:
        """Hear that a process took so long for ``count`` jobs, one after the other."""
        job_s = elapsed_s / count
        if self._mean_s is None:
            self._mean_s = job_s
        else:
            self._mean_s += _SMOOTHING * (job_s - self._mean_s)
        mean_s = max(self._mean_s, 1e-6)
        self.window = 1 + min(_MOST_AHEAD, int(_AHEAD_S / mean_s))
        self.in_a_row = max(1, min(self.window, int(_IN_A_ROW_S / mean_s)))

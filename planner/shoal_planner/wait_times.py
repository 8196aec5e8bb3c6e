"""How long messages waited for their work to start, as weighted samples."""

from shoal_planner.planner_input_error import PlannerInputError

SAMPLES_PER_SPAN = 4


class WaitTimes:
    """Waits in milliseconds with their weights; most fleets wait zero most of the time."""

    def __init__(self) -> None:
        self._zero = 0.0
        self._waits: list[tuple[float, float]] = []
        self._spans: list[tuple[float, float, float]] = []

    def add(self, wait_ms: float) -> None:
        """Add one message's wait."""
        if wait_ms <= 0:
            self._zero += 1
        else:
            self._waits.append((wait_ms, 1.0))

    def add_span(self, messages: float, first_ms: float, last_ms: float) -> None:
        """Add messages whose waits lie evenly between the first's and the last's."""
        if first_ms <= 0 and last_ms <= 0:
            self._zero += messages
            return
        self._spans.append((messages, first_ms, last_ms))

    @property
    def messages(self) -> float:
        """How many waits there are."""
        return self._zero + sum(weight for _, weight in self._samples())

    @property
    def mean_s(self) -> float:
        """The mean wait in seconds, 0 where there are none."""
        messages = self.messages
        if messages == 0:
            return 0.0
        return sum(wait_ms * weight for wait_ms, weight in self._samples()) / messages / 1000

    def percentiles_s(self, *percents: float) -> tuple[float, ...]:
        """Return, for each percent, the wait in seconds that so many did not exceed."""
        for percent in percents:
            if not 0 <= percent <= 100:  # noqa: PLR2004
                raise PlannerInputError("percentile", percent, allowed="0 to 100")
        waits = self._samples()
        waits.sort()
        total = self.messages
        found = {}
        reached, position = self._zero, -1
        for percent in sorted(percents):
            wanted = percent / 100 * total
            while reached < wanted - 1e-9 and position + 1 < len(waits):
                position += 1
                reached += waits[position][1]
            found[percent] = waits[position][0] / 1000 if position >= 0 else 0.0
        return tuple(found[percent] for percent in percents)

    def _samples(self) -> list[tuple[float, float]]:
        for messages, first_ms, last_ms in self._spans:
            weight = messages / SAMPLES_PER_SPAN
            step_ms = (last_ms - first_ms) / SAMPLES_PER_SPAN
            start_ms = first_ms + step_ms / 2
            self._waits += [(start_ms + i * step_ms, weight) for i in range(SAMPLES_PER_SPAN)]
        self._spans.clear()
        return self._waits

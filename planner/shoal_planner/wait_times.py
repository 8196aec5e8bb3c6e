"""How long messages waited for their work to start, as weighted samples."""

from shoal_planner.planner_input_error import PlannerInputError

SAMPLES_PER_SPAN = 4
SPAN_STEP_MS = 10
"""Resolution of spans: they come from a flow, in which single milliseconds mean nothing."""


class WaitTimes:
    """Waits in milliseconds with their weights; most fleets wait zero most of the time.

    Single messages keep their exact waits; spans of a flow are kept as they come, and counted
    into steps of 10 ms when somebody asks.
    """

    def __init__(self) -> None:
        self._zero = 0.0
        self._waits: list[float] = []
        self._spans: list[tuple[float, float, float]] = []

    def add(self, wait_ms: float) -> None:
        """Add one message's wait."""
        if wait_ms <= 0:
            self._zero += 1
        else:
            self._waits.append(wait_ms)

    def add_span(self, messages: float, first_ms: float, last_ms: float) -> None:
        """Add messages whose waits lie evenly between the first's and the last's."""
        if first_ms <= 0 and last_ms <= 0:
            self._zero += messages
        else:
            self._spans.append((messages, first_ms, last_ms))

    @property
    def messages(self) -> float:
        """How many waits there are."""
        return self._zero + len(self._waits) + sum(messages for messages, _, _ in self._spans)

    @property
    def mean_s(self) -> float:
        """The mean wait in seconds, 0 where there are none."""
        messages = self.messages
        if messages == 0:
            return 0.0
        spans_ms = sum(n * (first + last) / 2 for n, first, last in self._spans)
        return (sum(self._waits) + spans_ms) / messages / 1000

    def percentiles_s(self, *percents: float) -> tuple[float, ...]:
        """Return, for each percent, the wait in seconds that so many did not exceed."""
        for percent in percents:
            if not 0 <= percent <= 100:  # noqa: PLR2004
                raise PlannerInputError("percentile", percent, allowed="0 to 100")
        weighted = self._sorted()
        total = self.messages
        found = {}
        reached, position = self._zero, -1
        for percent in sorted(percents):
            wanted = percent / 100 * total
            while reached < wanted - 1e-6 and position + 1 < len(weighted):
                position += 1
                reached += weighted[position][1]
            found[percent] = weighted[position][0] / 1000 if position >= 0 else 0.0
        return tuple(found[percent] for percent in percents)

    def _sorted(self) -> list[tuple[float, float]]:
        steps: dict[int, float] = {}
        for messages, first_ms, last_ms in self._spans:
            weight = messages / SAMPLES_PER_SPAN
            apart_ms = (last_ms - first_ms) / SAMPLES_PER_SPAN
            wait_ms = first_ms + apart_ms / 2
            for _ in range(SAMPLES_PER_SPAN):
                step = int(wait_ms / SPAN_STEP_MS)
                steps[step] = steps.get(step, 0.0) + weight
                wait_ms += apart_ms
        weighted = [((step + 0.5) * SPAN_STEP_MS, weight) for step, weight in steps.items()]
        weighted += [(wait_ms, 1.0) for wait_ms in self._waits]
        weighted.sort()
        return weighted

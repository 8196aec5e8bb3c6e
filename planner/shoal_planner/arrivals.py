"""How many messages arrive, and when: the load that every model is given.

Arrivals are counts in consecutive bins; inside a bin they are spread evenly (for the flow
model) or placed at random (message by message), which for Poisson counts is a Poisson process.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from shoal_planner.document_file import table_rows
from shoal_planner.milliseconds import MAX_SECONDS
from shoal_planner.planner_input_error import PlannerInputError

HEADER = ("seconds", "messages")


@dataclass(frozen=True)
class Arrivals:
    """Messages per bin: `counts[i]` arrive from `edges_ms[i]` until before `edges_ms[i + 1]`."""

    edges_ms: Sequence[int]
    counts: Sequence[int]

    def __post_init__(self) -> None:
        if len(self.edges_ms) != len(self.counts) + 1 or not self.counts:
            raise PlannerInputError(
                "edges_ms", len(self.edges_ms), allowed="one edge more than there are counts"
            )
        if any(b <= a for a, b in pairwise(self.edges_ms)) or min(self.counts) < 0:
            raise PlannerInputError(
                "edges_ms", "not rising, or a count below 0", allowed="rising edges, counts >= 0"
            )

    @property
    def start_ms(self) -> int:
        """The first edge."""
        return self.edges_ms[0]

    @property
    def end_ms(self) -> int:
        """The last edge."""
        return self.edges_ms[-1]

    @property
    def duration_s(self) -> float:
        """Seconds from the first edge to the last."""
        return (self.end_ms - self.start_ms) / 1000

    @cached_property
    def total(self) -> int:
        """All messages."""
        return sum(self.counts)

    @cached_property
    def cumulative(self) -> list[int]:
        """Messages before each edge; the first is 0, the last the total."""
        return list(accumulate(self.counts, initial=0))

    @property
    def mean_rate_per_s(self) -> float:
        """Messages a second over the whole."""
        return self.total / self.duration_s

    def peak_rate_per_s(self, window_s: float = 300) -> float:
        """Return the highest rate that lasts `window_s` seconds (default five minutes)."""
        window_ms = min(int(window_s * 1000), self.end_ms - self.start_ms)
        most = 0.0
        for start_ms in self.edges_ms[:-1]:
            if start_ms + window_ms > self.end_ms:
                break
            most = max(most, self.before(start_ms + window_ms) - self.before(start_ms))
        return most * 1000 / window_ms

    def before(self, at_ms: int) -> float:
        """Return how many have arrived before an instant, evenly spread inside a bin."""
        if at_ms <= self.start_ms:
            return 0.0
        if at_ms >= self.end_ms:
            return float(self.total)
        bin_ = bisect_right(self.edges_ms, at_ms) - 1
        left_ms, right_ms = self.edges_ms[bin_], self.edges_ms[bin_ + 1]
        share = (at_ms - left_ms) / (right_ms - left_ms)
        return self.cumulative[bin_] + self.counts[bin_] * share

    @classmethod
    def from_csv(cls, text: str, name: str = "arrivals") -> "Arrivals":
        """Read a table with the header `seconds,messages`.

        Each row's messages arrive from its second until the next row's; the last row lasts as
        long as the one before it, or a minute where there is only one. Raises
        PlannerInputError that names the line.
        """
        rows = table_rows(text, "--arrivals", name)
        if not rows or tuple(cell.strip().lower() for cell in rows[0]) != HEADER:
            raise PlannerInputError(
                f"the header of {name}",
                ",".join(rows[0]) if rows else None,
                allowed=",".join(HEADER),
                fix="add that first line",
            )
        lines = [number for number, row in enumerate(rows, 1) if row][1:]
        table = [_row(f"{name} line {number}", rows[number - 1]) for number in lines]
        if not table:
            raise PlannerInputError("--arrivals", name, allowed="one row or more below the header")
        seconds = [second for second, _ in table]
        last = seconds[-1] - seconds[-2] if len(seconds) > 1 else 60.0
        edges_ms = [round(second * 1000) for second in [*seconds, seconds[-1] + last]]
        for number, (before, after) in zip(lines[1:], pairwise(edges_ms), strict=False):
            if after <= before:
                raise PlannerInputError(
                    f"seconds in {name} line {number}",
                    after / 1000,
                    allowed=f"above {before / 1000:g}",
                    why="rows are in order of time",
                )
        return cls(edges_ms, [messages for _, messages in table])

    def to_csv(self) -> str:
        """Write the table that `from_csv` reads."""
        rows = zip(self.edges_ms[:-1], self.counts, strict=True)
        lines = [f"{edge / 1000:g},{count}" for edge, count in rows]
        return "\n".join([",".join(HEADER), *lines, ""])


def _row(where: str, row: list[str]) -> tuple[float, int]:
    try:
        seconds, messages = row
        second, count = float(seconds), int(messages)
        if count < 0 or not 0 <= second <= MAX_SECONDS:
            raise ValueError  # noqa: TRY301
    except ValueError:
        raise PlannerInputError(
            where,
            ",".join(row),
            allowed=f"a second from 0 to {MAX_SECONDS} (a year) and a whole number of messages, "
            "0 or more",
        ) from None
    return second, count

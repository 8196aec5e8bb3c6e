"""The end of a run in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shoal_local.ledger import Ledger
    from shoal_local.observation import Observation


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to. Times are seconds; a pair is the median and the 95th percentile."""

    sent: int
    done: int
    rejected: int
    redelivered: int
    lost: int
    wait_s: tuple[float, float] | None
    processing_s: tuple[float, float] | None
    most_replicas: int
    fixed_replicas: int
    replica_seconds: float
    duration_s: float

    @classmethod
    def of_run(
        cls, ledger: Ledger, observation: Observation, *, lost: int, fixed_replicas: int
    ) -> Summary:
        """Add a run up; the fixed fleet has ``fixed_replicas`` for as long as the run took."""
        return cls(
            sent=len(ledger.sent),
            done=len(ledger.done),
            rejected=len(ledger.rejected),
            redelivered=ledger.redelivered,
            lost=lost,
            wait_s=median_and_p95(ledger.waits_s),
            processing_s=median_and_p95(ledger.processing_s),
            most_replicas=observation.most_replicas,
            fixed_replicas=fixed_replicas,
            replica_seconds=observation.replica_seconds,
            duration_s=observation.latest.at_s,
        )

    @property
    def fixed_replica_seconds(self) -> float:
        """What a fleet that never scales would have used in the same time."""
        return self.fixed_replicas * self.duration_s

    @property
    def saved(self) -> float:
        """The part of the fixed fleet's replica-seconds that was not used, 0 to 1."""
        fixed = self.fixed_replica_seconds
        return 1 - self.replica_seconds / fixed if fixed > 0 else 0.0

    def rows(self) -> list[tuple[str, str]]:
        """Return what to print, label and value."""
        return [
            ("sent", str(self.sent)),
            ("done", str(self.done)),
            ("rejected", str(self.rejected)),
            ("redelivered", str(self.redelivered)),
            ("lost", str(self.lost)),
            ("wait p50 / p95", _pair(self.wait_s)),
            ("processing p50 / p95", _pair(self.processing_s)),
            ("replicas at most", str(self.most_replicas)),
            ("replica-seconds", self._replica_seconds_text()),
        ]

    def table(self) -> Table:
        """Return the rows as a table without lines."""
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style="dim")
        table.add_column()
        for label, value in self.rows():
            table.add_row(label, value)
        return table

    def _replica_seconds_text(self) -> str:
        return (
            f"{self.replica_seconds:.0f}; a fixed fleet of {self.fixed_replicas}: "
            f"{self.fixed_replica_seconds:.0f} ({self.saved:.0%} saved)"
        )


def median_and_p95(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the two percentiles, or None where there is no value."""
    if not values:
        return None
    if len(values) == 1:
        return values[0], values[0]
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _pair(pair: tuple[float, float] | None) -> str:
    return "none" if pair is None else f"{pair[0]:.2f} s / {pair[1]:.2f} s"

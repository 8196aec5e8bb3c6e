"""What is seen of a run, several times a second: the live view, summary and chart are its use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from shoal_local.fleet import Fleet
    from shoal_local.ledger import Ledger
    from shoal_local.queue_gauge import QueueReading

PERIOD_S: Final = 0.25
_RATE_OVER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One instant of a run; ``at_s`` counts from its start."""

    at_s: float
    visible: int
    in_flight: int
    oldest_s: float | None
    replicas: int
    """What the autoscaler asks for."""
    running: int
    """Pods that are not gone yet, draining ones included: what would be paid for."""
    ready: int
    done: int
    rejected: int

    @property
    def backlog(self) -> int:
        """Visible and in flight."""
        return self.visible + self.in_flight


class Observation:
    """The samples of one run, oldest first."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    async def follow(
        self,
        read_queue: Callable[[], QueueReading],
        fleet: Fleet,
        ledger: Ledger,
        *,
        on_sample: Callable[[Observation], None],
    ) -> None:
        """Take a sample every ``PERIOD_S`` until cancelled, and show it to ``on_sample``."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            reading = read_queue()
            self.samples.append(
                Sample(
                    at_s=loop.time() - started,
                    visible=reading.depth.visible,
                    in_flight=reading.depth.in_flight,
                    oldest_s=reading.oldest_s,
                    replicas=fleet.replicas,
                    running=len(fleet.pods),
                    ready=fleet.ready_count,
                    done=len(ledger.done),
                    rejected=len(ledger.rejected),
                )
            )
            on_sample(self)
            await asyncio.sleep(PERIOD_S)

    @property
    def latest(self) -> Sample:
        """The newest sample."""
        return self.samples[-1]

    @property
    def most_replicas(self) -> int:
        """The largest scale that was asked for."""
        return max((sample.replicas for sample in self.samples), default=0)

    @property
    def replica_seconds(self) -> float:
        """Seconds that pods ran, summed over pods."""
        return sum(
            before.running * (after.at_s - before.at_s) for before, after in pairwise(self.samples)
        )

    @property
    def rate_per_s(self) -> float:
        """Messages brought to an end a second, over the last few seconds."""
        latest = self.latest
        first = next(sample for sample in self.samples if latest.at_s - sample.at_s <= _RATE_OVER_S)
        elapsed_s = latest.at_s - first.at_s
        ended = latest.done + latest.rejected - first.done - first.rejected
        return ended / elapsed_s if elapsed_s > 0 else 0.0

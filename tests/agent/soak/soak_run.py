"""One soak: send, shake the fleet until the queue is empty, and read the ledger."""

import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

from tests.agent.soak.fleet import Fleet
from tests.agent.soak.ledger import Ledger, read_ledger
from tests.agent.soak.message_plan import MessagePlan, message_plans
from tests.agent.soak.work_queue import DeadLetter, WorkQueue

LIMIT_S = 480.0
_EMPTY_LOOKS = 4  # in a row: the counts are approximate by name


@dataclass(frozen=True)
class SoakRun:
    """A soak that has ended, and what it left."""

    server: str
    plans: list[MessagePlan]
    elapsed_s: float
    left: int  # in the queue, when the time was up
    dead_letters: list[DeadLetter]
    ledger: Ledger
    fleet: Fleet

    @cached_property
    def violations(self) -> list[str]:
        """A sentence for each thing that should not have happened."""
        return list(self._violations())

    def _violations(self) -> Iterator[str]:
        if self.left > 0:
            yield f"{self.left} messages left in the queue after {LIMIT_S:g} s"
        killed = frozenset(agent.name for agent in self.fleet.killed)
        yield from self.ledger.violations(self.plans, self.dead_letters, killed)
        repeats, bound = len(list(self.ledger.repeats())), self.fleet.held_at_kills
        if repeats > bound:
            yield f"{repeats} repeats, though the killed agents can have held only {bound} messages"
        yield from self.fleet.faults()


class _Emptied:
    """Tells when everything is sent and the queue has been empty for a while."""

    def __init__(self, queue: WorkQueue, sender: threading.Thread) -> None:
        self._queue = queue
        self._sender = sender
        self._looks = 0

    def __call__(self) -> bool:
        empty = not self._sender.is_alive() and self._queue.backlog() == 0
        self._looks = self._looks + 1 if empty else 0
        return self._looks >= _EMPTY_LOOKS


def soak(server: str, endpoint: str, *, messages: int, seed: int) -> SoakRun:
    """Run that many messages through the fleet on a server."""
    plans = list(message_plans(messages, seed))
    queue = WorkQueue(endpoint)
    sender = threading.Thread(target=queue.send, args=(plans,), daemon=True)
    with tempfile.TemporaryDirectory(prefix="shoal-soak-") as name:
        folder, start_s = Path(name), time.monotonic()
        random = Random(seed)  # noqa: S311 - to be drawn again
        fleet = Fleet(queue, folder, random)
        try:
            sender.start()
            emptied = fleet.run_until(_Emptied(queue, sender), LIMIT_S)
            elapsed_s = time.monotonic() - start_s
            fleet.stop()
        finally:
            fleet.kill()
        return SoakRun(
            server=server,
            plans=plans,
            elapsed_s=elapsed_s,
            left=0 if emptied else queue.backlog(),
            dead_letters=list(queue.dead_letters()),
            ledger=read_ledger(folder),
            fleet=fleet,
        )

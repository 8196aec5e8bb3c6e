"""A real dispatcher over real processes, and a ledger of what it settled."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

from tests.agent._fakes import DEADLINE_S

from shoal_agent.dispatcher import Dispatcher
from shoal_agent.ending import Ending
from shoal_agent.lease import Lease
from shoal_agent.metrics import AgentMetrics
from shoal_agent.runners.process_slots import ProcessSlots
from shoal_agent.settings import read_settings

PREAMBLE = """
import os, signal, sys, time
from pathlib import Path
from shoal_agent import Reject, Retry

NOTES = os.open(Path(__file__).with_name("notes"), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
GO = Path(__file__).with_name("go")

def note(text):
    os.write(NOTES, f"{text}\\n".encode())

"""


class Ledger:
    """Stands where the acknowledger and the heartbeat do, and keeps what it is told."""

    def __init__(self) -> None:
        self.endings: dict[str, list[Ending]] = {}
        self.released: list[str] = []

    def settle(self, lease: Lease, ending: Ending) -> None:
        """Note an ending."""
        lease.settle()
        self.endings.setdefault(lease.message.body, []).append(ending)

    def release(self, lease: Lease) -> None:
        """Note a message that no handler has seen."""
        lease.settle()
        self.released.append(lease.message.body)

    def hurry(self) -> None:
        """Nothing waits here."""

    def hold(self, lease: Lease) -> None:
        """Nothing is extended here."""

    def __len__(self) -> int:
        return 0


class Slots:
    """A dispatcher on processes."""

    def __init__(self, folder: Path, runner: ProcessSlots, concurrency: int, job_s: float) -> None:
        self.folder = folder
        self.runner = runner
        self.ledger = Ledger()
        self.failures: list[Exception] = []
        self.dispatcher = Dispatcher(
            runner=runner,
            acknowledger=cast("Any", self.ledger),
            heartbeat=cast("Any", self.ledger),
            metrics=AgentMetrics(),
            concurrency=concurrency,
            visibility_timeout_s=3600,
            longest_job_s=job_s,
            fetch_ahead=True,
            fifo=False,
            hungry=lambda: None,
        )
        runner.connect(self.dispatcher.reports(spent=lambda _: None, failed=self.failures.append))

    def deliver(self, *bodies: str) -> None:
        """Hand messages over, as a receive does."""
        raw = [{"Body": body, "MessageId": body, "ReceiptHandle": body} for body in bodies]
        self.dispatcher.deliver(raw, asyncio.get_running_loop().time())

    def notes(self) -> Counter[str]:
        """Return what the handler has noted, and how often."""
        return Counter((self.folder / "notes").read_text().splitlines())

    async def until(self, what: Any) -> None:
        """Wait for a condition, ticking the dispatcher as the agent does."""
        async with asyncio.timeout(DEADLINE_S):
            while not what():
                await asyncio.sleep(0.01)
                self.dispatcher.tick(asyncio.get_running_loop().time())

    async def warmed_up(self, count: int = 200) -> None:
        """Let the runner see that jobs are short."""
        names = [f"warm-{number}" for number in range(count)]
        self.deliver(*names)
        await self.until(lambda: all(name in self.ledger.endings for name in names))

    def pids(self) -> list[int]:
        """Return the processes that have loaded the handler: that none does ends an agent."""
        return [child.pid for child in self.runner._children - self.runner._starting]

    def kill_one(self, choose: random.Random) -> None:
        """End any of the processes from outside."""
        if pids := self.pids():
            os.kill(choose.choice(sorted(pids)), 9)


@asynccontextmanager
async def slots(
    folder: Path, source: str, *, concurrency: int = 2, job_s: float = 60, **environment: str
) -> AsyncIterator[Slots]:
    """Run ``handle`` of this source in processes; ``folder`` must be on the import path."""
    (folder / "work.py").write_text(PREAMBLE + dedent(source))
    settings = read_settings(
        {
            "SHOAL_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q",
            "SHOAL_CONCURRENCY": str(concurrency),
            **environment,
        },
        "work:handle",
    )
    runner = ProcessSlots(settings, sync_only=False)
    await runner.start()
    try:
        yield Slots(folder, runner, concurrency, job_s)
    finally:
        await runner.close()

"""The fleet under soak: agents of every isolation, signalled at random and replaced."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.agent.soak.soak_agent import AgentKind, SoakAgent
from tests.agent.soak.work_queue import WorkQueue

KINDS = (
    AgentKind("async", "async", 40, steady=True),
    AgentKind("async-shaken", "async", 5),
    # One thread that hangs costs such an agent its process: the steady one waits it out.
    AgentKind("thread", "thread", 16, steady=True, longest_job_s=30),
    AgentKind("thread-shaken", "thread", 4),
    AgentKind("process", "process", 3, steady=True),
    AgentKind("process-shaken", "process", 2),
)
_PAUSE_S = (0.5, 3.0)  # between two signals
_LOOK_EVERY_S = 0.25
# Memory is compared from here on: by then every part of an agent has been used.
WARM_S = 15.0
# A steady agent may grow by this until its end: allocators keep what a burst took.
_GROWTH = 1.3
_GROWTH_MB = 8.0
# What may come between the look at a metric and the signal.
_A_BATCH = 10


class Fleet:
    """Mutable state: the agents, running and gone, and the memory of the steady ones."""

    def __init__(self, queue: WorkQueue, folder: Path, random: Random) -> None:
        """Start one agent of each kind."""
        self._queue = queue
        self._folder = folder
        self._random = random
        self.agents: list[SoakAgent] = []
        self._running = [self._start(kind) for kind in KINDS]
        self._started_s = time.monotonic()
        self._warm_mb: dict[str, float] = {}
        self._end_mb: dict[str, float] = {}
        self.drained = 0
        self.replaced_themselves = 0

    @property
    def killed(self) -> list[SoakAgent]:
        """The agents that were ended at once."""
        return [agent for agent in self.agents if agent.killed]

    @property
    def held_at_kills(self) -> int:
        """How many messages they can have held then."""
        return sum(agent.held_at_kill + _A_BATCH for agent in self.killed)

    def memory_mb(self) -> dict[str, tuple[float, float]]:
        """Return each steady agent's memory, warm and at the end; none of a short run."""
        return {name: (warm_mb, self._end_mb[name]) for name, warm_mb in self._warm_mb.items()}

    def faults(self) -> Iterator[str]:
        """Yield what agents did that no agent should; call it when all have ended."""
        for agent in self.agents:
            if not agent.ended_well:
                yield f"the agent {agent.name} ended with {agent.exit_code}"
            yield from (f"the agent {agent.name} logged {line}" for line in agent.complaints)
            if agent.orphans:
                yield f"the agent {agent.name} left processes behind: {agent.orphans}"
        for name, (warm_mb, end_mb) in self.memory_mb().items():
            if end_mb > warm_mb * _GROWTH + _GROWTH_MB:
                yield f"the agent {name} grew from {warm_mb:.0f} to {end_mb:.0f} MB"

    def run_until(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Shake the fleet until ``done`` or the limit; returns whether it was done."""
        end_s = time.monotonic() + limit_s
        next_signal_s = time.monotonic()
        while not done():
            now_s = time.monotonic()
            if now_s > end_s:
                return False
            if now_s >= next_signal_s:
                self._signal_one()
                next_signal_s = now_s + self._random.uniform(*_PAUSE_S)
            self._replace_ended()
            if not self._warm_mb and now_s - self._started_s > WARM_S:
                self._warm_mb = self._memory()
            time.sleep(_LOOK_EVERY_S)
        return True

    def stop(self) -> None:
        """Measure the steady agents, and drain all."""
        self._end_mb = self._memory()
        for agent in self._running:
            agent.terminate()
        for agent in self._running:
            agent.wait()

    def kill(self) -> None:
        """End whatever runs."""
        for agent in self._running:
            agent.kill()
            agent.wait()

    def _start(self, kind: AgentKind) -> SoakAgent:
        agent = SoakAgent(kind, len(self.agents), self._queue, self._folder)
        self.agents.append(agent)
        return agent

    def _signal_one(self) -> None:
        """Drain an agent, kill it, or kill it amid its drain."""
        agent = self._random.choice([a for a in self._running if not a.kind.steady])
        if agent.exit_code is not None:
            return
        if self._random.random() < 0.5 and not agent.asked_to_stop:
            agent.terminate()
        else:
            agent.kill()

    def _replace_ended(self) -> None:
        for place, agent in enumerate(self._running):
            if agent.exit_code is not None:
                agent.wait()
                self.drained += agent.asked_to_stop and not agent.killed
                self.replaced_themselves += not (agent.killed or agent.asked_to_stop)
                self._running[place] = self._start(agent.kind)

    def _memory(self) -> dict[str, float]:
        return {a.kind.name: a.memory_mb() for a in self._running if a.kind.steady}

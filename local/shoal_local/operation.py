"""A stack at work on this machine: its agents scaled, watched, and ended in order."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shoal_local.agent_output import read_line
from shoal_local.attempt_log import read_attempt
from shoal_local.burst import HANDLER, Burst, takes_images
from shoal_local.guardian import Guardian
from shoal_local.ledger import Ledger
from shoal_local.local_agents import LocalAgents, ScaledFleet
from shoal_local.observation import Observation
from shoal_local.user_error import UserError
from shoal_local.verification import Check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from rich.console import Console

    from shoal_local.interruption import Interruption
    from shoal_local.laptop_stack import LaptopStack
    from shoal_local.live_view import View
    from shoal_local.verification import DeadLetter

# In a cluster 15 s, kube-controller-manager's default; here nobody should have to wait.
HPA_SYNC_PERIOD_S: Final = 3.0
_LOOK_AGAIN_S: Final = 0.1


class InterruptedRunError(Exception):
    """The user asked to stop."""


class FailedRunError(Exception):
    """The run cannot come to a good end; the text says why."""


@dataclass
class Outcome:
    """What a burst came to."""

    ledger: Ledger
    observation: Observation
    scaled: ScaledFleet
    checks: list[Check] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)


class Operation:
    """Runs the agents of a standing stack. State: the ledger and the observation of the run."""

    def __init__(
        self,
        stack: LaptopStack,
        *,
        directory: Path,
        console: Console,
        interruption: Interruption,
        timeout_s: float,
        verbose: bool,
    ) -> None:
        self._stack = stack
        self._directory = directory
        self._console = console
        self._interruption = interruption
        self._timeout_s = timeout_s
        self._verbose = verbose
        self._ledger = Ledger()
        self._observation = Observation()
        self._scaling: asyncio.Task[None] | None = None
        self._agents: LocalAgents | None = None

    @contextlib.asynccontextmanager
    async def agents(self) -> AsyncIterator[LocalAgents]:
        """Scale the stack's agents; on leaving drain them, so that none is left."""
        with Guardian() as guardian:
            agents = LocalAgents.of_objects(
                self._stack.objects,
                self._stack.server,
                directory=self._directory,
                guardian=guardian,
                on_line=self._heard,
            )
            scaling = asyncio.create_task(agents.run(sync_period_s=HPA_SYNC_PERIOD_S))
            self._agents, self._scaling = agents, scaling
            try:
                yield agents
            finally:
                scaling.cancel()
                await asyncio.wait([scaling])
                await agents.drain()

    async def burst(self, agents: LocalAgents, count: int, view: View) -> Outcome:
        """Send the burst to the fleet that takes images, and follow it to its end."""
        scaled = self.watched(agents, images=True)
        burst = Burst(
            scaled,
            self._stack.server,
            self._ledger,
            should_stop=lambda: self._interruption.requested,
        )
        total = count + 3
        view.phase(f"making {count} images and uploading them, with 3 objects that are none")
        await burst.upload(count, lambda done: view.progress(done, total))
        self._stop_if_interrupted()
        outcome = Outcome(self._ledger, self._observation, scaled)
        async with self.observed(scaled, view, expected=total):
            view.phase(f"sending {total} messages")
            await burst.send()
            view.phase("waiting until every message has come to an end")
            await self._until(burst.has_ended, "messages were still waiting for an agent")
            view.phase("waiting until the fleet is back at zero")
            await self._until(self._zero_is_seen, "the fleet had not gone to zero")
        view.phase("looking at every thumbnail and every dead letter")
        outcome.checks, outcome.dead_letters = await burst.verify()
        outcome.checks.append(self._scale_check())
        return outcome

    def _zero_is_seen(self) -> bool:
        """Say whether the newest sample shows a fleet that has gone."""
        return self._observation.latest.running == 0

    def _scale_check(self) -> Check:
        scales = [sample.replicas for sample in self._observation.samples]
        first, most, last = scales[0], max(scales), scales[-1]
        return Check(first < most > last == 0, f"replicas went {first} → {most} → {last}")

    async def stay(self, agents: LocalAgents, view: View) -> None:
        """Run for a developer's own messages until interrupted."""
        async with self.observed(self.watched(agents, images=False), view, expected=0):
            interrupted = asyncio.create_task(self._interruption.wait())
            working = [task for task in (interrupted, self._scaling) if task is not None]
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            if not interrupted.done() and self._scaling is not None:
                self._scaling.result()
            view.phase("draining")

    @contextlib.asynccontextmanager
    async def observed(
        self, scaled: ScaledFleet, view: View, *, expected: int
    ) -> AsyncIterator[None]:
        """Take samples of one fleet, and show them."""
        watching = asyncio.create_task(
            self._observation.follow(
                scaled.gauge.read,
                scaled.fleet,
                self._ledger,
                on_sample=lambda observation: view.sample(observation, expected=expected),
            )
        )
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    def watched(self, agents: LocalAgents, *, images: bool) -> ScaledFleet:
        """Return the fleet that is shown: the one that takes images, where there is one."""
        taking = [scaled for scaled in agents.scaled if takes_images(scaled)]
        if taking:
            return taking[0]
        if images:
            raise UserError(
                f"no agent of this stack runs {HANDLER}, which the burst of images is for; "
                "start it with --keep --messages 0 and send messages of your own."
            )
        if not agents.scaled:
            raise UserError("the stack has no Deployment with a ScaledObject: nothing to scale.")
        return agents.scaled[0]

    async def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait for the condition, or raise for what makes it hopeless."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_s
        while not condition():
            self._stop_if_interrupted()
            if self._scaling is not None and self._scaling.done():
                self._scaling.result()
            for failure in [] if self._agents is None else self._agents.failures():
                raise FailedRunError(failure)
            if loop.time() > deadline:
                raise FailedRunError(f"after {self._timeout_s:g} s {otherwise}")
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _stop_if_interrupted(self) -> None:
        if self._interruption.requested:
            raise InterruptedRunError

    def _heard(self, pod: str, line: str) -> None:
        attempt = read_attempt(line)
        if attempt is not None:
            self._ledger.enter(attempt)
            return
        said = read_line(line)
        if self._verbose or said.is_serious:
            self._console.print(f"{pod}  {said.text}", markup=False, highlight=False)

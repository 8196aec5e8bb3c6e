"""One Deployment's pods on this machine, as many as its scale says."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from typing import TYPE_CHECKING, Final

from shoal_agent import contract
from shoal_local.agent_container import FleetInputError
from shoal_local.pod import Pod, PodState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shoal_local.agent_container import AgentContainer
    from shoal_local.guardian import Guardian

# Pods that go first at a scale-in: kubernetes.io/docs/concepts/workloads/controllers/replicaset
# (pending before running, not ready before ready; then the newest).
_VICTIM_ORDER: Final = (
    PodState.BACK_OFF,
    PodState.STARTING,
    PodState.NOT_READY,
    PodState.READY,
)
# Exit codes that no restart changes, and how many crashes of one pod are bad luck.
_HOPELESS: Final = frozenset(
    {
        contract.ExitCode.CONFIGURATION,
        contract.ExitCode.QUEUE_UNUSABLE,
        contract.ExitCode.CREDENTIALS,
    }
)
_CRASHES_TOLERATED: Final = 3


class Fleet:
    """The replicas of one Deployment.

    State: ``replicas`` (the scale: spec.replicas) and ``pods`` (those that are not gone yet),
    both changed on the event loop only. ``adapt`` completes a container's environment for this
    machine; ``on_line`` is given a pod's name and a line that it printed.
    """

    def __init__(
        self,
        container: AgentContainer,
        *,
        adapt: Callable[[Mapping[str, str]], Mapping[str, str]],
        guardian: Guardian,
        on_line: Callable[[str, str], None],
    ) -> None:
        self.container = container
        self.replicas = 0
        self.pods: list[Pod] = []
        self._adapt = adapt
        self._guardian = guardian
        self._on_line = on_line
        self._lives: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """The Deployment's name."""
        return self.container.deployment

    @property
    def active(self) -> list[Pod]:
        """The pods that are not on their way out: status.replicas counts these."""
        return [pod for pod in self.pods if pod.is_active]

    @property
    def ready_count(self) -> int:
        """How many pods answer their readiness probe."""
        return sum(pod.state is PodState.READY for pod in self.pods)

    def scale_to(self, replicas: int) -> None:
        """Make it so many replicas: start pods, or ask the least useful ones to end."""
        self.replicas = replicas
        active = self.active
        for _ in range(replicas - len(active)):
            self._start()
        for pod in in_victim_order(active)[: max(len(active) - replicas, 0)]:
            pod.terminate()

    async def drain(self) -> None:
        """Ask every pod to end, and wait until none is left."""
        self.scale_to(0)
        while self._lives:
            await asyncio.wait(self._lives)

    def kill(self) -> None:
        """End every pod's processes at once."""
        for pod in self.pods:
            pod.terminate()
            pod.kill()

    def failure(self) -> str | None:
        """Say why the fleet will not work however long one waits; None while it may."""
        for pod in self.pods:
            hopeless = pod.last_exit_code in _HOPELESS
            if hopeless or pod.crashes >= _CRASHES_TOLERATED:
                said = "\n  ".join(pod.last_lines)
                return (
                    f"agent {pod.name} has crashed (exit code {pod.last_exit_code}, "
                    f"crashes: {pod.crashes}); it said:\n  {said}"
                )
        return None

    def _start(self) -> None:
        name = f"{self.container.deployment}-{secrets.token_hex(3)[:5]}"
        environment = self._adapt(self.container.environment(name))
        pod = Pod(
            name,
            command=self._command(environment),
            environment=environment,
            grace_period_s=self.container.grace_period_s,
            readiness=self.container.readiness,
            guardian=self._guardian,
            on_line=self._on_line,
        )
        self.pods.append(pod)
        life = asyncio.create_task(self._live(pod))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def _live(self, pod: Pod) -> None:
        try:
            await pod.run()
        finally:
            self.pods.remove(pod)

    def _command(self, environment: Mapping[str, str]) -> list[str]:
        command = self.container.command(environment)
        found = shutil.which(command[0], path=environment["PATH"])
        if found is None:
            raise FleetInputError(
                f"Deployment {self.name} runs {command[0]!r}, which is not on this machine's PATH; "
                "the local fleet starts the container's command as it stands, without the image"
            )
        return [found, *command[1:]]


def in_victim_order(pods: list[Pod]) -> list[Pod]:
    """Return the pods, those that a scale-in takes first at the front (oldest first given)."""
    newest_first = pods[::-1]
    newest_first.sort(key=lambda pod: _VICTIM_ORDER.index(pod.state))
    return newest_first

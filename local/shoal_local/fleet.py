"""One Deployment's pods on this machine, as many as its scale says."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shoal_agent import contract
from shoal_local.agent_container import FleetInputError
from shoal_local.pod import Pod, PodState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shoal_local.agent_container import AgentContainer
    from shoal_local.guardian import Guardian
    from shoal_local.pod import HealthPort

# Pods that go first at a scale-in: kubernetes.io/docs/concepts/workloads/controllers/replicaset
# (pending before running, not ready before ready; then the newest).
_VICTIM_ORDER: Final = (
    PodState.BACK_OFF,
    PodState.STARTING,
    PodState.NOT_READY,
    PodState.READY,
)
# Many agents share this machine's ports, so each takes free ones and says which.
_PORTS: Final = {contract.HEALTH_PORT: "0", contract.METRICS_PORT: "0"}


class Fleet:
    """The replicas of one Deployment.

    State: ``replicas`` (the scale: spec.replicas) and ``pods`` (those that are not gone yet),
    both changed on the event loop only.
    """

    def __init__(
        self,
        container: AgentContainer,
        *,
        aws_environment: Mapping[str, str],
        guardian: Guardian,
        health_port: HealthPort,
        on_line: Callable[[str, str], None],
    ) -> None:
        self.container = container
        self.replicas = 0
        self.pods: list[Pod] = []
        self._base_environment = {**_machine_environment(), **aws_environment}
        self._guardian = guardian
        self._health_port = health_port
        self._on_line = on_line
        self._lives: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None
        """Why a pod's life ended that should not have; a defect here or in the command."""

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

    def _start(self) -> None:
        name = f"{self.container.deployment}-{secrets.token_hex(3)[:5]}"
        environment = {**self._base_environment, **self.container.environment(name), **_PORTS}
        pod = Pod(
            name,
            command=self._command(environment),
            environment=environment,
            grace_period_s=self.container.grace_period_s,
            readiness=self.container.readiness,
            guardian=self._guardian,
            health_port=self._health_port,
            on_line=self._on_line,
        )
        self.pods.append(pod)
        life = asyncio.create_task(self._live(pod))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def _live(self, pod: Pod) -> None:
        try:
            await pod.run()
        except OSError as error:
            self.failure = error
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
    return sorted(pods[::-1], key=lambda pod: _VICTIM_ORDER.index(pod.state))


def _machine_environment() -> dict[str, str]:
    """What stands for the image's own ENV: where programs and handlers are found.

    Nothing else of the user's environment reaches an agent, above all no AWS setting.
    """
    programs = str(Path(sys.executable).parent)
    return {
        "HOME": os.environ.get("HOME", "/"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")])
        ),
        "PYTHONUNBUFFERED": "1",
    }

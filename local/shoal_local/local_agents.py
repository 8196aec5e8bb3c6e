"""Every agent of the stack: its fleet, its queue, and what scales it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from shoal_agent import contract
from shoal_local.agent_container import AgentContainer, FleetInputError
from shoal_local.autoscaler import Autoscaler, queue_url_of
from shoal_local.fleet import Fleet
from shoal_local.laptop_environment import laptop_environment
from shoal_local.queue_gauge import QueueGauge
from shoal_planner import ScaledObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from shoal_local.guardian import Guardian
    from shoal_local.kubernetes_objects import LocalObjects, Manifest
    from shoal_local.moto_server import MotoServer


@dataclass(frozen=True)
class ScaledFleet:
    """A fleet that a ScaledObject scales by the depth of a queue."""

    fleet: Fleet
    scaled_object: ScaledObject
    gauge: QueueGauge
    environment: Mapping[str, str]
    """The container's own, as any of its pods would see it."""

    @property
    def queue_url(self) -> str:
        """The queue that the agents consume."""
        return self.environment.get(contract.QUEUE_URL, self.gauge.url)

    @property
    def dead_letter_queue_url(self) -> str | None:
        """Where the agents send what they reject."""
        return self.environment.get(contract.DEAD_LETTER_QUEUE_URL)


class LocalAgents:
    """The fleets of the stack; ``run`` keeps them to their scale until it is cancelled."""

    def __init__(self, scaled: list[ScaledFleet], fixed: list[Fleet]) -> None:
        self.scaled = scaled
        self.fixed = fixed

    @classmethod
    def of_objects(
        cls,
        objects: LocalObjects,
        server: MotoServer,
        *,
        directory: Path,
        guardian: Guardian,
        on_line: Callable[[str, str], None],
    ) -> Self:
        """Make a fleet for each Deployment; raise FleetInputError for what cannot run here.

        Handlers are found in ``directory``.
        """
        aws = server.environment()
        scalers = {_target(found): found for found in objects.of_kind("ScaledObject")}
        scaled, fixed = [], []
        for deployment in objects.of_kind("Deployment"):
            container = AgentContainer.from_deployment(deployment, objects)
            fleet = Fleet(
                container,
                adapt=lambda given: laptop_environment(given, aws, directory=directory),
                guardian=guardian,
                on_line=on_line,
            )
            scaler = scalers.pop((container.namespace, container.deployment), None)
            if scaler is None:
                fixed.append(fleet)
            else:
                scaled.append(_scaled_fleet(fleet, scaler, server.region))
        for namespace, name in scalers:
            raise FleetInputError(
                f"a ScaledObject scales Deployment {name} in namespace {namespace}, "
                "which the program does not register"
            )
        return cls(scaled, fixed)

    @property
    def fleets(self) -> list[Fleet]:
        """All of them."""
        return [*(scaled.fleet for scaled in self.scaled), *self.fixed]

    async def run(self, *, sync_period_s: float) -> None:
        """Scale until cancelled; an error of one fleet's scaling ends them all."""
        for fleet in self.fixed:
            fleet.scale_to(fleet.container.replicas)
        autoscalers = [
            Autoscaler(
                scaled.fleet, scaled.scaled_object, scaled.gauge.depth, sync_period_s=sync_period_s
            )
            for scaled in self.scaled
        ]
        await asyncio.gather(*(autoscaler.run() for autoscaler in autoscalers))

    async def drain(self) -> None:
        """End every pod in order, and wait until none is left."""
        await asyncio.gather(*(fleet.drain() for fleet in self.fleets))

    def failures(self) -> Iterator[str]:
        """Yield a sentence for each fleet that cannot work, however long one waits."""
        for fleet in self.fleets:
            failure = fleet.failure()
            if failure is not None:
                yield failure


def _target(scaled_object: Manifest) -> tuple[str, str]:
    metadata = scaled_object["metadata"]
    return metadata["namespace"], scaled_object["spec"]["scaleTargetRef"]["name"]


def _scaled_fleet(fleet: Fleet, manifest: Manifest, region: str) -> ScaledFleet:
    environment = fleet.container.environment(fleet.name)
    return ScaledFleet(
        fleet=fleet,
        scaled_object=ScaledObject.from_manifest(manifest),
        gauge=QueueGauge(queue_url_of(manifest, environment), region),
        environment=environment,
    )

"""Scales a fleet by its ScaledObject: the planner's KEDA and HPA rules on a real clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from shoal_planner import FleetScaler, ScaledObject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shoal_local.fleet import Fleet
    from shoal_local.kubernetes_objects import Manifest
    from shoal_planner import QueueDepth


class Autoscaler:
    """Sets one fleet's replicas from the depth of its queue, until it is cancelled.

    ``sync_period_s`` is the HPA's, which in a cluster is 15 s (kube-controller-manager's
    ``--horizontal-pod-autoscaler-sync-period``).
    """

    def __init__(
        self,
        fleet: Fleet,
        scaled_object: ScaledObject,
        depth: Callable[[], QueueDepth],
        *,
        sync_period_s: float,
    ) -> None:
        self._fleet = fleet
        self._depth = depth
        self._scaled_object = scaled_object
        self._sync_period_ms = round(sync_period_s * 1000)

    async def run(self) -> None:
        """Step whenever KEDA's poll or the HPA's sync is due."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        scaler = FleetScaler(self._scaled_object, created_ms=0, sync_period_ms=self._sync_period_ms)
        while True:
            now_ms = int((loop.time() - started) * 1000)
            replicas = scaler.step(
                now_ms,
                self._depth(),
                spec_replicas=self._fleet.replicas,
                status_replicas=len(self._fleet.active),
                ready_replicas=self._fleet.ready_count,
            )
            if replicas != self._fleet.replicas:
                self._fleet.scale_to(replicas)
            await asyncio.sleep(started + scaler.next_due_ms / 1000 - loop.time())


def queue_url_of(scaled_object: Manifest, environment: Mapping[str, str]) -> str:
    """Return the URL of the queue that the ScaledObject's trigger measures.

    ``environment`` is the target container's, for a trigger that says ``queueURLFromEnv``.
    """
    metadata = scaled_object["spec"]["triggers"][0]["metadata"]
    given = metadata.get("queueURL")
    return str(environment[metadata["queueURLFromEnv"]] if given is None else given)

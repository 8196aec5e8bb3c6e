"""The pods of a fleet: created, started, ready, draining, gone."""

import heapq

from shoal_planner.cluster_nodes import ClusterNodes
from shoal_planner.fleet import Fleet

NEVER_MS = 2**63 - 1


class AgentPod:
    """One agent; `held` are the messages it works on, where a model knows them one by one."""

    __slots__ = ("created_ms", "held", "leaving", "ready_ms")

    def __init__(self, created_ms: int, ready_ms: int) -> None:
        self.created_ms = created_ms
        self.ready_ms = ready_ms
        self.leaving = False
        self.held: dict[object, None] = {}


class AgentPods:
    """The Deployment's pods, and what they and their nodes have cost so far in milliseconds.

    On a scale-in Kubernetes takes pods that are not ready first, then those ready for the
    shortest time.
    """

    def __init__(self, fleet: Fleet, start_ms: int) -> None:
        self._start_delay_ms = round(fleet.start_delay_s * 1000)
        self.nodes = ClusterNodes(
            pods_per_node=fleet.pods_per_node,
            provisioning_ms=round(fleet.node_provisioning_s * 1000),
            idle_ms=round(fleet.node_idle_s * 1000),
            min_nodes=fleet.min_nodes,
            start_ms=start_ms,
        )
        self._starting: list[tuple[int, int, AgentPod]] = []
        self._ready: list[AgentPod] = []
        self._leaving: dict[AgentPod, None] = {}
        self._serial = 0
        self._settled = 0
        self._gone_pod_ms = 0
        self._gone_ready_ms = 0

    @property
    def replicas(self) -> int:
        """Pods that exist and are not on their way out: the Deployment's status.replicas."""
        return len(self._starting) + len(self._ready)

    @property
    def ready(self) -> int:
        """Pods that receive."""
        return len(self._ready)

    @property
    def _existing(self) -> int:
        """Pods that take up room on a node, draining ones included."""
        return len(self._starting) + len(self._ready) + len(self._leaving)

    @property
    def next_ready_ms(self) -> int:
        """When the next starting pod will be ready; NEVER_MS where none is starting."""
        return self._starting[0][0] if self._starting else NEVER_MS

    def begin_with(self, replicas: int, now_ms: int) -> list[AgentPod]:
        """Put pods there that are ready already; return them."""
        self._settled = replicas
        self.nodes.place(replicas, now_ms, at_once=True)
        self._ready = [AgentPod(now_ms, now_ms) for _ in range(replicas)]
        return list(self._ready)

    def scale_to(self, replicas: int, now_ms: int) -> list[AgentPod]:
        """Create or remove pods; return those that were ready and must now drain."""
        for _ in range(replicas - self.replicas):
            self._create(now_ms)
        leaving = []
        for _ in range(self.replicas - replicas):
            if self._starting:
                self._drop_newest_starting(now_ms)
            else:
                pod = self._ready.pop()
                pod.leaving = True
                self._leaving[pod] = None
                self._gone_ready_ms += now_ms - pod.ready_ms
                leaving.append(pod)
        return leaving

    def now_ready(self, now_ms: int) -> list[AgentPod]:
        """Return the pods that have become ready by now."""
        pods = []
        while self._starting and self._starting[0][0] <= now_ms:
            pods.append(heapq.heappop(self._starting)[2])
        self._ready += pods
        return pods

    def settle(self, now_ms: int) -> None:
        """Let the nodes follow the pods that exist, draining ones included."""
        pods = self._existing
        if pods != self._settled or self.nodes.shrinking:
            self._settled = pods
            self.nodes.settle(pods, now_ms)

    def gone(self, pod: AgentPod, at_ms: float) -> None:
        """Note that a draining pod has exited."""
        del self._leaving[pod]
        self._gone_pod_ms += round(at_ms) - pod.created_ms

    def node_ms(self, now_ms: int) -> int:
        """Return the milliseconds that nodes have been paid for."""
        self.nodes.settle(self._existing, now_ms)
        return self.nodes.node_ms

    def pod_ms(self, now_ms: int) -> int:
        """Return the milliseconds that pods have existed, drains included."""
        living = [*self._ready, *self._leaving, *(pod for _, _, pod in self._starting)]
        return self._gone_pod_ms + sum(now_ms - pod.created_ms for pod in living)

    def ready_ms(self, now_ms: int) -> int:
        """Return the milliseconds that pods have been ready to receive."""
        return self._gone_ready_ms + sum(now_ms - pod.ready_ms for pod in self._ready)

    def _create(self, now_ms: int) -> None:
        self._settled = self._existing + 1
        node_ready_ms = self.nodes.place(self._settled, now_ms)
        ready_ms = max(now_ms, node_ready_ms) + self._start_delay_ms
        self._serial += 1
        heapq.heappush(self._starting, (ready_ms, self._serial, AgentPod(now_ms, ready_ms)))

    def _drop_newest_starting(self, now_ms: int) -> None:
        newest = max(self._starting)
        self._starting.remove(newest)
        heapq.heapify(self._starting)
        self._gone_pod_ms += now_ms - newest[2].created_ms

"""The nodes under a fleet's pods, and how long each pod waits for one."""


class ClusterNodes:
    """Nodes that come when pods do not fit and go when they have not been needed for a while.

    Pods are packed ideally (what a consolidating autoscaler tends to); a node is paid for from
    its launch to its removal. `ready_ms` holds the instant each node is ready.
    """

    def __init__(
        self,
        *,
        pods_per_node: int,
        provisioning_ms: int,
        idle_ms: int,
        min_nodes: int,
        start_ms: int,
    ) -> None:
        self._pods_per_node = pods_per_node
        self._provisioning_ms = provisioning_ms
        self._idle_ms = idle_ms
        self._min_nodes = min_nodes
        self._ready_ms = [start_ms] * min_nodes
        self._spare_since_ms: int | None = None
        self._paid_until_ms = start_ms
        self.node_ms = 0

    @property
    def count(self) -> int:
        """Nodes that are paid for."""
        return len(self._ready_ms)

    @property
    def shrinking(self) -> bool:
        """Whether nodes are kept that no pod needs, for the time being."""
        return self._spare_since_ms is not None

    def place(self, pods: int, now_ms: int, *, at_once: bool = False) -> int:
        """Make room for so many pods and return when the last one's node is ready.

        `at_once` finds the nodes there already: what a simulation starts with.
        """
        self.settle(pods, now_ms)
        return self._ready_at(pods, now_ms + (0 if at_once else self._provisioning_ms))

    def settle(self, pods: int, now_ms: int) -> None:
        """Pay up to now, and remove nodes that so many pods have not needed for long enough."""
        self.node_ms += (now_ms - self._paid_until_ms) * len(self._ready_ms)
        self._paid_until_ms = now_ms
        needed = max(-(-pods // self._pods_per_node), self._min_nodes)
        if needed >= len(self._ready_ms):
            self._spare_since_ms = None
        elif self._spare_since_ms is None:
            self._spare_since_ms = now_ms
        elif now_ms - self._spare_since_ms >= self._idle_ms:
            del self._ready_ms[needed:]
            self._spare_since_ms = None

    def _ready_at(self, pods: int, new_ready_ms: int) -> int:
        needed = -(-pods // self._pods_per_node)
        if needed > len(self._ready_ms):
            self._ready_ms += [new_ready_ms] * (needed - len(self._ready_ms))
        return self._ready_ms[needed - 1] if needed else new_ready_ms

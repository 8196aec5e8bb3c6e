"""One thing to record: a ScaledObject, its Deployment's first replicas, and a queue's depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.scripted_sqs import Depth

QUEUE_ROOT = "https://sqs.eu-west-1.amazonaws.com/000000000000"
AUTHENTICATION = "aws"

Rules = Mapping[str, Any]
"""What stands under ``scaleUp`` or ``scaleDown``."""


@dataclass(frozen=True)
class Scenario:
    """What to record, and the sentence that says what it shows.

    ``spec`` holds fields of the ScaledObject, ``trigger`` fields of its trigger's metadata,
    ``behavior`` the HPA's (None: the ScaledObject has none). Depth changes keep away from
    the instants at which KEDA polls or the HPA syncs, except where a scenario says so: there
    the order within some milliseconds would decide.
    """

    name: str
    shows: str
    depths: Sequence[Depth]
    until: int
    spec: Mapping[str, Any] = field(default_factory=dict)
    trigger: Mapping[str, str] = field(default_factory=dict)
    behavior: Mapping[str, Rules] | None = None
    initial_replicas: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)
    cached_metrics: bool = False

    def scaled_object(self, endpoint: str | None = None) -> dict[str, Any]:
        """Return the manifest; with an endpoint, for that server instead of AWS."""
        spec: dict[str, Any] = {
            "scaleTargetRef": {"name": self.name},
            "pollingInterval": 10,
            "cooldownPeriod": 60,
            "minReplicaCount": 0,
            "maxReplicaCount": 20,
            **self.spec,
        }
        if self.behavior is not None:
            spec["advanced"] = {"horizontalPodAutoscalerConfig": {"behavior": self.behavior}}
        spec["triggers"] = [self._trigger(endpoint)]
        metadata: dict[str, Any] = {"name": self.name}
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        kind = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject"}
        return {**kind, "metadata": metadata, "spec": spec}

    def _trigger(self, endpoint: str | None) -> dict[str, Any]:
        metadata = {
            "queueURL": f"{QUEUE_ROOT}/{self.name}",
            "queueLength": "10",
            "awsRegion": "eu-west-1",
            **self.trigger,
        }
        if endpoint is not None:
            metadata["awsEndpoint"] = endpoint
        trigger: dict[str, Any] = {"type": "aws-sqs-queue", "metadata": metadata}
        if self.cached_metrics:
            trigger["useCachedMetrics"] = True
        trigger["authenticationRef"] = {"name": AUTHENTICATION}
        return trigger


def depths(*steps: tuple[float, int | None] | tuple[float, int | None, int, int]) -> list[Depth]:
    """Return a depth script: ``(seconds, visible)`` or ``(…, in flight, delayed)`` each."""
    return [Depth(*step) for step in steps]


def pods(value: int, period_s: int) -> dict[str, Any]:
    """Return the policy that so many replicas may come or go in a period."""
    return {"type": "Pods", "value": value, "periodSeconds": period_s}


def percent(value: int, period_s: int) -> dict[str, Any]:
    """Return the policy that such a part of the replicas may come or go in a period."""
    return {"type": "Percent", "value": value, "periodSeconds": period_s}


def rules(window_s: int, *policies: Mapping[str, Any], select: str | None = None) -> Rules:
    """Return one direction's rules: stabilisation window, policies, and which of them counts."""
    made: dict[str, Any] = {"stabilizationWindowSeconds": window_s}
    if policies:
        made["policies"] = list(policies)
    if select is not None:
        made["selectPolicy"] = select
    return made


AT_ONCE = rules(0, percent(100, 15))
QUICK_UP = rules(0, percent(100, 15), pods(4, 15), select="Max")

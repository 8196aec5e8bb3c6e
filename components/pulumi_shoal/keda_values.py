"""The values of KEDA's Helm chart, as a pure function of what differs between clusters."""

from typing import Any

# The chart names them so; the operator's role is bound to the service account.
RELEASE = "keda"
OPERATOR_SERVICE_ACCOUNT = "keda-operator"

_COMPONENTS = ("operator", "metricServer", "webhooks")
_REQUESTS = {"cpu": "100m", "memory": "128Mi"}
_MEMORY_LIMIT = "1000Mi"


def keda_values(*, role_arn: Any, replicas: int) -> dict[str, Any]:
    """Return the chart's values for an operator with a role of its own."""
    spare = {"maxUnavailable": 1} if replicas > 1 else {}
    return {
        # A release that takes its CRDs along deletes every ScaledObject of the cluster.
        "crds": {
            "install": True,
            "additionalAnnotations": {"helm.sh/resource-policy": "keep"},
        },
        "operator": {"replicaCount": replicas},
        "metricsServer": {"replicaCount": replicas},
        "webhooks": {"replicaCount": replicas},
        "serviceAccount": {"operator": {"name": OPERATOR_SERVICE_ACCOUNT}},
        "podIdentity": {"aws": {"irsa": {"enabled": True, "roleArn": role_arn}}},
        "podDisruptionBudget": dict.fromkeys(_COMPONENTS, spare),
        "resources": {
            component: {"requests": _REQUESTS, "limits": {"memory": _MEMORY_LIMIT, "cpu": None}}
            for component in _COMPONENTS
        },
        "priorityClassName": "system-cluster-critical",
    }

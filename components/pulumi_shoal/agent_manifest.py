"""The Kubernetes objects of a fleet, as plain specs: one function for each.

Nothing here sets `replicas`: the autoscaler owns that number, and a deployment that named it
would fight with it at every update.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_shoal.agent_plan import AgentPlan
from pulumi_shoal.agent_spec import AgentSpec, ScalingSpec
from shoal_agent import contract
from shoal_planner.fleet_scaling import SCALE_DOWN_PERIOD_S, SCALE_UP_PERIOD_S

CONTAINER = "agent"
COMMAND = ("shoal-agent", "run")
# Beyond its own default of ten minutes Kubernetes' cluster autoscaler kills what it evicts.
LONGEST_EVICTION_S = 600

_USER_ID = 10_001
_TMP = "tmp"


def labels(name: str) -> dict[str, str]:
    """Return the labels that select the pods of one fleet."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "queue-agent"}


def object_labels(name: str) -> dict[str, str]:
    """Return the labels of every object made for a fleet."""
    return {**labels(name), "app.kubernetes.io/managed-by": "pulumi"}


def namespace_metadata(name: str) -> dict[str, Any]:
    """Return the metadata of a namespace that admits pods of the restricted standard alone."""
    return {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}


def contract_environment(spec: AgentSpec, plan: AgentPlan) -> dict[str, str]:
    """Return the agent's variables, each of them set: what runs is what the plan says."""
    return {
        contract.HANDLER: spec.handler,
        contract.CONCURRENCY: str(spec.concurrency),
        contract.LONGEST_JOB_S: str(spec.longest_job_s),
        contract.VISIBILITY_TIMEOUT_S: str(plan.visibility_timeout_s),
        contract.DRAIN_S: str(plan.drain_s),
        contract.HEARTBEAT: "true" if spec.heartbeat else "false",
        contract.HEALTH_PORT: str(contract.DEFAULT_HEALTH_PORT),
        contract.METRICS_PORT: str(contract.DEFAULT_METRICS_PORT),
        contract.LOG_LEVEL: spec.log_level,
    }


def deployment_spec(
    spec: AgentSpec, plan: AgentPlan, *, image: Any, environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the Deployment of a fleet, its pods held to the restricted pod security standard."""
    return {
        "selector": {"matchLabels": labels(spec.name)},
        # A new version's pods are there before the old ones drain.
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
        },
        "template": {
            "metadata": {"labels": object_labels(spec.name), "annotations": _annotations(plan)},
            "spec": _pod_spec(spec, plan, image, environment),
        },
    }


def _annotations(plan: AgentPlan) -> dict[str, str]:
    scrape = {
        "prometheus.io/scrape": "true",
        "prometheus.io/path": contract.METRICS_PATH,
        "prometheus.io/port": str(contract.DEFAULT_METRICS_PORT),
    }
    if plan.termination_grace_period_s <= LONGEST_EVICTION_S:
        return scrape
    return {
        **scrape,
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        "karpenter.sh/do-not-disrupt": "true",
    }


def _pod_spec(
    spec: AgentSpec, plan: AgentPlan, image: Any, environment: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "serviceAccountName": spec.name,
        # The role's token is projected by its own volume; the API's is not needed.
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": plan.termination_grace_period_s,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER_ID,
            "runAsGroup": _USER_ID,
            "fsGroup": _USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            _spread(spec.name, "topology.kubernetes.io/zone"),
            _spread(spec.name, "kubernetes.io/hostname"),
        ],
        "containers": [_container(spec, image, environment)],
        "volumes": [{"name": _TMP, "emptyDir": {"sizeLimit": spec.resources.temporary_storage}}],
    }


def _spread(name: str, topology_key: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": topology_key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels(name)},
    }


def _container(spec: AgentSpec, image: Any, environment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": image,
        "command": list(COMMAND),
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [
            {"name": "health", "containerPort": contract.DEFAULT_HEALTH_PORT},
            {"name": "metrics", "containerPort": contract.DEFAULT_METRICS_PORT},
        ],
        **_probes(),
        "resources": _resources(spec),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": _TMP, "mountPath": "/tmp"}],  # noqa: S108 - a volume of its own
    }


def _probes() -> dict[str, Any]:
    live = {"path": contract.LIVENESS_PATH, "port": "health"}
    ready = {"path": contract.READINESS_PATH, "port": "health"}
    return {
        # A minute to import the handler and open its clients.
        "startupProbe": {"httpGet": live, "periodSeconds": 2, "failureThreshold": 30},
        "livenessProbe": {"httpGet": live, "periodSeconds": 10, "timeoutSeconds": 5},
        "readinessProbe": {"httpGet": ready, "periodSeconds": 5, "timeoutSeconds": 5},
    }


def _resources(spec: AgentSpec) -> dict[str, dict[str, str]]:
    wanted = spec.resources
    limits = {"memory": wanted.memory}
    if wanted.cpu_limit is not None:
        limits["cpu"] = wanted.cpu_limit
    return {"requests": {"cpu": wanted.cpu, "memory": wanted.memory}, "limits": limits}


def disruption_budget_spec(name: str) -> dict[str, Any]:
    """Return the PodDisruptionBudget: a node drain takes a quarter of the fleet at a time.

    It rounds up, so that a fleet of one never blocks a drain.
    """
    return {
        "maxUnavailable": "25%",
        "selector": {"matchLabels": labels(name)},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


def trigger_authentication_spec() -> dict[str, Any]:
    """Return the TriggerAuthentication: KEDA's operator asks SQS by its own role."""
    return {"podIdentity": {"provider": "aws"}}


def scaled_object_spec(
    spec: AgentSpec, plan: AgentPlan, *, queue_url: Any, region: Any
) -> dict[str, Any]:
    """Return the ScaledObject that scales a fleet by its queue's backlog."""
    metadata = {
        "queueURL": queue_url,
        "awsRegion": region,
        "queueLength": str(plan.queue_length),
        "activationQueueLength": str(spec.scaling.activation_queue_length),
        # Work in hand is work: without it a fleet shrinks while it is busy.
        "scaleOnInFlight": "true",
    }
    trigger = {
        "type": "aws-sqs-queue",
        "metadata": metadata,
        "authenticationRef": {"name": spec.name},
    }
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": spec.name},
        "pollingInterval": spec.scaling.polling_interval_s,
        "cooldownPeriod": spec.scaling.cooldown_period_s,
        "minReplicaCount": plan.min_replica_count,
        "maxReplicaCount": plan.max_replica_count,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(spec.scaling)}},
        "triggers": [trigger],
    }


def _behavior(scaling: ScalingSpec) -> dict[str, Any]:
    """Return the autoscaler's behavior, always in full.

    Without one Kubernetes takes an older path that holds the highest size of the last five
    minutes: a burst that is over comes back with the next single message.
    """
    up = [
        _policy("Percent", scaling.scale_up_percent, SCALE_UP_PERIOD_S),
        _policy("Pods", scaling.scale_up_pods, SCALE_UP_PERIOD_S),
    ]
    down = [_policy("Percent", scaling.scale_down_percent, SCALE_DOWN_PERIOD_S)]
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": up},
        "scaleDown": {
            "stabilizationWindowSeconds": scaling.scale_down_stabilization_s,
            "selectPolicy": "Max",
            "policies": down,
        },
    }


def _policy(kind: str, value: int, period_s: int) -> dict[str, Any]:
    return {"type": kind, "value": value, "periodSeconds": period_s}

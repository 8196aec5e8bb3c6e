"""From a ScaledObject's manifest to the fields of the model, defaults where it is silent."""

from collections.abc import Mapping
from typing import Any, cast

from shoal_planner.fallback import Fallback, FallbackBehavior
from shoal_planner.hpa_behavior import HorizontalPodAutoscalerBehavior
from shoal_planner.hpa_behavior_manifest import read_behavior
from shoal_planner.manifest_fields import ManifestFields
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.sqs_trigger_manifest import sqs_trigger_fields

_API_VERSION = "keda.sh/v1alpha1"
_KEYS = ("apiVersion", "kind", "metadata", "spec", "status")
_SPEC_KEYS = (
    "scaleTargetRef",
    "pollingInterval",
    "initialCooldownPeriod",
    "cooldownPeriod",
    "idleReplicaCount",
    "minReplicaCount",
    "maxReplicaCount",
    "advanced",
    "triggers",
    "fallback",
)
_NUMBERS = {
    "pollingInterval": "polling_interval_s",
    "initialCooldownPeriod": "initial_cooldown_period_s",
    "cooldownPeriod": "cooldown_period_s",
    "idleReplicaCount": "idle_replica_count",
    "minReplicaCount": "min_replica_count",
    "maxReplicaCount": "max_replica_count",
}
_PAUSES = {
    "autoscaling.keda.sh/paused": "paused",
    "autoscaling.keda.sh/paused-scale-in": "paused_scale_in",
    "autoscaling.keda.sh/paused-scale-out": "paused_scale_out",
    "autoscaling.keda.sh/force-activation": "force_activation",
}
_PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
_GO_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})  # strconv.ParseBool


def scaled_object_fields(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of `ScaledObject` that a manifest gives.

    Raises PlannerInputError where the manifest is not one that KEDA would run.
    """
    fields = ManifestFields(manifest, "")
    fields.refuse_unknown(_KEYS)
    fields.choice("apiVersion", (_API_VERSION,))
    fields.choice("kind", ("ScaledObject",))
    metadata = ManifestFields(fields.raw("metadata") or {}, "metadata")
    spec = ManifestFields(fields.raw("spec") or {}, "spec")
    spec.refuse_unknown(_SPEC_KEYS)
    arguments: dict[str, Any] = {
        field: number
        for key, field in _NUMBERS.items()
        if (number := spec.integer(key)) is not None
    }
    _check_idle(spec)
    arguments["name"] = metadata.text("name") or ""
    arguments["behavior"] = _behavior(spec)
    arguments["fallback"] = _fallback(spec)
    arguments.update(sqs_trigger_fields(spec))
    arguments.update(_annotations(metadata))
    return arguments


def _check_idle(spec: ManifestFields) -> None:
    """Without a minReplicaCount KEDA takes 0 for it here; written as 0, it takes the HPA's 1."""
    idle = spec.integer("idleReplicaCount")
    if idle is not None and spec.integer("minReplicaCount") is None:
        raise PlannerInputError(
            spec.path("idleReplicaCount"),
            idle,
            allowed="less than spec.minReplicaCount",
            why="that is missing, and so is 0 to KEDA, which then refuses the ScaledObject",
            fix="set minReplicaCount above it, or leave idleReplicaCount out",
        )


def _behavior(spec: ManifestFields) -> HorizontalPodAutoscalerBehavior | None:
    advanced = spec.fields("advanced")
    if advanced is None:
        return None
    advanced.refuse_unknown(
        ("horizontalPodAutoscalerConfig", "restoreToOriginalReplicaCount", "scalingModifiers")
    )
    if advanced.raw("scalingModifiers"):
        raise PlannerInputError(
            advanced.path("scalingModifiers"),
            advanced.raw("scalingModifiers"),
            allowed="none",
            why="a formula over several triggers is not modelled",
            fix="remove it and keep one aws-sqs-queue trigger",
        )
    config = advanced.fields("horizontalPodAutoscalerConfig")
    if config is None:
        return None
    config.refuse_unknown(("behavior", "name"))
    behavior = config.fields("behavior")
    return None if behavior is None else read_behavior(behavior)


def _fallback(spec: ManifestFields) -> Fallback | None:
    fields = spec.fields("fallback")
    if fields is None:
        return None
    fields.refuse_unknown(("failureThreshold", "replicas", "behavior"))
    behaviors = ("static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower")
    behavior = fields.choice("behavior", behaviors)
    return Fallback(
        failure_threshold=fields.required_integer("failureThreshold"),
        replicas=fields.required_integer("replicas"),
        behavior="static" if behavior is None else cast("FallbackBehavior", behavior),
    )


def _annotations(metadata: ManifestFields) -> dict[str, Any]:
    """Read KEDA's annotations; a value that is no boolean counts as true (getBoolAnnotation)."""
    annotations = metadata.fields("annotations")
    if annotations is None:
        return {}
    arguments: dict[str, Any] = {
        field: str(value).lower() not in _GO_FALSE and str(value) not in _GO_FALSE
        for key, field in _PAUSES.items()
        if (value := annotations.raw(key)) is not None
    }
    replicas = annotations.raw(_PAUSED_REPLICAS)
    if replicas is not None:
        arguments["paused"] = True
        try:
            arguments["paused_replicas"] = int(replicas)
        except ValueError:
            key = f"metadata.annotations[{_PAUSED_REPLICAS}]"
            raise PlannerInputError(key, replicas, allowed="a whole number") from None
    return arguments

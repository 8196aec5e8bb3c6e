"""The one trigger that the planner models: KEDA's aws-sqs-queue."""

import difflib
import re
from typing import Any

from shoal_planner.manifest_fields import ManifestFields
from shoal_planner.planner_input_error import PlannerInputError

SQS_TRIGGER = "aws-sqs-queue"

_TRIGGER_KEYS = ("type", "name", "useCachedMetrics", "metadata", "authenticationRef", "metricType")
_METADATA_KEYS = ("queueLength", "activationQueueLength", "scaleOnInFlight", "scaleOnDelayed")
_MISSPELT = 0.85  # difflib's ratio: a letter or two amiss, while queueURL is another word
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_GO_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})  # strconv.ParseBool
_GO_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def sqs_trigger_fields(spec: ManifestFields) -> dict[str, Any]:
    """Return the fields of a ScaledObject that its one trigger gives."""
    triggers = list(spec.items("triggers"))
    for trigger in triggers:
        trigger.refuse_unknown(_TRIGGER_KEYS)
        _require_sqs(trigger)
    if len(triggers) != 1:
        raise PlannerInputError(
            spec.path("triggers"),
            [trigger.raw("type") for trigger in triggers] or spec.raw("triggers"),
            allowed=f"exactly one {SQS_TRIGGER} trigger",
            why="the depths given are one queue's" if triggers else "KEDA scales on triggers",
            fix="keep the trigger of that queue" if triggers else "add one",
        )
    (trigger,) = triggers
    metadata = ManifestFields(trigger.raw("metadata") or {}, trigger.path("metadata"))
    _refuse_misspelt(metadata)
    arguments: dict[str, Any] = {
        "use_cached_metrics": trigger.boolean("useCachedMetrics"),
        "metric_type": _metric_type(trigger),
    }
    numbers = {
        "queue_length": _metadata_integer(metadata, "queueLength"),
        "activation_queue_length": _metadata_integer(metadata, "activationQueueLength"),
        "scale_on_in_flight": _metadata_boolean(metadata, "scaleOnInFlight"),
        "scale_on_delayed": _metadata_boolean(metadata, "scaleOnDelayed"),
    }
    arguments.update({field: value for field, value in numbers.items() if value is not None})
    return arguments


def _require_sqs(trigger: ManifestFields) -> None:
    trigger_type = trigger.raw("type")
    if trigger_type == SQS_TRIGGER:
        return
    if trigger_type in ("sqs", "aws-sqs", "sqs-queue", "aws-sqs-queues"):
        raise PlannerInputError(
            trigger.path("type"),
            trigger_type,
            allowed=SQS_TRIGGER,
            why=f'KEDA has no scaler of that name ("no scaler found for type: {trigger_type}") '
            "and would never scale this fleet, though Kubernetes accepts the manifest",
            fix=f"write type: {SQS_TRIGGER}",
        )
    missing = trigger_type is None
    raise PlannerInputError(
        trigger.path("type"),
        trigger_type,
        allowed=SQS_TRIGGER,
        why="the planner models no other trigger",
        fix=f"write type: {SQS_TRIGGER}" if missing else "remove this trigger",
    )


def _metric_type(trigger: ManifestFields) -> str:
    metric_type = trigger.raw("metricType") or "AverageValue"
    if metric_type not in ("AverageValue", "Value"):
        raise PlannerInputError(
            trigger.path("metricType"),
            metric_type,
            allowed="AverageValue or Value",
            why="KEDA refuses any other for a queue",
        )
    return str(metric_type)


def _refuse_misspelt(metadata: ManifestFields) -> None:
    """KEDA passes over a key that it does not know, and takes the default instead."""
    for key in metadata.names():
        name = _meant(key)
        if name not in (None, key):
            raise PlannerInputError(
                metadata.path(key),
                metadata.raw(key),
                allowed=f"the key {name}",
                why="KEDA passes over a key of another spelling",
                fix=f"write {name}",
            )


def _meant(key: str) -> str | None:
    if key in _METADATA_KEYS:
        return key
    names = {name.lower(): name for name in _METADATA_KEYS}
    written = key.lower().replace("_", "").replace("-", "")
    near = difflib.get_close_matches(written, names, n=1, cutoff=_MISSPELT)
    return names[near[0]] if near else None


def _metadata_text(metadata: ManifestFields, key: str) -> str | None:
    """Return a metadata value; empty is absent, as KEDA reads it."""
    value = metadata.raw(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value).strip() or None


def _metadata_integer(metadata: ManifestFields, key: str) -> int | None:
    text = _metadata_text(metadata, key)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text):
        raise PlannerInputError(
            metadata.path(key),
            metadata.raw(key),
            allowed='a whole number in quotes, such as "5"',
            why="KEDA parses it as an integer",
        )
    return int(text)


def _metadata_boolean(metadata: ManifestFields, key: str) -> bool | None:
    text = _metadata_text(metadata, key)
    if text is None:
        return None
    if text not in _GO_TRUE | _GO_FALSE:
        raise PlannerInputError(
            metadata.path(key), metadata.raw(key), allowed='"true" or "false", in quotes'
        )
    return text in _GO_TRUE

"""The part of KEDA's two resources that fleets use, as JSON schemas, closed to anything else.

Field names, types and bounds are those of keda.sh/docs (ScaledObject specification,
TriggerAuthentication, AWS SQS Queue trigger). Kubernetes drops what its schema does not know,
so a misspelt field would pass unseen; here it fails.
"""

from typing import Any


def _closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1}
_WHOLE_TEXT = {"type": "string", "pattern": r"^\d+$"}
_FLAG_TEXT = {"enum": ["true", "false"]}
_SECONDS = {"type": "integer", "minimum": 0}
_METADATA = _closed(
    {
        "name": {"type": "string", "maxLength": 54, "pattern": r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},
        "namespace": _TEXT,
        "labels": {"type": "object", "additionalProperties": _TEXT},
    },
    ["name", "namespace"],
)
_POLICY = _closed(
    {
        "type": {"enum": ["Pods", "Percent"]},
        "value": {"type": "integer", "minimum": 1},
        "periodSeconds": {"type": "integer", "minimum": 1, "maximum": 1800},
    },
    ["type", "value", "periodSeconds"],
)
_RULES = _closed(
    {
        "stabilizationWindowSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
        "selectPolicy": {"enum": ["Max", "Min", "Disabled"]},
        "policies": {"type": "array", "items": _POLICY, "minItems": 1},
    },
    ["policies"],
)
_SQS_TRIGGER = _closed(
    {
        "type": {"const": "aws-sqs-queue"},
        "metadata": _closed(
            {
                "queueURL": _TEXT,
                "awsRegion": _TEXT,
                "queueLength": _WHOLE_TEXT,
                "activationQueueLength": _WHOLE_TEXT,
                "scaleOnInFlight": _FLAG_TEXT,
                "scaleOnDelayed": _FLAG_TEXT,
            },
            ["queueURL", "awsRegion"],
        ),
        "authenticationRef": _closed({"name": _TEXT}, ["name"]),
    },
    ["type", "metadata"],
)
_BEHAVIOR = _closed({"scaleUp": _RULES, "scaleDown": _RULES}, ["scaleUp", "scaleDown"])
_ADVANCED = _closed(
    {"horizontalPodAutoscalerConfig": _closed({"behavior": _BEHAVIOR}, ["behavior"])},
    ["horizontalPodAutoscalerConfig"],
)
_TARGET = _closed({"apiVersion": _TEXT, "kind": _TEXT, "name": _TEXT}, ["name"])


def _resource(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return _closed(
        {
            "apiVersion": {"const": "keda.sh/v1alpha1"},
            "kind": {"const": kind},
            "metadata": _METADATA,
            "spec": spec,
        },
        ["apiVersion", "kind", "metadata", "spec"],
    )


SCALED_OBJECT = _resource(
    "ScaledObject",
    _closed(
        {
            "scaleTargetRef": _TARGET,
            "pollingInterval": _SECONDS,
            "cooldownPeriod": _SECONDS,
            "minReplicaCount": {"type": "integer", "minimum": 0},
            "maxReplicaCount": {"type": "integer", "minimum": 1},
            "advanced": _ADVANCED,
            "triggers": {"type": "array", "items": _SQS_TRIGGER, "minItems": 1},
        },
        ["scaleTargetRef", "triggers"],
    ),
)
TRIGGER_AUTHENTICATION = _resource(
    "TriggerAuthentication",
    _closed({"podIdentity": _closed({"provider": {"const": "aws"}}, ["provider"])}, []),
)

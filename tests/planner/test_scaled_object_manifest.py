"""What is read from a ScaledObject's manifest, and what is refused, with its words."""

from typing import Any

import pytest
from tests.planner.manifests import manifest, scaled_object

from shoal_planner import Fallback, PlannerInputError, QueueDepth, ScaledObject
from shoal_planner.hpa_behavior import DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP


def error(**settings: Any) -> str:
    with pytest.raises(PlannerInputError) as raised:
        scaled_object(**settings)
    return str(raised.value)


def test_a_silent_manifest_gets_keda_defaults() -> None:
    settings = ScaledObject.from_manifest(manifest(metadata={"queueLength": None}))
    assert settings == ScaledObject(name="thumbnails")
    assert (settings.queue_length, settings.polling_interval_s) == (5, 30)
    assert (settings.cooldown_period_s, settings.initial_cooldown_period_s) == (300, 0)
    assert (settings.min_replica_count, settings.max_replica_count) == (0, 100)
    assert (settings.scale_on_in_flight, settings.scale_on_delayed) == (True, False)
    assert settings.behavior is None


def test_every_field_is_read() -> None:
    settings = scaled_object(
        metadata={
            "queueLength": "7",
            "activationQueueLength": "3",
            "scaleOnInFlight": "false",
            "scaleOnDelayed": "true",
        },
        pollingInterval=11,
        cooldownPeriod=0,
        initialCooldownPeriod=12,
        idleReplicaCount=0,
        minReplicaCount=2,
        maxReplicaCount=9,
        fallback={"failureThreshold": 3, "replicas": 4, "behavior": "currentReplicas"},
        behavior={},
    )
    assert settings.queue_length == 7
    assert settings.activation_queue_length == 3
    assert settings.backlog(QueueDepth(1, in_flight=10, delayed=100)) == 101
    assert (settings.polling_interval_s, settings.cooldown_period_s) == (11, 0)
    assert settings.initial_cooldown_period_s == 12
    assert (settings.idle_replica_count, settings.min_replica_count) == (0, 2)
    assert settings.max_replica_count == 9
    assert settings.fallback == Fallback(3, 4, "currentReplicas")


def test_numbers_as_a_pulumi_program_passes_them_are_read() -> None:
    assert scaled_object(cooldownPeriod=60.0).cooldown_period_s == 60
    assert scaled_object(metadata={"queueLength": 8}).queue_length == 8


@pytest.mark.parametrize("config", [None, {}, {"behavior": None}])
def test_without_a_behavior_key_the_path_is_the_legacy_one(config: dict[str, Any] | None) -> None:
    advanced = {"horizontalPodAutoscalerConfig": config}
    assert scaled_object(advanced=advanced).hpa_behavior is None


@pytest.mark.parametrize("behavior", [{}, {"scaleUp": None}, {"scaleDown": {"policies": []}}])
def test_an_empty_behavior_is_all_defaults(behavior: dict[str, Any]) -> None:
    filled = scaled_object(behavior=behavior).hpa_behavior
    assert filled is not None
    assert (filled.scale_up, filled.scale_down) == (DEFAULT_SCALE_UP, DEFAULT_SCALE_DOWN)


def test_rules_that_are_given_in_part_keep_the_other_defaults() -> None:
    behavior = {"scaleUp": {"stabilizationWindowSeconds": 30}, "scaleDown": {"tolerance": "0.05"}}
    filled = scaled_object(behavior=behavior).hpa_behavior
    assert filled is not None
    assert filled.scale_up.stabilization_window_s == 30
    assert filled.scale_up.policies == DEFAULT_SCALE_UP.policies
    assert filled.scale_down.tolerance == 0.05
    assert filled.scale_down.stabilization_window_s == 300


@pytest.mark.parametrize(("written", "read"), [("50m", 0.05), ("0.3", 0.3), ("1", 1.0), (0, 0.0)])
def test_a_tolerance_is_a_kubernetes_quantity(written: object, read: float) -> None:
    filled = scaled_object(behavior={"scaleUp": {"tolerance": written}}).hpa_behavior
    assert filled is not None
    assert filled.scale_up.tolerance == read


@pytest.mark.parametrize(
    ("value", "paused"), [("true", True), ("false", False), ("", True), ("yes", True), ("F", False)]
)
def test_a_pause_annotation_that_is_no_boolean_pauses(value: str, *, paused: bool) -> None:
    settings = scaled_object(annotations={"autoscaling.keda.sh/paused": value})
    assert settings.paused is paused


def test_the_type_sqs_is_told_what_to_write_instead() -> None:
    message = error(triggers=[{"type": "sqs", "metadata": {}}])
    assert "spec.triggers[0].type is 'sqs'" in message
    assert "no scaler found for type: sqs" in message
    assert message.endswith("write type: aws-sqs-queue")


@pytest.mark.parametrize("trigger_type", ["cpu", "memory", "cron", "prometheus"])
def test_a_trigger_of_another_type_is_named(trigger_type: str) -> None:
    sqs = manifest()["spec"]["triggers"][0]
    message = error(triggers=[sqs, {"type": trigger_type, "metadata": {}}])
    assert f"spec.triggers[1].type is {trigger_type!r}" in message
    assert "models no other trigger" in message


def test_a_trigger_without_a_type_is_told_the_one_there_is() -> None:
    message = error(triggers=[{"metadata": {}}])
    assert message.startswith("spec.triggers[0].type is missing")
    assert message.endswith("write type: aws-sqs-queue")


@pytest.mark.parametrize(
    "key", ["queuelength", "QueueLength", "queue_length", "queueLenght", "queueLengt"]
)
def test_a_trigger_key_that_keda_would_pass_over_is_refused(key: str) -> None:
    message = error(metadata={key: "7"})
    assert f"spec.triggers[0].metadata.{key} is '7'" in message
    assert message.endswith("write queueLength")


def test_an_idle_count_without_a_minimum_is_refused_as_keda_does() -> None:
    assert "spec.idleReplicaCount is 0" in error(idleReplicaCount=0)
    assert scaled_object(idleReplicaCount=0, minReplicaCount=0).idle_replica_count == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"apiVersion": "keda.k8s.io/v1alpha1"}, "allowed is keda.sh/v1alpha1"),
        ({"specs": {}}, "did you mean spec?"),
        ({"metadata": "thumbnails"}, "metadata is 'thumbnails': allowed is a mapping"),
        ({"spec": 5}, "spec is 5: allowed is a mapping"),
    ],
)
def test_a_manifest_of_another_shape_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(PlannerInputError) as raised:
        ScaledObject.from_manifest(manifest() | wrong)
    assert words in str(raised.value)


def test_a_manifest_as_a_cluster_gives_it_back_is_read() -> None:
    given_back = manifest() | {"status": {"conditions": []}}
    given_back["metadata"] |= {"uid": "1", "resourceVersion": "7", "managedFields": []}
    assert ScaledObject.from_manifest(given_back) == scaled_object()


def test_several_queues_in_one_manifest_are_refused() -> None:
    sqs = manifest()["spec"]["triggers"][0]
    assert "exactly one aws-sqs-queue trigger" in error(triggers=[sqs, sqs])
    assert "exactly one aws-sqs-queue trigger" in error(triggers=[])


def test_scaling_modifiers_are_refused() -> None:
    assert "not modelled" in error(advanced={"scalingModifiers": {"formula": "a+b"}})


def test_a_misspelt_key_is_told_its_neighbour() -> None:
    message = error(coolDownPeriod=60)
    assert message.startswith("spec.coolDownPeriod is 60")
    assert message.endswith("did you mean cooldownPeriod?")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pollingInterval": 0}, "spec.pollingInterval is 0: allowed is 1 or more"),
        ({"cooldownPeriod": -1}, "spec.cooldownPeriod is -1"),
        ({"initialCooldownPeriod": -1}, "spec.initialCooldownPeriod is -1"),
        ({"minReplicaCount": -1}, "spec.minReplicaCount is -1"),
        ({"maxReplicaCount": 0}, "spec.maxReplicaCount is 0"),
        ({"minReplicaCount": 9, "maxReplicaCount": 8}, "at most spec.maxReplicaCount (8)"),
        ({"minReplicaCount": 101}, "at most spec.maxReplicaCount (100)"),
        ({"minReplicaCount": 2, "idleReplicaCount": 2}, "less than spec.minReplicaCount (2)"),
        ({"metadata": {"queueLength": "0"}}, "the HPA refuses a target that is not positive"),
        ({"metadata": {"queueLength": "2.5"}}, "metadata.queueLength is '2.5'"),
        ({"metadata": {"scaleOnInFlight": "no"}}, "metadata.scaleOnInFlight is 'no'"),
        ({"cooldownPeriod": "60"}, "allowed is a whole number; write 60, without quotes"),
        ({"cooldownPeriod": "5m"}, "spec.cooldownPeriod is '5m': allowed is a whole number"),
        ({"pollingInterval": True}, "spec.pollingInterval is True"),
        ({"fallback": {"replicas": 1}}, "spec.fallback.failureThreshold is missing"),
        ({"fallback": {"failureThreshold": 1, "replicas": -1}}, "spec.fallback.replicas is -1"),
        ({"triggers": {"type": "aws-sqs-queue"}}, "allowed is a list"),
        ({"advanced": []}, "spec.advanced is []: allowed is a mapping"),
        ({"annotations": {"autoscaling.keda.sh/paused-replicas": "few"}}, "a whole number"),
    ],
)
def test_what_kubernetes_or_keda_would_refuse_is_refused(
    settings: dict[str, Any], words: str
) -> None:
    assert words in error(**settings)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"stabilizationWindowSeconds": 3601}, "scaleUp.stabilizationWindowSeconds is 3601"),
        ({"selectPolicy": "max"}, "allowed is Max or Min or Disabled"),
        ({"policies": [{"type": "pods", "value": 1, "periodSeconds": 1}]}, "Pods or Percent"),
        ({"policies": [{"value": 1, "periodSeconds": 1}]}, "Pods or Percent"),
        (
            {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 1}]},
            "scaleUp.policies[0].value is 0",
        ),
        (
            {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]},
            "scaleUp.policies[0].periodSeconds is 1801: allowed is at most 1800",
        ),
        ({"tolerance": "-0.1"}, "scaleUp.tolerance is -0.1"),
        ({"tolerance": "a tenth"}, "a quantity"),
        ({"window": 3}, "one of the keys stabilizationWindowSeconds, "),
    ],
)
def test_what_the_hpa_would_refuse_in_a_behavior_is_refused(
    rules: dict[str, Any], words: str
) -> None:
    message = error(behavior={"scaleUp": rules})
    assert "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp" in message
    assert words in message


def test_a_name_too_long_for_its_hpa_is_refused() -> None:
    long = manifest()
    long["metadata"]["name"] = "n" * 55
    with pytest.raises(PlannerInputError, match="this has 55"):
        ScaledObject.from_manifest(long)


def test_an_object_of_another_kind_is_refused() -> None:
    with pytest.raises(PlannerInputError, match="kind is 'ScaledJob'"):
        ScaledObject.from_manifest(manifest() | {"kind": "ScaledJob"})

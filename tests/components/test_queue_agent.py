"""`QueueAgent` as a program registers it; its objects are held to Kubernetes' and KEDA's schemas.

What this does not prove: that pods run, and that KEDA scales them (tests/cluster does).
"""

import json
from typing import Any

import jsonschema
import kubernetes_validate
import pulumi
import pytest
from tests.components.keda_schema import SCALED_OBJECT, TRIGGER_AUTHENTICATION
from tests.components.programs import CLUSTER, SIZED, fleet, recorded_fleet

from pulumi_shoal import ExistingCluster, QueueAgent, SettingsError, WorkQueue
from pulumi_shoal.cluster_spec import KUBERNETES_VERSION
from shoal_agent import contract
from shoal_local.testing import UNKNOWN, Recorded, Resource, evaluate

KEDA = "kubernetes:keda.sh/v1alpha1"
KUBERNETES = ("resize-service-account", "resize-deployment", "resize-disruption-budget")


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return recorded_fleet(preview=False)


def _pod(recorded: Recorded) -> dict[str, Any]:
    pod: dict[str, Any] = recorded.named("resize-deployment").inputs["spec"]["template"]
    return pod


def _environment(recorded: Recorded) -> dict[str, Any]:
    (container,) = _pod(recorded)["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def test_a_fleet_has_exactly_these_children(recorded: Recorded) -> None:
    component = recorded.only("shoal:index:QueueAgent")
    assert {(child.type, child.name) for child in recorded.children(component.urn)} == {
        ("shoal:index:IrsaRole", "resize-identity"),
        ("aws:iam/rolePolicy:RolePolicy", "resize-keda-policy"),
        ("kubernetes:core/v1:ServiceAccount", "resize-service-account"),
        ("kubernetes:apps/v1:Deployment", "resize-deployment"),
        ("kubernetes:policy/v1:PodDisruptionBudget", "resize-disruption-budget"),
        (f"{KEDA}:TriggerAuthentication", "resize-trigger-authentication"),
        (f"{KEDA}:ScaledObject", "resize-scaled-object"),
    }


@pytest.mark.parametrize("name", KUBERNETES)
def test_kubernetes_takes_every_object(recorded: Recorded, name: str) -> None:
    kubernetes_validate.validate(
        dict(recorded.named(name).inputs), f"{KUBERNETES_VERSION}.0", strict=True
    )


def test_keda_takes_its_two(recorded: Recorded) -> None:
    jsonschema.validate(recorded.named("resize-scaled-object").inputs, SCALED_OBJECT)
    authentication = recorded.named("resize-trigger-authentication").inputs
    jsonschema.validate(authentication, TRIGGER_AUTHENTICATION)


def test_the_autoscaler_owns_the_replicas(recorded: Recorded) -> None:
    assert "replicas" not in recorded.named("resize-deployment").inputs["spec"]


def test_what_keda_must_clean_up_depends_on_keda(recorded: Recorded) -> None:
    release = recorded.only("kubernetes:helm.sh/v3:Release")
    for kind in ("scaled-object", "trigger-authentication"):
        assert release.urn in recorded.named(f"resize-{kind}").dependencies


def test_a_scaled_object_comes_after_all_that_it_refers_to(recorded: Recorded) -> None:
    dependencies = recorded.named("resize-scaled-object").dependencies
    for name in ("resize-deployment", "resize-trigger-authentication", "resize-keda-policy"):
        assert recorded.named(name).urn in dependencies
    spec = recorded.named("resize-scaled-object").inputs["spec"]
    assert (
        spec["scaleTargetRef"]["name"]
        == recorded.named("resize-deployment").inputs["metadata"]["name"]
    )


def test_agents_start_when_their_role_may_read_the_queue(recorded: Recorded) -> None:
    policy = recorded.named("resize-identity-policy")
    assert policy.urn in recorded.named("resize-deployment").dependencies


def test_the_scaling_behavior_is_always_explicit(recorded: Recorded) -> None:
    spec = recorded.named("resize-scaled-object").inputs["spec"]
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert {policy["type"] for policy in behavior["scaleUp"]["policies"]} == {"Percent", "Pods"}
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 60


def test_every_variable_of_the_contract_is_set_from_the_plan(recorded: Recorded) -> None:
    environment = _environment(recorded)
    assert environment[contract.HANDLER] == "shop.images:resize"
    assert environment[contract.VISIBILITY_TIMEOUT_S] == "90"
    assert environment[contract.DRAIN_S] == "65"
    assert set(environment) == {
        contract.HANDLER,
        contract.QUEUE_URL,
        contract.DEAD_LETTER_QUEUE_URL,
        contract.CONCURRENCY,
        contract.LONGEST_JOB_S,
        contract.VISIBILITY_TIMEOUT_S,
        contract.DRAIN_S,
        contract.HEARTBEAT,
        contract.HEALTH_PORT,
        contract.METRICS_PORT,
        contract.LOG_LEVEL,
        "AWS_REGION",
    }


def test_the_grace_period_outlasts_the_drain(recorded: Recorded) -> None:
    grace_s = _pod(recorded)["spec"]["terminationGracePeriodSeconds"]
    assert grace_s > int(_environment(recorded)[contract.DRAIN_S])


def test_probes_ask_where_the_agent_answers(recorded: Recorded) -> None:
    (container,) = _pod(recorded)["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {
        "health": contract.DEFAULT_HEALTH_PORT,
        "metrics": contract.DEFAULT_METRICS_PORT,
    }
    paths = {probe: container[probe]["httpGet"]["path"] for probe in container if "Probe" in probe}
    assert paths == {
        "startupProbe": contract.LIVENESS_PATH,
        "livenessProbe": contract.LIVENESS_PATH,
        "readinessProbe": contract.READINESS_PATH,
    }


def test_pods_meet_the_restricted_security_standard(recorded: Recorded) -> None:
    pod = _pod(recorded)["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert [mount["name"] for mount in container["volumeMounts"]] == ["tmp"]


def test_memory_is_bounded_and_cpu_is_not(recorded: Recorded) -> None:
    (container,) = _pod(recorded)["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "250m", "memory": "256Mi"},
        "limits": {"memory": "256Mi"},
    }


def test_long_work_is_not_to_be_evicted() -> None:
    long = evaluate(lambda: fleet(longest_job_s=3_600, keda=False))
    annotations = _pod(long)["metadata"]["annotations"]
    assert annotations["karpenter.sh/do-not-disrupt"] == "true"
    assert annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"
    short = _pod(recorded_fleet(preview=True))["metadata"]["annotations"]
    assert "karpenter.sh/do-not-disrupt" not in short


def test_keda_may_measure_this_queue_and_nothing_else(recorded: Recorded) -> None:
    policy = recorded.named("resize-keda-policy")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Action"] == ["sqs:GetQueueAttributes"]
    assert len(statement["Resource"]) == 1
    assert recorded.named("keda-operator-role").urn in policy.dependencies


def test_without_keda_of_ours_nothing_is_said_of_its_role() -> None:
    names = [resource.name for resource in evaluate(lambda: fleet(keda=False)).resources]
    assert "resize-keda-policy" not in names
    assert "resize-scaled-object" in names


def test_the_handlers_own_variables_and_permissions_are_added() -> None:
    extended = evaluate(
        lambda: fleet(
            keda=False,
            environment={"THUMBNAIL_BUCKET": "thumbs"},
            permissions=[{"actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::thumbs/*"]}],
        ),
        preview=False,
    )
    assert _environment(extended)["THUMBNAIL_BUCKET"] == "thumbs"
    policy = json.loads(extended.named("resize-identity-policy").inputs["policy"])
    assert policy["Statement"][-1]["Action"] == ["s3:PutObject"]


def test_every_object_of_the_fleet_is_on_the_given_cluster(recorded: Recorded) -> None:
    provider = recorded.named("platform-kubernetes")
    component = recorded.only("shoal:index:QueueAgent")
    objects: list[Resource] = [
        child for child in recorded.children(component.urn) if child.type.startswith("kubernetes:")
    ]
    assert len(objects) == 5
    for child in objects:
        assert child.provider is not None
        assert child.provider.startswith(provider.urn)


def test_a_first_preview_passes_with_no_cluster_and_no_queue() -> None:
    preview = recorded_fleet(preview=True)
    assert _environment(preview)[contract.QUEUE_URL] is UNKNOWN
    assert preview.named("resize-scaled-object").inputs["spec"]["maxReplicaCount"] > 0


def test_the_plan_can_be_read_back() -> None:
    plans = []
    evaluate(lambda: plans.append(fleet(keda=False).plan))
    assert plans[0].queue_length == 27
    assert "60 s" in plans[0].explanations["queue_length"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"consurrency": 2}, "unknown-key"),
        ({"scaling": {"queue_length": 5}}, "goal-and-numbers"),
        ({"scaling": {"min_replica_count": 900}}, "max-below-min"),
        ({"heartbeat": False, "visibility_timeout_s": 5}, "visibility-below-longest-job"),
        ({"longest_job_s": 1}, "cannot-be-planned"),
        ({"longest_job_s": 50_000}, "cannot-be-planned"),
    ],
)
def test_the_rules_protect_a_fleet_in_any_program(args: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError, match=rf"QueueAgent 'resize': .*\[{code}\]"):
        evaluate(lambda: fleet(keda=False, **args))


def test_a_name_too_long_for_a_scaled_object_is_an_error() -> None:
    with pytest.raises(SettingsError, match="scaled-object-name-too-long"):
        evaluate(lambda: fleet("r" * 55, keda=False))


def test_a_fleet_never_goes_to_the_cluster_kubectl_points_at() -> None:
    def program() -> None:
        cluster = ExistingCluster("platform", CLUSTER)  # type: ignore[arg-type]
        given: Any = {**SIZED, "queue": WorkQueue("resize", {}).ref, "cluster": cluster.ref}
        QueueAgent("resize", given)

    with pytest.raises(SettingsError, match=r"provider=cluster\.provider"):
        evaluate(program)


def test_a_doubtful_setting_warns_once_and_goes_on() -> None:
    doubtful = evaluate(lambda: fleet(keda=False, drain_s=5))
    assert len([text for text in doubtful.warnings if "drain-under-longest-job" in text]) == 1


def test_a_mistake_is_a_pulumi_run_error() -> None:
    assert issubclass(SettingsError, pulumi.RunError)

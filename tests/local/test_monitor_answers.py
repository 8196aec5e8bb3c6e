"""What a program sees of its resources: nothing known too early, nothing made up in silence."""

import re
from typing import Any

import pulumi
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
import pytest
from pulumi_aws import get_availability_zones, get_caller_identity, get_partition, get_region, sqs
from pulumi_aws.ec2 import get_ami
from pulumi_awsx import ec2
from tests.local.pulumi_programs import QUEUE

from shoal_local.answers import UnknownFunctionError
from shoal_local.testing import UNKNOWN, Secret, evaluate

CLUSTER = "eks:index:Cluster"


def test_a_preview_knows_the_inputs_of_a_resource_and_not_what_creating_it_would_tell() -> None:
    def program() -> None:
        queue = sqs.Queue("jobs", visibility_timeout_seconds=30)
        pulumi.export("given", queue.visibility_timeout_seconds)
        pulumi.export("computed", queue.arn)
        pulumi.export("id", queue.id)

    assert evaluate(program).exports == {"given": 30, "computed": UNKNOWN, "id": UNKNOWN}


def test_nothing_is_applied_to_a_value_that_a_preview_does_not_know() -> None:
    applied: list[str] = []
    evaluate(lambda: sqs.Queue("jobs").arn.apply(applied.append))
    assert applied == []


def test_a_program_can_tell_a_preview_from_a_deployment() -> None:
    seen: list[bool] = []
    for preview in (True, False):
        evaluate(lambda: seen.append(pulumi.runtime.is_dry_run()), preview=preview)
    assert seen == [True, False]


def test_resources_of_a_provider_that_is_not_configured_yet_are_wholly_unknown() -> None:
    def program(kubeconfig: pulumi.Input[str]) -> None:
        provider = kubernetes.Provider("cluster", kubeconfig=kubeconfig)
        options = pulumi.ResourceOptions(provider=provider)
        config = kubernetes.core.v1.ConfigMap("settings", data={"a": "b"}, opts=options)
        pulumi.export("data", config.data)

    later = evaluate(lambda: program(sqs.Queue("jobs").url))
    assert later.exports == {"data": UNKNOWN}
    assert later.named("settings").inputs["data"] == {"a": "b"}
    assert evaluate(lambda: program("known")).exports == {"data": {"a": "b"}}


def test_an_output_named_as_a_secret_is_one() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(additional_secret_outputs=["name"])
        pulumi.export("name", sqs.Queue("jobs", name="hush", opts=options).name)

    assert evaluate(program).exports == {"name": Secret("hush")}


def test_a_secret_input_comes_back_as_a_secret_output() -> None:
    def program() -> None:
        pulumi.export("name", sqs.Queue("jobs", name=pulumi.Output.secret("hush")).name)

    assert evaluate(program).exports == {"name": Secret("hush")}


def test_without_preview_computed_values_have_the_shape_aws_gives_them() -> None:
    def program() -> None:
        queue = sqs.Queue("jobs")
        pulumi.export("arn", queue.arn)
        pulumi.export("url", queue.url)

    config = {"aws:region": "eu-north-1"}
    assert evaluate(program, config=config, preview=False).exports == {
        "arn": "arn:aws:sqs:eu-north-1:123456789012:jobs",
        "url": "https://sqs.eu-north-1.amazonaws.com/123456789012/jobs",
    }


def _cluster_program() -> None:
    cluster = eks.Cluster("fleet", create_oidc_provider=True)
    pulumi.export("issuer", cluster.oidc_issuer)
    pulumi.export("kubeconfig", cluster.kubeconfig_json)


def test_a_remote_component_is_one_opaque_registration_with_unknown_outputs() -> None:
    recorded = evaluate(_cluster_program)
    assert recorded.types == [CLUSTER]
    cluster = recorded.only(CLUSTER)
    assert (cluster.remote, cluster.custom) == (True, False)
    assert cluster.inputs == {"createOidcProvider": True}
    assert recorded.exports == {"issuer": UNKNOWN, "kubeconfig": UNKNOWN}


def test_without_preview_a_remote_component_has_outputs_of_the_right_types() -> None:
    exports = evaluate(_cluster_program, preview=False).exports
    assert exports["issuer"].startswith("oidc.eks.eu-west-1.amazonaws.com/id/")
    assert '"current-context": "fleet"' in exports["kubeconfig"]


def test_a_network_made_by_a_component_has_a_subnet_in_each_zone() -> None:
    def program() -> None:
        pulumi.export("private", ec2.Vpc("network").private_subnet_ids)

    assert evaluate(program).exports == {"private": UNKNOWN}
    assert len(evaluate(program, preview=False).exports["private"]) == 3


def test_a_remote_component_that_is_not_listed_is_an_error_that_names_it() -> None:
    class Mystery(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("mystery:index:Thing", name, {}, None, remote=True)

    with pytest.raises(UnknownFunctionError, match="mystery:index:Thing"):
        evaluate(lambda: Mystery("thing"), preview=False)


def test_questions_about_the_account_are_answered_for_the_stacks_region() -> None:
    def program() -> None:
        pulumi.export("account", get_caller_identity().account_id)
        pulumi.export("region", get_region().region)
        pulumi.export("partition", get_partition().partition)
        pulumi.export("zones", get_availability_zones(state="available").names)

    assert evaluate(program, config={"aws:region": "eu-north-1"}).exports == {
        "account": "123456789012",
        "region": "eu-north-1",
        "partition": "aws",
        "zones": ["eu-north-1a", "eu-north-1b", "eu-north-1c"],
    }


def test_a_function_that_is_not_listed_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownFunctionError, match=r"aws:ec2/getAmi:getAmi.*Known are: aws:"):
        evaluate(lambda: get_ami(most_recent=True))


def test_a_function_of_an_unknown_value_is_unknown_and_is_not_called() -> None:
    def program() -> None:
        unknown_call: Any = pulumi.runtime.invoke_output(
            "test:index:neverAnswered", {"of": sqs.Queue("jobs").arn}
        )
        pulumi.export("result", unknown_call)

    assert evaluate(program).exports == {"result": UNKNOWN}


def test_a_resource_can_be_had_again_by_its_urn() -> None:
    def program() -> None:
        queue = sqs.Queue("jobs", name="jobs-queue")

        def again(urn: str) -> Any:
            options = pulumi.ResourceOptions(urn=urn)
            return sqs.Queue("again", opts=options).name

        pulumi.export("name", queue.urn.apply(again))

    recorded = evaluate(program, preview=False)
    assert recorded.exports == {"name": "jobs-queue"}
    assert recorded.types == [QUEUE]


def test_a_kubernetes_object_without_a_name_gets_one_that_a_preview_knows() -> None:
    def program() -> None:
        unnamed = kubernetes.core.v1.ConfigMap("settings", data={"a": "b"})
        named = kubernetes.core.v1.ConfigMap("other", metadata={"name": "other"})
        release = kubernetes.helm.v3.Release("keda", chart="keda")
        pulumi.export("unnamed", unnamed.metadata.name)
        pulumi.export("named", named.metadata.name)
        pulumi.export("release", release.name)

    first, second = evaluate(program).exports, evaluate(program).exports
    assert re.fullmatch("settings-[0-9a-f]{8}", first["unnamed"])
    assert first["named"] == "other"
    assert re.fullmatch("keda-[0-9a-f]{8}", first["release"])
    assert first == second
    assert "metadata" not in evaluate(program).named("settings").inputs


def test_a_component_method_is_answered_if_it_is_listed_and_named_if_it_is_not() -> None:
    def program(method: str) -> None:
        result: Any = pulumi.runtime.call(f"eks:index:Cluster/{method}", {})
        pulumi.export("result", result["result"])

    assert evaluate(lambda: program("getKubeconfig")).exports == {"result": UNKNOWN}
    told = evaluate(lambda: program("getKubeconfig"), preview=False).exports["result"]
    assert told == "result of eks:index:Cluster/getKubeconfig"
    with pytest.raises(UnknownFunctionError, match="eks:index:Cluster/sing"):
        evaluate(lambda: program("sing"))

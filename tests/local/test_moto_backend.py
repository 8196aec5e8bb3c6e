"""A program's resources, made in moto and deleted again; what is echoed, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi_aws import cloudwatch, dynamodb, ecr, iam, kms, s3, sns, sqs

from shoal_local.evaluation import Evaluation
from shoal_local.kubernetes_objects import LocalObjects
from shoal_local.moto_backend import MotoBackend, ResourceNotMadeError
from shoal_local.moto_server import MotoServer

REGION = "eu-west-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
            }
        ],
    }
)
PERMISSION = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
)
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "imageCountMoreThan",
                    "countNumber": 9,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)


@pytest.fixture
def server() -> Iterator[MotoServer]:
    with MotoServer(REGION) as server:
        yield server


def _evaluate(server: MotoServer, program: Any) -> tuple[Evaluation, MotoBackend, LocalObjects]:
    objects = LocalObjects()
    backend = MotoBackend(server, objects)
    evaluation = Evaluation(backend, project="shoal", stack="local", preview=False)
    evaluation.run(program)
    return evaluation, backend, objects


def _delete(evaluation: Evaluation, backend: MotoBackend) -> None:
    for resource in reversed(evaluation.resources):
        backend.delete(resource)


def _queues() -> None:
    dead = sqs.Queue("dead", message_retention_seconds=1_209_600)
    work = sqs.Queue(
        "work",
        visibility_timeout_seconds=77,
        redrive_policy=dead.arn.apply(
            lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 4})
        ),
    )
    sqs.RedriveAllowPolicy(
        "allow",
        queue_url=dead.id,
        redrive_allow_policy=work.arn.apply(
            lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
        ),
    )
    pulumi.export("work", work.url)
    pulumi.export("dead", dead.arn)


def test_a_queue_has_what_was_registered_and_is_deleted(server: MotoServer) -> None:
    evaluation, backend, _ = _evaluate(server, _queues)
    client = server.client("sqs")
    url = evaluation.exports["work"]
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "77"
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": evaluation.exports["dead"],
        "maxReceiveCount": 4,
    }
    assert backend.echoed == []
    _delete(evaluation, backend)
    assert client.list_queues().get("QueueUrls", []) == []


def test_a_fifo_queue_is_named_as_sqs_demands(server: MotoServer) -> None:
    def program() -> None:
        pulumi.export("url", sqs.Queue("ordered", fifo_queue=True).url)

    evaluation, _, _ = _evaluate(server, program)
    assert evaluation.exports["url"].endswith(".fifo")


def _every_other_kind() -> None:
    role = iam.Role("role", assume_role_policy=TRUST)
    policy = iam.Policy("policy", policy=PERMISSION)
    iam.RolePolicy("inline", role=role.name, policy=policy.policy)
    iam.RolePolicyAttachment("attached", role=role.name, policy_arn=policy.arn)
    managed = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
    iam.RolePolicyAttachment("managed", role=role.name, policy_arn=managed)
    iam.OpenIdConnectProvider("oidc", url="https://oidc.invalid/id", client_id_lists=["sts"])
    s3.Bucket("bucket")
    repository = ecr.Repository("repository")
    ecr.LifecyclePolicy("life", repository=repository.name, policy=LIFECYCLE)
    key = kms.Key("key")
    kms.Alias("alias", target_key_id=key.key_id)
    cloudwatch.LogGroup("logs", retention_in_days=7)
    topic = sns.Topic("topic")
    cloudwatch.MetricAlarm(
        "alarm",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=1,
        metric_name="m",
        namespace="n",
        period=60,
        statistic="Maximum",
        alarm_actions=[topic.arn],
    )
    body = '{"widgets": []}'
    cloudwatch.Dashboard("board", dashboard_name="board", dashboard_body=body)


def test_every_type_that_components_register_is_made_and_deleted(server: MotoServer) -> None:
    evaluation, backend, _ = _evaluate(server, _every_other_kind)
    assert backend.echoed == []
    assert len(server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"])
    assert [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]
    alarm = server.client("cloudwatch").describe_alarms()["MetricAlarms"][0]
    assert alarm["AlarmActions"][0].startswith("arn:aws:sns:eu-west-1:")
    _delete(evaluation, backend)
    assert server.client("iam").list_roles()["Roles"] == []
    assert server.client("s3").list_buckets()["Buckets"] == []
    assert server.client("ecr").describe_repositories()["repositories"] == []
    assert server.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert server.client("logs").describe_log_groups()["logGroups"] == []


def test_a_type_that_is_not_made_is_answered_and_said_so(server: MotoServer) -> None:
    def program() -> None:
        table = dynamodb.Table("table", hash_key="id", attributes=[{"name": "id", "type": "S"}])
        pulumi.export("arn", table.arn)

    evaluation, backend, _ = _evaluate(server, program)
    assert [resource.name for resource in backend.echoed] == ["table"]
    assert evaluation.exports["arn"].startswith("arn:aws:dynamodb:")
    _delete(evaluation, backend)


def test_kubernetes_objects_go_to_the_target_with_the_providers_defaults(
    server: MotoServer,
) -> None:
    def program() -> None:
        account = k8s.core.v1.ServiceAccount("agent", metadata={"labels": {"a": "b"}})
        pulumi.export("name", account.metadata.name)

    evaluation, backend, objects = _evaluate(server, program)
    (account,) = objects.of_kind("ServiceAccount")
    assert account["apiVersion"] == "v1"
    assert account["metadata"]["namespace"] == "default"
    assert account["metadata"]["name"] == evaluation.exports["name"]
    assert account["metadata"]["name"].startswith("agent-")
    _delete(evaluation, backend)
    assert len(objects) == 0


def test_what_moto_refuses_is_an_error_that_names_the_resource(server: MotoServer) -> None:
    def program() -> None:
        sqs.Queue("work", name="not a name!")

    with pytest.raises(ResourceNotMadeError, match="aws:sqs/queue:Queue 'work' could not be made"):
        _evaluate(server, program)

"""AWS, as far as it goes: the types that the laptop makes live in moto, others are echoed."""

import base64
import secrets
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError
from pulumi.provider.experimental import provider as rpc
from tests.engine.standins.echo_provider import EchoProvider, Made
from tests.engine.standins.property_values import plain_map
from tests.engine.standins.urns import name_of, physical_name, type_of

from shoal_local.moto_resources import MAKERS, Clients
from shoal_local.moto_resources import Made as MadeInMoto

ACCOUNT = "123456789012"
# Another one each time, as ECR's; the state must show none.
REGISTRY_PASSWORD = "planted-registry-password"
CLUSTER = "aws:eks/cluster:Cluster"

# How a refresh asks whether a resource is still there; a type that is not named here is.
FINDERS: dict[str, Callable[[Clients, str], object]] = {
    "aws:sqs/queue:Queue": lambda aws, url: aws["sqs"].get_queue_attributes(QueueUrl=url),
    "aws:iam/role:Role": lambda aws, name: aws["iam"].get_role(RoleName=name),
    "aws:iam/policy:Policy": lambda aws, arn: aws["iam"].get_policy(PolicyArn=arn),
    "aws:ecr/repository:Repository": lambda aws, name: aws["ecr"].describe_repositories(
        repositoryNames=[name]
    ),
    "aws:s3/bucket:Bucket": lambda aws, name: aws["s3"].head_bucket(Bucket=name),
    "aws:kms/key:Key": lambda aws, key: aws["kms"].describe_key(KeyId=key),
    "aws:sns/topic:Topic": lambda aws, arn: aws["sns"].get_topic_attributes(TopicArn=arn),
}


class AwsProvider(EchoProvider):
    """Makes, finds and deletes over boto3, at the endpoint that AWS_ENDPOINT_URL names."""

    def __init__(self) -> None:
        self._clients = _clients("us-east-1")

    async def configure(self, request: rpc.ConfigureRequest) -> rpc.ConfigureResponse:
        """Take the region of the stack's configuration."""
        self._clients = _clients(plain_map(request.args)["region"])
        return await super().configure(request)

    def make(self, urn: str, inputs: dict[str, Any]) -> Made:
        """Make the resource in moto where its type is known, echo it where not."""
        if type_of(urn) in MAKERS:
            made = MAKERS[type_of(urn)].create(self._clients, name_of(urn), inputs)
            return Made(made.id, dict(made.outputs))
        return _plausible(urn, inputs, self._clients.region)

    def stands(self, urn: str, resource_id: str) -> bool:
        """Ask moto for the resource, so that a refresh sees what has gone."""
        find = FINDERS.get(type_of(urn))
        if find is None:
            return True
        try:
            find(self._clients, resource_id)
        except ClientError:
            return False
        return True

    def remove(self, urn: str, resource_id: str, state: dict[str, Any]) -> None:
        """Delete from moto, which refuses what AWS refuses: a role with policies, say."""
        if type_of(urn) in MAKERS:
            MAKERS[type_of(urn)].delete(self._clients, MadeInMoto(resource_id, state))

    def answer(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer the questions about the account and region."""
        region = self._clients.region
        root = {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT}
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {**root, "id": ACCOUNT},
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_token(),
            "aws:index/getRegion:getRegion": {"region": region, "id": region},
            "aws:index/getPartition:getPartition": {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
                "reverseDnsPrefix": "com.amazonaws",
            },
        }
        return answers[token] if token in answers else super().answer(token, arguments)


def _clients(region: str) -> Clients:
    def client(service: str) -> Any:
        return boto3.client(service, region_name=region)

    return Clients(client, region=region, account_id=ACCOUNT)


def _registry_token() -> dict[str, Any]:
    password = f"{REGISTRY_PASSWORD}-{secrets.token_hex(8)}"
    return {
        "userName": "AWS",
        "password": password,
        "authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
        "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        "expiresAt": "2030-01-01T00:00:00Z",
        "id": "eu-west-1",
    }


def _plausible(urn: str, inputs: dict[str, Any], region: str) -> Made:
    name = inputs.get("name", physical_name(urn))
    service, kind = type_of(urn).split(":")[1].split("/")
    outputs: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:{service}:{region}:{ACCOUNT}:{kind}/{name}",
    }
    if type_of(urn) == CLUSTER:
        issuer = f"https://oidc.eks.{region}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
        outputs["endpoint"] = f"https://{name}.{region}.eks.amazonaws.com"
        outputs["certificateAuthority"] = {"data": "Y2VydGlmaWNhdGU="}
        outputs["identities"] = [{"oidcs": [{"issuer": issuer}]}]
    return Made(name, outputs)

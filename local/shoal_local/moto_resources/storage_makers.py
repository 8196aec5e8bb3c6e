"""Buckets, image repositories and keys."""

from collections.abc import Mapping
from typing import Any

from shoal_local.moto_resources.made import Clients, Made, Maker, keep, physical_name

# S3 refuses us-east-1 as a location constraint and demands one everywhere else.
_REGION_WITHOUT_CONSTRAINT = "us-east-1"


def create_bucket(clients: Clients, bucket: str) -> None:
    """Make the bucket in the clients' region."""
    location = (
        {}
        if clients.region == _REGION_WITHOUT_CONSTRAINT
        else {"CreateBucketConfiguration": {"LocationConstraint": clients.region}}
    )
    clients["s3"].create_bucket(Bucket=bucket, **location)


def delete_bucket(clients: Clients, bucket: str) -> None:
    """Delete the bucket with everything in it."""
    for page in clients["s3"].get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if keys:
            clients["s3"].delete_objects(Bucket=bucket, Delete={"Objects": keys})
    clients["s3"].delete_bucket(Bucket=bucket)


def _create_bucket(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    bucket = physical_name(name, inputs, key="bucket")
    create_bucket(clients, bucket)
    return Made(bucket, {"arn": f"arn:aws:s3:::{bucket}", "bucket": bucket})


def _delete_bucket(clients: Clients, made: Made) -> None:
    delete_bucket(clients, made.id)


def _create_repository(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    # ECR refuses an empty list of exclusions, and IMMUTABLE_WITH_EXCLUSION without any.
    exclusions = inputs.get("imageTagMutabilityExclusionFilters") or []
    repository = clients["ecr"].create_repository(
        repositoryName=physical_name(name, inputs),
        imageTagMutability=inputs.get("imageTagMutability", "MUTABLE"),
        **({"imageTagMutabilityExclusionFilters": exclusions} if exclusions else {}),
    )["repository"]
    outputs = {
        "arn": repository["repositoryArn"],
        "name": repository["repositoryName"],
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
    }
    return Made(repository["repositoryName"], outputs)


def _delete_repository(clients: Clients, made: Made) -> None:
    clients["ecr"].delete_repository(repositoryName=made.id, force=True)


def _create_lifecycle(clients: Clients, _name: str, inputs: Mapping[str, Any]) -> Made:
    repository = str(inputs["repository"])
    clients["ecr"].put_lifecycle_policy(
        repositoryName=repository, lifecyclePolicyText=inputs["policy"]
    )
    return Made(repository)


def _create_key(clients: Clients, _name: str, inputs: Mapping[str, Any]) -> Made:
    key = clients["kms"].create_key(Description=inputs.get("description", ""))["KeyMetadata"]
    return Made(key["KeyId"], {"arn": key["Arn"], "keyId": key["KeyId"]})


def _delete_key(clients: Clients, made: Made) -> None:
    clients["kms"].schedule_key_deletion(KeyId=made.id, PendingWindowInDays=7)


def _create_alias(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    given = inputs.get("name")
    alias = f"alias/{name}" if given is None else str(given)
    clients["kms"].create_alias(AliasName=alias, TargetKeyId=inputs["targetKeyId"])
    arn = f"arn:aws:kms:{clients.region}:{clients.account_id}:{alias}"
    return Made(alias, {"name": alias, "arn": arn})


def _delete_alias(clients: Clients, made: Made) -> None:
    clients["kms"].delete_alias(AliasName=made.id)


STORAGE_MAKERS = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Maker(_create_lifecycle, keep),
    "aws:ecr/repository:Repository": Maker(_create_repository, _delete_repository),
    "aws:kms/alias:Alias": Maker(_create_alias, _delete_alias),
    "aws:kms/key:Key": Maker(_create_key, _delete_key),
    "aws:s3/bucket:Bucket": Maker(_create_bucket, _delete_bucket),
    "aws:s3/bucketV2:BucketV2": Maker(_create_bucket, _delete_bucket),
}

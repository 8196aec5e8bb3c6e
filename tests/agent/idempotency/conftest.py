"""A table in moto for each test that asks for one."""

from typing import Any
from uuid import uuid4

import boto3
import pytest


def dynamodb(endpoint: str) -> Any:
    """Return a boto3 client of moto's DynamoDB."""
    return boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )


@pytest.fixture
def table(endpoint: str) -> str:
    """Return the name of a new table, as the store's docs describe it."""
    name = f"done-{uuid4().hex}"
    dynamodb(endpoint).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name

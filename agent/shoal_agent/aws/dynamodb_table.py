"""The calls that are made of DynamoDB: to put and to delete one item, on a condition."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from shoal_agent.aws.endpoint import regional_address
from shoal_agent.aws.service_connection import connect_service
from shoal_agent.aws.service_error import ServiceError

_ANSWER_TIMEOUT_S = 3.0
_REFUSED = "ConditionalCheckFailedException"


class Service(Protocol):
    """What carries the calls."""

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Return the decoded answer, or raise HttpError or ServiceError."""

    def close(self) -> None:
        """Close the connections."""


class DynamoDbTable:
    """One table. Items, keys and values are in DynamoDB's own notation: ``{"S": "text"}``."""

    def __init__(self, service: Service, name: str) -> None:
        """``name`` may be an ARN."""
        self._service = service
        self._name = name

    async def put(
        self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Put an item; return None, or the item that did not meet the condition."""
        return await self._write("PutItem", {"Item": item}, condition, values)

    async def delete(
        self, key: Mapping[str, Any], condition: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Delete an item; return None, or the item that did not meet the condition."""
        return await self._write("DeleteItem", {"Key": key}, condition, values)

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    async def _write(
        self, action: str, fields: dict[str, Any], condition: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        body = {
            "TableName": self._name,
            **fields,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        # A reserved word stands in a condition as #word. Names that are not used are refused.
        if names := {f"#{name}": name for name in re.findall(r"#(\w+)", condition)}:
            body["ExpressionAttributeNames"] = names
        try:
            await self._service.call(action, json.dumps(body).encode(), timeout_s=_ANSWER_TIMEOUT_S)
        except ServiceError as error:
            if error.code != _REFUSED:
                raise
            standing: dict[str, Any] = error.fields.get("Item") or {}
            return standing
        return None


async def connect_table(name: str, environ: Mapping[str, str]) -> DynamoDbTable:
    """Connect, or raise AgentError; nothing is sent yet."""
    # Nothing here renews credentials ahead: a request that is refused for their end does.
    service, _ = await connect_service(
        "dynamodb",
        "DynamoDB_20120810",
        partial(regional_address, "dynamodb"),
        environ,
        observe=lambda _action, _outcome: None,
    )
    return DynamoDbTable(service, name)

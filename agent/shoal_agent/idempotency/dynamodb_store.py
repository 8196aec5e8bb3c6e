"""A store in a DynamoDB table, which all agents of a fleet share.

The table has a partition key ``id`` (string) and no sort key; time to live is enabled on
``expires_at``. An item has these attributes:

    id           the handler and the key (a long one by its SHA-256)
    status       IN_PROGRESS or COMPLETED
    claim_token  the attempt that wrote it
    expires_at   its end, in whole seconds of the Unix clock

The agent's role needs ``dynamodb:PutItem`` and ``dynamodb:DeleteItem`` on the table, and
nothing else: what a refused write was refused for comes back in the refusal. A message costs
two writes of one unit each. DynamoDB removes items days after their end; the conditions here
look at the time themselves.

The ends of leases are compared with each worker's own clock, so the clocks of a fleet must
agree to within the margin of the lease.
"""

import asyncio
import math
import os
import time
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

from shoal_agent.aws.dynamodb_table import DynamoDbTable, connect_table
from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.idempotency.store import Found, Standing

_IN_PROGRESS, _COMPLETED = "IN_PROGRESS", "COMPLETED"
_CLAIMABLE = (
    "attribute_not_exists(id) OR expires_at <= :now"
    # The answer to this very claim was lost. Only while it is a claim: a first request that
    # arrives long after the second must not undo the completion.
    " OR (claim_token = :token AND #status = :in_progress)"
)
_STILL_MINE = "attribute_not_exists(id) OR claim_token = :token"
_MY_CLAIM = "claim_token = :token AND #status = :in_progress"

_ATTEMPTS = 4
_PAUSE_S = 0.1
# docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_LONGEST_ID_BYTES = 2_048


class DynamoDbStore:
    """Keys in a DynamoDB table.

    Mutable state: the connection of each event loop, made at the first call. Credentials,
    region and endpoint are found as the agent finds its queue's.
    """

    def __init__(self, table: str, clock: Callable[[], float] = time.time) -> None:
        """``table`` is a name or an ARN; ``clock`` returns seconds of the Unix clock."""
        self._name = table
        self._clock = clock
        self._random = Random()  # noqa: S311 - jitter
        self._tables: dict[asyncio.AbstractEventLoop, asyncio.Task[DynamoDbTable]] = {}

    async def claim(self, key: str, token: str, *, lease_s: float) -> Found:
        """Claim a key that is absent or past its end, for so long."""
        now_s = self._clock()
        item = _item(key, token, _IN_PROGRESS, now_s + lease_s)
        values = {":now": {"N": str(math.floor(now_s))}, **_claim_of(token)}
        standing = await self._write("put", item, _CLAIMABLE, values)
        if standing is None:
            return Found(Standing.CLAIMED)
        if standing["status"]["S"] == _COMPLETED:
            return Found(Standing.COMPLETED)
        return Found(Standing.IN_PROGRESS, float(standing["expires_at"]["N"]) - now_s)

    async def complete(self, key: str, token: str, *, keep_s: float) -> bool:
        """Record the key as completed, for so long; False if the claim is somebody else's."""
        item = _item(key, token, _COMPLETED, self._clock() + keep_s)
        return await self._write("put", item, _STILL_MINE, {":token": {"S": token}}) is None

    async def release(self, key: str, token: str) -> bool:
        """Let go of the claim; False if it is not this token's."""
        return await self._write("delete", _key(key), _MY_CLAIM, _claim_of(token)) is None

    async def close(self) -> None:
        """Close the running loop's connections; the next call makes new ones."""
        connecting = self._tables.pop(asyncio.get_running_loop(), None)
        if connecting is not None:
            (await connecting).close()

    async def _write(
        self, verb: str, fields: dict[str, Any], condition: str, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return None if it was written, the item that stood against it if not."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                table = await self._table()
                call = table.put if verb == "put" else table.delete
                return await call(fields, condition, values)
            except (HttpError, ServiceError) as error:
                if attempt == _ATTEMPTS or not _worth_repeating(error):
                    raise
            await asyncio.sleep(_PAUSE_S * 2**attempt * self._random.uniform(0.5, 1))
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _table(self) -> DynamoDbTable:
        loop = asyncio.get_running_loop()
        connecting = self._tables.get(loop)
        if connecting is None or (connecting.done() and _failed(connecting)):
            connecting = loop.create_task(connect_table(self._name, os.environ))
            self._tables[loop] = connecting
        # Whoever is stopped while it waits must not stop the others' connection.
        return await asyncio.shield(connecting)


def _failed(task: "asyncio.Task[DynamoDbTable]") -> bool:
    return task.cancelled() or task.exception() is not None


def _key(key: str) -> dict[str, Any]:
    text = key.encode()
    return {"id": {"S": key if len(text) <= _LONGEST_ID_BYTES else sha256(text).hexdigest()}}


def _item(key: str, token: str, status: str, ends_s: float) -> dict[str, Any]:
    return {
        **_key(key),
        "status": {"S": status},
        "claim_token": {"S": token},
        "expires_at": {"N": str(math.ceil(ends_s))},
    }


def _claim_of(token: str) -> dict[str, Any]:
    return {":token": {"S": token}, ":in_progress": {"S": _IN_PROGRESS}}


def _worth_repeating(error: HttpError | ServiceError) -> bool:
    # Conditions and tokens make it harmless to repeat what may have been carried out.
    return isinstance(error, HttpError) or not error.sender_fault

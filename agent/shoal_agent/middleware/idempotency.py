"""Do the work of a message once, however often it is delivered.

    @idempotent(store=DynamoDbStore("orders-done"), key=lambda message: message.json()["order"])
    def handle(message): ...

or, for any handler and by message id, ``SHOAL_MIDDLEWARE`` naming
``shoal_agent.middleware.idempotency:once_per_message`` and ``SHOAL_IDEMPOTENCY_TABLE`` the
table. A key's record goes from absent to IN_PROGRESS to COMPLETED (``idempotency.store`` has
the picture), and a message goes with it:

    claimed              the handler runs, then: returned  → COMPLETED, the message is done
                                                 raised    → released, the message goes its way
                                                 killed    → the claim stands till its lease ends
    COMPLETED            the handler is not called; the message is deleted, counted as skipped
    IN_PROGRESS          somebody else is at it: ``Retry`` later, which is no failure
    the store is silent  the handler is not called; the message has failed, and is retried

What this gives: after a completion is recorded nobody is granted that key until the record
is forgotten; and nothing is skipped that was not completed. What it cannot give is
exactly one effect: the effect and its record are two writes to two systems. A process that
is killed between them, a store that is silent after the handler has returned, or a handler
that outlives its lease (in a thread, where nothing stops it) has its work done again. Give
the effect itself a key, or a condition, where even that must not happen.
"""

import logging
import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import uuid4

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.ending import Retry, Skip
from shoal_agent.handler import Handle, is_async
from shoal_agent.idempotency.side_loop import wait_for
from shoal_agent.idempotency.store import Standing, Store
from shoal_agent.message import Message
from shoal_agent.settings import read_seconds

# What a claim outlasts the longest job by: the store's answers, and clocks that differ.
_LEASE_MARGIN_S = 10.0
# Every look at a key that is IN_PROGRESS is a receive, and the redrive policy counts those:
# so the first look is soon, since most jobs are short, and the next at the end of the lease.
_LOOK_AGAIN_S = 5.0
_PAST_THE_END_S = 1.0

_Handle = TypeVar("_Handle", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


def once_per_message(handle: Handle) -> Handle:
    """Handle each message id once, for as long as ``SHOAL_IDEMPOTENCY_KEEP_S`` says.

    A middleware to name in ``SHOAL_MIDDLEWARE``. Raises ConfigurationError where
    ``SHOAL_IDEMPOTENCY_TABLE`` does not name a table.
    """
    from shoal_agent.idempotency.dynamodb_store import DynamoDbStore  # noqa: PLC0415 - not for all

    table = os.environ.get(contract.IDEMPOTENCY_TABLE, "")
    if not table:
        raise ConfigurationError(
            f"{contract.IDEMPOTENCY_TABLE} is not set: the middleware once_per_message keeps "
            "what is done in a DynamoDB table; name it"
        )
    keep_s = read_seconds(
        os.environ, contract.IDEMPOTENCY_KEEP_S, contract.DEFAULT_IDEMPOTENCY_KEEP_S
    )
    return idempotent(store=DynamoDbStore(table), keep_s=keep_s)(handle)


def idempotent(
    *,
    store: Store,
    key: Callable[[Message], str | int] | None = None,
    scope: str | None = None,
    keep_s: float = contract.DEFAULT_IDEMPOTENCY_KEEP_S,
    lease_s: float | None = None,
) -> Callable[[_Handle], _Handle]:
    """Return a middleware that runs a handler once for each key.

    ``key`` takes a message and returns what its work is known by (None: the message id).
    Messages of one key are skipped once one of them is done, so it must tell different work
    apart. ``scope`` keeps the keys of different handlers in one table apart; None is the
    handler's module and name, so a handler that is renamed starts afresh. ``keep_s`` is how
    long a completed key is remembered, a day by default. ``lease_s`` is how long a claim
    stands whose worker died; None is the longest job (``SHOAL_LONGEST_JOB_S``) and 10 seconds.
    """
    if lease_s is None:
        longest_job_s = read_seconds(
            os.environ, contract.LONGEST_JOB_S, contract.DEFAULT_LONGEST_JOB_S
        )
        lease_s = longest_job_s + _LEASE_MARGIN_S

    def middleware(handle: _Handle) -> _Handle:
        prefix = _name_of(handle) if scope is None else scope

        def attempt(message: Message) -> _Attempt:
            work = message.message_id if key is None else _checked(key(message))
            return _Attempt(store, f"{prefix}#{work}", message, keep_s=keep_s, lease_s=lease_s)

        guard = _guarded_async if is_async(handle) else _guarded
        return cast("_Handle", guard(handle, attempt))

    return middleware


class _Attempt:
    """One message's way through the states."""

    def __init__(
        self, store: Store, key: str, message: Message, *, keep_s: float, lease_s: float
    ) -> None:
        self._store = store
        self._key = key
        self._message = message
        self._keep_s, self._lease_s = keep_s, lease_s
        self._token = uuid4().hex
        self._process = os.getpid()

    async def claim(self) -> None:
        """Return if the work is this attempt's; raise Skip or Retry if it is not."""
        found = await self._store.claim(self._key, self._token, lease_s=self._lease_s)
        if found.standing is Standing.COMPLETED:
            raise Skip(f"{self._key} has been completed before")
        if found.standing is Standing.IN_PROGRESS:
            wait_s = max(0.0, found.ends_in_s) + _PAST_THE_END_S
            if self._message.receive_count == 1:
                wait_s = min(wait_s, _LOOK_AGAIN_S)
            _log.info("%s is in progress elsewhere", self._key)
            raise Retry(after=wait_s)

    async def end(self, error: BaseException | None) -> None:
        """Complete after a return or a Skip from within, release after anything else."""
        if os.getpid() != self._process:
            return  # a copy that the handler has forked: the claim is the original's
        if error is None or isinstance(error, Skip):
            what = "completed"
            ending = self._store.complete(self._key, self._token, keep_s=self._keep_s)
        else:
            what = "released"
            ending = self._store.release(self._key, self._token)
        try:
            was_ours = await ending
        except Exception as trouble:  # noqa: BLE001 - a store's own; the message's end stands
            # Failing the message for it would make certain what is only possible now: a repeat.
            _log.warning("%s could not be %s: %s", self._key, what, trouble)
        else:
            if not was_ours:
                _log.warning(
                    "%s was not %s: its lease of %g s had ended, and somebody else claimed it",
                    self._key, what, self._lease_s,
                )  # fmt: skip


# The message is the last argument: a method has its object before it.


def _guarded(
    handle: Callable[..., Any], attempt_at: Callable[[Message], _Attempt]
) -> Callable[..., Any]:
    @wraps(handle)
    def handle_sync(*arguments: Any) -> Any:
        attempt = attempt_at(arguments[-1])
        wait_for(attempt.claim())
        try:
            result = handle(*arguments)
        except BaseException as error:
            wait_for(attempt.end(error))
            raise
        wait_for(attempt.end(None))
        return result

    return handle_sync


def _guarded_async(
    handle: Callable[..., Any], attempt_at: Callable[[Message], _Attempt]
) -> Callable[..., Any]:
    @wraps(handle)
    async def handle_async(*arguments: Any) -> Any:
        attempt = attempt_at(arguments[-1])
        await attempt.claim()
        try:
            result = await handle(*arguments)
        except BaseException as error:
            await attempt.end(error)
            raise
        await attempt.end(None)
        return result

    return handle_async


def _checked(work: object) -> str | int:
    """Refuse what many messages would share: a key that is missing is no key."""
    if isinstance(work, bool) or not isinstance(work, str | int) or work == "":
        raise TypeError(
            f"the idempotency key of a message must be a text or a whole number, not {work!r:.80}"
        )
    return work


def _name_of(handle: Callable[..., Any]) -> str:
    named = handle if hasattr(handle, "__qualname__") else type(handle)
    return f"{named.__module__}.{named.__qualname__}"

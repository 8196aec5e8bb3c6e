"""The agent: takes messages from an SQS queue and gives each to a handler.

A handler is any ``handle(message)``, sync or async, or a class with ``setup``, ``handle``
and ``teardown``. Returning means done; ``Retry``, ``Reject`` and any other exception are
the only other ends.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shoal_agent.ending import Reject, Retry
from shoal_agent.message import Message

if TYPE_CHECKING:
    from shoal_agent.middleware.payloads import payload
    from shoal_agent.s3_event import S3Object, s3_objects

__all__ = ["Message", "Reject", "Retry", "S3Object", "payload", "s3_objects"]

# Imported when a handler asks for them: the agent's start pays for none of it.
_LATER = {
    "S3Object": "shoal_agent.s3_event",
    "payload": "shoal_agent.middleware.payloads",
    "s3_objects": "shoal_agent.s3_event",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)

"""The agent: takes messages from an SQS queue and gives each to a handler.

A handler is any ``handle(message)``, sync or async, or a class with ``setup``, ``handle``
and ``teardown``. Returning means done; ``Retry``, ``Reject`` and any other exception are
the only other ends.
"""

from shoal_agent.ending import Reject, Retry
from shoal_agent.message import Message

__all__ = ["Message", "Reject", "Retry"]

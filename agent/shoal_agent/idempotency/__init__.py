"""Where the keys of work that is done are kept, for ``shoal_agent.middleware.idempotency``.

``Store`` is what a store of your own has to do.
"""

from shoal_agent.idempotency.dynamodb_store import DynamoDbStore
from shoal_agent.idempotency.memory_store import MemoryStore
from shoal_agent.idempotency.store import Found, Standing, Store

__all__ = ["DynamoDbStore", "Found", "MemoryStore", "Standing", "Store"]

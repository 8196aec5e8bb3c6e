"""Write a middleware once, for handlers that are async and for those that are not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from shoal_agent.handler import Handle, Middleware, is_async
from shoal_agent.message import Message


def around(manage: Callable[[Message], AbstractContextManager[Message]]) -> Middleware:
    """Return a middleware of a context manager.

    ``manage`` is entered with each message; the handler is given what it yields, and whatever
    the handler raises is raised inside it. It must not wait: an async handler's loop would
    wait with it.
    """

    def middleware(handle: Handle) -> Handle:
        if is_async(handle):

            @wraps(handle)
            async def handle_async(message: Message) -> None:
                with manage(message) as inner:
                    await handle(inner)

            return handle_async

        @wraps(handle)
        def handle_sync(message: Message) -> Any:
            with manage(message) as inner:
                return handle(inner)

        return handle_sync

    return middleware

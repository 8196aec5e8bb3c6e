"""Write a middleware once, for handlers that are async and for those that are not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar, cast

from shoal_agent.handler import is_async
from shoal_agent.message import Message

_Handle = TypeVar("_Handle", bound=Callable[..., Any])


def around(
    manage: Callable[[Message], AbstractContextManager[Message]],
) -> Callable[[_Handle], _Handle]:
    """Return a middleware of a context manager, which decorates functions and methods.

    ``manage`` is entered with each message; the handler is given what it yields, and whatever
    the handler raises is raised inside it. It must not wait: an async handler's loop would
    wait with it.
    """

    def middleware(handle: _Handle) -> _Handle:
        if is_async(handle):

            @wraps(handle)
            async def handle_async(*arguments: Any) -> Any:
                # The message is the last: a method has its object before it.
                with manage(arguments[-1]) as inner:
                    return await handle(*arguments[:-1], inner)

            return cast("_Handle", handle_async)

        @wraps(handle)
        def handle_sync(*arguments: Any) -> Any:
            with manage(arguments[-1]) as inner:
                return handle(*arguments[:-1], inner)

        return cast("_Handle", handle_sync)

    return middleware

"""The life of one agent process, as far as its handler can tell."""

import asyncio
from collections.abc import Sequence
from inspect import isawaitable
from typing import Any

from shoal_agent.handler import Middleware, make_handler
from shoal_agent.log_lines import current_message
from shoal_agent.message import Message


class AgentLife:
    """Begins with the handler's ``setup``; ends with ``teardown``, or with a crash's silence."""

    def __init__(self, handler: Any, middleware: Sequence[Middleware]) -> None:
        """Set the handler up; whatever that raises is raised."""
        name = getattr(handler, "__qualname__", repr(handler))
        self._handler = make_handler(name, handler, middleware)
        self._runner: asyncio.Runner | None = None
        if self._handler.is_async:
            _no_loop_around()
        self._finish(self._handler.setup())

    def handle(self, message: Message) -> None:
        """Handle one message; whatever the handler raises is raised."""
        __tracebackhide__ = True
        if self._handler.is_async:
            self._finish(self._handled(message))
            return
        token = current_message.set(message)
        try:
            self._handler.start(message)
        finally:
            current_message.reset(token)

    def end(self) -> None:
        """End as after a drain."""
        try:
            self._finish(self._handler.teardown())
        finally:
            self.crash()

    def crash(self) -> None:
        """End with no word to the handler."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    async def _handled(self, message: Message) -> None:
        __tracebackhide__ = True
        current_message.set(message)
        await self._handler.start(message)

    def _finish(self, result: Any) -> None:
        __tracebackhide__ = True
        if not isawaitable(result):
            return

        async def finished() -> None:
            __tracebackhide__ = True
            await result

        if self._runner is None:
            self._runner = asyncio.Runner()
        self._runner.run(finished())


def _no_loop_around() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "deliver() runs an async handler on a loop of its own: call it from a test that is "
        "not async itself"
    )

"""Load the handler and make the slots that its settings ask for."""

import os
from inspect import isawaitable

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.handler import Handler, load_handler, setup_failed
from shoal_agent.runners.runner import Runner
from shoal_agent.settings import Isolation, Settings


async def started_runner(settings: Settings) -> Runner:
    """Return slots that are ready for messages, or raise AgentError."""
    isolation = settings.isolation
    if isolation in {Isolation.AUTO, Isolation.PROCESS}:
        from shoal_agent.runners.orphans import (  # noqa: PLC0415 - one kind is imported
            FIRST_PROCESS,
            OrphanReaper,
        )
        from shoal_agent.runners.process_slots import (  # noqa: PLC0415 - one kind is imported
            HandlerIsAsyncError,
            ProcessSlots,
        )

        slots = ProcessSlots(settings, sync_only=isolation is Isolation.AUTO)
        try:
            await slots.start()
        except HandlerIsAsyncError:
            isolation = Isolation.ASYNC
        else:
            if os.getpid() == FIRST_PROCESS:
                OrphanReaper(slots.owns)
            return slots
    handler = load_handler(settings.handler, settings.middleware)
    _check(handler, settings, isolation)
    try:
        result = handler.setup()
        if isawaitable(result):
            await result
    except Exception as error:
        raise setup_failed(error) from error
    if isolation is Isolation.THREAD:
        from shoal_agent.runners.thread_slots import ThreadSlots  # noqa: PLC0415

        return ThreadSlots(handler, settings.concurrency)
    from shoal_agent.runners.async_slots import AsyncSlots  # noqa: PLC0415

    return AsyncSlots(handler, settings.concurrency)


def _check(handler: Handler, settings: Settings, isolation: Isolation) -> None:
    if handler.is_async == (isolation is Isolation.ASYNC):
        return
    kind = "async" if handler.is_async else "not async"
    raise ConfigurationError(
        f"{contract.ISOLATION}={isolation.value}: the handler {settings.handler!r} is {kind}; "
        f"use {contract.ISOLATION}=auto, or process, which runs both"
    )

"""How the SDK's calls reach a monitor in the same process, in the same order every time.

The SDK sends a registration from a thread of the event loop's default executor, because the
call to the engine blocks. With threads the order of arrival depends on timing. There is no
engine to wait for here, so the executor runs each call where it is submitted, on the loop's
own thread: registrations then follow from the program alone, and a small program costs no
thread switches. A call that has to wait for the program itself (transforms run on the same
loop) is a coroutine, and its result is passed on when it is done.
"""

from __future__ import annotations

import inspect
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class InOrderExecutor(ThreadPoolExecutor):
    """Runs what it is given at once, coroutines on ``loop``; it never starts a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(max_workers=1)
        self._loop = loop

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call ``fn`` now; an exception belongs to the future, an interrupt does not."""
        future: Future[Any] = Future()
        try:
            result = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is passed on, whatever it is
            future.set_exception(error)
            return future
        if inspect.iscoroutine(result):
            task = self._loop.create_task(result)
            task.add_done_callback(lambda done: _pass_on(done, future))
        else:
            future.set_result(result)
        return future


def _pass_on(task: asyncio.Task[Any], future: Future[Any]) -> None:
    if task.cancelled():
        future.cancel()
        return
    error = task.exception()
    if error is None:
        future.set_result(task.result())
    else:
        future.set_exception(error)

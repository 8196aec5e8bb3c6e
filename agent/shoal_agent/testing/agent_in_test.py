"""The agent of a test: it handles, dies, and comes again."""

import gc
import warnings
from collections.abc import Sequence
from typing import Any

from shoal_agent.ending import DONE, Ending, How, ending_of
from shoal_agent.handler import Middleware
from shoal_agent.message import Message
from shoal_agent.testing.agent_life import AgentLife
from shoal_agent.testing.crash import Crash

Failures = type[BaseException] | tuple[type[BaseException], ...]
Ended = tuple[Ending, BaseException | None]

# The collector's younger generations: an agent's life in a test is short.
_YOUNG = 1


class AgentInTest:
    """One agent after the other, each begun when it is needed. Mutable state: the present one."""

    def __init__(
        self,
        handler: Any,
        middleware: Sequence[Middleware],
        *,
        failures: Failures,
        crash: Crash | None,
    ) -> None:
        self._handler = handler
        self._middleware = middleware
        self._failures = failures
        self._crash = crash
        self._life: AgentLife | None = None

    def __enter__(self) -> None:
        """Nothing is begun before the first message."""

    def __exit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        life, self._life = self._life, None
        if life is not None and error_type is None:
            life.end()
        elif life is not None:
            life.crash()  # a teardown that fails as well must not hide what went wrong first

    def handle(self, message: Message) -> Ended:
        """Return how the handling ended, and what the handler raised."""
        __tracebackhide__ = True
        if self._life is None:
            self._life = AgentLife(self._handler, self._middleware)
        crash = self._crash
        if crash is None or crash.happened():
            return self._handled(self._life, message, None)
        with crash.armed(self._handler):
            ended = self._handled(self._life, message, crash)
        if not crash.happened():
            return ended
        self.die()
        return Ending(How.DIED, reason=f"the agent died before {crash.point}"), None

    def die(self) -> None:
        """End without a word to the handler; the next message begins another life."""
        with warnings.catch_warnings():
            # What a process leaves open its end closes: a file, a database's lock.
            warnings.simplefilter("ignore", ResourceWarning)
            if self._life is not None:
                self._life.crash()
            self._life = None
            gc.collect(_YOUNG)

    def _handled(self, life: AgentLife, message: Message, crash: Crash | None) -> Ended:
        __tracebackhide__ = True
        try:
            life.handle(message)
        except BaseException as error:
            # Whatever a handler makes of its agent's death, nobody is there to hear it; and the
            # exception's frames would keep alive what died.
            if crash is not None and crash.happened():
                return DONE, None
            ending = ending_of(error)
            if ending.how is How.FAILED and not isinstance(error, self._failures):
                error.add_note(
                    f"The handler raised this at delivery {message.receive_count} of "
                    f"{message.body[:60]!r}; an agent would retry the message. If it is part of "
                    f"the test, say so: deliver(..., failures={type(error).__name__})."
                )
                raise
            return ending, error
        return DONE, None

"""Deliver messages to a handler until each is done or dead-lettered, in no time at all."""

from collections.abc import Sequence
from typing import Any

from shoal_agent.ending import Ending, How
from shoal_agent.handler import Handle, Middleware, attribute
from shoal_agent.testing.agent_in_test import AgentInTest, Failures
from shoal_agent.testing.crash import Crash
from shoal_agent.testing.outcome import Outcome
from shoal_agent.testing.queue_in_test import Journey, QueueInTest
from shoal_agent.testing.sent import Sent

DEFAULT_MAX_RECEIVE_COUNT = 5


class Deliver:
    """A queue and an agent in a test; calling it is all there is to do."""

    def __init__(self, crash: Crash | None = None, *, unacknowledged: bool = False) -> None:
        """Have the agent die as ``CrashAtEveryLine`` plans it; a test needs neither."""
        self._crash = crash
        self._unacknowledged = unacknowledged

    def __call__(
        self,
        handler: Handle | type[Any] | str,
        messages: Any,
        *,
        middleware: Sequence[Middleware | str] = (),
        failures: Failures = (),
        max_receive_count: int = DEFAULT_MAX_RECEIVE_COUNT,
        duplicates: int = 0,
        crash_at_line: int | None = None,
        crash_before_acknowledgement: bool = False,
    ) -> Outcome:
        """Deliver each message until it is done, rejected or received too often.

        ``handler``: a function or an async function of one message, a class with ``handle``
        (and ``setup``, ``teardown``), or the ``module:attribute`` of either.
        ``messages``: one body, or a list of bodies; text is sent as it is, anything else as
        JSON, and ``Sent`` says more (attributes, a FIFO group).
        ``middleware``: around the handler, the outermost first.
        ``failures``: exceptions that are part of the test, to be retried as an agent would.
        Any other but Retry and Reject is raised here at once. Default: none.
        ``max_receive_count``: deliveries before the dead-letter queue. Default: 5.
        ``duplicates``: how often each message comes once more although it was done, as SQS
        may deliver it; these do not count as receives. Default: 0.
        ``crash_at_line``: the agent dies once, before the so-many-th line that the handler's
        file executes. Default: it does not.
        ``crash_before_acknowledgement``: the agent dies once for each message, after the
        handler returned and before the message is deleted. Default: it does not.
        """
        __tracebackhide__ = True
        dies = crash_before_acknowledgement or self._unacknowledged
        given = messages if isinstance(messages, list | tuple) else [messages]
        queue = QueueInTest(
            [Journey(Sent.of(each), duplicates, deaths=int(dies)) for each in given],
            max_receive_count=max_receive_count,
        )
        agent = AgentInTest(
            _found(handler, "the handler"),
            [_found(each, "the middleware") for each in middleware],
            failures=failures,
            crash=self._crash if crash_at_line is None else Crash(crash_at_line),
        )
        with agent:
            while (journey := queue.next()) is not None:
                _deliver(journey, queue, agent)
        return queue.outcome()


def _deliver(journey: Journey, queue: QueueInTest, agent: AgentInTest) -> None:
    __tracebackhide__ = True
    message = journey.message()
    ending, error = agent.handle(message)
    if ending.how is How.DONE and journey.deaths > 0:
        journey.deaths -= 1
        agent.die()
        ending = Ending(How.DIED, reason="the agent died before the message was deleted")
    queue.settle(journey, message, ending, error)


def _found(given: Any, what: str) -> Any:
    return attribute(given, what) if isinstance(given, str) else given

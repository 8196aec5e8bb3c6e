"""Run a test's scenario once for every line that its handler executes, and die there."""

from collections.abc import Callable, Collection
from types import ModuleType

from shoal_agent.testing.crash import Crash, CrashPoint
from shoal_agent.testing.deliver import Deliver

DEFAULT_MOST_LINES = 1_000


class CrashAtEveryLine:
    """Proves that wherever the agent dies, the next delivery makes it right."""

    def __call__(
        self,
        scenario: Callable[[Deliver], object],
        *,
        modules: Collection[ModuleType] = (),
        most_lines: int = DEFAULT_MOST_LINES,
    ) -> list[CrashPoint]:
        """Call ``scenario(deliver)`` with no crash, then with one crash at each place in turn.

        The scenario makes its own fresh state, delivers messages, and asserts what must hold.
        The places are before each line that is executed in the handler's own file or in one of
        ``modules``, and between the handler's return and the message's deletion. What the
        scenario raises is raised here, with a note that names the place. Returns the lines.

        ``most_lines`` guards against a test that takes for ever: a scenario that executes
        more raises ValueError, as does one that executes none. Default: 1,000.
        """
        __tracebackhide__ = True
        count = Crash(None, modules)
        scenario(Deliver(count))
        if not 0 < count.lines <= most_lines:
            raise ValueError(
                f"the scenario executes {count.lines} lines of its handler's file; there must be "
                f"at least 1 and at most most_lines={most_lines}: deliver fewer or smaller "
                "messages, or name the modules that the handler works with"
            )
        crashes = [Crash(line, modules) for line in range(1, count.lines + 1)]
        for crash in crashes:
            _run(scenario, Deliver(crash), crash)
        _run(scenario, Deliver(unacknowledged=True), None)
        return [crash.point for crash in crashes if crash.point is not None]


def _run(scenario: Callable[[Deliver], object], deliver: Deliver, crash: Crash | None) -> None:
    __tracebackhide__ = True
    try:
        scenario(deliver)
    except BaseException as error:
        place = "each message was deleted" if crash is None else crash.point
        error.add_note(f"The agent had died before {place}")
        raise

"""An agent that dies under a handler, at any of its lines: what the handler's tests see."""

import asyncio
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

import pytest

from shoal_agent import Message
from shoal_agent.testing import CrashAtEveryLine, Deliver


class Account:
    """Money in a database that survives agents."""

    def __init__(self) -> None:
        """Open it, empty."""
        self.balance = 0
        self.booked: set[str] = set()

    def careless(self, message: Message) -> None:
        """Book twice what is delivered twice."""
        self.balance += message.json()
        self.booked.add(message.message_id)

    def careful(self, message: Message) -> None:
        """Book once, in one step, whatever happens."""
        if message.message_id in self.booked:
            return
        self.booked, self.balance = self.booked | {message.message_id}, self.balance + 7


def test_the_agent_dies_before_the_line_and_the_message_comes_again(deliver: Deliver) -> None:
    steps: list[str] = []

    def handle(_: Message) -> None:
        steps.append("one")
        steps.append("two")

    message = deliver(handle, "x", crash_at_line=2).only
    assert steps == ["one", "one", "two"]
    assert message.endings == ["died", "done"]
    assert message.deliveries[0].reason.endswith('steps.append("two")')
    assert "test_crashes.py:" in message.deliveries[0].reason
    assert message.deliveries[0].error is None


def test_an_async_handler_dies_where_it_has_awaited(deliver: Deliver) -> None:
    steps: list[str] = []

    async def handle(_: Message) -> None:
        await asyncio.sleep(0)
        steps.append("awaited")

    assert deliver(handle, "x", crash_at_line=2).only.endings == ["died", "done"]
    assert steps == ["awaited"]


def test_a_crash_happens_once_and_not_to_every_message(deliver: Deliver) -> None:
    outcome = deliver(lambda message: message.body, ["a", "b"], crash_at_line=2)
    assert [message.endings for message in outcome] == [["done"], ["died", "done"]]


def test_a_line_that_is_never_reached_crashes_nothing(deliver: Deliver) -> None:
    assert deliver(lambda message: message.body, "x", crash_at_line=99).only.endings == ["done"]


def test_lines_are_counted_from_one(deliver: Deliver) -> None:
    with pytest.raises(ValueError, match="crash_at_line=0: the first line executed is 1"):
        deliver(lambda message: message.body, "x", crash_at_line=0)


def test_a_handler_that_holds_on_through_its_death_is_dead_all_the_same(deliver: Deliver) -> None:
    def handle(message: Message) -> None:
        try:
            message.json()
        except Exception:  # noqa: BLE001
            pytest.fail("a crash is no Exception")
        except BaseException:  # noqa: BLE001
            return

    assert deliver(handle, "1", crash_at_line=2).only.endings == ["died", "done"]


def test_an_error_after_the_crash_is_as_unexpected_as_before_it(deliver: Deliver) -> None:
    def handle(message: Message) -> None:
        if message.receive_count > 1:
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        deliver(handle, "x", crash_at_line=1)


@pytest.mark.parametrize("kind", ["async", "not async"])
def test_a_crash_closes_what_the_agent_held_as_a_process_s_end_does(
    deliver: Deliver, tmp_path: Path, kind: str
) -> None:
    class Held:
        released = 0

        def __del__(self) -> None:
            Held.released += 1
            if Held.released == 1:
                warnings.warn("nobody closed it", ResourceWarning, stacklevel=1)

    seen: list[int] = []

    class Holder:
        def setup(self) -> None:
            seen.append(Held.released)
            self.held = Held()

    class Handler(Holder):
        def handle(self, message: Message) -> None:
            held = self.held
            (tmp_path / message.body).write_text(repr(held))

    class AsyncHandler(Holder):
        async def handle(self, message: Message) -> None:
            held = self.held
            await asyncio.sleep(0)
            (tmp_path / message.body).write_text(repr(held))

    deliver(AsyncHandler if kind == "async" else Handler, "x", crash_at_line=2)
    assert seen == [0, 1]


def test_a_crash_loses_the_handler_s_instance_and_tells_it_nothing(deliver: Deliver) -> None:
    class Handler:
        calls: ClassVar[list[str]] = []

        def setup(self) -> None:
            self.calls.append("setup")

        def handle(self, _: Message) -> None:
            self.calls.append("handle")

        def teardown(self) -> None:
            self.calls.append("teardown")

    deliver(Handler, "x", crash_before_acknowledgement=True)
    assert Handler.calls == ["setup", "handle", "setup", "handle", "teardown"]


def test_each_message_loses_its_first_acknowledgement(deliver: Deliver) -> None:
    outcome = deliver(lambda _: None, ["a", "b"], crash_before_acknowledgement=True)
    assert [message.endings for message in outcome] == [["died", "done"]] * 2


def test_a_handler_not_in_python_has_no_lines(deliver: Deliver) -> None:
    with pytest.raises(TypeError, match="it has no lines to crash at"):
        deliver(id, "x", crash_at_line=1)


def test_a_careful_handler_stands_a_crash_at_every_line(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    def scenario(deliver: Deliver) -> None:
        account = Account()
        assert deliver(account.careful, 7).done
        assert account.balance == 7

    points = crash_at_every_line(scenario)
    assert [str(point).partition(": ")[2] for point in points] == [
        "if message.message_id in self.booked:",
        "self.booked, self.balance = self.booked | {message.message_id}, self.balance + 7",
    ]


def test_a_careless_handler_is_found_out_with_the_line_it_died_before(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    def scenario(deliver: Deliver) -> None:
        account = Account()
        deliver(account.careless, 7)
        assert account.balance == 7

    with pytest.raises(AssertionError) as raised:
        crash_at_every_line(scenario)
    assert raised.value.__notes__[0].startswith("The agent had died before test_crashes.py:")
    assert raised.value.__notes__[0].endswith("self.booked.add(message.message_id)")


def test_the_last_place_to_die_at_is_before_the_deletion(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    def scenario(deliver: Deliver) -> None:
        handled: list[str] = []
        deliver(lambda message: handled.append(message.body), "x")
        assert len(handled) == 1

    with pytest.raises(AssertionError) as raised:
        crash_at_every_line(scenario)
    assert raised.value.__notes__ == ["The agent had died before each message was deleted"]


def test_a_scenario_that_fails_without_a_crash_fails_as_itself(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    def scenario(deliver: Deliver) -> None:
        assert not deliver(lambda message: message.body, "x").done

    with pytest.raises(AssertionError) as raised:
        crash_at_every_line(scenario)
    assert not hasattr(raised.value, "__notes__")


def test_a_scenario_with_no_line_to_die_at_proves_nothing_and_is_an_error(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    with pytest.raises(ValueError, match="executes 0 lines of its handler's file"):
        crash_at_every_line(lambda deliver: deliver(lambda message: message.body, []))


def test_a_scenario_with_too_many_lines_says_how_many(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    def handle(_: Message) -> None:
        for _number in range(50):
            pass

    with pytest.raises(ValueError, match=r"executes \d+ lines .* at most most_lines=60"):
        crash_at_every_line(lambda deliver: deliver(handle, "x"), most_lines=60)


def test_modules_that_the_handler_works_with_count_when_they_are_named(
    crash_at_every_line: CrashAtEveryLine,
) -> None:
    decoder = json.decoder

    def scenario(deliver: Deliver) -> None:
        deliver(lambda message: message.json(), "1")

    alone = crash_at_every_line(scenario)
    together = crash_at_every_line(scenario, modules=[decoder])
    assert len(alone) == 1
    assert {point.file for point in together} == {__file__, decoder.__file__}


@pytest.mark.parametrize("line", [1, 99])
def test_a_debugger_s_trace_function_is_there_again_afterwards(deliver: Deliver, line: int) -> None:
    def debugger(*_: Any) -> Callable[..., Any] | None:
        return None

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        deliver(lambda message: message.body, "x", crash_at_line=line)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is debugger


def test_a_tracer_sees_the_return_of_those_calls_alone_that_it_saw(deliver: Deliver) -> None:
    """A tracer in Python keeps a stack, as coverage's does, and a stray return unbalances it."""
    calls: set[object] = set()
    stray: list[str] = []

    def tracer(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "call":
            calls.add(frame)
        elif event == "return" and frame not in calls:
            stray.append(frame.f_code.co_qualname)
        elif event == "return":
            calls.remove(frame)
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        deliver(lambda message: message.body, "x", crash_at_line=1)
    finally:
        sys.settrace(before)
    assert stray == []
    assert calls == set()


def test_nothing_is_traced_where_no_crash_at_a_line_is_asked_for(deliver: Deliver) -> None:
    seen: list[object] = []
    deliver(
        lambda _: seen.append(sys.gettrace()), "x", duplicates=1, crash_before_acknowledgement=True
    )
    assert seen == [sys.gettrace()] * 3

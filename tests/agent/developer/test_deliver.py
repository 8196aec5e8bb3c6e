"""What a handler's own tests see: messages delivered as SQS delivers them, in no time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from shoal_agent import Message, Reject, Retry
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.contract import DEFAULT_VISIBILITY_TIMEOUT_S
from shoal_agent.middleware.around import around
from shoal_agent.testing import Deliver, Sent


def ignore(message: Message) -> None:
    """Handle a message by doing nothing."""


def raising(*errors: BaseException | None) -> Callable[[Message], None]:
    """Return a handler that raises these, one a delivery, and then returns."""
    left = list(errors)

    def handle(_: Message) -> None:
        if left and (error := left.pop(0)) is not None:
            raise error

    return handle


def test_text_is_sent_as_it_is_and_anything_else_as_json(deliver: Deliver) -> None:
    @dataclass
    class Order:
        number: int

    bodies: list[str] = []
    outcome = deliver(lambda m: bodies.append(m.body), [{"a": 1}, "raw", 7, Order(5), [1, 2]])
    assert bodies == ['{"a": 1}', "raw", "7", '{"number": 5}', "[1, 2]"]
    assert outcome.done
    assert [message.body for message in outcome] == bodies
    assert len(outcome[1:3]) == 2


def test_one_message_needs_no_list_and_is_the_only_one(deliver: Deliver) -> None:
    assert deliver(ignore, {"a": 1}).only.endings == ["done"]


def test_asking_for_the_only_one_of_several_says_how_many_there_are(deliver: Deliver) -> None:
    with pytest.raises(ValueError, match="2 messages were sent, not one"):
        _ = deliver(ignore, ["a", "b"]).only


def test_a_body_that_no_message_can_have_is_an_error(deliver: Deliver) -> None:
    with pytest.raises(TypeError, match="a message's body is text or JSON"):
        deliver(ignore, {"at": object()})


def test_a_message_carries_what_it_was_sent_with(deliver: Deliver) -> None:
    seen: list[Message] = []
    sent_at = datetime(2026, 1, 2, tzinfo=UTC)
    attributes: dict[str, str | bytes] = {"kind": "large", "key": b"\x00\xff"}
    deliver(seen.append, Sent("x", attributes, group_id="g", sent_at=sent_at, message_id="m"))
    message = seen[0]
    assert dict(message.attributes) == attributes
    assert (message.group_id, message.sent_at, message.message_id) == ("g", sent_at, "m")


def test_every_message_has_an_id_of_its_own_that_redeliveries_keep(deliver: Deliver) -> None:
    seen: list[str] = []

    def handle(message: Message) -> None:
        seen.append(message.message_id)
        if message.receive_count == 1:
            raise Retry

    deliver(handle, ["a", "b"])
    assert sorted(seen) == sorted([*set(seen)] * 2)
    assert len(set(seen)) == 2


def test_a_retry_is_delivered_again_after_the_time_it_asks_for(deliver: Deliver) -> None:
    handle = raising(Retry(after=30), Retry(after=timedelta(minutes=1)))
    message = deliver(handle, "x").only
    assert message.endings == ["retry", "retry", "done"]
    assert [delivery.at_s for delivery in message.deliveries] == [0, 30, 90]
    assert [delivery.wait_s for delivery in message.deliveries] == [30, 60, None]
    assert [delivery.message.receive_count for delivery in message.deliveries] == [1, 2, 3]
    assert message.done
    assert not message.dead_lettered


def test_a_retry_without_a_time_waits_longer_at_each_attempt(deliver: Deliver) -> None:
    waits = [each.wait_s for each in deliver(raising(*[Retry()] * 4), "x").only.deliveries[:4]]
    assert all(5 * 2**n / 2 <= wait <= 5 * 2**n for n, wait in enumerate(waits) if wait is not None)
    assert None not in waits


def test_others_are_delivered_while_one_is_hidden(deliver: Deliver) -> None:
    seen: list[str] = []

    def handle(message: Message) -> None:
        seen.append(message.body)
        if message.body == "a" and message.receive_count == 1:
            raise Retry(after=1)

    deliver(handle, ["a", "b", "c"])
    assert seen == ["a", "b", "c", "a"]


def test_a_fifo_group_waits_for_its_first_message_and_other_groups_do_not(
    deliver: Deliver,
) -> None:
    seen: list[str] = []

    def handle(message: Message) -> None:
        seen.append(message.body)
        if message.body == "a1" and message.receive_count == 1:
            raise Retry(after=1)

    deliver(handle, [Sent("a1", group_id="a"), Sent("a2", group_id="a"), Sent("b1", group_id="b")])
    assert seen == ["a1", "b1", "a1", "a2"]


def test_a_rejection_is_dead_lettered_at_once_with_its_reason(deliver: Deliver) -> None:
    message = deliver(raising(Reject("no total")), "x").only
    assert message.endings == ["reject"]
    assert message.rejected == "no total"
    assert message.dead_lettered
    assert not message.done


def test_a_message_received_too_often_is_dead_lettered_without_a_reason(deliver: Deliver) -> None:
    message = deliver(raising(*[Retry(after=1)] * 9), "x", max_receive_count=3).only
    assert message.endings == ["retry"] * 3
    assert message.dead_lettered
    assert message.rejected is None
    assert message.deliveries[-1].wait_s is None


def test_a_queue_that_delivers_nothing_is_an_error(deliver: Deliver) -> None:
    with pytest.raises(ValueError, match="max_receive_count=0: must be 1 or more"):
        deliver(ignore, "x", max_receive_count=0)


def test_an_exception_that_the_test_does_not_expect_is_raised_at_once(deliver: Deliver) -> None:
    error = KeyError("total")
    with pytest.raises(KeyError) as raised:
        deliver(raising(error), "x")
    assert raised.value is error
    assert "deliver(..., failures=KeyError)" in error.__notes__[0]


def test_an_expected_exception_is_retried_and_kept_with_its_delivery(deliver: Deliver) -> None:
    error = ConnectionError("gone")
    message = deliver(raising(error), "x", failures=OSError).only
    assert message.endings == ["failed", "done"]
    assert message.deliveries[0].error is error
    assert message.deliveries[0].reason == "ConnectionError: gone"
    assert repr(message).startswith("<x is done: failed (ConnectionError: gone), again after")


def test_a_duplicate_is_one_more_delivery_of_what_was_done(deliver: Deliver) -> None:
    message = deliver(ignore, "x", duplicates=2, max_receive_count=1).only
    assert message.endings == ["done", "done", "done"]
    assert message.done


def test_an_async_handler_runs_on_one_loop_from_setup_to_teardown(deliver: Deliver) -> None:
    loops: list[object] = []

    class Handler:
        async def setup(self) -> None:
            loops.append(asyncio.get_running_loop())

        async def handle(self, message: Message) -> None:
            await asyncio.sleep(0)
            loops.append(asyncio.get_running_loop())
            if message.receive_count == 1:
                raise Retry

        async def teardown(self) -> None:
            loops.append(asyncio.get_running_loop())

    assert deliver(Handler, ["x"]).only.endings == ["retry", "done"]
    assert len(loops) == 4
    assert len(set(loops)) == 1


def test_an_async_handler_in_an_async_test_is_a_clear_error(deliver: Deliver) -> None:
    async def handle(_: Message) -> None: ...

    async def test() -> None:
        deliver(handle, "x")

    with pytest.raises(RuntimeError, match="call it from a test that is not async itself"):
        asyncio.run(test())


def test_a_class_is_set_up_once_and_torn_down_once(deliver: Deliver) -> None:
    class Handler:
        calls: ClassVar[list[str]] = []

        def setup(self) -> None:
            self.calls.append("setup")

        def handle(self, message: Message) -> None:
            self.calls.append(message.body)

        def teardown(self) -> None:
            self.calls.append("teardown")

    deliver(Handler, ["a", "b"])
    assert Handler.calls == ["setup", "a", "b", "teardown"]


def test_a_handler_is_found_by_its_name(deliver: Deliver) -> None:
    with pytest.raises(TypeError, match="Message"):
        deliver("json:loads", "x")
    with pytest.raises(ConfigurationError, match="'nowhere:handle' cannot be imported"):
        deliver("nowhere:handle", "x")


def test_middleware_is_around_the_handler_the_first_one_outermost(deliver: Deliver) -> None:
    def adding(letter: str) -> Any:
        @contextmanager
        def manage(message: Message) -> Iterator[Message]:
            yield message.with_body(message.body + letter)

        return around(manage)

    seen: list[str] = []
    deliver(lambda message: seen.append(message.body), "x", middleware=[adding("a"), adding("b")])
    assert seen == ["xab"]


def test_a_message_that_waited_for_its_acknowledgement_comes_after_the_visibility_timeout(
    deliver: Deliver,
) -> None:
    message = deliver(ignore, "x", crash_before_acknowledgement=True).only
    assert message.deliveries[0].wait_s == DEFAULT_VISIBILITY_TIMEOUT_S

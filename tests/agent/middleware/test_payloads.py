"""Handlers of payloads, as functions, methods and coroutines, and in an agent."""

import asyncio
import functools
import json
from dataclasses import dataclass
from typing import Any

import pytest
from tests.agent._fakes import eventually
from tests.agent.conftest import Bench, Queues

from shoal_agent import Message, Reject, payload
from shoal_agent.handler import is_async
from shoal_agent.middleware.payloads import PayloadDecorator


@dataclass
class Order:
    """What is sent."""

    id: int


seen: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


def message(fields: Any) -> Message:
    """Return a message with this JSON body."""
    return Message({"MessageId": "m", "Body": json.dumps(fields)})


def test_a_function_is_given_the_payload() -> None:
    @payload
    def handle(order: Order) -> None:
        seen.append(order)

    handle(message({"id": 1}))
    assert seen == [Order(1)]
    assert handle.__name__ == "handle"


def test_a_second_parameter_is_given_the_message() -> None:
    @payload
    def handle(order: Order, message: Message) -> None:
        seen.append((order, message.message_id))

    handle(message({"id": 1}))
    assert seen == [(Order(1), "m")]


def test_an_async_handler_stays_async() -> None:
    @payload
    async def handle(order: Order) -> None:
        await asyncio.sleep(0)
        seen.append(order)

    assert is_async(handle)
    asyncio.run(handle(message({"id": 1})))
    assert seen == [Order(1)]


def test_methods_of_a_handler_class_keep_their_self() -> None:
    class Handler:
        def __init__(self) -> None:
            self.name = "me"

        @payload
        def handle(self, order: Order) -> None:
            seen.append((self.name, order))

        @payload
        async def handle_both(self, order: Order, message: Message) -> None:
            seen.append((self.name, order, message.message_id))

        @staticmethod
        @payload
        def handle_static(order: Order) -> None:
            seen.append(order)

    Handler().handle(message({"id": 1}))
    asyncio.run(Handler().handle_both(message({"id": 2})))
    Handler.handle_static(message({"id": 3}))
    assert seen == [("me", Order(1)), ("me", Order(2), "m"), Order(3)]


def test_what_does_not_fit_never_reaches_the_handler() -> None:
    @payload
    def handle(order: Order) -> None:
        seen.append(order)

    with pytest.raises(Reject, match=r'order\.id: "x" is not a whole number'):
        handle(message({"id": "x"}))
    assert seen == []


def test_unknown_keys_are_refused_where_that_is_asked_for() -> None:
    @payload(refuse_unknown=True)
    def handle(order: Order) -> None:
        seen.append(order)

    with pytest.raises(Reject, match=r"order\.more: unknown; known here: id"):
        handle(message({"id": 1, "more": 2}))


def test_a_parameter_with_a_default_is_left_alone() -> None:
    @payload
    def handle(order: Order, tries: int = 3) -> None:
        seen.append((order, tries))

    handle(message({"id": 1}))
    assert seen == [(Order(1), 3)]


def test_a_type_given_as_text_is_looked_up() -> None:
    @payload
    def handle(order: "Order") -> None:
        seen.append(order)

    handle(message({"id": 1}))
    assert seen == [Order(1)]


def _no_type(order) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
def _nothing() -> None: ...
def _keyword(*, order: Order) -> None: ...
def _three(order: Order, message: Message, more: int) -> None: ...
def _not_a_message(order: Order, count: int) -> None: ...
def _unknown(order: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def _opaque(order: bytes) -> None: ...


@pytest.mark.parametrize(
    ("handle", "problem"),
    [
        (_no_type, "_no_type: a handler of payloads is .*; its parameter 'order' has no type"),
        (_nothing, r"its parameters are \(\)"),
        (_keyword, r"its parameters are \(order\)"),
        (_three, r"its parameters are \(order, message, more\)"),
        (_not_a_message, "its parameter 'count' is not a Message"),
        (_unknown, "_unknown: name 'Nowhere' is not defined"),
        (_opaque, "order: bytes cannot be made of JSON"),
        (functools.partial(_opaque), "has no type"),
    ],
)
def test_a_handler_of_another_shape_is_a_type_error_when_it_is_decorated(
    handle: Any, problem: str
) -> None:
    decorate: Any = PayloadDecorator()
    with pytest.raises(TypeError, match=problem):
        decorate(handle)


_HANDLER = """
    from dataclasses import dataclass
    from shoal_agent import payload

    @dataclass
    class Order:
        id: int

    @payload
    def handle(order: Order) -> None:
        note(order.id)
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_agent_handles_what_fits_and_rejects_the_original_of_what_does_not(
    queues: Queues, bench: Bench, kind: str
) -> None:
    bench.start(queues, _HANDLER.replace("def handle", f"{kind} handle"))
    queues.send('{"id": 5}')
    queues.send('{"id": "five"}')
    queues.emptied()
    assert bench.noted() == ["5"]
    (letter,) = eventually(queues.dead_letters)
    assert letter["Body"] == '{"id": "five"}'
    reason = letter["MessageAttributes"]["shoal.reason"]["StringValue"]
    assert reason == 'order.id: "five" is not a whole number'


def test_an_agent_whose_payload_cannot_be_decoded_says_so_in_one_sentence(
    queues: Queues, bench: Bench
) -> None:
    agent = bench.start(queues, _HANDLER.replace("id: int", "id: bytes"))
    assert agent.ended() == 64
    (line,) = [line for line in agent.output if "bytes" in line]
    assert "the handler 'work:handle' cannot be imported: TypeError: Order.id: bytes" in line
    assert not any("Traceback" in line for line in agent.output)

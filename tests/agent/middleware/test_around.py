"""One context manager, around handlers of both kinds."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shoal_agent import Message, Retry
from shoal_agent.handler import is_async
from shoal_agent.middleware.around import around

seen: list[str] = []


@contextmanager
def _louder(message: Message) -> Iterator[Message]:
    seen.append("enter")
    try:
        yield message.with_body(message.body.upper())
    except Retry:
        seen.append("retry")
        raise
    finally:
        seen.append("leave")


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


def _message() -> Message:
    return Message({"MessageId": "1", "Body": "quiet"})


def test_a_handler_is_given_what_the_context_manager_yields() -> None:
    around(_louder)(lambda message: seen.append(message.body))(_message())
    assert seen == ["enter", "QUIET", "leave"]


def test_an_async_handler_stays_async_and_is_awaited_inside() -> None:
    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        seen.append(message.body)

    wrapped = around(_louder)(handle)
    assert is_async(wrapped)
    asyncio.run(wrapped(_message()))
    assert seen == ["enter", "QUIET", "leave"]


def test_what_a_handler_raises_is_raised_inside() -> None:
    def handle(_: Message) -> None:
        raise Retry(after=1)

    with pytest.raises(Retry):
        around(_louder)(handle)(_message())
    assert seen == ["enter", "retry", "leave"]


def test_a_method_can_be_decorated_and_keeps_its_object() -> None:
    louder = around(_louder)

    class Work:
        name = "mine"

        @louder
        def handle(self, message: Message) -> None:
            seen.append(f"{self.name} {message.body}")

        @louder
        async def handle_async(self, message: Message) -> None:
            await asyncio.sleep(0)
            self.handle(message)

    Work().handle(_message())
    asyncio.run(Work().handle_async(_message()))
    assert [text for text in seen if text.startswith("mine")] == ["mine QUIET", "mine QUIET"]

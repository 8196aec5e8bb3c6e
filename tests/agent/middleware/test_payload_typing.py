"""What a type checker makes of the decorator: mypy --strict reads this file, and so checks it.

Each ``type: ignore`` here is a mistake that has to be found: mypy complains of one that is
not needed.
"""

from dataclasses import dataclass
from typing import Any, assert_type

from shoal_agent import Message, payload


@dataclass
class Order:
    """What is sent."""

    id: int


@payload
def alone(order: Order) -> None:
    """Take the payload."""
    assert_type(order, Order)


@payload
def with_message(order: Order, message: Message) -> int:
    """Take the message too."""
    return order.id + message.receive_count


@payload(refuse_unknown=True)
async def waiting(order: Order) -> None:
    """Take the payload, async."""


class Handler:
    """Takes payloads with its methods."""

    @payload
    def handle(self, order: Order) -> None:
        """Take the payload."""

    @payload
    async def with_message(self, order: Order, message: Message) -> None:
        """Take the message too."""


def mistakes(message: Message) -> None:
    """Nothing here runs."""
    alone(Order(1))  # type: ignore[arg-type]
    with_message(Order(1), message)  # type: ignore[call-arg, arg-type]
    Handler().handle(Order(1))  # type: ignore[arg-type]
    payload(3)  # type: ignore[call-overload]
    payload(refuse_unknown="yes")  # type: ignore[call-overload]

    @payload  # type: ignore[arg-type]
    def three(order: Order, message: Message, more: int, most: int) -> None: ...


async def results(message: Message) -> None:
    """Each returns what its handler does."""
    assert_type(with_message(message), int)
    assert_type(await waiting(message), None)
    assert_type(await Handler().with_message(message), None)


def test_decorated_handlers_are_handlers_of_messages_at_run_time_too() -> None:
    message = Message({"MessageId": "m", "Body": '{"id": 1}'})
    decorated: Any = with_message
    assert decorated(message) == 2

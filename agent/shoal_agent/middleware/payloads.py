"""Handlers of typed payloads: the body is decoded and checked before the handler sees it.

    @payload
    def handle(order: Order) -> None: ...

What the type does not allow raises Reject, with every problem and where it is. The types are
looked at when the handler is imported: one that cannot be made of JSON is a TypeError then.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, overload

from shoal_agent.decoding.body_decoder import BodyDecoder, body_decoder
from shoal_agent.decoding.json_decoder import hints_of
from shoal_agent.handler import is_async
from shoal_agent.message import Message

P = TypeVar("P")  # the payload
R = TypeVar("R")  # what the handler returns: None, or something to await
S = TypeVar("S")  # the handler class

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_SHAPE = "a handler of payloads is handle(payload) or handle(payload, message)"


class PayloadDecorator:
    """Make a handler of messages of ``handle(payload)`` or ``handle(payload, message)``.

    The handler may be async or not, a function or a method. Its first parameter's annotation
    is the payload's type: a dataclass or any type that JSON has, or one of pydantic's.
    """

    def __init__(self, *, refuse_unknown: bool = False) -> None:
        """``refuse_unknown`` rejects keys that a dataclass has no field for; see ``__call__``."""
        self._refuse_unknown = refuse_unknown

    @overload
    def __call__(self, *, refuse_unknown: bool) -> "PayloadDecorator": ...
    @overload
    def __call__(self, handle: Callable[[P, Message], R], /) -> Callable[[Message], R]: ...
    @overload
    def __call__(self, handle: Callable[[P], R], /) -> Callable[[Message], R]: ...
    @overload
    def __call__(self, handle: Callable[[S, P], R], /) -> Callable[[S, Message], R]: ...
    @overload
    def __call__(self, handle: Callable[[S, P, Message], R], /) -> Callable[[S, Message], R]: ...
    def __call__(
        self, handle: Callable[..., Any] | None = None, *, refuse_unknown: bool = False
    ) -> Any:
        """Wrap a handler; or, given ``refuse_unknown``, return the decorator that does.

        Keys that a dataclass has no field for are ignored unless ``refuse_unknown`` is true,
        so that a sender may add one before the handler knows it.
        """
        if handle is None:
            return PayloadDecorator(refuse_unknown=refuse_unknown)
        shape = _Shape(handle)
        decode = body_decoder(shape.kind, shape.root, refuse_unknown=self._refuse_unknown)
        return _wrapped(handle, decode, with_message=shape.with_message)


payload = PayloadDecorator()


class _Shape:
    """What a handler's parameters say: the payload's name and type, whether it wants the message.

    TypeError where they say something else.
    """

    def __init__(self, handle: Callable[..., Any]) -> None:
        self._name = getattr(handle, "__qualname__", repr(handle))
        first, *others = self._parameters(handle)
        annotated = handle if hasattr(handle, "__annotations__") else type(handle).__call__
        hints = hints_of(annotated, self._name)
        self.root = first.name
        if first.name not in hints:
            raise self._unfit(f"its parameter {first.name!r} has no type")
        self.kind = hints[first.name]
        self.with_message = bool(others)
        if others and hints.get(others[0].name, Message) is not Message:
            raise self._unfit(f"its parameter {others[0].name!r} is not a Message")

    def _parameters(self, handle: Callable[..., Any]) -> list[inspect.Parameter]:
        """Return the payload's parameter and, where there is one, the message's."""
        wanted = [
            parameter
            for parameter in inspect.signature(handle).parameters.values()
            if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        ]
        if wanted and wanted[0].annotation is wanted[0].empty and self._in_class():
            del wanted[0]  # self
        needed = wanted[:1] + [one for one in wanted[1:] if one.default is one.empty]
        if not 1 <= len(needed) <= 2 or any(one.kind not in _POSITIONAL for one in needed):  # noqa: PLR2004
            raise self._unfit(f"its parameters are ({', '.join(one.name for one in wanted)})")
        return needed

    def _in_class(self) -> bool:
        around = self._name.rpartition(".")[0]
        return bool(around) and not around.endswith("<locals>")

    def _unfit(self, problem: str) -> TypeError:
        return TypeError(f"{self._name}: {_SHAPE}, with the payload's type; {problem}")


def _wrapped(
    handle: Callable[..., Any], decode: BodyDecoder, *, with_message: bool
) -> Callable[..., Any]:
    def arguments(given: tuple[Any, ...]) -> tuple[Any, ...]:
        *owner, message = given
        decoded = decode(message.body)
        return (*owner, decoded, message) if with_message else (*owner, decoded)

    if is_async(handle):

        @wraps(handle)
        async def handle_async(*given: Any) -> Any:
            result: Awaitable[Any] = handle(*arguments(given))
            return await result

        return handle_async

    @wraps(handle)
    def handle_sync(*given: Any) -> Any:
        return handle(*arguments(given))

    return handle_sync

"""Decoders of single values: strict ones of JSON's own types, and those that are text in JSON.

Nothing is guessed: ``"1"`` is no number, ``1`` is no string, ``true`` is no 1. The one step
between JSON's types is a whole number where a float is asked for, since JSON has one kind of
number and writers leave out ``.0``.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from shoal_agent.decoding.misfit import Misfit, misfit


class Decoder(Protocol):
    """Makes a Python value of a JSON value, or raises Misfit."""

    expected: str
    """What fits, as it reads after "is not"."""
    text_only: bool
    """Whether all that fits is text, as an object's keys are."""

    def __call__(self, value: Any) -> Any:
        """Return the decoded value."""

    def suits(self, value: Any) -> bool:
        """Tell, without looking deep, whether the value may fit; for choosing in a union."""


class Anything:
    """Takes any JSON value as it is."""

    expected = "anything"
    text_only = False

    def __call__(self, value: Any) -> Any:
        """Return the value."""
        return value

    def suits(self, value: Any) -> bool:  # noqa: ARG002 - a Decoder
        """Take all."""
        return True


class Exactly:
    """Takes values of one of JSON's own types."""

    def __init__(self, kind: type, expected: str) -> None:
        """``bool`` is not taken for ``int``: the type is compared, not its parents."""
        self._kind = kind
        self.expected = expected
        self.text_only = kind is str

    def __call__(self, value: Any) -> Any:
        """Return the value."""
        if type(value) is self._kind:
            return value
        raise misfit(value, self.expected)

    def suits(self, value: Any) -> bool:
        """Compare the type."""
        return type(value) is self._kind


class Converted:
    """Takes values of some of JSON's types, and what a converter makes of them."""

    def __init__(
        self, convert: Callable[[Any], Any], expected: str, kinds: tuple[type, ...] = (str,)
    ) -> None:
        """``convert`` raises ValueError or ArithmeticError for what does not fit."""
        self._convert = convert
        self._kinds = kinds
        self.expected = expected
        self.text_only = kinds == (str,)

    def __call__(self, value: Any) -> Any:
        """Return the converted value."""
        if type(value) in self._kinds:
            try:
                return self._convert(value)
            except (ValueError, ArithmeticError):
                pass
        raise misfit(value, self.expected)

    def suits(self, value: Any) -> bool:
        """Convert it: that is cheap."""
        try:
            self(value)
        except Misfit:
            return False
        return True


class OneOf:
    """Takes the values of a Literal or of an Enum's members."""

    def __init__(self, members: Iterable[tuple[Any, Any]]) -> None:
        """Take pairs of the JSON value and what it becomes."""
        # With its type: 1, 1.0 and True are one key of a dictionary.
        self._members = {(type(value), value): member for value, member in members}
        values = [json.dumps(value, ensure_ascii=False) for _, value in self._members]
        self.expected = values[0] if len(values) == 1 else f"one of {', '.join(values)}"
        self.text_only = all(kind is str for kind, _ in self._members)

    def __call__(self, value: Any) -> Any:
        """Return the member."""
        if self.suits(value):
            return self._members[type(value), value]
        raise misfit(value, self.expected)

    def suits(self, value: Any) -> bool:
        """Look it up; lists and objects cannot be."""
        return not isinstance(value, list | dict) and (type(value), value) in self._members


def _decimal(value: str | float) -> Decimal:
    text = str(value)  # of a float the shortest text that reads back the same
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

SCALARS: dict[Any, Decoder] = {
    Any: Anything(),
    object: Anything(),
    None: Exactly(type(None), "null"),
    type(None): Exactly(type(None), "null"),
    str: Exactly(str, "a string"),
    bool: Exactly(bool, "true or false"),
    int: Exactly(int, "a whole number"),
    float: Converted(float, "a number", (float, int)),
    Decimal: Converted(_decimal, "a decimal number", (str, int, float)),
    datetime: Converted(datetime.fromisoformat, "a time such as 2030-01-31T12:00:00Z"),
    date: Converted(date.fromisoformat, "a date such as 2030-01-31"),
    time: Converted(time.fromisoformat, "a time of day such as 12:00:00"),
    UUID: Converted(UUID, "a UUID"),
}

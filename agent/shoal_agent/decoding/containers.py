"""Decoders of lists, objects and choices: each gathers every problem of its parts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoal_agent.decoding.misfit import MOST_PROBLEMS, Misfit, Problem, misfit
from shoal_agent.decoding.scalars import Decoder, OneOf

Part = tuple[Any, Decoder, Any]  # key or index, its decoder, the value


def _gathered(parts: Iterable[Part]) -> tuple[dict[Any, Any], list[Problem]]:
    """Decode the parts one by one; return what fits, and what does not."""
    decoded: dict[Any, Any] = {}
    problems: list[Problem] = []
    for key, decode, value in parts:
        try:
            decoded[key] = decode(value)
        except Misfit as found:
            problems += found.inside(key)
            if len(problems) > MOST_PROBLEMS:
                break
    return decoded, problems


def _decoded(parts: Iterable[Part]) -> dict[Any, Any]:
    decoded, problems = _gathered(parts)
    if problems:
        raise Misfit(problems)
    return decoded


class ListOf:
    """Takes a list whose items are all of one type."""

    expected = "a list"
    text_only = False

    def __init__(self, item: Decoder, make: Callable[[Iterable[Any]], Any]) -> None:
        """``make`` is ``list`` or ``tuple``."""
        self._item = item
        self._make = make

    def __call__(self, value: Any) -> Any:
        """Return the decoded items."""
        if not isinstance(value, list):
            raise misfit(value, self.expected)
        item = self._item
        parts = ((index, item, part) for index, part in enumerate(value))
        return self._make(_decoded(parts).values())

    def suits(self, value: Any) -> bool:
        """Take any list."""
        return isinstance(value, list)


class TupleOf:
    """Takes a list of a fixed length, each item of its own type."""

    text_only = False

    def __init__(self, items: Sequence[Decoder]) -> None:
        """Take a decoder for each place."""
        self._items = items
        self.expected = f"a list of {len(items)}"

    def __call__(self, value: Any) -> Any:
        """Return the decoded items."""
        if not self.suits(value):
            raise misfit(value, self.expected)
        parts = zip(range(len(value)), self._items, value, strict=True)
        return tuple(_decoded(parts).values())

    def suits(self, value: Any) -> bool:
        """Compare the length."""
        return isinstance(value, list) and len(value) == len(self._items)


class DictOf:
    """Takes an object with any keys, all values of one type."""

    expected = "an object"
    text_only = False

    def __init__(self, key: Decoder, value: Decoder) -> None:
        """The key's decoder is given text."""
        self._key = key
        self._value = value

    def __call__(self, value: Any) -> Any:
        """Return the decoded keys with the decoded values."""
        if not isinstance(value, dict):
            raise misfit(value, self.expected)
        keys, bad_keys = _gathered((key, self._key, key) for key in value)
        values, bad_values = _gathered((key, self._value, value[key]) for key in value)
        if bad_keys or bad_values:
            raise Misfit(bad_keys + bad_values)
        return {keys[key]: part for key, part in values.items()}

    def suits(self, value: Any) -> bool:
        """Take any object."""
        return isinstance(value, dict)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a dataclass."""

    name: str
    """As Python calls it."""
    key: str
    """As JSON calls it."""
    decode: Decoder
    required: bool


class DataclassOf:
    """Takes an object that has a dataclass's fields."""

    text_only = False

    def __init__(self, kind: type, *, refuse_unknown: bool) -> None:
        """``refuse_unknown`` makes a key without a field a problem; it is ignored otherwise."""
        self._kind = kind
        self._refuse_unknown = refuse_unknown
        self._members: Sequence[Member] = ()
        self._by_key: Mapping[str, Member] = {}
        self._tags: Sequence[Member] = ()
        self.expected = f"an object ({kind.__name__})"

    def complete(self, members: Sequence[Member]) -> None:
        """Take the fields, which may hold this very dataclass again."""
        self._members = members
        self._by_key = {member.key: member for member in members}
        self._tags = [member for member in members if isinstance(member.decode, OneOf)]
        if self._tags:
            tags = ", ".join(f"{tag.key} {tag.decode.expected}" for tag in self._tags)
            self.expected = f"an object ({self._kind.__name__}: {tags})"

    def __call__(self, value: Any) -> Any:
        """Return the dataclass; a ValueError of its ``__post_init__`` says that it does not fit."""
        if not isinstance(value, dict):
            raise misfit(value, self.expected)
        given = [member for member in self._members if member.key in value]
        decoded, problems = _gathered((one.key, one.decode, value[one.key]) for one in given)
        problems += [*self._missing(value), *self._unknown(value)]
        if problems:
            raise Misfit(problems)
        try:
            return self._kind(**{member.name: decoded[member.key] for member in given})
        except ValueError as error:
            raise Misfit([Problem((), str(error) or f"not {self.expected}")]) from error

    def suits(self, value: Any) -> bool:
        """Compare the fields whose values are given: Literals and Enums."""
        return isinstance(value, dict) and all(
            tag.key not in value or tag.decode.suits(value[tag.key]) for tag in self._tags
        )

    def _unknown(self, value: Mapping[str, Any]) -> Iterable[Problem]:
        if self._refuse_unknown:
            for key in (key for key in value if key not in self._by_key):
                yield Problem((key,), f"unknown; known here: {', '.join(self._by_key)}")

    def _missing(self, value: Mapping[str, Any]) -> Iterable[Problem]:
        for member in self._members:
            if member.required and member.key not in value:
                yield Problem((member.key,), f"missing; it must be {member.decode.expected}")


class UnionOf:
    """Takes what one of several types takes; the first that fits is it."""

    def __init__(self, options: Sequence[Decoder]) -> None:
        """Take the decoders in the order in which they are to be tried."""
        self._options = options
        self.expected = " or ".join(option.expected for option in options)
        self.text_only = all(option.text_only for option in options)

    def __call__(self, value: Any) -> Any:
        """Return what the first that fits makes of the value."""
        fewest: Misfit | None = None
        for option in self._options:
            if not option.suits(value):
                continue
            try:
                return option(value)
            except Misfit as found:
                if fewest is None or len(found.problems) < len(fewest.problems):
                    fewest = found
        raise misfit(value, self.expected) if fewest is None else fewest

    def suits(self, value: Any) -> bool:
        """Ask them all."""
        return any(option.suits(value) for option in self._options)

"""The kinds of value a setting can have: how each is read, and what it is called.

A kind's `parse` returns the value in the form the program works with, and raises ValueError
for anything else. Nothing is coerced that a reader of the YAML would not expect: `"4"` is not
a number, and `yes` in quotes is not a flag.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_shoal.duration import parse_duration_s
from pulumi_shoal.quantity import parse_quantity


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: `name` as an error and the reference table call it.

    A `secret` is never repeated in an error.
    """

    name: str
    parse: Callable[[Any], Any]
    secret: bool = False


def _reject_unless(accepted: bool, value: Any) -> Any:
    if not accepted:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    return str(_reject_unless(isinstance(value, str) and value != "", value))


def _whole(value: Any) -> int:
    # A program in another language sends every number as a float.
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return int(_reject_unless(number and value == int(value), value))


def _number(value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(_reject_unless(number, value))


def _flag(value: Any) -> bool:
    return bool(_reject_unless(isinstance(value, bool), value))


def _quantity(value: Any) -> str:
    parse_quantity(_text(value))
    return str(value)


def _list_of(parse: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def parse_list(value: Any) -> list[Any]:
        is_list = isinstance(value, Sequence) and not isinstance(value, str)
        return [parse(item) for item in _reject_unless(is_list, value)]

    return parse_list


def _map_of(parse: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def parse_map(value: Any) -> dict[str, Any]:
        _reject_unless(isinstance(value, Mapping), value)
        return {_text(key): parse(item) for key, item in value.items()}

    return parse_map


def _or_output(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let an Output through: what another resource will say is not known yet."""
    return lambda value: value if isinstance(value, pulumi.Output) else parse(value)


def one_of(*allowed: str) -> Kind:
    """Return the kind of a setting that is one of a few words."""
    return Kind(" or ".join(allowed), lambda value: _reject_unless(value in allowed, value))


def list_of(*allowed: str) -> Kind:
    """Return the kind of a setting that lists some of a few words."""
    return Kind(f"list of {', '.join(allowed)}", _list_of(one_of(*allowed).parse))


TEXT = Kind("text", _text)
WHOLE = Kind("whole number", _whole)
NUMBER = Kind("number", _number)
FLAG = Kind("true or false", _flag)
DURATION = Kind("duration", parse_duration_s)
WHOLE_DURATION = Kind("duration in whole seconds", lambda value: _whole(parse_duration_s(value)))
QUANTITY = Kind("Kubernetes quantity", _quantity)
TEXTS = Kind("list of text", _list_of(_text))
TEXT_MAP = Kind("map of text", _map_of(_text))

# What a resource's output may stand for in a program; in YAML these are plain text.
INPUT = Kind("text", _or_output(_text))
INPUTS = Kind("list of text", _or_output(_list_of(_or_output(_text))))
INPUT_MAP = Kind("map of text", _map_of(_or_output(_text)), secret=True)
SECRET = Kind("text", _or_output(_text), secret=True)

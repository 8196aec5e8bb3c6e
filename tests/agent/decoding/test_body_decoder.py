"""Bodies made into dataclasses, or rejected with every problem."""

import json
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, TypeVar
from uuid import UUID

import pytest
from tests.agent.decoding.payload_types import Cat, Colour, Dog, Item, Order, Owner, Size, Tree

from shoal_agent import Reject
from shoal_agent.decoding.body_decoder import body_decoder


def decoded(kind: Any, fields: Any, **options: bool) -> Any:
    """Return what a body with this JSON becomes."""
    return body_decoder(kind, "order", **options)(json.dumps(fields))


def why_not(kind: Any, fields: Any, **options: bool) -> str:
    """Return the reason for which it is rejected."""
    with pytest.raises(Reject) as rejection:
        decoded(kind, fields, **options)
    return rejection.value.reason


def test_an_object_becomes_a_dataclass_with_its_defaults() -> None:
    made = decoded(Order, {"id": 7, "items": [{"name": "pen", "price": 2}]})
    assert made == Order(7, [Item("pen", 2.0)], None, {})
    assert type(made.items[0].price) is float, "a whole number is a number"


def test_every_problem_is_named_with_its_path_its_value_and_what_is_allowed() -> None:
    reason = why_not(
        Order,
        {
            "id": True,
            "items": [{"name": "a", "price": "abc"}, {"colour": "green"}],
            "note": 3,
            "tags": {"a b": 1.5},
        },
    )
    assert reason.split("; order") == [
        "order.id: true is not a whole number",
        '.items[0].price: "abc" is not a number',
        '.items[1].colour: "green" is not one of "red", "blue"',
        ".items[1].name: missing; it must be a string",
        ".items[1].price: missing; it must be a number",
        ".note: 3 is not a string or null",
        '.tags["a b"]: 1.5 is not a whole number',
    ]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (str, 1, "a string"),
        (int, "1", "a whole number"),
        (int, 1.0, "a whole number"),
        (float, True, "a number"),
        (bool, 0, "true or false"),
        (Size, True, "one of 1, 2"),
        (Size, 1.0, "one of 1, 2"),
        (Literal[1], True, "1"),
        (Decimal, "1e", "a decimal number"),
        (Decimal, "NaN", "a decimal number"),
        (datetime, 1700000000, "a time such as 2030-01-31T12:00:00Z"),
        (date, "31.1.2030", "a date such as 2030-01-31"),
        (UUID, "x", "a UUID"),
        (tuple[int, str], [1], "a list of 2"),
        (list[int], {}, "a list"),
        (dict[str, int], [], "an object"),
        (int | None, "x", "a whole number or null"),
    ],
)
def test_types_are_strict_and_say_what_they_take(kind: Any, value: Any, expected: str) -> None:
    assert why_not(kind, value) == f"order: {json.dumps(value)} is not {expected}"


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (Decimal, "0.10", Decimal("0.10")),
        (Decimal, 0.1, Decimal("0.1")),
        (Decimal, 12, Decimal(12)),
        (datetime, "2030-01-31T12:00:00Z", datetime(2030, 1, 31, 12, tzinfo=UTC)),
        (int | float, 3, 3),
        (dict[Colour, int], {"red": 1}, {Colour.RED: 1}),
        (list, [1, "a"], [1, "a"]),
        (dict, {"a": [1]}, {"a": [1]}),
        (NewType("Id", int), 3, 3),
        (Annotated[int, "a note"], 3, 3),
        (Cat | Dog, {"kind": "dog", "name": "Rex"}, Dog("dog", "Rex")),
    ],
)
def test_what_fits_becomes_what_the_type_says(kind: Any, value: Any, made: Any) -> None:
    found = decoded(kind, value)
    assert (found, type(found)) == (made, type(made))


def test_unknown_keys_are_ignored_unless_they_are_to_be_refused() -> None:
    fields = {"name": "a", "price": 1, "weight": 3}
    assert decoded(Item, fields) == Item("a", 1.0)
    reason = why_not(Item, fields, refuse_unknown=True)
    assert reason == "order.weight: unknown; known here: name, price, colour"


def test_a_tag_chooses_the_dataclass_whose_problems_are_told() -> None:
    assert why_not(Owner, {"pet": {"kind": "cat", "lives": "9"}}) == (
        'order.pet.lives: "9" is not a whole number'
    )
    assert why_not(Owner, {"pet": {"kind": "cow"}}) == (
        'order.pet: {"kind": "cow"} is not an object (Cat: kind "cat") or '
        'an object (Dog: kind "dog")'
    )


def test_a_field_may_have_another_name_in_json() -> None:
    @dataclass
    class Event:
        detail_type: str = field(metadata={"key": "detail-type"})

    assert decoded(Event, {"detail-type": "x"}) == Event("x")
    assert why_not(Event, {}) == 'order["detail-type"]: missing; it must be a string'


def test_a_value_error_of_post_init_is_a_problem_of_that_object() -> None:
    @dataclass
    class Range:
        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low is above high")

    assert why_not(list[Range], [{"low": 1, "high": 2}, {"low": 2, "high": 1}]) == (
        "order[1]: low is above high"
    )


def test_a_dataclass_may_hold_itself() -> None:
    fields = {"value": 1, "left": {"value": 2, "right": {"value": "x"}}}
    assert why_not(Tree, fields) == 'order.left.right.value: "x" is not a whole number'


def test_long_values_and_long_lists_of_problems_are_cut() -> None:
    assert why_not(int, "x" * 1000) == f'order: "{"x" * 40}…" is not a whole number'
    assert why_not(int, [1, 2, [3], 4]) == "order: [1, 2, […], …] is not a whole number"
    reason = why_not(list[int], ["x"] * 100_000)
    assert reason.endswith('order[19]: "x" is not a whole number; and more')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the body is not JSON"),
        ("{", "the body is not JSON"),
        ("9" * 5000, "the body is not JSON"),
        ("[" * 100_000, "the body is nested too deeply"),
        ('{"value":1,"left":' * 900 + "null" + "}" * 900, "the body is nested too deeply"),
    ],
)
def test_a_body_that_is_no_usable_json_is_rejected(body: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        body_decoder(Tree, "tree")(body)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (set[int], r"order: set\[int\] cannot be made of JSON; use a dataclass, list, "),
        (bytes, "order: bytes cannot be made of JSON"),
        (complex | None, "order: complex cannot be made of JSON"),
        (dict[int, str], "the keys of order: int is no key of a JSON object"),
        (Literal[b"x"], "order: b'x' is no single value of JSON"),
        (list[TypeVar("T")], r"order\[\]: the type variable ~T cannot be made of JSON"),  # type: ignore[misc]
    ],
)
def test_a_type_that_json_has_not_is_refused_before_any_message(kind: Any, error: str) -> None:
    with pytest.raises(TypeError, match=error):
        body_decoder(kind, "order")


def test_a_field_that_json_has_not_is_named() -> None:
    @dataclass
    class Picture:
        data: list[bytes]

    @dataclass
    class Hidden:
        seed: InitVar[int]

    with pytest.raises(TypeError, match=r"Picture\.data\[\]: bytes cannot be made of JSON"):
        body_decoder(Picture, "order")
    with pytest.raises(TypeError, match=r"Hidden\.seed: an InitVar cannot be made of JSON"):
        body_decoder(Hidden, "order")

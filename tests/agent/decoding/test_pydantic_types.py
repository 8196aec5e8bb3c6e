"""Types of pydantic's are pydantic's to decode; the rejection reads like any other."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import pydantic
import pytest
from annotated_types import Gt

from shoal_agent import Reject
from shoal_agent.decoding.body_decoder import body_decoder


class Item(pydantic.BaseModel):
    """A model."""

    price: float = pydantic.Field(gt=0)


class Order(pydantic.BaseModel):
    """A model that holds models."""

    id: int
    items: list[Item]


@dataclass
class Parcel:
    """A dataclass of the standard library with a constraint of pydantic's."""

    weight: Annotated[float, Gt(0)]


@pydantic.dataclasses.dataclass
class Box:
    """A dataclass of pydantic's."""

    size: int


def decode(kind: Any, fields: Any) -> Any:
    """Return what a body with this JSON becomes."""
    return body_decoder(kind, "order")(json.dumps(fields))


def test_a_model_is_made_by_its_own_rules() -> None:
    assert decode(Order, {"id": "7", "items": [{"price": 2}]}) == Order(
        id=7, items=[Item(price=2.0)]
    )
    assert decode(list[Item], [{"price": 1}]) == [Item(price=1)]
    assert decode(Parcel, {"weight": 1}) == Parcel(1.0)
    assert decode(Box, {"size": 1}) == Box(1)


def test_what_does_not_fit_is_rejected_with_path_value_and_pydantics_words() -> None:
    with pytest.raises(Reject) as rejection:
        decode(Order, {"items": [{"price": 1}, {"price": -2}]})
    assert rejection.value.reason == (
        "order.id: Field required; order.items[1].price: -2: Input should be greater than 0"
    )


def test_a_constraint_in_a_plain_dataclass_is_kept() -> None:
    with pytest.raises(Reject, match=r"order\.weight: 0: Input should be greater than 0"):
        decode(Parcel, {"weight": 0})


@pytest.mark.parametrize(
    ("body", "reason"), [("{", "the body is not JSON"), ('"\ud800"', "unable to parse")]
)
def test_a_body_that_is_not_json_is_rejected(body: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        body_decoder(Order, "order")(body)


def test_a_type_that_pydantic_refuses_is_a_type_error_before_any_message() -> None:
    class Opaque:
        pass

    with pytest.raises(TypeError, match="order: Unable to generate pydantic-core schema for"):
        body_decoder(Annotated[Opaque, pydantic.Field()], "order")


def test_on_unknown_keys_a_model_decides_itself() -> None:
    with pytest.raises(TypeError, match="model_config decides on unknown keys"):
        body_decoder(Order, "order", refuse_unknown=True)


def test_a_plain_dataclass_does_not_import_pydantic() -> None:
    program = """
import sys
from dataclasses import dataclass
from shoal_agent import payload
@dataclass
class Order:
    id: int
@payload
def handle(order: Order) -> None: ...
assert "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_agents_names_cost_its_start_nothing() -> None:
    program = """
import sys, shoal_agent
assert not [name for name in sys.modules if name.startswith("shoal_agent.decoding")]
assert "dataclasses" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)

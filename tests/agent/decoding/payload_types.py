"""Types that bodies are decoded into."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal, Optional
from uuid import UUID


class Colour(Enum):
    """Text values."""

    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    """Numbers."""

    SMALL = 1
    LARGE = 2


@dataclass
class Item:
    """A part of an order."""

    name: str
    price: float
    colour: Colour = Colour.RED


@dataclass
class Order:
    """Lists, options and defaults."""

    id: int
    items: list[Item]
    note: str | None = None
    tags: dict[str, int] = field(default_factory=dict)


@dataclass
class Everything:
    """Every type that JSON is decoded into."""

    text: str
    number: float
    whole: int
    flag: bool
    nothing: None
    exact: Decimal
    moment: datetime
    day: date
    hour: time
    uuid: UUID
    colour: Colour
    size: Size
    kind: Literal["a", 1, True]
    either: int | str
    maybe: Optional[list["Everything"]]  # noqa: UP045 - the older spelling too
    several: tuple[int, ...]
    pair: tuple[str, Item]
    by_id: dict[UUID, list[float]]
    anything: Any


@dataclass
class Tree:
    """Holds itself."""

    value: int
    left: "Tree | None" = None
    right: "Tree | None" = None


@dataclass
class Cat:
    """One of two that differ in a tag."""

    kind: Literal["cat"]
    lives: int


@dataclass
class Dog:
    """The other."""

    kind: Literal["dog"]
    name: str


@dataclass
class Owner:
    """Has either."""

    pet: Cat | Dog

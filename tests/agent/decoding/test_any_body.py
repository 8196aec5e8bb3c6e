"""What holds for every body: it is decoded, the same as it was sent, or rejected."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.agent.decoding.payload_types import (
    Colour,
    Everything,
    Item,
    Order,
    Owner,
    Size,
    Tree,
)

from shoal_agent import Reject
from shoal_agent.decoding.body_decoder import body_decoder
from shoal_agent.decoding.json_decoder import decoder_of
from shoal_agent.decoding.misfit import Misfit

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*Everything.__annotations__, "name", "price"]) | st.text(), inner
        )
    ),
    max_leaves=12,
)


def to_json(value: Any) -> Any:
    """Return what a sender would write for a value of ours."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


items = st.builds(Item, st.text(), st.floats(allow_nan=False), st.sampled_from(Colour))


def everything(nested: st.SearchStrategy[Any]) -> st.SearchStrategy[Everything]:
    """Return a strategy of dataclasses with every kind of field."""
    return st.builds(
        Everything,
        text=st.text(),
        number=st.floats(allow_nan=False),
        whole=st.integers(),
        flag=st.booleans(),
        nothing=st.none(),
        exact=st.decimals(allow_nan=False, allow_infinity=False),
        moment=st.datetimes(timezones=st.none() | st.just(UTC)),
        day=st.dates(),
        hour=st.times(),
        uuid=st.uuids(),
        colour=st.sampled_from(Colour),
        size=st.sampled_from(Size),
        kind=st.sampled_from(["a", 1, True]),
        either=st.integers() | st.text(),
        maybe=nested,
        several=st.lists(st.integers()).map(tuple),
        pair=st.tuples(st.text(), items),
        by_id=st.dictionaries(st.uuids(), st.lists(st.floats(allow_nan=False)), max_size=3),
        anything=st.none() | st.lists(st.integers() | st.text()),
    )


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(everything(st.none() | st.lists(everything(st.none()), max_size=2)))
def test_what_is_written_from_a_dataclass_is_read_back_the_same(value: Everything) -> None:
    assert body_decoder(Everything, "order")(json.dumps(to_json(asdict(value)))) == value


@unhurried
@given(json_values)
def test_any_json_is_decoded_or_rejected_and_nothing_else(value: Any) -> None:
    for kind in (Everything, Order, Tree, Owner, list[Item], dict[str, Item] | list[Any]):
        try:
            body_decoder(kind, "order")(json.dumps(value))
        except Reject as rejection:
            assert rejection.reason.startswith("order")  # noqa: PT017 - not raising is fine too


@unhurried
@given(everything(st.none()), st.sampled_from([*Everything.__annotations__]), json_values)
def test_one_spoilt_field_is_the_only_problem(value: Everything, name: str, spoilt: Any) -> None:
    try:
        decoder_of(Everything, "order")({**to_json(asdict(value)), name: spoilt})
    except Misfit as found:
        assert {path[0] for path, _ in found.problems} == {name}  # noqa: PT017


@unhurried
@given(st.text())
def test_any_text_is_decoded_or_rejected_and_nothing_else(body: str) -> None:
    try:
        body_decoder(Everything, "order")(body)
    except Reject as rejection:
        assert rejection.reason  # noqa: PT017

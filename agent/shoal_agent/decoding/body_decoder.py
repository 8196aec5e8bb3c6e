"""Make a handler's payload of a message's body."""

import json
from collections.abc import Callable
from typing import Any

from shoal_agent.decoding.json_decoder import decoder_of
from shoal_agent.decoding.misfit import Misfit, reason
from shoal_agent.decoding.pydantic_decoder import is_pydantics, pydantic_decoder
from shoal_agent.ending import Reject

BodyDecoder = Callable[[str], Any]


def body_decoder(kind: Any, root: str, *, refuse_unknown: bool = False) -> BodyDecoder:
    """Return what decodes a body, or raises Reject with every problem, each path from ``root`` on.

    Raises TypeError for a type that cannot be made of JSON.
    """
    if is_pydantics(kind):
        if refuse_unknown:
            raise TypeError(f"{root}: of pydantic's types, model_config decides on unknown keys")
        return pydantic_decoder(kind, root)
    decoder = decoder_of(kind, root, refuse_unknown=refuse_unknown)

    def decode(body: str) -> Any:
        try:
            return decoder(json_of(body))
        except Misfit as found:
            raise Reject(reason(root, found.problems)) from found
        except RecursionError as error:
            raise Reject("the body is nested too deeply") from error

    return decode


def json_of(body: str) -> Any:
    """Return a body decoded from JSON, or raise Reject."""
    try:
        return json.loads(body)
    except ValueError as error:  # also a number of thousands of digits
        raise Reject(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise Reject("the body is nested too deeply") from error

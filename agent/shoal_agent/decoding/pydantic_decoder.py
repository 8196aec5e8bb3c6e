"""Types of pydantic's, decoded by pydantic: imported only where a handler asks for one."""

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from shoal_agent.decoding.misfit import Problem, reason, shown
from shoal_agent.ending import Reject

_PACKAGES = frozenset({"pydantic", "pydantic_core", "annotated_types"})
_MARKS = ("__get_pydantic_core_schema__", "__pydantic_core_schema__")


def is_pydantics(kind: Any, met: frozenset[Any] = frozenset()) -> bool:
    """Tell whether pydantic's types are in a type, dataclass fields included."""
    if isinstance(kind, type) and any(hasattr(kind, mark) for mark in _MARKS):
        return True
    if get_origin(kind) is Annotated and any(map(_is_mark, kind.__metadata__)):
        return True
    parts = list(get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind) and kind not in met:
        met |= {kind}
        try:
            parts += get_type_hints(kind, include_extras=True).values()
        except NameError:  # said where the decoder is made
            return False
    return any(is_pydantics(part, met) for part in parts)


def _is_mark(metadata: Any) -> bool:
    return type(metadata).__module__.partition(".")[0] in _PACKAGES


def pydantic_decoder(kind: Any, root: str) -> Callable[[str], Any]:
    """Return what decodes a body; raise TypeError for a type that pydantic refuses."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - the handler has it
    from pydantic.errors import PydanticUserError  # noqa: PLC0415

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
    except PydanticUserError as error:
        raise TypeError(f"{root}: {error.message.splitlines()[0]}") from error

    def decode(body: str) -> Any:
        try:
            return adapter.validate_json(body)
        except ValidationError as error:
            problems = [_problem(details) for details in error.errors(include_url=False)]
            raise Reject(reason(root, problems)) from error

    return decode


def _problem(details: Any) -> Problem:
    text = details["msg"]
    if details["type"] == "json_invalid":
        return Problem((), f"the body is not JSON: {text}")
    if details["type"] != "missing":
        text = f"{shown(details['input'])}: {text}"
    return Problem(details["loc"], text)

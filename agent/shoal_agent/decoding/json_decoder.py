"""Make the decoder of a type: once, when the handler is imported."""

import types
from collections import abc
from dataclasses import MISSING, Field, InitVar, fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from shoal_agent.decoding.containers import DataclassOf, DictOf, ListOf, Member, TupleOf, UnionOf
from shoal_agent.decoding.scalars import SCALARS, Decoder, OneOf

KEY = "key"
"""The entry of a field's metadata that names its key in JSON; the field's own name by default."""

_ALLOWED = (
    "a dataclass, list, tuple, dict, Optional, a union, Literal, Enum, str, int, float, bool, "
    "None, Decimal, datetime, date, time, UUID, Any, or a type of pydantic's"
)
_LISTS: dict[Any, Any] = {
    list: list,
    abc.Sequence: list,
    abc.Collection: list,
    abc.Iterable: list,
}
_DICTS: tuple[Any, ...] = (dict, abc.Mapping)
_SINGLE = (str, int, float, bool, type(None))


def decoder_of(kind: Any, where: str, *, refuse_unknown: bool = False) -> Decoder:
    """Return what decodes a type from JSON.

    Raises TypeError, which names the place from ``where`` on, for a type that cannot be.
    """
    return _Maker(refuse_unknown=refuse_unknown).make(kind, where)


class _Maker:
    """Mutable state: the dataclasses met so far, which may hold themselves."""

    def __init__(self, *, refuse_unknown: bool) -> None:
        self._refuse_unknown = refuse_unknown
        self._met: dict[type, DataclassOf] = {}

    def make(self, kind: Any, where: str) -> Decoder:
        kind = _plain(kind)
        if _hashable(kind) and kind in SCALARS:
            return SCALARS[kind]
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Literal:
            return self._literal(arguments, where)
        if origin in {Union, types.UnionType}:
            return UnionOf([self.make(option, where) for option in arguments])
        if isinstance(kind, type) and origin is None:
            if issubclass(kind, Enum):
                return self._enum(kind, where)
            if is_dataclass(kind):
                return self._dataclass(kind)
        return self._container(kind, kind if origin is None else origin, arguments, where)

    def _container(self, kind: Any, origin: Any, arguments: tuple[Any, ...], where: str) -> Decoder:
        if origin in _LISTS:
            (item,) = arguments or (Any,)
            return ListOf(self.make(item, f"{where}[]"), _LISTS[origin])
        if origin is tuple:
            return self._tuple(arguments or (Any, ...), where)
        if origin in _DICTS:
            key, value = arguments or (str, Any)
            decode_key = self.make(key, f"the keys of {where}")
            if not decode_key.text_only:
                raise TypeError(f"the keys of {where}: {_name(key)} is no key of a JSON object")
            return DictOf(decode_key, self.make(value, f"{where}[]"))
        raise TypeError(f"{where}: {_name(kind)} cannot be made of JSON; use {_ALLOWED}")

    def _tuple(self, arguments: tuple[Any, ...], where: str) -> Decoder:
        if arguments[-1] is Ellipsis:
            return ListOf(self.make(arguments[0], f"{where}[]"), tuple)
        items = enumerate(arguments)
        return TupleOf([self.make(item, f"{where}[{place}]") for place, item in items])

    def _literal(self, values: tuple[Any, ...], where: str) -> Decoder:
        members = [(value.value if isinstance(value, Enum) else value, value) for value in values]
        return _one_of(members, where)

    def _enum(self, kind: type[Enum], where: str) -> Decoder:
        return _one_of([(member.value, member) for member in kind], where)

    def _dataclass(self, kind: type) -> Decoder:
        if kind not in self._met:
            made = self._met[kind] = DataclassOf(kind, refuse_unknown=self._refuse_unknown)
            made.complete(self._members(kind))
        return self._met[kind]

    def _members(self, kind: Any) -> list[Member]:
        hints = hints_of(kind, kind.__name__)
        for name, hint in hints.items():
            if isinstance(hint, InitVar):
                raise TypeError(f"{kind.__name__}.{name}: an InitVar cannot be made of JSON")
        return [
            Member(
                name=field.name,
                key=str(field.metadata.get(KEY, field.name)),
                decode=self.make(hints[field.name], f"{kind.__name__}.{field.name}"),
                required=_required(field),
            )
            for field in fields(kind)
            if field.init
        ]


def hints_of(annotated: Any, where: str) -> dict[str, Any]:
    """Return what the annotations of a class or a function mean; raise TypeError in one line."""
    try:
        return get_type_hints(annotated, include_extras=True)
    except NameError as error:
        raise TypeError(f"{where}: {error}; its types must be importable names") from error


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _one_of(members: list[tuple[Any, Any]], where: str) -> Decoder:
    for value, _ in members:
        if type(value) not in _SINGLE:
            raise TypeError(f"{where}: {value!r} is no single value of JSON")
    return OneOf(members)


def _plain(kind: Any) -> Any:
    """Take off what says nothing about the JSON: aliases, NewTypes, annotations."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif type(kind).__name__ == "TypeAliasType":  # typing has it from Python 3.12 on
            kind = kind.__value__
        else:
            return kind


def _hashable(kind: Any) -> bool:
    try:
        hash(kind)
    except TypeError:
        return False
    return True


def _name(kind: Any) -> str:
    if isinstance(kind, TypeVar):
        return f"the type variable {kind}"
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)

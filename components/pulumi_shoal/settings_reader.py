"""Strict reading of settings into typed dataclasses.

A settings class is a frozen dataclass whose fields are made by `setting`, `section` and
`sections`; the field says kind, bounds and default, once. Reading collects every problem
before it raises, so that a user sees them all at one go.
"""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

from pulumi_shoal.problem import Place, Problem, SettingsError
from pulumi_shoal.setting_kind import Kind

_Settings = TypeVar("_Settings")
_SETTING = "setting"


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What a field accepts: a kind within bounds, or sections of further settings.

    `choose` picks the class of a section by its content, for a section that comes in kinds.
    """

    kind: Kind | None = None
    least: float | None = None
    most: float | None = None
    choose: Callable[[Mapping[str, Any]], type] | None = None
    classes: tuple[type, ...] = ()
    many: bool = False


def setting(
    kind: Kind,
    *,
    default: Any = dataclasses.MISSING,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """Declare a field of a settings class; without a default it is required."""
    metadata = {_SETTING: Setting(kind, least, most)}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def section(cls: type, *, optional: bool = False) -> Any:
    """Declare a nested section, made of its own defaults (or None) where it is not given."""
    metadata = {_SETTING: Setting(choose=lambda _: cls, classes=(cls,))}
    if optional:
        return dataclasses.field(default=None, metadata=metadata)
    if any(_is_required(field) for field in dataclasses.fields(cls)):
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default_factory=cls, metadata=metadata)


def sections(cls: type, *, default: Any = dataclasses.MISSING) -> Any:
    """Declare a list of sections of one class."""
    metadata = {_SETTING: Setting(choose=lambda _: cls, classes=(cls,), many=True)}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default_factory=list, metadata=metadata)


def section_by_kind(variants: Mapping[str, type]) -> Any:
    """Declare a required section whose key `kind` says which class reads the rest."""
    classes = tuple(variants.values())

    def choose(values: Mapping[str, Any]) -> type:
        return variants.get(str(values.get("kind")), classes[0])

    return dataclasses.field(metadata={_SETTING: Setting(choose=choose, classes=classes)})


def settings_of(cls: Any) -> dict[str, tuple["dataclasses.Field[Any]", Setting]]:
    """Return a settings class's fields by name, with what each accepts."""
    return {
        field.name: (field, field.metadata[_SETTING])
        for field in dataclasses.fields(cls)
        if _SETTING in field.metadata
    }


def read(cls: type[_Settings], values: Mapping[str, Any], place: Place) -> _Settings:
    """Return `values` as an instance of `cls`, or raise SettingsError with every problem."""
    reader = _Reader()
    instance = reader.section(cls, values, place)
    if reader.found:
        raise SettingsError(reader.found)
    return instance  # type: ignore[no-any-return]


def as_args(settings: Any, args: Any) -> Any:
    """Return settings as the arguments of a component: the keys of its TypedDict `args`."""
    names = args.__required_keys__ | args.__optional_keys__
    return {name: value for name, value in _as_dict(settings).items() if name in names}


def _as_dict(value: Any) -> Any:
    """Return sections as dictionaries without what is not set; other values as they are."""
    if dataclasses.is_dataclass(value):
        values = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: _as_dict(each) for name, each in values.items() if each is not None}
    return [_as_dict(item) for item in value] if isinstance(value, list) else value


class _Reader:
    """One reading; mutable state: the problems found so far."""

    def __init__(self) -> None:
        self.found: list[tuple[Place, Problem]] = []

    def section(self, cls: Any, values: Any, place: Place) -> Any:
        """Read one section; None where a problem makes it unusable."""
        known = {place.spell(name): name for name in settings_of(cls)}
        before = len(self.found)
        for key in values:
            if key not in known:
                self.found.append((place, _unknown(key, values[key], list(known))))
        read = {
            name: self._value(name, what, values[key], place)
            for key, name in known.items()
            for _, what in [settings_of(cls)[name]]
            if values.get(key) is not None
        }
        self._require(cls, read, place)
        return cls(**read) if len(self.found) == before else None

    def _require(self, cls: Any, read: Mapping[str, Any], place: Place) -> None:
        for name, (field, what) in settings_of(cls).items():
            if _is_required(field) and name not in read:
                self.found.append((place, _missing(name, what)))

    def _value(self, name: str, what: Setting, value: Any, place: Place) -> Any:
        if what.kind is not None:
            return self._plain(name, what, value, place)
        if what.many:
            return self._many(name, what, value, place)
        return self._nested(name, what, value, place)

    def _nested(self, name: str, what: Setting, value: Any, place: Place) -> Any:
        if not isinstance(value, Mapping):
            self.found.append((place, _wrong(name, value, "a map of settings")))
            return None
        assert what.choose is not None  # noqa: S101 - a setting has a kind or a class
        return self.section(what.choose(value), value, place.item(name))

    def _many(self, name: str, what: Setting, value: Any, place: Place) -> list[Any]:
        if not isinstance(value, list):
            self.found.append((place, _wrong(name, value, "a list")))
            return []
        return [self._nested(f"{name}[{i}]", what, item, place) for i, item in enumerate(value)]

    def _plain(self, name: str, what: Setting, value: Any, place: Place) -> Any:
        assert what.kind is not None  # noqa: S101 - asked by the caller
        try:
            parsed = what.kind.parse(value)
        except (ValueError, TypeError, OverflowError):
            shown = "a secret of another type" if what.kind.secret else value
            self.found.append((place, _wrong(name, shown, what.kind.name)))
            return None
        if not _within(what, parsed):
            self.found.append((place, _out_of_range(name, value, what)))
        return parsed


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _within(what: Setting, parsed: Any) -> bool:
    above = what.least is None or parsed >= what.least
    return above and (what.most is None or parsed <= what.most)


def _bounds(what: Setting) -> str:
    if what.least is not None and what.most is not None:
        return f"{what.least:g} to {what.most:.10g}"
    return f"at least {what.least:g}" if what.least is not None else f"at most {what.most:.10g}"


def _unknown(key: str, value: Any, known: list[str]) -> Problem:
    near = difflib.get_close_matches(key, known, n=1)
    return Problem(
        code="unknown-key",
        key=key,
        value=value,
        allowed="one of the keys " + ", ".join(sorted(known)),
        why="a key that nothing reads would change nothing",
        fix=f"write {near[0]}, or remove it" if near else "remove it",
    )


def _missing(name: str, what: Setting) -> Problem:
    kind = what.kind.name if what.kind else "a list" if what.many else "a map of settings"
    return Problem(
        code="missing-key",
        key=name,
        value=None,
        allowed=kind,
        why="it has no default that would be right for everybody",
        fix="add it",
    )


def _wrong(name: str, value: Any, allowed: str) -> Problem:
    if isinstance(value, pulumi.Output):
        return Problem(
            code="wrong-type",
            key=name,
            value="an Output",
            allowed=f"a plain value ({allowed})",
            why="it is checked before the first resource exists",
            fix="pass the value itself",
        )
    return Problem(
        code="wrong-type",
        key=name,
        value=value,
        allowed=allowed,
        why="another type would be guessed at",
        fix="write it in that form",
    )


def _out_of_range(name: str, value: Any, what: Setting) -> Problem:
    return Problem(
        code="out-of-range",
        key=name,
        value=value,
        allowed=_bounds(what),
        why="nothing outside that range can work",
        fix="choose a value in the range",
    )

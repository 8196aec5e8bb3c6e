"""A mistake in the user's settings: one shape for it, and one sentence to say it in.

Settings reach the components by three roads: camelCase keys of a stack's YAML, snake_case keys
of a Python program, and properties of a program in another language. A problem names a field by
its path (`scaling.max_replica_count`); where the user wrote it decides how it is spelt back.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pulumi

_MENTION = re.compile(r"\{([a-z_.]+)\}")
_UNIT = re.compile(r"(_per)?_s$")


class Severity(Enum):
    """Whether a problem stops the program or only deserves a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with one setting.

    `code` is stable and meant for searching. `key` is the path of the field, `value` what the
    user gave (None for nothing). `allowed`, `why` and `fix` are clauses without a full stop, in
    which `{other_key}` stands for another field of the same settings.
    """

    code: str
    key: str
    value: Any
    allowed: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR


def python_key(field: str) -> str:
    """Return a field's key in a Python program: as it is."""
    return field


def yaml_key(field: str) -> str:
    """Return a field's key in YAML: no unit suffix (a duration carries its own), camelCase."""
    return property_key(_UNIT.sub("", field))


def property_key(field: str) -> str:
    """Return a field's property in the plugin's schema: `visibilityTimeoutS`."""
    head, *rest = field.split("_")
    return head + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, slots=True)
class Place:
    """Where settings were written: `shoal:agents[0].` of a stack, or a component's arguments."""

    prefix: str
    spelling: Callable[[str], str] = python_key

    def spell(self, path: str) -> str:
        """Return a field's path as the user writes it: `longestJob` or `longest_job_s`."""
        return ".".join(map(self.spelling, path.split(".")))

    def full(self, path: str) -> str:
        """Return the path with the place before it, so that it can be found."""
        return f"{self.prefix}{self.spell(path)}"

    def item(self, path: str) -> "Place":
        """Return the place of a section within this one."""
        return Place(f"{self.full(path)}.", self.spelling)

    def describe(self, problem: Problem) -> str:
        """Say the problem in one sentence, in the user's own keys, with its code."""
        given = "is not given" if problem.value is None else f"is {_as_given(problem.value)!r}"
        clauses = f"allowed is {problem.allowed}, because {problem.why}; {problem.fix}"
        named = _MENTION.sub(lambda found: self.spell(found[1]), clauses)
        return f"{self.full(problem.key)} {given}: {named}. [{problem.code}]"


def _as_given(value: Any) -> Any:
    """Return a number without the fraction that Pulumi gives every number on its way."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class SettingsError(pulumi.RunError):
    """Settings that cannot work; Pulumi prints its text without a traceback."""

    def __init__(self, found: Sequence[tuple[Place, Problem]]) -> None:
        self.found = tuple(found)
        super().__init__("\n".join(place.describe(problem) for place, problem in found))

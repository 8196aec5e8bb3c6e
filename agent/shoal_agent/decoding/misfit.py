"""What does not fit a type: where it stands, what it is, and what is allowed there."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

# A reason is for reading; a list of a million bad items is one mistake.
MOST_PROBLEMS = 20
_MOST_CHARACTERS = 40
_MOST_MEMBERS = 3

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One value that does not fit; the path leads to it from the whole."""

    path: Path
    text: str


class Misfit(Exception):  # noqa: N818 - it is caught by name, as what it is
    """Everything in one value that does not fit."""

    def __init__(self, problems: list[Problem]) -> None:
        """Take at least one problem."""
        super().__init__(problems)
        self.problems = problems

    def inside(self, key: str | int) -> Iterator[Problem]:
        """Yield the problems as they are seen from the list or object around the value."""
        return (Problem((key, *path), text) for path, text in self.problems)


def misfit(value: Any, expected: str) -> Misfit:
    """Return what is to be raised for a value that is something else."""
    return Misfit([Problem((), f"{shown(value)} is not {expected}")])


def reason(root: str, problems: Iterable[Problem]) -> str:
    """Return all problems as one line, their paths starting at ``root``."""
    lines = [f"{root}{''.join(map(_step, path))}: {text}" for path, text in problems]
    more = len(lines) - MOST_PROBLEMS
    if more > 0:
        lines[MOST_PROBLEMS:] = ["and more"]
    return "; ".join(lines)


def shown(value: Any) -> str:
    """Return a JSON value as JSON, shortened."""
    if isinstance(value, dict):
        members = [f"{_brief(key)}: {_brief(value[key])}" for key in list(value)[:_MOST_MEMBERS]]
        return _enclosed("{}", members, more=len(value) > _MOST_MEMBERS)
    if isinstance(value, list):
        members = [_brief(item) for item in value[:_MOST_MEMBERS]]
        return _enclosed("[]", members, more=len(value) > _MOST_MEMBERS)
    return _brief(value)


def _enclosed(brackets: str, members: list[str], *, more: bool) -> str:
    return brackets[0] + ", ".join([*members, "…"] if more else members) + brackets[1]


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        return json.dumps(value[:_MOST_CHARACTERS], ensure_ascii=False)[:-1] + '…"'
    text = json.dumps(value, ensure_ascii=False, default=repr)
    if isinstance(value, str) or len(text) <= _MOST_CHARACTERS:
        return text
    return text[:_MOST_CHARACTERS] + "…"


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() else f"[{_brief(key)}]"

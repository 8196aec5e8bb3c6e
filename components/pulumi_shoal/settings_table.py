"""The reference table of every setting, made of the classes that read them.

`python -m pulumi_shoal.settings_table > docs/configuration.md` writes it. What a key means is
the text under its field, in the settings class or in the arguments it shares with a component;
kind, bounds and default are the field's own.
"""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from pulumi_shoal.duration import format_duration
from pulumi_shoal.problem import yaml_key
from pulumi_shoal.settings_reader import Setting, settings_of
from pulumi_shoal.stack_settings import StackSettings

INTRODUCTION = """\
# Configuration

Everything under `shoal:` in `Pulumi.<stack>.yaml`. A key that is not here is an error, and so
is a value of another type. Durations are written `60s`, `5m`, `1h30m`, `14d`, or as seconds.
Every setting is checked before the first resource exists.

This page is generated from the settings classes by `make docs`.
"""

_DEFAULT = re.compile(r"\s*Default: .*?\.(?=\s|$)", re.DOTALL)
_FIELD = re.compile(r"`([a-z][a-z_.]*_[a-z_.]*)`")


def document(cls: type, docs: str) -> str:
    """Return a class's introduction to its table: `docs`, and the table of its keys."""
    rows = [_row(cls, name, what) for name, (_, what) in settings_of(cls).items()]
    table = ["| Key | Value | Default | Meaning |", "| --- | --- | --- | --- |", *rows]
    return f"{docs}\n\n" + "\n".join(table) + "\n"


def configuration() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, document(StackSettings, "## `shoal:`")]
    for path, cls in _sections(StackSettings, ""):
        parts.append(document(cls, f"## `{path}`\n\n{inspect.getdoc(cls)}"))
    return "\n".join(parts)


def meaning(cls: type, name: str) -> str:
    """Return the text under a field, wherever in the class's family it stands."""
    family = [*cls.__mro__, *(each.__dict__.get("ARGS", object) for each in cls.__mro__)]
    texts = [_docs(each).get(name) for each in family if each is not object]
    found = next((text for text in texts if text), None)
    if found is None:
        raise LookupError(f"{cls.__name__}.{name} has no text under it")
    return " ".join(found.split())


def default_of(cls: type, name: str) -> Any:
    """Return a field's default; dataclasses.MISSING where it is required."""
    field, _ = settings_of(cls)[name]
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _sections(cls: type, path: str) -> Iterator[tuple[str, type]]:
    for name, (_, what) in settings_of(cls).items():
        for nested in what.classes:
            place = f"{path}.{yaml_key(name)}".lstrip(".") + ("[]" if what.many else "")
            kind = f" ({_first_words(nested)})" if len(what.classes) > 1 else ""
            yield f"{place}{kind}", nested
            yield from _sections(nested, place)


def _first_words(cls: type) -> str:
    return (inspect.getdoc(cls) or "").partition(".")[0].replace("`", "")


def _row(cls: type, name: str, what: Setting) -> str:
    default = default_of(cls, name)
    text = meaning(cls, name)
    if _is_plain(default):
        text = _DEFAULT.sub("", text)
    text = _FIELD.sub(lambda found: f"`{_yaml_path(found[1])}`", text).replace("|", "\\|")
    cells = (f"`{yaml_key(name)}`", _value(what), _shown(default, what), text.strip())
    return f"| {' | '.join(cells)} |"


def _yaml_path(path: str) -> str:
    return ".".join(map(yaml_key, path.split(".")))


def _is_plain(default: Any) -> bool:
    return isinstance(default, (str, int, float)) and default != ""


def _value(what: Setting) -> str:
    if what.kind is None:
        return "list of sections" if what.many else "section"
    bounds = [
        word for word in (_bound(what, "from", what.least), _bound(what, "to", what.most)) if word
    ]
    return " ".join([what.kind.name.replace("|", "\\|"), *bounds])


def _bound(what: Setting, word: str, bound: float | None) -> str:
    return "" if bound is None else f"{word} {_number(bound, what)}"


def _number(value: float, what: Setting) -> str:
    is_duration = what.kind is not None and what.kind.name.startswith("duration")
    return format_duration(value) if is_duration else f"{value:.10g}"


def _shown(default: Any, what: Setting) -> str:
    if default is dataclasses.MISSING:
        return "required"
    if default is None or dataclasses.is_dataclass(default):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, (int, float)):
        return f"`{_number(default, what)}`"
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`" if default else ""
    return f"`{default}`" if default else ""


@cache
def _docs(cls: type) -> dict[str, str]:
    """Return the texts under a class's fields, which Python itself forgets."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[cls.__module__]))
    except (KeyError, OSError, TypeError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            return dict(_texts(node))
    return {}


def _texts(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in zip(node.body, node.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield field.target.id, str(after.value.value)


if __name__ == "__main__":
    sys.stdout.write(configuration())

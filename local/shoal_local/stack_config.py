"""A project and one of its stacks, as ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml`` state them.

Read as the Pulumi CLI reads them: a key without a namespace belongs to the project, the
project's ``config`` declares defaults, and the stack's own values win. A value that is
encrypted (``secure:``) cannot be read without the stack's key; it becomes ``ENCRYPTED``,
secret, and its key is listed, so that a command can say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from shoal_local.property_values import Secret
from shoal_local.user_error import UserError

if TYPE_CHECKING:
    from pathlib import Path

ENCRYPTED: Final = "encrypted-value"
"""What stands for a value whose plain text only the stack's secrets provider can tell."""

_PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True, slots=True)
class Project:
    """One Pulumi project written in Python."""

    name: str
    directory: Path
    """Where ``Pulumi.yaml`` is."""
    program_directory: Path
    """Where ``__main__.py`` is; the program runs in it."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Full configuration key to the value that a stack gets unless it states its own."""
    required: tuple[str, ...] = ()
    """Full configuration keys that have a type and no default."""
    stack_directory: Path | None = None
    """Where the stack files are; None: beside ``Pulumi.yaml``."""

    def stacks(self) -> list[str]:
        """Names of the stacks that have a file, sorted."""
        return sorted(path.name.split(".")[1] for path in self._stack_files("*"))

    def stack_file(self, stack: str) -> Path:
        """The file of ``stack``; an error lists the stacks there are."""
        for path in self._stack_files(stack):
            return path
        known = ", ".join(self.stacks()) or "none"
        raise UserError(
            f"there is no stack {stack!r}: no Pulumi.{stack}.yaml in "
            f"{self._stack_directory()}. Stacks there: {known}. Choose one with --stack."
        )

    def _stack_directory(self) -> Path:
        return self.directory if self.stack_directory is None else self.stack_directory

    def _stack_files(self, stack: str) -> list[Path]:
        directory = self._stack_directory()
        return [
            path
            for ending in ("yaml", "yml")
            for path in sorted(directory.glob(f"Pulumi.*.{ending}"))
            if stack in ("*", path.name.removeprefix("Pulumi.").removesuffix(f".{ending}"))
        ]


@dataclass(frozen=True, slots=True)
class StackConfig:
    """The configuration of one stack, defaults included."""

    stack: str
    values: Mapping[str, Any]
    """Full key to value; encrypted ones are ``Secret(ENCRYPTED)``, nested where they are."""
    encrypted: tuple[str, ...] = ()
    """Full keys that hold an encrypted value."""


def load_project(directory: Path) -> Project:
    """Read the project that ``directory`` belongs to: its own, or the nearest above."""
    path = _find_project_file(directory.resolve())
    document = _read(path)
    name = document.get("name")
    if not isinstance(name, str):
        raise UserError(f"{path}: `name` is missing; it names the project.")
    _require_python(path, document.get("runtime"))
    declared = document.get("config", {})
    stack_directory = document.get("stackConfigDir")
    return Project(
        name=name,
        directory=path.parent,
        program_directory=path.parent / str(document.get("main", ".")),
        defaults=_defaults(declared, name),
        required=_required(declared, name),
        stack_directory=None if stack_directory is None else path.parent / stack_directory,
    )


def load_stack(project: Project, stack: str) -> StackConfig:
    """Read the configuration of ``stack``."""
    path = project.stack_file(stack)
    stated = _read(path).get("config", {})
    if not isinstance(stated, Mapping):
        raise UserError(f"{path}: `config` is {stated!r}; it maps configuration keys to values.")
    own = {_full_key(key, project.name): value for key, value in stated.items()}
    encrypted = tuple(key for key, value in own.items() if _is_encrypted(value))
    values = {**project.defaults, **{key: _plain(value) for key, value in own.items()}}
    for key in project.required:
        if key not in values:
            raise UserError(
                f"{path}: stack {stack!r} has no value for {key}, which "
                f"{project.directory / 'Pulumi.yaml'} declares without a default."
            )
    return StackConfig(stack, values, encrypted)


def _find_project_file(directory: Path) -> Path:
    for candidate in (directory, *directory.parents):
        for name in _PROJECT_FILES:
            if (candidate / name).is_file():
                return candidate / name
    raise UserError(
        f"no Pulumi.yaml in {directory} or above it; run this in a Pulumi project, or name "
        f"its folder with --cwd."
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise UserError(f"{path} holds a {type(document).__name__}; it has to be a mapping.")
    return document


def _require_python(path: Path, runtime: Any) -> None:
    name = runtime.get("name") if isinstance(runtime, Mapping) else runtime
    if name != "python":
        raise UserError(
            f"{path}: `runtime` is {name!r}; only `python` programs can be evaluated here."
        )


def _full_key(key: Any, project: str) -> str:
    text = str(key)
    return text if ":" in text else f"{project}:{text}"


def _defaults(declared: Any, project: str) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    for key, declaration in _declarations(declared, project):
        if not isinstance(declaration, Mapping):
            defaults[key] = _plain(declaration)
        elif "value" in declaration:
            defaults[key] = _plain(declaration["value"])
        elif "default" in declaration:
            default = _plain(declaration["default"])
            defaults[key] = Secret(default) if declaration.get("secret") else default
    return defaults


def _required(declared: Any, project: str) -> tuple[str, ...]:
    return tuple(
        key
        for key, declaration in _declarations(declared, project)
        if isinstance(declaration, Mapping)
        and "type" in declaration
        and not {"default", "value"} & declaration.keys()
    )


def _declarations(declared: Any, project: str) -> list[tuple[str, Any]]:
    if not isinstance(declared, Mapping):
        return []  # older projects name a directory here
    return [(_full_key(key, project), declaration) for key, declaration in declared.items()]


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(map(_is_encrypted, value.values()))
    return isinstance(value, list) and any(map(_is_encrypted, value))


def _plain(value: Any) -> Any:
    """Turn what YAML read into what JSON can hold, encrypted values into their stand-in."""
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return Secret(ENCRYPTED)
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value

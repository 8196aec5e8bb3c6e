"""The resources of an evaluation as a tree of text: what ``shoal-local preview`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from shoal_local.preview_json import as_json
from shoal_local.property_values import Secret, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shoal_local.evaluation import Evaluation
    from shoal_local.registration import Resource

_COLUMN_GAP: Final = 2


def draw_tree(evaluation: Evaluation) -> str:
    """Draw the resources under their parents, then the outputs, then how many there are."""
    lines = [*_tree(evaluation), ""]
    if evaluation.exports:
        lines += ["Outputs:", *_outputs(evaluation.exports), ""]
    count = len(evaluation.resources)
    noun = "resource" if count == 1 else "resources"
    lines.append(f"{count} {noun} in stack {evaluation.stack_name} of {evaluation.project}")
    return "\n".join(lines)


def _tree(evaluation: Evaluation) -> list[str]:
    children: dict[str, list[Resource]] = {}
    for resource in evaluation.resources:
        children.setdefault(resource.parent or evaluation.stack_resource.urn, []).append(resource)
    rows = list(_rows(evaluation.stack_resource, children, "", ""))
    width = max(len(branch) for branch, _ in rows) + _COLUMN_GAP
    return [f"{branch:<{width}}{label}" for branch, label in rows]


def _rows(
    resource: Resource, children: dict[str, list[Resource]], first: str, rest: str
) -> Iterator[tuple[str, str]]:
    """Yield branch-and-type and label; ``first`` leads this row, ``rest`` those below it."""
    yield f"{first}{resource.type}", _label(resource)
    below = children.get(resource.urn, [])
    for child in below:
        last = child is below[-1]
        yield from _rows(
            child,
            children,
            rest + ("└─ " if last else "├─ "),
            rest + ("   " if last else "│  "),
        )


def _label(resource: Resource) -> str:
    marks = [
        mark
        for mark, applies in (
            ("protect", resource.protect),
            ("retain on delete", resource.retain_on_delete),
            (f"read {resource.read_id}", resource.read_id is not None),
        )
        if applies
    ]
    return f"{resource.name}  [{', '.join(marks)}]" if marks else resource.name


def _outputs(exports: dict[str, Any], indent: str = "  ") -> Iterator[str]:
    for name, value in sorted(exports.items()):
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from _outputs(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {_shown(value)}"


def _shown(value: Any) -> str:
    match value:
        case Secret():
            return "[secret]"
        case Unknown():
            return "[unknown]"
        case str():
            return value
        case list():
            return f"[{', '.join(map(_shown, value))}]"
        case _:
            return json.dumps(as_json(value))

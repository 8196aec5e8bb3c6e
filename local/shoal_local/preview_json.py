"""The resources of an evaluation as JSON: what ``shoal-local preview --json`` prints.

Values that have no JSON of their own are objects: ``{"unknown": true}``; ``{"secret": true}``,
without the text, and with ``"unknown": true`` besides where it is not known either;
``{"resource": <urn>}``; ``{"asset": {…}}`` and ``{"archive": {…}}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shoal_local.property_values import Asset, ResourceReference, Secret, Unknown, contains_unknown

if TYPE_CHECKING:
    from shoal_local.evaluation import Evaluation
    from shoal_local.registration import Resource

_FIELDS: Final = (
    "urn",
    "type",
    "name",
    "parent",
    "inputs",
    "dependencies",
    "protect",
    "ignore_changes",
    "provider",
    "custom",
    "remote",
    "property_dependencies",
    "retain_on_delete",
    "deleted_with",
    "delete_before_replace",
    "replace_on_changes",
    "aliases",
    "additional_secret_outputs",
    "custom_timeouts",
    "import_id",
    "read_id",
)


def as_json_objects(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One object for each resource, the stack first, then in registration order."""
    return [_object(resource) for resource in (evaluation.stack_resource, *evaluation.resources)]


def as_json(value: Any) -> Any:
    """``value`` with its marks as objects."""
    shown: Any
    match value:
        case Unknown():
            shown = {"unknown": True}
        case Secret():
            shown = {"secret": True}
            if contains_unknown(value):
                shown["unknown"] = True
        case ResourceReference():
            shown = {"resource": value.urn}
        case Asset():
            shown = {value.kind: as_json(dict(value.content))}
        case dict():
            shown = {key: as_json(item) for key, item in value.items()}
        case list():
            shown = [as_json(item) for item in value]
        case _:
            shown = value
    return shown


def _object(resource: Resource) -> dict[str, Any]:
    return {field: as_json(getattr(resource, field)) for field in _FIELDS}

"""Finding the ScaledObject in a file of Kubernetes manifests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shoal_planner.document_file import read_documents
from shoal_planner.planner_input_error import PlannerInputError


def read_scaled_object_manifest(path: Path, option: str = "--scaledobject") -> Mapping[str, Any]:
    """Return the one ScaledObject in a YAML or JSON file; other objects may stand beside it.

    Raises PlannerInputError, naming `option`, where there is none, or more than one.
    """
    manifests = list(_flattened(read_documents(path, option)))
    scaled_objects = [each for each in manifests if each.get("kind") == "ScaledObject"]
    if len(scaled_objects) == 1:
        return scaled_objects[0]
    kinds = sorted({str(each["kind"]) for each in manifests if each.get("kind") is not None})
    raise PlannerInputError(
        option,
        str(path),
        allowed="a file with one object of kind ScaledObject",
        why=(
            f"it holds {len(scaled_objects) or 'none'} of them"
            + (f" (kinds: {', '.join(kinds)})" if kinds else "")
        ),
        fix="keep one of them" if scaled_objects else "",
    )


def _flattened(documents: list[object]) -> Iterator[Mapping[str, Any]]:
    """Yield every object, those of a `kind: List` and of a JSON array included."""
    for document in documents:
        if isinstance(document, list):
            yield from _flattened(document)
        elif isinstance(document, Mapping):
            items = document.get("items")
            if str(document.get("kind", "")).endswith("List") and isinstance(items, list):
                yield from _flattened(items)
            else:
                yield document

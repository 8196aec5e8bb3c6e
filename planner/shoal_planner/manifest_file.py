"""Finding the ScaledObject in a file of Kubernetes manifests."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shoal_planner.planner_input_error import PlannerInputError

_EXTRA = "planner"


def read_scaled_object_manifest(path: Path, option: str = "--scaledobject") -> Mapping[str, Any]:
    """Return the one ScaledObject in a YAML or JSON file; other objects may stand beside it.

    Raises PlannerInputError, naming `option`, where there is none, or more than one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise PlannerInputError(option, str(path), allowed="a readable file", why=reason) from None
    except UnicodeDecodeError:
        raise PlannerInputError(option, str(path), allowed="a text file in UTF-8") from None
    manifests = list(_flattened(_documents(text, str(path), option)))
    scaled_objects = [each for each in manifests if each.get("kind") == "ScaledObject"]
    if len(scaled_objects) == 1:
        return scaled_objects[0]
    kinds = ", ".join(sorted({str(each.get("kind")) for each in manifests})) or "nothing"
    raise PlannerInputError(
        option,
        str(path),
        allowed="a file with one object of kind ScaledObject",
        why=f"it holds {len(scaled_objects)} of them (kinds: {kinds})",
    )


def _documents(text: str, name: str, option: str) -> list[object]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return [json.loads(text)]
        except json.JSONDecodeError as error:
            why = f"line {error.lineno}: {error.msg}"
            raise PlannerInputError(option, name, allowed="valid JSON", why=why) from None
    try:
        import yaml  # noqa: PLC0415 - only where a YAML file is read: it is in no base install
    except ModuleNotFoundError:
        raise PlannerInputError(
            option,
            name,
            allowed="JSON",
            why="reading YAML needs PyYAML, which is not installed",
            fix=f"pip install 'shoal[{_EXTRA}]'",
        ) from None
    try:
        return list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise PlannerInputError(option, name, allowed="valid YAML", why=why) from None


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

"""Configuration values as the SDK gets them: text under a full key, secrets by name.

The engine hands a program ``namespace:key`` to text; a number, a flag or a structure is text
in JSON, which ``pulumi.Config`` parses again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shoal_local.property_values import Secret, reveal

if TYPE_CHECKING:
    from collections.abc import Mapping


def serialise_config(config: Mapping[str, Any], project: str) -> tuple[dict[str, str], list[str]]:
    """Return the values as text by full key, and the keys that are secret.

    A value with a ``Secret`` anywhere in it is secret as a whole, as in the engine.
    """
    values: dict[str, str] = {}
    secrets: list[str] = []
    for key, value in config.items():
        full_key = key if ":" in key else f"{project}:{key}"
        values[full_key] = _as_text(reveal(value))
        if _has_secret(value):
            secrets.append(full_key)
    return values, secrets


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _has_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(_has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_secret(item) for item in value)
    return False

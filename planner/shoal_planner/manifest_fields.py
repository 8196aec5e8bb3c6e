"""Typed reading of one mapping of a Kubernetes manifest, with errors that name the key."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from shoal_planner.planner_input_error import PlannerInputError


class ManifestFields:
    """One mapping of a manifest, and the path it stands at.

    A key that is absent, or null, is None to every reader, as it is to Kubernetes.
    """

    def __init__(self, values: object, path: str) -> None:
        if not isinstance(values, Mapping):
            raise PlannerInputError(path or "the manifest", values, allowed="a mapping")
        self._values: Mapping[str, Any] = values
        self._path = path

    def path(self, key: str) -> str:
        """Return the full name of a key, for messages."""
        return f"{self._path}.{key}" if self._path else key

    def names(self) -> list[str]:
        """Return the keys that are there."""
        return [str(key) for key in self._values]

    def raw(self, key: str) -> Any:
        """Return the value as it stands, None where there is none."""
        return self._values.get(key)

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise for a key that the schema does not have, naming the nearest that it has."""
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
                raise PlannerInputError(
                    self.path(str(key)),
                    self._values[key],
                    allowed=f"one of the keys {', '.join(known)}",
                    fix=f"did you mean {near[0]}?" if near else "remove it",
                )

    def integer(self, key: str) -> int | None:
        """Return a whole number."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            return int(value)  # Pulumi passes every number as a float
        if isinstance(value, bool) or not isinstance(value, int):
            digits = value.strip() if isinstance(value, str) else ""
            fix = f"write {digits}, without quotes" if digits.isdecimal() else ""
            raise PlannerInputError(self.path(key), value, allowed="a whole number", fix=fix)
        return value

    def required_integer(self, key: str) -> int:
        """Return a whole number that must be there."""
        value = self.integer(key)
        if value is None:
            raise PlannerInputError(self.path(key), None, allowed="a whole number")
        return value

    def boolean(self, key: str) -> bool:
        """Return true or false, false where there is none."""
        value = self.raw(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise PlannerInputError(self.path(key), value, allowed="true or false")
        return value

    def text(self, key: str) -> str | None:
        """Return a string."""
        value = self.raw(key)
        if value is not None and not isinstance(value, str):
            raise PlannerInputError(self.path(key), value, allowed="a string")
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        """Return one of a few words; they are case-sensitive, as in Kubernetes."""
        value = self.raw(key)
        if value is not None and value not in allowed:
            raise PlannerInputError(self.path(key), value, allowed=" or ".join(allowed))
        return None if value is None else str(value)

    def fields(self, key: str) -> "ManifestFields | None":
        """Return the mapping under a key."""
        value = self.raw(key)
        return None if value is None else ManifestFields(value, self.path(key))

    def items(self, key: str) -> "Iterator[ManifestFields]":
        """Iterate over a list of mappings; nothing where there is none."""
        values = self.raw(key)
        if values is None:
            return
        if isinstance(values, str | Mapping) or not hasattr(values, "__iter__"):
            raise PlannerInputError(self.path(key), values, allowed="a list")
        for index, value in enumerate(values):
            yield ManifestFields(value, f"{self.path(key)}[{index}]")

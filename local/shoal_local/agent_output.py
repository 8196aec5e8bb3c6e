"""Lines that an agent prints: JSON from its log, anything from what it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

_PLAIN_LEVEL: Final = "INFO"
_SERIOUS: Final = frozenset({"ERROR", "CRITICAL"})


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: what was said, and how serious it is."""

    level: str
    text: str

    @property
    def is_serious(self) -> bool:
        """Whether somebody should look."""
        return self.level in _SERIOUS


def read_line(line: str) -> LogLine:
    """Read a line; one that is not the agent's JSON is a print of the handler's."""
    fields = _fields(line)
    if "text" not in fields:
        return LogLine(_PLAIN_LEVEL, line)
    about = fields.get("message_id")
    text = str(fields["text"])
    return LogLine(
        str(fields.get("level", _PLAIN_LEVEL)), text if about is None else f"{text} ({about})"
    )


def announced_health_port(line: str) -> int | None:
    """Return the port of the probes if this is the line in which the agent says it."""
    port = _fields(line).get("health_port")
    return port if isinstance(port, int) else None


def _fields(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}

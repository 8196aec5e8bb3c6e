"""What a program says on Pulumi's log (``pulumi.info``, ``pulumi.warn``, ``pulumi.error``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

_SEVERITIES: Final = {
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


@dataclass(frozen=True, slots=True)
class LogMessage:
    """One message: its severity ("info", "warning", "error"), and the resource it is about."""

    severity: str
    text: str
    urn: str | None = None


class EngineLog:
    """Stands where the SDK expects the engine, and keeps what it is told; debug is dropped.

    ``on_message`` is called with each as it comes.
    """

    def __init__(self, on_message: Callable[[LogMessage], None] | None = None) -> None:
        self.messages: list[LogMessage] = []
        self._on_message = on_message

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Keep one message."""
        severity = _SEVERITIES.get(request.severity)
        if severity is not None:
            message = LogMessage(severity, request.message, request.urn or None)
            self.messages.append(message)
            if self._on_message is not None:
                self._on_message(message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(  # noqa: N802
        self, _request: engine_pb2.RequirePulumiVersionRequest
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Accept any range: there is no engine here whose version could be wrong."""
        return engine_pb2.RequirePulumiVersionResponse()

"""Logs on standard error: as JSON, one object per line, or as text for people.

Every line that a handler logs carries the id and receive count of the message it works on.
The level can be changed while the agent runs: SIGUSR1 sets DEBUG, SIGUSR2 the level it was
started with.
"""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from shoal_agent.message import Message

current_message: ContextVar[Message | None] = ContextVar("current_message", default=None)
_NOTHING: Mapping[str, str] = MappingProxyType({})
more_fields: ContextVar[Mapping[str, str]] = ContextVar("more_fields", default=_NOTHING)
"""What a middleware adds to every line of its message, such as the ids of a trace."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as JSON; what was passed as ``extra`` become fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": record.getMessage(),
        }
        message = current_message.get()
        if message is not None:
            line["message_id"] = message.message_id
            line["receive_count"] = message.receive_count
        line.update(more_fields.get())
        line.update(extra_fields(record))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was passed as ``extra``."""
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def log_to_stderr(level: str | int, log_format: str) -> None:
    """Send every logger's records to standard error, as "json" or as "text"."""
    handler = logging.StreamHandler(sys.stderr)
    if log_format == "text":
        from shoal_agent.text_lines import TextLines  # noqa: PLC0415 - no deployment needs it

        handler.setFormatter(TextLines())
    else:
        handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def message_fields(message: Message) -> dict[str, Any]:
    """Return the fields that name a message in a log line."""
    return {"message_id": message.message_id, "receive_count": message.receive_count}

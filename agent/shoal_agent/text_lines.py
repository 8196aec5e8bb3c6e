"""Logs as text, for a developer's terminal."""

import logging

from shoal_agent.log_lines import current_message, extra_fields


class TextLines(logging.Formatter):
    """Formats a record as time, level, text and fields, with the start of its message's id."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, and a traceback where there is one."""
        fields = extra_fields(record)
        message = current_message.get()
        message_id = fields.pop("message_id", None if message is None else message.message_id)
        traceback = fields.pop("traceback", None)
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
        parts = [self.formatTime(record, "%H:%M:%S"), f"{record.levelname:<7}"]
        if message_id is not None:
            parts.append(f"[{message_id:.8}]")
        parts.append(record.getMessage())
        parts += [f"{name}={value}" for name, value in fields.items()]
        line = " ".join(parts)
        return line if traceback is None else f"{line}\n{traceback.rstrip()}"

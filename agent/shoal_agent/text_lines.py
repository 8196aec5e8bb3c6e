"""Logs as text, for a developer's terminal."""

import logging

from shoal_agent.log_lines import current_message


class TextLines(logging.Formatter):
    """Formats a record as time, level and text, with the message that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, and a traceback where there is one."""
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.getMessage()}"
        message = current_message.get()
        found = None if message is None else message.message_id
        message_id = getattr(record, "message_id", found)
        if message_id is not None:
            line += f"  [{message_id:.8}]"
        traceback = getattr(record, "traceback", None)
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
        return line if traceback is None else f"{line}\n{traceback.rstrip()}"

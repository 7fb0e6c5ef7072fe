"""What the server's own modules and the libraries log: one JSON object per line, like the lines of the requests."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson


class JsonFormatter(logging.Formatter):
    """With the time, the level, the logger and the message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": datetime.now(UTC), "level": record.levelname, "logger": record.name}
        line["message"] = record.getMessage()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def log_as_json() -> None:
    """One JSON object per line on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)

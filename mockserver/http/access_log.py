"""One line per request on the terminal."""

import json
import logging
import sys
from urllib.parse import quote

from ..settings import Settings
from .messages import Request, Response

_logger = logging.getLogger("mockserver.access")
_KEY_CHARACTERS = 12


def shorten_key(key: str) -> str:
    """Return a recognisable beginning of a key."""
    return key if len(key) <= _KEY_CHARACTERS else key[:_KEY_CHARACTERS] + "…"


def log_request(request: Request, response: Response, operation: str, key: str, seconds: float) -> None:
    """Log one exchange; the formatter decides how it looks."""
    if _logger.isEnabledFor(logging.INFO):
        fields = {
            "method": request.method,
            "path": quote(request.path, safe="/:@!$&'()*+,;=-._~"),
            "operation": operation,
            "status": response.status,
            "milliseconds": round(seconds * 1000, 2),
            "key": shorten_key(quote(key)),
        }
        _logger.info("request", extra={"fields": fields})


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        if fields is None:
            return super().format(record)
        time = self.formatTime(record, "%H:%M:%S")
        return (
            f"{time} {fields['method']:6} {fields['path']} {fields['operation']} "
            f"{fields['status']} {fields['milliseconds']:.1f} ms {fields['key']}"
        ).rstrip()


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None) or {"message": super().format(record)}
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        return json.dumps({"time": time, "level": record.levelname.lower(), **fields}, ensure_ascii=False)


def configure_logging(settings: Settings) -> None:
    """Send the log to standard error, as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if settings.log_json else _TextFormatter())
    root = logging.getLogger("mockserver")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(logging.WARNING if settings.quiet else logging.INFO)

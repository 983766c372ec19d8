"""One line per request on the terminal."""

import json
import logging
import sys
from typing import Any
from urllib.parse import quote

from ..settings import Settings
from .messages import Request, Response
from .redactor import Redactor

_logger = logging.getLogger("mockserver.access")
_KEY_CHARACTERS = 12
_MOST_CHARACTERS = 200
"""Of a reason."""


def shorten_key(key: str) -> str:
    """Return a recognisable beginning of a key."""
    return key if len(key) <= _KEY_CHARACTERS else key[:_KEY_CHARACTERS] + "…"


class AccessLog:
    """Logs exchanges, without their keys; the formatter decides how a line looks."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def write(self, request: Request, response: Response, operation: str, key: str, seconds: float) -> None:
        """Log one exchange; a refused one with its reason. The key of a page stands in its address."""
        if _logger.isEnabledFor(logging.INFO):
            fields = {
                "method": request.method,
                "path": self.show_path(request),
                "operation": operation,
                "status": response.status,
                "milliseconds": round(seconds * 1000, 2),
                "key": shorten_key(quote(key or ("" if operation != "-" else _find_key(request)))),
            }
            if 400 <= response.status < 500:
                fields["reason"] = self._find_reason(response)
            _logger.info("request", extra={"fields": fields})

    def show_path(self, request: Request) -> str:
        """Return the path of a request as one word."""
        return quote(self._redactor.redact_text(request.path), safe="/:@!$&'()*+,;=-._~[]")

    def _find_reason(self, response: Response) -> str:
        """Return why a request was refused, in one line."""
        return self._redactor.redact_text(
            describe_refusal(response.body if isinstance(response.body, bytes) else b"")
        )


def _find_key(request: Request) -> str:
    return request.query.get("key", [""])[0]


def describe_refusal(body: bytes) -> str:
    """Return why a request was refused, in one line: the first violation, or the text of the error."""
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, TypeError, KeyError):  # a page, or what a fault rule answers
        return ""
    text = _describe_violations(detail) if isinstance(detail, list) else str(detail)
    line = "".join(each if each.isprintable() else " " for each in text)
    return line if len(line) <= _MOST_CHARACTERS else line[:_MOST_CHARACTERS] + "…"


def _describe_violations(violations: list[Any]) -> str:
    first, *others = violations or [{}]
    where = ".".join(map(str, first.get("loc", ())))
    more = f" (and {len(others)} more)" if others else ""
    return f"{where}: {first.get('msg', '')}{more}"


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        if fields is None:
            return super().format(record)
        time = self.formatTime(record, "%H:%M:%S")
        line = (
            f"{time} {fields['method']:6} {fields['path']} {fields['operation']} "
            f"{fields['status']} {fields['milliseconds']:.1f} ms"
        )
        return " ".join(filter(None, (line, fields["key"], fields.get("reason"))))


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None) or {"message": super().format(record)}
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        return json.dumps({"time": time, "level": record.levelname.lower(), **fields}, ensure_ascii=False)


def configure_logging(settings: Settings) -> None:
    """Send the log to standard error, in the format of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if settings.log_json else _TextFormatter())
    root = logging.getLogger("mockserver")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(logging.WARNING if settings.quiet else logging.INFO)

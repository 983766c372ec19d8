"""A HAR file that grows with each exchange, without keys and passwords."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from mockserver.http.entry import Entry
from mockserver.http.redactor import REDACTED, Redactor
from mockserver.openapi.spec import Spec
from mockserver.reproduction.har import write_har

from ..traffic.recorded import Recorded

_END = "\n]}}\n"
_MOST_KEYS = 1000


class HarFile:
    """Writes exchanges as they come; the file is whole after each of them. Raises OSError."""

    def __init__(self, path: Path, spec: Spec) -> None:
        self._redactor = Redactor(spec.list_secrets(), spec.key_prefix)
        self._key_header = spec.key_header.casefold()
        self._keys: dict[str, str] = {}
        self._prefix = spec.key_prefix
        self._count = 0
        self._file = path.open("w", encoding="utf-8")
        head = write_har((), "")["log"]
        del head["entries"]
        self._file.write('{"log": ' + json.dumps(head)[:-1] + ', "entries": [')
        self._end = self._file.tell()
        self._file.write(_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, recorded: Recorded, operation_id: str | None) -> None:
        """Write an exchange."""
        parts = urlsplit(recorded.url)
        redactor = self._redactor
        entry = Entry(
            number=self._count,
            at=recorded.at.timestamp() if recorded.at else 0.0,
            workspace=None,
            operation=operation_id,
            method=recorded.method,
            path=redactor.redact_text(parts.path),
            query=redactor.redact_query(parts.query),
            request=redactor.redact_body(recorded.request_body or b""),
            status=recorded.status,
            response=redactor.redact_body(recorded.response_body or b""),
            milliseconds=round(recorded.seconds * 1000, 3),
            request_head=self._write_head(recorded.request_headers or {}),
            response_head=self._write_head(recorded.response_headers or {}),
        )
        [written] = write_har((entry,), f"{parts.scheme}://{parts.netloc}")["log"]["entries"]
        self._file.seek(self._end)
        self._file.write(("," if self._count else "") + "\n" + json.dumps(written, ensure_ascii=False))
        self._end = self._file.tell()
        self._file.write(_END)
        self._file.flush()
        self._count += 1

    def _write_head(self, headers: Mapping[str, str]) -> str:
        """Return headers as lines; keys become numbers, so that a reader can tell them apart."""
        others = {name: value for name, value in headers.items() if name.casefold() != self._key_header}
        head = self._redactor.redact_head("\n".join(map(": ".join, others.items())))
        key = headers.get(self._key_header)
        if not key:
            return head
        if key not in self._keys and len(self._keys) < _MOST_KEYS:
            self._keys[key] = f"{self._prefix}{REDACTED}-{len(self._keys) + 1}"
        return f"{head}\n{self._key_header}: {self._keys.get(key, REDACTED)}".strip()

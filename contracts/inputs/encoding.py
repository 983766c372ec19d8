"""Encoding of bodies and queries."""

import codecs
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from urllib3 import encode_multipart_formdata
from urllib3.fields import RequestField

from mockserver.openapi.spec import FORM_TYPE, JSON_TYPE, Operation

CSV_TYPE = "text/csv"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form, with its name and media type."""

    content: bytes
    name: str
    media_type: str


def encode(operation: Operation, body: Any, boundary: str | None = None) -> tuple[bytes, str]:
    """Return an encoded body and its media type; bytes in a form become CSV files."""
    if operation.body_type != FORM_TYPE or not isinstance(body, dict):
        return json.dumps(body).encode(), JSON_TYPE
    return encode_multipart_formdata([_make_part(name, value) for name, value in body.items()], boundary)


def _make_part(name: str, value: Any) -> RequestField:
    file = File(value, f"{name}.csv", CSV_TYPE) if isinstance(value, bytes) else value
    if isinstance(file, File):
        part = RequestField(name, file.content, filename=file.name)
        part.make_multipart(content_type=file.media_type)
    else:
        part = RequestField(name, _as_text(value))
        part.make_multipart()
    return part


def _as_text(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part)


def write_csv(rows: Sequence[Mapping[str, str]], delimiter: str = ",", *, blank_lines: bool = False) -> bytes:
    """Return rows as a CSV file, perhaps with a blank line after each; the first row has all columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        text.write("\r\n" if blank_lines else "")
    return text.getvalue().encode()


def write_other_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return rows as spreadsheet programs may write them: a BOM, semicolons, everything in quotes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def as_params(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return encoded query values; `requests` leaves None out."""
    if query is None:
        return None
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}

"""Forms with files (`multipart/form-data`) → values, as their schema says."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from ..errors import ApiError
from .parsing import read_text
from .schemas import Schema, non_null
from .spec import FORM_TYPE, Operation

FORM_OVERHEAD = 1 << 20
"""What a form may hold besides its file, in bytes."""

_MOST_PARTS = 1000
_BOUNDARY = re.compile(rb"--([^\r\n]{1,200})\r?\nContent-Disposition:", re.IGNORECASE)
# Values that break `type: string`, for a part of the wrong kind.
_TEXT_FOR_FILE = 0
_FILE_FOR_TEXT: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a form that its schema names."""

    values: dict[str, Any]
    """To be validated: texts with the types of their schemas, names of files."""
    uploads: dict[str, Upload]


def read_form(data: bytes, content_type: str, operation: Operation) -> Form:
    """Read the body of a request as a form; one that is no form, or has very many parts, is empty.

    A part with an empty text, or a file without a name (a browser's empty file field), was not sent;
    of a repeated part the last one counts. Raises ApiError `file_too_large` by the limit of the
    operation's file.
    """
    texts, files = _parse(data, content_type)
    form = Form({}, {})
    for name, schema in (operation.body or {})["properties"].items():
        text, file = _last(texts, name), _last(files, name)
        if file is not None and file.filename:
            form.uploads[name] = upload = Upload(file.filename, file.mimetype, file.read())
            form.values[name] = upload.name if _is_file(schema) else _FILE_FOR_TEXT
            if operation.max_file is not None and len(upload.data) > operation.max_file:
                raise file_too_large(operation.max_file)
        elif text:
            kind = non_null(schema).get("type")
            form.values[name] = _TEXT_FOR_FILE if _is_file(schema) else read_text(text, kind)
    return form


def guess_form_type(data: bytes) -> str | None:
    """Return the media type of a form, whose boundary its first line has; None when it is no form."""
    found = _BOUNDARY.match(data)
    return f"{FORM_TYPE}; boundary={found[1].decode('latin-1')}" if found else None


def list_parts(data: bytes, content_type: str) -> list[str]:
    """Return the names of the parts of a form; none when it is no form."""
    texts, files = _parse(data, content_type)
    return list(dict.fromkeys([*texts, *files]))


def file_too_large(most: int) -> ApiError:
    """Return the refusal of a file of more than so many bytes."""
    return ApiError("file_too_large", limit=most >> 20)


def _parse(data: bytes, content_type: str) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    parser = FormDataParser(
        stream_factory=_keep_in_memory, max_form_memory_size=None, max_form_parts=_MOST_PARTS
    )
    media_type, options = parse_options_header(content_type)
    try:
        _, texts, files = parser.parse(BytesIO(data), media_type, len(data), options)
    except RequestEntityTooLarge:
        return MultiDict(), MultiDict()
    return texts, files


def _is_file(schema: Schema) -> bool:
    return schema.get("format") == "binary"


def _last(parts: MultiDict[str, Any], name: str) -> Any:
    return next(reversed(parts.getlist(name)), None)


def _keep_in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    return BytesIO()

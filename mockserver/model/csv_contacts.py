"""Contacts in CSV files: columns → fields of a contact, row by row."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ..errors import ApiError
from ..openapi.formats import is_email
from ..openapi.forms import Upload
from ..openapi.parsing import NotJsonError, read_json
from .contacts import NAMES
from .csv_files import CsvRow, EncodingError, read_csv

Row = dict[str, Any]
"""`row` (1 is the first below the header), `email`, `details`, and `error` if it is no contact."""

_CUSTOM_PREFIX = "custom_"


def read_contacts(upload: Upload, mapping: str | None, max_rows: int) -> list[Row]:
    """Read the contacts of a file.

    `mapping` is a JSON object, field → column. A field that it does not name is looked for in the
    column of its own name; every other column is a custom field. Raises ApiError `file_not_csv`,
    `mapping_invalid`, `file_not_utf8`, `email_column_missing`, `too_many_rows`.
    """
    if not upload.name.casefold().endswith(".csv") and upload.media_type != "text/csv":
        raise ApiError("file_not_csv")
    columns = _read_mapping(mapping)
    try:
        file = read_csv(upload.data)
    except EncodingError:
        raise ApiError("file_not_utf8") from None
    places = _find_places(file.header, columns)
    if "email" not in places:
        raise ApiError("email_column_missing")
    rows = list(islice(_read_rows(file.rows, places), max_rows + 1))
    if len(rows) > max_rows:
        raise ApiError("too_many_rows", limit=f"{max_rows:,}")
    return rows


def _read_mapping(text: str | None) -> dict[str, str]:
    try:
        mapping = read_json(text.encode()) if text else {}
    except NotJsonError:
        raise ApiError("mapping_invalid") from None
    if not isinstance(mapping, dict) or not all(isinstance(column, str) for column in mapping.values()):
        raise ApiError("mapping_invalid")
    return mapping


def _find_places(header: list[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Return field → index of its column; custom fields with their prefix."""
    indexes = {name: index for index, name in reversed(list(enumerate(header))) if name}
    standard = ("email", *NAMES)
    places = {}
    for field, column in mapping.items():
        if column in indexes:
            name = field if field in standard else _CUSTOM_PREFIX + field.removeprefix(_CUSTOM_PREFIX)
            places[name] = indexes[column]
    taken = set(mapping.values())
    for column, index in indexes.items():
        if column not in taken:
            places.setdefault(column if column in standard else _CUSTOM_PREFIX + column, index)
    return places


def _read_rows(rows: Iterator[CsvRow], places: Mapping[str, int]) -> Iterator[Row]:
    at = places["email"]
    custom = {
        field.removeprefix(_CUSTOM_PREFIX): index
        for field, index in places.items()
        if field.startswith(_CUSTOM_PREFIX)
    }
    names = {name: places[name] for name in NAMES if name in places}
    for number, row in enumerate(rows, start=1):
        cells = row.cells
        email = cells[at].strip()
        error = row.error or _find_fault(email)
        if error:
            yield {"row": number, "email": email or None, "error": error}
            continue
        details: dict[str, Any] = {name: cells[index] or None for name, index in names.items()}
        details["custom_fields"] = {name: cells[index] for name, index in custom.items() if cells[index]}
        yield {"row": number, "email": email, "details": details}


def _find_fault(email: str) -> str | None:
    if not email:
        return "The address is missing"
    return None if is_email(email) else "The address is not valid"

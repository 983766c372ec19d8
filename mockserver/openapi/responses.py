"""Answers as openapi.yaml documents them: its fields in its order, checked before they leave."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from ..errors import ApiError
from .extensions import Extensions
from .formats import format_date_time
from .rows import KeptRows, Row
from .schemas import Schema, non_null, render_template
from .validation import ROOT, Validator

write_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""Writes a JSON value as the server answers it."""

Select = Callable[[Any], Any]
"""Returns what the answer holds of a value of a record."""

_PLAIN_LIST = frozenset({"type", "items", "description"})
"""The keywords of a list whose items may be anything beside each other."""
_PLAIN = frozenset({str, int, float, bool, type(None)})
"""The types of values that are answered as they are, under any schema."""


class AnswerInvalidError(Exception):
    """A handler's record does not make a documented answer."""

    def __init__(self, operation: str, field: str, reason: str) -> None:
        super().__init__(f"{operation}: answer breaks the contract at {field}: {reason}")
        self.facts = {"operation": operation, "field": field, "reason": reason}

    def below(self, field: str) -> "AnswerInvalidError":
        """Return what is said of the answer that holds the invalid one as a field."""
        operation, own, reason = self.facts.values()
        return AnswerInvalidError(operation, field if own == ROOT else f"{field}.{own}", reason)

    def as_api_error(self) -> ApiError:
        """Return the error to answer with."""
        return ApiError("answer_invalid", **self.facts)


class AnswerShaper:
    """Turns the records of one operation's handler into its answers."""

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self.keeps_rows = True
        """Whether equal rows have equal texts."""
        self._schema = schema
        self._validator = Validator(schema, wordings)
        self._lists = {
            name: AnswerShaper(part["items"], wordings)
            for name, part in schema.get("properties", {}).items()
            if part.keys() <= _PLAIN_LIST and part.get("items", {}).get("type") == "object"
        }
        """Property with a list → what shapes one of its rows, apart from the others."""
        self._kept = KeptRows()

    @cached_property
    def _select(self) -> Select:
        return _compile(self._schema)

    def write(self, record: dict[str, Any] | str, operation: str) -> bytes:
        """Return the answer as JSON; raises as `shape`."""
        if self.keeps_rows and isinstance(record, dict):
            for name in self._lists:
                rows = record.get(name)
                if rows and isinstance(rows[0], Row):
                    return self._write_list(name, record, operation)
        return write_json(self.shape(record, operation)).encode()

    def _write_list(self, name: str, record: dict[str, Any], operation: str) -> bytes:
        """Return an answer with a list of rows: the other fields are those of a list without rows."""
        frame = self.shape({**record, name: []}, operation)
        texts = {field: write_json(value).encode() for field, value in frame.items()}
        texts[name] = b"[%b]" % b",".join(self._write_rows(name, record[name], operation))
        return b"{%b}" % b",".join(b"%b:%b" % (write_json(field).encode(), texts[field]) for field in texts)

    def _write_rows(self, name: str, rows: list[Row], operation: str) -> list[bytes]:
        kept, texts = self._kept, []
        for index, row in enumerate(rows):
            text = kept.find(row)
            if text is None:
                try:
                    text = self._lists[name].write(row.describe(), operation)
                except AnswerInvalidError as error:
                    raise error.below(f"{name}.{index}") from None
                kept.keep(row, text)
            texts.append(text)
        return texts

    def shape(self, record: dict[str, Any] | str, operation: str) -> Any:
        """Return the answer.

        Raises AnswerInvalidError, which names the operation and the field, when it breaks its schema.
        """
        answer = self._select(record)
        if not self._validator.is_valid(answer):
            raise AnswerInvalidError(operation, *self._validator.explain(answer))
        return answer


def _compile(schema: Schema) -> Select:
    plain = non_null(schema)
    properties, items = plain.get("properties"), plain.get("items")
    select_object = _keep if properties is None else _compile_object(properties)
    select_item = _compile(items) if items else _select_any

    def select(value: Any) -> Any:
        if isinstance(value, dict):
            return select_object(value)
        if isinstance(value, (list, tuple)):
            return [item if type(item) in _PLAIN else select_item(item) for item in value]
        if isinstance(value, Row):
            return select_object(value.describe())
        return format_date_time(value) if isinstance(value, datetime) else value

    return select


def _compile_object(properties: dict[str, Schema]) -> Select:
    fields = [(name, _compile(schema), _find_substitute(schema)) for name, schema in properties.items()]

    def select_object(record: dict[str, Any]) -> dict[str, Any]:
        answer = {}
        for name, select, substitute in fields:
            if name in record:
                value = record[name]
                answer[name] = value if type(value) in _PLAIN else select(value)
            elif substitute:
                with suppress(KeyError):  # the check of the answer reports what is missing
                    answer[name] = substitute(record)
        return answer

    return select_object


def _find_substitute(schema: Schema) -> Select | None:
    """Return what makes the value of a field that a record lacks, of the record."""
    if "const" in schema:
        const = schema["const"]
        return lambda _record: const
    template = Extensions(schema).template
    return partial(render_template, template) if template else None


def _select_any(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_select_any(item) for item in value]
    return format_date_time(value) if isinstance(value, datetime) else value


def _keep(value: Any) -> Any:
    return value

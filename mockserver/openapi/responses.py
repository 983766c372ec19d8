"""Answers as openapi.yaml documents them: its fields in its order, checked before they leave."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from ..errors import ApiError
from .extensions import Extensions
from .formats import format_date_time
from .schemas import Schema, non_null, render_template
from .validation import Validator


class AnswerInvalidError(Exception):
    """A handler's record does not make a documented answer."""

    def __init__(self, operation: str, field: str, reason: str) -> None:
        super().__init__(f"{operation}: answer breaks the contract at {field}: {reason}")
        self.facts = {"operation": operation, "field": field, "reason": reason}

    def as_api_error(self) -> ApiError:
        """Return the error to answer with."""
        return ApiError("answer_invalid", **self.facts)


class AnswerShaper:
    """Turns the records of one operation's handler into its answers."""

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self._schema = schema
        self._validator = Validator(schema, wordings)

    def shape(self, record: dict[str, Any] | str, operation: str) -> Any:
        """Return the answer.

        Raises AnswerInvalidError, which names the operation and the field, when it breaks its schema.
        """
        answer = _select(self._schema, record)
        if not self._validator.is_valid(answer):
            raise AnswerInvalidError(operation, *self._validator.explain(answer))
        return answer


def _select(schema: Schema, value: Any) -> Any:
    if isinstance(value, dict):
        properties = non_null(schema).get("properties")
        return value if properties is None else _select_fields(properties, value)
    if isinstance(value, (list, tuple)):
        items = non_null(schema).get("items", {})
        return [_select(items, item) for item in value]
    return format_date_time(value) if isinstance(value, datetime) else value


def _select_fields(properties: dict[str, Schema], record: dict[str, Any]) -> dict[str, Any]:
    answer = {}
    for name, schema in properties.items():
        if name in record:
            answer[name] = _select(schema, record[name])
        elif "const" in schema:
            answer[name] = schema["const"]
        elif template := Extensions(schema).template:
            with suppress(KeyError):  # what is missing is told when the answer is checked
                answer[name] = render_template(template, record)
    return answer

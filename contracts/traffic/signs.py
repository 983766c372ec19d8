"""Signs: what an operation, a request or an answer by itself tells of the story."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from mockserver.openapi.parsing import read_query
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..comparison.answers import STATUS, Answer, Difference
from .recorded import Recorded, read_json

ENDS = ("COMPLETED", "FAILED")
"""Statuses of a job that is done."""
_AROUND = re.compile(r"[\s\"'<>,;:\\()\[\]{}]+")
_LONGEST = 255
"""Characters of an address, and one more."""
_OUTSIDE = ("inbox_id", "domain_id")
"""What a server makes only if the world outside allows it."""


def is_listing(operation: Operation) -> bool:
    """Return whether an operation lists what a workspace holds: rows with ids."""
    if operation.method != "GET" or "{" in operation.path:
        return False
    fields = non_null(operation.answer).get("properties", {}).values()
    items = [non_null(non_null(field_).get("items", {})).get("properties", {}) for field_ in fields]
    return any(name == "id" or name.endswith("_id") for each in items for name in each)


def reads_whole(operation: Operation) -> bool:
    """Return whether an operation reads all that is stored of the record that ends its path."""
    name = operation.path.rpartition("/")[2].strip("{}")
    is_getter = operation.method == "GET" and operation.path.endswith("}")
    return is_getter and name in non_null(operation.answer).get("properties", {})


def find_aspect(difference: Difference, theirs: Answer, models: Answer) -> str:
    """Return which rule a difference is about."""
    if difference.place == STATUS:
        if theirs.is_success and not models.is_success:
            return "accepted"
        return "refused" if models.is_success and not theirs.is_success else "status"
    if difference.place == "error":
        return "error"
    return "headers" if difference.place.startswith("headers.") else "story"


def is_within(place: str, others: set[str]) -> bool:
    """Return whether a place is one of others, or lies in one."""
    stems = {other.removesuffix(".rows").removesuffix(".order") for other in others}
    return any(place == stem or place.startswith(f"{stem}.") for stem in stems)


def depends_on_outside(operation: Operation, recorded: Recorded) -> bool:
    """Return whether a server may refuse a request for want of the world outside, such as a mail server."""
    makes = any(name in _OUTSIDE for name in non_null(operation.answer).get("properties", {}))
    return operation.method == "POST" and recorded.status == 400 and (makes or operation.sends)


def shows_outside(spec: Spec, operation: Operation, found: Iterable[Difference]) -> bool:
    """Return whether an answer differs in what the world outside brings about, such as a delegated domain."""
    shown = non_null(operation.answer).get("properties", {})
    outside = {
        field_
        for each in spec.operations.values()
        for name, fields in each.presumes.items()
        for field_ in fields
        if name in _OUTSIDE and name in shown
    }
    return any(difference.place in outside for difference in found)


def has_ended(recorded: Recorded) -> bool:
    """Return whether an answer shows no job, or one that is done."""
    value = read_json(recorded.response_body or b"")
    job = value.get("job", value) if isinstance(value, dict) else {}
    if not isinstance(job, dict) or not {"status", "completed_at"} & job.keys():
        return True
    return job.get("status") in ENDS or ("status" not in job and bool(job.get("completed_at")))


def complete_headers(recorded: Recorded, operation: Operation) -> dict[str, str]:
    """Return the headers of an answer; where the recording has none, the documented media type."""
    if recorded.response_headers is not None:
        return dict(recorded.response_headers)
    return {"content-type": operation.answer_type if recorded.is_success else "application/json"}


def read_call_query(recorded: Recorded, operation: Operation) -> dict[str, Any]:
    """Return the query of a request, with the types of its parameters."""
    values = parse_qs(recorded.query_string, keep_blank_values=True)
    return read_query(values, operation.parameters_in("query"))[0]


def list_emails(text: str) -> set[str]:
    """Return what looks like an address, in lower case."""
    if "@" not in text:
        return set()
    return {each.casefold() for each in _AROUND.split(text) if "@" in each[1:-1] and len(each) < _LONGEST}


def as_text(body: bytes | None) -> str:
    """Return a body as text."""
    return (body or b"").decode("utf-8", "replace")

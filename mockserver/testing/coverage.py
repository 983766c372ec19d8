"""The coverage of a test run: what its tests, in all processes, have met of the contract."""

from collections.abc import Iterable
from urllib.parse import parse_qs

from ..http.entry import Entry
from ..openapi.coverage import Coverage
from ..openapi.forms import guess_form_type, list_parts
from ..openapi.spec import load_spec


def measure(entries: Iterable[Entry]) -> Coverage:
    """Return what exchanges of a journal have met."""
    coverage = Coverage(load_spec())
    for entry in entries:
        coverage.add(
            entry.operation,
            entry.status,
            query=parse_qs(entry.query, keep_blank_values=True),
            request=entry.request_json,
            parts=list_parts(entry.request, guess_form_type(entry.request) or ""),
            response=entry.response_json,
        )
    return coverage

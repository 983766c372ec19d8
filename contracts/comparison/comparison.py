"""The comparison: an answer of the server beside the model's, ids, times and order aligned."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from mockserver.openapi.error_bodies import fits
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import is_date_time, is_uuid, parse_date_time
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import JSON_TYPE, DocumentedError, Operation, Spec

from ..verdict.judge import are_equal, has_fields, shorten
from .alignment import Alignment
from .answers import NO_JSON, STATUS, Answer, Difference
from .errors import list_undocumented_types
from .rows import Row, is_id_name, pair_rows

_MOST_DIFFERENCES = 20
_RATE = 1e-6
"""Two numbers are equal up to so much: rates are rounded in different ways."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How exactly an answer is compared."""

    seconds: float = 0.0
    """How far two times may be apart."""
    strict: bool = False
    """Whether the other one of two documented successes, and more fields in an error, are differences."""
    query: Mapping[str, Any] = field(default_factory=dict)
    """The query that was sent."""
    workspace: str = ""
    """Which of several workspaces was asked."""
    from_nothing: bool = False
    """Whether both stories began with nothing, and with as many credits: then balances are equal."""
    owns: Callable[[Sequence[str]], bool] | None = None
    """Where others share the workspace: whether the texts of a row show that it is of the compared story.

    Rows of others, and figures beside such rows, are left out. None: everything is compared.
    """


def compare(
    spec: Spec,
    operation: Operation,
    theirs: Answer,
    models: Answer,
    *,
    alignment: Alignment,
    terms: Terms | None = None,
) -> list[Difference]:
    """Return where an answer of the server differs from the model's; new ids are added to `alignment`."""
    comparison = _Comparison(spec, operation, alignment, terms or Terms())
    comparison.compare(theirs, models)
    return list(comparison.differences.values())


class _Comparison:
    """Collects the differences of one answer."""

    def __init__(self, spec: Spec, operation: Operation, alignment: Alignment, terms: Terms) -> None:
        self._spec = spec
        self._operation = operation
        self._alignment = alignment
        self._terms = terms
        self._documented = not operation.undocumented
        self.differences: dict[tuple[str, str], Difference] = {}
        """Kind → the first difference of it."""

    def _note(self, place: str, message: str, documented: bool = True, source: str = "") -> None:
        if len(self.differences) < _MOST_DIFFERENCES:
            said = source or self._operation.source or "openapi.yaml"
            documented = documented and self._documented
            name = self._operation.operation_id
            found = Difference(name, place, message, documented, said)
            self.differences.setdefault(found.kind, found)

    def compare(self, theirs: Answer, models: Answer) -> None:
        if models.is_success:
            self._compare_success(theirs, models)
        else:
            self._compare_error(theirs, models)

    # -------------------------------------------------------------- successes

    def _compare_success(self, theirs: Answer, models: Answer) -> None:
        operation = self._operation
        allowed = {status for status in operation.statuses if status < 300}
        if theirs.status != models.status and (self._terms.strict or theirs.status not in allowed):
            said = f"{theirs.status} {shorten(theirs.text)}"
            self._note(STATUS, f"the answer is {said}, expected {models.status}")
            return
        for name in operation.responses[operation.status].get("headers", {}):
            self._compare_header(name, theirs, models)
        if operation.answer_type != JSON_TYPE:
            self._compare_text(theirs, models)
        elif theirs.value is NO_JSON:
            self._note("body", "the body is no JSON")
        else:
            documented = not operation.answer_undocumented
            self._compare_value(operation.answer, theirs.value, models.value, "", documented)

    def _compare_header(self, name: str, theirs: Answer, models: Answer) -> None:
        wanted = models.headers.get(name.casefold())
        if name in self._spec.rate_limit_headers or wanted is None:
            return
        found, wanted = theirs.headers.get(name.casefold()), self._alignment.as_theirs(wanted)
        if found != wanted:
            self._note(f"headers.{name}", f"the header {name} is {found!r}, expected {wanted!r}")

    def _compare_text(self, theirs: Answer, models: Answer) -> None:
        found, wanted = theirs.text, self._alignment.as_theirs(models.text)
        if found == wanted:
            return
        if models.media_type != "text/csv":
            self._note("body", f"the body is {shorten(found)}, expected {shorten(wanted)}")
            return
        rows, expected = (
            list(csv.DictReader(io.StringIO(answer.text, newline=""))) for answer in (theirs, models)
        )
        columns: dict[str, Schema] = {name: {} for row in expected for name in row}
        schema = {"type": "array", "items": {"type": "object", "properties": columns}}
        self._compare_value(schema, rows, expected, "rows", True)

    # -------------------------------------------------------------- errors

    def _compare_error(self, theirs: Answer, models: Answer) -> None:
        error = self._find_error(models)
        documented = not error.undocumented if error else self._is_violation_documented(models)
        if theirs.status != models.status:
            said = f"{theirs.status} {shorten(theirs.text)}"
            documented = documented or theirs.status >= 500
            self._note(
                STATUS, f"the answer is {said}, expected {models.status} {shorten(models.text)}", documented
            )
            return
        if self._is_alike(theirs.value, self._translate(models.value)):
            return
        if error and any(self._is_alternative(each, error, theirs.value) for each in self._list_errors()):
            return
        message = f"the error is {shorten(theirs.text)}, expected {shorten(models.text)}"
        self._note("error", message, documented and (error is not None or self._terms.strict))

    def _list_errors(self) -> list[DocumentedError]:
        return [*self._operation.errors.values(), *self._spec.server_errors.values()]

    def _find_error(self, answer: Answer) -> DocumentedError | None:
        alike = [error for error in self._list_errors() if error.status == answer.status]
        return next((error for error in alike if fits(error, answer.value)), None)

    def _is_alternative(self, each: DocumentedError, error: DocumentedError, value: Any) -> bool:
        return each.alternative_of == error.name and fits(each, value)

    def _is_violation_documented(self, models: Answer) -> bool:
        """Return whether a 422 of the model is; a coerced value or a wording of our own is no breach."""
        items = models.value.get("detail") if isinstance(models.value, dict) else None
        if not isinstance(items, list):
            return False
        undocumented = list_undocumented_types(self._spec)
        kinds = [str(item.get("type")) for item in items]
        return not any(kind.startswith("type_error") or kind in undocumented for kind in kinds)

    def _is_alike(self, found: Any, wanted: Any) -> bool:
        if self._terms.strict or not isinstance(wanted, dict) or not isinstance(found, dict):
            return are_equal(found, wanted)
        items, expected = found.get("detail"), wanted.get("detail")
        if isinstance(items, list) and isinstance(expected, list):
            return len(items) == len(expected) and all(
                has_fields(one, other) for one, other in zip(items, expected, strict=True)
            )
        return has_fields(found, wanted)

    def _translate(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._alignment.as_theirs(value)
        if isinstance(value, dict):
            return {self._translate(name): self._translate(item) for name, item in value.items()}
        return [self._translate(item) for item in value] if isinstance(value, list) else value

    # -------------------------------------------------------------- values

    def _compare_value(self, raw: Schema, theirs: Any, models: Any, place: str, documented: bool) -> None:
        schema = non_null(raw)
        documented = documented and not Extensions(raw).undocumented and not Extensions(schema).undocumented
        if isinstance(models, dict) and isinstance(theirs, dict):
            self._compare_object(schema, theirs, models, place, documented)
        elif isinstance(models, list) and isinstance(theirs, list):
            self._compare_list(schema, theirs, models, place, documented)
        elif Extensions(schema).varies and _are_numbers(theirs, models) and not self._terms.from_nothing:
            if not self._alignment.keeps_distance(f"{self._terms.workspace} {place}", theirs, models):
                message = f"{place} has not changed by as much as it should, and is {shorten(theirs)}"
                self._note(place, message, documented, Extensions(schema).source)
        elif not self._is_same(place.rpartition(".")[2], theirs, models):
            wanted = shorten(self._translate(models))
            # what a server adds to a mail is its own, such as a link to unsubscribe
            documented = documented and not (isinstance(models, str) and "\n" in models and "://" in models)
            source = Extensions(schema).source
            self._note(
                place or "body",
                f"{place or 'the body'} is {shorten(theirs)}, expected {wanted}",
                documented,
                source,
            )

    def _compare_object(self, schema: Schema, theirs: Row, models: Row, place: str, documented: bool) -> None:
        properties = schema.get("properties")
        if properties is None:
            expected = self._translate(models)
            self._compare_map(theirs, expected, place, documented)
            return
        for name, value in models.items():
            where = f"{place}.{name}".lstrip(".")
            subschema = properties.get(name, {})
            if name in theirs:
                if not self._is_shared(place, models, value):
                    self._compare_value(subschema, theirs[name], value, where, documented)
            else:
                known = documented and not Extensions(subschema).undocumented
                self._note(where, f"{where} is missing, expected {shorten(value)}", known)

    def _compare_map(self, theirs: Row, expected: Row, place: str, documented: bool) -> None:
        if theirs.keys() != expected.keys():
            self._note(place, f"{place} is {shorten(theirs)}, expected {shorten(expected)}", documented)
            return
        for name, value in expected.items():
            if not self._is_same(name, theirs[name], value) and not are_equal(theirs[name], value):
                message = f"{place}: {name!r} is {shorten(theirs[name])}, expected {shorten(value)}"
                self._note(place, message, documented)

    def _is_shared(self, place: str, models: Row, value: Any) -> bool:
        """Return whether a value counts what belongs to others, too."""
        if self._terms.owns is None or place:
            return False
        is_figure = isinstance(value, (int, float)) and not isinstance(value, bool)
        has_rows = any(_is_rows(item) for item in models.values())
        return has_rows and (is_figure or isinstance(value, dict))

    def _is_same(self, name: str, theirs: Any, models: Any) -> bool:
        if isinstance(theirs, str) and isinstance(models, str):
            if is_uuid(models) or is_id_name(name):
                return is_uuid(models) == is_uuid(theirs) and self._alignment.pair(theirs, models)
            if is_date_time(models) and "T" in models:
                return self._are_close(theirs, models)
            return theirs == models or self._alignment.pair_texts(theirs, models)
        if _are_numbers(theirs, models):
            return bool(abs(theirs - models) <= _RATE)
        return are_equal(theirs, models)

    def _are_close(self, theirs: str, models: str) -> bool:
        if not is_date_time(theirs):
            return False
        apart = parse_date_time(theirs, "UTC") - parse_date_time(models, "UTC")
        return abs(apart.total_seconds()) <= self._terms.seconds

    # -------------------------------------------------------------- lists

    def _compare_list(
        self, schema: Schema, theirs: list[Any], models: list[Any], place: str, documented: bool
    ) -> None:
        items = schema.get("items", {})
        if not _is_rows(theirs) or not _is_rows(models):
            same = len(theirs) == len(models) and all(
                self._is_same(place, one, other) for one, other in zip(theirs, models, strict=True)
            )
            if not same:
                expected = shorten(self._translate(models))
                self._note(place, f"{place} is {shorten(theirs)}, expected {expected}", documented)
            return
        owns = self._terms.owns
        if owns and "." not in place:
            theirs = [row for row in theirs if owns(list_texts(row))]
            models = [row for row in models if owns(list_texts(self._translate(row)))]
        pairing = pair_rows(theirs, models, self._alignment)
        for one, other in pairing.pairs:
            self._compare_value(items, theirs[one], models[other], place, documented)
        is_page = self._is_page_of_many(place, len(models))
        for index in pairing.missing[:1]:
            message = (
                f"{place} lacks {len(pairing.missing)} of {len(models)}, such as {shorten(models[index])}"
            )
            self._note(f"{place}.rows", message, documented and not is_page)
        for index in pairing.extra[:1]:
            message = f"{place} has {len(theirs)} instead of {len(models)}, such as {shorten(theirs[index])}"
            self._note(f"{place}.rows", message, documented and not is_page)
        self._compare_order(theirs, models, pairing.pairs, place, documented)

    def _is_page_of_many(self, place: str, count: int) -> bool:
        """Return whether a list may be a part of what no source puts into an order."""
        limit = self._terms.query.get("limit")
        page = self._terms.query.get("page", 1)
        return "." not in place and self._sort_field() is None and (limit == count or page != 1)

    def _sort_field(self) -> str | None:
        """Return the field that a list is sorted by, where a source says so."""
        for parameter in self._operation.parameters_in("query"):
            if parameter.name == "sort_by":
                return str(self._terms.query.get("sort_by", parameter.schema.get("default")))
        return None

    def _compare_order(
        self,
        theirs: list[Row],
        models: list[Row],
        pairs: list[tuple[int, int]],
        place: str,
        documented: bool,
    ) -> None:
        name = self._sort_field() if "." not in place else None
        for (one, row), (other, following) in pairwise(pairs):
            values = models[row].get(name or ""), models[following].get(name or "")
            if one > other and not (name and self._is_tie(*values)):
                where = f"{place}[{other}]"
                message = (
                    f"{where} is {shorten(theirs[other])}, which the model lists after {shorten(theirs[one])}"
                )
                self._note(f"{place}.order", message, documented and name is not None)
                return

    def _is_tie(self, one: Any, other: Any) -> bool:
        if isinstance(one, str) and isinstance(other, str) and is_date_time(one) and is_date_time(other):
            return self._are_close(one, other)
        return are_equal(one, other)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def list_texts(value: Any) -> list[str]:
    """Return all texts in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in list_texts(item)]

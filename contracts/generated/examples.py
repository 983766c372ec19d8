"""Rules about the request examples of openapi.yaml: they get the documented answers."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import is_date_time, is_email, is_uuid
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Spec

from ..api.api import Api
from ..api.client import UNSET
from ..inputs.id_sources import deletes, find_source
from ..registry import Rule
from ..safety.guard import launches
from ..verdict.judge import are_equal, shorten
from .bodies import marked_field
from .rule_ids import name_operation
from .sentences import quote_operation

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s,;\"]+@[^\s,;\"]+")


def list_example_rules(spec: Spec) -> Iterator[Rule]:
    """Yield a rule for each request example with a response example of the same name."""
    for operation in spec.operations.values():
        shown = [
            example
            for example in operation.body_examples
            if example in operation.answer_examples and example not in operation.preconditions
        ]
        fullest = max(shown, key=lambda example: len(str(operation.body_examples[example])), default="")
        for example in shown:
            launching = launches(operation.body, operation.body_examples[example])
            yield Rule(
                id=f"{name_operation(spec, operation.operation_id)}.examples.{example}",
                source=operation.source or "openapi.yaml",
                sentence=f"{quote_operation(operation)}, example {example}",
                check=partial(_check, operation=operation, example=example),
                summary="The documented request gets the documented answer, except for ids and times",
                operations=(operation.operation_id,),
                needs=frozenset(["launch"] if launching else []),
                profile="quick" if example == fullest else "full",
                repeated=True,
                handwritten=False,
            )


def _check(api: Api, *, operation: Operation, example: str) -> None:
    sent = operation.body_examples[example]
    ready = launches(operation.body, sent)
    shared = api.once(
        f"examples {operation.operation_id if deletes(operation) else ''}", lambda: _ExampleResources(api)
    )
    resources = _ExampleResources(api, operation, shared, is_ready=ready)
    path = {p.name: resources.make(p.name) for p in operation.parameters_in("path")}
    reply = api.send(operation.operation_id, path=path, body=resources.adapt(operation, sent))
    reply.succeeds()
    expected = operation.answer_examples[example]
    documented = not (operation.undocumented or operation.answer_undocumented)
    answer = resources.restore(reply.json)
    if sent_from := answer.get("inbox_email"):  # the run has a sender account of its own
        expected = {**expected, "inbox_email": sent_from}
    for place, message, known in _compare(operation.answer, answer, expected, ""):
        api.judge.warn(f"{place}: {message}", documented=documented and known)


class _ExampleResources:
    """Resources made from the examples, because the examples of other operations presume them."""

    def __init__(
        self,
        api: Api,
        user: Operation | None = None,
        shared: "_ExampleResources | None" = None,
        *,
        is_ready: bool = False,
    ) -> None:
        self._api = api
        self._shared = shared
        """The resources that the operation does not change."""
        self._user = user
        self._is_ready = is_ready
        self._prefix = f"{api.ledger.marker} {api.ledger.token()} "
        self._suffix = f".{api.ledger.host()}"
        self._marks = re.compile(
            rf"{re.escape(api.ledger.marker)} \w{{10}} |\.h\w{{10}}\.{re.escape(api.ledger.domain)}"
        )
        self._made: dict[tuple[str, str], str] = {}

    def make(self, id_name: str, example: str = "") -> str:
        """Return the id of a resource made from the first example of the operation that creates it.

        Each id in the examples, `example`, stands for another resource. There is only one contact.
        """
        if id_name == "contact_id" and any(name == id_name for name, _ in self._made):
            return self._made.setdefault((id_name, example), self._api.unknown_id())
        if (id_name, "") not in self._made:
            self._made[id_name, ""] = self._made[id_name, example] = self._make(id_name)
        elif (id_name, example) not in self._made:
            self._made[id_name, example] = self._make(id_name)
        return self._made[id_name, example]

    def _make(self, id_name: str) -> str:
        if self._shared is not None and not self._changes(id_name):
            return self._shared.lend(id_name, self._user)
        if id_name == "contact_id":
            return self._make_contact()
        presumed = self._user.presumes.get(id_name, {}) if self._user else {}
        source = find_source(self._api.spec, id_name, self._user)
        body = next(iter(source.operation.body_examples.values()), None) if source else None
        is_alike = isinstance(body, dict) and all(body.get(n, v) == v for n, v in presumed.items())
        if source is None or not is_alike or id_name == "inbox_id":
            return self._api.new_id(id_name, self._user)
        made = source.read(self._send(source.operation, body))
        self._api.prepare(id_name, made, presumed)
        if self._is_ready and id_name == "campaign_id":
            self._api.add_lead(made)
            parts: dict[str, Any] = {"inbox_ids": [self._api.inbox_id], "variants": [self._api.variant()]}
            self._api.update_campaign(made, **parts).succeeds()
        return made

    def lend(self, id_name: str, user: Operation | None) -> str:
        """Return the id of a resource that several examples share."""
        presumed = user.presumes.get(id_name, {}) if user else {}

        def make() -> str:
            self._user = user
            return self._make(id_name)

        return self._api.once(f"lent {self._prefix} {id_name} {sorted(presumed.items())}", make)

    def _changes(self, id_name: str) -> bool:
        if self._user is None or id_name == "campaign_id":
            return True
        source = find_source(self._api.spec, id_name, self._user)
        if source and source.operation.parameters_in("path"):
            return True  # its parent belongs to this example
        names = [parameter.name for parameter in self._user.parameters_in("path")]
        return id_name in names and self._user.method in ("PUT", "PATCH", "DELETE")

    def _make_contact(self) -> str:
        """Return the id of the contact of an example lead."""
        operation = self._api.spec.operations["addLead"]
        lead = self._send(operation, next(iter(operation.body_examples.values())))
        return str(self._api.find_contact(lead["email"])["contact_id"])

    def _send(self, operation: Operation, body: Any) -> Any:
        path = {parameter.name: self.make(parameter.name) for parameter in operation.parameters_in("path")}
        return self._api.send(
            operation.operation_id, path=path, body=self.adapt(operation, body) if operation.body else UNSET
        ).succeeds()

    def adapt(self, operation: Operation, body: Any) -> Any:
        """Return the body of an example with markers and with ids of the run."""
        root = operation.tag.casefold().replace(" ", "_").removesuffix("s") + "_id"
        schema = non_null(operation.body or {})
        body = self._adapt(schema, body, root)
        field = marked_field(operation)
        if isinstance(body, dict) and isinstance(body.get(field), str):
            body[field] = f"{self._prefix}{body[field]}"
        return body

    def _adapt(self, schema: Schema, value: Any, name: str) -> Any:
        schema = non_null(schema)
        if isinstance(value, dict):
            fields = schema.get("properties", {})
            return {
                key: self._adapt(fields.get(key, {}), item, key.removesuffix("s"))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._adapt(schema.get("items", {}), item, name) for item in value]
        return self._adapt_text(schema, value, name) if isinstance(value, str) else value

    def _adapt_text(self, schema: Schema, value: str, name: str) -> str | bytes:
        if is_uuid(value):
            return self.make(name, value)
        if schema.get("format") == "binary":
            return _ADDRESS.sub(lambda found: found[0] + self._suffix, value).encode()
        if is_email(value) or schema.get("format") == "hostname":
            return f"{value}{self._suffix}"
        return value

    def restore(self, value: Any) -> Any:
        """Return an answer without the markers."""
        if isinstance(value, dict):
            return {key: self.restore(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if isinstance(value, str):
            return self._marks.sub("", value)
        return value


def _compare(schema: Schema, actual: Any, expected: Any, place: str) -> Iterator[tuple[str, str, bool]]:
    """Yield for each difference its place, a message, and whether a source documents the place."""
    schema = non_null(schema)
    extensions = Extensions(schema)
    known = not extensions.undocumented
    if extensions.varies and type(actual) is type(expected):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            inner = schema.get("properties", {}).get(name, {})
            where = f"{place}.{name}".lstrip(".")
            if name not in actual:
                yield where, "is missing", not Extensions(inner).undocumented
            else:
                yield from _compare(inner, actual[name], value, where)
    elif isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        for index, (item, value) in enumerate(zip(actual, expected, strict=True)):
            yield from _compare(schema.get("items", {}), item, value, f"{place}.{index}")
    elif not are_equal(actual, expected) and not _is_aside(actual, expected):
        yield place, f"is {shorten(actual)}, expected {shorten(expected)}", known


def _is_aside(actual: Any, expected: Any) -> bool:
    """Return whether two values are times, or differ only in ids."""
    if not isinstance(actual, str) or not isinstance(expected, str):
        return False
    times = is_date_time(actual) and is_date_time(expected)
    return times or bool(_ID.sub("", actual) == _ID.sub("", expected))

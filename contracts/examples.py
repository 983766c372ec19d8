"""The request examples of openapi.yaml, sent; their answers, compared with the documented ones."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from mockserver.formats import is_date_time, is_email, is_uuid
from mockserver.spec import Operation, Schema, Spec, core

from .adapting import marked_field
from .api import UNSET, Api
from .guard import launches
from .judge import same, show
from .naming import name_operation
from .rule import Rule


def list_example_rules(spec: Spec) -> Iterator[Rule]:
    """Yield a rule for each request example whose answer is documented under the same name."""
    for operation in spec.operations.values():
        for example in operation.body_examples:
            if example not in operation.answer_examples:
                continue
            launching = launches(operation.body, operation.body_examples[example])
            yield Rule(
                id=f"{name_operation(spec, operation.operation_id)}.examples.{example}",
                source=operation.source or "openapi.yaml",
                check=partial(_check, operation=operation, example=example),
                summary="The documented request gets the documented answer, ids and times aside",
                operations=(operation.operation_id,),
                needs=frozenset(["launch"] if launching else []),
                handwritten=False,
            )


def _check(api: Api, *, operation: Operation, example: str) -> None:
    sent = operation.body_examples[example]
    story = _Story(api, is_ready=launches(operation.body, sent))
    path = {p.name: story.make(p.name) for p in operation.parameters_in("path")}
    reply = api.send(operation.operation_id, path=path, body=story.adapt(operation, sent))
    reply.succeeds()
    expected = operation.answer_examples[example]
    documented = not (operation.undocumented or operation.answer_undocumented)
    answer = story.restore(reply.json)
    if sent_from := answer.get("inbox_email"):  # the inbox of the run, and not that of the examples
        expected = {**expected, "inbox_email": sent_from}
    for place, message, known in _compare(operation.answer, answer, expected, ""):
        api.judge.mention(f"{place}: {message}", documented=documented and known)


class _Story:
    """Resources made of the examples, as the examples of other operations presume them."""

    def __init__(self, api: Api, *, is_ready: bool) -> None:
        self._api = api
        self._is_ready = is_ready
        self._suffix = f".{api.ledger.host()}"
        self._made: dict[str, str] = {}

    def make(self, id_name: str) -> str:
        """Return the id of a resource made of the first example of what creates it."""
        if id_name not in self._made:
            self._made[id_name] = self._make(id_name)
        return self._made[id_name]

    def _make(self, id_name: str) -> str:
        creators = (
            operation
            for operation in self._api.spec.operations.values()
            if operation.method == "POST"
            and id_name in core(operation.answer).get("properties", {})
            and id_name not in [p.name for p in operation.parameters_in("path")]
        )
        creator = next(creators, None)
        if id_name == "inbox_id":
            return self._api.inbox_id
        if creator is None:
            return self._api.make_live(id_name)
        path = {parameter.name: self.make(parameter.name) for parameter in creator.parameters_in("path")}
        body: Any = UNSET
        if creator.body:
            body = self.adapt(creator, next(iter(creator.body_examples.values())))
        made = str(self._api.send(creator.operation_id, path=path, body=body).succeeds()[id_name])
        if self._is_ready and id_name == "campaign_id":
            self._api.add_lead(made)
            parts: dict[str, Any] = {
                "inbox_ids": [self._api.inbox_id],
                "variants": [self._api.variant()],
            }
            self._api.update_campaign(made, **parts).succeeds()
        return made

    def adapt(self, operation: Operation, body: Any) -> Any:
        """Return an example's body marked, with live ids."""
        root = operation.tag.casefold().replace(" ", "_").removesuffix("s") + "_id"
        body = self._adapt(body, root)
        field = marked_field(operation)
        if isinstance(body, dict) and isinstance(body.get(field), str):
            body[field] = f"{self._api.ledger.marker} {body[field]}"
        return body

    def _adapt(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: self._adapt(item, key.removesuffix("s")) for key, item in value.items()}
        if isinstance(value, list):
            return [self._adapt(item, name) for item in value]
        if isinstance(value, str) and is_uuid(value):
            return self.make(name)
        if isinstance(value, str) and is_email(value):
            return f"{value}{self._suffix}"
        return value

    def restore(self, value: Any) -> Any:
        """Return an answer without the marks."""
        if isinstance(value, dict):
            return {key: self.restore(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if isinstance(value, str):
            return value.removeprefix(f"{self._api.ledger.marker} ").removesuffix(self._suffix)
        return value


def _compare(schema: Schema, actual: Any, expected: Any, place: str) -> Iterator[tuple[str, str, bool]]:
    """Yield place, message, and whether a source knows the place, of what is different."""
    schema = core(schema)
    known = not schema.get("x-undocumented")
    if schema.get("x-varies") and type(actual) is type(expected):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            inner = schema.get("properties", {}).get(name, {})
            where = f"{place}.{name}".lstrip(".")
            if name not in actual:
                yield where, "is missing", not inner.get("x-undocumented")
            else:
                yield from _compare(inner, actual[name], value, where)
    elif isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        for index, (item, value) in enumerate(zip(actual, expected, strict=True)):
            yield from _compare(schema.get("items", {}), item, value, f"{place}.{index}")
    elif not same(actual, expected) and not _is_aside(actual, expected):
        yield place, f"is {show(actual)}, expected {show(expected)}", known


def _is_aside(actual: Any, expected: Any) -> bool:
    """Tell whether two values are two ids or two times."""
    both = isinstance(actual, str) and isinstance(expected, str)
    return both and any(check(actual) and check(expected) for check in (is_uuid, is_date_time))

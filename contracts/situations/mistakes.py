"""Mistakes: a request with two of them gets the refusal that is checked first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import is_deprecated, list_id_names
from ..walk.history import Mark, Step
from .draft import Draft, Made
from .figures import let_all_happen
from .filters import list_queries
from .kinds import find_each, list_listings, list_paths, vary
from .parts import MISTAKES, name_rule
from .worlds import Worlds

_MOST_MISTAKES = 6
"""How many mistakes of an operation are put in an order."""
_MOST_TRIED = 2
"""How many bodies: one may name something in a status that forbids it."""


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What is wrong with a request, and what the model answers to it alone."""

    part: str
    """Two mistakes in the same part exclude each other."""
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    """Fields that take the place of others, or a whole body that is no object."""
    lacks: str = ""
    """A field that is left out."""
    text: str = ""
    is_of_status: bool = False
    """Whether the mistake is the status of what is named."""

    def make_in(self, step: Step) -> Step:
        """Return a step with the mistake."""
        both = isinstance(step.body, dict) and isinstance(self.body, dict)
        body = {**step.body, **self.body} if both else step.body if self.body is None else self.body
        if self.lacks:
            body = {name: value for name, value in (body or {}).items() if name != self.lacks}
        return replace(step, path={**step.path, **self.path}, query={**step.query, **self.query}, body=body)


def list_fallible(spec: Spec) -> list[Operation]:
    """Return the operations of which two things can be wrong."""
    return [
        operation
        for operation in spec.operations.values()
        if next(_list_invalid(operation), None)
        and not is_deprecated(spec, operation)
        and (operation.parameters_in("path") or operation.method != "GET")
    ]


def write_mistakes(operations: list[Operation], worlds: Worlds) -> None:
    """Make each two mistakes of which one is checked right before the other.

    What can be wrong: an id is unknown, or of something that is in another status; a field is missing or out
    of its bounds; a name is taken. Where a history has nothing for itself, only what is unknown and invalid.
    """
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], MISTAKES)
    found = worlds.found
    if draft.leave.alone:
        campaign = let_all_happen(worlds)
        for listing in list_listings(draft.spec):
            vary(draft, listing)
            for path in list_paths(listing, campaign):
                for made in find_each(draft, listing, path):
                    found.setdefault(made.id_name, []).append(made)
        _look_below(draft, found.get("domain_id", []))
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, MISTAKES)
        if not draft.leave.allows(operation):
            continue
        if draft.leave.alone and operation.method != "GET":
            _ask_pairs(draft, operation, found)
        else:
            _ask_unknown(draft, operation)


def _look_below(draft: Draft, found: list[Made]) -> None:
    """Read what is told of each apart from itself, for example how far it has come."""
    for made in found:
        for operation in draft.spec.operations.values():
            names = [parameter.name for parameter in operation.parameters_in("path")]
            if operation.method == "GET" and names == [made.id_name] and not operation.path.endswith("}"):
                draft.do_if_accepted(Step(operation.operation_id, made.path))


def _ask_unknown(draft: Draft, operation: Operation) -> None:
    """Send something invalid for what nobody has."""
    path = {parameter.name: Mark("unknown") for parameter in operation.parameters_in("path")}
    for mistake in _list_invalid(operation):
        draft.do(mistake.make_in(Step(operation.operation_id, path)))
        return


def _ask_pairs(draft: Draft, operation: Operation, found: Mapping[str, list[Made]]) -> None:
    """Put the mistakes of an operation in the order in which they are told, and make each with the next."""
    step = _find_accepted(draft, operation, found)
    if step is None:
        _ask_unknown(draft, operation)
        return
    told: dict[tuple[str, str], _Mistake] = {}
    for mistake in _list_mistakes(draft, operation, step, found):
        answer = draft.foresee(mistake.make_in(step))
        key = mistake.part.partition(" ")[0], answer.text
        if not answer.is_success and key in told and mistake.is_of_status:
            draft.do(mistake.make_in(step))  # each status by itself
        elif not answer.is_success:
            told.setdefault(key, replace(mistake, text=answer.text))
    mistakes = _spread([*told.values()])
    wins = dict.fromkeys(range(len(mistakes)), 0)
    pairs: dict[tuple[int, int], Step] = {}
    for one, first in enumerate(mistakes):
        for other, second in enumerate(mistakes[:one]):
            if first.part != second.part and first.text != second.text:
                both = second.make_in(first.make_in(step))
                text = draft.foresee(both).text
                wins[one] += text == first.text
                wins[other] += text == second.text
                pairs[one, other] = pairs[other, one] = both
    order = sorted(wins, key=lambda index: -wins[index])
    steps = [pairs[pair] for pair in pairwise(order) if pair in pairs]
    for each in steps or [mistake.make_in(step) for mistake in mistakes[:1]]:
        draft.do(each)


def _spread(mistakes: list[_Mistake]) -> list[_Mistake]:
    """Return as many mistakes as can be put in an order, of each part one before others of it."""
    turns: dict[str, int] = {}
    ranks = []
    for number, mistake in enumerate(mistakes):
        turns[mistake.part] = turns.get(mistake.part, -1) + 1
        ranks.append((turns[mistake.part], number))
    return [mistakes[number] for _, number in sorted(ranks)[:_MOST_MISTAKES]]


def _find_accepted(draft: Draft, operation: Operation, found: Mapping[str, list[Made]]) -> Step | None:
    """Return a step that the model accepts, if there is one."""
    names = [parameter.name for parameter in operation.parameters_in("path")]
    made = found.get(names[-1], []) if names else []
    paths: list[Mapping[str, Any]] = [each.path for each in made] or [draft.make_path(operation)]
    for path in paths:
        own = {name: path[name] for name in names if name in path}
        for _ in range(_MOST_TRIED):
            step = draft.fill(operation, draft.make_path(operation, own))
            if draft.foresee(step).is_success:
                return step
    return None


def _list_mistakes(
    draft: Draft, operation: Operation, step: Step, found: Mapping[str, list[Made]]
) -> Iterator[_Mistake]:
    """Yield what can be wrong with a request; not all of it must be refused."""
    for parameter in operation.parameters_in("path"):
        part = f"path {parameter.name}"
        yield _Mistake(part, path={parameter.name: Mark("unknown")})
        for made in found.get(parameter.name, ()):
            if step.path.keys() >= made.path.keys():
                yield _Mistake(part, path=made.path, is_of_status=True)
    yield from _list_invalid(operation)
    fields = non_null(operation.body or {}).get("properties", {})
    for name in [name for name in fields if isinstance(step.body, dict) and name in step.body]:
        yield from _list_wrong(draft, name, non_null(fields[name]), step, found)


def _list_wrong(
    draft: Draft, name: str, schema: dict[str, Any], step: Step, found: Mapping[str, list[Made]]
) -> Iterator[_Mistake]:
    """Yield what can be wrong with a field, other than its type and bounds."""
    part, id_name = f"body {name}", name.removesuffix("s")
    extensions = Extensions(schema)
    if id_name in list_id_names(draft.spec) or id_name in found:
        ids = [Mark("unknown"), *(made.path[id_name] for made in found.get(id_name, ()))]
        for number, each in enumerate(ids):
            yield _Mistake(part, body={name: [each] if name.endswith("s") else each}, is_of_status=number > 0)
    if extensions.max_files and isinstance(step.body[name], list) and step.body[name]:
        yield _Mistake(part, body={name: step.body[name][:1] * (extensions.max_files + 1)})
    if extensions.confirms is not None:
        yield _Mistake(part, body={name: not extensions.confirms})
    if schema.get("format") == "email" and name == "email":
        for made in found.get("contact_id", ()):
            ref = made.path["contact_id"]
            yield _Mistake(
                part, body={name: replace(ref, pointer=(*ref.pointer[:-1], name))}, is_of_status=True
            )
    taken = [
        each.body[name]
        for each in draft.steps
        if each.operation == step.operation
        and isinstance(each.body, dict)
        and isinstance(each.body.get(name), Mark)
    ]
    for each in taken[-1:]:
        yield _Mistake(part, body={name: each})


def _list_invalid(operation: Operation) -> Iterator[_Mistake]:
    """Yield a body that lacks what is required, or has a field below its minimum or of a wrong type."""
    schema = non_null(operation.body or {})
    fields: Mapping[str, Any] = schema.get("properties", {})
    needed = Extensions(schema).needs_one
    if schema.get("required"):
        yield _Mistake("body invalid", lacks=schema["required"][-1])
    elif schema.get("type") == "array":
        yield _Mistake("body", body=["no id"])
    elif bounds := [*_list_below(fields.items())]:
        yield from (_Mistake("body invalid", body={name: limit}) for name, limit in bounds)
    elif not needed:
        for name in [name for name in fields if non_null(fields[name]).get("type") == "string"][:1]:
            yield _Mistake("body invalid", body={name: ["no text"]})
    if needed:
        yield _Mistake("body needed", body=dict.fromkeys(needed))
    queries = dict(_list_below(list_queries(operation).items()))
    if queries:
        yield _Mistake("query", query=queries)


def _list_below(schemas: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield fields with a value below the minimum or beyond the length of their schemas."""
    for name, raw in schemas:
        schema = non_null(raw)
        if "minimum" in schema:
            yield name, schema["minimum"] - 1
        elif schema.get("maxLength", 10_000) < 10_000:
            yield name, "x" * (schema["maxLength"] + 1)

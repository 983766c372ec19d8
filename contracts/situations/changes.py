"""One changes, and the rest stays; what is deleted is gone, and can be made again."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import find_source, list_id_names
from ..walk.history import Mark, Ref, Step
from .draft import Draft, Made
from .parts import REST, SECOND_LIFE, name_rule
from .several import find_listed_ids
from .worlds import Worlds

_MOST_ALONE = 6
"""Up to so many fields of a body are changed one by one; more of them in as many parts as `_PARTS`."""
_PARTS = 3
_MOST_ACTIONS = 8
_MOST_IN_A_ROW = 1
_MOST_TAKEN = 2


def list_changes(spec: Spec) -> dict[str, list[Operation]]:
    """Return id → the operations that change what it names."""
    found: dict[str, list[Operation]] = {}
    sources = [source for name in list_id_names(spec) if (source := find_source(spec, name))]
    makers = {source.operation.operation_id for source in sources if source.operation.method == "POST"}
    for operation in spec.operations.values():
        names = [parameter.name for parameter in operation.parameters_in("path")]
        is_whole = operation.method == "DELETE" and operation.path.endswith("}")
        is_other = operation.operation_id in makers or find_listed_ids(operation) is not None
        if names and operation.method != "GET" and not is_whole and not is_other:
            found.setdefault(names[-1], []).append(operation)
    return found


def find_deletion(spec: Spec, id_name: str) -> Operation | None:
    """Return the operation that deletes what an id names."""
    for operation in spec.operations.values():
        if operation.method == "DELETE" and operation.path.endswith(f"{{{id_name}}}"):
            return operation
    return None


def write_rest(id_name: str, operations: list[Operation], worlds: Worlds) -> None:
    """Change the first of two, whole and field by field, do what can be done to it, and look."""
    draft = worlds.draft
    rule = partial(name_rule, draft.spec, situation=REST)
    draft.label = rule(operations[0])
    first = worlds.build(id_name, operations[0]).first
    updates = [each for each in operations if each.method in ("PUT", "PATCH")]
    for operation in updates:
        draft.label = rule(operation)
        refused: set[str] = set()
        for number, body in enumerate(list_bodies(draft, operation, first)):
            is_done = do_or_be_refused(draft, Step(operation.operation_id, first.path, {}, body), refused)
            if is_done and (number == 0 or _is_special(body)):
                draft.look(first, most=1 if number else 3, beside=not number)
        draft.look(first, beside=False)
    for operation in updates if len(updates) > 1 else ():  # once more, after the others
        _update(draft, operation, first)
    act(draft, first, operations, updates, REST)
    for operation in operations:
        required = non_null(operation.body or {}).get("required")
        if operation.method == "POST" and required:
            draft.label = rule(operation)
            body = draft.fill(operation, first.path).body
            least = {name: value for name, value in body.items() if name in required}
            draft.change(Step(operation.operation_id, first.path, {}, least), first, most=1)
    for operation in operations:
        if operation.method == "DELETE":
            draft.label = rule(operation)
            draft.change(draft.fill(operation, first.path), first)
    if not find_deletion(draft.spec, id_name):
        _take_away(draft, first, operations)


def _take_away(draft: Draft, made: Made, operations: list[Operation]) -> None:
    """Delete what something that cannot be deleted was made with, and do all to it once more."""
    refused: set[str] = set()
    for name, ref in made.step.body.items() if isinstance(made.step.body, dict) else ():
        deletion = find_deletion(draft.spec, name) if isinstance(ref, Ref) else None
        known = draft.pools.list_recent(name, _MOST_TAKEN) if deletion else ()
        steps = [Step(deletion.operation_id, {name: each.ref}) for each in known if deletion]
        accepted = [draft.do_if_accepted(step) for step in steps]
        if any(accepted):
            for operation in operations:
                draft.label = name_rule(draft.spec, operation, REST)
                do_or_be_refused(draft, draft.fill(operation, made.path), refused)
                draft.look(made, most=1, beside=False)


def _is_special(body: Any) -> bool:
    """Return whether a body has only nulls or empty values, which later parts replace."""
    return isinstance(body, dict) and not any(body.values())


def do_or_be_refused(draft: Draft, step: Step, refused: set[str]) -> bool:
    """Do a step if the model accepts it, else once for each refusal; return whether it was done."""
    if draft.do_if_accepted(step):
        return True
    if draft.leave.allows(draft.spec.operations[step.operation]):
        text = draft.foresee(step).text
        if text not in refused:
            refused.add(text)
            draft.do(step)
    return False


def act(
    draft: Draft, made: Made, operations: list[Operation], updates: list[Operation], situation: str
) -> None:
    """Do each action that the model accepts, those first that were done least, and change something after."""
    launches = [(each, body) for each in operations for body in list_launches(each)]
    actions: list[tuple[Operation, Any]] = list(launches)
    actions += [(each, None) for each in operations if each.method == "POST"]
    done: Counter[str] = Counter()
    refused: set[tuple[str, str]] = set()
    last: list[str] = []
    for _ in range(_MOST_ACTIONS):
        actions.sort(key=lambda each: done[_name_action(*each)])
        for operation, body in actions:
            if last[-_MOST_IN_A_ROW:] == [_name_action(operation, body)] * _MOST_IN_A_ROW:
                continue
            draft.label = name_rule(draft.spec, operation, situation)
            given = body or (draft.fill(operation, made.path).body if operation.body else None)
            if draft.change(Step(operation.operation_id, made.path, {}, given), made):
                done[_name_action(operation, body)] += 1
                last.append(_name_action(operation, body))
                if situation == REST:
                    _ask_refused(draft, made, operations, refused)
                if done[_name_action(operation, body)] == 1:
                    _ask_deletions(draft, operations)
                break
        if len(done) == len(actions):
            return
        for operation in updates:
            _update(draft, operation, made)


def _ask_refused(
    draft: Draft, made: Made, operations: list[Operation], refused: set[tuple[str, str]]
) -> None:
    """Try what the state of a resource forbids to do to what stands below it, each refusal once."""
    for operation in draft.spec.operations.values():
        names = [parameter.name for parameter in operation.parameters_in("path")]
        is_below = made.id_name in names and not operation.path.endswith(f"{{{made.id_name}}}")
        is_change = operation.method != "GET" and operation not in operations
        if not (is_below and is_change and draft.leave.allows(operation)):
            continue
        step = draft.fill(operation, draft.make_path(operation, made.path))
        answer = draft.foresee(step)
        kind = operation.operation_id, answer.text
        if not answer.is_success and kind not in refused:
            refused.add(kind)
            draft.do(step)


def _ask_deletions(draft: Draft, operations: list[Operation]) -> None:
    """Try to delete what a resource uses, if its state now forbids this."""
    fields = {name for each in operations for name in non_null(each.body or {}).get("properties", {})}
    for name in sorted(field.removesuffix("s") for field in fields if field.endswith("_ids")):
        deletion = find_deletion(draft.spec, name)
        for known in draft.pools.list_recent(name, 1):
            if deletion is None:
                break
            step = Step(deletion.operation_id, {name: known.ref})
            if not draft.foresee(step).is_success:
                draft.do(step)


def _update(draft: Draft, operation: Operation, made: Made) -> None:
    """Change a part of the fields, and look at what was changed."""
    draft.label = name_rule(draft.spec, operation, REST)
    for body in list(list_bodies(draft, operation, made))[-_PARTS:]:
        if draft.do_if_accepted(Step(operation.operation_id, made.path, {}, body)):
            draft.look(made, most=1, beside=False)
            return


def _name_action(operation: Operation, body: Any) -> str:
    return f"{operation.operation_id} {body}"


def list_bodies(draft: Draft, operation: Operation, made: Made) -> Iterator[Any]:
    """Yield bodies for an update: all fields; those that may be null, empty or have an unknown id; parts."""
    if operation.body is None:
        yield None
        return
    whole, another = (draft.fill(operation, made.path).body for _ in range(2))
    yield whole
    if not isinstance(another, dict) or len(another) < 2:
        yield another
        return
    fields = non_null(operation.body)["properties"]
    empty = {
        name: value
        for name in fields
        if (value := _find_empty(non_null(fields[name]), alone=draft.leave.alone)) is not None
    }
    together = Step(operation.operation_id, made.path, {}, empty)
    for values in (
        {name: None for name in fields if is_nullable(fields[name])},
        *([empty] if draft.foresee(together).is_success else ({name: empty[name]} for name in empty)),
        {name: [Mark("unknown"), *another[name]] for name in another if _lists_ids(fields[name])},
    ):
        if values:
            yield values
    names = list(another)
    count = len(names) if len(names) <= _MOST_ALONE else _PARTS
    for index in range(count):
        yield {name: another[name] for name in names[index::count]}


def _find_empty(schema: Schema, *, alone: bool) -> Any:
    """Return the empty value of a schema, if it is valid; None for numbers and flags."""
    kind = schema.get("type", "")
    least = {"object": "minProperties", "array": "minItems", "string": "minLength"}
    finds_others = "search" in schema.get("properties", {}) and not alone
    is_bound = schema.get(least.get(kind, "type"), 0) or schema.keys() & {
        "required",
        "enum",
        "format",
        "pattern",
    }
    if finds_others or is_bound:
        return None
    return {"object": {}, "array": [], "string": ""}.get(kind)


def _lists_ids(schema: Schema) -> bool:
    return bool(non_null(non_null(schema).get("items", {})).get("format") == "uuid")


def list_launches(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield bodies that launch what an operation changes."""
    for name, schema in non_null(operation.body or {}).get("properties", {}).items():
        if True in Extensions(non_null(schema)).launch_values:
            yield {name: True}


def write_second_life(id_name: str, operation: Operation, worlds: Worlds) -> None:
    """Delete the first of two, twice, and the second, whose name is as it was sent; make both again."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operation, SECOND_LIFE)
    world = worlds.build(id_name, operation)
    gone = Step(operation.operation_id, world.first.path)
    draft.watch(gone, world.first, most=5)
    draft.do(gone)
    draft.do(Step(operation.operation_id, world.second.path))
    world.second = draft.make(id_name, operation, like=world.second)
    draft.look(world.second)
    world.first = draft.make(id_name, operation, like=world.first)

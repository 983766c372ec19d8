"""Readings: the calls that show the present state of what a history has made."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Parameter, Spec

from .history import Mark, Step
from .pools import Pools

_MOST_ALIKE = 2
"""How many resources of a kind are looked at: the ones met last."""
_PLAIN_SHARE = 0.5
"""How often a list is read as a whole, without filters."""
_LIMITS = (2, 10, 50, 100)
_SORT_FIELDS = ("name", "created_at", "updated_at", "email_address")


def list_readings(
    spec: Spec, pools: Pools, allows: Callable[[Operation], bool], random_seed: str, *, second: bool
) -> Iterator[Step]:
    """Yield the readings that are possible; their queries follow from the random seed."""
    for operation in spec.operations.values():
        if operation.method != "GET" or not allows(operation):
            continue
        for path in _list_paths(operation, pools, second=second):
            random = Random(f"{random_seed} {operation.operation_id} {len(path)}")
            query = _choose_query(operation, pools, random, second=second)
            if query is not None:
                yield Step(operation.operation_id, path, query, None, second)


def _list_paths(operation: Operation, pools: Pools, *, second: bool) -> Iterator[dict[str, Any]]:
    names = [parameter.name for parameter in operation.parameters_in("path")]
    if not names:
        yield {}
        return
    for known in pools.list_recent(names[-1], _MOST_ALIKE, second=second):
        if all(name in known.beside for name in names[:-1]):
            yield {**{name: known.beside[name] for name in names[:-1]}, names[-1]: known.ref}


def _choose_query(
    operation: Operation, pools: Pools, random: Random, *, second: bool
) -> dict[str, Any] | None:
    """Return a query that shows what belongs to this history; None when there is none yet."""
    query: dict[str, Any] = {}
    plain = random.random() < _PLAIN_SHARE
    for parameter in operation.parameters_in("query"):
        name = parameter.name
        if name.endswith("_id"):
            found = pools.list_recent(name, 1, second=second)
            if found and (parameter.required or (not plain and random.random() < 0.3)):
                query[name] = found[0].ref
            elif parameter.required:
                return None
        elif parameter.alias_of is None and name != "days":  # days count back from a time that may move
            query[name] = _choose_value(parameter, random, plain=plain)
    return {name: value for name, value in query.items() if value is not None}


def _choose_value(parameter: Parameter, random: Random, *, plain: bool) -> Any:
    """Return a value of a query parameter; None leaves it out."""
    if plain:
        return {"search": Mark("token"), "limit": _LIMITS[-1]}.get(parameter.name)
    schema = non_null(parameter.schema)
    choices: dict[str, tuple[float, Sequence[Any]]] = {
        "search": (1, (Mark("token"),)),
        "sort_by": (0.5, _SORT_FIELDS),
        "sort_order": (0.5, ("asc", "desc")),
        "limit": (0.6, _LIMITS),
        "page": (0.25, (2, 3)),
    }
    share, values = choices.get(parameter.name, (0.12, _list_values(schema)))
    return random.choice(values) if values and random.random() < share else None


def _list_values(schema: Schema) -> Sequence[Any]:
    """Return the values of a filter."""
    found: Sequence[Any] = schema.get("enum") or schema.get("examples") or ()
    return (True, False) if schema.get("type") == "boolean" else found

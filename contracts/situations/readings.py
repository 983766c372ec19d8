"""Plain readings: every list whole, every resource of which a draft knows."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..walk.history import Mark, Step
from ..walk.leave import Leave
from ..walk.pools import Pools

_MOST_ALIKE = 4


def list_plain_readings(spec: Spec, pools: Pools, leave: Leave) -> Iterator[Step]:
    """Yield each reading of both workspaces, without filters but those that an id gives."""
    for operation in spec.operations.values():
        if operation.method == "GET" and leave.allows(operation):
            for second in (False, True) if leave.second and not operation.parameters_in("path") else (False,):
                for path in _list_paths(operation, pools):
                    for query in _list_queries(operation, pools, second=second):
                        yield Step(operation.operation_id, path, query, None, second)


def _list_paths(operation: Operation, pools: Pools) -> Iterator[dict[str, Any]]:
    names = [parameter.name for parameter in operation.parameters_in("path")]
    if not names:
        yield {}
        return
    for known in pools.list_recent(names[-1], _MOST_ALIKE):
        if all(name in known.beside for name in names[:-1]):
            yield {**{name: known.beside[name] for name in names[:-1]}, names[-1]: known.ref}


def _list_queries(operation: Operation, pools: Pools, *, second: bool) -> Iterator[dict[str, Any]]:
    known = {parameter.name: parameter for parameter in operation.parameters_in("query")}
    plain: dict[str, Any] = {"search": Mark("token"), "limit": 100}
    plain = {name: value for name, value in plain.items() if name in known}
    if not any(parameter.required for parameter in known.values()):
        yield plain
    if second:
        return
    for name, parameter in known.items():
        if name.endswith("_id") and (found := pools.list_recent(name, 1)):
            others = {n: v for n, v in plain.items() if n == "limit" or not parameter.required}
            yield {**others, name: found[0].ref}

"""The making of steps: which resource an operation gets, and which body."""

from collections.abc import Iterator
from random import Random
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import find_source, list_id_names
from .history import Mark, Step
from .leave import Leave
from .pools import Pools
from .values import ValueDrawer

_FOREIGN_SHARE = 0.04
"""How often a path names what belongs to the other workspace."""
_PARENT_SHARE = 0.95
"""How often what is named below a resource does belong to it."""
_MOST_NAMED = 3


class StepMaker:
    """Makes steps of what the history has met."""

    def __init__(self, spec: Spec, pools: Pools, random: Random, leave: Leave) -> None:
        self._spec = spec
        self._pools = pools
        self._random = random
        self._leave = leave
        self._id_names = list_id_names(spec)
        self._second = False
        self.values = ValueDrawer(random, self._find_id)

    def make(self, operation: Operation, body: Any, *, second: bool) -> Step:
        """Return a step, with a drawn body if none is given.

        Raises LookupError with the name of an id that nothing has made yet.
        """
        self._second = second
        path = self._choose_path(operation)
        return Step(operation.operation_id, path, {}, body or self._draw_body(operation), second)

    def can_be_asked(self, operation: Operation) -> bool:
        """Return whether the history has, or can make, what an operation needs."""
        if not self._leave.allows(operation):
            return False
        names = [parameter.name for parameter in operation.parameters_in("path")]
        names += [name for name in _list_body_ids(operation) if name in self._id_names]
        return all(self._pools.has(name) or self.can_be_made(name, operation) for name in names)

    def can_be_made(self, name: str, user: Operation) -> bool:
        """Return whether the walk may make an id of this name."""
        if name == "contact_id":
            return True  # an import answers with no ids, so the contacts are listed
        source = find_source(self._spec, name, user)
        return source is not None and self._leave.allows(source.operation)

    def _draw_body(self, operation: Operation) -> Any:
        if operation.body is None:
            return None
        if non_null(operation.body).get("type") == "array":
            name = _name_listed(self._spec, operation)
            return [self._find_id(name) for _ in range(self._random.randint(1, _MOST_NAMED))]
        return _mark(self.values, operation, self.values.draw_body(operation))

    def _choose_path(self, operation: Operation) -> dict[str, Any]:
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if not names:
            return {}
        foreign = self._leave.second and self._random.random() < _FOREIGN_SHARE
        last = self._pools.choose(names[-1], second=self._second is not foreign)
        path: dict[str, Any] = {}
        for name in names[:-1]:
            is_own = name in last.beside and self._random.random() < _PARENT_SHARE
            path[name] = last.beside[name] if is_own else self._pools.choose(name, second=self._second).ref
        return {**path, names[-1]: last.ref}

    def _find_id(self, name: str) -> Any:
        return self._pools.choose(name, second=self._second).ref


def _list_body_ids(operation: Operation) -> Iterator[str]:
    """Yield the names of the ids that a body must have."""
    schema = non_null(operation.body or {})
    for name in schema.get("required", ()):
        if name.endswith(("_id", "_ids")):
            yield name.removesuffix("s")


def _name_listed(spec: Spec, operation: Operation) -> str:
    """Return the name of the ids in a body that is a list of them: what the collection lists."""
    for listing in spec.operations.values():
        if listing.method == "GET" and listing.path == operation.path:
            for schema in non_null(listing.answer)["properties"].values():
                fields = non_null(non_null(schema).get("items", {})).get("properties", {})
                found = next((name for name in fields if name.endswith("_id")), None)
                if found:
                    return str(found)
    raise LookupError(operation.operation_id)


def _mark(values: ValueDrawer, operation: Operation, body: Any) -> Any:
    """Return a body whose name carries the marker, and whose filter finds nothing of others."""
    properties = non_null(operation.body or {}).get("properties", {})
    marked = dict(body)
    if marked.get("name") is not None:
        marked["name"] = values.draw_name()
    for name, value in body.items():
        if isinstance(value, dict) and "search" in non_null(properties.get(name, {})).get("properties", {}):
            marked[name] = {**value, "search": Mark("token")}
    return marked

"""Where ids come from: the operation that makes the resource, according to openapi.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import JSON_TYPE, Operation, Spec

_IN_ANSWER = "$response.body#/"


@dataclass(frozen=True, slots=True)
class Source:
    """An operation whose success has a new id."""

    operation: Operation
    pointer: tuple[str | int, ...]
    """The path of the id in the answer."""

    def read(self, answer: Any) -> str:
        """Return the id in an answer; raises KeyError when it is missing."""
        for name in self.pointer:
            answer = answer[name]
        return str(answer)


@lru_cache(maxsize=1024)
def find_source(spec: Spec, name: str, user: Operation | None = None) -> Source | None:
    """Return the source of an id of this name for an operation, or None.

    A link of openapi.yaml to the operation itself comes first, then a link to any other operation, then
    the first POST that answers with such an id.
    """
    linked = list(_list_links(spec, name))
    for target, source in linked:
        if user is not None and target == user.operation_id:
            return source
    if linked and len({source.operation.operation_id for _, source in linked}) == 1:
        return linked[0][1]
    for operation in spec.operations.values():
        own = {parameter.name for parameter in operation.parameters_in("path")}
        if operation.method == "POST" and name in _answer_fields(operation) and name not in own:
            return Source(operation, (name,))
    return None


@lru_cache(maxsize=1024)
def is_ambiguous(spec: Spec, name: str) -> bool:
    """Return whether an id of this name, such as `job_id`, has several sources."""
    return len({source.operation.operation_id for _, source in _list_links(spec, name)}) > 1


@lru_cache
def list_id_names(spec: Spec) -> frozenset[str]:
    """Return the names of ids: those in paths, and those in bodies that have a 404 of their own."""
    found: set[str] = set()
    for operation in spec.operations.values():
        found |= {parameter.name for parameter in operation.parameters_in("path")}
        for link in operation.responses[operation.status].get("links", {}).values():
            found |= link.get("requestBody", {}).keys()
        for name in non_null(operation.body or {}).get("properties", {}):
            single = name.removesuffix("s")
            if single.endswith("_id") and find_unknown(operation, single):
                found.add(single)
    return frozenset(found)


def find_unknown(operation: Operation, name: str) -> str | None:
    """Return the name of the 404 that an operation has for an id of this name, or None."""
    stem = name.removesuffix("_id")
    names = [error.name for error in operation.errors.values() if error.status == 404]
    tests = (
        lambda error: error == f"{stem}_not_found",
        lambda error: error.endswith(f"_{stem}_not_found"),
        lambda error: f"{stem}_" in error,
    )
    for test in tests:
        for error in names:
            if test(error):
                return error
    return None


def deletes(operation: Operation) -> bool:
    """Return whether an operation deletes the resources that its body names."""
    return any(scope.endswith(":delete") for scope in operation.scopes)


def is_deprecated(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation is deprecated in favour of another."""
    return bool(_find_raw(spec, operation).get("deprecated"))


def _find_raw(spec: Spec, operation: Operation) -> dict[str, Any]:
    path = operation.path.removeprefix(spec.base_path)
    raw: dict[str, Any] = spec.document["paths"][path][operation.method.casefold()]
    return raw


def _list_links(spec: Spec, name: str) -> Iterator[tuple[str, Source]]:
    """Yield each operation that a link gives the id to, and the source of the id."""
    for operation in spec.operations.values():
        for link in operation.responses[operation.status].get("links", {}).values():
            given = {**link.get("parameters", {}), **link.get("requestBody", {})}
            expression = given.get(name, "")
            if expression.startswith(_IN_ANSWER):
                parts = expression.removeprefix(_IN_ANSWER).split("/")
                pointer = tuple(int(part) if part.isdecimal() else part for part in parts)
                yield link["operationId"], Source(operation, pointer)


def _answer_fields(operation: Operation) -> Any:
    return non_null(operation.answer).get("properties", {}) if operation.answer_type == JSON_TYPE else {}

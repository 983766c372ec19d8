"""Changes from one OpenAPI document to another, operation by operation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.errors import SpecError
from mockserver.openapi.references import Resolver
from mockserver.openapi.yaml_files import read_bounded_yaml

from .rules import Change
from .schemas import compare_schemas

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")

Node = dict[str, Any]


class DocumentError(Exception):
    """A file is no OpenAPI document; says why."""


def read_document(path: Path) -> Node:
    """Return the paths of an OpenAPI 3 document without references; raises DocumentError."""
    try:
        document = read_bounded_yaml(path)
        if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
            raise DocumentError(f"{path} is no OpenAPI 3 document")
        paths = Resolver(document).resolve(document.get("paths") or {})
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except (ValueError, SpecError, RecursionError) as error:
        raise DocumentError(f"{path}: {error}") from None
    if not isinstance(paths, dict) or not all(isinstance(item, dict) for item in paths.values()):
        raise DocumentError(f"{path}: `paths` is no object of objects")
    return {"paths": paths, "security": document.get("security")}


def compare_documents(old: Node, new: Node) -> list[Change]:
    """Return what a newer document says otherwise, in its order."""
    was, now = _list_operations(old), _list_operations(new)
    changes: list[Change] = []
    for where, operation in was.items():
        if where not in now:
            changes.append(
                Change("operation.removed", where, f"{operation.get('operationId', where)} is gone")
            )
    for where, operation in now.items():
        if where not in was:
            changes.append(Change("operation.added", where, f"{operation.get('operationId', where)} is new"))
        else:
            found = _compare_operations(was[where], operation)
            changes += [Change(rule, where, message) for rule, message in found]
    return list(dict.fromkeys(changes))


def _list_operations(document: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                operation: Node = item[method]
                parameters = [*shared, *operation.get("parameters", [])]
                security = operation.get("security", document["security"])
                found[f"{method.upper()} {path}"] = {
                    **operation,
                    "parameters": parameters,
                    "security": security,
                }
    return found


def _compare_operations(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    if new.get("deprecated") and not old.get("deprecated"):
        yield "operation.deprecated", "it is deprecated"
    was, now = _list_scopes(old), _list_scopes(new)
    for scope in sorted(now - was):
        yield "scope.added", f"it needs {scope}"
    for scope in sorted(was - now):
        yield "scope.removed", f"it needs {scope} no longer"
    yield from _compare_parameters(old, new)
    yield from _compare_bodies(old.get("requestBody") or {}, new.get("requestBody") or {})
    yield from _compare_responses(old.get("responses") or {}, new.get("responses") or {})


def _list_scopes(operation: Node) -> set[str]:
    needs = operation.get("security") or []
    return {f"{name} {scope}".strip() for need in needs for name in need for scope in (need[name] or [""])}


def _compare_parameters(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    was = {(each["in"], each["name"]): each for each in old["parameters"]}
    now = {(each["in"], each["name"]): each for each in new["parameters"]}
    for key, parameter in was.items():
        if key not in now:
            yield "parameter.removed", f"the {key[0]} parameter {key[1]} is gone"
            continue
        is_needed = now[key].get("required", False)
        if is_needed != parameter.get("required", False):
            rule = "parameter.made_required" if is_needed else "parameter.made_optional"
            yield rule, f"the {key[0]} parameter {key[1]} {'has to' if is_needed else 'need not'} be sent"
        schemas = parameter.get("schema") or {}, now[key].get("schema") or {}
        yield from _prefix("request", compare_schemas(*schemas, f"{key[0]}.{key[1]}", is_request=True))
    for key, parameter in now.items():
        if key not in was:
            rule = "parameter.made_required" if parameter.get("required") else "parameter.added"
            yield rule, f"the {key[0]} parameter {key[1]} is new"


def _compare_bodies(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    is_needed, was_needed = bool(new.get("required")), bool(old.get("required"))
    if is_needed != was_needed:
        rule = "request.body_required" if is_needed else "request.body_optional"
        yield rule, f"a body {'has to' if is_needed else 'need not'} be sent"
    yield from _compare_contents("request", old, new, is_request=True)


def _compare_contents(side: str, old: Node, new: Node, *, is_request: bool) -> Iterator[tuple[str, str]]:
    was, now = old.get("content") or {}, new.get("content") or {}
    for media_type in was:
        if media_type in now:
            schemas = was[media_type].get("schema") or {}, now[media_type].get("schema") or {}
            yield from _prefix(side, compare_schemas(*schemas, "", is_request=is_request))
        elif now:
            yield f"{side}.media_type_changed", f"{media_type} is gone, there is {', '.join(now)}"


def _compare_responses(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    for status in old:
        if status not in new:
            rule = "status.success_removed" if status.startswith("2") else "status.removed"
            yield rule, f"{status} is gone"
    for status, response in new.items():
        if status not in old:
            rule = "status.success_added" if status.startswith("2") else "status.added"
            yield rule, f"{status} is new"
            continue
        was = old[status]
        for name in (was.get("headers") or {}).keys() - (response.get("headers") or {}).keys():
            yield "answer.header_removed", f"the header {name} of {status} is gone"
        for name in (response.get("headers") or {}).keys() - (was.get("headers") or {}).keys():
            yield "answer.header_added", f"the header {name} of {status} is new"
        yield from (
            (rule, f"{status}: {message}")
            for rule, message in _compare_contents("answer", was, response, is_request=False)
        )
        if not status.startswith("2"):
            yield from _compare_errors(status, was, response)


def _compare_errors(status: str, old: Node, new: Node) -> Iterator[tuple[str, str]]:
    was, now = _list_examples(old), _list_examples(new)
    for name in was:
        if name not in now:
            yield "error.removed", f"{status}: the error {name} is gone"
        elif was[name] != now[name]:
            yield "error.changed", f"{status}: the error {name} was {was[name]!r}, is {now[name]!r}"
    for name in now:
        if name not in was:
            yield "error.added", f"{status}: the error {name} is new: {now[name]!r}"


def _list_examples(response: Node) -> dict[str, Any]:
    return {
        name: example.get("value")
        for content in (response.get("content") or {}).values()
        for name, example in (content.get("examples") or {}).items()
    }


def _prefix(side: str, found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((f"{side}.{kind}", message) for kind, message in found)

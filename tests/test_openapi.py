"""openapi.yaml agrees with OpenAPI, with itself and with the code."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

import mockserver
from mockserver.control import load_control_spec
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import CHECKERS
from mockserver.openapi.references import Resolver
from mockserver.openapi.yaml_files import read_yaml

from .kit.api import SPEC

DOCUMENT = SPEC.document
OPERATIONS = list(SPEC.operations.values())
ERRORS = DOCUMENT["components"]["examples"]
REGISTRY: Registry[Any] = Registry().with_resource("urn:spec", DRAFT202012.create_resource(DOCUMENT))
CHECKER = jsonschema.FormatChecker(formats=())
for _name, _check in CHECKERS.items():
    CHECKER.checks(_name)(lambda value, check=_check: not isinstance(value, str) or check(value))


def walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    yield pointer, node
    if isinstance(node, (dict, list)):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from walk(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


def follow(node: Any) -> Any:
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def examples() -> Iterator[tuple[str, str, Any]]:
    """Yield each example of a body: where it stands, the pointer of its schema, its value."""
    for pointer, node in walk(DOCUMENT):
        if pointer.endswith("/application~1json"):
            for name, example in node.get("examples", {}).items():
                where = f"{pointer.removeprefix('#/').partition('/content')[0]} {name}"
                yield where, f"{pointer}/schema", follow(example)["value"]


def find_errors(pointer: str, value: Any) -> list[str]:
    """Return what is wrong with a value by the schema that a pointer leads to."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"urn:spec{pointer}"}, registry=REGISTRY, format_checker=CHECKER
    )
    return [error.message for error in validator.iter_errors(value)]


def test_every_reader_of_yaml_reads_the_same() -> None:
    """Tools of YAML 1.1, such as PyYAML, find neither dates nor other types where texts are meant."""
    for path in (SPEC.path, load_control_spec().path):
        assert yaml.safe_load(path.read_bytes()) == read_yaml(path)


def test_it_is_a_valid_openapi_document() -> None:
    openapi_spec_validator.validate(DOCUMENT)


def test_every_example_is_a_value_of_its_schema() -> None:
    found = [(where, find_errors(schema, value)) for where, schema, value in examples()]
    assert len(found) > 300
    assert [each for each in found if each[1]] == []


def test_every_default_is_a_value_of_its_schema() -> None:
    defaults = [(p, node) for p, node in walk(DOCUMENT) if isinstance(node, dict) and "default" in node]
    assert len(defaults) > 20
    found = [(pointer, find_errors(pointer, schema["default"])) for pointer, schema in defaults]
    assert [each for each in found if each[1]] == []


def test_every_request_and_success_has_a_named_example() -> None:
    assert OPERATIONS
    for operation in OPERATIONS:
        name = operation.operation_id
        assert operation.answer_examples, name
        assert bool(operation.body_examples) == (operation.body is not None), name
        unanswered = operation.body_examples.keys() - operation.answer_examples.keys()
        assert not unanswered, f"{name}: the answers to the requests {unanswered} are not shown"


def test_every_template_fits_its_value() -> None:
    templates = {name: Extensions(error).template for name, error in ERRORS.items()}
    assert any(templates.values())
    for name, template in templates.items():
        if template:
            assert_fits(template, ERRORS[name]["value"])


def assert_fits(template: Any, value: Any) -> None:
    if isinstance(template, dict):
        assert list(template) == list(value)
        for key in template:
            assert_fits(template[key], value[key])
    elif isinstance(template, str) and not isinstance(value, str):
        assert re.fullmatch(r"\{\w+\}", template), f"{template!r} cannot become {value!r}"
    else:
        literals = map(re.escape, re.split(r"\{\w+\}", template))
        assert re.fullmatch("(.+)".join(literals), value), f"{template!r} cannot become {value!r}"


def test_every_operation_documents_what_any_request_can_meet() -> None:
    for operation in OPERATIONS:
        expected = {401, 403, 429, 500}
        if operation.parameters or operation.body:
            expected.add(422)
        assert expected <= operation.statuses, operation.operation_id


def test_every_operation_needs_a_scope_that_exists() -> None:
    for operation in OPERATIONS:
        assert operation.scopes, operation.operation_id
        assert set(operation.scopes) <= set(SPEC.scopes), operation.operation_id


def test_every_scope_is_needed_somewhere_or_grants_others() -> None:
    needed = {scope for operation in OPERATIONS for scope in operation.scopes}
    assert {name for name, grants in SPEC.scopes.items() if not grants} == needed


def test_an_error_has_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    for errors in (SPEC.server_errors, *(operation.errors for operation in OPERATIONS)):
        for name, error in errors.items():
            statuses.setdefault(name, set()).add(error.status)
    assert {name: found for name, found in statuses.items() if len(found) > 1} == {}


def test_an_alternative_is_of_a_documented_error() -> None:
    alternatives = {
        alternative for error in ERRORS.values() if (alternative := Extensions(error).alternative_of)
    }
    assert alternatives
    assert alternatives <= set(ERRORS)


def test_no_example_is_left_over() -> None:
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
    kinds = ("examples", "schemas", "responses", "parameters", "headers")
    made = {f"#/components/{kind}/{name}" for kind in kinds for name in DOCUMENT["components"][kind]}
    assert made == {pointer for pointer in used if not pointer.startswith("#/components/securitySchemes")}


def request_schemas() -> Iterator[tuple[str, Any]]:
    """Yield every part of the schemas of requests, behind references too."""
    waiting = [node["requestBody"]["content"] for _, node in walk(DOCUMENT["paths"]) if is_operation(node)]
    seen = []
    while waiting:
        for pointer, node in walk(waiting.pop()):
            if isinstance(node, dict) and str(node.get("$ref")).startswith("#/components/schemas/"):
                if node["$ref"] not in seen:
                    seen.append(node["$ref"])
                    waiting.append(follow(node))
            elif "/examples/" not in pointer:
                yield pointer, node


def is_operation(node: Any) -> bool:
    return isinstance(node, dict) and "requestBody" in node


def test_a_default_of_a_request_stands_in_the_value_not_in_the_property() -> None:
    """Generators of types take a property with a default for one that every request must have."""
    properties = [
        (f"{pointer}/{name}", schema)
        for pointer, node in request_schemas()
        if isinstance(node, dict) and isinstance(node.get("properties"), dict)
        for name, schema in node["properties"].items()
    ]
    assert len(properties) > 100
    assert [pointer for pointer, schema in properties if "default" in schema] == []


LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "items", "$ref")


def limits(schema: Any) -> str:
    """Return the limits that a property states itself, and what it refers to; empty without a limit."""
    branches = [schema, *schema.get("anyOf", [])]
    found = [(name, branch[name]) for branch in branches for name in LIMITS if name in branch]
    return json.dumps(found) if {name for name, _ in found} - {"items", "$ref"} else ""


def test_a_limit_of_requests_stands_once() -> None:
    """Two requests that share a limit share a schema: a changed limit bites in both."""
    stated: dict[tuple[str, str], int] = {}
    for pointer, node in request_schemas():
        is_aliased = "/x-by-trigger-type/" in pointer
        properties = node.get("properties") if isinstance(node, dict) and not is_aliased else None
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            stated[name, limits(schema)] = stated.get((name, limits(schema)), 0) + 1
    assert len(stated) > 50
    assert [key for key, times in stated.items() if key[1] and times > 1] == []


def test_it_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


# ---------------------------------------------------------------- the code and the file


@pytest.fixture(scope="module")
def sources() -> list[ast.AST]:
    """All nodes of the server's code."""
    paths = Path(mockserver.__file__).parent.rglob("*.py")
    return [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def is_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ApiError"


def raised(sources: list[ast.AST]) -> set[str]:
    """Return what ApiError is called with as a literal, and what the tables miss records with."""
    found = set()
    for node in sources:
        if isinstance(node, ast.Call):
            candidates = node.args[:1] if is_error(node) else []
            candidates = [*candidates, *(k.value for k in node.keywords if k.arg == "missing")]
            found |= {c.value for c in candidates if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    return found


def mentioned(sources: list[ast.AST]) -> Iterator[re.Pattern[str]]:
    """Yield what fits the f-strings given to ApiError."""
    for node in sources:
        if isinstance(node, ast.Call) and is_error(node) and isinstance(node.args[0], ast.JoinedStr):
            parts = node.args[0].values
            yield re.compile(
                "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in parts)
            )


def test_every_error_of_the_code_is_documented_for_an_operation_or_the_server(sources: list[ast.AST]) -> None:
    specs = (SPEC, load_control_spec())
    documented = {name for spec in specs for name in spec.server_errors}
    documented |= {name for spec in specs for o in spec.operations.values() for name in o.errors}
    found = raised(sources)
    assert len(found) > 20
    assert found - documented == set()


def test_every_documented_error_is_one_of_the_code_or_of_validation(
    sources: list[ast.AST],
) -> None:
    texts = {node.value for node in sources if isinstance(node, ast.Constant)}
    patterns = list(mentioned(sources))
    for operation in OPERATIONS:
        for name, error in operation.errors.items():
            if error.status != 422 and not error.alternative_of:
                is_mentioned = name in texts or any(p.fullmatch(name) for p in patterns)
                assert is_mentioned, f"{operation.operation_id}: {name}"


def test_what_stands_beside_a_reference_counts_more_than_its_target() -> None:
    document = {"text": {"type": "string", "maxLength": 5}}
    resolver = Resolver(document)
    assert resolver.resolve({"$ref": "#/text", "maxLength": 9}) == {"type": "string", "maxLength": 9}
    assert resolver.resolve({"$ref": "#/text"}) == document["text"]

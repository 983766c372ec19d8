"""`coldsend-mock diff`: what a newer contract says otherwise, in words, and whether it breaks clients."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts.changes.command import diff
from contracts.changes.documents import compare_documents, read_document
from contracts.changes.rules import BREAKING, COMPATIBLE
from mockserver.openapi.spec import find_spec

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 3, "maxLength": 9, "pattern": "^a"},
        "kind": {"enum": ["A", "B"]},
        "note": {"type": ["string", "null"], "default": "x"},
        "rows": {"type": "array", "items": {"type": "integer"}},
    },
}
ERROR = {"content": {"application/json": {"examples": {"gone": {"value": {"detail": "Gone"}}}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things": {
            "post": {
                "operationId": "makeThing",
                "security": [{"Key": ["things:make"]}],
                "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
                "responses": {
                    "200": {
                        "headers": {"X-Left": {}},
                        "content": {"application/json": {"schema": copy.deepcopy(SCHEMA)}},
                    },
                    "404": ERROR,
                },
            }
        }
    },
}
BODY = ("requestBody", "content", "application/json", "schema")
ANSWER = ("responses", "200", "content", "application/json", "schema")
NAME = ("properties", "name")


def put(*path: Any, to: Any) -> Callable[[Any], None]:
    """Return what puts a value at a place of the operation; None takes it away."""

    def change(operation: Any) -> None:
        for part in path[:-1]:
            operation = operation.setdefault(part, {}) if isinstance(operation, dict) else operation[part]
        if to is None:
            del operation[path[-1]]
        else:
            operation[path[-1]] = to

    return change


def make_newer(change: Callable[[Any], None]) -> dict[str, Any]:
    newer = copy.deepcopy(DOCUMENT)
    change(newer["paths"]["/things"]["post"])
    return newer


def list_rules(tmp_path: Path, newer: Any, older: Any = None) -> list[str]:
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, document in zip(paths, (older or DOCUMENT, newer), strict=True):
        path.write_text(json.dumps(document), "utf-8")
    return [each.rule for each in compare_documents(*map(read_document, paths))]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("operation.deprecated", put("deprecated", to=True)),
        ("scope.added", put("security", to=[{"Key": ["things:make", "all"]}])),
        ("scope.removed", put("security", to=[])),
        ("parameter.removed", put("parameters", to=[])),
        ("parameter.made_required", put("parameters", 0, "required", to=True)),
        ("request.type_widened", put("parameters", 0, "schema", "type", to="number")),
        ("request.body_required", put("requestBody", "required", to=True)),
        ("request.field_removed", put(*BODY, "properties", "note", to=None)),
        ("request.field_added", put(*BODY, "properties", "more", to={})),
        ("request.made_required", put(*BODY, "required", to=["name", "kind"])),
        ("request.made_optional", put(*BODY, "required", to=[])),
        ("request.type_narrowed", put(*BODY, "properties", "note", "type", to="string")),
        ("request.type_widened", put(*BODY, *NAME, "type", to=["string", "null"])),
        ("request.enum_value_removed", put(*BODY, "properties", "kind", "enum", to=["A"])),
        ("request.enum_value_added", put(*BODY, "properties", "kind", "enum", to=["A", "B", "C"])),
        ("request.limit_tightened", put(*BODY, *NAME, "minLength", to=4)),
        ("request.limit_loosened", put(*BODY, *NAME, "maxLength", to=None)),
        ("request.pattern_changed", put(*BODY, *NAME, "pattern", to="^b")),
        ("request.default_changed", put(*BODY, "properties", "note", "default", to="y")),
        ("request.schema_changed", put(*BODY, "if", to={"required": ["kind"]})),
        ("request.media_type_changed", put("requestBody", "content", to={"text/csv": {}})),
        ("answer.field_removed", put(*ANSWER, "properties", "note", to=None)),
        ("answer.field_added", put(*ANSWER, "properties", "more", to={})),
        ("answer.made_optional", put(*ANSWER, "required", to=[])),
        ("answer.made_required", put(*ANSWER, "required", to=["name", "note"])),
        ("answer.type_widened", put(*ANSWER, *NAME, "type", to=["string", "null"])),
        ("answer.type_narrowed", put(*ANSWER, "properties", "note", "type", to="string")),
        ("answer.type_widened", put(*ANSWER, "properties", "rows", "items", "type", to="number")),
        ("answer.enum_value_added", put(*ANSWER, "properties", "kind", "enum", to=["A", "B", "C"])),
        ("answer.enum_value_removed", put(*ANSWER, "properties", "kind", "enum", to=["A"])),
        ("answer.limit_loosened", put(*ANSWER, *NAME, "maxLength", to=10)),
        ("answer.limit_tightened", put(*ANSWER, *NAME, "minLength", to=4)),
        ("answer.header_removed", put("responses", "200", "headers", "X-Left", to=None)),
        ("answer.header_added", put("responses", "200", "headers", "X-More", to={})),
        ("status.added", put("responses", "409", to={})),
        ("status.removed", put("responses", "404", to=None)),
        ("status.success_added", put("responses", "201", to={})),
        ("error.removed", put("responses", "404", "content", "application/json", "examples", to={})),
    ],
)
def test_a_change_has_a_rule(tmp_path: Path, rule: str, change: Callable[[Any], None]) -> None:
    assert list_rules(tmp_path, make_newer(change)) == [rule]
    assert (rule in BREAKING) != (rule in COMPATIBLE)


def test_operations_and_errors_come_and_go(tmp_path: Path) -> None:
    empty = {**DOCUMENT, "paths": {}}
    assert list_rules(tmp_path, empty) == ["operation.removed"]
    assert list_rules(tmp_path, DOCUMENT, empty) == ["operation.added"]
    examples = ("responses", "404", "content", "application/json", "examples")
    assert list_rules(tmp_path, make_newer(put(*examples, "gone", "value", to=1))) == ["error.changed"]
    assert list_rules(tmp_path, make_newer(put(*examples, "more", to={}))) == ["error.added"]


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(diff, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_the_contract_of_this_project_is_compared(tmp_path: Path) -> None:
    newer = tmp_path / "new.yaml"
    text = find_spec().read_text("utf-8")
    newer.write_text(text.replace("minLength: 8", "minLength: 9"), "utf-8")
    assert run(find_spec(), find_spec()) == (0, "0 changes, 0 of them breaking.\n")
    code, output = run(find_spec(), newer)
    assert code == 1
    assert "breaking   request.limit_tightened: POST /campaigns: name: minLength was 8, is 9" in output
    code, output = run(newer, find_spec(), "--json")
    assert code == 0
    assert {each["rule"] for each in json.loads(output)["changes"]} == {"request.limit_loosened"}
    assert run(newer, find_spec(), "--breaking")[1].count("\n") == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "swagger: '2.0'", "openapi: 3.1.0\npaths: {/x: {$ref: '#/no'}}", "{"]
)
def test_what_is_no_contract_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(content, "utf-8")
    code, output = run(find_spec(), path)
    assert (code, str(path) in output) == (2, True)

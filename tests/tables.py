"""The generated tables of the documentation: `python -m tests.tables` writes them, a test compares them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.openapi.spec import Spec, load_spec
from mockserver.settings import list_settings

_ROOT = Path(__file__).parent.parent
PAGES = (_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def generate(text: str) -> str:
    """Return a page with its generated parts made anew."""
    spec = load_spec()
    tables = {
        "operations": lambda: _table(["Operation", "", "Path", "Scope", "Source"], _operations(spec)),
        "settings": lambda: _table(["Flag", "Variable", "Default", ""], _settings()),
        "undocumented": lambda: _table(["Where", "What this project chose"], _undocumented(spec)),
    }
    return _BLOCK.sub(lambda match: match[1] + tables[match[2]]() + match[3], text)


def _table(head: list[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines)


def _settings() -> Iterator[list[str]]:
    for setting in list_settings():
        metavar = "" if isinstance(setting.default, bool) else f" {setting.metavar}"
        default = f"`{setting.default}`"
        if not setting.default:
            default = "off" if setting.default is False else "none"
        repeated = " May be repeated." if setting.repeatable else ""
        yield [f"`{setting.flag}{metavar}`", f"`{setting.variable}`", default, setting.summary + repeated]


def _operations(spec: Spec) -> Iterator[list[str]]:
    for operation in spec.operations.values():
        path = operation.path.removeprefix(spec.base_path)
        source = "undocumented" if operation.undocumented else operation.source
        yield [operation.operation_id, operation.method, f"`{path}`", ", ".join(operation.scopes), source]


def _undocumented(spec: Spec) -> Iterator[list[str]]:
    document = spec.document
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            where = f"{method.upper()} {path}"
            if operation.get("x-undocumented"):
                yield [where, f"the operation as a whole, known from: {operation['x-source']}"]
            for parameter in operation.get("parameters", []):
                if parameter.get("x-undocumented"):
                    yield [where, f"query parameter `{parameter['name']}`: {parameter['description']}"]
            for status, response in operation["responses"].items():
                if response.get("x-undocumented"):
                    yield [where, f"answers {status}: {response['description']}"]
    for name, schema in document["components"]["schemas"].items():
        for place, node in _marked(schema, name):
            yield [f"`{place}`", node.get("description") or _say(node)]
    for name, example in document["components"]["examples"].items():
        if example.get("x-undocumented"):
            yield [f"error `{name}`", _say_error(example)]
    for place, node in _marked(document["x-violations"], "violation"):
        if "msg" in node:
            yield [f"`{place}`", f"{node['msg']} (`{node['type']}`)"]


def _marked(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("x-undocumented"):
            yield place, node
        for name, child in node.items():
            skipped = name in ("properties", "anyOf", "type", "format", "items")
            yield from _marked(child, place if skipped else f"{place}.{name}")
    elif isinstance(node, list):
        for child in node:
            yield from _marked(child, place)


def _say(schema: dict[str, Any]) -> str:
    branches = schema.get("anyOf", [schema])
    kinds = [branch.get("type", "") for branch in branches]
    kind = " or ".join(kinds[0] if isinstance(kinds[0], list) else kinds)
    facts = {key: value for key, value in branches[0].items() if key not in ("items", "type")}
    facts.update({key: schema[key] for key in ("default",) if key in schema})
    said = [f"{key} `{json.dumps(value)}`" for key, value in facts.items() if not key.startswith("x-")]
    return ", ".join([kind, *said])


def _say_error(example: dict[str, Any]) -> str:
    detail = example["value"]["detail"]
    if isinstance(detail, list):
        return "; ".join(f"`{item['loc']}` {item['msg']}" for item in detail)
    return str(detail)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(generate(page.read_text("utf-8")), "utf-8")

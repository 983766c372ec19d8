"""Documented errors: which one a body is."""

import re
from collections.abc import Iterator
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.spec import DocumentedError, Spec

from ..verdict.judge import are_equal


def fits(error: DocumentedError, value: Any) -> bool:
    """Return whether a body is that of a documented error, with any facts in it."""
    return _matches(error.template if error.template is not None else error.value, value)


def _matches(template: Any, value: Any) -> bool:
    if isinstance(template, str) and isinstance(value, str):
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template))
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    if isinstance(template, str) and re.fullmatch(r"\{\w+\}", template):
        return True
    if isinstance(template, dict) and isinstance(value, dict):
        return all(name in value and _matches(inner, value[name]) for name, inner in template.items())
    return are_equal(template, value)


def list_undocumented_types(spec: Spec) -> frozenset[str]:
    """Return the types of violations whose wording is a choice of this project."""

    def find(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if Extensions(node).undocumented and isinstance(node.get("type"), str):
                yield node["type"]
            for inner in node.values():
                yield from find(inner)

    return frozenset(find(spec.violations))

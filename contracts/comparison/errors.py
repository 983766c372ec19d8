"""Documented errors: which one a body is."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.spec import Spec


def list_undocumented_types(spec: Spec) -> frozenset[str]:
    """Return the types of violations whose wording is a choice of this project."""

    def find(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if Extensions(node).undocumented and isinstance(node.get("type"), str):
                yield node["type"]
            for inner in node.values():
                yield from find(inner)

    return frozenset(find(spec.violations))

"""`$ref` of openapi.yaml → what it points to."""

from typing import Any

from ..errors import SpecError

COMPONENT_NAME = "x-name"
"""Where the resolver notes what an example is called among the components."""


class Resolver:
    """Replaces the references of one document; equal ones share one object."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._resolved: dict[str, Any] = {}
        self._under_way: set[str] = set()

    def resolve(self, node: Any) -> Any:
        """Return a part of the document without references; SpecError names one that leads nowhere.

        What stands beside a `$ref` counts more than what it points to.
        """
        if isinstance(node, list):
            return [self.resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return {key: self.resolve(value) for key, value in node.items()}
        target = self.follow(node["$ref"])
        if len(node) == 1:
            return target
        return {**target, **{key: self.resolve(value) for key, value in node.items() if key != "$ref"}}

    def follow(self, pointer: str) -> Any:
        """Return what stands at a pointer such as `#/components/schemas/Error`; raises as `resolve`."""
        if pointer in self._resolved:
            return self._resolved[pointer]
        if pointer in self._under_way:
            raise SpecError(f"{pointer} refers to itself")
        target: Any = self._document
        try:
            for part in pointer.removeprefix("#/").split("/"):
                target = target[part]
        except (KeyError, TypeError):
            raise SpecError(f"nothing stands at {pointer}") from None
        self._under_way.add(pointer)
        self._resolved[pointer] = resolved = self.resolve(target)
        self._under_way.discard(pointer)
        if isinstance(resolved, dict) and pointer.startswith("#/components/examples/"):
            resolved[COMPONENT_NAME] = pointer.rpartition("/")[2]
        return resolved
